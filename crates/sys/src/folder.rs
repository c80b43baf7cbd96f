//! Folders that are held open.

mod held;

pub use held::HeldFolder;

use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// A folder, to open files in without the way there.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder. It isn't passed on to programs that are started.
    ///
    /// # Errors
    /// If there is none, or it may not be searched.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Self(open(path, flags, Mode::empty())?))
    }

    /// Opens a file of this folder to read it.
    ///
    /// # Errors
    /// If there is none of that name, or it may not be read.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        Ok(openat(&self.0, name, flags, Mode::empty())?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn file_is_opened_by_its_name_alone() {
        let at = tempfile::tempdir().unwrap();
        std::fs::write(at.path().join("a"), "text").unwrap();
        let folder = Folder::open(at.path()).unwrap();
        let mut text = String::new();
        let mut file = folder.open_file("a").unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        let missing = folder.open_file("b").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(Folder::open(&at.path().join("a")).is_err(), "a file");
    }
}
