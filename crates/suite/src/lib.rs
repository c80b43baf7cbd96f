//! What a test is, to everything that runs, orders, judges and reports tests.
//!
//! ```text
//!            ┌───────────── a suite ─────────────┐
//! files ───► │ tests, variants, preambles, rules │
//!            └──┬──────────────────────────┬─────┘
//!               ▼                          ▼
//!   plan ──► cases ──► worker ──► outcome ──► judged
//! ```
//!
//! A suite knows what its files say about themselves and what an outcome means
//! for a test. It never touches a process, and nothing that does knows it by
//! more than this trait.

mod judged;
mod kind;
mod skip;
mod suite;

pub use judged::{Detail, Judged, Wanted};
pub use kind::FailureKind;
pub use skip::SkipReason;
pub use suite::{Layer, Suite, Variants};
