//! What became of a request.

use crate::event::WorkerId;
use rewind_protocol::{Finished, Outcome};
use std::fmt;
use std::sync::Arc;

/// Number of a request within its pool, from 0 in the order of submitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The one answer to a request.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Which request; see [`Ticket::id`](super::Ticket::id).
    pub id: RequestId,
    /// Its name.
    pub name: Arc<str>,
    /// What became of it.
    pub settled: Settled,
}

/// How a request was settled.
#[derive(Clone, Debug)]
pub enum Settled {
    /// It was run, and ended in one way or another, or was lost twice
    /// ([`Outcome::Lost`]).
    Finished {
        /// What happened; its `seq` counts within the worker.
        finished: Box<Finished>,
        /// Who ran it.
        worker: WorkerId,
        /// 1, or 2 if the first time it was lost.
        attempt: u32,
    },
    /// It was withdrawn before it began, or the pool was dropped before it ended.
    Cancelled,
    /// It could not be sent: its file or its preamble can't be read, or is too
    /// large. Says what is wrong.
    Unreadable(String),
    /// The pool ended before it was run, and nobody asked for that. Says why.
    NotRun(Arc<str>),
}

impl Reply {
    /// How it ended, if it was run.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.finished().map(|finished| &finished.outcome)
    }

    /// All that is known of how it was run, if it was.
    #[must_use]
    pub fn finished(&self) -> Option<&Finished> {
        match &self.settled {
            Settled::Finished { finished, .. } => Some(finished),
            _ => None,
        }
    }

    /// It was not run, for it was not to be.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.settled, Settled::Cancelled)
    }
}
