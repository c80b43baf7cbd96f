//! Answers on their way to the parent: committed to the ledger at once,
//! written to the pipe together.
//!
//! A system call and a wake-up for each answer would cost more than a test.
//! What is gathered here survives the worker's death in the ledger.

use crate::WorkerError;
use crate::injected::FrameFaults;
use crate::output::Output;
use rewind_protocol::{
    Finished, LedgerWriter, PreambleId, Seq, ToParent, encode_finished, encode_to_parent,
};
use rewind_sys::shared;
use rewind_sys::timer::monotonic_ns;
use std::fs::File;
use std::os::fd::BorrowedFd;

/// Gathered bytes that are written at once.
const FLUSH_BYTES: usize = 64 << 10;
/// Oldest answer that may wait for others.
const FLUSH_AFTER_NS: u64 = 4_000_000;

pub(crate) struct Outbox {
    output: Output,
    nonce: u64,
    ledger: Option<LedgerWriter<'static>>,
    /// Bytes of the stream that were written.
    flushed: u64,
    /// Monotonic ns of the last flush.
    flushed_at: u64,
    frame: Vec<u8>,
    faults: FrameFaults,
    /// A case has begun.
    began: bool,
    /// Monotonic ns at which the last case was answered.
    answered_at: u64,
}

impl Outbox {
    pub(crate) fn new(
        pipe: File,
        nonce: u64,
        ledger: Option<LedgerWriter<'static>>,
        faults: FrameFaults,
    ) -> Result<Self, WorkerError> {
        Ok(Self {
            output: Output::new(pipe)?,
            nonce,
            ledger,
            flushed: 0,
            flushed_at: monotonic_ns(),
            frame: Vec::new(),
            faults,
            began: false,
            answered_at: 0,
        })
    }

    /// Makes the whole ledger resident, so that the rest of it doesn't look
    /// like growth later.
    pub(crate) fn touch_ledger(&self) {
        if let Some(ledger) = &self.ledger {
            shared::make_resident(ledger.ring());
        }
    }

    /// A preamble that the case needs is about to be built.
    pub(crate) fn preparing(&self, seq: Seq, preamble: PreambleId) {
        if let Some(ledger) = &self.ledger {
            ledger.preparing(seq, preamble);
        }
    }

    /// The case is about to run.
    pub(crate) fn begin(&mut self, seq: Seq) -> Result<(), WorkerError> {
        match &self.ledger {
            Some(ledger) => {
                ledger.begin(seq);
                if !self.began {
                    self.began = true;
                    ledger.first_began(monotonic_ns());
                }
            }
            None => {
                self.send(&ToParent::Started { seq })?;
                self.flush()?;
            }
        }
        Ok(())
    }

    /// The case has ended; the guest is being put back.
    pub(crate) fn restoring(&self, seq: Seq) {
        if let Some(ledger) = &self.ledger {
            ledger.restoring(seq);
        }
    }

    /// No other case will begin: the parent learns when the last one ended.
    pub(crate) fn last_has_ended(&self) {
        if let Some(ledger) = &self.ledger {
            ledger.last_ended(self.answered_at);
        }
    }

    /// Commits a case's answer, and writes what has gathered if it is time to.
    pub(crate) fn answer(&mut self, finished: &Finished) -> Result<(), WorkerError> {
        self.frame.clear();
        encode_finished(finished, self.nonce, &mut self.frame)?;
        self.commit_answer(finished.seq)
    }

    /// Commits the answer that a forked child encoded.
    pub(crate) fn answer_encoded(&mut self, seq: Seq, frame: Vec<u8>) -> Result<(), WorkerError> {
        self.frame = frame;
        self.commit_answer(seq)
    }

    fn commit_answer(&mut self, seq: Seq) -> Result<(), WorkerError> {
        self.commit()?;
        if let Some(ledger) = &self.ledger {
            ledger.idle(seq);
        }
        self.answered_at = monotonic_ns();
        let waited = self.answered_at.saturating_sub(self.flushed_at);
        if self.output.len() >= FLUSH_BYTES || waited >= FLUSH_AFTER_NS {
            self.flush()?;
        }
        Ok(())
    }

    /// Monotonic ns at which the last case was answered; 0 before.
    pub(crate) const fn answered_at(&self) -> u64 {
        self.answered_at
    }

    /// Number that every frame of this worker carries.
    pub(crate) const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Commits any other message; it goes out with the next flush.
    pub(crate) fn send(&mut self, message: &ToParent) -> Result<(), WorkerError> {
        self.frame.clear();
        encode_to_parent(message, self.nonce, &mut self.frame)?;
        self.commit()
    }

    fn commit(&mut self) -> Result<(), WorkerError> {
        if self
            .ledger
            .as_ref()
            .is_some_and(|ledger| ledger.room(self.flushed) < self.frame.len())
        {
            // The ring holds no more than the parent may have to take from it.
            self.finish()?;
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.append(&self.frame)?;
        }
        self.output.buffer().extend_from_slice(&self.frame);
        Ok(())
    }

    /// Writes what is gathered to the parent, as far as it takes it.
    pub(crate) fn flush(&mut self) -> Result<(), WorkerError> {
        if self.faults.is_on() {
            return self.finish();
        }
        let before = self.output.len();
        self.output.offer()?;
        self.note_flush(before);
        Ok(())
    }

    /// Writes everything gathered, however long the parent takes.
    pub(crate) fn finish(&mut self) -> Result<(), WorkerError> {
        let before = self.output.len();
        if before > 0 {
            self.faults.spoil(self.output.buffer());
        }
        self.output.finish()?;
        self.note_flush(before);
        Ok(())
    }

    /// Writes until there is something to read from `input`.
    pub(crate) fn write_until(&mut self, input: BorrowedFd<'_>) -> Result<(), WorkerError> {
        let before = self.output.len();
        self.output.write_until(input)?;
        self.note_flush(before);
        Ok(())
    }

    /// Of `before` bytes that waited some were written.
    fn note_flush(&mut self, before: usize) {
        self.flushed += before.saturating_sub(self.output.len()) as u64;
        if self.frame.capacity() > FLUSH_BYTES {
            self.frame = Vec::new();
        }
        self.flushed_at = monotonic_ns();
    }
}
