//! What a run leaves in its results folder besides the report: the same results,
//! counted and sorted for people and their tools.
//!
//! ```text
//! each attempt ──► Failures ──► failures.json    by kind, by folder, by feature
//!              ├─► Memory   ──► memory.json      what grew most
//!              ├─► Times    ──► phases.json      where the time went
//!              └─► Skips    ──► skips.json       what was not run, by cause
//! each search  ──► Polluters ─► polluters.json   what changed how others ended
//! ```
//!
//! Each file is one JSON object with `schema` and `run`; the latter is when the
//! run began, so that files of two runs are told apart. The members are
//! documented in docs/files.md. Gathering costs an allocation only for
//! what is going to be listed, and what is listed is bounded.

mod failures;
mod memory;
mod phases;
mod polluters;
mod put;
mod skips;
mod sorted;

pub use put::put_json;
pub(crate) use sorted::Sorted;
