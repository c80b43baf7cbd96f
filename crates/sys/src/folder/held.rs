//! Making, reading and removing what lies in a folder, by descriptors alone.
//!
//! A path can come to mean another place between two calls: a link is put where
//! a folder was, a parent is renamed, a file system is mounted. What is removed
//! here is reached from a folder that is held open, one name at a time, never
//! through a symbolic link and never across a mount.

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat, openat2};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

const FOLDER: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);

/// A folder, held open to change what is in it.
#[derive(Debug)]
pub struct HeldFolder(File);

impl From<OwnedFd> for HeldFolder {
    fn from(folder: OwnedFd) -> Self {
        Self(folder.into())
    }
}

impl From<HeldFolder> for OwnedFd {
    fn from(folder: HeldFolder) -> Self {
        folder.0.into()
    }
}

impl AsFd for HeldFolder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl HeldFolder {
    /// Opens a folder that the caller trusts the way to: links on it are followed.
    ///
    /// # Errors
    /// If there is none, or it may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = FOLDER.difference(OFlag::O_NOFOLLOW);
        Ok(Self(open(path, flags, Mode::empty())?.into()))
    }

    /// Opens a folder that lies in this one.
    ///
    /// # Errors
    /// If it isn't a folder of the same mount: a link, or a mount point.
    pub fn folder(&self, name: &OsStr) -> io::Result<Self> {
        let only_here = ResolveFlag::RESOLVE_BENEATH
            | ResolveFlag::RESOLVE_NO_SYMLINKS
            | ResolveFlag::RESOLVE_NO_XDEV;
        let how = OpenHow::new().flags(FOLDER).resolve(only_here);
        match openat2(self, name, how) {
            Ok(found) => Ok(found.into()),
            // Before Linux 5.6, or kept away by a filter of system calls.
            Err(Errno::ENOSYS | Errno::EPERM) => self.folder_by_device(name),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The same where the kernel can't be asked to stay on this mount: a bind
    /// mount of the same file system goes unnoticed.
    fn folder_by_device(&self, name: &OsStr) -> io::Result<Self> {
        if is_path(name) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let found = Self(openat(self, name, FOLDER, Mode::empty())?.into());
        if found.metadata()?.dev() == self.metadata()?.dev() {
            return Ok(found);
        }
        Err(io::ErrorKind::CrossesDevices.into())
    }

    /// Opens a regular file that lies in this folder, to read it and to lock it.
    ///
    /// # Errors
    /// If there is none of that name that is a regular file.
    pub fn file(&self, name: &OsStr) -> io::Result<File> {
        // Without O_NONBLOCK a FIFO would keep the caller for ever.
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let found = File::from(openat(self, name, flags, Mode::empty())?);
        if found.metadata()?.is_file() {
            return Ok(found);
        }
        Err(io::Error::other("it is no regular file"))
    }

    /// Makes a file of this folder, for this user alone, to write and to lock.
    ///
    /// # Errors
    /// If there is something of that name.
    pub fn create_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        Ok(openat(self, name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?.into())
    }

    /// Makes a folder in this one, for this user alone, and opens it.
    ///
    /// # Errors
    /// If there is something of that name.
    pub fn create_folder(&self, name: &OsStr) -> io::Result<Self> {
        mkdirat(self, name, Mode::S_IRWXU)?;
        self.folder(name)
    }

    /// Names of all that is in it.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut entries = Dir::openat(self, ".", FOLDER, Mode::empty())?;
        let mut names = Vec::new();
        for entry in entries.iter() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// About the folder itself.
    ///
    /// # Errors
    /// If the system has lost it, as some network file systems do.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// The open folder as a file, for what can be set of any file.
    #[must_use]
    pub fn as_file(&self) -> &File {
        &self.0
    }

    /// Removes all that is in it, and leaves the folder.
    ///
    /// # Errors
    /// Where something can't be removed, or is a mount point; what comes behind stays.
    pub fn empty(&self) -> io::Result<()> {
        self.names()?.iter().try_for_each(|name| self.remove(name))
    }

    /// Removes the folders named, with all that is in them, and `last` a file;
    /// a part of them may be missing.
    ///
    /// # Errors
    /// Nothing is removed if there is anything else, or one of them is no folder;
    /// else as [`Self::empty`].
    pub fn take_apart(&self, last: &OsStr, folders: &[&OsStr]) -> io::Result<()> {
        let names = self.names()?;
        let is_known = |name: &OsString| *name == last || folders.iter().any(|it| name == it);
        if !names.iter().all(is_known) {
            return Err(io::Error::other("there is something else in it"));
        }
        let present = names.iter().filter(|name| *name != last);
        let open = present.map(|name| Ok((name, self.folder(name)?)));
        for (name, folder) in open.collect::<io::Result<Vec<_>>>()? {
            folder.empty()?;
            self.remove_folder(name)?;
        }
        self.remove_file(last)
    }

    /// Removes what has that name, and all that is in it.
    fn remove(&self, name: &OsStr) -> io::Result<()> {
        match self.remove_file(name) {
            // A folder: POSIX has the one number for it, Linux the other.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EISDIR | libc::EPERM)) => {
                self.folder(name)?.empty()?;
                self.remove_folder(name)
            }
            other => other,
        }
    }

    /// Removes a file or a link; nothing if there is none.
    ///
    /// # Errors
    /// If it is a folder, or can't be removed.
    pub fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        gone(unlinkat(self, name, UnlinkatFlags::NoRemoveDir))
    }

    /// Removes an empty folder; nothing if there is none.
    ///
    /// # Errors
    /// If it has something in it, or is a mount point.
    pub fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        gone(unlinkat(self, name, UnlinkatFlags::RemoveDir))
    }
}

