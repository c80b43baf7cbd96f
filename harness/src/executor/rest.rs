//! Whether a worker sleeps: it is at a case, and uses no processor. (One that
//! would like to and gets none doesn't sleep: that is asked apart from this.)
//!
//! Tests of timers and of threads that wait for each other do that for most of
//! their time. Whoever deals work can then let another worker run beside it.

use std::time::{Duration, Instant};

/// A look tells nothing unless the last one is so long ago.
const APART: Duration = Duration::from_millis(20);
/// Who uses less than one part in so many of a processor sleeps.
const PART: u32 = 10;

/// Processor time of a worker when it was last looked at.
#[derive(Debug, Default)]
pub(super) struct Rest {
    last: Option<(Instant, Duration)>,
    is_asleep: bool,
}

impl Rest {
    /// The worker has used `cpu` in all up to `now`: `true` if next to nothing
    /// of it since the last look.
    pub(super) fn look(&mut self, now: Instant, cpu: Option<Duration>) -> bool {
        let Some(cpu) = cpu else {
            return false;
        };
        let since = |(then, used): (Instant, Duration)| {
            (
                now.saturating_duration_since(then),
                cpu.saturating_sub(used),
            )
        };
        match self.last.map(since) {
            Some((passed, _)) if passed < APART => return self.is_asleep,
            Some((passed, used)) => self.is_asleep = used * PART < passed,
            None => {}
        }
        self.last = Some((now, cpu));
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
    fn worker_sleeps_while_it_uses_next_to_nothing() {
        let start = Instant::now();
        let mut rest = Rest::default();
        let mut look = |at, cpu| rest.look(start + ms(at), Some(ms(cpu)));
        assert!(!look(0, 500), "nothing to compare with");
        assert!(look(100, 505));
        assert!(look(110, 515), "too soon to tell");
        assert!(!look(200, 545));
        assert!(!look(300, 555));
        assert!(look(400, 555));
        assert!(!rest.look(start + ms(500), None), "it is gone");
    }
}
