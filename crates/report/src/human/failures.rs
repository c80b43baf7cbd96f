//! What went wrong, case by case.

use super::{Detail, Palette};
use crate::text::{Grouped, Shown};
use crate::{Failure, Figures, Verdict};
use rewind_protocol::{CrashSite, Outcome};
use std::fmt::{self, Write};

/// Column at which what is said of a case begins.
const INDENT: &str = "         ";
/// Lines of a stack shown.
const STACK_LINES: usize = 8;

pub(super) fn push(out: &mut String, figures: &Figures, detail: &Detail, palette: &Palette) {
    // Writing into a `String` has no way to fail.
    let _ = write_all(out, figures, detail, palette);
}

fn write_all(
    out: &mut String,
    figures: &Figures,
    detail: &Detail,
    palette: &Palette,
) -> fmt::Result {
    let lasting = || figures.failures().iter().filter(|it| !it.flaky);
    let flaky = || figures.failures().iter().filter(|failure| failure.flaky);
    for failure in lasting().take(detail.failures) {
        write_failure(out, failure, detail, palette)?;
    }
    for failure in flaky().take(detail.failures) {
        write_flaky(out, failure, palette)?;
    }
    let hidden = lasting().count().saturating_sub(detail.failures)
        + flaky().count().saturating_sub(detail.failures);
    let omitted = hidden as u64 + figures.failures_not_kept();
    if omitted > 0 {
        let faint = palette.faint;
        let count = Grouped(omitted);
        writeln!(
            out,
            "{faint}{INDENT}and {count} more; --results DIR lists all{faint:#}"
        )?;
    }
    if figures.failures().is_empty() {
        Ok(())
    } else {
        writeln!(out)
    }
}

fn write_failure(
    out: &mut String,
    failure: &Failure,
    detail: &Detail,
    palette: &Palette,
) -> fmt::Result {
    write_title(out, failure, label(failure), palette)?;
    if failure.partial.is_some() {
        let among = failure.verdict.name();
        writeln!(out, "{INDENT}{among} among others, as expected alone:")?;
    }
    write_block(out, &failure.why, usize::MAX)?;
    if let Some(outcome) = &failure.outcome {
        write_outcome(out, outcome)?;
    }
    write_output(out, failure, detail.output_lines, palette)
}

fn write_flaky(out: &mut String, failure: &Failure, palette: &Palette) -> fmt::Result {
    write_title(out, failure, "FLAKY", palette)?;
    let (first, attempt) = (failure.verdict.name(), failure.attempts);
    writeln!(
        out,
        "{INDENT}{first} at first, as expected at attempt {attempt}"
    )?;
    write_block(out, &failure.why, usize::MAX)
}

fn write_title(out: &mut String, failure: &Failure, word: &str, palette: &Palette) -> fmt::Result {
    let style = if failure.flaky {
        palette.odd
    } else {
        palette.verdict(failure.verdict)
    };
    let (strong, path) = (palette.strong, Shown(failure.path.as_bytes()));
    writeln!(
        out,
        "{style}{word:>7}{style:#}  {strong}{path}{strong:#} {}",
        failure.variant
    )
}

/// What stands before an unexpected result. A pass can be unexpected, too.
const fn label(failure: &Failure) -> &'static str {
    match failure.verdict {
        // A crash is one, whatever the case does alone.
        Verdict::Crash => "CRASH",
        _ if failure.partial.is_some() => "PARTIAL",
        Verdict::Pass => "PASS!",
        Verdict::Fail => "FAIL",
        Verdict::Skip => "SKIP",
        Verdict::Timeout => "TIMEOUT",
        Verdict::Lost => "LOST",
    }
}

/// Text of several lines, each indented.
fn write_block(out: &mut String, text: &str, limit: usize) -> fmt::Result {
    for line in text.lines().take(limit) {
        writeln!(out, "{INDENT}{}", Shown(line.as_bytes()))?;
    }
    Ok(())
}

/// What an outcome has to say that a verdict's reason has not.
fn write_outcome(out: &mut String, outcome: &Outcome) -> fmt::Result {
    match outcome {
        Outcome::Crashed(site) => write_crash(out, site),
        Outcome::Threw { thrown, .. } => write_block(out, thrown.stack.trim_end(), STACK_LINES),
        _ => Ok(()),
    }
}

/// The reason names signal and address; this is what a debugger wants beyond that.
fn write_crash(out: &mut String, site: &CrashSite) -> fmt::Result {
    write!(out, "{INDENT}si_code {}", site.code)?;
    if site.pc != 0 {
        write!(out, ", pc {:#x}", site.pc)?;
    }
    writeln!(out)
}

fn write_output(
    out: &mut String,
    failure: &Failure,
    limit: usize,
    palette: &Palette,
) -> fmt::Result {
    let faint = palette.faint;
    let mut lines = failure.output.split(|byte| *byte == b'\n');
    if failure.output.last() == Some(&b'\n') {
        lines.next_back();
    }
    if failure.output.is_empty() {
        return Ok(());
    }
    for line in lines.by_ref().take(limit) {
        writeln!(out, "{INDENT}{faint}|{faint:#} {}", Shown(line))?;
    }
    let more = lines.count();
    if more > 0 {
        writeln!(
            out,
            "{INDENT}{faint}| and {more} more lines; --all-output shows them{faint:#}"
        )?;
    }
    if failure.output_missing > 0 {
        let missing = Grouped(failure.output_missing);
        writeln!(
            out,
            "{INDENT}{faint}| and {missing} more bytes, not kept{faint:#}"
        )?;
    }
    Ok(())
}
