//! Replacing workers: when a worker that is well is replaced, and what the
//! replacing of workers has cost.
//!
//! What only a worker can see (crashes it survived, memory between two cases)
//! it watches itself, by the limits in its greeting. What can be planned is
//! decided here, so that its successor is warm by then.

use rewind_plan::CaseId;
use std::time::Duration;

/// When the parent replaces a worker that is well; by default never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Cases that a worker is sent.
    pub cases: Option<u64>,
    /// These cases are a batch: the plan is cut into pieces of so many, and
    /// nobody else is sent cases of a worker's piece as long as it lives. So what
    /// a case may find left behind doesn't depend on who else works. Otherwise
    /// they are whichever come first, and no worker waits for another's batch.
    pub batches: bool,
    /// Time since it came up. It ends the case at hand first.
    pub age: Option<Duration>,
    /// Resident bytes that it gains for each case, on average since its 512th.
    pub growth: Option<u64>,
}

impl Limits {
    /// The batch that a case belongs to; always the same, whoever runs it and
    /// whatever else is run. `None` where there are no batches.
    pub(crate) fn batch_of(&self, case: CaseId) -> Option<u64> {
        let cases = self.cases.filter(|_| self.batches)?;
        Some(u64::from(case.0) / cases.max(1))
    }

    /// Cases of its batch that may come after this one.
    pub(crate) fn left_after(&self, case: CaseId) -> Option<u64> {
        let cases = self.cases.filter(|_| self.batches)?.max(1);
        Some(cases - 1 - u64::from(case.0) % cases)
    }
}

/// Which of the limits was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::cases`].
    Cases,
    /// [`Limits::age`].
    Age,
    /// [`Limits::growth`].
    Growth,
    /// The worker's own limit of crashes, which it was about to reach.
    Crashes,
}

impl Limit {
    /// Lower-case name, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cases => "case-limit",
            Self::Age => "age-limit",
            Self::Growth => "growth-limit",
            Self::Crashes => "crash-limit",
        }
    }
}

/// From the end of a worker's last case to the start of its successor's first,
/// while there was work to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// How long; 0 where they overlapped.
    pub span: Duration,
    /// The worker left in good order, rather than died.
    pub orderly: bool,
    /// A spare took over, rather than a worker started then.
    pub spare: bool,
}

/// What replacing workers has cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recycling {
    /// Each time that one worker took over from another.
    pub pauses: Vec<Pause>,
    /// Spares that were started.
    pub spares_started: u64,
    /// Of these: took over from another worker.
    pub spares_used: u64,
    /// Of these: did not come up.
    pub spares_failed: u64,
    /// CPU time of spares that were never used.
    pub unused_cpu: Duration,
}

impl Recycling {
    /// Adds what another run found.
    pub fn add(&mut self, mut more: Self) {
        self.pauses.append(&mut more.pauses);
        self.spares_started += more.spares_started;
        self.spares_used += more.spares_used;
        self.spares_failed += more.spares_failed;
        self.unused_cpu += more.unused_cpu;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_pieces_of_the_plan() {
        let limits = Limits {
            cases: Some(50),
            batches: true,
            ..Limits::default()
        };
        let of = |case| {
            (
                limits.batch_of(CaseId(case)),
                limits.left_after(CaseId(case)),
            )
        };
        assert_eq!(of(0), (Some(0), Some(49)));
        assert_eq!(of(49), (Some(0), Some(0)));
        assert_eq!(of(50), (Some(1), Some(49)));
        for cases in [None, Some(50)] {
            let none = Limits {
                cases,
                ..Limits::default()
            };
            assert_eq!(none.batch_of(CaseId(7)), None);
            assert_eq!(none.left_after(CaseId(7)), None);
        }
    }
}
