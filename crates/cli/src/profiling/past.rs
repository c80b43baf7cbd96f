//! The profile of a run that was, from its results.
//!
//! Results hold the phases of each attempt and what memory it took, but not
//! when it was: what workers did between cases is known only of a run that is
//! watched.

use super::figures::{About, Profile};
use super::tally::{Sample, Tally};
use crate::error::CliError;
use crate::report_file::{CaseLine, ReportFile};
use rewind_protocol::{MemoryUse, Nanos, Phases};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// Of a line what a profile wants; phases are in µs with three decimals.
#[derive(Deserialize)]
struct Timed {
    #[serde(default)]
    phases: Option<PhaseMicros>,
    #[serde(default)]
    dirty_pages: u32,
}

#[derive(Deserialize)]
struct PhaseMicros {
    load: f64,
    compile: f64,
    execute: f64,
    jobs: f64,
    capture: f64,
    restore: f64,
}

/// Reads the results in `path` and profiles them.
pub(super) fn read(path: &Path, top: usize) -> Result<Profile, CliError> {
    let report = ReportFile::load(path)?;
    let mut tally = Tally::new(0, top);
    let mut known = false;
    // The first line is the header.
    for (line, case) in (2..).zip(&report.cases) {
        if case.attempt == 0 {
            continue;
        }
        let timed = parse(case, &report, line)?;
        known |= timed.phases.is_some();
        let phases = timed.phases.as_ref().map_or(Phases::default(), nanos);
        tally.record(&Sample {
            path: &case.path,
            variant: case.variant,
            phases: &phases,
            memory: MemoryUse {
                heap_peak: case.heap_peak,
                dirty_pages: timed.dirty_pages,
            },
        });
    }
    if !known && tally.attempts > 0 {
        let problem = format!(
            "the cases of {} have no phases; run them again with this version",
            report.path.display()
        );
        return Err(CliError::Profiling(problem));
    }
    Ok(Profile::new(tally, about(&report)))
}

fn parse(case: &CaseLine, report: &ReportFile, line: u32) -> Result<Timed, CliError> {
    serde_json::from_str(&case.text).map_err(|error| CliError::BadReport {
        path: report.path.clone(),
        line,
        problem: error.to_string(),
    })
}

fn about(report: &ReportFile) -> About {
    let summary = &report.summary;
    let seconds = |key: &str| summary.get(key).and_then(Value::as_f64);
    let peak = |key: &str| summary.get("peak_bytes")?.get(key)?.as_u64();
    let worker_cpu_s = seconds("worker_cpu_s");
    let parent = |workers: f64| seconds("cpu_s").map(|all| (all - workers).max(0.0));
    About {
        source: "results",
        root: report.word("root").to_owned(),
        workers: u32::try_from(report.number("workers")).unwrap_or(u32::MAX),
        isolation: report.word("isolation").to_owned(),
        wall_s: seconds("wall_s").unwrap_or_default(),
        parent_cpu_s: worker_cpu_s.and_then(parent),
        worker_cpu_s,
        worker_rss: peak("worker_rss"),
        parent_rss: peak("parent_rss"),
        interrupted: summary.get("interrupted") == Some(&Value::Bool(true)),
        completeness: report.completeness(),
        ..About::default()
    }
}

fn nanos(micros: &PhaseMicros) -> Phases {
    // Nothing is negative or beyond what a float counts exactly, or it isn't ours.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "such a cast keeps within the bounds of its type"
    )]
    let nanos = |us: f64| Nanos((us * 1e3).round() as u64);
    Phases {
        load: nanos(micros.load),
        compile: nanos(micros.compile),
        execute: nanos(micros.execute),
        jobs: nanos(micros.jobs),
        capture: nanos(micros.capture),
        restore: nanos(micros.restore),
    }
}
