//! When each case began, for a parent that asked.
//!
//! No clock is read for it that isn't read anyway: the host has noted when the
//! last phase ended, and phases follow each other without a gap. Only the waits for work have two
//! readings of their own, and beside a wait they are nothing.

use rewind_protocol::{Nanos, Place};
use rewind_sys::timer::monotonic_ns;
use std::time::Instant;

/// Turns the host's notes into places on the machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    /// One moment, as both kinds of clock tell it.
    instant: Instant,
    ns: u64,
    /// Waited for work since the last case.
    waited: u64,
}

impl Timeline {
    /// A timeline, if it is wanted.
    pub(crate) fn new(wanted: bool) -> Option<Self> {
        wanted.then(|| Self {
            instant: Instant::now(),
            ns: monotonic_ns(),
            waited: 0,
        })
    }

    /// The worker has waited for work since `from`, in ns of the monotonic clock.
    pub(crate) fn waited_since(&mut self, from: u64) {
        self.waited = self
            .waited
            .saturating_add(monotonic_ns().saturating_sub(from));
    }

    /// A case is taken up at `at`; what was waited is its.
    pub(crate) fn begin(&mut self, at: Instant) -> Begun {
        Begun {
            at: Nanos(self.on_the_clock(at)),
            waited: Nanos(std::mem::take(&mut self.waited)),
        }
    }

    /// The place of a case that has left its last phase at `ended`, having spent
    /// `spent` in all of them, one after the other.
    pub(crate) fn place(&self, begun: Begun, ended: Instant, spent: Nanos) -> Place {
        let started = self.on_the_clock(ended).saturating_sub(spent.0);
        Place {
            started: Nanos(started),
            waited: begun.waited,
            prepared: Nanos(started.saturating_sub(begun.at.0)),
        }
    }

    fn on_the_clock(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.instant).as_nanos();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.ns.saturating_add(since)
    }
}

/// A case that was taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    /// When, on the machine's monotonic clock.
    pub(crate) at: Nanos,
    /// Waited for it.
    pub(crate) waited: Nanos,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn cases_are_placed_on_the_clock_of_the_machine_and_waits_go_to_the_next() {
        let mut timeline = Timeline::new(true).expect("wanted");
        let at = |us| timeline.instant + Duration::from_micros(us);
        let (first, last) = (at(10), at(60));
        timeline.waited_since(monotonic_ns().saturating_sub(7_000));
        let begun = timeline.begin(first);
        let place = timeline.place(begun, last, Nanos(30_000));
        assert_eq!(place.started, Nanos(timeline.ns + 30_000));
        assert_eq!(place.prepared, Nanos(20_000), "a layer was built before");
        assert!(place.waited.0 >= 7_000);
        let next = timeline.begin(last);
        let place = timeline.place(next, last, Nanos(0));
        assert_eq!((place.waited, place.prepared), (Nanos(0), Nanos(0)));
        assert!(Timeline::new(false).is_none());
    }

    #[test]
    fn both_clocks_tell_the_same_moment() {
        let mut timeline = Timeline::new(true).expect("wanted");
        let before = monotonic_ns();
        let now = Instant::now();
        let after = monotonic_ns();
        let begun = timeline.begin(now);
        let place = timeline.place(begun, now, Nanos(0));
        // They were read one after the other when it was made, and the thread
        // may have had to wait between the two.
        let slack = 1_000_000_000;
        assert!(place.started.0 + slack >= before && place.started.0 <= after + slack);
    }
}
