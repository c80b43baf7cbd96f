//! A stress run's figures as text for people.

use super::summary::{Micros, Summary};
use std::fmt::Write as _;

/// The whole text.
pub(super) fn render(summary: &Summary) -> String {
    let mut text = String::new();
    // Writing into a `String` has no way to fail.
    let _ = write_all(&mut text, summary);
    text
}

fn write_all(text: &mut String, it: &Summary) -> std::fmt::Result {
    for violation in &it.violations {
        let (case, kind) = (violation.case, violation.kind);
        writeln!(
            text,
            "WRONG  case {case} ({kind}): {}, expected {}",
            violation.seen, violation.expected
        )?;
    }
    writeln!(
        text,
        "faults        {}, and as many checks; tracked by {}",
        it.faults, it.tracking
    )?;
    writeln!(
        text,
        "answers       {} lost, {} doubled, {} misattributed ({} checks failed)",
        it.lost, it.doubled, it.misattributed, it.failed_checks
    )?;
    match it.rss_growth_kib {
        Some(growth) => writeln!(
            text,
            "memory        {growth:+} KiB of growth, {} KiB at most",
            it.peak_rss_kib
        )?,
        None => writeln!(text, "memory        no worker lived to tell its growth")?,
    }
    write_restarts(text, it)?;
    if it.kills > 0 {
        writeln!(
            text,
            "killed        {} workers from outside, {} of them at a case",
            it.kills, it.killed_cases
        )?;
    }
    if let Some(recovery) = &it.recovery_us {
        writeln!(text, "recovery      {}", micros(recovery))?;
    }
    writeln!(
        text,
        "throughput    {} cases/s, {} faults/s, {:.1} s",
        it.cases_per_s, it.faults_per_s, it.wall_s
    )?;
    writeln!(text, "by kind")?;
    for (kind, count) in &it.by_kind {
        match it.recovery_us_by_kind.get(kind) {
            Some(recovery) => writeln!(text, "  {kind:<16} {count:>8}   {}", micros(recovery))?,
            None => writeln!(text, "  {kind:<16} {count:>8}")?,
        }
    }
    if it.interrupted {
        writeln!(text, "interrupted; {} cases were not run", it.not_run)?;
    }
    Ok(())
}

fn write_restarts(text: &mut String, it: &Summary) -> std::fmt::Result {
    write!(text, "restarts      {}", it.process_restarts)?;
    for (at, restarts) in it.restart_reasons.iter().enumerate() {
        let before = if at == 0 { ": " } else { ", " };
        write!(text, "{before}{} × {}", restarts.count, restarts.reason)?;
    }
    writeln!(text)
}

fn micros(it: &Micros) -> String {
    format!(
        "p50 {:.1} µs, p90 {:.1} µs, p99 {:.1} µs, max {:.1} µs",
        it.p50, it.p90, it.p99, it.max
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::summary::Restarts;
    use crate::stress::tally::Violation;

    #[test]
    fn all_that_matters_is_shown() {
        let recovery = Micros {
            p50: 41.25,
            p90: 50.0,
            p99: 90.5,
            max: 1234.0,
            count: 2,
        };
        let summary = Summary {
            faults: 3,
            by_kind: [("null", 2), ("kill-self", 1)].into(),
            cases: 6,
            failed_checks: 1,
            misattributed: 1,
            violations: vec![Violation {
                case: 3,
                kind: "check",
                expected: "completed".to_owned(),
                seen: "threw Error: damage".to_owned(),
            }],
            rss_growth_kib: Some(12),
            peak_rss_kib: 20_000,
            process_restarts: 1,
            restart_reasons: vec![Restarts {
                reason: "was killed by SIGKILL".to_owned(),
                count: 1,
            }],
            recovery_us: Some(recovery),
            recovery_us_by_kind: [("null", recovery)].into(),
            wall_s: 0.51,
            cases_per_s: 12.0,
            faults_per_s: 6.0,
            tracking: "pagemap-scan",
            ..Summary::default()
        };
        insta::assert_snapshot!(render(&summary), @r"
        WRONG  case 3 (check): threw Error: damage, expected completed
        faults        3, and as many checks; tracked by pagemap-scan
        answers       0 lost, 0 doubled, 1 misattributed (1 checks failed)
        memory        +12 KiB of growth, 20000 KiB at most
        restarts      1: 1 × was killed by SIGKILL
        recovery      p50 41.2 µs, p90 50.0 µs, p99 90.5 µs, max 1234.0 µs
        throughput    12 cases/s, 6 faults/s, 0.5 s
        by kind
          kill-self               1
          null                    2   p50 41.2 µs, p90 50.0 µs, p99 90.5 µs, max 1234.0 µs
        ");
    }
}
