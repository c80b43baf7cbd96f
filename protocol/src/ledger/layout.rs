//! Where things lie in a ledger, and what can be wrong with one.

use crate::case::Seq;

/// Words before the ring: one page.
pub const LEDGER_HEADER_WORDS: usize = 512;
/// Bytes in the ring of a ledger of the usual size.
pub const LEDGER_CAPACITY: usize = 4 << 20;
/// Words of a ledger of the usual size.
pub const LEDGER_WORDS: usize = LEDGER_HEADER_WORDS + LEDGER_CAPACITY / WORD;
/// Bytes of a ledger of the usual size: what is to be mapped.
pub const LEDGER_SIZE: usize = LEDGER_WORDS * WORD;
/// Version of the layout.
pub const LEDGER_VERSION: u64 = 1;

/// Bytes in a word.
pub(super) const WORD: usize = 8;
/// `RWLEDGER`, lowest byte first.
pub(super) const LEDGER_MAGIC: u64 = u64::from_le_bytes(*b"RWLEDGER");

// Indices of the header's words. The two that change have a cache line each.
pub(super) const MAGIC: usize = 0;
pub(super) const VERSION: usize = 1;
pub(super) const NONCE: usize = 2;
pub(super) const CAPACITY: usize = 3;
pub(super) const CURRENT: usize = 8;
pub(super) const COMMITTED: usize = 16;
// Two times, each written once in a worker's life; 0 until then.
pub(super) const FIRST_BEGAN: usize = 24;
pub(super) const LAST_ENDED: usize = 25;
/// Number of the preamble that is being built, or was last.
pub(super) const BUILDING: usize = 26;

/// What `current` holds until a case begins.
pub(super) const NOTHING_YET: u64 = u64::MAX;

/// What the worker is doing with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseState {
    /// It is done with it, and has begun no other.
    Idle,
    /// The guest runs it.
    Running,
    /// It is putting the guest back.
    Restoring,
    /// It builds what the case runs on: the case itself hasn't begun.
    Preparing,
}

impl CaseState {
    /// The word that says that `seq` is in this state.
    pub(super) const fn pack(self, seq: Seq) -> u64 {
        let state = match self {
            Self::Idle => 0,
            Self::Running => 1,
            Self::Restoring => 2,
            Self::Preparing => 3,
        };
        seq.0 << 2 | state
    }

    /// What such a word says.
    pub(super) const fn unpack(word: u64) -> (Seq, Self) {
        let state = match word & 3 {
            0 => Self::Idle,
            1 => Self::Running,
            2 => Self::Restoring,
            _ => Self::Preparing,
        };
        (Seq(word >> 2), state)
    }
}

/// Why a ledger can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The mapping has no room for a ring.
    #[error("lay out the ledger: it has {words} words and needs more than {LEDGER_HEADER_WORDS}")]
    TooSmall {
        /// Words that it has.
        words: usize,
    },
    /// A frame is larger than the ring.
    #[error("put a frame of {length} bytes into the ledger: its ring holds {capacity}")]
    FrameTooLarge {
        /// Bytes of the frame.
        length: usize,
        /// Bytes of the ring.
        capacity: usize,
    },
    /// A word of the header isn't what the worker wrote: something has scribbled over it.
    #[error(
        "read the ledger: its {field} is {found:#x} instead of {expected:#x}; it was overwritten"
    )]
    Header {
        /// Which word.
        field: &'static str,
        /// What it holds.
        found: u64,
        /// What it should hold.
        expected: u64,
    },
    /// What is committed doesn't fit what was read from the pipe.
    #[error(
        "complete the stream from the ledger: {received} bytes came through the pipe, \
         {committed} are committed and the ring holds {capacity}; it was overwritten"
    )]
    Bounds {
        /// Bytes that came through the pipe.
        received: u64,
        /// What the ledger says is committed.
        committed: u64,
        /// Bytes of the ring.
        capacity: u64,
    },
}
