//! The worker: one long-lived process that keeps one guest and runs case after
//! case in it, putting it back to a checkpoint after each.
//!
//! ```text
//!   greeting ──► booting ──► serving ──► retiring ──► end
//!      │            │           │ ▲
//!      └─ refused ◄─┘           ▼ │  for each case:
//!                             running ─► captured ─► restoring ─► answered
//! ```
//!
//! It is single-threaded and synchronous. What it must never do: answer a case
//! twice, go on after a restore that isn't proven, or let the guest's output
//! into the stream of answers.

mod args;
mod backend;
mod boot;
mod build;
mod captured;
mod error;
mod guests;
mod injected;
mod limits;
mod line;
mod native;
mod output;
mod parent;
mod pipes;
mod process_state;
mod runtime;
mod saved_stderr;
mod session;
mod start;
mod timeline;

pub use args::{HELP, SandboxArgs, WorkerArgs};
pub use build::name as build_name;
pub use error::WorkerError;
pub use guests::{GuestEntry, GuestStatics, Guests};
pub use injected::{INJECTS_FAULTS, Injected};
pub use limits::CaseLimits;
pub use line::LineArgs;
pub use start::serve;
