//! From bytes, in whatever pieces they come, to messages.

use super::answered::Answered;
use super::incoming::{Guard, Incoming, OfParent, OfWorker};
use super::input::Input;
use super::{CodecError, FrameFault, SEAL_BYTES, SEAL_KEY, seal};
use crate::message::{ToParent, ToWorker};
use bytes::Bytes;

/// Decodes one stream. Feed it, then take messages until there is none.
///
/// The time it takes is linear in what it is fed. It holds on to the chunks
/// that were fed and not yet taken, and to the part of at most one frame. A
/// message's byte strings are slices of the chunk they came in, and keep it
/// alive. Messages are checked as far as one of them, or the order of cases,
/// can tell; whether a message may come now is the session's to judge.
#[derive(Clone, Debug)]
pub struct Decoder<M: Incoming> {
    memory: M::Memory,
    input: Input,
    received: u64,
    consumed: u64,
    /// The first error. There is no way to find back into a stream.
    failed: Option<CodecError>,
}

impl Decoder<ToWorker> {
    /// For the worker: decodes what the parent says. A [`Run`](crate::Run) must
    /// have a higher number than the one before.
    #[must_use]
    pub fn for_worker() -> Self {
        Self::new(OfParent::default())
    }
}

impl Decoder<ToParent> {
    /// For the parent: decodes what the worker with this nonce says. Frames of
    /// anyone else are errors, and so is a second answer to a case.
    #[must_use]
    pub fn for_parent(nonce: u64) -> Self {
        Self::new(OfWorker {
            nonce,
            answered: Answered::default(),
        })
    }
}

impl<M: Incoming> Decoder<M> {
    fn new(memory: M::Memory) -> Self {
        Self {
            memory,
            input: Input::default(),
            received: 0,
            consumed: 0,
            failed: None,
        }
    }

    /// Takes the next bytes of the stream. Those of one `read` at a time are
    /// best: few enough to be freed soon, enough to hold many frames.
    pub fn feed(&mut self, chunk: impl Into<Bytes>) {
        let chunk = chunk.into();
        self.received = self.received.saturating_add(chunk.len() as u64);
        if self.failed.is_none() {
            self.input.push(chunk);
        }
    }

    /// As [`Decoder::feed`], for bytes that belong to somebody else: they are copied.
    pub fn feed_slice(&mut self, chunk: &[u8]) {
        self.feed(Bytes::copy_from_slice(chunk));
    }

    /// The next message; `None` if more bytes are needed.
    ///
    /// # Errors
    /// [`CodecError::Frame`] if a frame is not what it should be; from then on
    /// always the same.
    #[expect(
        clippy::should_implement_trait,
        reason = "None is no end: more may be fed"
    )]
    pub fn next(&mut self) -> Result<Option<M>, CodecError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.try_next().map_err(|fault| {
            self.fail(CodecError::Frame {
                at: self.consumed,
                fault,
            })
        })
    }

    fn try_next(&mut self) -> Result<Option<M>, FrameFault> {
        let Some((message, length)) = self.input.next_frame()? else {
            return Ok(None);
        };
        check_seal(self.memory.key(), &message)?;
        let message = self.memory.admit(message)?;
        self.consumed += length as u64;
        Ok(Some(message))
    }

    fn fail(&mut self, error: CodecError) -> CodecError {
        self.input.clear();
        self.failed = Some(error.clone());
        error
    }

    /// Forgets everything behind the last message taken, as if it had never been fed.
    pub(super) fn rewind(&mut self) {
        self.input.clear();
        self.received = self.consumed;
        self.failed = None;
    }

    /// To be asked when the stream has ended and every message was taken.
    ///
    /// # Errors
    /// [`CodecError::Cut`] if it ended inside a frame, or the error it failed with before.
    pub fn finish(&mut self) -> Result<(), CodecError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None if self.received == self.consumed => Ok(()),
            None => {
                let have = self.received - self.consumed;
                Err(self.fail(CodecError::Cut {
                    at: self.consumed,
                    have,
                }))
            }
        }
    }

    /// Bytes of the stream that the messages taken so far took up.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Bytes that were fed.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }
}

/// Holds a message against the seal at its end.
fn check_seal(key: u64, message: &[u8]) -> Result<(), FrameFault> {
    let Some((body, [SEAL_KEY, found @ ..])) = message.split_last_chunk::<SEAL_BYTES>() else {
        return Err(FrameFault::Unsealed);
    };
    if u64::from_le_bytes(*found) == seal(key, body) {
        Ok(())
    } else {
        Err(FrameFault::Seal)
    }
}
