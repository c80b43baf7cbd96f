//! Files that are there whole or not at all.

use crate::ReportError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file filled under another name and put in place by [`AtomicFile::commit`].
///
/// Dropped without a commit, it leaves what was there before untouched, and
/// nothing else behind.
#[derive(Debug)]
pub struct AtomicFile {
    /// `None` once it is committed.
    file: Option<BufWriter<File>>,
    temporary: PathBuf,
    target: PathBuf,
}

impl AtomicFile {
    /// Begins a file that will become `target`. The other name is in the same
    /// folder and carries the process id, so that two runs don't meet in it.
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create(target: &Path) -> Result<Self, ReportError> {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(name);
        let file = File::create(&temporary).map_err(ReportError::file("create", &temporary))?;
        let file = Some(BufWriter::with_capacity(64 << 10, file));
        Ok(Self {
            file,
            temporary,
            target: target.to_owned(),
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
        fs::rename(&self.temporary, &self.target)
            .map_err(ReportError::file("put in place", &self.target))
    }

    /// Best effort: it runs where an error is already under way.
    fn discard(&self) {
        let _ = fs::remove_file(&self.temporary);
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
    fn commit_onto_a_folder_returns_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("taken");
        fs::create_dir(&target).expect("folder");
        let error = AtomicFile::create(&target)
            .expect("create")
            .commit()
            .expect_err("refused");
        assert!(error.to_string().contains("taken"), "{error}");
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
    fn create_in_a_missing_folder_returns_an_error() {
        let error = AtomicFile::create(Path::new("no/such/folder/x")).expect_err("refused");
        assert!(
            error.to_string().starts_with("create no/such/folder/"),
            "{error}"
        );
    }
}
