//! QuickJS-NG as a guest: the engine driven through its raw C API.
//!
//! ```text
//!   host memory                      guest memory (put back after every case)
//!   QuickJs ── context pointer ────▶ runtime ─ opaque ─▶ Session ─▶ Hub ─▶ agents
//!   Host (sinks)  ◀── pointer ────── Session
//! ```
//!
//! Everything below [`QuickJs`] runs in guest mode, where a fault or a deadline
//! may cut the call off at any instruction. So nothing here allocates through
//! Rust, nothing owns anything that must be dropped, and nothing panics:
//! scratch memory is C's (`memory`), values are freed by hand (`value`), and what
//! is left over on an error path is taken back by the restore.
#![expect(unsafe_code, reason = "the engine is a C library")]

mod agent;
mod allocator;
mod call;
mod engine;
mod evaluate;
mod fault;
mod file;
mod host_error;
mod memory;
mod module;
mod name;
mod realm;
mod session;
mod thrown;
mod value;
mod words;

pub use engine::{QuickJs, SCRIPT_STACK_BYTES, STACK_BYTES};
pub use fault::slot_page;
