//! Kinds of failure, to count and group by.

use serde::Serialize;
use std::fmt;

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

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
