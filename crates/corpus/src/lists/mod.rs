//! Plain-text lists that people keep about single tests: which are slow, and
//! which aren't run at all.
//!
//! ```text
//! # a comment
//! test/built-ins/RegExp/property-escapes/**  -- 120 s        slow list
//! test/language/odd.js strict                -- asks for 9 GB of memory     skip list
//! └ path or glob ────┘ └ variant, if only one   └ deadline or reason
//! ```
//!
//! Such a file is edited by people alone: nothing here writes one. What a test
//! is expected to end with stands elsewhere ([`crate::Expectations`]).

mod entries;
mod line;
mod problem;
mod skip;
mod slow;

pub use entries::ListEntry;
pub use problem::ListProblem;
pub use skip::SkipList;
pub use slow::SlowList;
