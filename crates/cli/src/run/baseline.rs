//! A run held against a baseline: what is known to fail is expected to, and a
//! run that is better in everything may take the baseline's place.

use super::conductor::Conductor;
use super::last::Last;
use crate::error::CliError;
use crate::paths;
use crate::select::Selected;
use rewind_corpus::Mode;
use rewind_protocol::Variant;
use rewind_protocol::message::HelloReply;
use rewind_verdict::{
    Baseline, BaselineHeader, Class, Comparison, Difference, Refusal, RunFigures, Verdict,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Differences of each kind that are listed.
const LISTED: usize = 50;

/// The baseline of a run.
#[derive(Debug)]
pub(crate) struct Reference {
    file: PathBuf,
    baseline: Baseline,
    /// There is no file yet, and this run is to make it.
    missing: bool,
    update: bool,
}

/// What became of the baseline after the run.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// For people.
    pub(super) text: String,
    /// An update was asked for and refused.
    pub(super) refused: bool,
    /// The baseline was made from this run: what failed in it is known now.
    pub(super) created: bool,
}

impl Reference {
    /// Reads the file; with `update` it need not be there.
    pub(super) fn load(file: &Path, update: bool) -> Result<Self, CliError> {
        let missing = update && !file.exists();
        let baseline = if missing {
            Baseline::default()
        } else {
            Baseline::load(file)?
        };
        Ok(Self {
            file: file.to_owned(),
            baseline,
            missing,
            update,
        })
    }

    /// There is no file yet: nothing is known to regress from.
    pub(super) const fn is_missing(&self) -> bool {
        self.missing
    }

    /// The baseline says that the case ends like this, and that is no pass.
    pub(super) fn excuses(&self, path: &str, variant: Variant, now: Option<Class>) -> bool {
        now.is_some_and(|now| self.baseline.excuses(path, variant, now))
    }

    /// Compares, and updates the file if that was asked for and nothing forbids
    /// it. `not_run`: planned cases without a result; `breaches`: of isolation.
    pub(super) fn settle(
        &self,
        conductor: &Conductor<'_>,
        not_run: u64,
        breaches: u64,
    ) -> Result<Settled, CliError> {
        let header = header(conductor);
        let comparison = self.compare(conductor);
        let mut settled = Settled::default();
        if !self.missing {
            render(&mut settled.text, &comparison);
            for remark in self.baseline.remarks(&header) {
                // Writing into a `String` has no way to fail; so below.
                let _ = writeln!(settled.text, "    note  {remark}");
            }
        }
        if self.update {
            let figures = RunFigures {
                breaches,
                ..self.figures(conductor, &comparison, not_run)
            };
            let refusals = self.baseline.refusals(&header, &figures);
            settled.refused = !refusals.is_empty();
            if refusals.is_empty() {
                self.replace(conductor, header, &comparison, &mut settled.text)?;
                settled.created = self.missing;
            }
            self.render_refusals(&mut settled.text, &refusals);
        }
        Ok(settled)
    }

    /// Everything that differs, after the run.
    fn compare(&self, conductor: &Conductor<'_>) -> Comparison {
        let wish = &conductor.selected.wish;
        let whole = wish.paths.is_empty()
            && wish.filter.is_none()
            && wish.shard.is_none()
            && wish.mode == Mode::Both
            && conductor.last.iter().all(|last| last.verdict.is_some());
        self.baseline
            .compare(results(conductor.selected, &conductor.last), whole)
    }

    fn figures(
        &self,
        conductor: &Conductor<'_>,
        comparison: &Comparison,
        not_run: u64,
    ) -> RunFigures {
        let count = |wanted: &dyn Fn(&Last) -> bool| {
            conductor.last.iter().filter(|last| wanted(last)).count() as u64
        };
        let is = |verdict| count(&|last| last.verdict == Some(verdict));
        // A pass that a list says is none; it is in no comparison.
        let not_as_listed = count(&|it| it.verdict == Some(Verdict::Pass) && !it.expected);
        let new = if self.missing {
            0
        } else {
            comparison.new.len() as u64
        };
        RunFigures {
            not_run,
            lost: is(Verdict::Lost),
            breaches: 0,
            worker_crashes: conductor.worker_crashes,
            crashes: count(&|last| last.class == Some(Class::Crash) && !last.expected),
            regressions: new + not_as_listed,
            passes: is(Verdict::Pass),
        }
    }

    fn replace(
        &self,
        conductor: &Conductor<'_>,
        header: BaselineHeader,
        comparison: &Comparison,
        text: &mut String,
    ) -> Result<(), CliError> {
        let mut baseline = self.baseline.clone();
        let passes = count_passes(&conductor.last).max(baseline.header.passes);
        baseline.header = BaselineHeader { passes, ..header };
        baseline.update(results(conductor.selected, &conductor.last));
        baseline.prune_stale(comparison);
        baseline.save(&self.file)?;
        let word = if self.missing { "made" } else { "updated" };
        let (entries, file) = (baseline.entries().len(), self.file.display());
        let _ = writeln!(
            text,
            "baseline  {word}: {file}, {entries} entries, at least {passes} passes"
        );
        Ok(())
    }

