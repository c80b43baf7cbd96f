//! Everything that can be wrong with a corpus and the files about it.

use crate::Signal;
use std::fmt;
use std::path::PathBuf;

/// A file and a line in it; line 0 stands for the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named to us.
    pub file: PathBuf,
    /// Line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file.display()),
            line => write!(f, "{}:{line}", self.file.display()),
        }
    }
}

/// Why a corpus, or a file about it, can't be used. Completes "failed to …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// The root lacks what makes a folder a test262 corpus.
    #[error("use {} as a corpus: it has no folder `{missing}`; name the folder that holds `harness` and `test`", root.display())]
    NotTest262 {
        /// The folder named.
        root: PathBuf,
        /// What it lacks.
        missing: &'static str,
    },
    /// A path that was asked for isn't there.
    #[error("find {}: neither below the current folder nor below {}", path.display(), root.display())]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
        /// The corpus root.
        root: PathBuf,
    },
    /// A path that was asked for is there, but no test.
    #[error("select {}: {why}", path.display())]
    NotATest {
        /// The path as given.
        path: PathBuf,
        /// Why it's no test, and what to name instead.
        why: &'static str,
    },
    /// A file or folder couldn't be read.
    #[error("read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file couldn't be written.
    #[error("write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A TOML file doesn't parse or doesn't have the right shape.
    #[error("read {place}: {message}")]
    Toml {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A line of a plain list makes no sense.
    #[error("read {place}: {problem}")]
    List {
        /// Where it stands.
        place: Place,
        /// What is wrong with it, and the mend.
        problem: String,
    },
    /// An entry of an expectations file makes no sense.
    #[error("read {place}: {problem}")]
    Expectation {
        /// Where the entry stands.
        place: Place,
        /// What is wrong with it.
        problem: ExpectationProblem,
    },
}

/// What can be wrong with an entry of an expectations file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectationProblem {
    /// The glob can't be compiled.
    #[error("`{pattern}` is no glob: {message}")]
    Glob {
        /// The glob.
        pattern: String,
        /// What its parser said.
        message: String,
    },
    /// Unknown signal name.
    #[error("`{0}` is no signal: use one of {names}", names = Signal::NAMES.join(", "))]
    Signal(String),
    /// A key that doesn't go with the outcome.
    #[error(
        "`{key}` goes with outcome = \"{belongs_to}\" alone: take it out or change the outcome"
    )]
    Misplaced {
        /// The key.
        key: &'static str,
        /// The outcome it belongs to.
        belongs_to: &'static str,
    },
    /// The reason is missing or blank.
    #[error("the reason is empty: say in prose why this is expected")]
    NoReason,
    /// A date that isn't one.
    #[error("`{0}` is no date: write it as \"2027-01-31\"")]
    Date(String),
    /// A deadline of zero.
    #[error("deadline_ms is 0: give at least 1 ms")]
    Deadline,
    /// `variants = []`.
    #[error("`variants` is empty: take it out to mean all of them")]
    NoVariant,
    /// Two entries for the same path and variant.
    #[error("`{path}` ({variant}) is already listed on line {first}: keep one of the two")]
    Twice {
        /// The path.
        path: String,
        /// The variant that both cover.
        variant: rewind_protocol::Variant,
        /// Line of the first.
        first: u32,
    },
}
