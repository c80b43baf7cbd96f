//! The partial list of a run: rebuilt from what it found, and told with what spoils
//! each case, or the command that looks for it.

use super::conductor::Conductor;
use super::last::Last;
use super::polluters;
use crate::error::CliError;
use crate::select::Selected;
use rewind_corpus::Mode;
use rewind_report::Cause;
use rewind_verdict::{PartialList, Rebuilt, Verdict};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Partial cases that are told with a command.
const LISTED: usize = 10;

/// The partial list that a run began with.
#[derive(Debug)]
pub(super) struct Quarantine {
    file: PathBuf,
    list: PartialList,
}

impl Quarantine {
    /// Reads the list, before anything runs: one that makes no sense ends the run here.
    pub(super) fn load(file: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(file) = file else {
            return Ok(None);
        };
        Ok(Some(Self {
            list: PartialList::load(file)?,
            file: file.to_owned(),
        }))
    }

    /// Makes the list what the run found, and says what changed.
    pub(super) fn settle(mut self, conductor: &Conductor<'_>) -> Result<String, CliError> {
        let (selected, last) = (conductor.selected, &conductor.last);
        let before = self.list.clone();
        let cases = selected.plan.cases.iter().zip(last);
        let ran = cases.filter(|(_, last)| last.verdict.is_some());
        let results = ran.map(|(case, last)| (&case.path, case.variant, last.partial_kind()));
        let rebuilt = self.list.rebuild(results, is_whole(selected, last));
        self.blame(conductor);
        if before != self.list {
            self.list.save(&self.file)?;
        }
        Ok(self.told(rebuilt))
    }

    /// Enters what spoils the cases, where that was found.
    fn blame(&mut self, conductor: &Conductor<'_>) {
        let searches = conductor.polluters.iter().flat_map(|it| &it.found);
        for (_, record) in searches.filter(|(_, record)| record.cause == Cause::Partial) {
            let polluters = record.polluters.iter();
            let polluters = polluters.map(|it| (it.path.as_str().into(), it.variant));
            let victim = &record.victim;
            self.list.blame(&victim.path, victim.variant, polluters);
        }
    }

    /// Nothing is said of a list that is empty and was.
    fn told(&self, Rebuilt { added, pruned }: Rebuilt) -> String {
        let (entries, file) = (self.list.entries().len(), self.file.display());
        match (entries, pruned) {
            (0, 0) => String::new(),
            _ => format!("partial  {file}: {entries} entries, {added} new, {pruned} pruned\n"),
        }
    }
}

/// Every case that there is has a result.
fn is_whole(selected: &Selected, last: &[Last]) -> bool {
    let wish = &selected.wish;
    wish.paths.is_empty()
        && wish.filter.is_none()
        && wish.shard.is_none()
        && wish.mode == Mode::Both
        && last.iter().all(|last| last.verdict.is_some())
}

/// For people: each partial case, and what spoils it or how to find that out.
pub(super) fn hints(conductor: &Conductor<'_>) -> String {
    let cases = conductor.selected.plan.iter().zip(&conductor.last);
    let partial = cases.filter_map(|((id, case), last)| {
        let kind = last.partial_kind().filter(|_| last.partial)?;
        Some((id, case, kind))
    });
    let partial: Vec<_> = partial.collect();
    let mut text = String::new();
    for &(id, case, kind) in partial.iter().take(LISTED) {
        let name = format!("{} {}", case.path, case.variant);
        // Writing into a `String` has no way to fail; so below.
        let _ = writeln!(
            text,
            " PARTIAL  {}: {kind} among others, not alone",
            name.escape_debug()
        );
        let found = conductor.polluters.as_ref().and_then(|it| it.of(id));
        for line in polluters::about(conductor.settings, &name, found) {
            let _ = writeln!(text, "          {line}");
        }
    }
    if let Some(more) = partial.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, " PARTIAL  … and {more} more");
    }
    text.push_str(&polluters::told(conductor.polluters.as_ref()));
    text
}

/// Partial cases that are no crashes: a matter of isolation, not of the tests.
pub(super) fn count(last: &[Last]) -> u64 {
    let counted = last
        .iter()
        .filter(|last| last.partial && last.verdict != Some(Verdict::Crash));
    counted.count() as u64
}
