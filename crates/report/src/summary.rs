//! The figures of a whole run: last line of the ndjson report.

use crate::{
    BisectCounts, Completeness, Counts, Figures, RecyclingFigures, ShadowCounts, StopReason,
    Stopped,
};
use serde::Serialize;
use std::time::Duration;

/// What only the run's conductor knows, told to the reporter at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// From start to end.
    pub wall: Duration,
    /// Processor time of the parent.
    pub parent_cpu: Duration,
    /// Processor time of all workers, where it is known.
    pub workers_cpu: Option<Duration>,
    /// Why workers left, and how often for each reason.
    pub retired: Vec<Retired>,
    /// Workers started to take the place of others.
    pub restarts: u64,
    /// What the replacing of workers has cost, where any was replaced.
    pub recycling: Option<RecyclingFigures>,
    /// Name and version of the guest.
    pub guest: String,
    /// Build of the workers' program; empty if no worker said.
    pub build: String,
    /// Wall-clock time of each stage of the run, in order.
    pub stages: Vec<Stage>,
    /// Tracking tier in use; empty if no worker said.
    pub tracking: String,
    /// Why that one; may be empty.
    pub tracking_reason: String,
    /// Restores that workers compared with the checkpoint, byte for byte. Only
    /// workers that left by themselves have told theirs.
    pub verifications: u64,
    /// Time that this took them.
    pub verifying: Duration,
    /// Memory at its highest.
    pub memory: MemoryPeaks,
    /// What running cases a second time came to; `None` if that wasn't asked for.
    pub shadow: Option<ShadowCounts>,
    /// What looking for polluters came to; `None` if there was nothing to look into.
    pub bisected: Option<BisectCounts>,
    /// Executions planned, retries and skips not counted.
    pub planned: u64,
    /// Why the run ended before its end; `None` if nothing stopped it.
    pub stopped: Option<Stopped>,
}

impl RunFacts {
    /// How much of the plan was done, if these are the results.
    #[must_use]
    pub fn completeness(&self, counts: &Counts) -> Completeness {
        let settled = counts.cases() - counts.skip;
        Completeness::new(self.planned, settled, self.stopped.clone())
    }
}

/// A stage of the run: `prepare`, `run`, …
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// From its start to its end, in seconds.
    pub wall_s: f64,
}

/// Skips by what they are for: what the engine lacks is no decision of people,
/// what people except is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skips {
    /// The engine lacks a feature.
    pub feature: u64,
    /// A list says so, with its reason.
    pub exception: u64,
    /// The test needs an agent that may block.
    pub agent: u64,
    /// The mode asked for has no variant of it.
    pub mode: u64,
}

/// One reason for which workers left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// `crash-limit`, `rss`, `died`, …
    pub reason: String,
    /// How many workers.
    pub count: u64,
}

/// Resident memory at its highest, in bytes, where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryPeaks {
    /// Of the largest worker.
    pub worker_rss: Option<u64>,
    /// Of the parent.
    pub parent_rss: Option<u64>,
}

/// Percentiles of a span of time, in µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 90 %.
    pub p90: f64,
    /// 99 %.
    pub p99: f64,
    /// Longest.
    pub max: f64,
}

/// Time in each phase over all attempts, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PhaseSeconds {
    /// See [`rewind_protocol::Phases::load`].
    pub load: f64,
    /// See [`rewind_protocol::Phases::compile`].
    pub compile: f64,
    /// See [`rewind_protocol::Phases::execute`].
    pub execute: f64,
    /// See [`rewind_protocol::Phases::jobs`].
    pub jobs: f64,
    /// See [`rewind_protocol::Phases::capture`].
    pub capture: f64,
    /// See [`rewind_protocol::Phases::restore`].
    pub restore: f64,
}

