//! Files that are there whole or not at all.

use crate::{ReportError, foreign};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Other names to try; more leftovers than that are nobody's accident.
const NAMES: u32 = 100;

/// A file filled under another name and put in place by [`AtomicFile::commit`].
///
/// Dropped without a commit, it leaves what was there before untouched, and
/// nothing else behind.
///
/// A link stays, and the file that it leads to is replaced. What is no regular
/// file (`/dev/null`, a terminal, a FIFO) isn't replaced but written to.
#[derive(Debug)]
pub struct AtomicFile {
    /// `None` once it is committed.
    file: Option<BufWriter<File>>,
    /// `None` where the target is written to itself.
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl AtomicFile {
    /// Begins a file that will become `target`. The other name is in the same
    /// folder and carries the process id, so that two runs don't meet in it.
    ///
    /// # Errors
    /// When `target` is a folder, the file can't be created, or a link of that
    /// name leads nowhere.
    pub fn create(target: &Path) -> Result<Self, ReportError> {
        let target = match fs::symlink_metadata(target) {
            Ok(found) if found.is_symlink() => target
                .canonicalize()
                .map_err(ReportError::file("follow the link", target))?,
            _ => target.to_owned(),
        };
        foreign::refuse_folder(&target)?;
        let is_special = |found: fs::Metadata| !found.is_file();
        let (file, temporary) = if fs::metadata(&target).is_ok_and(is_special) {
            let open = File::options().write(true).open(&target);
            (open.map_err(ReportError::file("open", &target))?, None)
        } else {
            let (file, temporary) = beside(&target)?;
            (file, Some(temporary))
        };
        let file = Some(BufWriter::with_capacity(64 << 10, file));
        Ok(Self {
            file,
            temporary,
            target,
        })
    }

    /// Writes out what is buffered, and puts the file in place of what was there.
    ///
    /// # Errors
    /// When the rest can't be written or the file can't be renamed.
    pub fn commit(mut self) -> Result<(), ReportError> {
        let renamed = self.put_in_place();
        if renamed.is_err() {
            self.discard();
        }
        renamed
    }

    /// As [`AtomicFile::commit`]; if it fails, what was written stays under the
    /// other name.
    ///
    /// # Errors
    /// When the rest can't be written or the file can't be renamed.
    pub fn commit_or_leave(mut self) -> Result<(), ReportError> {
        self.put_in_place()
    }

    /// Leaves what was written under the other name, for somebody to take up.
    pub fn leave(mut self) {
        if let Some(mut file) = self.file.take() {
            // What has no room any more is lost; an error about it was told before.
            let _ = file.flush();
            drop(file.into_parts());
        }
    }

    fn put_in_place(&mut self) -> Result<(), ReportError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let written = file.flush();
        drop(file.into_parts());
        written.map_err(ReportError::file("write", &self.target))?;
        let rename = |temporary: &PathBuf| fs::rename(temporary, &self.target);
        let renamed = self.temporary.as_ref().map_or(Ok(()), rename);
        renamed.map_err(ReportError::file("put in place", &self.target))
    }

