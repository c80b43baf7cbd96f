//! A run held against a baseline: what is known to fail is expected to.

use crate::error::CliError;
use crate::select::Selected;
use rewind_protocol::Variant;
use rewind_verdict::{Baseline, Class, Comparison};
use std::fmt::Write as _;
use std::path::Path;

use super::conductor::Last;

/// Differences of each kind that are listed.
const LISTED: usize = 50;

/// The baseline of a run.
#[derive(Debug)]
pub(crate) struct Reference {
    baseline: Baseline,
}

impl Reference {
    /// Reads the file.
    pub(super) fn load(file: &Path) -> Result<Self, CliError> {
        Ok(Self {
            baseline: Baseline::load(file)?,
        })
    }

    /// The baseline says that the case ends like this, and that is no pass.
    pub(super) fn excuses(&self, path: &str, variant: Variant, now: Option<Class>) -> bool {
        now.is_some() && self.baseline.class(path, variant) == now
    }

    /// Everything that differs, after the run.
    pub(super) fn compare(&self, selected: &Selected, last: &[Last]) -> Comparison {
        let cases = selected.plan.cases.iter().zip(last);
        let run = cases.filter(|(_, last)| last.verdict.is_some());
        let results = run.map(|(case, last)| (&case.path, case.variant, last.class));
        let wish = &selected.wish;
        let whole = wish.paths.is_empty()
            && wish.filter.is_none()
            && wish.shard.is_none()
            && wish.mode == rewind_plan::Mode::Both
            && last.iter().all(|last| last.verdict.is_some());
        self.baseline.compare(results, whole)
    }
}

/// A comparison for people: what is new is among the failures already.
pub(super) fn render(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (word, list) in [("FIXED", &comparison.fixed), ("STALE", &comparison.stale)] {
        for difference in list.iter().take(LISTED) {
            // Writing into a `String` has no way to fail.
            let _ = writeln!(text, "{word:>7}  {difference}");
        }
    }
    let (new, fixed, stale) = (
        comparison.new.len(),
        comparison.fixed.len(),
        comparison.stale.len(),
    );
    let _ = writeln!(
        text,
        "compared  {new} new, {fixed} fixed, {stale} stale in the baseline"
    );
    text
}
