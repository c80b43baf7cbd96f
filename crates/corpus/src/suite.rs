//! test262 as a suite: a corpus, and what the run at hand asks of it.

use crate::mode::{only_variant, wanted};
use crate::rules;
use crate::{Allowed, Corpus, Flag, Flags, List, Mode, Test, Unsupported, variants};
use rewind_protocol::line::TextRules;
use rewind_protocol::{Attributes, Finished, Variant};
use rewind_suite::{Judged, Layer, SkipReason, Suite, Variants};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

const HARNESS: &str = "harness";
/// What every test but a raw one is evaluated after.
const BASE: [&str; 2] = ["assert.js", "sta.js"];
/// What an asynchronous test is evaluated after, besides.
const ASYNC: &str = "doneprintHandle.js";
/// Preamble of what runs on the bare engine.
const NONE: u64 = u64::MAX;

/// A corpus of test262, and how it is to be run.
#[derive(Debug)]
pub struct Test262 {
    corpus: Corpus,
    mode: Mode,
    can_block: bool,
    unsupported: Option<Unsupported>,
    allowed: Option<Allowed>,
    /// Why tests with that list of features are skipped, once it was worked out.
    lacking: Mutex<HashMap<List, Option<SkipReason>>>,
}

impl Test262 {
    /// All tests of `corpus` that its flags allow, each in both variants.
    #[must_use]
    pub fn new(corpus: Corpus) -> Self {
        Self {
            corpus,
            mode: Mode::Both,
            can_block: true,
            unsupported: None,
            allowed: None,
            lacking: Mutex::default(),
        }
    }

    /// In the variants of `mode`.
    #[must_use]
    pub fn in_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// On a guest whose main agent may block, or may not.
    #[must_use]
    pub fn with_blocking(self, can_block: bool) -> Self {
        Self { can_block, ..self }
    }

    /// On a guest that lacks the features of `unsupported`; what `allowed` admits is
    /// run all the same.
    #[must_use]
    pub fn without(self, unsupported: Unsupported, allowed: Option<Allowed>) -> Self {
        Self {
            unsupported: Some(unsupported),
            allowed,
            lacking: Mutex::default(),
            ..self
        }
    }

    /// The corpus.
    #[must_use]
    pub const fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    fn test(&self, test: u32) -> Option<&Test> {
        self.corpus.tests.get(test as usize)
    }

    fn flags(&self, test: u32) -> Flags {
        self.test(test)
            .map(|test| test.meta.flags)
            .unwrap_or_default()
    }

    /// The feature that a test needs and the guest lacks.
    fn lacking(&self, test: &Test) -> Option<SkipReason> {
        let unsupported = self.unsupported.as_ref()?;
        let mut known = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        let lacking = known.entry(test.meta.features).or_insert_with(|| {
            self.corpus.features(test).find_map(|name| {
                let reason = Arc::from(unsupported.reason(name)?);
                Some(SkipReason::Feature {
                    name: Arc::from(name),
                    reason,
                })
            })
        });
        let admitted = |list: &Allowed| list.admits(&test.path);
        lacking
            .clone()
            .filter(|_| !self.allowed.as_ref().is_some_and(admitted))
    }
}

