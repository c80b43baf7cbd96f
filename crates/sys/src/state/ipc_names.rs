//! Names of POSIX shared memory, semaphores and message queues: entries of two
//! folders, each for a whole namespace.
//!
//! In a folder of this process's own, a name that is new is removed. Elsewhere
//! it may be another program's, and is reported if it belongs to this user and
//! came while the code ran.

use super::spaces::{OwnSpaces, queue_folder};
use crate::descriptors::raise;
use crate::error::SysError;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::fs::{File, Metadata};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where POSIX shared memory and semaphores have their names.
pub(super) const MEMORY_FOLDER: &CStr = c"/dev/shm";
/// Where message queues have them, on most systems.
const QUEUE_FOLDER: &str = "/dev/mqueue";
const QUEUE: &str = "message queue";
/// `MQUEUE_MAGIC`, from linux/magic.h: `f_type` of a folder of queues.
const QUEUES: i64 = 0x1980_0202;

fn memory_folder() -> &'static Path {
    Path::new(std::ffi::OsStr::from_bytes(MEMORY_FOLDER.to_bytes()))
}

/// Something that this process needs may lie in the folder of names.
pub(super) fn names_memory_folder(root: &Path) -> bool {
    let folder = memory_folder();
    let lies_there = |path: &Path| {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real.starts_with(folder)
    };
    let own = [std::env::current_exe(), std::env::current_dir()];
    let text = MEMORY_FOLDER.to_bytes();
    lies_there(root)
        || lies_there(&std::env::temp_dir())
        || own.into_iter().flatten().any(|path| lies_there(&path))
        || std::env::vars_os().any(|(_, value)| {
            let mut places = value.as_bytes().windows(text.len());
            places.any(|place| place == text)
        })
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

/// One folder's entries as they were.
#[derive(Debug)]
struct Folder {
    sort: &'static str,
    open: File,
    /// It is this process's alone.
    own: bool,
    stamp: Stamp,
    known: BTreeSet<CString>,
}

/// The names there are at one moment.
#[derive(Debug)]
pub struct SharedNames(Vec<Folder>);

impl SharedNames {
    /// Those there are now, in the folders that the system has.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn read(own: OwnSpaces) -> Result<Self, SysError> {
        let mut folders = Vec::new();
        if let Ok(open) = File::open(memory_folder()) {
            let open = File::from(raise(open.into())?);
            folders.push(Folder::read("shared memory", open, own.names));
        }
        if let Some(open) = queues(own) {
            folders.push(Folder::read(QUEUE, open, own.objects));
        }
        Ok(Self(folders))
    }

    /// There is a folder in which message queues show.
    #[must_use]
    pub fn show_queues(&self) -> bool {
        self.0.iter().any(|folder| folder.sort == QUEUE)
    }

    /// Code begins: names that others made since the last look aren't its.
    pub fn catch_up(&mut self) {
        for folder in self.0.iter_mut().filter(|folder| !folder.own) {
            let stamp = folder.stamp_now();
            if stamp != folder.stamp {
                (folder.known, folder.stamp) = (folder.listed(), stamp);
            }
        }
    }

    /// Removes what that code made and left; sort and name of what can't be
    /// removed or may be its.
    pub fn put_back(&mut self) -> Option<(&'static str, String)> {
        let put_back = |folder: &mut Folder| Some((folder.sort, folder.put_back()?));
        let mut lost = None;
        for found in self.0.iter_mut().filter_map(put_back) {
            lost.get_or_insert(found);
        }
        lost
    }
}

/// The folder of message queues, where there is one.
fn queues(own: OwnSpaces) -> Option<File> {
    if own.objects {
        return queue_folder().ok();
    }
    let open = File::open(QUEUE_FOLDER).ok()?;
    let mut found = MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: an open folder and a structure of ours.
    unsafe { libc::fstatfs(open.as_raw_fd(), found.as_mut_ptr()) };
    // SAFETY: zeroed, which is valid, and perhaps filled.
    let kind = unsafe { found.assume_init() }.f_type;
    (kind == QUEUES)
        .then(|| raise(open.into()).ok().map(File::from))
        .flatten()
}

