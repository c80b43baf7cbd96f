//! The mappings of this process: has code changed them, and what to undo.
//!
//! ```text
//!   before the code   after it                cost
//!   sizes (statm)     sizes equal?  ── yes ─► nothing more          1 read
//!                          │ no
//!   full list         compare ─► unmap what is new,                 2 walks
//!                     protect as before what was protected anew,
//!                     compare again ─► equal, or say where not
//! ```
//!
//! /proc/self/statm has the pages mapped and the pages of writable private
//! memory: whatever is mapped, unmapped, or made read-only changes one of them.
//! What leaves both as they were (a page made executable, one mapping replaced
//! by another of its size) shows in a walk alone.
//!
//! Between [`Mappings::record`] and [`Mappings::put_back`] nothing but the code
//! in question may map memory; so nothing here allocates.

mod entry;
mod list;
mod sweep;

pub use entry::{Quiet, Span};
pub use list::Mappings;
