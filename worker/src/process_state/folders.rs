//! A working and a temporary directory for this worker alone, empty before
//! each case.
//!
//! ```text
//! <temporary directory>/rewind-<parent>-<worker>-<token>/
//!     marker    who made it, locked as long as this process lives
//!     work/     where a case starts
//!     tmp/      TMPDIR
//! ```
//!
//! Both are empty, but for what a preamble made in them, with their times set to
//! the epoch. Times can be set back by anybody, so they are not what tells
//! whether anything was made: the list of names does. They are emptied by
//! descriptor, for a case can put a link or another folder where they were. The
//! worker removes them when it ends well; its parent removes what it left
//! otherwise, if the marker proves that it is a worker's.

use super::tree::Tree;
use crate::WorkerError;
use rewind_protocol::{
    FolderMarker, FolderName, FolderToken, MARKER_FILE, TEMPORARY_FOLDER, WORK_FOLDER,
};
use rewind_sys::folder::{HeldFolder, is_empty};
use rewind_sys::process::{Identity, Realm};
use rewind_sys::state::{clear_times, enter};
use rewind_sys::{SysError, descriptors, process};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// One of the two.
struct Folder {
    path: PathBuf,
    open: HeldFolder,
    mode: u32,
    /// What belongs in it.
    tree: Tree,
}

/// Both, in a folder that is removed with them.
pub(super) struct Folders {
    /// The temporary directory, and the folder's name and number in it.
    top: PathBuf,
    name: String,
    file: FileId,
    /// The marker, open and locked as long as this process lives.
    _locked: File,
    both: [Folder; 2],
}

/// What a file is, wherever it lies.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

impl From<Metadata> for FileId {
    fn from(found: Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
        }
    }
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
        let top = std::env::temp_dir();
        let marker = marker()?;
        let name = marker.name.to_string();
        let root = HeldFolder::open(&top)
            .and_then(|top| top.create_folder(OsStr::new(&name)))
            .map_err(failed)?;
        let file = FileId::from(root.metadata().map_err(failed)?);
        let locked = sign(&root, &marker).map_err(failed)?;
        let locked = File::from(descriptors::raise(OwnedFd::from(locked))?);
        let path = top.join(&name);
        let make = |name: &str| Folder::make(&root, name, path.join(name));
        let both = [make(WORK_FOLDER)?, make(TEMPORARY_FOLDER)?];
        let [work, temporary] = &both;
        enter(work.open.as_file())?;
        // As the guest, so that the C library's copy lies in the guest's heap:
        // a test may free it, and a restore brings it back.
        rewind_heap::enter_guest();
        process::set_variable("TMPDIR", &temporary.path);
        rewind_heap::leave_guest();
        Ok(Self {
            top,
            name,
            file,
            _locked: locked,
            both,
        })
    }

    /// Takes what lies in both now as what belongs there.
    pub(super) fn record(&mut self) -> Result<(), WorkerError> {
        for folder in &mut self.both {
            folder.tree = Tree::read(&folder.path).map_err(failed)?;
            clear_times(folder.open.as_file())?;
        }
        Ok(())
    }

    /// Puts both back as recorded; what could not be.
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
                Some(format!("files: {name}/ can't be put back: {error}"))
            }
        };
        self.both.iter().find_map(lost)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // What stays is the parent's to remove.
        let _ = self.remove();
    }
}

impl Folders {
    /// Removes what was made, unless something else has its name by now, or lies
    /// in it.
    fn remove(&self) -> io::Result<()> {
        let top = HeldFolder::open(&self.top)?;
        let root = top.folder(OsStr::new(&self.name))?;
        if FileId::from(root.metadata()?) != self.file {
            return Ok(());
        }
        let inner = [WORK_FOLDER, TEMPORARY_FOLDER].map(OsStr::new);
        root.take_apart(OsStr::new(MARKER_FILE), &inner)?;
        top.remove_folder(OsStr::new(&self.name))
    }
}

/// What this process writes into its folder. Where /proc doesn't say who is who,
/// the marker proves nothing to anybody, and the folder is this process's alone.
fn marker() -> Result<FolderMarker, SysError> {
    let started = |pid| Identity::of(pid).map_or(0, |it| it.started);
    let realm = Realm::current().unwrap_or_default();
    let (parent, worker) = (process::parent(), process::own());
    let mut token = [0; 16];
    process::random(&mut token)?;
    Ok(FolderMarker {
        name: FolderName {
            parent: parent.0,
            worker: worker.0,
            token: FolderToken(token),
        },
        parent_started: started(parent),
        worker_started: started(worker),
        boot: realm.boot,
        namespace: realm.namespace,
    })
}

/// Puts the marker in place and locks it, first of all: whoever finds it whole
/// and not locked knows that its maker is gone.
fn sign(root: &HeldFolder, marker: &FolderMarker) -> io::Result<File> {
    let mut file = root.create_file(OsStr::new(MARKER_FILE))?;
    // Where files can't be locked nobody else gets a lock either, and leaves it.
    let _ = file.lock_shared();
    file.write_all(marker.to_string().as_bytes())?;
    Ok(file)
}

impl Folder {
    fn make(root: &HeldFolder, name: &str, path: PathBuf) -> Result<Self, WorkerError> {
        let open = root.create_folder(OsStr::new(name)).map_err(failed)?;
        let open = HeldFolder::from(descriptors::raise(open.into())?);
        clear_times(open.as_file())?;
        let mode = open.metadata().map_err(failed)?.mode();
        Ok(Self {
            path,
            open,
            mode,
            tree: Tree::default(),
        })
    }

    fn put_back(&self) -> io::Result<()> {
        let found = self.open.metadata()?;
        let id = FileId::from(found.clone());
        if found.nlink() == 0 || FileId::from(fs::symlink_metadata(&self.path)?) != id {
            return Err(io::Error::other("it was moved or removed"));
        }
        if found.mode() != self.mode {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(self.mode & 0o7777);
            self.open.as_file().set_permissions(mode)?;
        }
        if !self.tree.is_empty() {
            self.tree.put_back(&self.path)?;
        } else if !is_empty(self.open.as_file())? {
            self.open.empty()?;
        }
        if (found.mtime(), found.mtime_nsec()) != (0, 0) {
            clear_times(self.open.as_file()).map_err(|error| error.source)?;
        }
        Ok(())
    }
}
