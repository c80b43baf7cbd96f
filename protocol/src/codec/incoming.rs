//! What the decoder has to know about a direction: its key, and what may follow what.

use super::answered::Answered;
use super::{FrameFault, WORKER_KEY};
use crate::case::Seq;
use crate::message::{ToParent, ToWorker};
use crate::wire;
use bytes::Bytes;
use prost::Message;

/// A message that can be decoded: [`ToWorker`] or [`ToParent`].
#[expect(
    private_bounds,
    reason = "sealed: there are these two directions and no other"
)]
pub trait Incoming: Direction {}

impl Incoming for ToWorker {}
impl Incoming for ToParent {}

pub(super) trait Direction: Sized {
    /// What is remembered from one frame to the next.
    type Memory: Guard<Self> + Clone + std::fmt::Debug;
}

/// Judges frames of one direction.
pub(super) trait Guard<M> {
    /// Key of the seals.
    fn key(&self) -> u64;
    /// The message in a frame whose seal fits.
    fn admit(&mut self, message: Bytes) -> Result<M, FrameFault>;
}

/// What a worker remembers of its parent's frames.
#[derive(Clone, Debug, Default)]
pub(super) struct OfParent {
    /// Lowest number that the next case may have.
    next: u64,
}

impl Direction for ToWorker {
    type Memory = OfParent;
}

impl Guard<ToWorker> for OfParent {
    fn key(&self) -> u64 {
        WORKER_KEY
    }

    fn admit(&mut self, message: Bytes) -> Result<ToWorker, FrameFault> {
        let message = match wire::ToWorker::decode(message.clone()) {
            Ok(frame) => read(frame)?,
            Err(error) => wire::hello_of_stranger(message).ok_or(error)?,
        };
        if let ToWorker::Run(run) = &message {
            if run.seq.0 < self.next {
                return Err(FrameFault::Repeated {
                    message: "Run",
                    seq: run.seq,
                });
            }
            self.next = run.seq.0.saturating_add(1);
        }
        Ok(message)
    }
}

/// Reads a message; what is wrong with a greeting's field comes with its nonce,
/// so that whoever sent it can be told.
fn read(frame: wire::ToWorker) -> Result<ToWorker, FrameFault> {
    let nonce = match &frame.body {
        Some(wire::WorkerBody::Hello(hello)) => Some(hello.nonce),
        _ => None,
    };
    frame.try_into().map_err(|fault| match (fault, nonce) {
        (fault @ FrameFault::Field { .. }, Some(nonce)) => FrameFault::Greeting {
            nonce,
            fault: Box::new(fault),
        },
        (fault, _) => fault,
    })
}

/// What a parent remembers of its worker's frames.
#[derive(Clone, Debug)]
pub(super) struct OfWorker {
    pub(super) nonce: u64,
    pub(super) answered: Answered,
}

impl Direction for ToParent {
    type Memory = OfWorker;
}

impl Guard<ToParent> for OfWorker {
    fn key(&self) -> u64 {
        self.nonce
    }

    fn admit(&mut self, message: Bytes) -> Result<ToParent, FrameFault> {
        let message = match wire::ToParent::decode(message.clone()) {
            Ok(frame) => {
                self.know(frame.nonce)?;
                frame.try_into()?
            }
            Err(error) => wire::reply_of_stranger(message).ok_or(error)?,
        };
        match &message {
            ToParent::HelloReply(reply) => self.know(reply.nonce)?,
            ToParent::Finished(finished) => self.answer("Finished", finished.seq)?,
            ToParent::Withdrawn { seqs } => {
                for &seq in seqs {
                    self.answer("Withdrawn", seq)?;
                }
            }
            _ => {}
        }
        Ok(message)
    }
}

impl OfWorker {
    fn know(&self, nonce: u64) -> Result<(), FrameFault> {
        if nonce == self.nonce {
            Ok(())
        } else {
            Err(FrameFault::Nonce { found: nonce })
        }
    }

    fn answer(&mut self, message: &'static str, seq: Seq) -> Result<(), FrameFault> {
        if self.answered.insert(seq) {
            Ok(())
        } else {
            Err(FrameFault::Repeated { message, seq })
        }
    }
}
