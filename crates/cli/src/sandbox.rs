//! What workers need around them: whether one can shut itself off here, found
//! out by letting one try, and what those of a killed parent left.

use crate::error::CliError;
use rewind_protocol::GroupName;
use rewind_sys::process::{self, Identity, Pid, Realm};
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
    let Some(realm) = Realm::current().filter(|_| process::user() == 0) else {
        return;
    };
    process::group::sweep(|name| {
        let name = GroupName::parse(name).filter(|name| name.namespace == realm.namespace);
        name.is_some_and(|name| parent_of(name).is_gone())
    });
}

/// The parent in the name of a worker's group.
const fn parent_of(name: GroupName) -> Identity {
    Identity {
        pid: Pid(name.parent),
        started: name.parent_started,
    }
}
