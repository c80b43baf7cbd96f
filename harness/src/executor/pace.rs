//! How many cases to send ahead.
//!
//! Enough that the worker never waits for its parent, and few enough that a
//! run's end, when others have nothing left, doesn't wait for one worker's queue:
//! so many as take about [`Ahead::time`], going by the cases before.

use crate::config::Ahead;
use rewind_protocol::Nanos;
use std::time::Duration;

/// Always so many are sent ahead: one runs, one waits, and answers come in twos.
pub(super) const LEAST: usize = 4;
/// The last cases of a worker's life are sent together: so many times of what
/// is sent ahead otherwise, in time and in bytes.
pub(super) const LAST: u32 = 3;
/// The same in cases: quick ones are too few to last long.
const LAST_CASES: usize = 4;
/// So many are sent ahead to a worker that has answered none yet.
const FIRST: usize = 16;
/// Cases after which the average is one.
const KNOWN: u64 = 4 * WEIGHT;
/// A case counts for one part in so many of the average.
const WEIGHT: u64 = 8;
/// The same for crashes, which few cases may have.
const CRASH_WEIGHT: u64 = 32;
/// The share of crashes if all cases crash.
const WHOLE: u64 = 1 << 20;

/// A moving average of what cases take.
#[derive(Debug)]
pub(super) struct Pace {
    ahead: Ahead,
    /// In ns.
    average: u64,
    /// Cases noted.
    noted: u64,
    /// Cases that crashed, of [`WHOLE`].
    crashing: u64,
}

impl Pace {
    pub(super) fn new(ahead: Ahead) -> Self {
        Self {
            ahead,
            average: 0,
            noted: 0,
            crashing: 0,
        }
    }

    /// A case took this long, and crashed or didn't.
    pub(super) fn note(&mut self, took: Nanos, crashed: bool) {
        self.noted += 1;
        let now = if crashed { WHOLE / CRASH_WEIGHT } else { 0 };
        self.crashing = self.crashing / CRASH_WEIGHT * (CRASH_WEIGHT - 1) + now;
        self.average = (self.average / WEIGHT * (WEIGHT - 1)).saturating_add(took.0 / WEIGHT);
    }

    /// How long so many cases are likely to take; for ever, while too few were
    /// seen to say.
    pub(super) fn time_of(&self, cases: u64) -> Duration {
        if self.noted < KNOWN {
            return Duration::MAX;
        }
        Duration::from_nanos(self.average.saturating_mul(cases))
    }

    /// Crashes that so many cases are likely to bring.
    pub(super) fn crashes_in(&self, cases: u64) -> u64 {
        cases.saturating_mul(self.crashing) / WHOLE
    }

    /// Cases that are likely to bring so many crashes.
    pub(super) fn cases_for(&self, crashes: u64) -> u64 {
        let cases = crashes.saturating_mul(WHOLE).checked_div(self.crashing);
        cases.unwrap_or(u64::MAX)
    }

    /// What a case takes on average, in µs; `None` while too few were seen to say.
    pub(super) fn usual_us(&self) -> Option<u64> {
        (self.noted >= KNOWN).then_some(self.average / 1000)
    }

    /// Most cases to have at the worker.
    pub(super) fn cases(&self) -> usize {
        let time = Duration::as_nanos(&self.ahead.time) / u128::from(self.average.max(1));
        let most = self.ahead.cases.max(1);
        usize::try_from(time)
            .unwrap_or(usize::MAX)
            .clamp(LEAST.min(most), most)
    }

    /// There is room for another case beside `waiting` cases of `bytes` bytes,
    /// at a worker that has answered `answered`.
    ///
    /// A new worker is sent little at first: where workers die often, most of
    /// what is sent ahead would have to be sent again.
    pub(super) fn has_room(&self, waiting: usize, bytes: usize, answered: usize) -> bool {
        let trusted = FIRST.saturating_add(answered.saturating_mul(2));
        waiting < self.cases().min(trusted) && (waiting == 0 || bytes < self.ahead.bytes)
    }

    /// `cases` that end a worker's life can be sent together, beside what was
    /// sent of them already, `bytes` bytes.
    pub(super) fn is_the_last(&self, cases: u64, bytes: usize) -> bool {
        let Ahead {
            cases: most,
            bytes: room,
            time,
        } = self.ahead;
        cases <= most.saturating_mul(LAST_CASES) as u64
            && bytes < room.saturating_mul(LAST as usize)
            && self.time_of(cases) <= time.saturating_mul(LAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_cases_shrink_the_window_and_fast_ones_widen_it_again() {
        let mut pace = Pace::new(Ahead::default());
        assert_eq!(pace.cases(), 256);
        pace.note(Nanos(1_000_000_000), false);
        assert_eq!(pace.cases(), LEAST);
        for _ in 0..200 {
            pace.note(Nanos(30_000), false);
        }
        assert_eq!(pace.cases(), 256);
        pace.note(Nanos(u64::MAX), false);
        assert_eq!(pace.cases(), LEAST);
    }

    #[test]
    fn large_case_goes_alone() {
        let pace = Pace::new(Ahead {
            bytes: 100,
            ..Ahead::default()
        });
        assert!(pace.has_room(0, 0, 1000));
        assert!(pace.has_room(1, 99, 1000));
        assert!(!pace.has_room(1, 100, 1000));
        assert!(!pace.has_room(256, 1, 1000));
    }

    #[test]
    fn last_cases_go_together_if_they_are_quick_and_few() {
        let mut pace = Pace::new(Ahead::default());
        assert!(!pace.is_the_last(1, 0), "nobody knows how long it takes");
        for _ in 0..200 {
            pace.note(Nanos(100_000), false);
        }
        // About 0.1 ms each, and 60 ms are allowed.
        assert!(pace.is_the_last(580, 0));
        assert!(!pace.is_the_last(680, 0));
        assert!(!pace.is_the_last(580, 1 << 21));
        for _ in 0..200 {
            pace.note(Nanos(1_000), false);
        }
        assert!(pace.is_the_last(1024, 0));
        assert!(!pace.is_the_last(1025, 0));
    }

    #[test]
    fn crashes_are_expected_as_often_as_they_came() {
        let mut pace = Pace::new(Ahead::default());
        assert_eq!((pace.crashes_in(1000), pace.cases_for(1)), (0, u64::MAX));
        for case in 0..4000 {
            pace.note(Nanos(1), case % 4 == 0);
        }
        assert!((200..300).contains(&pace.crashes_in(1000)));
        assert!((30..50).contains(&pace.cases_for(10)));
        (0..400).for_each(|_| pace.note(Nanos(1), true));
        assert!((950..=1000).contains(&pace.crashes_in(1000)));
    }

    #[test]
    fn new_worker_is_sent_little_until_it_answers() {
        let pace = Pace::new(Ahead::default());
        assert!(pace.has_room(FIRST - 1, 1, 0));
        assert!(!pace.has_room(FIRST, 1, 0));
        assert!(pace.has_room(FIRST + 1, 1, 1));
        assert!(pace.has_room(255, 1, 120));
    }
}
