//! What the worker answers: what happened, never whether it was right.

use crate::case::Seq;
use crate::{ErrorPhase, Notice};
use bytes::Bytes;

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The span in µs, rounded down.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0 / 1000
    }
}

impl core::ops::Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// A value that nothing caught.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Thrown {
    /// Its kind, as the guest names it (`TypeError`); empty if it has none.
    pub name: String,
    /// The value's message, or the value as text where it is no error.
    pub message: String,
    /// The engine's stack trace; may be empty.
    pub stack: String,
}

/// Where a native fault struck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CrashSite {
    /// Signal number (11 for SIGSEGV).
    pub signal: i32,
    /// `si_code` of the signal.
    pub code: i32,
    /// Address that was touched, where the signal has one.
    pub address: u64,
    /// Program counter, 0 where unknown.
    pub pc: u64,
    /// The fault was a stack overflow: the address lies in the guard below the guest's stack.
    pub stack_overflow: bool,
    /// The whole worker died of it, rather than the guarded region alone.
    pub worker_died: bool,
}

impl CrashSite {
    /// The address that was touched, or that couldn't be executed. Only a fault
    /// that the processor found has one: of a signal that was sent, those bytes
    /// are the sender's process and user, and of a general protection fault
    /// there is none to be had.
    #[must_use]
    pub const fn fault_address(&self) -> Option<u64> {
        /// `SI_KERNEL` of Linux: the kernel's, and no address goes with it.
        const KERNEL: i32 = 0x80;
        // SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV.
        let is_fault = matches!(self.signal, 4 | 5 | 7 | 8 | 11);
        if is_fault && self.code > 0 && self.code != KERNEL && self.address != 0 {
            Some(self.address)
        } else {
            None
        }
    }
}

/// Who ended a case that took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeoutOrigin {
    /// The timer inside the worker, which then went on with the next case.
    Deadline,
    /// The parent, by killing the worker.
    Watchdog,
}

/// What happened to a case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It ran to its end and its jobs were drained.
    Completed,
    /// It threw, and nothing caught it.
    Threw {
        /// When.
        phase: ErrorPhase,
        /// What.
        thrown: Thrown,
    },
    /// A native fault ended it.
    Crashed(CrashSite),
    /// It took longer than its deadline.
    TimedOut(TimeoutOrigin),
    /// It called `exit`, `_exit` or `quick_exit`, or ended its process so.
    Exited {
        /// Status it passed.
        code: i32,
        /// The whole worker ended with it.
        worker_died: bool,
    },
    /// The engine ran into the guest heap's cap and could not go on.
    OutOfMemory,
    /// The guest's host could not let it go on, or come to an end: an error of the
    /// surroundings, which no code of the case has thrown.
    HostError {
        /// What sort of error, in the guest's own words: lower case, with
        /// hyphens (`missing-module`). `unreadable` is the parent's, of a case that
        /// it could not send.
        kind: String,
        /// More of it, for people; may be empty.
        message: String,
    },
    /// Nobody knows: the worker died between its start and its answer in a way that can't be blamed on it.
    Lost {
        /// What is known, for people.
        reason: String,
    },
}

impl Outcome {
    /// The worker ended with the case, or was ended for it.
    #[must_use]
    pub const fn ended_worker(&self) -> bool {
        match self {
            Self::Crashed(site) => site.worker_died,
            Self::Exited { worker_died, .. } => *worker_died,
            Self::TimedOut(origin) => matches!(origin, TimeoutOrigin::Watchdog),
            _ => false,
        }
    }

    /// Lower-case name of what happened, as in reports.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Threw { .. } => "threw",
            Self::Crashed(_) => "crashed",
            Self::TimedOut(_) => "timed-out",
            Self::Exited { .. } => "exited",
            Self::OutOfMemory => "out-of-memory",
            Self::HostError { .. } => "host-error",
            Self::Lost { .. } => "lost",
        }
    }
}

