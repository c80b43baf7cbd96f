//! What failed the last time, so that a run can tell what is new.
//!
//! ```text
//! rewind-baseline 1
//! engine: quickjs-ng 0.16.2, build 5d1c…
//! corpus: commit be13516
//! mode: both
//! config: isolation checkpoint, deadline 10 s, heap cap 1024 MiB
//! scope: all
//! passes: 79213
//!
//! # comments stay with the entry below them
//! test/language/a.js strict fail
//! ```
//!
//! One line for each case that doesn't pass, sorted, so that a change of a
//! baseline reads well in a diff. A run never makes it worse by itself: see
//! [`Refusal`].

mod compare;
mod gates;
mod text;
mod update;

pub use compare::{Comparison, Difference};
pub use gates::{Refusal, RunFigures};

use crate::{Class, VerdictError};
use rewind_protocol::Variant;
use std::path::Path;
use std::sync::Arc;

/// What a baseline was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineHeader {
    /// Engine, its version and its build.
    pub engine: String,
    /// Commit or fingerprint of the corpus.
    pub corpus: String,
    /// Mode of the run: `both`, `default`, `sloppy` or `strict`.
    pub mode: String,
    /// What else may change how a case ends: isolation, deadline, limits.
    pub config: String,
    /// Which part of the corpus: `all`, or the paths, filter and shard.
    pub scope: String,
    /// Least number of passes of a run that may replace it; only ever rises.
    pub passes: u64,
}

/// A case that didn't pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineEntry {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// Its variant.
    pub variant: Variant,
    /// How it ended.
    pub class: Class,
    /// Comment lines above it, with their `#`; blank lines are empty.
    pub comments: Vec<String>,
}

impl BaselineEntry {
    /// Whether the entry makes a case that ends so an expected one.
    ///
    /// A crash is a regression unless somebody has said why it isn't: in a comment
    /// directly above the entry. A partial entry never excuses anything.
    #[must_use]
    pub fn excuses(&self) -> bool {
        let directly = || self.comments.iter().rev().take_while(|it| !it.is_empty());
        match self.class {
            Class::Crash => directly().any(|it| it.contains(char::is_alphabetic)),
            Class::Partial | Class::Lost => false,
            _ => true,
        }
    }
}

/// The cases that didn't pass in an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What it was made from.
    pub header: BaselineHeader,
    /// Sorted by path and variant, each once.
    entries: Vec<BaselineEntry>,
    /// Comment lines below the last entry.
    trailing: Vec<String>,
}

impl Baseline {
    /// A baseline without entries.
    #[must_use]
    pub fn new(header: BaselineHeader) -> Self {
        Self {
            header,
            ..Self::default()
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or understood; names file and line.
    pub fn load(path: &Path) -> Result<Self, VerdictError> {
        let text = std::fs::read_to_string(path).map_err(|source| VerdictError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Reads `text`; `path` is named in errors.
    ///
    /// # Errors
    /// If it can't be understood; names file and line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, VerdictError> {
        text::parse(text, path)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// Its entries, sorted by path and variant.
    #[must_use]
    pub fn entries(&self) -> &[BaselineEntry] {
        &self.entries
    }

    /// How a case ended; `None` if it passed or wasn't there.
    #[must_use]
    pub fn class(&self, path: &str, variant: Variant) -> Option<Class> {
        let at = self.position(path, variant).ok()?;
        self.entries.get(at).map(|entry| entry.class)
    }

    /// The case is known to end like that, and the entry excuses it.
    #[must_use]
    pub fn excuses(&self, path: &str, variant: Variant, now: Class) -> bool {
        let at = self.position(path, variant).ok();
        let entry = at.and_then(|at| self.entries.get(at));
        entry.is_some_and(|entry| entry.class == now && entry.excuses())
    }

    /// Index of an entry, or where it would be.
    fn position(&self, path: &str, variant: Variant) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| (&*entry.path, entry.variant).cmp(&(path, variant)))
    }
}
