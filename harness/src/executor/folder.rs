//! Removing what a worker kept in its folder and could not remove itself.

use crate::config::WorkerCommand;
use rewind_sys::process::{self, Pid};
use std::path::PathBuf;

/// Removes the folder of a worker that is gone, if there is one.
pub(super) fn remove(command: &WorkerCommand, worker: Pid) {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let name = rewind_protocol::worker_folder(own, worker.0);
    // Most workers have none, or removed it; what can't be removed harms nobody.
    let _ = std::fs::remove_dir_all(temporary(command).join(&name));
    // Only root's workers have a group that counts their processes, if they were told to.
    if process::user() == 0 && command.args.iter().any(|word| word == "--process-limit") {
        process::group::remove(&name);
    }
}

/// Where the worker has its temporary files, by the environment that it was given.
fn temporary(command: &WorkerCommand) -> PathBuf {
    let named = command.env.iter().rfind(|(name, _)| name == "TMPDIR");
    named.map_or_else(|| PathBuf::from("/tmp"), |(_, path)| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remove_takes_the_folder_of_that_worker_alone() {
        let root = tempfile::tempdir().unwrap();
        let mut command = WorkerCommand::new("worker", [""; 0]);
        command.env = vec![("TMPDIR".into(), root.path().into())];
        let own = i32::try_from(std::process::id()).unwrap();
        let folder = |worker| {
            root.path()
                .join(rewind_protocol::worker_folder(own, worker))
        };
        for worker in [1, 2] {
            std::fs::create_dir_all(folder(worker).join("tmp/deep")).unwrap();
        }
        remove(&command, Pid(1));
        assert_eq!((folder(1).exists(), folder(2).exists()), (false, true));
    }
}
