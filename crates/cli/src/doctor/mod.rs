//! `rewind doctor`: what the kernel, the limits and the machine offer, and what
//! to do where that is too little.
//!
//! It looks and tells; it changes nothing.

mod checks;
mod show;

use crate::args::{DoctorArgs, Format};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::sandbox;
use crate::terminal::Surroundings;
use checks::{Check, Status, checks};
use rewind_report::human::Palette;
use std::io::{self, Write};

/// Looks and tells. The exit code is 3 if runs can't work here.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<ExitCode, CliError> {
    let exe = std::env::current_exe().map_err(CliError::system("find this program"))?;
    let refusal = sandbox::refusal(&exe)?;
    let checks = checks(&rewind_sys::probe::probe(), refusal.as_deref());
    let mut out = io::stdout().lock();
    let colour = Surroundings::of_process().colour(args.color.unwrap_or_default(), &out);
    let text = match args.format.unwrap_or_default() {
        Format::Ndjson => show::ndjson(&checks)?,
        Format::Human | Format::Tap => show::human(&checks, &Palette::new(colour)),
    };
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(CliError::system("write the findings"))?;
    Ok(verdict(&checks))
}

fn verdict(checks: &[Check]) -> ExitCode {
    if checks.iter().any(|check| check.status == Status::Missing) {
        ExitCode::Machinery
    } else {
        ExitCode::Success
    }
}
