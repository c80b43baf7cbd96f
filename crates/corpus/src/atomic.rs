//! Files that are either the old or the new one, never a half.

use crate::CorpusError;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Distinguishes the temporary files of one process.
static SERIAL: AtomicU32 = AtomicU32::new(0);

/// Writes `bytes` to a file beside `path` and renames it to `path`; missing
/// parent folders are made.
///
/// The rename is what readers see, so that one who comes at the wrong moment,
/// or a run that is interrupted, finds the previous file whole. It isn't synced
/// to disk: what is written so can be made again.
///
/// # Errors
/// [`CorpusError::Write`] with the path, if the folder or the file can't be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), CorpusError> {
    write_atomically_with(path, |file| file.write_all(bytes))
}

/// The same of what `write` writes, for what is too large to be had in one piece.
///
/// # Errors
/// As [`write_atomically`], and when `write` fails.
pub fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), CorpusError> {
    let replace = || {
        let mut new = Replacing::begin(path)?;
        let mut file = BufWriter::new(&mut new.file);
        write(&mut file)?;
        file.flush()?;
        drop(file);
        new.commit()
    };
    replace().map_err(|source| CorpusError::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// A file that is being written beside the one it will replace. Dropped before
/// that, it is gone.
pub(crate) struct Replacing {
    pub(crate) file: fs::File,
    temporary: PathBuf,
    path: PathBuf,
}

impl Replacing {
    /// Makes the file, and missing parent folders.
    pub(crate) fn begin(path: &Path) -> std::io::Result<Self> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        loop {
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            let mut name = path.file_name().unwrap_or_default().to_os_string();
            name.push(format!(".{}.{serial}.tmp", std::process::id()));
            let temporary = path.with_file_name(name);
            // Nothing is opened that is there already: it may be a link, or another's.
            match fs::File::create_new(&temporary) {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        temporary,
                        path: path.to_path_buf(),
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts it in its place.
    pub(crate) fn commit(mut self) -> std::io::Result<()> {
        let temporary = std::mem::take(&mut self.temporary);
        let renamed = fs::rename(&temporary, &self.path);
        if renamed.is_err() {
            self.temporary = temporary;
        }
        renamed
    }
}

impl Drop for Replacing {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // The first error is the one worth telling; a leftover does no harm.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file.txt");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn what_has_the_other_name_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "mine").unwrap();
        let path = folder.path().join("file.txt");
        let next = SERIAL.load(Ordering::Relaxed);
        for serial in next..next + 20 {
            let taken = format!("file.txt.{}.{serial}.tmp", std::process::id());
            std::os::unix::fs::symlink(&precious, folder.path().join(taken)).unwrap();
        }
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"mine");
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn write_below_a_file_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write_atomically(&file.join("below"), b"").unwrap_err();
        assert!(error.to_string().contains("below"), "{error}");
    }
}
