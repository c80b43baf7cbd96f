//! How a case that didn't pass ended, in one word: what a baseline remembers.

use crate::Why;
use rewind_suite::Judged;
use serde::Serialize;
use std::fmt;

/// Class of an outcome that isn't a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It ended by itself, and not as it had to.
    Fail,
    /// A native fault ended it.
    Crash,
    /// Its deadline ended it.
    Timeout,
    /// It ended its process.
    Exit,
    /// It ran into the cap on the guest heap.
    OutOfMemory,
    /// It was as it had to be only on a retry, alone.
    Partial,
    /// Nobody knows. Never in a baseline.
    Lost,
}

impl Class {
    /// Classes that a baseline may hold.
    pub const STORED: [Self; 6] = [
        Self::Fail,
        Self::Crash,
        Self::Timeout,
        Self::Exit,
        Self::OutOfMemory,
        Self::Partial,
    ];

    /// The class of an attempt; `None` if it passed. Never [`Class::Partial`],
    /// which takes two.
    #[must_use]
    pub const fn of(why: &Why<'_>) -> Option<Self> {
        Some(match why {
            Why::Passed | Why::PassedUnexpectedly(_) | Why::Judged(Judged::Passed) => {
                return None;
            }
            Why::Crashed(_) => Self::Crash,
            Why::TimedOut(_) => Self::Timeout,
            Why::Exited(_) => Self::Exit,
            Why::OutOfMemory => Self::OutOfMemory,
            Why::Lost(_) => Self::Lost,
            _ => Self::Fail,
        })
    }

    /// Lower-case name, as in baselines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::Exit => "exit",
            Self::OutOfMemory => "out-of-memory",
            Self::Partial => "partial",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
