//! What the machinery must know of the cases that it runs, wherever they come from.
//!
//! ```text
//! a plan, whole before the run ──┐
//!                                ├─► Workload ──► queue, executors
//! requests, as they come ────────┘
//! ```
//!
//! Whoever holds a ticket may ask for its case: it is there until it is settled.

use bytes::Bytes;
use rewind_plan::{Case, CaseId};
use rewind_protocol::{Attributes, Variant};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

/// A case without its source. Small, and copied: it is asked for often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseFacts {
    pub(crate) variant: Variant,
    pub(crate) attributes: Attributes,
    /// Index of its preamble; `None` stands for the bare engine.
    pub(crate) preamble: Option<u32>,
    /// Wall-clock time it may take, in ms; at least 1.
    pub(crate) deadline_ms: u32,
    /// Time it is thought to take, in µs; at least 1.
    pub(crate) weight_us: u32,
}

impl From<&Case> for CaseFacts {
    fn from(case: &Case) -> Self {
        Self {
            variant: case.variant,
            attributes: case.attributes,
            preamble: case.preamble,
            deadline_ms: case.deadline_ms,
            weight_us: case.weight_us,
        }
    }
}

/// What a worker is sent of a case besides its facts.
#[derive(Clone, Debug)]
pub(crate) struct CaseText {
    /// What the guest is told that the source is called.
    pub(crate) name: Arc<str>,
    pub(crate) source: Bytes,
}

/// Cases by their numbers.
pub(crate) trait Workload: Debug + Sync {
    /// Folder that the cases' names are relative to.
    fn root(&self) -> &Path;

    /// `None` if no case has that number.
    fn facts(&self, case: CaseId) -> Option<CaseFacts>;

    /// A reader of sources, for one thread.
    fn sources(&self) -> Box<dyn CaseSources + Send + '_>;

    /// Indices of the preambles that most cases need, most used first, at most
    /// `most` of them; none where that isn't known beforehand.
    fn popular_preambles(&self, most: usize) -> Vec<u32>;
}

/// Reads the sources of cases right before they are sent.
pub(crate) trait CaseSources: Debug {
    /// An error, for people, if the case can't be run.
    fn load(&mut self, case: CaseId) -> Result<CaseText, String>;
}
