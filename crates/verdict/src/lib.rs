//! Whether what happened was right.
//!
//! [`judge`] holds an outcome against what its suite says of it and what people
//! have listed about it; [`Baseline`] holds a whole run against an
//! earlier one; [`PartialList`] keeps which cases fail only in company. All are
//! pure: no clock, no I/O but their own files, and nothing a test prints can be taken for a verdict.

mod baseline;
mod class;
mod error;
mod judge;
mod lines;
mod partial;
mod tally;
mod why;

pub use baseline::{
    Baseline, BaselineEntry, BaselineHeader, Comparison, Difference, Refusal, RunFigures,
};
pub use class::Class;
pub use error::VerdictError;
pub use judge::{Expected, Judgement, Verdict, judge};
pub use partial::{PartialEntry, PartialList, Rebuilt};
pub use tally::Tally;
pub use why::Why;

pub use rewind_suite::FailureKind;
