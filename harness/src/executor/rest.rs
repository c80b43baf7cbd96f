//! Whether a worker sleeps: it is at a case, and uses no processor. (One that
//! would like to and gets none doesn't sleep.)
//!
//! Tests of timers and of threads that wait for each other do that for most of
//! their time. Whoever deals work can then let another worker run beside it.

use std::time::{Duration, Instant};

/// A look tells nothing unless the last one is so long ago.
const APART: Duration = Duration::from_millis(20);
/// Who uses less than one part in so many of a processor sleeps.
const PART: u32 = 10;

/// What a worker was like when it was last looked at.
#[derive(Debug, Default)]
pub(super) struct Rest {
    last: Option<Look>,
    is_asleep: bool,
}

/// A look at a worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) at: Instant,
    /// Processor time used in all.
    pub(super) cpu: Duration,
    /// Its first thread waits for something else than a processor.
    pub(super) waits: bool,
}

impl Rest {
    /// `true` if the worker waits, has waited at the last look, and has used
    /// next to nothing between. `None` says that there is no worker.
    pub(super) fn look(&mut self, look: Option<Look>) -> bool {
        let Some(now) = look else {
            return false;
        };
        match self.last {
            Some(last) if now.at.saturating_duration_since(last.at) < APART => {
                return self.is_asleep;
            }
            Some(last) => {
                let passed = now.at.saturating_duration_since(last.at);
                let used = now.cpu.saturating_sub(last.cpu);
                self.is_asleep = last.waits && now.waits && used * PART < passed;
            }
            None => {}
        }
        self.last = Some(now);
        self.is_asleep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn worker_sleeps_while_it_waits_and_uses_next_to_nothing() {
        let start = Instant::now();
        let mut rest = Rest::default();
        let mut look = |at, cpu, waits| {
            rest.look(Some(Look {
                at: start + ms(at),
                cpu: ms(cpu),
                waits,
            }))
        };
        assert!(!look(0, 500, true), "nothing to compare with");
        assert!(look(100, 505, true));
        assert!(look(110, 515, true), "too soon to tell");
        assert!(!look(200, 545, true));
        assert!(!look(300, 555, true));
        assert!(look(400, 555, true));
        assert!(!look(500, 555, false), "it would like a processor");
        assert!(!look(600, 555, true), "it may have been given none");
        assert!(look(700, 555, true));
        assert!(!rest.look(None), "it is gone");
    }
}
