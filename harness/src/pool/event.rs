//! What happens in a pool, in one order for everybody who listens.

use super::Reply;
use crate::event::{Death, WorkerId};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use rewind_protocol::{HelloReply, Retiring};
use std::time::Duration;

/// Something that happened in a pool.
#[derive(Clone, Debug)]
pub enum PoolEvent {
    /// A request is settled.
    Replied(Reply),
    /// A worker replied to the greeting.
    WorkerReady {
        /// Its place, and how many had it before.
        worker: WorkerId,
        /// What it said about itself and its guest.
        reply: Box<HelloReply>,
    },
    /// A worker retired, or was replaced, and is gone.
    WorkerRetired {
        /// Its place, and how many had it before.
        worker: WorkerId,
        /// Its last words.
        retiring: Retiring,
    },
    /// A worker is gone without having said so. The request that it died of was
    /// answered before this, unless that is still to be confirmed.
    WorkerDied {
        /// Its place, and how many had it before.
        worker: WorkerId,
        /// How.
        death: Death,
        /// The end of what it wrote to its standard error.
        stderr_tail: String,
    },
    /// A worker, or its slot, has something to say to people.
    Diagnostic {
        /// Who.
        worker: WorkerId,
        /// Plain text, of several lines maybe.
        text: String,
    },
}

/// The events of a pool since [`Pool::events`](super::Pool::events) was called. As
/// an iterator it waits for the next one, and ends when the pool has.
#[derive(Debug)]
pub struct Events(pub(super) Receiver<PoolEvent>);

impl Events {
    /// The next event, if it comes within `timeout`. `Ok(None)` if none did.
    ///
    /// # Errors
    /// [`PoolError::Ended`](super::PoolError::Ended) if none will come any more.
    pub fn next_within(&self, timeout: Duration) -> Result<Option<PoolEvent>, super::PoolError> {
        match self.0.recv_timeout(timeout) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(super::PoolError::Ended {
                why: "all of its events were told".into(),
            }),
        }
    }

    /// The replies alone.
    pub fn replies(self) -> impl Iterator<Item = Reply> {
        self.filter_map(|event| match event {
            PoolEvent::Replied(reply) => Some(reply),
            _ => None,
        })
    }
}

impl Iterator for Events {
    type Item = PoolEvent;

    fn next(&mut self) -> Option<PoolEvent> {
        self.0.recv().ok()
    }
}
