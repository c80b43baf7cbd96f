//! The worker's side of a ledger.

use super::layout::{
    BUILDING, CAPACITY, COMMITTED, CURRENT, FIRST_BEGAN, LAST_ENDED, LEDGER_HEADER_WORDS,
    LEDGER_MAGIC, LEDGER_VERSION, MAGIC, NONCE, NOTHING_YET, VERSION, WORD,
};
use super::{CaseState, LedgerError};
use crate::case::{PreambleId, Seq};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the ledger. There is one for each ledger, made before the worker
/// writes its first byte.
#[derive(Debug)]
pub struct LedgerWriter<'a> {
    header: &'a [AtomicU64; LEDGER_HEADER_WORDS],
    ring: &'a [AtomicU64],
    /// The same as the ledger's word, which the guest could overwrite.
    committed: u64,
}

impl<'a> LedgerWriter<'a> {
    /// Lays out an empty ledger in `words`; what was in them is forgotten.
    ///
    /// # Errors
    /// [`LedgerError::TooSmall`] if there is no room for a ring. The usual
    /// number is [`LEDGER_WORDS`](super::LEDGER_WORDS).
    pub fn new(words: &'a [AtomicU64], nonce: u64) -> Result<Self, LedgerError> {
        let (header, ring) = match words.split_first_chunk() {
            Some((header, ring)) if !ring.is_empty() => (header, ring),
            _ => return Err(LedgerError::TooSmall { words: words.len() }),
        };
        let writer = Self {
            header,
            ring,
            committed: 0,
        };
        // The magic comes last: whoever sees it sees all of the header.
        writer.header[VERSION].store(LEDGER_VERSION, Ordering::Relaxed);
        writer.header[NONCE].store(nonce, Ordering::Relaxed);
        writer.header[CAPACITY].store(writer.capacity() as u64, Ordering::Relaxed);
        writer.header[CURRENT].store(NOTHING_YET, Ordering::Relaxed);
        writer.header[COMMITTED].store(0, Ordering::Relaxed);
        writer.header[FIRST_BEGAN].store(0, Ordering::Relaxed);
        writer.header[LAST_ENDED].store(0, Ordering::Relaxed);
        writer.header[MAGIC].store(LEDGER_MAGIC, Ordering::Release);
        Ok(writer)
    }

    /// A preamble that the case needs is about to be built.
    pub fn preparing(&self, seq: Seq, preamble: PreambleId) {
        self.header[BUILDING].store(u64::from(preamble.0), Ordering::Relaxed);
        self.note(CaseState::Preparing, seq);
    }

    /// The worker's first case began, at `ns` of the monotonic clock.
    pub fn first_began(&self, ns: u64) {
        self.header[FIRST_BEGAN].store(ns, Ordering::Release);
    }

    /// The last case of a worker that retires has ended, at `ns`.
    pub fn last_ended(&self, ns: u64) {
        self.header[LAST_ENDED].store(ns, Ordering::Release);
    }

    /// The guest is about to run the case.
    pub fn begin(&self, seq: Seq) {
        self.note(CaseState::Running, seq);
    }

    /// The case has ended and the guest is about to be put back.
    pub fn restoring(&self, seq: Seq) {
        self.note(CaseState::Restoring, seq);
    }

    /// The case's answer is committed.
    pub fn idle(&self, seq: Seq) {
        self.note(CaseState::Idle, seq);
    }

    fn note(&self, state: CaseState, seq: Seq) {
        self.header[CURRENT].store(state.pack(seq), Ordering::Release);
    }

    /// Commits the next bytes of the stream. They overwrite the oldest in the
    /// ring: those must have been written to the pipe, see [`LedgerWriter::room`].
    ///
    /// # Errors
    /// [`LedgerError::FrameTooLarge`] if the ring can't hold them; nothing is
    /// committed then.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        let capacity = self.capacity();
        if bytes.len() > capacity {
            return Err(LedgerError::FrameTooLarge {
                length: bytes.len(),
                capacity,
            });
        }
        self.copy_in(bytes);
        self.committed += bytes.len() as u64;
        self.header[COMMITTED].store(self.committed, Ordering::Release);
        Ok(())
    }

    /// Copies `bytes`, at most the ring's capacity, behind what is committed.
    fn copy_in(&self, bytes: &[u8]) {
        let words = self.ring.len() as u64;
        let start = self.committed / WORD as u64 % words;
        // Lossless: an index into a slice, and a number below 8.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "both are below a usize's length"
        )]
        let (start, lead) = (start as usize, (self.committed % WORD as u64) as usize);
        let (head, body) = bytes.split_at(bytes.len().min((WORD - lead) % WORD));
        let (before, from) = self.ring.split_at(start);
        // Around once and to the first word again: that is two parts of the stream then.
        let mut slots = from.iter().chain(before).chain(from);
        if !head.is_empty()
            && let Some(slot) = slots.next()
        {
            overlay(slot, lead, head);
        }
        for (word, slot) in body.chunks(WORD).zip(slots) {
            match word.try_into() {
                Ok(word) => slot.store(u64::from_le_bytes(word), Ordering::Relaxed),
                Err(_) => overlay(slot, 0, word),
            }
        }
    }

    /// The memory that holds the stream, in words.
    #[must_use]
    pub const fn ring(&self) -> &[AtomicU64] {
        self.ring
    }

    /// Bytes committed: the length of the stream so far.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// Bytes that the ring holds.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.len() * WORD
    }

    /// Bytes that may be appended while no more than the first `flushed` bytes
    /// of the stream have been written to the pipe.
    #[must_use]
    pub fn room(&self, flushed: u64) -> usize {
        let waiting = usize::try_from(self.committed.saturating_sub(flushed));
        self.capacity()
            .saturating_sub(waiting.unwrap_or(usize::MAX))
    }
}

/// Replaces the bytes of a word from `at` on; the others stay.
fn overlay(slot: &AtomicU64, at: usize, bytes: &[u8]) {
    let mut word = slot.load(Ordering::Relaxed).to_le_bytes();
    for (old, &new) in word.iter_mut().skip(at).zip(bytes) {
        *old = new;
    }
    slot.store(u64::from_le_bytes(word), Ordering::Relaxed);
}
