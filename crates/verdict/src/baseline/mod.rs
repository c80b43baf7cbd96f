//! What failed the last time, so that a run can tell what is new.
//!
//! ```text
//! rewind-baseline 1
//! engine: quickjs-ng 0.16.2
//! corpus: be13516
//! mode: both
//!
//! # comments stay with the entry below them
//! test/language/a.js strict fail
//! ```
//!
//! One line for each case that doesn't pass, sorted, so that a change of a
//! baseline reads well in a diff.

mod compare;
mod text;

pub use compare::{Comparison, Difference};

use crate::{Class, VerdictError};
use rewind_corpus::write_atomically;
use rewind_protocol::Variant;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a baseline was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineHeader {
    /// Engine and its version.
    pub engine: String,
    /// Commit or fingerprint of the corpus.
    pub corpus: String,
    /// Mode of the run: `both`, `default`, `sloppy` or `strict`.
    pub mode: String,
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

    /// Writes it, in one step.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), VerdictError> {
        Ok(write_atomically(path, self.to_text().as_bytes())?)
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

    /// Takes over how cases ended; those without a result stay as they are.
    ///
    /// `None` stands for a pass and takes an entry out, with its comments. Where
    /// a case is there several times, a failure outweighs a pass. Of a lost
    /// result nothing is learnt.
    pub fn update<'a>(
        &mut self,
        results: impl IntoIterator<Item = (&'a Arc<str>, Variant, Option<Class>)>,
    ) {
        let mut ends: BTreeMap<(Arc<str>, Variant), Option<Class>> = BTreeMap::new();
        for (path, variant, now) in results {
            if now != Some(Class::Lost) {
                let end = ends.entry((Arc::clone(path), variant)).or_default();
                *end = now.or(*end);
            }
        }
        self.entries.retain_mut(|entry| {
            match ends.remove(&(Arc::clone(&entry.path), entry.variant)) {
                None => true,
                Some(None) => false,
                Some(Some(class)) => {
                    entry.class = class;
                    true
                }
            }
        });
        self.entries
            .extend(ends.into_iter().filter_map(|((path, variant), class)| {
                Some(BaselineEntry {
                    path,
                    variant,
                    class: class?,
                    comments: Vec::new(),
                })
            }));
        self.entries
            .sort_by(|a, b| (&a.path, a.variant).cmp(&(&b.path, b.variant)));
    }

    /// Index of an entry, or where it would be.
    fn position(&self, path: &str, variant: Variant) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| (&*entry.path, entry.variant).cmp(&(path, variant)))
    }
}