    fn render_refusals(&self, text: &mut String, refusals: &[Refusal]) {
        for refusal in refusals {
            let file = self.file.display();
            let _ = writeln!(text, " REFUSED  {file} is not updated: {refusal}");
        }
    }
}

/// How each case that was run ended, as a baseline sees it.
fn results<'a>(
    selected: &'a Selected,
    last: &'a [Last],
) -> impl Iterator<Item = (&'a std::sync::Arc<str>, Variant, Option<Class>)> {
    let cases = selected.plan.cases.iter().zip(last);
    let run = cases.filter(|(_, last)| last.verdict.is_some());
    run.map(|(case, last)| (&case.path, case.variant, last.end()))
}

fn count_passes(last: &[Last]) -> u64 {
    let passed = last
        .iter()
        .filter(|last| last.verdict == Some(Verdict::Pass));
    passed.count() as u64
}

/// What this run would write at the top of a baseline.
fn header(conductor: &Conductor<'_>) -> BaselineHeader {
    let (settings, selected) = (conductor.settings, conductor.selected);
    let engine = |reply: &HelloReply| {
        let (name, version, build) = (&reply.guest_name, &reply.guest_version, &reply.build_id);
        format!("{name} {version}, build {build}")
    };
    let isolation = settings.setup.isolation.name();
    let (deadline, cap) = (selected.wish.timeout.as_secs_f64(), settings.setup.heap_cap);
    BaselineHeader {
        engine: conductor
            .greeting
            .as_deref()
            .map(engine)
            .unwrap_or_default(),
        corpus: selected.suite.edition(),
        mode: selected.wish.mode.name().to_owned(),
        config: format!(
            "isolation {isolation}, deadline {deadline} s, heap cap {} MiB{}",
            cap >> 20,
            lists(conductor)
        ),
        scope: scope(selected),
        passes: 0,
    }
}

/// The lists that change what is run, or what counts as a pass.
fn lists(conductor: &Conductor<'_>) -> String {
    let admission = &conductor.selected.admission;
    let diagnose = conductor.settings.diagnose.as_ref();
    let named = [
        ("unsupported", admission.unsupported_file.as_ref()),
        ("allow", admission.allow_file.as_ref()),
        ("diagnose", diagnose.map(|it| &it.file)),
    ];
    let named = named
        .into_iter()
        .filter_map(|(key, file)| Some((key, file?)));
    named
        .map(|(key, file)| format!(", {key} {}", paths::told(file)))
        .collect()
}

/// Which part of the corpus was asked for.
fn scope(selected: &Selected) -> String {
    let wish = &selected.wish;
    let mut parts: Vec<String> = Vec::new();
    if !wish.paths.is_empty() {
        let paths = wish.paths.iter().map(|path| in_corpus(selected, path));
        parts.push(paths.collect::<Vec<_>>().join(" "));
    }
    parts.extend(
        wish.filter
            .as_ref()
            .map(|filter| format!("filter {filter}")),
    );
    parts.extend(wish.shard.map(|shard| format!("shard {shard}")));
    parts.extend((wish.repeat > 1).then(|| format!("repeat {}", wish.repeat)));
    if parts.is_empty() {
        "all".to_owned()
    } else {
        parts.join("; ")
    }
}

/// A path as any machine would write it: relative to the root, where it is below.
fn in_corpus(selected: &Selected, path: &Path) -> String {
    let root = selected.suite.root();
    let absolute = path.canonicalize().unwrap_or_else(|_| root.join(path));
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let shown = absolute.strip_prefix(&root).unwrap_or(path);
    paths::told(shown).into_owned()
}

/// A comparison for people.
fn render(text: &mut String, comparison: &Comparison) {
    let lists: [(&str, &[Difference]); 4] = [
        ("NEW", &comparison.new),
        ("FIXED", &comparison.fixed),
        ("STALE", &comparison.stale),
        ("FLAKY", &comparison.flaky),
    ];
    for (word, list) in lists {
        for difference in list.iter().take(LISTED) {
            let _ = writeln!(text, "{word:>8}  {difference}");
        }
        if let Some(more) = list.len().checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = writeln!(text, "{word:>8}  … and {more} more");
        }
    }
    let [new, fixed, stale, flaky] = lists.map(|(_, list)| list.len());
    let _ = writeln!(
        text,
        "compared  {new} new, {fixed} fixed, {stale} stale, {flaky} flaky against the baseline"
    );
}
