//! What no run lets pass in silence: crashes, results that got lost, cases that ran
//! out of time. Each class is counted and told by itself.
//!
//! A crash is a regression unless a list names it with a reason, whatever the case
//! does on a retry or alone; so is a lost result, which nothing can excuse. A
//! timeout is a regression like a failure, and told apart from one.

use super::last::Last;
use rewind_verdict::Verdict;
use std::fmt::Write as _;

/// Unexpected ends of the classes that have a policy of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grave {
    crashes: u64,
    lost: u64,
    timeouts: u64,
}

impl Grave {
    /// Counts them.
    pub(super) fn of(last: &[Last]) -> Self {
        let count = |verdict| {
            let those = last
                .iter()
                .filter(|last| !last.expected && last.verdict == Some(verdict));
            those.count() as u64
        };
        Self {
            crashes: count(Verdict::Crash),
            lost: count(Verdict::Lost),
            timeouts: count(Verdict::Timeout),
        }
    }

    /// For people; empty if there is none.
    pub(super) fn told(self) -> String {
        let mut text = String::new();
        let lines = [
            (
                self.crashes,
                "crashed and are listed nowhere with a reason: each is a regression \
                 (--expectations)",
            ),
            (
                self.lost,
                "lost their results: nothing excuses that; run again",
            ),
            (
                self.timeouts,
                "ran out of time: mend them, or give them more in the slow list (--slow)",
            ),
        ];
        for (count, what) in lines.into_iter().filter(|(count, _)| *count > 0) {
            // Writing into a `String` has no way to fail.
            let _ = writeln!(text, " policy  cases: {count} {what}");
        }
        text
    }
}
