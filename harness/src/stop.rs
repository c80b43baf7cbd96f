//! The one thing that reaches into a run from outside: a wish that it end, or
//! that some of its cases are not run.
//!
//! The wish that it end is an atomic and nothing else, so that a signal handler
//! may set it.

use rewind_plan::CaseId;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How much a run is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// As planned.
    No,
    /// Cases that have begun finish; no others start.
    Drain,
    /// Workers are killed.
    Kill,
}

/// Asks a run to end, or to leave cases out; clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<Wishes>);

#[derive(Debug, Default)]
struct Wishes {
    level: AtomicU8,
    /// There is something in `cases`.
    withdraws: AtomicBool,
    /// Cases that are to be left out and of which the run doesn't know yet.
    cases: Mutex<Vec<CaseId>>,
}

impl StopFlag {
    /// One that asks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks: the first time to drain, from the second time on to kill. Seen
    /// within about 100 ms. May be called from a signal handler.
    pub fn request(&self) {
        let raised = self
            .0
            .level
            .load(Ordering::Relaxed)
            .saturating_add(1)
            .min(2);
        self.0.level.fetch_max(raised, Ordering::Relaxed);
    }

    /// Asks that these cases are not run, as far as they have not begun. Seen
    /// within about 100 ms; what becomes of each is told by its event:
    /// [`Withdrawn`](crate::Event::Withdrawn), or
    /// [`Answered`](crate::Event::Answered) if it was too late. Not to be called
    /// from a signal handler.
    ///
    /// A case that was sent ahead can be taken back from a worker that speaks the
    /// native dialect in version 1.1 or later; from others it can't.
    pub fn withdraw(&self, cases: impl IntoIterator<Item = CaseId>) {
        let mut wanted = self.0.cases.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.extend(cases);
        self.0.withdraws.store(true, Ordering::Release);
    }

    /// Takes the cases that were to be withdrawn since this was called last.
    pub(crate) fn take_withdrawn(&self) -> Vec<CaseId> {
        if !self.0.withdraws.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut wanted = self.0.cases.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.withdraws.store(false, Ordering::Relaxed);
        std::mem::take(&mut *wanted)
    }

    /// What has been asked for.
    #[must_use]
    pub fn level(&self) -> Stop {
        match self.0.level.load(Ordering::Relaxed) {
            0 => Stop::No,
            1 => Stop::Drain,
            _ => Stop::Kill,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_request_drains_and_later_ones_kill() {
        let flag = StopFlag::new();
        let other = flag.clone();
        assert_eq!(flag.level(), Stop::No);
        other.request();
        assert_eq!(flag.level(), Stop::Drain);
        other.request();
        other.request();
        assert_eq!(flag.level(), Stop::Kill);
    }

    #[test]
    fn cases_to_withdraw_are_taken_once() {
        let flag = StopFlag::new();
        assert_eq!(flag.take_withdrawn(), []);
        flag.clone().withdraw([CaseId(3)]);
        flag.withdraw([CaseId(1), CaseId(3)]);
        assert_eq!(flag.take_withdrawn(), [3, 1, 3].map(CaseId));
        assert_eq!(flag.take_withdrawn(), []);
        assert_eq!(flag.level(), Stop::No);
    }
}
