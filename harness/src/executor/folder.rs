//! Removing what workers kept in their folders and could not remove themselves.
//!
//! A worker's own parent removes its folder. If that was killed too, the next
//! run does. What is removed is proven to be a worker's folder, and to be nobody's
//! any more; a name alone proves nothing:
//!
//! - it is a directory of this user's, closed to others, and lies in the temporary
//!   directory itself, not behind a link or on another mount;
//! - its marker is whole, says what the name says, and was written in this boot
//!   and this namespace of processes, so that the numbers in it mean something;
//! - nothing is in it but the marker and the two folders that a worker makes;
//! - the worker is gone, and its parent is this process, or is gone as well and
//!   nobody holds the marker's lock, as the worker and all that it started do.
//!
//! Whatever can't be proven stays: a folder too many harms nobody.

use crate::config::WorkerCommand;
use rewind_protocol::{
    FolderMarker, FolderName, GroupName, MARKER_BYTES, MARKER_FILE, TEMPORARY_FOLDER, WORK_FOLDER,
};
use rewind_sys::folder::HeldFolder;
use rewind_sys::process::{self, Identity, Pid, Realm, user};
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// Folders that a run looks into at most.
const MOST: usize = 1000;
/// Permissions of group and others.
const OTHERS: u32 = 0o077;
/// The folders in a worker's folder.
const INNER: [&str; 2] = [WORK_FOLDER, TEMPORARY_FOLDER];

/// Removes the folder of a worker of this process that is gone, if there is one.
pub(super) fn remove(command: &WorkerCommand, worker: Pid) {
    let Some((own, realm)) = Identity::of(process::own()).zip(Realm::current()) else {
        return;
    };
    // Most workers have none, or removed it; what can't be removed harms nobody.
    remove_those(command, &realm, Whose::Worker(own, worker));
    // Only root's workers have a group that counts their processes, if they were told to.
    if user() == 0 && command.args.iter().any(|word| word == "--process-limit") {
        let group = GroupName {
            parent: own.pid.0,
            parent_started: own.started,
            worker: worker.0,
            namespace: realm.namespace,
        };
        process::group::remove(&group.to_string());
    }
}

/// Removes the folders of workers that are gone with their parents.
pub(super) fn sweep(command: &WorkerCommand) {
    if let Some(realm) = Realm::current() {
        remove_those(command, &realm, Whose::Nobody);
    }
}

/// Whose folders are to be removed.
#[derive(Clone, Copy)]
enum Whose {
    /// That of a worker which this process started.
    Worker(Identity, Pid),
    /// Those whose worker and parent are gone.
    Nobody,
}

impl Whose {
    /// By what it is called, the folder may be meant.
    fn may_be(self, name: FolderName) -> bool {
        match self {
            Self::Worker(own, worker) => name.parent == own.pid.0 && name.worker == worker.0,
            Self::Nobody => true,
        }
    }

    /// The folder is meant, and nobody's any more.
    fn is(self, marker: &FolderMarker, open: &File) -> bool {
        let identity = |pid, started| Identity {
            pid: Pid(pid),
            started,
        };
        let parent = identity(marker.name.parent, marker.parent_started);
        let worker = identity(marker.name.worker, marker.worker_started);
        let is_left = match self {
            Self::Worker(own, _) => parent == own,
            Self::Nobody => parent.is_gone() && open.try_lock().is_ok(),
        };
        is_left && worker.is_gone()
    }
}

fn remove_those(command: &WorkerCommand, realm: &Realm, whose: Whose) {
    let Ok(top) = HeldFolder::open(&temporary(command)) else {
        return;
    };
    let all = top.names().unwrap_or_default();
    let names = all
        .iter()
        .filter_map(|name| FolderName::parse(name.to_str()?))
        .filter(|name| whose.may_be(*name));
    for name in names.take(MOST) {
        // Where there is an error there is a doubt.
        let _ = remove_proven(&top, name, realm, whose);
    }
}

/// Removes the folder if all holds that this module asks for.
fn remove_proven(
    top: &HeldFolder,
    name: FolderName,
    realm: &Realm,
    whose: Whose,
) -> io::Result<()> {
    let called = name.to_string();
    let folder = top.folder(OsStr::new(&called))?;
    if !is_closed(&folder.metadata()?) {
        return Ok(());
    }
    let mut open = folder.file(OsStr::new(MARKER_FILE))?;
    let Some(marker) = read(&mut open)? else {
        return Ok(());
    };
    let is_here = marker.namespace == realm.namespace && marker.boot == realm.boot;
    let is_known = marker.parent_started != 0 && marker.worker_started != 0;
    if marker.name != name || !is_here || !is_known || !whose.is(&marker, &open) {
        return Ok(());
    }
    // The lock is held until all is gone, so that no other run is at it as well.
    folder.take_apart(OsStr::new(MARKER_FILE), &INNER.map(OsStr::new))?;
    top.remove_folder(OsStr::new(&called))
}

/// It is this user's, and nobody else can change what is in it.
fn is_closed(found: &Metadata) -> bool {
    found.uid() == user() && found.mode() & OTHERS == 0
}

/// The marker that is in the file, if it is this user's and whole.
fn read(open: &mut File) -> io::Result<Option<FolderMarker>> {
    if !is_closed(&open.metadata()?) {
        return Ok(None);
    }
    let mut text = String::new();
    open.take(MARKER_BYTES as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(FolderMarker::parse(&text))
}

/// Where the worker has its temporary files, by the environment that it was given.
fn temporary(command: &WorkerCommand) -> PathBuf {
    let named = command.env.iter().rfind(|(name, _)| name == "TMPDIR");
    named.map_or_else(|| PathBuf::from("/tmp"), |(_, path)| PathBuf::from(path))
}

#[cfg(test)]
mod tests;
