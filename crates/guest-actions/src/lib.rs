//! A guest without an engine: a case is a list of actions, each a few calls of
//! the C library, so that a test can leave behind whatever a process can.
//!
//! ```text
//! chdir /
//! open /dev/null
//! print-cwd
//! ```
//!
//! One action to a line, its words separated by blanks; what begins with `print`
//! changes nothing and tells what it finds. Everything below [`Actions`] runs in
//! guest mode: nothing allocates through Rust, and nothing owns what must be dropped.
#![expect(unsafe_code, reason = "each action is a call of the C library")]

mod descriptors;
mod engine;
mod files;
mod harm;
mod hoard;
mod identity;
mod library;
mod memory;
mod process;
mod scene;
mod shared;
mod signals;
mod thread;

pub use engine::Actions;
