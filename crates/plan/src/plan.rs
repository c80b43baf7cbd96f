//! The plan itself: cases, the preambles they run on, and what is left out.

use rewind_corpus::{ExpectationId, Texts};
use rewind_protocol::{Attributes, Variant};
use rewind_suite::SkipReason;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Index of a case in [`Plan::cases`], which is the order they are to be started in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub u32);

/// One test in one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// How its source is treated.
    pub variant: Variant,
    /// Index in [`Plan::preambles`]; `None` stands for the bare engine.
    pub preamble: Option<u32>,
    /// What the guest is to know of it besides.
    pub attributes: Attributes,
    /// Wall-clock time it may take, in ms; at least 1.
    pub deadline_ms: u32,
    /// Time it is thought to take, in µs; at least 1.
    pub weight_us: u32,
    /// Size of its source when the corpus was read, in bytes: it spares looking for
    /// the end. 0 where that isn't known.
    pub bytes: u32,
    /// Index in the corpus's tests.
    pub test: u32,
    /// Which repetition this is, counted from 0.
    pub round: u32,
    /// The expectation that covers it, if there is one.
    pub expectation: Option<ExpectationId>,
}

/// Sources that cases need evaluated before them; becomes a checkpoint layer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PreambleSpec {
    /// Index in [`Plan::preambles`] of the preamble below, always smaller than
    /// its own; `None` stands for the bare engine.
    pub parent: Option<u32>,
    /// Paths relative to the root (`harness/assert.js`), in the order of evaluation.
    pub sources: Vec<Arc<str>>,
}

/// A case that is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// How its source would have been treated.
    pub variant: Variant,
    /// Why it isn't run.
    pub reason: SkipReason,
    /// Index in the corpus's tests.
    pub test: u32,
    /// The expectation that it is skipped for, if it is.
    pub expectation: Option<ExpectationId>,
}

/// Everything that a run does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// What is run, in the order of starting.
    pub cases: Vec<Case>,
    /// What they run on; parents before children.
    pub preambles: Vec<PreambleSpec>,
    /// What is selected but not run, sorted by path and variant.
    pub skipped: Vec<Skipped>,
    /// Sources of cases, where they needn't be read from their files.
    pub texts: Option<Texts>,
    /// Why tests can't be run, by [`Case::test`]: they could not be read, or need
    /// what isn't there. Their cases are settled without being sent to anybody.
    pub unreadable: BTreeMap<u32, Arc<str>>,
}

impl Plan {
    /// The case with that number.
    #[must_use]
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.get(id.0 as usize)
    }

    /// Why a case can't be run; `None` if it can, as far as is known.
    #[must_use]
    pub fn unreadable(&self, case: &Case) -> Option<&Arc<str>> {
        self.unreadable.get(&case.test)
    }

    /// The cases with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (CaseId, &Case)> {
        (0..).map(CaseId).zip(&self.cases)
    }
}
