//! The shared memory that outlives the worker.
//!
//! Answers are written into the pipe in batches, so a worker that dies takes
//! some with it. Therefore each frame is put into the ledger first. When the
//! worker is dead, the parent reads the pipe to its end, and takes from the
//! ledger what is missing: every answer arrives once, at whatever instant the
//! worker died.
//!
//! ```text
//! word    0  magic
//!         1  version
//!         2  nonce of the worker
//!         3  capacity of the ring, in bytes
//!         8  current: seq << 2 | state (0 idle, 1 running, 2 restoring, 3 preparing);
//!            all ones: none yet
//!        16  committed: offset in the stream up to which its bytes are in the ring
//!        24  when the first case began, in ns of the monotonic clock; 0: not yet
//!        25  when the last case of a worker that retires ended; 0: not yet
//!        26  number of the preamble that is built while preparing
//!       512  the ring: byte n of the stream at n % capacity, eight to a word,
//!            lowest first
//!
//! stream:  0 ─────── read from the pipe ────────┬── tail: in the ring alone ──┐
//!                                            R bytes                      committed
//!                    └───────────── in the ring: at most capacity ────────────┘
//! ```
//!
//! The stream is what the worker writes to its output from the first byte on.
//! The worker commits bytes before it writes them, and never commits more than
//! `capacity` bytes beyond what it has written.
//!
//! Everything here works on words that somebody else has mapped, and is safe
//! Rust. The guest lives in the worker's process and may have scribbled over
//! the mapping, so the reader believes nothing: bounds are checked here, and
//! the bytes by the seals of their frames.

mod layout;
mod reader;
mod writer;

pub use layout::{
    CaseState, LEDGER_CAPACITY, LEDGER_HEADER_WORDS, LEDGER_SIZE, LEDGER_VERSION, LEDGER_WORDS,
    LedgerError,
};
pub use reader::LedgerReader;
pub use writer::LedgerWriter;
