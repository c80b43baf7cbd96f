//! The caller's hold on a request.

use super::requests::Submitted;
use super::{Reply, RequestId, Settled};
use crate::ticket::Command;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rewind_plan::CaseId;
use std::sync::Arc;
use std::time::Duration;

/// A request that was submitted. Dropping it changes nothing: the request is run,
/// and its reply is told by [`Events`](super::Events) alone.
#[derive(Debug)]
pub struct Ticket {
    pub(super) case: CaseId,
    pub(super) request: Arc<Submitted>,
    pub(super) reply: Receiver<Reply>,
    pub(super) commands: Sender<Command>,
}

impl Ticket {
    /// The number by which the reply calls the request.
    #[must_use]
    pub fn id(&self) -> RequestId {
        self.request.id
    }

    /// Asks that the request is not run. Doesn't wait: what becomes of it is its
    /// reply, [`Settled::Cancelled`] if it had not begun.
    pub fn cancel(&self) {
        if !self.request.settled.is_set() {
            let settled = self.request.settled.clone();
            // A pool that takes no commands any more cancels everything itself.
            let _ = self.commands.send(Command::Withdraw(self.case, settled));
        }
    }

    /// Waits for the reply.
    #[must_use]
    pub fn wait(self) -> Reply {
        let reply = self.reply.recv();
        reply.unwrap_or_else(|_| self.no_reply())
    }

    /// The reply, if it comes within `timeout`; once only.
    pub fn wait_for(&self, timeout: Duration) -> Option<Reply> {
        match self.reply.recv_timeout(timeout) {
            Ok(reply) => Some(reply),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(self.no_reply()),
        }
    }

    /// The reply, if it is there; once only.
    pub fn try_take(&self) -> Option<Reply> {
        match self.reply.try_recv() {
            Ok(reply) => Some(reply),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(self.no_reply()),
        }
    }

    /// Nobody is there to reply any more: it was taken already, or the pool's
    /// thread panicked.
    fn no_reply(&self) -> Reply {
        let why = "its reply was taken, or the pool's thread has panicked";
        self.request.reply_of(Settled::NotRun(why.into()))
    }
}
