//! The partial list of a run: rebuilt from what it found, and told with the
//! command that finds the reason.

use super::conductor::Conductor;
use super::last::Last;
use crate::error::CliError;
use crate::select::Selected;
use rewind_plan::Mode;
use rewind_protocol::Variant;
use rewind_verdict::{FailureKind, PartialList, Rebuilt, Verdict};
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
        if before != self.list {
            self.list.save(&self.file)?;
        }
        Ok(self.told(rebuilt))
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

/// For people: each partial case, and how to find out what spoils it.
pub(super) fn hints(conductor: &Conductor<'_>) -> String {
    let results = conductor.settings.results.as_deref();
    let cases = conductor.selected.plan.cases.iter().zip(&conductor.last);
    let partial = cases.filter_map(|(case, last)| {
        let kind = last.partial_kind().filter(|_| last.partial)?;
        Some((&*case.path, case.variant, kind))
    });
    let partial: Vec<_> = partial.collect();
    let mut text = String::new();
    for &(path, variant, kind) in partial.iter().take(LISTED) {
        hint(&mut text, path, variant, kind, results);
    }
    if let Some(more) = partial.len().checked_sub(LISTED).filter(|more| *more > 0) {
        // Writing into a `String` has no way to fail; so below.
        let _ = writeln!(text, " PARTIAL  … and {more} more");
    }
    text
}

fn hint(
    text: &mut String,
    path: &str,
    variant: Variant,
    kind: FailureKind,
    results: Option<&Path>,
) {
    let case = format!("{path} {variant}");
    let (shown, victim) = (case.escape_debug(), quoted(&case));
    let _ = writeln!(text, " PARTIAL  {shown}: {kind} among others, not alone");
    let _ = match results {
        Some(folder) => {
            let folder = quoted(&folder.display().to_string());
            writeln!(text, "          rewind bisect {folder} --victim {victim}")
        }
        None => writeln!(
            text,
            "          run with --results DIR, then rewind bisect DIR --victim {victim}"
        ),
    };
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Partial cases that are no crashes: a matter of isolation, not of the tests.
pub(super) fn count(last: &[Last]) -> u64 {
    let counted = last
        .iter()
        .filter(|last| last.partial && last.verdict != Some(Verdict::Crash));
    counted.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell_are_quoted_where_they_must_be() {
        assert_eq!(quoted("out/a-1.x"), "out/a-1.x");
        assert_eq!(quoted("test/a.js strict"), "'test/a.js strict'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
