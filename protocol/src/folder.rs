//! What a worker's own folder is called, for the worker that makes it and the
//! parent that removes it if the worker couldn't.

/// Name of the folder in the temporary directory that the worker with process
/// number `worker`, started by process `parent`, has for itself.
#[must_use]
pub fn worker_folder(parent: i32, worker: i32) -> String {
    format!("rewind-{parent}-{worker}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_workers_differ() {
        assert_ne!(worker_folder(1, 23), worker_folder(12, 3));
    }
}
