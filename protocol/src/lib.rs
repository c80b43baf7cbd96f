//! What parent and worker say to each other: the messages, their encoding, the
//! handshake and the layout of the ledger they share.
//!
//! Nothing here does I/O and nothing is unsafe: bytes come in, typed messages
//! come out, and everything that comes in is treated as hostile.

pub mod case;
pub mod codec;
mod folder;
pub mod handshake;
mod last_words;
pub mod ledger;
pub mod line;
pub mod message;
mod name;
mod notice;
pub mod outcome;
pub mod path_text;
mod varint;
mod wire;

pub use case::{Preamble, PreambleId, Run, Seq, Source};
pub use codec::{
    CodecError, Decoder, FrameFault, MAX_FRAME, encode_finished, encode_run, encode_to_parent,
    encode_to_worker,
};
pub use folder::{
    FolderMarker, FolderName, FolderToken, GroupName, MARKER_BYTES, MARKER_FILE, TEMPORARY_FOLDER,
    WORK_FOLDER,
};
pub use handshake::{HandshakeError, Version, negotiate};
pub use last_words::LastWords;
pub use ledger::{CaseState, LEDGER_SIZE, LEDGER_WORDS, LedgerError, LedgerReader, LedgerWriter};
pub use message::{
    Counters, Hello, HelloReply, Isolation, RetireReason, Retiring, ToParent, ToWorker, Tracking,
    Verify, Withdraw,
};
pub use name::{Attributes, ErrorPhase, MAX_ATTRIBUTES, MAX_NAME, NameError, Variant};
pub use notice::{MAX_NOTICES, Notice, PrintedNotice};
pub use outcome::{
    CrashSite, Finished, MemoryUse, Nanos, Outcome, Phases, Place, Thrown, TimeoutOrigin,
};
