//! The main run and the retries after it.
//!
//! A retry runs what ended unexpectedly alone, each case in a fresh worker, once
//! all else is done. What it finds is reported as a further attempt; the first
//! one stays as it was reported.

use super::{Conductor, Settings};
use crate::error::CliError;
use crate::select::Selected;
use rewind_harness::{HarnessError, RunTotals, Stop, StopFlag};
use rewind_plan::{CaseId, Plan};
use std::time::{Duration, Instant};

/// Totals of the main run and of all retries together.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Added up, but for what is a maximum.
    pub(super) all: RunTotals,
    /// Workers that took the place of others in the main run.
    pub(super) restarts: u64,
    /// What was done, and how long it took.
    pub(super) stages: Vec<(&'static str, Duration)>,
}

impl Totals {
    fn add(&mut self, mut more: RunTotals) {
        self.all.not_run += more.not_run;
        self.add_cost(&more);
        self.all.endings.append(&mut more.endings);
        self.all.recycling.add(std::mem::take(&mut more.recycling));
        self.all.counters.verifications += more.counters.verifications;
        self.all.counters.verify_ns += more.counters.verify_ns;
    }

    /// Adds second runs: they cost time, and are no part of the results.
    pub(super) fn add_shadow(&mut self, more: &RunTotals) {
        self.add_cost(more);
    }

    fn add_cost(&mut self, more: &RunTotals) {
        self.all.parent_cpu += more.parent_cpu;
        self.all.workers_cpu += more.workers_cpu;
        self.all.peak_worker_rss = self.all.peak_worker_rss.max(more.peak_worker_rss);
    }
}

/// Runs the plan, and again what ended unexpectedly. What was found is with
/// the conductor and in `totals`, whatever is returned.
pub(super) fn run_all(
    settings: &Settings,
    selected: &Selected,
    stop: &StopFlag,
    conductor: &mut Conductor<'_>,
    totals: &mut Totals,
) -> Result<(), CliError> {
    if selected.plan.cases.is_empty() || !conductor.reporter.is_heard() {
        return Ok(());
    }
    let open = not_run(conductor);
    if !open.is_empty() {
        let (config, began) = (settings.run_config(false), Instant::now());
        let ran = rewind_harness::run_cases(&selected.plan, open, &config, stop, &mut |event| {
            conductor.take(event);
        });
        totals.stages.push(("run", began.elapsed()));
        totals.restarts = settle(ran, totals)? as u64;
    }
    for _ in 0..settings.retries {
        let again = unexpected(&selected.plan, conductor);
        if again.is_empty() || stop.level() != Stop::No {
            break;
        }
        conductor
            .reporter
            .note(&format!("retrying {} alone", again.len()));
        conductor.retries(again.len());
        let (config, began) = (settings.run_config(true), Instant::now());
        let ran = rewind_harness::run_cases(&selected.plan, again, &config, stop, &mut |event| {
            conductor.take(event);
        });
        totals.stages.push(("retry", began.elapsed()));
        settle(ran, totals)?;
    }
    Ok(())
}

/// All cases, but for those that an earlier run had finished.
fn not_run(conductor: &Conductor<'_>) -> Vec<CaseId> {
    let numbered = (0..).map(CaseId).zip(&conductor.last);
    let open = numbered.filter(|(_, last)| last.verdict.is_none());
    open.map(|(case, _)| case).collect()
}

/// What failed and might not fail again: a test that can't be read will.
fn unexpected(plan: &Plan, conductor: &Conductor<'_>) -> Vec<CaseId> {
    let numbered = plan.iter().zip(&conductor.last);
    let failed =
        numbered.filter(|((_, case), last)| last.is_open() && plan.unreadable(case).is_none());
    failed.map(|((id, _), _)| id).collect()
}

/// Adds the totals, which a run that failed may have as well; gives the number
/// of workers that took the place of another.
pub(super) fn settle(
    ran: Result<RunTotals, HarnessError>,
    totals: &mut Totals,
) -> Result<usize, CliError> {
    match ran {
        Ok(more) => {
            let replaced = more.replaced;
            totals.add(more);
            Ok(replaced)
        }
        Err(error) => {
            if let HarnessError::NoWorker { totals: more, .. } = &error {
                totals.add((**more).clone());
            }
            Err(error.into())
        }
    }
}
