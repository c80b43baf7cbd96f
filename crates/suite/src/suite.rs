//! The seam between tests of one format and everything that handles tests.

use crate::{Judged, SkipReason};
use rewind_protocol::line::TextRules;
use rewind_protocol::{Attributes, Finished, Variant};
use std::path::Path;
use std::sync::Arc;

/// In which variants a test is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variants {
    /// In these, in the order they are listed.
    Of([Option<Variant>; 2]),
    /// In none, as things were asked for; it would be in this one.
    NotAskedFor(Variant),
}

/// Sources that are evaluated one after the other before a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Paths below the root, with slashes. Nothing is evaluated twice: what a
    /// layer below has is left out here.
    pub sources: Vec<Arc<str>>,
    /// Every test needs these: without them nothing is run.
    pub needed_by_all: bool,
}

/// Tests of one format, read.
///
/// Tests are numbered from 0 in the order of their paths. Methods that take a
/// number give what a test without anything special would have for one that is
/// no test's.
pub trait Suite: Send + Sync {
    /// Name of the format: `test262`.
    fn name(&self) -> &'static str;

    /// Folder that paths are relative to; absolute.
    fn root(&self) -> &Path;

    /// How many tests there are.
    fn tests(&self) -> u32;

    /// Path of a test below the root, with slashes; its identity.
    fn path(&self, test: u32) -> Arc<str>;

    /// Size of a test's source when it was found, in bytes; 0 where that isn't known.
    fn size(&self, test: u32) -> u64;

    /// Why a test can't be run at all, for people.
    fn unreadable(&self, test: u32) -> Option<Arc<str>>;

    /// All variants that tests of this suite can have, in the order they are told.
    fn all_variants(&self) -> &'static [Variant];

    /// The variants of a test.
    fn variants(&self, test: u32) -> Variants;

    /// Why no variant of a test can be run on the guest at hand.
    fn skip(&self, test: u32) -> Option<SkipReason>;

    /// What the guest is to know of a test.
    fn attributes(&self, test: u32) -> Attributes;

    /// What a test is evaluated after, from the bottom up. Tests with an equal
    /// number need the same, so that it is asked once for each.
    fn preamble_kind(&self, test: u32) -> u64;

    /// See [`Suite::preamble_kind`].
    fn preamble(&self, test: u32) -> Vec<Layer>;

    /// What to do about a file that a test's preamble needs and that isn't there.
    fn missing_source_mend(&self) -> &'static str;

    /// Functions of the filter language that are this suite's: `feature`.
    fn predicates(&self) -> &'static [&'static str];

    /// Checks the word in `predicate(word)`.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check_predicate(&self, predicate: &str, word: &str) -> Result<(), String>;

    /// Whether `predicate` holds for a test: whether `is` accepts one of the
    /// words that the test has for it.
    fn has(&self, test: u32, predicate: &str, is: &dyn Fn(&str) -> bool) -> bool;

    /// What reports group failures by, beside folders: features, tags.
    fn categories(&self, test: u32) -> Vec<&str>;

    /// What an outcome means for a test; `None` if it speaks for itself, as a
    /// crash does.
    fn judge<'a>(&'a self, test: u32, finished: &'a Finished) -> Option<Judged<'a>>;

    /// How texts are made for a worker that is sent them whole.
    fn text_rules(&self) -> TextRules;

    /// Names these very tests, so that results of others can be told apart.
    fn edition(&self) -> String;

    /// A hash of all paths and sources: equal for equal tests, wherever they lie.
    fn fingerprint(&self) -> u64;

    /// What people should know of the tests as they were found, a line each.
    fn remarks(&self) -> Vec<String>;
}
