//! A working and a temporary directory for this worker alone, empty before
//! each case.
//!
//! ```text
//! <temporary directory>/rewind-<parent>-<worker>/work    where a case starts
//!                                               /tmp     TMPDIR
//! ```
//!
//! Both are empty with their times set to the epoch, so that one look at each
//! tells whether anything was made in it. The worker removes them when it ends
//! well; its parent removes what it left otherwise.

use crate::WorkerError;
use rewind_sys::state::{clear_times, enter};
use rewind_sys::{SysError, descriptors, process};
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// One of the two.
struct Folder {
    path: PathBuf,
    open: File,
    mode: u32,
}

/// Both, in a folder that is removed with them.
pub(super) struct Folders {
    root: PathBuf,
    /// Open and locked as long as this process lives: what is not locked, and
    /// is old, others may remove.
    _locked: File,
    both: [Folder; 2],
}

fn failed(source: io::Error) -> SysError {
    SysError {
        call: "mkdir",
        mend: "make the temporary directory writable, or set TMPDIR",
        source,
    }
}

impl Folders {
    /// Makes both, starts out in the one, and names the other in `TMPDIR`.
    pub(super) fn make() -> Result<Self, WorkerError> {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        let name = rewind_protocol::worker_folder(process::parent().0, own);
        let root = std::env::temp_dir().join(name);
        // Left by a process of the same number that is long gone.
        let _ = fs::remove_dir_all(&root);
        make(&root)?;
        let locked = File::open(&root).map_err(failed)?;
        let locked = File::from(descriptors::raise(OwnedFd::from(locked))?);
        // Where files can't be locked, the parent's number has to do.
        let _ = locked.lock_shared();
        let both = [
            Folder::make(root.join("work"))?,
            Folder::make(root.join("tmp"))?,
        ];
        let [work, temporary] = &both;
        enter(&work.open)?;
        // As the guest, so that the C library's copy lies in the guest's heap:
        // a test may free it, and a restore brings it back.
        rewind_heap::enter_guest();
        process::set_variable("TMPDIR", &temporary.path);
        rewind_heap::leave_guest();
        Ok(Self {
            root,
            _locked: locked,
            both,
        })
    }

    /// Empties both; what could not be removed.
    pub(super) fn put_back(&mut self) -> Option<String> {
        let lost = |folder: &Folder| match folder.put_back() {
            Ok(()) => None,
            Err(error) => {
                let name = folder
                    .path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                Some(format!("files: {name}/ can't be emptied: {error}"))
            }
        };
        self.both.iter().find_map(lost)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // What stays is the parent's to remove.
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn make(path: &Path) -> Result<(), SysError> {
    fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(failed)
}

impl Folder {
    fn make(path: PathBuf) -> Result<Self, WorkerError> {
        make(&path)?;
        let open = descriptors::raise(OwnedFd::from(File::open(&path).map_err(failed)?))?;
        let open = File::from(open);
        clear_times(&open)?;
        let mode = open.metadata().map_err(failed)?.mode();
        Ok(Self { path, open, mode })
    }

    fn put_back(&self) -> io::Result<()> {
        let found = self.open.metadata()?;
        if found.nlink() == 0 || fs::symlink_metadata(&self.path)?.ino() != found.ino() {
            return Err(io::Error::other("it was moved or removed"));
        }
        if found.mode() != self.mode {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(self.mode & 0o7777);
            self.open.set_permissions(mode)?;
        }
        if (found.mtime(), found.mtime_nsec()) == (0, 0) {
            return Ok(());
        }
        for entry in fs::read_dir(&self.path)? {
            remove(&entry?)?;
        }
        clear_times(&self.open).map_err(|error| error.source)
    }
}

fn remove(entry: &fs::DirEntry) -> io::Result<()> {
    if entry.file_type()?.is_dir() {
        fs::remove_dir_all(entry.path())
    } else {
        fs::remove_file(entry.path())
    }
}
