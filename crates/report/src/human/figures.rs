//! The figures at the very end.

use super::{Detail, Palette};
use crate::text::{Grouped, Many, Shown};
use crate::{Figures, Summary};
use anstyle::Style;
use std::fmt::{self, Write};

pub(super) fn push(
    out: &mut String,
    summary: &Summary,
    figures: &Figures,
    detail: &Detail,
    palette: &Palette,
) {
    // Writing into a `String` has no way to fail.
    let _ = write_all(out, summary, figures, detail, palette);
}

fn write_all(
    out: &mut String,
    summary: &Summary,
    figures: &Figures,
    detail: &Detail,
    palette: &Palette,
) -> fmt::Result {
    write_slowest(out, figures, detail, palette)?;
    write_time(out, summary, palette)?;
    write_restore(out, summary, palette)?;
    write_verifications(out, summary, palette)?;
    write_workers(out, summary, palette)?;
    write_memory(out, summary, palette)?;
    write_skips(out, summary, palette)?;
    write_speed(out, summary, palette)?;
    write_counts(out, summary, palette)
}

/// The name of a line of figures.
fn write_name(out: &mut String, name: &str, palette: &Palette) -> fmt::Result {
    let strong = palette.strong;
    write!(out, "{strong}{name:>7}{strong:#}  ")
}

/// What was not run, by what it is for.
fn write_skips(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let skips = &summary.skipped;
    let causes = [
        (skips.feature, "for features that the engine lacks"),
        (skips.exception, "by exceptions that are listed"),
        (skips.agent, "for an agent that may block"),
        (skips.mode, "without a variant in this mode"),
    ];
    let mut comma = "";
    for (count, cause) in causes.into_iter().filter(|(count, _)| *count > 0) {
        if comma.is_empty() {
            write_name(out, "skipped", palette)?;
        }
        write!(out, "{comma}{} {cause}", Grouped(count))?;
        comma = ", ";
    }
    if !comma.is_empty() {
        out.push('\n');
    }
    Ok(())
}

fn write_slowest(
    out: &mut String,
    figures: &Figures,
    detail: &Detail,
    palette: &Palette,
) -> fmt::Result {
    for (index, slow) in figures.slowest().iter().take(detail.slowest).enumerate() {
        write_name(out, if index == 0 { "slowest" } else { "" }, palette)?;
        let spent = Span(slow.spent.0 as f64 / 1e9).to_string();
        writeln!(
            out,
            "{spent:>8}  {} {}",
            Shown(slow.path.as_bytes()),
            slow.variant
        )?;
    }
    Ok(())
}

fn write_time(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let phases = &summary.phases_s;
    let named = [
        ("load", phases.load),
        ("compile", phases.compile),
        ("execute", phases.execute),
        ("jobs", phases.jobs),
        ("capture", phases.capture),
        ("restore", phases.restore),
    ];
    let total: f64 = named.iter().map(|(_, spent)| spent).sum();
    if total <= 0.0 {
        return Ok(());
    }
    write_name(out, "time", palette)?;
    write!(out, "{} in the workers:", Span(total))?;
    for (index, (name, spent)) in named.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma} {name} {:.1} %", 100.0 * spent / total)?;
    }
    writeln!(out)
}

fn write_restore(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let Some(spans) = &summary.restore_us else {
        return Ok(());
    };
    let span = |us: f64| Span(us / 1e6);
    write_name(out, "restore", palette)?;
    write!(out, "p50 {}, p90 {}", span(spans.p50), span(spans.p90))?;
    write!(
        out,
        ", p99 {}, longest {}",
        span(spans.p99),
        span(spans.max)
    )?;
    writeln!(
        out,
        "; {:.1} pages dirtied on average",
        summary.dirty_pages_mean
    )
}

/// Nothing is said where no restore was compared.
fn write_verifications(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    if summary.verifications == 0 {
        return Ok(());
    }
    write_name(out, "checked", palette)?;
    let restores = Many(summary.verifications, "restore");
    let took = Span(summary.verify_s);
    writeln!(
        out,
        "{restores} compared with the checkpoint, byte for byte, in {took}"
    )
}

fn write_workers(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    if !summary.guest.is_empty() {
        write_name(out, "guest", palette)?;
        writeln!(out, "{}", summary.guest)?;
    }
    if !summary.tracking.is_empty() {
        write_name(out, "tracked", palette)?;
        write!(out, "by {}", summary.tracking)?;
        if !summary.tracking_reason.is_empty() {
            write!(out, ": {}", summary.tracking_reason)?;
        }
        writeln!(out)?;
    }
    write_restarts(out, summary, palette)?;
    write_recycling(out, summary, palette)
}

/// Nothing is said where every worker lived to the end.
fn write_restarts(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    if summary.retired.is_empty() && summary.restarts == 0 {
        return Ok(());
    }
    let odd = palette.odd;
    write_name(out, "workers", palette)?;
    write!(out, "{odd}{} restarted{odd:#}", Grouped(summary.restarts))?;
    for (index, retired) in summary.retired.iter().enumerate() {
        let mark = if index == 0 { ';' } else { ',' };
        write!(
            out,
            "{mark} {} left: {}",
            Grouped(retired.count),
            retired.reason
        )?;
    }
    writeln!(out)
}

