//! What parent and worker say to each other: the messages, their encoding, the
//! handshake and the layout of the ledger they share.
//!
//! Nothing here does I/O and nothing is unsafe: bytes come in, typed messages
//! come out, and everything that comes in is treated as hostile.

pub mod case;
pub mod outcome;

pub use case::{CaseFlags, Preamble, PreambleId, Run, Seq, Source, Variant};
pub use outcome::{
    AsyncSignal, CrashSite, ErrorPhase, Finished, MemoryUse, Nanos, Outcome, Phases, Thrown,
    TimeoutOrigin,
};
