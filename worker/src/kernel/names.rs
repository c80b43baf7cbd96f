//! Names of POSIX shared memory and semaphores, which lie in one folder for
//! the whole system.

use rewind_sys::state::shared_memory_folder;
use rewind_sys::{SysError, descriptors};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

/// The folder's entries as they were.
pub(super) struct Names {
    /// `None` where there is no such folder.
    folder: Option<File>,
    stamp: Stamp,
    known: BTreeSet<OsString>,
}

/// Changes with every name that comes or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stamp {
    size: u64,
    changed: (i64, i64),
}

impl From<Metadata> for Stamp {
    fn from(found: Metadata) -> Self {
        Self {
            size: found.size(),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

impl Names {
    pub(super) fn read() -> Result<Self, SysError> {
        let folder = match File::open(shared_memory_folder()) {
            Ok(folder) => Some(File::from(descriptors::raise(OwnedFd::from(folder))?)),
            Err(_) => None,
        };
        let mut names = Self {
            folder,
            stamp: Stamp::default(),
            known: BTreeSet::new(),
        };
        names.stamp = names.stamp_now();
        names.known = listed();
        Ok(names)
    }

    fn stamp_now(&self) -> Stamp {
        let found = self
            .folder
            .as_ref()
            .and_then(|folder| folder.metadata().ok());
        found.map(Stamp::from).unwrap_or_default()
    }

    /// Takes names that came since the last look as somebody else's.
    pub(super) fn catch_up(&mut self) {
        let stamp = self.stamp_now();
        if stamp != self.stamp {
            self.known = listed();
            self.stamp = stamp;
        }
    }

    /// A name that wasn't there last time and belongs to this user. Whose it is
    /// beyond that can't be known.
    pub(super) fn new_one(&mut self) -> Option<String> {
        let stamp = self.stamp_now();
        if stamp == self.stamp {
            return None;
        }
        self.stamp = stamp;
        let now = listed();
        let new = now
            .difference(&self.known)
            .next()
            .map(|name| name.to_string_lossy().into_owned());
        self.known = now;
        new
    }
}

/// Names of this user's files in the folder.
fn listed() -> BTreeSet<OsString> {
    let Ok(entries) = std::fs::read_dir(shared_memory_folder()) else {
        return BTreeSet::new();
    };
    let own = rewind_sys::process::user();
    let is_own = |entry: &std::fs::DirEntry| entry.metadata().is_ok_and(|found| found.uid() == own);
    entries
        .flatten()
        .filter(is_own)
        .map(|entry| entry.file_name())
        .collect()
}
