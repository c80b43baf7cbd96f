//! `rewind profile`, and what watches a run for it and for `--trace`.
//!
//! ```text
//! harness ── events ──► Conductor ──► Observers ─┬─► Trace    a file for Perfetto
//!                                                └─► Tally    percentiles, the slowest, by layer
//! results of an earlier run ──────────────────────────► │
//!                                                       ▼
//!                                                   Profile ──► human | ndjson
//! ```
//!
//! A run that was asked for neither has no observers, and its workers aren't
//! asked when cases began. (Profiles of configuration are another thing, and
//! in [`crate::profile`].)

mod args;
mod clock;
mod figures;
mod layers;
mod observers;
mod past;
mod places;
mod resident;
mod show;
mod spread;
mod tally;

pub(crate) use args::ProfileArgs;
pub(crate) use figures::{Profile, RunFigures};
pub(crate) use observers::{Observers, Watch};

use crate::args::Format;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::run;
use crate::terminal::unless_unread;
use std::io::{self, BufWriter, Write as _};

/// Profiles what `args` select, or a run that was.
pub(crate) fn profile(args: &ProfileArgs) -> Result<ExitCode, CliError> {
    let format = args.run.tell.format;
    let top = args.top as usize;
    if let Some(results) = &args.from {
        let profile = past::read(results, top)?;
        tell(&profile, format.unwrap_or_default())?;
        return Ok(ExitCode::Success);
    }
    run::profile(&args.run, top)
}

/// Writes a profile to stdout.
pub(crate) fn tell(profile: &Profile, format: Format) -> Result<(), CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match format {
        Format::Human => show::human(&mut out, profile),
        Format::Ndjson => show::ndjson(&mut out, profile),
        Format::Tap => return Err(CliError::Profiling(NO_TAP.to_owned())),
    }
    .and_then(|()| out.flush());
    unless_unread(written).map_err(CliError::system("write the profile"))
}

/// A profile has no lines of TAP: refused before anything is run.
pub(crate) const NO_TAP: &str = "there is none in TAP; use --format human or ndjson";
