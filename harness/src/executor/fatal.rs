//! Preambles that end workers.
//!
//! A preamble that throws or crashes is its worker's to tell. One that ends the
//! worker's whole process (`SIGKILL` to itself, say) would end a worker for
//! each case on it, and none of the cases would be to blame. The ledger tells
//! that it was the preamble; after a few workers, nothing that needs it is
//! tried any more, and its cases are answered as lost, with the reason.
//!
//! ```text
//!              strike                  strike: so many in a row
//! untried ───────────► struck ────────────────────────────────► given up
//!    │                   │ ▲                                       ▲
//!    └──── stands ──────►▼ │ strike       strike: far more         │
//!                       stood ─────────────────────────────────────┘
//! ```
//!
//! The ledger is memory that tests can reach, so its word alone gives no preamble
//! up: one of the strikes at least must be proven, by a worker that was sent no
//! case yet and was told to build the preamble.
//!
//! One that has stood in this run doesn't end workers by itself, so that a few
//! deaths in a row are rather somebody else's doing: an operator's, or the
//! kernel's for want of memory. It takes many more of them.

use crate::source::Preambles;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Workers in a row that a preamble may end which has never stood.
const STRIKES: u32 = 3;
/// The same for one that has. If every other worker were killed while it builds
/// one, a preamble would be given up for nothing once in a million.
const STRIKES_AFTER_STANDING: u32 = 20;

/// What a worker's end means for the preamble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    /// It is tried again.
    Early,
    /// It isn't any more; so many workers it has ended.
    Last(u32),
    /// It was already given up.
    Late,
}

/// What one preamble has done.
#[derive(Debug, Default)]
struct Record {
    /// Workers that ended while they built it, since it last stood.
    strikes: AtomicU32,
    /// One of them at least is proven.
    proven: AtomicBool,
    /// That it is given up was told.
    told: AtomicBool,
    /// A case on it was answered once.
    stood: AtomicBool,
}

impl Record {
    /// Strikes after which it is given up.
    fn limit(&self) -> u32 {
        if self.stood.load(Ordering::Relaxed) {
            STRIKES_AFTER_STANDING
        } else {
            STRIKES
        }
    }

    /// How often it ended a worker, if it is given up for that.
    fn verdict(&self) -> Option<u32> {
        let strikes = self.strikes.load(Ordering::Relaxed);
        let proven = self.proven.load(Ordering::Relaxed);
        (proven && strikes >= self.limit()).then_some(strikes)
    }
}

/// What each preamble has done.
#[derive(Debug)]
pub(crate) struct Fatal {
    /// By index.
    records: boxcar::Vec<Record>,
    /// There is one with strikes.
    any: AtomicBool,
}

/// One that nothing is tried with any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GivenUp {
    /// Its index.
    pub(super) index: u32,
    /// Workers that it ended in a row.
    pub(super) workers: u32,
}

impl Fatal {
    /// Of so many preambles, none of which has done anything. There may be more.
    pub(crate) fn new(preambles: usize) -> Self {
        Self {
            records: (0..preambles).map(|_| Record::default()).collect(),
            any: AtomicBool::new(false),
        }
    }

    /// What this one has done. Whoever asks knows that there is such a preamble.
    fn record(&self, index: u32) -> &Record {
        loop {
            if let Some(record) = self.records.get(index as usize) {
                return record;
            }
            // If somebody else does so at the same time, there are some to spare.
            self.records.push(Record::default());
        }
    }

    /// A worker ended while it built this one; `proven` if no case can have said so.
    pub(super) fn strike(&self, index: u32, proven: bool) -> Strike {
        self.any.store(true, Ordering::Relaxed);
        let record = self.record(index);
        record.strikes.fetch_add(1, Ordering::Relaxed);
        record.proven.fetch_or(proven, Ordering::Relaxed);
        match record.verdict() {
            None => Strike::Early,
            Some(_) if record.told.swap(true, Ordering::Relaxed) => Strike::Late,
            Some(strikes) => Strike::Last(strikes),
        }
    }