impl Suite for Test262 {
    fn name(&self) -> &'static str {
        "test262"
    }

    fn root(&self) -> &Path {
        &self.corpus.root
    }

    fn tests(&self) -> u32 {
        u32::try_from(self.corpus.tests.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, test: u32) -> Arc<str> {
        self.test(test)
            .map_or_else(|| Arc::from(""), |test| Arc::clone(&test.path))
    }

    fn size(&self, test: u32) -> u64 {
        self.test(test).map_or(0, |test| test.size)
    }

    fn unreadable(&self, test: u32) -> Option<Arc<str>> {
        self.test(test)?.unreadable.clone()
    }

    fn all_variants(&self) -> &'static [Variant] {
        &variants::ALL
    }

    fn variants(&self, test: u32) -> Variants {
        let flags = self.flags(test);
        match wanted(flags, self.mode) {
            [None, None] => Variants::NotAskedFor(only_variant(flags).unwrap_or(variants::SLOPPY)),
            some => Variants::Of(some),
        }
    }

    fn skip(&self, test: u32) -> Option<SkipReason> {
        let test = self.test(test)?;
        if test.meta.flags.contains(Flag::CanBlockIsTrue) && !self.can_block {
            return Some(SkipReason::Ability("an agent that may block"));
        }
        self.lacking(test)
    }

    fn attributes(&self, test: u32) -> Attributes {
        let flags = self.flags(test);
        variants::attributes(
            flags.contains(Flag::Async),
            flags.contains(Flag::CanBlockIsFalse),
        )
    }

    fn preamble_kind(&self, test: u32) -> u64 {
        let Some(test) = self.test(test) else {
            return NONE;
        };
        let flags = test.meta.flags;
        if flags.contains(Flag::Raw) {
            return NONE;
        }
        u64::from(test.meta.includes.0) << 1 | u64::from(flags.contains(Flag::Async))
    }

    /// In the order that test262 prescribes: assert.js, sta.js, then
    /// doneprintHandle.js for async tests, then the includes as listed. A file that
    /// was evaluated already isn't evaluated again: assert.js anew, say, would take
    /// away what compareArray.js had put into `assert`.
    ///
    /// ```text
    /// bare engine ── raw cases, and modules that are raw
    /// └─ assert.js sta.js ── most cases
    ///    ├─ propertyHelper.js ── those that include it
    ///    └─ doneprintHandle.js ── async ones
    ///       └─ propertyHelper.js
    /// ```
    fn preamble(&self, test: u32) -> Vec<Layer> {
        let Some(test) = self.test(test) else {
            return Vec::new();
        };
        let flags = test.meta.flags;
        if flags.contains(Flag::Raw) {
            return Vec::new();
        }
        let mut done: Vec<&str> = Vec::new();
        let mut layers = vec![layer(&BASE, &mut done, true)];
        if flags.contains(Flag::Async) {
            layers.push(layer(&[ASYNC], &mut done, false));
        }
        let includes: Vec<&str> = self.corpus.includes(test).collect();
        layers.push(layer(&includes, &mut done, false));
        layers
    }

    fn missing_source_mend(&self) -> &'static str {
        "add the file, or correct `includes`"
    }

    fn predicates(&self) -> &'static [&'static str] {
        &["feature", "flag", "include"]
    }

    fn check_predicate(&self, predicate: &str, word: &str) -> Result<(), String> {
        if predicate != "flag" || Flag::from_name(word).is_some() {
            return Ok(());
        }
        let known = Flag::ALL.map(Flag::name).join(", ");
        Err(format!("unknown flag: use one of {known}"))
    }

    fn has(&self, test: u32, predicate: &str, is: &dyn Fn(&str) -> bool) -> bool {
        let Some(test) = self.test(test) else {
            return false;
        };
        match predicate {
            "feature" => self.corpus.features(test).any(is),
            "include" => self.corpus.includes(test).any(is),
            "flag" => {
                let has = |flag: &Flag| test.meta.flags.contains(*flag);
                Flag::ALL
                    .iter()
                    .filter(|flag| has(flag))
                    .any(|flag| is(flag.name()))
            }
            _ => false,
        }
    }

    fn categories(&self, test: u32) -> Vec<&str> {
        self.test(test)
            .map_or_else(Vec::new, |test| self.corpus.features(test).collect())
    }

    fn judge<'a>(&'a self, test: u32, finished: &'a Finished) -> Option<Judged<'a>> {
        let test = self.test(test)?;
        let is_async = test.meta.flags.contains(Flag::Async);
        rules::judged(self.corpus.negative(test), is_async, finished)
    }

    fn text_rules(&self) -> TextRules {
        variants::TEXTS
    }

    fn edition(&self) -> String {
        self.corpus.edition()
    }

    fn fingerprint(&self) -> u64 {
        self.corpus.fingerprint()
    }

    fn remarks(&self) -> Vec<String> {
        crate::remarks::remarks(&self.corpus)
    }
}

/// The layer of `files`, leaving out those in `done`.
fn layer<'f>(files: &[&'f str], done: &mut Vec<&'f str>, needed_by_all: bool) -> Layer {
    let mut sources = Vec::with_capacity(files.len());
    for &file in files {
        if !done.contains(&file) {
            done.push(file);
            sources.push(Arc::from(format!("{HARNESS}/{file}")));
        }
    }
    Layer {
        sources,
        needed_by_all,
    }
}
