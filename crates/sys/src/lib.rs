//! Every system call and ioctl that Rewind makes, behind small typed functions.
//!
//! Errors name the call and what to do about it. Nothing here knows of tests,
//! guests or checkpoints; a port to another system starts and ends here.

mod build_id;
pub mod code;
pub mod descriptors;
mod error;
pub mod folder;
pub mod fpu;
mod maps;
pub mod memory;
pub mod modules;
pub mod pages;
pub mod pipe;
pub mod probe;
pub mod process;
pub mod rseq;
pub mod shared;
pub mod signal;
pub mod state;
pub mod stdio;
pub mod thread;
pub mod timer;
pub mod track;
pub mod uffd;
pub mod watch;

pub use build_id::build_id;
pub use error::SysError;
pub use pages::{PAGE_SIZE, PageRun};