/// Nothing is said where no worker took over from another.
fn write_recycling(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let Some(figures) = summary.recycling.as_ref().filter(|it| it.handovers > 0) else {
        return Ok(());
    };
    write_name(out, "recycle", palette)?;
    let handovers = Many(figures.handovers, "handover");
    write!(out, "{handovers}, {} to a spare", Grouped(figures.by_spare))?;
    let pauses = [
        ("pause", &figures.pause_us),
        ("after a death", &figures.pause_after_death_us),
    ];
    for (name, spans) in pauses {
        if let Some(spans) = spans {
            let span = |us: f64| Span(us / 1e6);
            write!(out, "; {name} p50 {}", span(spans.p50))?;
            write!(
                out,
                ", p99 {}, longest {}",
                span(spans.p99),
                span(spans.max)
            )?;
        }
    }
    writeln!(out)
}

fn write_memory(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let peaks = [
        ("largest worker", summary.peak_bytes.worker_rss),
        ("parent", summary.peak_bytes.parent_rss),
    ];
    let mut known = peaks
        .iter()
        .filter_map(|(who, bytes)| bytes.map(|bytes| (who, bytes)));
    let Some((who, bytes)) = known.next() else {
        return Ok(());
    };
    write_name(out, "memory", palette)?;
    write!(out, "{who} {:.1} MiB", mebibytes(bytes))?;
    for (who, bytes) in known {
        write!(out, ", {who} {:.1} MiB", mebibytes(bytes))?;
    }
    writeln!(out)
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn write_speed(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    write_name(out, "run", palette)?;
    write!(
        out,
        "{} in {}",
        Many(summary.attempts, "execution"),
        Span(summary.wall_s)
    )?;
    writeln!(
        out,
        " ({:.0} a second), {} of CPU",
        summary.cases_per_s,
        Span(summary.cpu_s)
    )
}

fn write_counts(out: &mut String, summary: &Summary, palette: &Palette) -> fmt::Result {
    let (style, word) = if let Some(word) = summary.completeness.word() {
        (palette.bad, word)
    } else if summary.reports_lost > 0 {
        (palette.bad, "BROKEN")
    } else if summary.unexpected > 0 || summary.lost > 0 {
        (palette.bad, "FAILED")
    } else {
        (palette.good, "OK")
    };
    write!(
        out,
        "{style}{word:>7}{style:#}  {}",
        Many(summary.cases, "case")
    )?;
    let bad = [
        (summary.fail, "failed", palette.bad),
        (summary.crash, "crashed", palette.bad),
        (summary.timeout, "timed out", palette.odd),
    ];
    let passed = [(summary.pass, "passed", palette.good)];
    let rest = [
        (summary.lost, "lost", palette.bad),
        (summary.skip, "skipped", palette.faint),
    ];
    write!(out, ":")?;
    write_parts(out, &passed)?;
    let all_bad = summary.fail + summary.crash + summary.timeout;
    if summary.as_expected == 0 || summary.as_expected != all_bad {
        write!(out, ",")?;
        write_parts(out, &bad)?;
    } else {
        // Nobody needs to be alarmed.
        write!(out, ", {} as expected (", Grouped(all_bad))?;
        let kinds = bad.iter().filter(|(count, ..)| *count > 0);
        for (index, (count, what, _)) in kinds.enumerate() {
            let mark = if index == 0 { "" } else { ", " };
            write!(out, "{mark}{} {what}", Grouped(*count))?;
        }
        write!(out, ")")?;
    }
    write!(out, ",")?;
    write_parts(out, &rest)?;
    write!(out, "; {} unexpected", Grouped(summary.unexpected))?;
    if summary.as_expected > 0 && summary.as_expected != all_bad {
        write!(out, ", {} as expected", Grouped(summary.as_expected))?;
    }
    if summary.flaky > 0 {
        write!(out, ", {} flaky", Grouped(summary.flaky))?;
    }
    if summary.partial > 0 {
        write!(out, ", {} partial", Grouped(summary.partial))?;
    }
    writeln!(out)
}

/// Counts with their words; those of none without colour.
fn write_parts(out: &mut String, parts: &[(u64, &str, Style)]) -> fmt::Result {
    for (index, (count, what, style)) in parts.iter().enumerate() {
        let style = if *count > 0 { *style } else { Style::new() };
        let mark = if index == 0 { "" } else { "," };
        write!(out, "{mark} {style}{}{style:#} {what}", Grouped(*count))?;
    }
    Ok(())
}

/// A span of time in seconds, shown in the unit that suits it.
struct Span(f64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s >= 99.95 => write!(f, "{s:.0} s"),
            s if s >= 0.9995 => write!(f, "{s:.2} s"),
            s if s >= 0.000_999_5 => write!(f, "{:.1} ms", s * 1e3),
            s => write!(f, "{:.1} µs", s * 1e6),
        }
    }
}