    /// Best effort: it runs where an error is already under way.
    fn discard(&self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A new file in the folder of `target`. Nothing is opened that is there already:
/// it may be a link, or another's.
fn beside(target: &Path) -> Result<(File, PathBuf), ReportError> {
    let name = target.file_name().unwrap_or_default();
    let mut number = 0;
    loop {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}", std::process::id()));
        if number > 0 {
            temporary.push(format!(".{number}"));
        }
        temporary.push(".tmp");
        let temporary = target.with_file_name(temporary);
        match File::create_new(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < NAMES => {
                number += 1;
            }
            Err(error) => return Err(ReportError::file("create", &temporary)(error)),
        }
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What is buffered need not be written any more.
            drop(file.into_parts());
            self.discard();
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.file {
            Some(file) => file.seek(to),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_replaces_what_was_there() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("out.txt");
        fs::write(&target, "old").expect("write");
        let mut file = AtomicFile::create(&target).expect("create");
        file.write_all(b"new").expect("write");
        assert_eq!(fs::read_to_string(&target).expect("read"), "old");
        file.commit().expect("commit");
        assert_eq!(fs::read_to_string(&target).expect("read"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);
    }

    #[test]
    fn drop_without_commit_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("out.txt");
        let mut file = AtomicFile::create(&target).expect("create");
        file.write_all(b"half").expect("write");
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 0);
    }

    #[test]
    fn folder_in_the_place_of_the_file_is_an_error_at_once() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("taken");
        fs::create_dir(&target).expect("folder");
        let error = AtomicFile::create(&target).expect_err("refused");
        let said = error.to_string();
        assert!(said.contains("taken: it is a folder"), "{said}");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);
    }

    #[test]
    fn file_that_is_left_keeps_what_was_written_under_the_other_name() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("out.txt");
        fs::write(&target, "old").expect("write");
        let mut file = AtomicFile::create(&target).expect("create");
        file.write_all(b"half").expect("write");
        file.leave();
        let name = format!(".out.txt.{}.tmp", std::process::id());
        let half = fs::read_to_string(folder.path().join(name)).expect("left");
        let old = fs::read_to_string(&target).expect("read");
        assert_eq!((&*half, &*old), ("half", "old"));
    }

    #[test]
    fn what_has_the_other_name_already_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let precious = folder.path().join("precious");
        fs::write(&precious, "mine").expect("write");
        let taken = format!(".out.txt.{}.tmp", std::process::id());
        std::os::unix::fs::symlink(&precious, folder.path().join(&taken)).expect("link");
        let target = folder.path().join("out.txt");
        let mut file = AtomicFile::create(&target).expect("create");
        file.write_all(b"new").expect("write");
        file.commit().expect("commit");
        assert_eq!(fs::read_to_string(&target).expect("read"), "new");
        assert_eq!(fs::read_to_string(&precious).expect("read"), "mine");
        assert!(folder.path().join(&taken).is_symlink());
    }

    #[test]
    fn link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").expect("write");
        std::os::unix::fs::symlink("real", &link).expect("link");
        let mut file = AtomicFile::create(&link).expect("create");
        file.write_all(b"new").expect("write");
        file.commit().expect("commit");
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).expect("read"), "new");
        fs::remove_file(&real).expect("remove");
        let error = AtomicFile::create(&link).expect_err("leads nowhere");
        assert!(error.to_string().starts_with("follow the link"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);
    }

    #[test]
    fn device_and_fifo_are_written_to_and_stay() {
        use std::os::unix::fs::FileTypeExt as _;
        let folder = tempfile::tempdir().expect("folder");
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.expect("mkfifo").success());
        let reader = std::thread::spawn({
            let fifo = fifo.clone();
            move || fs::read_to_string(fifo).expect("read")
        });
        let mut file = AtomicFile::create(&fifo).expect("open");
        file.write_all(b"new").expect("write");
        file.commit().expect("commit");
        assert_eq!(reader.join().expect("joined"), "new");
        assert!(fs::metadata(&fifo).expect("there").file_type().is_fifo());
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);

        // A link to the device, so that no mistake here costs the machine its own.
        let link = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).expect("link");
        let mut file = AtomicFile::create(&link).expect("open");
        assert_eq!(file.temporary, None);
        file.write_all(b"new").expect("write");
        drop(file);
        let null = fs::metadata("/dev/null").expect("there");
        assert!(null.file_type().is_char_device());
    }

    #[test]
    fn create_in_a_missing_folder_returns_an_error() {
        let error = AtomicFile::create(Path::new("no/such/folder/x")).expect_err("refused");
        assert!(
            error.to_string().starts_with("create no/such/folder/"),
            "{error}"
        );
    }
}
