//! Wall-clock and processor time of one contender's processes with all their children.
//!
//! Processor time is what `RUSAGE_CHILDREN` grew by: the usage of every child
//! that was waited for, with its own children that it waited for. One process
//! runs at a time, so this is what `wait4` would report for it, without unsafe code.

use super::contender::{Contender, Told};
use crate::error::{Error, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// What one run took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Took {
    /// Wall-clock time.
    pub wall: f64,
    /// User and system time.
    pub cpu: f64,
}

/// Runs once with the output thrown away.
pub(crate) fn timed(contender: &Contender) -> Result<Took> {
    let cpu = children_cpu(contender)?;
    let start = Instant::now();
    for command in contender.commands() {
        run(contender, command, Stdio::null)?;
    }
    let wall = start.elapsed().as_secs_f64();
    Ok(Took {
        wall,
        cpu: children_cpu(contender)? - cpu,
    })
}

/// Runs once, not timed, for what it says of itself. Warms the file cache, too.
pub(crate) fn told(contender: &Contender) -> Result<Told> {
    let outputs: Vec<Output> = contender
        .commands()
        .map(|command| run(contender, command, Stdio::piped))
        .collect::<Result<_>>()?;
    (contender.told)(&outputs).ok_or_else(|| {
        Error::Other(format!(
            "find the number of tests in what {} printed",
            contender.name
        ))
    })
}

fn run(contender: &Contender, mut command: Command, sink: fn() -> Stdio) -> Result<Output> {
    let output = command
        .stdin(Stdio::null())
        .stdout(sink())
        .stderr(sink())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .map_err(|source| Error::Start {
            program: contender.name.clone(),
            source,
        })?;
    if output
        .status
        .code()
        .is_some_and(|code| contender.good.contains(&code))
    {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let tail: Vec<&str> = text.lines().rev().take(5).collect();
    Err(Error::Program {
        program: contender.name.clone(),
        status: output.status.to_string(),
        detail: tail.iter().rev().map(|line| format!("\n{line}")).collect(),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "µs of a process's life fit a double's 53 bits"
)]
fn children_cpu(contender: &Contender) -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|errno| Error::Start {
        program: format!("{} (its processor time)", contender.name),
        source: errno.into(),
    })?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}
