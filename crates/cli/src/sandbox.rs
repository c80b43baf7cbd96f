//! Whether a worker can shut itself off here: found out by letting one try.

use crate::error::CliError;
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
