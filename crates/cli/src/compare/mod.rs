//! `rewind compare A B`: what is other in B, an attempt of a later day.
//!
//! Results are compared by path and variant, each by its last attempt. What
//! fails differently counts as worse: a case that failed may not begin to crash
//! unnoticed. Time and memory are told and decide nothing, for they depend on
//! the machine. Results of a run that didn't run everything are refused. With
//! `--same`, a case that is better is refused as well: two runs of the same things
//! must end the same.

mod differences;
mod settings;
mod show;

use crate::args::{CompareArgs, Format};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::report_file::ReportFile;
use crate::terminal::unless_unread;
use differences::Differences;
use std::io::{self, BufWriter, Write as _};

/// Compares what `args` name.
pub(crate) fn compare(args: &CompareArgs) -> Result<ExitCode, CliError> {
    let (before, after) = (ReportFile::load(&args.a)?, ReportFile::load(&args.b)?);
    // What wasn't run would be taken for what is gone.
    before.must_be_complete()?;
    after.must_be_complete()?;
    let differences = Differences::new(&before.cases, &after.cases);
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match args.format.unwrap_or_default() {
        Format::Ndjson => show::ndjson(&mut out, &before, &after, &differences),
        Format::Human | Format::Tap => show::human(&mut out, &before, &after, &differences),
    }
    .and_then(|()| out.flush());
    unless_unread(written).map_err(CliError::system("write the comparison"))?;
    let refused = if args.same {
        differences.other_ends()
    } else {
        differences.regressions()
    };
    Ok(if refused == 0 {
        ExitCode::Success
    } else {
        ExitCode::Failures
    })
}
