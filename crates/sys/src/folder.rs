//! Folders that are held open.

mod held;

pub use held::HeldFolder;

use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
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

/// No name is in an open folder but its own and that of the one above.
///
/// # Errors
/// If it can't be read.
pub fn is_empty(open: &File) -> io::Result<bool> {
    // The two that are always there take 24 bytes each.
    let mut names = [0u8; 1024];
    let number = open.as_raw_fd();
    // SAFETY: takes numbers.
    if unsafe { libc::lseek(number, 0, libc::SEEK_SET) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel writes at most as many bytes as it is told.
    let got = unsafe {
        libc::syscall(
            libc::SYS_getdents64,
            number,
            names.as_mut_ptr(),
            names.len(),
        )
    };
    match usize::try_from(got) {
        Ok(length) => Ok(length <= 48),
        Err(_negative) => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn is_empty_looks_at_the_list_and_not_at_times() {
        let at = tempfile::tempdir().unwrap();
        let open = File::open(at.path()).unwrap();
        assert!(is_empty(&open).unwrap());
        std::fs::write(at.path().join("left"), "").unwrap();
        open.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        assert!(!is_empty(&open).unwrap());
        std::fs::remove_file(at.path().join("left")).unwrap();
        assert!(is_empty(&open).unwrap(), "again, from its start");
    }

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
