//! Guarded regions: guest code runs on a stack of its own, and a native fault,
//! an exit or a deadline in it is an answer, not an end.
//!
//! ```text
//!   host stack              guest stack               alternate stack
//!   Guard::run ──switch──►  body … fault ──kernel──►  handler
//!       ▲                                               │ writes a fixed record,
//!       │                                               │ points the registers at
//!       └──────────── landing pad ◄──kernel── return ───┘ the landing pad, returns
//! ```
//!
//! The handler *returns*; it never jumps. The kernel then restores the signal
//! mask and leaves the alternate stack by itself, so that the next fault is
//! handled like the first, and no Rust frame is jumped over but those of the
//! guest's stack, which is thrown away whole: bodies own nothing that must be dropped.
//!
//! What a fault tore in memory is not this crate's business: a restore follows.

mod exits;
mod guard;
mod handler;
mod record;
mod stack;

pub use exits::{depart_by_exit, real_exit};
pub use guard::{Guard, GuardError, GuardOptions};
pub use handler::{WriteHook, set_write_hook};
pub use record::{Departure, Fault};
pub use rewind_sys::signal::exit_now;
pub use stack::GUARD_BYTES;
