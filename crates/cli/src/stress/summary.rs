//! The figures of a stress run: the last line of its ndjson report.

use super::kind::Kind;
use super::tally::{Tally, Violation};
use hdrhistogram::Histogram;
use rewind_harness::RunTotals;
use serde::Serialize;
use std::collections::BTreeMap;

/// Percentiles of a span of time, in µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Micros {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
    /// How many spans that is of.
    pub(super) count: u64,
}

impl Micros {
    /// `None` if there is no span.
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        // To tenths: the histogram is no more exact than that.
        let micros = |ns: u64| (ns as f64 / 100.0).round() / 10.0;
        let at = |quantile| micros(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: micros(histogram.max()),
            count: histogram.len(),
        })
    }
}

/// One reason for which workers had to be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Restarts {
    pub(super) reason: String,
    pub(super) count: u64,
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Summary {
    /// Faults that were raised and answered.
    pub(super) faults: u64,
    /// The same by kind.
    pub(super) by_kind: BTreeMap<&'static str, u64>,
    /// Cases in all, checks included.
    pub(super) cases: u64,
    /// Checks that found damage, or met what belonged to another case.
    pub(super) failed_checks: u64,
    /// Cases without an answer, those left out by an interrupt aside.
    pub(super) lost: u64,
    /// Cases that an interrupt left out.
    pub(super) not_run: u64,
    /// Answers too many.
    pub(super) doubled: u64,
    /// Answers that the case can't have had: it was another's, or wrong.
    pub(super) misattributed: u64,
    /// The first of these, in full.
    pub(super) violations: Vec<Violation>,
    /// Largest growth of a worker's resident memory, in KiB; `null` if no
    /// worker lived to tell.
    pub(super) rss_growth_kib: Option<i64>,
    /// Highest resident size of a worker, in KiB.
    pub(super) peak_rss_kib: u64,
    /// Workers that had to be replaced.
    pub(super) process_restarts: u64,
    /// Why.
    pub(super) restart_reasons: Vec<Restarts>,
    /// Workers that were killed from outside.
    pub(super) kills: u64,
    /// Cases that ran when that happened, and were answered so.
    pub(super) killed_cases: u64,
    /// From a fault to the next case's start; `null` if that never happened.
    pub(super) recovery_us: Option<Micros>,
    /// The same by kind of the fault.
    pub(super) recovery_us_by_kind: BTreeMap<&'static str, Micros>,
    /// From start to end, in seconds.
    pub(super) wall_s: f64,
    /// Cases a second of wall-clock time.
    pub(super) cases_per_s: f64,
    /// Faults a second of wall-clock time.
    pub(super) faults_per_s: f64,
    /// Tracking tier in use; empty if no worker said.
    pub(super) tracking: &'static str,
    /// Somebody ended the run before its end.
    pub(super) interrupted: bool,
    /// Each case has its answer.
    pub(super) complete: bool,
}

impl Summary {
    /// Puts together what was counted.
    pub(super) fn new(
        tally: &Tally<'_>,
        kinds: &[Kind],
        totals: &RunTotals,
        interrupted: bool,
    ) -> Self {
        let named = || kinds.iter().map(|kind| kind.name);
        let faults = tally.faults.iter().sum();
        let wall_s = totals.wall.as_secs_f64();
        let per_s = |count: u64| {
            if wall_s > 0.0 {
                (count as f64 / wall_s).round()
            } else {
                0.0
            }
        };
        let by_kind = named().zip(tally.faults.iter().copied());
        let recovery = named().zip(&tally.recovery_by_kind);
        let restarts = tally.restarts.iter();
        let not_run = if interrupted {
            totals.not_run as u64
        } else {
            0
        };
        let lost = tally.lost().saturating_sub(not_run);
        Self {
            faults,
            by_kind: by_kind.collect(),
            cases: tally.answers,
            failed_checks: tally.failed_checks,
            lost,
            not_run,
            doubled: tally.doubled,
            misattributed: tally.misattributed,
            violations: tally.violations.clone(),
            rss_growth_kib: tally.rss_growth_kib,
            peak_rss_kib: totals.peak_worker_rss >> 10,
            process_restarts: tally.restarts.values().sum(),
            restart_reasons: restarts
                .map(|(reason, count)| Restarts {
                    reason: reason.clone(),
                    count: *count,
                })
                .collect(),
            kills: tally.kills(),
            killed_cases: tally.killed_cases,
            recovery_us: Micros::of(&tally.recovery),
            recovery_us_by_kind: recovery
                .filter_map(|(name, spans)| Some((name, Micros::of(spans)?)))
                .collect(),
            wall_s,
            cases_per_s: per_s(tally.answers),
            faults_per_s: per_s(faults),
            tracking: tally
                .greeting
                .as_ref()
                .map_or("", |reply| reply.tracking.name()),
            interrupted,
            complete: !interrupted && lost + not_run == 0,
        }
    }
}
