//! After all else: which of the cases before it changed a case that is partial,
//! or of which a second run showed that it wasn't kept apart?
//!
//! ```text
//! Course (who ran what, in which order) ─┐
//! partial cases, breaches ───────────────┴─► Scene ─► the search of `rewind bisect`
//!                                                         │
//!                         reports, partial list ◄── BisectRecord
//! ```
//!
//! It is the search that `rewind bisect` makes of the record, and its answers are
//! noted in the same file, so that either goes on where the other was stopped.
//! What is found changes no verdict and no exit code.

mod course;
mod look;
mod show;

pub(super) use course::Course;
pub(super) use look::{Polluters, look, why_not};
pub(super) use show::{about, told};