/// Time spent in each phase of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Phases {
    /// Copying the source into the guest and going to the right layer.
    pub load: Nanos,
    /// Parsing and compiling.
    pub compile: Nanos,
    /// Running it.
    pub execute: Nanos,
    /// Draining the job queue and ending agents.
    pub jobs: Nanos,
    /// Turning what happened into an outcome.
    pub capture: Nanos,
    /// Putting the guest back to its checkpoint.
    pub restore: Nanos,
}

impl Phases {
    /// All phases together.
    #[must_use]
    pub fn total(&self) -> Nanos {
        self.load + self.compile + self.execute + self.jobs + self.capture + self.restore
    }

    /// Each phase with its name, in order.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, Nanos); 6] {
        [
            ("load", self.load),
            ("compile", self.compile),
            ("execute", self.execute),
            ("jobs", self.jobs),
            ("capture", self.capture),
            ("restore", self.restore),
        ]
    }
}

/// A case's place in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// When its first phase began, by the machine's monotonic clock
    /// (`CLOCK_MONOTONIC`), which parent and worker share.
    pub started: Nanos,
    /// Time that the worker waited for something to do, since the case before.
    pub waited: Nanos,
    /// Time from when the worker took it up to its first phase: what building the
    /// layers took that it needed and that weren't there.
    pub prepared: Nanos,
}

/// Memory that a case used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemoryUse {
    /// Highest extent of the guest heap during the case, in bytes, above its checkpoint.
    pub heap_peak: u64,
    /// Pages of the checkpoint that the case dirtied (and the restore copied back).
    pub dirty_pages: u32,
}

/// The answer to a `Run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which.
    pub seq: Seq,
    /// What happened.
    pub outcome: Outcome,
    /// What it told its host by name, each name once.
    pub notices: Vec<Notice>,
    /// What it printed, at most the worker's output limit.
    pub output: Bytes,
    /// Bytes printed beyond the limit and thrown away.
    pub output_dropped: u64,
    /// Markers emitted through the host service, in order (`fast-path-hit=…`).
    pub markers: Vec<String>,
    /// Where the time went.
    pub phases: Phases,
    /// What memory it took.
    pub memory: MemoryUse,
    /// If the case before it in the same worker ended by a fault, an exit or
    /// its deadline: the time from there to the moment the guest was entered
    /// for this one. `None` as well where the worker waited for work between.
    pub recovery: Option<Nanos>,
    /// When it was, if the greeting asked for that.
    pub place: Option<Place>,
}

impl Finished {
    /// The answer to a case of which nothing is known but its outcome, because it
    /// wasn't run or its process didn't answer.
    #[must_use]
    pub fn stand_in(seq: Seq, outcome: Outcome) -> Self {
        Self {
            seq,
            outcome,
            notices: Vec::new(),
            output: Bytes::new(),
            output_dropped: 0,
            markers: Vec::new(),
            phases: Phases::default(),
            memory: MemoryUse::default(),
            recovery: None,
            place: None,
        }
    }

    /// The notice of that name, if the case told one.
    #[must_use]
    pub fn notice(&self, name: &str) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fault_of_the_processor_has_an_address() {
        let site = |signal, code| CrashSite {
            signal,
            code,
            address: 0x599f,
            ..CrashSite::default()
        };
        // SEGV_MAPERR, BUS_ADRERR, ILL_ILLOPN, FPE_INTDIV, TRAP_BRKPT.
        for (signal, code) in [(11, 1), (7, 2), (4, 2), (8, 1), (5, 1)] {
            assert_eq!(site(signal, code).fault_address(), Some(0x599f));
        }
        // SIGABRT by tgkill, SIGSEGV by kill and by tgkill, SI_KERNEL, SIGSYS.
        for (signal, code) in [(6, -6), (11, 0), (11, -6), (11, 0x80), (31, 1)] {
            assert_eq!(site(signal, code).fault_address(), None, "{signal} {code}");
        }
    }
}
