//! Removing what workers kept in their folders and could not remove themselves.
//!
//! A worker's own parent removes its folder. If that was killed too, the next
//! run does. It must not take the folder of a worker that lives, whoever
//! started it, so a folder goes only if all of this holds:
//!
//! - it has the name of a worker's folder, is a directory, and this user's;
//! - nobody holds its lock, which a worker does as long as it lives;
//! - the parent that it names is gone, or was started after the folder;
//! - nothing has changed in it for a while, so that its maker has had the time
//!   to lock it.

use crate::config::WorkerCommand;
use rewind_sys::process::{self, Pid, user};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Folders that a run removes at most.
const MOST: usize = 1000;
/// How long nothing must have changed in one.
const QUIET: Duration = Duration::from_secs(60);
/// Ticks a second, in which /proc tells when a process was started.
const TICKS: u64 = 100;
/// What is allowed for the clock being set, and for rounding.
const SLACK: Duration = Duration::from_secs(2);

/// Removes the folder of a worker that is gone, if there is one.
pub(super) fn remove(command: &WorkerCommand, worker: Pid) {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let name = rewind_protocol::worker_folder(own, worker.0);
    // Most workers have none, or removed it; what can't be removed harms nobody.
    let _ = std::fs::remove_dir_all(temporary(command).join(&name));
    // Only root's workers have a group that counts their processes, if they were told to.
    if user() == 0 && command.args.iter().any(|word| word == "--process-limit") {
        process::group::remove(&name);
    }
}

/// Removes the folders of workers that are gone with their parents.
pub(super) fn sweep(command: &WorkerCommand) {
    let Ok(entries) = std::fs::read_dir(temporary(command)) else {
        return;
    };
    let left = entries.flatten().filter_map(|entry| {
        let (parent, _) = rewind_protocol::worker_of_folder(entry.file_name().to_str()?)?;
        Some((entry.path(), parent))
    });
    for (path, parent) in left.take(MOST) {
        if is_left_behind(&path, parent).unwrap_or(false) {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

fn is_left_behind(path: &Path, parent: i32) -> io::Result<bool> {
    let found = std::fs::symlink_metadata(path)?;
    let changed = found.modified()?;
    let quiet = changed.elapsed().is_ok_and(|since| since >= QUIET);
    if !found.is_dir() || found.uid() != user() || !quiet || was_there(parent, changed) {
        return Ok(false);
    }
    // Whoever opens it now opens the same folder, for it can't be ours and be
    // replaced by others.
    Ok(File::open(path)?.try_lock().is_ok())
}

/// The process with that number runs, and did when the folder was changed. What
/// can't be told counts as yes.
fn was_there(process: i32, when: SystemTime) -> bool {
    let stat = match std::fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(stat) => stat,
        Err(error) => return error.kind() != io::ErrorKind::NotFound || !has_proc(),
    };
    let started = started(&stat).zip(boot());
    started.is_none_or(|(after, boot)| boot + after <= when + SLACK)
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").exists()
}

/// Time from the boot to the start of the process that /proc says `stat` of.
fn started(stat: &str) -> Option<Duration> {
    // Its name is in parentheses, and may hold anything; the 20th behind it is meant.
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: u64 = rest.split_ascii_whitespace().nth(19)?.parse().ok()?;
    Some(Duration::from_millis(ticks.checked_mul(1000 / TICKS)?))
}

/// When the machine was started.
fn boot() -> Option<SystemTime> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    let seconds = line.trim().parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Where the worker has its temporary files, by the environment that it was given.
fn temporary(command: &WorkerCommand) -> PathBuf {
    let named = command.env.iter().rfind(|(name, _)| name == "TMPDIR");
    named.map_or_else(|| PathBuf::from("/tmp"), |(_, path)| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than any process has.
    const NOBODY: i32 = i32::MAX;

    struct Place {
        root: tempfile::TempDir,
        command: WorkerCommand,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let mut command = WorkerCommand::new("worker", [""; 0]);
            command.env = vec![("TMPDIR".into(), root.path().into())];
            Self { root, command }
        }

        /// A folder with something in it, last changed so long ago.
        fn folder(&self, name: &str, age: Duration) -> PathBuf {
            let path = self.root.path().join(name);
            std::fs::create_dir_all(path.join("tmp/deep")).unwrap();
            self.age(&path, age);
            path
        }

        fn age(&self, path: &Path, age: Duration) {
            let when = SystemTime::now() - age;
            File::open(path).unwrap().set_modified(when).unwrap();
        }
    }

    const OLD: Duration = Duration::from_secs(3600);

    fn of(parent: i32, worker: i32) -> String {
        rewind_protocol::worker_folder(parent, worker)
    }

    #[test]
    fn remove_takes_the_folder_of_that_worker_alone() {
        let place = Place::new();
        let own = i32::try_from(std::process::id()).unwrap();
        let folders = [1, 2].map(|worker| place.folder(&of(own, worker), OLD));
        remove(&place.command, Pid(1));
        assert_eq!(folders.map(|it| it.exists()), [false, true]);
    }

    #[test]
    fn sweep_takes_what_a_dead_parent_left() {
        let place = Place::new();
        let left = place.folder(&of(NOBODY, 5), OLD);
        sweep(&place.command);
        assert!(!left.exists());
    }

    #[test]
    fn sweep_takes_what_is_older_than_the_process_that_has_the_number_now() {
        let place = Place::new();
        let own = i32::try_from(std::process::id()).unwrap();
        // This process runs for less than ten years.
        let left = place.folder(&of(own, 5), Duration::from_secs(315_360_000));
        sweep(&place.command);
        assert!(!left.exists());
    }

    #[test]
    fn sweep_leaves_what_may_be_in_use() {
        let place = Place::new();
        // As old as a run may be, and younger than process 1.
        let of_the_living = place.folder(&of(1, 5), Duration::from_secs(61));
        let fresh = place.folder(&of(NOBODY, 6), Duration::from_secs(1));
        let locked = place.folder(&of(NOBODY, 7), OLD);
        let lock = File::open(&locked).unwrap();
        lock.lock().unwrap();
        let others = [
            "rewind-1",
            "rewind-x-1",
            "rewind-1-2-3",
            "rewind-01-2",
            "rewind--1-2",
            "other-1-2",
        ];
        let others = others.map(|name| place.folder(name, OLD));
        let file = place.root.path().join(of(NOBODY, 8));
        std::fs::write(&file, "a file").unwrap();
        place.age(&file, OLD);
        let target = place.folder("target", OLD);
        let link = place.root.path().join(of(NOBODY, 9));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        sweep(&place.command);
        let kept = [of_the_living, fresh, locked, file, target, link];
        for path in kept.iter().chain(&others) {
            assert!(path.symlink_metadata().is_ok(), "{}", path.display());
        }
        drop(lock);
    }

    #[test]
    fn start_of_a_process_is_found_behind_any_name() {
        let stat = "12 (a) b) (c) S 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4200 99 9";
        assert_eq!(started(stat), Some(Duration::from_secs(42)));
        assert_eq!(started("12 (a) S 1"), None);
    }
}