fn gone(removed: Result<(), Errno>) -> io::Result<()> {
    match removed {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn is_path(name: &OsStr) -> bool {
    name.as_bytes().contains(&b'/') || name == ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn place() -> (tempfile::TempDir, HeldFolder) {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("held")).unwrap();
        let held = HeldFolder::open(&place.path().join("held")).unwrap();
        (place, held)
    }

    #[test]
    fn empty_removes_what_is_in_it_and_nothing_behind_a_link() {
        let (place, held) = place();
        let precious = place.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "mine").unwrap();
        let folder = place.path().join("held");
        fs::create_dir_all(folder.join("a/b/c")).unwrap();
        fs::write(folder.join("a/b/file"), "").unwrap();
        symlink(&precious, folder.join("link")).unwrap();
        symlink(&precious, folder.join("a/link")).unwrap();
        symlink("../..", folder.join("a/up")).unwrap();
        held.empty().unwrap();
        assert_eq!(held.names().unwrap(), [""; 0]);
        assert_eq!(fs::read(precious.join("file")).unwrap(), b"mine");
    }

    #[test]
    fn empty_reaches_the_folder_that_is_held_and_not_what_has_its_path() {
        let (place, held) = place();
        let path = place.path().join("held");
        fs::rename(&path, place.path().join("moved")).unwrap();
        fs::write(place.path().join("moved/left"), "").unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("another's"), "").unwrap();
        held.empty().unwrap();
        assert!(path.join("another's").exists());
        assert!(!place.path().join("moved/left").exists());
    }

    #[test]
    fn take_apart_removes_what_is_named_or_nothing() {
        let (place, held) = place();
        let path = place.path().join("held");
        let take_apart = || held.take_apart(OsStr::new("last"), &["a", "b"].map(OsStr::new));
        fs::create_dir_all(path.join("a/deep")).unwrap();
        fs::write(path.join("a/deep/file"), "").unwrap();
        fs::write(path.join("last"), "").unwrap();
        for other in ["b", "c"] {
            fs::write(path.join(other), "another's").unwrap();
            take_apart().unwrap_err();
            assert!(path.join("a/deep/file").exists() && path.join("last").exists());
            fs::remove_file(path.join(other)).unwrap();
        }
        symlink(place.path(), path.join("b")).unwrap();
        take_apart().unwrap_err();
        assert!(path.join("a/deep/file").exists());
        fs::remove_file(path.join("b")).unwrap();
        take_apart().unwrap();
        assert_eq!(held.names().unwrap(), [""; 0]);
    }

    #[test]
    fn links_and_paths_are_no_folders_and_no_files() {
        let (place, held) = place();
        fs::write(place.path().join("file"), "").unwrap();
        symlink("../file", place.path().join("held/file")).unwrap();
        symlink("..", place.path().join("held/folder")).unwrap();
        nix::unistd::mkfifo(&place.path().join("held/fifo"), Mode::S_IRWXU).unwrap();
        for open in [HeldFolder::folder, HeldFolder::folder_by_device] {
            for name in ["folder", "..", "../held", "fifo"] {
                assert!(open(&held, OsStr::new(name)).is_err(), "{name}");
            }
        }
        for name in ["file", "folder", "fifo", "none"] {
            assert!(held.file(OsStr::new(name)).is_err(), "{name}");
            let taken = held.create_file(OsStr::new(name)).is_err();
            assert_eq!(taken, name != "none", "{name}");
        }
        assert!(held.create_folder(OsStr::new("folder")).is_err());
    }

    #[test]
    fn mount_point_is_not_entered() {
        // /proc is a file system of its own, wherever there is one.
        let top = HeldFolder::open(Path::new("/")).unwrap();
        for open in [HeldFolder::folder, HeldFolder::folder_by_device] {
            let error = open(&top, OsStr::new("proc")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::CrossesDevices);
        }
    }
}
