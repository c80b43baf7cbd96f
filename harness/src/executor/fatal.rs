//! Preambles that end workers.
//!
//! A preamble that throws or crashes is its worker's to tell. One that ends the
//! worker's whole process (`SIGKILL` to itself, say) would end a worker for
//! each case on it, and none of the cases would be to blame. The ledger tells
//! that it was the preamble; after a few workers, nothing that needs it is
//! tried any more, and its cases are answered as lost, with the reason.

use crate::source::Preambles;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Workers that a preamble may end.
const STRIKES: u32 = 3;

/// What a worker's end means for the preamble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    /// It is tried again.
    Early,
    /// It isn't any more.
    Last,
    /// It was already given up.
    Late,
}

/// What each preamble of a plan has done.
#[derive(Debug)]
pub(crate) struct Fatal {
    /// By index: workers that ended while they built it, since it last stood.
    strikes: Vec<AtomicU32>,
    /// There is one that isn't 0.
    any: AtomicBool,
}

impl Fatal {
    /// Of so many preambles, none of which has done anything.
    pub(crate) fn new(preambles: usize) -> Self {
        Self {
            strikes: (0..preambles).map(|_| AtomicU32::new(0)).collect(),
            any: AtomicBool::new(false),
        }
    }

    /// A worker ended while it built this one.
    pub(super) fn strike(&self, index: u32) -> Strike {
        self.any.store(true, Ordering::Relaxed);
        let strikes = self.strikes.get(index as usize);
        let before = strikes.map_or(0, |it| it.fetch_add(1, Ordering::Relaxed));
        match (before + 1).cmp(&STRIKES) {
            std::cmp::Ordering::Less => Strike::Early,
            std::cmp::Ordering::Equal => Strike::Last,
            std::cmp::Ordering::Greater => Strike::Late,
        }
    }

    /// A case on this one was answered by its worker: it and those below it stand.
    pub(super) fn stands(&self, preambles: &Preambles, index: Option<u32>) {
        if self.any.load(Ordering::Relaxed) {
            for index in chain(preambles, index) {
                if let Some(strikes) = self.strikes.get(index as usize) {
                    strikes.store(0, Ordering::Relaxed);
                }
            }
        }
    }

    /// The one among this and those below it that nothing is tried with any more.
    pub(super) fn find(&self, preambles: &Preambles, index: Option<u32>) -> Option<u32> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let strikes = |index: u32| self.strikes.get(index as usize);
        chain(preambles, index)
            .find(|&it| strikes(it).is_some_and(|it| it.load(Ordering::Relaxed) >= STRIKES))
    }
}

/// A preamble and those below it.
fn chain(preambles: &Preambles, index: Option<u32>) -> impl Iterator<Item = u32> {
    // A parent is planned before its children, so this comes to an end.
    std::iter::successors(index, |&index| {
        let parent = preambles.get(index).ok()?.parent?.0;
        (parent < index).then_some(parent)
    })
}

/// Why a case on a fatal preamble has no answer; `files` are those of the preamble.
pub(super) fn reason(files: &str) -> String {
    format!(
        "not run: its preamble {files} ended {STRIKES} workers while they evaluated it; \
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
            [1, 1, 1, 1].map(|it| fatal.strike(it)),
            [Early, Early, Last, Late]
        );
        let found = [None, Some(0), Some(1), Some(2), Some(9)];
        assert_eq!(
            found.map(|it| fatal.find(&preambles, it)),
            [None, None, Some(1), None, None]
        );
        assert_eq!([0; 3].map(|it| fatal.strike(it)), [Early, Early, Last]);
        assert_eq!(fatal.find(&preambles, Some(2)), Some(0));
    }

    #[test]
    fn preamble_that_stood_since_begins_anew() {
        let (preambles, fatal) = (preambles(), Fatal::new(3));
        fatal.strike(0);
        fatal.strike(0);
        fatal.stands(&preambles, Some(2));
        assert_eq!(fatal.strike(0), Strike::Early);
        assert_eq!(fatal.find(&preambles, Some(0)), None);
    }
}
