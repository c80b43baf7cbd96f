//! Counts and percentiles, gathered while the results come in.
//!
//! Memory is bounded: of failures and slow cases only so many are kept, so
//! that a million cases cost no more than a thousand.

use crate::summary::rate;
use crate::text::prefix;
use crate::{CaseRecord, Percentiles, PhaseSeconds, Skips, Verdict};
use hdrhistogram::Histogram;
use rewind_plan::SkipReason;
use rewind_protocol::{Finished, Nanos, Outcome, Phases, Variant};
use rewind_verdict::FailureKind;

/// Slowest cases kept.
const SLOWEST: usize = 10;
/// Unexpected results kept with their details.
const FAILURES: usize = 200;
/// Bytes of output kept for each failure.
const OUTPUT_LIMIT: usize = 4 << 10;

/// How many cases there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Not run.
    pub skip: u64,
    /// Crashed or exited.
    pub crash: u64,
    /// Out of time.
    pub timeout: u64,
    /// Without a result.
    pub lost: u64,
    /// Failed, crashed or ran out of time, as expected.
    pub as_expected: u64,
    /// Not as expected.
    pub unexpected: u64,
    /// As expected only on a retry.
    pub flaky: u64,
    /// Of the unexpected: failed among others, and was as expected alone. A crash
    /// isn't among them, for it is a regression whatever it does alone.
    pub partial: u64,
    /// Executions, retries included.
    pub attempts: u64,
}

impl Counts {
    /// Cases with a result, skips included.
    #[must_use]
    pub const fn cases(&self) -> u64 {
        self.pass + self.fail + self.skip + self.crash + self.timeout + self.lost
    }

    fn of(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Skip => &mut self.skip,
            Verdict::Crash => &mut self.crash,
            Verdict::Timeout => &mut self.timeout,
            Verdict::Lost => &mut self.lost,
        }
    }

    fn count(&mut self, record: &CaseRecord<'_>) {
        self.attempts += u64::from(record.finished.is_some());
        if let Some(kind) = record.partial {
            self.partial += u64::from(kind != FailureKind::Crash);
            return;
        }
        if let Some(previous) = record.previous {
            let replaced = self.of(previous);
            *replaced = replaced.saturating_sub(1);
            self.unexpected = self.unexpected.saturating_sub(1);
            self.flaky += u64::from(record.expected);
        }
        *self.of(record.verdict) += 1;
        let is_bad = matches!(
            record.verdict,
            Verdict::Fail | Verdict::Crash | Verdict::Timeout
        );
        self.as_expected += u64::from(is_bad && record.expected);
        self.unexpected += u64::from(!record.expected);
    }
}

/// An unexpected result, kept for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Path relative to the corpus root.
    pub path: String,
    /// How the source was treated.
    pub variant: Variant,
    /// Class of the first attempt, or of the last where all were unexpected.
    pub verdict: Verdict,
    /// What is wrong with it.
    pub why: String,
    /// What happened, where there is more to say than `why`.
    pub outcome: Option<Outcome>,
    /// What it printed, up to 4 KiB.
    pub output: Vec<u8>,
    /// Bytes that it printed beyond these.
    pub output_missing: u64,
    /// Attempts made so far.
    pub attempts: u32,
    /// A retry was as expected.
    pub flaky: bool,
    /// It failed among others, in this way, and was as expected alone.
    pub partial: Option<FailureKind>,
}

/// A case that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// Path relative to the corpus root.
    pub path: String,
    /// How the source was treated.
    pub variant: Variant,
    /// All phases together.
    pub spent: Nanos,
}

/// What has come in so far.
#[derive(Debug)]
pub struct Figures {
    counts: Counts,
    skips: Skips,
    phases: Phases,
    dirty_pages: u64,
    restore: Histogram<u64>,
    /// Slowest first; at most [`SLOWEST`].
    slowest: Vec<Slow>,
    /// In the order in which they came in; at most [`FAILURES`].
    failures: Vec<Failure>,
    /// Retries that passed of failures that were not kept.
    flaky_not_kept: u64,
}

impl Figures {
    /// Figures of nothing.
    #[must_use]
    pub fn new() -> Self {
        // 1 ns to 10 minutes at 1 %: bounds that the constructor accepts.
        let restore = Histogram::new_with_bounds(1, 600_000_000_000, 2)
            .expect("bounds are in order and the precision is at most 5 digits");
        Self {
            counts: Counts::default(),
            skips: Skips::default(),
            phases: Phases::default(),
            dirty_pages: 0,
            restore,
            slowest: Vec::with_capacity(SLOWEST + 1),
            failures: Vec::new(),
            flaky_not_kept: 0,
        }
    }

    /// Counts one attempt.
    pub fn record(&mut self, record: &CaseRecord<'_>) {
        self.counts.count(record);
        if let Some(finished) = record.finished {
            self.measure(record, finished);
        }
        if let Some(reason) = record.about.skip {
            *skips_of(&mut self.skips, reason) += 1;
        }
        if record.previous.is_some() {
            self.retried(record);
        } else if !record.expected {
            self.keep(record);
        }
    }

