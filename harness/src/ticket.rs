//! What dispatcher and executors hand to each other.
//!
//! ```text
//!              Order (+ wake-up)
//! dispatcher ────────────────────► executor      one channel for each executor
//!     ▲      ◄────────────────────               one channel for all
//!     │              Note
//!     └── Command: from the owner of a pool, whenever
//! ```
//!
//! A ticket is the right to run a case. It is in one place at a time: in the
//! dispatcher's queue, in a message, in an executor's queue or in its window.
//! That is what makes an answer come once.

use crate::error::LastWorker;
use crate::event::{Death, Running, WorkerId};
use crate::recycling::{Limit, Pause};
use rewind_plan::CaseId;
use rewind_protocol::{Finished, HelloReply, Retiring};
use rewind_sys::process::Ended;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The right to run a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) case: CaseId,
    /// Counted from 1.
    pub(crate) attempt: u8,
    /// How often a worker died with it under suspicion.
    pub(crate) requeues: u8,
    /// Wants a worker that has run nothing and will run nothing else.
    pub(crate) alone: bool,
    /// What is to be found out about it.
    pub(crate) trial: Trial,
}

impl Ticket {
    /// For this attempt, at a case that nothing is held against.
    pub(crate) const fn new(case: CaseId, attempt: u8, alone: bool) -> Self {
        Self {
            case,
            attempt,
            requeues: 0,
            alone,
            trial: Trial::None,
        }
    }

    /// No other case can have a hand in what becomes of its worker.
    pub(crate) fn is_by_itself(self) -> bool {
        self.alone || self.trial != Trial::None
    }

    /// A worker died with it under suspicion.
    pub(crate) fn is_suspect(self) -> bool {
        self.requeues > 0 || self.trial != Trial::None
    }
}

/// Whether a case is to be tried by itself, and what with: a worker died with
/// it, and who the ledger names may be innocent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It isn't.
    #[default]
    None,
    /// It is the first of a worker, and nothing is sent after it before it is answered.
    Fresh,
    /// As `Fresh`, once the worker has built what it runs on, this preamble among it:
    /// that is what the ledger lays the death to.
    Built(u32),
}

/// Whether a case is settled whose number may be given out again; clones say the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettledFlag(Arc<AtomicBool>);

impl SettledFlag {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// From the owner of a pool to its dispatcher.
#[derive(Debug)]
pub(crate) enum Command {
    /// Run this case, which is in the workload and new.
    Run(CaseId),
    /// Leave this one out, if it has not begun. The number is the case's only as
    /// long as that isn't settled.
    Withdraw(CaseId, SettledFlag),
    /// Leave all out that have not begun.
    WithdrawAll,
    /// There are no more commands: finish, and end.
    Close,
}

/// From the dispatcher to an executor.
#[derive(Debug)]
pub(crate) enum Order {
    /// Run these, in this order.
    Work(Vec<Ticket>),
    /// Give half of what was not sent back: somebody else has nothing to do.
    GiveBack,
    /// Say what is running.
    Report,
    /// Nothing more will come: when all is answered, let the worker go, and end.
    Finish,
    /// Send nothing more, give back what was not sent, then as `Finish`.
    Drain,
    /// As `Drain`, and give back as well what was sent and has not begun.
    Stop,
    /// Give these back, as far as they have not begun.
    Withdraw(Arc<HashSet<CaseId>>),
    /// Kill the worker, give everything back, and end.
    Kill,
}

/// A ticket that was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) ticket: Ticket,
    pub(crate) finished: Box<Finished>,
}

/// How a worker left.
#[derive(Debug)]
pub(crate) enum Left {
    Retired(Retiring),
    /// It had reached a limit of ours, and was told to leave.
    Replaced {
        limit: Limit,
        retiring: Retiring,
    },
    Died {
        death: Death,
        blamed: Option<CaseId>,
        /// It may have died of this one, which is run again by itself.
        suspected: Option<CaseId>,
        stderr_tail: String,
    },
}

/// From an executor to the dispatcher.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) worker: WorkerId,
    pub(crate) what: What,
}

/// What an executor has to say.
#[derive(Debug)]
pub(crate) enum What {
    /// Its queue runs low. Its cases take so many µs on average, if that is known.
    Want {
        usual_us: Option<u64>,
    },
    Ready(Box<HelloReply>),
    Answers(Vec<Answer>),
    Unreadable {
        ticket: Ticket,
        error: String,
    },
    Diagnostic(String),
    /// It has begun its first case after another worker's last.
    TookOver(Pause),
    /// The worker is gone. So many of its cases were given back just before.
    Left {
        left: Left,
        requeued: usize,
        ended: Option<Ended>,
    },
    /// In answer to `GiveBack`, `Drain`, `Stop` and `Withdraw`, and what a worker left undone.
    GaveBack(Vec<Ticket>),
    /// In answer to `Report`.
    Report(Option<Running>),
    /// It runs nothing any more. With a worker: its slot can't keep one alive.
    /// Tickets that were on the way to it still come back by `GaveBack`, until
    /// its channel is closed.
    Gone(Option<Box<LastWorker>>),
    /// It came to a stop by a bug, and its tickets with it.
    Panicked,
}

impl What {
    /// It is something that a worker did, rather than its slot.
    pub(crate) const fn is_of_a_life(&self) -> bool {
        match self {
            Self::Ready(_)
            | Self::Answers(_)
            | Self::Unreadable { .. }
            | Self::Diagnostic(_)
            | Self::TookOver(_)
            | Self::Left { .. } => true,
            Self::Want { .. }
            | Self::GaveBack(_)
            | Self::Report(_)
            | Self::Gone(_)
            | Self::Panicked => false,
        }
    }
}
