//! What runs cases: how each gets a guest that none before it has touched.
//!
//! ```text
//!   session ──case──► Backend ─┬─ InPlace<PutBack>      memory is put back to a checkpoint
//!                              ├─ InPlace<OneCase>      a process for each case
//!                              ├─ InPlace<FreshContext> an engine for each case
//!                              └─ Forked                a fork for each case
//! ```
//!
//! A session is compiled for each backend, so a case costs no call through a table.

mod forked;
mod fresh_context;
mod in_place;
mod put_back;
mod zygote;

pub(crate) use forked::Forked;
pub(crate) use fresh_context::FreshContext;
pub(crate) use in_place::InPlace;
pub(crate) use put_back::{OneCase, PutBack, PutBackAfter};

use crate::WorkerError;
use crate::error::RetireRequest;
use crate::parent::{Answer, CaseObserver};
use rewind_checkpoint::TierChoice;
use rewind_guest::Description;
use rewind_protocol::{Counters, Preamble, Run};

/// How a case ended.
pub(crate) struct CaseEnd {
    pub(crate) answer: Answer,
    pub(crate) then: Then,
}

/// What follows once a case is answered.
pub(crate) enum Then {
    /// The next case may come.
    GoOn,
    /// This backend takes no further one.
    Spent(RetireRequest),
    /// The guest can't be put back: nothing of it is touched any more.
    Retire(RetireRequest),
    /// The worker failed over something that isn't this case's doing.
    Fail(WorkerError),
}

/// Runs cases, one after the other.
///
/// What a guest does wrong is an outcome; an `Err` means that the worker itself
/// failed.
pub(crate) trait Backend {
    /// What is run here.
    fn description(&self) -> &Description;

    /// How written memory is found, and why so.
    fn tier(&self) -> &TierChoice;

    /// Counts of this worker's life.
    fn counters(&self) -> &Counters;

    /// Takes a preamble, to be evaluated when the first case needs it.
    fn declare(&mut self, preamble: Preamble);

    /// Evaluates ahead what was declared, as far as that helps the cases to come;
    /// a reason to leave where there is one now.
    fn make_ready(&mut self) -> Result<Result<(), RetireRequest>, WorkerError>;

    /// Runs one case and makes ready for the next.
    fn case(&mut self, run: &Run, observer: &mut impl CaseObserver)
    -> Result<CaseEnd, WorkerError>;

    /// There is nothing to do: what follows is no recovery.
    fn rest(&mut self);

    /// Gives all memory back that no layer and no case needs.
    fn give_back(&mut self);

    /// Ends the process, everything being said, with threads of the guest left.
    fn end_among_threads(&mut self) -> !;
}
