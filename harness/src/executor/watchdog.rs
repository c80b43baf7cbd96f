//! Whether a worker still gets on.
//!
//! Progress is another case, another state of it or another preamble under
//! construction, and an answer. Bytes are none: who only talks does not get on.
//! Time is handed in, so that nothing here waits.

use crate::config::Patience;
use rewind_protocol::{CaseState, PreambleId, Seq};
use std::time::{Duration, Instant};

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which case the worker is at, and how far.
    pub(super) current: Option<(Seq, CaseState)>,
    /// The preamble that it builds for the case.
    pub(super) building: Option<PreambleId>,
    /// Cases that it has answered.
    pub(super) answered: usize,
}

/// Remembers when a worker last got on.
#[derive(Debug)]
pub(super) struct Watchdog {
    mark: Mark,
    since: Instant,
}

impl Watchdog {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            mark: Mark::default(),
            since: now,
        }
    }

    /// Takes note of where the worker is (`mark`), or that it has nothing to do.
    pub(super) fn observe(&mut self, mark: Mark, busy: bool, now: Instant) {
        if mark != self.mark || !busy {
            self.mark = mark;
            self.since = now;
        }
    }

    /// For how long nothing has changed.
    pub(super) fn still(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

/// How long a worker may stand still that is at a case with this deadline.
pub(super) fn limit(patience: &Patience, deadline_ms: u32) -> Duration {
    let deadline = Duration::from_millis(u64::from(deadline_ms));
    patience
        .stall
        .max(deadline.saturating_add(patience.overrun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_worker_that_changes_nothing_stands_still() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let running = Mark {
            current: Some((Seq(1), CaseState::Running)),
            building: None,
            answered: 1,
        };
        let mut watchdog = Watchdog::new(start);
        watchdog.observe(running, true, at(5));
        watchdog.observe(running, true, at(9));
        assert_eq!(watchdog.still(at(10)), Duration::from_secs(5));
        let answered = Mark {
            answered: 2,
            ..running
        };
        watchdog.observe(answered, true, at(10));
        assert_eq!(watchdog.still(at(10)), Duration::ZERO);
        watchdog.observe(answered, false, at(40));
        assert_eq!(watchdog.still(at(41)), Duration::from_secs(1));
    }

    #[test]
    fn limit_is_the_longer_of_stall_and_deadline_with_overrun() {
        let patience = Patience::default();
        assert_eq!(limit(&patience, 10_000), Duration::from_secs(15));
        assert_eq!(limit(&patience, 60_000), Duration::from_secs(65));
        assert_eq!(limit(&patience, 1), Duration::from_secs(15));
    }
}
