//! What is odd about a corpus and stops nothing: what was passed over, and words
//! that nobody knows.
//!
//! A test that can't be read is no finding: it is a test like any other, with a
//! reason why it can't be run ([`crate::Test::unreadable`]).

use crate::{Corpus, List};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// At the root: the features that tests may name, one a line, comments from `#` on.
const FEATURES: &str = "features.txt";

/// Counts of what was found beside the tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Links that lead nowhere, called as tests are.
    pub links: usize,
    /// Files that begin with a dot, as those of editors do, and end as tests do.
    pub hidden: usize,
    /// Tests with a flag that nobody knows, by flag. Each is unreadable.
    pub unknown_flags: BTreeMap<Arc<str>, usize>,
}

impl Findings {
    pub(crate) fn add(&mut self, other: Self) {
        self.links += other.links;
        self.hidden += other.hidden;
        for (flag, count) in other.unknown_flags {
            *self.unknown_flags.entry(flag).or_default() += count;
        }
    }
}

impl Corpus {
    /// Features that tests name and the corpus's own list doesn't, with the number of
    /// tests, by name; none where there is no such list.
    #[must_use]
    pub fn unknown_features(&self) -> BTreeMap<&str, usize> {
        let mut unknown = BTreeMap::new();
        let Ok(text) = std::fs::read_to_string(self.root.join(FEATURES)) else {
            return unknown;
        };
        let lines = text.lines().map(|line| line.split('#').next());
        let known: HashSet<&str> = lines.flatten().map(str::trim).collect();
        let mut lists: BTreeMap<List, usize> = BTreeMap::new();
        for test in &self.tests {
            *lists.entry(test.meta.features).or_default() += 1;
        }
        for (list, count) in lists {
            let names = self.names.list(list);
            for name in names.filter(|name| !known.contains(name)) {
                *unknown.entry(name).or_default() += count;
            }
        }
        unknown
    }
}