impl Folder {
    fn read(sort: &'static str, open: File, own: bool) -> Self {
        let mut folder = Self {
            sort,
            open,
            own,
            stamp: Stamp::default(),
            known: BTreeSet::new(),
        };
        folder.stamp = folder.stamp_now();
        folder.known = folder.listed();
        folder
    }

    fn stamp_now(&self) -> Stamp {
        self.open.metadata().map(Stamp::from).unwrap_or_default()
    }

    fn put_back(&mut self) -> Option<String> {
        let stamp = self.stamp_now();
        if stamp == self.stamp {
            return None;
        }
        let now = self.listed();
        let new: Vec<_> = now.difference(&self.known).cloned().collect();
        let mut lost = None;
        for name in new {
            if !self.own || !self.remove(&name) {
                lost.get_or_insert(name.to_string_lossy().into_owned());
            }
        }
        if self.own {
            let gone = self.known.difference(&now).next();
            let gone =
                gone.map(|name| format!("{}, which was there before,", name.to_string_lossy()));
            lost = lost.or(gone);
        }
        self.stamp = self.stamp_now();
        self.known = self.listed();
        lost
    }

    /// Names of this user's; all of them in a folder of this process's own.
    fn listed(&self) -> BTreeSet<CString> {
        let folder = format!("/proc/self/fd/{}", self.open.as_raw_fd());
        let Ok(entries) = std::fs::read_dir(folder) else {
            return BTreeSet::new();
        };
        let user = crate::process::user();
        let counts = |entry: &std::fs::DirEntry| {
            self.own || entry.metadata().is_ok_and(|found| found.uid() == user)
        };
        entries
            .flatten()
            .filter(counts)
            .filter_map(|entry| CString::new(entry.file_name().as_bytes()).ok())
            .collect()
    }

    fn remove(&self, name: &CStr) -> bool {
        let number = self.open.as_raw_fd();
        // SAFETY: an open folder and a C string.
        let removed = unsafe { libc::unlinkat(number, name.as_ptr(), 0) } == 0;
        // SAFETY: likewise.
        removed || unsafe { libc::unlinkat(number, name.as_ptr(), libc::AT_REMOVEDIR) } == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(own: bool) -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("before"), "").unwrap();
        let open = File::open(place.path()).unwrap();
        (place, Folder::read("shared memory", open, own))
    }

    #[test]
    fn new_name_in_an_own_folder_is_removed_and_no_other() {
        let (place, mut folder) = folder(true);
        assert_eq!(folder.put_back(), None);
        std::fs::write(place.path().join("new"), "").unwrap();
        std::fs::create_dir(place.path().join("deep")).unwrap();
        assert_eq!(folder.put_back(), None);
        let left: Vec<_> = std::fs::read_dir(place.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["before"]);
        std::fs::remove_file(place.path().join("before")).unwrap();
        assert!(folder.put_back().unwrap().starts_with("before"));
    }

    #[test]
    fn new_name_in_a_shared_folder_is_told_unless_it_came_earlier() {
        let (place, mut folder) = folder(false);
        let mine = place.path().join("mine");
        std::fs::write(&mine, "").unwrap();
        assert_eq!(folder.put_back(), Some("mine".to_owned()));
        assert!(mine.exists());
        std::fs::write(place.path().join("another's"), "").unwrap();
        let mut names = SharedNames(vec![folder]);
        names.catch_up();
        assert_eq!(names.put_back(), None);
    }

    #[test]
    fn root_in_the_folder_of_names_is_noticed() {
        assert!(names_memory_folder(Path::new("/dev/shm/corpus")));
    }
}
