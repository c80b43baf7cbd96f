//! Which namespaces the process is in.

use crate::descriptors::raise;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Namespaces of a process, as files of [`NAMESPACE_FOLDER`].
const NAMESPACES: [&CStr; 8] = [
    c"cgroup",
    c"ipc",
    c"mnt",
    c"net",
    c"pid_for_children",
    c"time_for_children",
    c"user",
    c"uts",
];
const NAMESPACE_FOLDER: &str = "/proc/self/ns";

/// Which namespaces a process was in.
#[derive(Debug)]
pub(super) struct Namespaces {
    folder: OwnedFd,
    /// Only there to be open: a file that nobody holds is made by the kernel
    /// whenever it is looked at, which takes as long as the look itself.
    _held: Vec<OwnedFd>,
    recorded: [u64; NAMESPACES.len()],
}

impl Namespaces {
    /// Those of this process; `None` without /proc.
    pub(super) fn read() -> Option<Self> {
        let open = |path: &Path| raise(File::open(path).ok()?.into()).ok();
        let folder = open(Path::new(NAMESPACE_FOLDER))?;
        let file = |name: &CStr| {
            open(&Path::new(NAMESPACE_FOLDER).join(OsStr::from_bytes(name.to_bytes())))
        };
        Some(Self {
            recorded: Self::look(&folder),
            _held: NAMESPACES.iter().copied().filter_map(file).collect(),
            folder,
        })
    }

    fn look(folder: &OwnedFd) -> [u64; NAMESPACES.len()] {
        NAMESPACES.map(|name| {
            let mut found = MaybeUninit::<libc::stat>::zeroed();
            // SAFETY: an open folder, a C string and a structure of ours.
            unsafe { libc::fstatat(folder.as_raw_fd(), name.as_ptr(), found.as_mut_ptr(), 0) };
            // SAFETY: zeroed, which is valid, and perhaps filled.
            unsafe { found.assume_init() }.st_ino
        })
    }

    /// The process is in others now.
    pub(super) fn are_others(&self) -> bool {
        Self::look(&self.folder) != self.recorded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_is_found_and_none_has_changed() {
        let namespaces = Namespaces::read().unwrap();
        let found = namespaces.recorded.iter().filter(|inode| **inode != 0);
        // A kernel may have no namespaces of time.
        assert!(found.count() >= NAMESPACES.len() - 1);
        assert!(!namespaces.are_others());
    }

    #[test]
    fn another_namespace_is_noticed() {
        let mut namespaces = Namespaces::read().unwrap();
        namespaces.recorded[2] += 1;
        assert!(namespaces.are_others());
    }
}
