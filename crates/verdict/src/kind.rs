//! Kinds of failure, to count and group by.

use crate::Why;
use rewind_corpus::variants::PARSE;
use rewind_protocol::{ErrorPhase, Thrown};
use serde::Serialize;
use std::fmt;

/// Name of the error that test262's assertions throw.
const ASSERTION: &str = "Test262Error";

/// What sort of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// Its deadline passed.
    Timeout,
    /// A native fault.
    Crash,
    /// There is no outcome.
    Missing,
    /// The parser refused what it must accept, or accepted what it must refuse.
    Parse,
    /// An assertion of the test failed.
    Assert,
    /// Another error was thrown, or one that had to be wasn't.
    Runtime,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Timeout,
        Self::Crash,
        Self::Missing,
        Self::Parse,
        Self::Assert,
        Self::Runtime,
        Self::Other,
    ];

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that a case counts as; `None` if it passed.
    #[must_use]
    pub fn of(why: &Why<'_>) -> Option<Self> {
        Some(match why {
            Why::Passed | Why::PassedUnexpectedly(_) => return None,
            Why::TimedOut(_) => Self::Timeout,
            Why::Crashed(_) => Self::Crash,
            Why::Lost(_) => Self::Missing,
            Why::Uncaught { phase, thrown } => thrown_kind(*phase, thrown),
            Why::NothingThrown(wanted) | Why::OtherThrown { wanted, .. } => {
                negative_kind(wanted.phase.error_phase())
            }
            Why::AsyncFailed(text) if text.trim_start().starts_with(ASSERTION) => Self::Assert,
            Why::AsyncFailed(_) => Self::Runtime,
            Why::Harness(_)
            | Why::AsyncSilent
            | Why::AsyncTwice(_)
            | Why::Exited(_)
            | Why::OutOfMemory
            | Why::HostError { .. }
            | Why::MarkerMissing(_) => Self::Other,
        })
    }

    /// Lower-case name, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Missing => "missing",
            Self::Parse => "parse",
            Self::Assert => "assert",
            Self::Runtime => "runtime",
            Self::Other => "other",
        }
    }
}

fn thrown_kind(phase: ErrorPhase, thrown: &Thrown) -> FailureKind {
    match phase {
        PARSE => FailureKind::Parse,
        ErrorPhase::RUNTIME if thrown.name == ASSERTION => FailureKind::Assert,
        ErrorPhase::RUNTIME => FailureKind::Runtime,
        _ => FailureKind::Other,
    }
}

fn negative_kind(phase: ErrorPhase) -> FailureKind {
    match phase {
        PARSE => FailureKind::Parse,
        ErrorPhase::RUNTIME => FailureKind::Runtime,
        _ => FailureKind::Other,
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
