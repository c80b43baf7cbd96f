//! What a case may come to, and what is a lie.

use rewind_protocol::{Outcome, TimeoutOrigin};
use std::fmt;

/// The outcomes that a case of some kind may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// It runs to its end.
    Completes,
    /// It throws an error with one of these names.
    Throws(&'static [&'static str]),
    /// It faults with this signal, and the worker goes on.
    Crashes(i32),
    /// It runs out of the guest's stack.
    Overflows,
    /// It exits with this status, and the worker goes on.
    Exits(i32),
    /// Its deadline passes, and the worker goes on.
    TimesOut,
    /// The engine says that memory is used up.
    RunsOutOfMemory,
    /// It has damaged memory that may or may not have been in use: anything,
    /// as long as the worker goes on.
    Survives,
    /// The worker dies of this signal.
    Kills(i32),
    /// The worker ends with this status.
    EndsWorker(i32),
    /// The worker stands still, and the parent ends it.
    Stalls,
    /// It may spoil what its worker says, which the parent then ends. So it is
    /// never answered, but for being lost; or nothing came of it.
    Babbles,
}

impl Expect {
    /// Whether a case with that outcome did what it was to do.
    pub(super) fn allows(self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Completes, Outcome::Completed)
            | (Self::RunsOutOfMemory, Outcome::OutOfMemory)
            | (Self::TimesOut, Outcome::TimedOut(TimeoutOrigin::Deadline))
            | (Self::Stalls, Outcome::TimedOut(TimeoutOrigin::Watchdog))
            | (Self::Babbles, Outcome::Lost { .. } | Outcome::Completed) => true,
            (Self::Throws(names), Outcome::Threw { thrown, .. }) => {
                names.contains(&thrown.name.as_str())
            }
            (Self::Crashes(signal), Outcome::Crashed(site)) => {
                site.signal == signal && !site.stack_overflow && !site.worker_died
            }
            (Self::Overflows, Outcome::Crashed(site)) => site.stack_overflow && !site.worker_died,
            (Self::Kills(signal), Outcome::Crashed(site)) => {
                site.signal == signal && site.worker_died
            }
            (Self::Exits(status), Outcome::Exited { code, worker_died }) => {
                *code == status && !worker_died
            }
            (Self::EndsWorker(status), Outcome::Exited { code, worker_died }) => {
                *code == status && *worker_died
            }
            (Self::Survives, outcome) => worker_lives(outcome),
            _ => false,
        }
    }
}

fn worker_lives(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Crashed(site) => !site.worker_died,
        Outcome::Exited { worker_died, .. } => !worker_died,
        Outcome::TimedOut(origin) => *origin == TimeoutOrigin::Deadline,
        Outcome::Completed
        | Outcome::Threw { .. }
        | Outcome::OutOfMemory
        | Outcome::HostError { .. } => true,
        Outcome::Lost { .. } => false,
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completes => f.write_str("completed"),
            Self::Throws(names) => write!(f, "threw {}", names.join(" or ")),
            Self::Crashes(signal) => write!(f, "crashed by signal {signal}"),
            Self::Overflows => f.write_str("crashed by stack overflow"),
            Self::Exits(status) => write!(f, "exited with {status}"),
            Self::TimesOut => f.write_str("timed-out by its deadline"),
            Self::RunsOutOfMemory => f.write_str("out-of-memory"),
            Self::Survives => f.write_str("anything that leaves the worker alive"),
            Self::Kills(signal) => write!(f, "crashed by signal {signal} with the worker"),
            Self::EndsWorker(status) => write!(f, "exited with {status} with the worker"),
            Self::Stalls => f.write_str("timed-out by the parent"),
            Self::Babbles => f.write_str("lost with its worker, or completed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::CrashSite;

    fn crash(signal: i32, stack_overflow: bool, worker_died: bool) -> Outcome {
        Outcome::Crashed(CrashSite {
            signal,
            stack_overflow,
            worker_died,
            ..CrashSite::default()
        })
    }

    const fn exit(code: i32, worker_died: bool) -> Outcome {
        Outcome::Exited { code, worker_died }
    }

    #[test]
    fn each_expectation_allows_its_own_outcome_and_none_of_the_others() {
        let own = [
            (Expect::Completes, Outcome::Completed),
            (Expect::Crashes(11), crash(11, false, false)),
            (Expect::Crashes(6), crash(6, false, false)),
            (Expect::Overflows, crash(11, true, false)),
            (Expect::Kills(9), crash(9, false, true)),
            (Expect::Exits(3), exit(3, false)),
            (Expect::EndsWorker(3), exit(3, true)),
            (Expect::TimesOut, Outcome::TimedOut(TimeoutOrigin::Deadline)),
            (Expect::Stalls, Outcome::TimedOut(TimeoutOrigin::Watchdog)),
            (Expect::RunsOutOfMemory, Outcome::OutOfMemory),
        ];
        for (at, (expect, _)) in own.iter().enumerate() {
            for (other, (_, outcome)) in own.iter().enumerate() {
                assert_eq!(
                    expect.allows(outcome),
                    at == other,
                    "{expect} and {outcome:?}"
                );
            }
        }
    }

    #[test]
    fn damage_may_have_any_outcome_but_the_worker_must_live() {
        let survives = Expect::Survives;
        assert!(survives.allows(&Outcome::Completed) && survives.allows(&crash(11, false, false)));
        assert!(!survives.allows(&crash(11, false, true)) && !survives.allows(&exit(1, true)));
        assert!(!survives.allows(&Outcome::Lost {
            reason: String::new()
        }));
    }
}
