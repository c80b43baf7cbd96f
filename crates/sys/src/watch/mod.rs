//! Which system calls did code make? Seen by the kernel's syscall user
//! dispatch (Linux 5.11), which turns a call into a SIGSYS before it is made.
//!
//! ```text
//!   open ─► guest code ── call ──kernel──► SIGSYS handler: note its effect
//!     ▲          ▲                            │
//!     │          └── ret ◄── stub makes it ◄──┘    the few calls that the watch
//!   close                                          can't outlive end it: the case
//!                                                  counts as having touched all
//! ```
//!
//! Code that made no call can't have changed anything that the kernel keeps of
//! the process; code that made few has changed only what these can change. So
//! this is a proof, and no sample, that the rest needn't be compared. It holds
//! for calls by the C library as well as for a bare `syscall` instruction.
//!
//! What it doesn't prove: code that overwrites the switch itself, or that jumps
//! to the stub, gets past it. Neither happens by accident but by a wild write
//! or jump to just that place; callers go on comparing everything by sample.
//!
//! The switch is one byte that belongs to the thread that called
//! [`install`]: the kernel watches no other, and a thread can't be made
//! without a call that is seen.

mod call;
mod effects;
mod switch;

pub use call::{behind_stub, on_call};
pub use effects::Touched;
pub(crate) use switch::restorer;
pub use switch::{
    also_touched, close, forget, install, is_watched_call, open, pause, pause_for, resume,
    resume_as, seen, touched, unwatched,
};
