//! The parent's side of a ledger.

use super::layout::{
    BUILDING, CAPACITY, COMMITTED, CURRENT, FIRST_BEGAN, LAST_ENDED, LEDGER_HEADER_WORDS,
    LEDGER_MAGIC, LEDGER_VERSION, MAGIC, NONCE, NOTHING_YET, VERSION, WORD,
};
use super::{CaseState, LedgerError};
use crate::case::{PreambleId, Seq};
use std::sync::atomic::{AtomicU64, Ordering};

/// Reads the ledger of one worker, while it lives or after.
///
/// It can be made before the worker has laid the ledger out; until then there
/// is nothing in it.
#[derive(Clone, Copy, Debug)]
pub struct LedgerReader<'a> {
    header: &'a [AtomicU64; LEDGER_HEADER_WORDS],
    ring: &'a [AtomicU64],
    nonce: u64,
}

impl<'a> LedgerReader<'a> {
    /// A reader of `words`, which were all zero when the worker was started.
    ///
    /// # Errors
    /// [`LedgerError::TooSmall`] if there is no room for a ring.
    pub fn new(words: &'a [AtomicU64], nonce: u64) -> Result<Self, LedgerError> {
        match words.split_first_chunk() {
            Some((header, ring)) if !ring.is_empty() => Ok(Self {
                header,
                ring,
                nonce,
            }),
            _ => Err(LedgerError::TooSmall { words: words.len() }),
        }
    }

    /// The case that was begun last, and how far it is. `None` if none was, or
    /// if the ledger was overwritten.
    #[must_use]
    pub fn current(&self) -> Option<(Seq, CaseState)> {
        if !self.laid_out().ok()? {
            return None;
        }
        match self.header[CURRENT].load(Ordering::Acquire) {
            NOTHING_YET => None,
            word => Some(CaseState::unpack(word)),
        }
    }

    /// Something has written over the words by which the ledger is known.
    #[must_use]
    pub fn is_overwritten(&self) -> bool {
        self.laid_out().is_err()
    }

    /// When the worker's first case began, in ns of the monotonic clock; `None`
    /// if it hasn't, or the worker doesn't say.
    #[must_use]
    pub fn first_began(&self) -> Option<u64> {
        self.time(FIRST_BEGAN)
    }

    /// When the last case of a worker that retires ended, as above.
    #[must_use]
    pub fn last_ended(&self) -> Option<u64> {
        self.time(LAST_ENDED)
    }

    /// The preamble that the worker is building, where it is
    /// [`CaseState::Preparing`] a case.
    #[must_use]
    pub fn building(&self) -> Option<PreambleId> {
        let (_, CaseState::Preparing) = self.current()? else {
            return None;
        };
        let word = self.header[BUILDING].load(Ordering::Relaxed);
        u32::try_from(word).ok().map(PreambleId)
    }

    fn time(&self, index: usize) -> Option<u64> {
        if !self.laid_out().ok()? {
            return None;
        }
        let word = self.header.get(index)?;
        Some(word.load(Ordering::Acquire)).filter(|&ns| ns > 0)
    }

    /// Length of the stream that the worker has committed, as far as the ledger
    /// can be believed.
    #[must_use]
    pub fn committed(&self) -> u64 {
        match self.laid_out() {
            Ok(true) => self.header[COMMITTED].load(Ordering::Acquire),
            _ => 0,
        }
    }

    /// The bytes of the stream from offset `from` (what came through the pipe)
    /// to what is committed. To be asked when the worker is dead and its pipe
    /// was read to the end.
    ///
    /// # Errors
    /// [`LedgerError::Header`] or [`LedgerError::Bounds`] if something has
    /// overwritten the ledger; whatever is in the ring is then not to be had.
    pub fn tail(&self, from: u64) -> Result<Vec<u8>, LedgerError> {
        if !self.laid_out()? {
            return Ok(Vec::new());
        }
        let committed = self.header[COMMITTED].load(Ordering::Acquire);
        let capacity = (self.ring.len() * WORD) as u64;
        let bounds = LedgerError::Bounds {
            received: from,
            committed,
            capacity,
        };
        let missing = committed
            .checked_sub(from)
            .filter(|&missing| missing <= capacity);
        let missing = usize::try_from(missing.ok_or(bounds)?).or(Err(bounds))?;
        Ok(self.copy_out(from, missing))
    }

    /// Whether the worker has laid the ledger out.
    fn laid_out(&self) -> Result<bool, LedgerError> {
        if self.header[MAGIC].load(Ordering::Acquire) == 0 {
            return Ok(false);
        }
        let capacity = (self.ring.len() * WORD) as u64;
        for (field, index, expected) in [
            ("magic", MAGIC, LEDGER_MAGIC),
            ("version", VERSION, LEDGER_VERSION),
            ("nonce", NONCE, self.nonce),
            ("capacity", CAPACITY, capacity),
        ] {
            let found = self.header[index].load(Ordering::Relaxed);
            if found != expected {
                return Err(LedgerError::Header {
                    field,
                    found,
                    expected,
                });
            }
        }
        Ok(true)
    }

    /// Copies `length` bytes, at most the ring's capacity, from offset `from` on.
    fn copy_out(&self, from: u64, length: usize) -> Vec<u8> {
        let start = from / WORD as u64 % self.ring.len() as u64;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "an index of a slice, and below 8"
        )]
        let (start, lead) = (start as usize, (from % WORD as u64) as usize);
        let words = (lead + length).div_ceil(WORD);
        let mut bytes = Vec::with_capacity(words * WORD);
        let (before, from) = self.ring.split_at(start);
        // Around once and to the first word again: that is two parts of the stream then.
        for slot in from.iter().chain(before).chain(from).take(words) {
            bytes.extend_from_slice(&slot.load(Ordering::Relaxed).to_le_bytes());
        }
        bytes.drain(..lead);
        bytes.truncate(length);
        bytes
    }
}
