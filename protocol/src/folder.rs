//! What a worker's own folder is called, for the worker that makes it and the
//! parent that removes it if the worker couldn't.

/// Name of the folder in the temporary directory that the worker with process
/// number `worker`, started by process `parent`, has for itself.
#[must_use]
pub fn worker_folder(parent: i32, worker: i32) -> String {
    format!("rewind-{parent}-{worker}")
}

/// Parent and worker of the folder with that name, if it is one.
#[must_use]
pub fn worker_of_folder(name: &str) -> Option<(i32, i32)> {
    let (parent, worker) = name.strip_prefix("rewind-")?.split_once('-')?;
    let (parent, worker) = (parent.parse().ok()?, worker.parse().ok()?);
    (parent > 0 && worker > 0 && worker_folder(parent, worker) == name).then_some((parent, worker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_workers_differ() {
        assert_ne!(worker_folder(1, 23), worker_folder(12, 3));
    }

    #[test]
    fn name_is_read_back_and_no_other_is() {
        assert_eq!(worker_of_folder(&worker_folder(12, 3)), Some((12, 3)));
        for other in [
            "rewind-1",
            "rewind-+1-2",
            "rewind-01-2",
            "rewind-1--2",
            "x-1-2",
        ] {
            assert_eq!(worker_of_folder(other), None, "{other}");
        }
    }
}