    fn measure(&mut self, record: &CaseRecord<'_>, finished: &Finished) {
        let phases = &finished.phases;
        self.phases = Phases {
            load: self.phases.load + phases.load,
            compile: self.phases.compile + phases.compile,
            execute: self.phases.execute + phases.execute,
            jobs: self.phases.jobs + phases.jobs,
            capture: self.phases.capture + phases.capture,
            restore: self.phases.restore + phases.restore,
        };
        self.dirty_pages += u64::from(finished.memory.dirty_pages);
        // A case whose worker died was not put back.
        if phases.restore.0 > 0 {
            self.restore.saturating_record(phases.restore.0);
        }
        self.rank(record, phases.total());
    }

    fn rank(&mut self, record: &CaseRecord<'_>, spent: Nanos) {
        // Of a case whose worker died nobody knows how long it took.
        if spent == Nanos(0) {
            return;
        }
        let full = self.slowest.len() == SLOWEST;
        if full
            && self
                .slowest
                .last()
                .is_some_and(|least| least.spent >= spent)
        {
            return;
        }
        let at = self.slowest.partition_point(|slow| slow.spent >= spent);
        let slow = Slow {
            path: record.path.to_owned(),
            variant: record.variant,
            spent,
        };
        self.slowest.insert(at, slow);
        self.slowest.truncate(SLOWEST);
    }

    fn keep(&mut self, record: &CaseRecord<'_>) {
        if self.failures.len() < FAILURES {
            self.failures.push(failure(record));
        }
    }

    fn retried(&mut self, record: &CaseRecord<'_>) {
        let same = |kept: &&mut Failure| {
            !kept.flaky && kept.variant == record.variant && kept.path == record.path
        };
        match self.failures.iter_mut().find(same) {
            Some(kept) if record.partial.is_some() => {
                kept.partial = record.partial;
                kept.attempts = record.attempt;
            }
            Some(kept) if record.expected => {
                kept.flaky = true;
                kept.attempts = record.attempt;
            }
            Some(kept) => *kept = failure(record),
            None => self.flaky_not_kept += u64::from(record.expected),
        }
    }

    /// Counts so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Skips by what they are for.
    #[must_use]
    pub const fn skips(&self) -> Skips {
        self.skips
    }

    /// Unexpected results that were kept, flaky ones included, as they came in.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Unexpected results and flaky ones that were not kept.
    #[must_use]
    pub fn failures_not_kept(&self) -> u64 {
        let kept = self
            .failures
            .iter()
            .filter(|failure| !failure.flaky)
            .count() as u64;
        self.counts.unexpected.saturating_sub(kept) + self.flaky_not_kept
    }

    /// The slowest cases, slowest first.
    #[must_use]
    pub fn slowest(&self) -> &[Slow] {
        &self.slowest
    }

    /// How long it took to put the guest back; `None` if that was never done.
    #[must_use]
    pub fn restore_us(&self) -> Option<Percentiles> {
        let at = |quantile| self.restore.value_at_quantile(quantile) as f64 / 1000.0;
        (!self.restore.is_empty()).then(|| Percentiles {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: at(1.0),
        })
    }

    /// Pages that an attempt dirtied, on average.
    #[must_use]
    pub fn dirty_pages_mean(&self) -> f64 {
        rate(self.dirty_pages, self.counts.attempts as f64)
    }

    /// Time in each phase over all attempts.
    #[must_use]
    pub fn phases_s(&self) -> PhaseSeconds {
        let seconds = |spent: Nanos| spent.0 as f64 / 1e9;
        PhaseSeconds {
            load: seconds(self.phases.load),
            compile: seconds(self.phases.compile),
            execute: seconds(self.phases.execute),
            jobs: seconds(self.phases.jobs),
            capture: seconds(self.phases.capture),
            restore: seconds(self.phases.restore),
        }
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self::new()
    }
}

const fn skips_of<'a>(skips: &'a mut Skips, reason: &SkipReason) -> &'a mut u64 {
    match reason {
        SkipReason::Feature { .. } => &mut skips.feature,
        SkipReason::List { .. } => &mut skips.exception,
        SkipReason::Ability(_) => &mut skips.agent,
        SkipReason::Mode => &mut skips.mode,
    }
}

fn failure(record: &CaseRecord<'_>) -> Failure {
    let printed = record.finished.map_or(&[][..], |finished| &finished.output);
    let output = prefix(printed, OUTPUT_LIMIT);
    let dropped = record
        .finished
        .map_or(0, |finished| finished.output_dropped);
    Failure {
        path: record.path.to_owned(),
        variant: record.variant,
        verdict: record.verdict,
        why: record.why.to_owned(),
        outcome: record.finished.map(|finished| finished.outcome.clone()),
        output: output.to_vec(),
        output_missing: dropped.saturating_add((printed.len() - output.len()) as u64),
        attempts: record.attempt,
        flaky: false,
        partial: None,
    }
}

#[cfg(test)]
mod tests;
