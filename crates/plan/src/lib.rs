//! What is run, in which variants, on which preamble, in which order.
//!
//! ```text
//! corpus ─► variants ─► skip? filter? ─► repeat, shard ─► weights ─► order ─► Plan
//!                 └─► preambles (a tree of sources)
//! ```
//!
//! A plan is worked out once, before anything runs, from the corpus and the
//! options alone: the same inputs give the same plan on every machine. The only
//! thing read from disk is whether the harness files named are there.

mod build;
mod error;
mod filter;
mod options;
mod order;
mod plan;
mod preamble;
mod shard;
#[cfg(test)]
mod testing;
mod timings;

pub use error::PlanError;
pub use filter::{Filter, FilterError};
pub use options::{Order, PlanOptions};
pub use plan::{Case, CaseId, Plan, PreambleSpec, Skipped};
pub use shard::Shard;
pub use timings::{Timings, TimingsReader, UNKNOWN_WEIGHT_US};

pub use rewind_corpus::{TextReader, Texts};
pub use rewind_suite::SkipReason;