    /// A worker has built this one: it and those below it stand.
    pub(super) fn stands(&self, preambles: &Preambles, index: Option<u32>) {
        let record = index.map(|index| self.record(index));
        let known = record.is_none_or(|it| it.stood.load(Ordering::Relaxed));
        if known && !self.any.load(Ordering::Relaxed) {
            return;
        }
        for index in chain(preambles, index) {
            if let Some(record) = self.records.get(index as usize) {
                record.stood.store(true, Ordering::Relaxed);
                record.strikes.store(0, Ordering::Relaxed);
                record.proven.store(false, Ordering::Relaxed);
                record.told.store(false, Ordering::Relaxed);
            }
        }
    }

    /// The one among this and those below it that nothing is tried with any more.
    pub(super) fn find(&self, preambles: &Preambles, index: Option<u32>) -> Option<GivenUp> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        chain(preambles, index).find_map(|index| {
            let workers = self.records.get(index as usize)?.verdict()?;
            Some(GivenUp { index, workers })
        })
    }
}

/// A preamble and those below it.
pub(super) fn chain(preambles: &Preambles, index: Option<u32>) -> impl Iterator<Item = u32> {
    // A parent is planned before its children, so this comes to an end.
    std::iter::successors(index, |&index| {
        let parent = preambles.get(index).ok()?.parent?.0;
        (parent < index).then_some(parent)
    })
}

/// Why a case on a fatal preamble has no answer; `files` are those of the preamble.
pub(super) fn reason(files: &str, workers: u32) -> String {
    format!(
        "not run: its preamble {files} ended {workers} workers in a row while they evaluated it; \
         mend that file"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_plan::{Plan, PreambleSpec};

    /// 0 below 1 and 2.
    fn preambles() -> Preambles {
        let spec = |parent| PreambleSpec {
            parent,
            sources: Vec::new(),
        };
        Preambles::read(&Plan {
            preambles: vec![spec(None), spec(Some(0)), spec(Some(0))],
            ..Plan::default()
        })
    }

    #[test]
    fn third_strike_spoils_the_preamble_and_all_above_it() {
        use Strike::{Early, Last, Late};
        let (preambles, fatal) = (preambles(), Fatal::new(3));
        assert_eq!(
            [1, 1, 1, 1].map(|it| fatal.strike(it, true)),
            [Early, Early, Last(3), Late]
        );
        let found = [None, Some(0), Some(1), Some(2), Some(9)];
        assert_eq!(
            found.map(|it| given_up(&fatal, &preambles, it)),
            [None, None, Some(1), None, None]
        );
        assert_eq!(
            [0; 3].map(|it| fatal.strike(it, true)),
            [Early, Early, Last(3)]
        );
        assert_eq!(given_up(&fatal, &preambles, Some(2)), Some(0));
    }

    fn given_up(fatal: &Fatal, preambles: &Preambles, index: Option<u32>) -> Option<u32> {
        fatal.find(preambles, index).map(|it| it.index)
    }

    #[test]
    fn preamble_that_stood_since_begins_anew() {
        let (preambles, fatal) = (preambles(), Fatal::new(3));
        fatal.strike(0, true);
        fatal.strike(0, true);
        fatal.stands(&preambles, Some(2));
        assert_eq!(fatal.strike(0, true), Strike::Early);
        assert_eq!(fatal.find(&preambles, Some(0)), None);
    }

    #[test]
    fn preamble_that_has_stood_is_given_up_only_after_many_more() {
        let (preambles, fatal) = (preambles(), Fatal::new(3));
        fatal.stands(&preambles, Some(1));
        for index in [0, 1] {
            for _ in 1..STRIKES_AFTER_STANDING {
                assert_eq!(fatal.strike(index, true), Strike::Early);
            }
            assert_eq!(fatal.find(&preambles, Some(index)), None);
            let last = Strike::Last(STRIKES_AFTER_STANDING);
            assert_eq!(fatal.strike(index, true), last);
            let given_up = GivenUp {
                index,
                workers: STRIKES_AFTER_STANDING,
            };
            assert_eq!(fatal.find(&preambles, Some(index)), Some(given_up));
            fatal.stands(&preambles, Some(index));
        }
        fatal.strike(2, true);
        fatal.strike(2, true);
        assert_eq!(fatal.strike(2, true), Strike::Last(3), "it never stood");
    }
}
