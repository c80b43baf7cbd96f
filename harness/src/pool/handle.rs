//! The pool as its owner has it.

use super::requests::Requests;
use super::{Events, PoolError, Request, Ticket};
use crate::error::HarnessError;
use crate::source::Preambles;
use crate::stop::StopFlag;
use crate::ticket::Command;
use crate::totals::RunTotals;
use crossbeam_channel::{Sender, unbounded};
use rewind_protocol::{PreambleId, Source};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Workers that run what they are asked for, at any time, from any thread.
///
/// Requests begin in the order in which they are submitted, and are settled in
/// whichever they end; each has exactly one [`Reply`](super::Reply). Submitting
/// never waits: who submits faster than workers run bounds that by
/// [`pending`](Self::pending). Workers start with the first request.
///
/// Dropping a pool kills its workers, answers what was not settled as cancelled,
/// and waits for its threads; [`shutdown`](Self::shutdown) lets what has begun end.
///
/// ```no_run
/// use rewind_harness::{Pool, Request, Variant};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::builder().workers(2).build()?;
/// let ticket = pool.submit(Request::new("sum.js", Variant::named(&"raw"), "1 + 1"))?;
/// let reply = ticket.wait();
/// println!("{}: {:?}", reply.name, reply.outcome());
/// pool.shutdown()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Pool {
    pub(super) requests: Arc<Requests>,
    pub(super) preambles: Arc<Preambles>,
    pub(super) commands: Sender<Command>,
    pub(super) stop: StopFlag,
    /// `None` once it was joined.
    pub(super) thread: Option<JoinHandle<Result<RunTotals, HarnessError>>>,
}

impl Pool {
    /// Has sources evaluated, in this order, before each request that names the
    /// result; on top of another preamble, or of [`PreambleId::ENGINE`]. A worker
    /// evaluates them once, and keeps the state after them as a checkpoint.
    ///
    /// The sources are kept as long as the pool: use the result again rather than
    /// the same sources. Ones that throw, or are too large, are told by the replies of
    /// the requests on them.
    ///
    /// ```no_run
    /// use rewind_harness::{Pool, PreambleId, Request, Source, Variant};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = Pool::builder().build()?;
    /// let tools = Source { name: "tools.js".into(), text: "function twice(x) { return 2 * x }".into() };
    /// let tools = pool.preamble(PreambleId::ENGINE, [tools])?;
    /// let request = Request::new("a.js", Variant::named(&"raw"), "twice(21)");
    /// let reply = pool.submit(request.preamble(tools))?.wait();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PoolError::UnknownPreamble`] if `below` is none of this pool's,
    /// [`PoolError::TooMany`].
    pub fn preamble(
        &self,
        below: PreambleId,
        sources: impl IntoIterator<Item = Source>,
    ) -> Result<PreambleId, PoolError> {
        self.check_preamble(below)?;
        let below = Some(below).filter(|&below| below != PreambleId::ENGINE);
        let index = self.preambles.add(below, sources.into_iter().collect());
        let index = u32::try_from(index).ok().filter(|&it| it != u32::MAX);
        index.map(PreambleId).ok_or(PoolError::TooMany)
    }

    fn check_preamble(&self, preamble: PreambleId) -> Result<(), PoolError> {
        let is_known = preamble == PreambleId::ENGINE || self.preambles.get(preamble.0).is_ok();
        is_known
            .then_some(())
            .ok_or(PoolError::UnknownPreamble(preamble.0))
    }

    /// Has a request run as soon as a worker is free for it.
    ///
    /// # Errors
    /// [`PoolError::Ended`] if no worker can be kept alive,
    /// [`PoolError::UnknownPreamble`], [`PoolError::TooMany`].
    pub fn submit(&self, request: Request) -> Result<Ticket, PoolError> {
        self.check_preamble(request.preamble)?;
        let (case, request, reply) = self.requests.enter(request, |case| {
            // If nobody is there to run it, it is about to be answered as not run.
            let _ = self.commands.send(Command::Run(case));
        })?;
        Ok(Ticket {
            case,
            request,
            reply,
            commands: self.commands.clone(),
        })
    }

    /// Everything that happens from now on. What nobody takes out is kept: drop it
    /// when it is of no more interest.
    #[must_use]
    pub fn events(&self) -> Events {
        let (sender, events) = unbounded();
        self.requests.listen(sender);
        Events(events)
    }

    /// Requests that are not settled.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.requests.pending()
    }

    /// Asks that nothing runs that has not begun. Doesn't wait.
    pub fn cancel_all(&self) {
        // Whoever doesn't take it has ended, and cancelled everything.
        let _ = self.commands.send(Command::WithdrawAll);
    }

    /// Waits until everything is settled that was submitted, also by others meanwhile.
    /// The pool goes on.
    pub fn drain(&self) {
        self.requests.wait_for_all();
    }

    /// Cancels what has not begun, waits for the rest, and ends the workers.
    ///
    /// # Errors
    /// [`HarnessError`] if the pool has come to its end before, or could not begin.
    ///
    /// # Panics
    /// If a thread of the pool has.
    pub fn shutdown(mut self) -> Result<RunTotals, HarnessError> {
        self.requests.refuse("it was shut down");
        self.cancel_all();
        match self.close() {
            Some(Ok(ran)) => ran,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(RunTotals::default()),
        }
    }

    /// Has the thread end when all is settled, and waits for it.
    fn close(&mut self) -> Option<std::thread::Result<Result<RunTotals, HarnessError>>> {
        let _ = self.commands.send(Command::Close);
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.thread.is_none() {
            return;
        }
        self.requests.refuse("it was dropped");
        // Once would be to let what has begun end.
        self.stop.request();
        self.stop.request();
        self.close();
    }
}
