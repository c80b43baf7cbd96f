//! What an engine must offer to be run by Rewind, and what the host offers to it.
//!
//! A guest lives in guest memory; what it reports goes into host memory, which
//! no restore touches. The [`Host`] is the only door between them.

mod guest;
mod host;
mod sink;

pub use guest::{BootError, CaseInput, Description, Evaluation, Guest, GuestOptions, Reach};
pub use host::{CallHooks, Host, OUTPUT_LIMIT, Phase, ThreadHooks};
pub use sink::Sink;

/// The words that guest and protocol share, so that a guest needs this crate alone.
pub use rewind_protocol::{
    Attributes, ErrorPhase, MAX_NOTICES, Nanos, Phases, PrintedNotice, Source, Variant,
};
