//! What workers need around them: whether one can shut itself off here, found
//! out by letting one try, and what those of a killed parent left.

use crate::error::CliError;
use rewind_sys::process;
use std::path::Path;
use std::process::{Command, Stdio};

/// Why a worker of `exe` can't go into a sandbox here; `None` if it can.
pub(crate) fn refusal(exe: &Path) -> Result<Option<String>, CliError> {
    let tried = Command::new(exe)
        .args(["worker", "--try-sandbox"])
        .stdin(Stdio::null())
        .output()
        .map_err(CliError::system("start a worker"))?;
    if tried.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&tried.stderr);
    let reason = said.lines().next().unwrap_or("it says nothing");
    let reason = reason.strip_prefix("error: failed to ").unwrap_or(reason);
    Ok(Some(reason.to_owned()))
}

/// Removes the groups that count processes whose parent is gone. Only root's
/// workers have some.
pub(crate) fn sweep() {
    if process::user() == 0 {
        process::group::sweep(parent_of);
    }
}

/// The parent in the name of a worker's group.
fn parent_of(name: &str) -> Option<i32> {
    let (parent, worker) = name.strip_prefix("rewind-")?.split_once('-')?;
    worker.parse::<i32>().ok()?;
    parent.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_is_read_from_a_workers_name_alone() {
        assert_eq!(parent_of(&rewind_protocol::worker_folder(12, 7)), Some(12));
        for other in ["rewind-try-7", "rewind-7", "other-1-2", "rewind-1-x", ""] {
            assert_eq!(parent_of(other), None, "{other}");
        }
    }
}