/// The figures of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Cases with a result, skips included; a repeated case counts each time,
    /// a retried one once, by its last attempt.
    pub cases: u64,
    /// Of these: passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Not run.
    pub skip: u64,
    /// Of these, by what they are for.
    pub skipped: Skips,
    /// Crashed or exited.
    pub crash: u64,
    /// Out of time.
    pub timeout: u64,
    /// Without a result, by our fault.
    pub lost: u64,
    /// Failed, crashed or ran out of time, as expected.
    pub as_expected: u64,
    /// Not as expected, after all retries.
    pub unexpected: u64,
    /// As expected only on a retry.
    pub flaky: u64,
    /// Of the unexpected: failed among others, and was as expected alone.
    pub partial: u64,
    /// Executions, retries included.
    pub attempts: u64,
    /// From start to end, in seconds.
    pub wall_s: f64,
    /// Processor time of parent and workers together, in seconds; of the
    /// parent alone if the workers' is not known.
    pub cpu_s: f64,
    /// Processor time of the workers, in seconds.
    pub worker_cpu_s: Option<f64>,
    /// Executions a second of wall-clock time.
    pub cases_per_s: f64,
    /// Why workers left.
    pub retired: Vec<Retired>,
    /// Workers started to take the place of others.
    pub restarts: u64,
    /// What the replacing of workers has cost; `null` where none was replaced.
    pub recycling: Option<RecyclingFigures>,
    /// Name and version of the guest.
    pub guest: String,
    /// Build of the workers' program.
    pub build: String,
    /// Wall-clock time of each stage.
    pub stages: Vec<Stage>,
    /// Tracking tier in use.
    pub tracking: String,
    /// Why that one.
    pub tracking_reason: String,
    /// How long it took to put the guest back; `null` if that was never done.
    pub restore_us: Option<Percentiles>,
    /// Pages that a case dirtied, on average.
    pub dirty_pages_mean: f64,
    /// Restores that workers compared with the checkpoint, byte for byte; of
    /// workers that died it is not known.
    pub verifications: u64,
    /// Time that this took the workers, in seconds.
    pub verify_s: f64,
    /// Time in each phase.
    pub phases_s: PhaseSeconds,
    /// Memory at its highest, in bytes.
    pub peak_bytes: MemoryPeaks,
    /// What running cases a second time came to, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<ShadowCounts>,
    /// What looking for polluters came to; `None` if there was nothing to look into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bisected: Option<BisectCounts>,
    /// Somebody ended the run before its end.
    pub interrupted: bool,
    /// How much of the plan was done.
    #[serde(flatten)]
    pub completeness: Completeness,
    /// Reports that could not be written, as far as was known when this was.
    pub reports_lost: u64,
}

impl Summary {
    /// Puts together what was counted and what the conductor knows.
    #[must_use]
    pub fn new(figures: &Figures, facts: &RunFacts) -> Self {
        let counts = figures.counts();
        let completeness = facts.completeness(counts);
        let wall_s = facts.wall.as_secs_f64();
        Self {
            cases: counts.cases(),
            pass: counts.pass,
            fail: counts.fail,
            skip: counts.skip,
            skipped: figures.skips(),
            crash: counts.crash,
            timeout: counts.timeout,
            lost: counts.lost,
            as_expected: counts.as_expected,
            unexpected: counts.unexpected,
            flaky: counts.flaky,
            partial: counts.partial,
            attempts: counts.attempts,
            wall_s,
            cpu_s: (facts.parent_cpu + facts.workers_cpu.unwrap_or_default()).as_secs_f64(),
            worker_cpu_s: facts.workers_cpu.map(|spent| spent.as_secs_f64()),
            cases_per_s: rate(counts.attempts, wall_s),
            retired: facts.retired.clone(),
            restarts: facts.restarts,
            recycling: facts.recycling.clone(),
            guest: facts.guest.clone(),
            build: facts.build.clone(),
            stages: facts.stages.clone(),
            tracking: facts.tracking.clone(),
            tracking_reason: facts.tracking_reason.clone(),
            restore_us: figures.restore_us(),
            dirty_pages_mean: figures.dirty_pages_mean(),
            verifications: facts.verifications,
            verify_s: facts.verifying.as_secs_f64(),
            phases_s: figures.phases_s(),
            peak_bytes: facts.memory,
            shadow: facts.shadow,
            bisected: facts.bisected,
            interrupted: completeness.reason == Some(StopReason::Interrupted),
            completeness,
            reports_lost: 0,
        }
    }
}

/// `count` for each of `seconds`; 0 where no time passed.
pub(crate) fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        count as f64 / seconds
    } else {
        0.0
    }
}
