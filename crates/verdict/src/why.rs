//! Why a case got its verdict, kept as a reference into the outcome until shown.

use crate::Verdict;
use rewind_corpus::{ExpectedOutcome, Signal};
use rewind_protocol::{CrashSite, ErrorPhase, Thrown, TimeoutOrigin};
use rewind_suite::{Detail, FailureKind, Judged};
use std::fmt;

/// More CPU time than a case may use; numbers as in signal(7).
const SIGXCPU: i32 = 24;
/// A larger file than a case may write.
const SIGXFSZ: i32 = 25;
/// `si_code` of a signal that the kernel sent by itself.
const SI_KERNEL: i32 = 0x80;

/// The rule that decided a verdict. Its text is one line unless the test's own
/// message has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// It did what it had to.
    Passed,
    /// So it did, but an entry says that it doesn't.
    PassedUnexpectedly(ExpectedOutcome),
    /// What the suite says of it.
    Judged(Judged<'a>),
    /// It ended its process with that status.
    Exited(i32),
    /// It ran into the cap on the guest heap.
    OutOfMemory,
    /// The host could not let it go on; nothing was thrown by the test.
    HostError {
        /// What sort of error.
        kind: &'a str,
        /// More of it.
        message: &'a str,
    },
    /// A native fault.
    Crashed(CrashSite),
    /// It took longer than its deadline.
    TimedOut(TimeoutOrigin),
    /// It did what it had to, but never told this marker, which it must.
    MarkerMissing(&'a str),
    /// Its outcome isn't known; what is known is the text.
    Lost(&'a str),
}

impl<'a> Why<'a> {
    /// Why the suite says so.
    #[must_use]
    #[inline]
    pub const fn of(judged: Judged<'a>) -> Self {
        match judged {
            Judged::Passed => Self::Passed,
            failed => Self::Judged(failed),
        }
    }

    /// The kind of failure that a case counts as; `None` if it passed.
    #[must_use]
    pub const fn kind(&self) -> Option<FailureKind> {
        Some(match self {
            Self::Passed | Self::PassedUnexpectedly(_) | Self::Judged(Judged::Passed) => {
                return None;
            }
            Self::TimedOut(_) => FailureKind::Timeout,
            Self::Crashed(_) => FailureKind::Crash,
            Self::Lost(_) => FailureKind::Missing,
            Self::Judged(Judged::Uncaught { kind, .. } | Judged::Failed { kind, .. }) => *kind,
            Self::Judged(Judged::NothingThrown(wanted) | Judged::OtherThrown { wanted, .. }) => {
                wanted.kind
            }
            Self::Judged(Judged::Preamble(_))
            | Self::Exited(_)
            | Self::OutOfMemory
            | Self::HostError { .. }
            | Self::MarkerMissing(_) => FailureKind::Other,
        })
    }

    /// The verdict that follows from the rule.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Passed | Self::PassedUnexpectedly(_) | Self::Judged(Judged::Passed) => {
                Verdict::Pass
            }
            Self::Judged(_)
            | Self::Exited(_)
            | Self::OutOfMemory
            | Self::HostError { .. }
            | Self::MarkerMissing(_) => Verdict::Fail,
            Self::Crashed(_) => Verdict::Crash,
            Self::TimedOut(_) => Verdict::Timeout,
            Self::Lost(_) => Verdict::Lost,
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::PassedUnexpectedly(outcome) => write!(f, "passed, but is listed as {outcome}"),
            Self::Judged(judged) => show_judged(f, judged),
            Self::Exited(code) => write!(f, "exited with status {code}"),
            Self::OutOfMemory => f.write_str("ran out of guest memory"),
            Self::HostError { kind, message } => {
                write!(f, "host error {kind}")?;
                if message.is_empty() {
                    return Ok(());
                }
                write!(f, ": {message}")
            }
            Self::Crashed(site) => crashed(f, site),
            Self::TimedOut(TimeoutOrigin::Deadline) => f.write_str("took longer than its deadline"),
            Self::TimedOut(TimeoutOrigin::Watchdog) => {
                f.write_str("took longer than its deadline and had to be killed")
            }
            Self::MarkerMissing(marker) => {
                write!(f, "passed, but its marker `{marker}` is missing")
            }
            Self::Lost(reason) => write!(f, "lost: {reason}"),
        }
    }
}

fn show_judged(f: &mut fmt::Formatter<'_>, judged: &Judged<'_>) -> fmt::Result {
    match judged {
        Judged::Passed => f.write_str("passed"),
        Judged::Uncaught { phase, thrown, .. } => uncaught(f, *phase, thrown),
        Judged::NothingThrown(wanted) => {
            write!(
                f,
                "expected {} ({}), nothing was thrown",
                wanted.name, wanted.phase
            )
        }
        Judged::OtherThrown {
            wanted,
            phase,
            thrown,
        } => {
            write!(f, "expected {} ({}), got ", wanted.name, wanted.phase)?;
            uncaught(f, *phase, thrown)
        }
        Judged::Preamble(thrown) => {
            f.write_str("harness file threw ")?;
            show(f, thrown)
        }
        Judged::Failed { rule, detail, .. } => {
            f.write_str(rule)?;
            match detail {
                Detail::None => Ok(()),
                Detail::Text(text) => write!(f, " {text}"),
                Detail::Number(number) => write!(f, " {number}"),
                Detail::Times(times) => write!(f, " {times} times"),
                Detail::Differs { wanted, found } => write!(f, " {wanted}, got {found}"),
            }
        }
    }
}

fn uncaught(f: &mut fmt::Formatter<'_>, phase: ErrorPhase, thrown: &Thrown) -> fmt::Result {
    show(f, thrown)?;
    if phase == ErrorPhase::RUNTIME {
        Ok(())
    } else {
        write!(f, " ({phase})")
    }
}

fn show(f: &mut fmt::Formatter<'_>, thrown: &Thrown) -> fmt::Result {
    match (thrown.name.as_str(), thrown.message.as_str()) {
        ("", "") => f.write_str("a value without a name"),
        (name, "") => f.write_str(name),
        ("", message) => f.write_str(message),
        (name, message) => write!(f, "{name}: {message}"),
    }
}

fn crashed(f: &mut fmt::Formatter<'_>, site: &CrashSite) -> fmt::Result {
    write!(f, "{}", Signal(site.signal))?;
    match site.signal {
        SIGXCPU if site.code == SI_KERNEL => f.write_str(", beyond --cpu-limit")?,
        SIGXFSZ => f.write_str(", beyond --file-size-limit")?,
        _ => {}
    }
    if site.stack_overflow {
        f.write_str(", stack overflow")?;
    }
    if let Some(address) = site.fault_address() {
        write!(f, " at {address:#x}")?;
    }
    if site.worker_died {
        f.write_str(", the worker died of it")
    } else {
        Ok(())
    }
}
