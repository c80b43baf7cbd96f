//! The guest in an ordinary process: no worker, no checkpoint, plain malloc.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

mod agents;
mod common;
mod faults;
mod modules;
mod scripts;
