//! What there is to test: the files of a corpus, what each says about itself,
//! and what people have written down about them.
//!
//! ```text
//! folder ── discovery ──► paths ── frontmatter (or its cache) ──► Corpus
//! expectations.toml, rewind.toml ──► Expectations, CorpusConfig
//! plain lists ──► Unsupported, Allowed, Diagnose, SlowList, SkipList
//! ```
//!
//! Nothing here decides what is run (that is the plan's) or whether an outcome
//! was right (that is the verdict's).

mod allow;
mod atomic;
mod beside;
mod cache;
mod config;
mod corpus;
mod date;
mod diagnose;
mod discovery;
mod edition;
mod error;
mod expectations;
mod features;
mod findings;
mod frontmatter;
mod list_file;
mod lists;
mod mode;
mod names;
mod pack;
mod reading;
mod remarks;
mod renewal;
pub mod rules;
mod suite;
mod texts;
mod toml_file;
pub mod variants;

pub use allow::{Admission, Allowed};
pub use atomic::{write_atomically, write_atomically_with};
pub use cache::CacheUse;
pub use config::{CorpusConfig, GuestConfig, RunConfig};
pub use corpus::{Corpus, Test};
pub use date::Date;
pub use diagnose::Diagnose;
pub use discovery::{TestFile, find_tests, is_fixture};
pub use error::{CorpusError, ExpectationProblem, Place};
pub use expectations::{
    Expectation, ExpectationId, Expectations, ExpectedOutcome, Signal, Stale, Usage,
};
pub use features::Unsupported;
pub use findings::Findings;
pub use frontmatter::{
    Flag, Flags, Frontmatter, FrontmatterError, FrontmatterProblem, Negative, NegativePhase,
    ParsedFrontmatter, parse_frontmatter,
};
pub use lists::{ListEntry, ListProblem, SkipList, SlowList};
pub use mode::Mode;
pub use names::{List, Names, Symbol};
pub use suite::Test262;
pub use texts::{TextReader, Texts};
