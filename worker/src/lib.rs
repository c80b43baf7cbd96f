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
mod build;
mod captured;
mod chamber;
mod channel;
mod distress;
mod error;
mod kernel;
mod layers;
mod leak;
mod limits;
mod line;
mod mangle;
mod outbox;
mod output;
mod session;
mod start;
mod timeline;
mod zygote;

pub use args::{HELP, SandboxArgs, WorkerArgs};
pub use build::name as build_name;
pub use chamber::GuestStatics;
pub use error::WorkerError;
pub use leak::PageLeak;
pub use limits::CaseLimits;
pub use line::LineArgs;
pub use start::serve;
