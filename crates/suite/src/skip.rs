//! Why a case isn't run.

use std::fmt;
use std::sync::Arc;

/// Why a case isn't run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The guest lacks a feature that it needs.
    Feature {
        /// The feature.
        name: Arc<str>,
        /// Why the guest lacks it.
        reason: Arc<str>,
    },
    /// The guest can't do what it needs; completes "needs …".
    Ability(&'static str),
    /// What was asked for leaves none of its variants.
    Mode,
    /// An expectation or the skip list says so: people decided it, whatever the guest can do.
    List {
        /// The entry's reason.
        reason: Arc<str>,
    },
}

impl SkipReason {
    /// What it is for, in one word: `feature`, `exception`, `agent` or `mode`.
    #[must_use]
    pub const fn cause(&self) -> &'static str {
        match self {
            Self::Feature { .. } => "feature",
            Self::List { .. } => "exception",
            Self::Ability(_) => "agent",
            Self::Mode => "mode",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feature { name, reason } => write!(f, "needs {name}: {reason}"),
            Self::Ability(what) => write!(f, "needs {what}"),
            Self::Mode => f.write_str("has no variant in this mode"),
            Self::List { reason } => write!(f, "excepted: {reason}"),
        }
    }
}
