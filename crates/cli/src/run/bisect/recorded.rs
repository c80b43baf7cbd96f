//! The victim and what ran before it, taken from the record.

use super::BisectArgs;
use super::scene::{Member, Scene, Times};
use crate::error::CliError;
use crate::profile::Profile;
use crate::report_file::{CaseLine, ReportFile};
use crate::run::Settings;
use crate::run::again::record::{self, Otherwise};
use crate::run::judged::case_end;
use crate::select::Selected;
use rewind_harness::{Event, StopFlag};
use rewind_plan::CaseId;
use rewind_report::CaseEnd;
use std::collections::{HashMap, HashSet};

/// What the record says of the victim.
pub(super) struct Recorded<'a> {
    pub(super) line: &'a CaseLine,
    settings: Settings,
    pub(super) selected: Selected,
    victim: Member,
    /// Those before it since its process started.
    predecessors: Vec<Member>,
}

impl<'a> Recorded<'a> {
    /// Finds the victim in the record and everything about it.
    pub(super) fn find(
        report: &'a ReportFile,
        args: &BisectArgs,
        stop: &StopFlag,
    ) -> Result<Self, CliError> {
        let lines = record::first_attempts(report);
        let times = record::must_find(report, &lines, &args.victim)?;
        one_variant(&lines, &times, &args.victim)?;
        let otherwise = Otherwise {
            root: args.root.clone(),
            format: args.format,
            unverified: true,
        };
        let mut run = record::as_run(report, &otherwise)?;
        run.execute.worker_exe.clone_from(&args.worker_exe);
        let needed = needed(&lines, &times);
        let their_lines: Vec<_> = needed.iter().map(|(_, line)| *line).collect();
        let selected = record::select(report, &run, &their_lines)?;
        let settings = Settings::new(&run, &Profile::default(), &selected)?;
        let numbers = record::numbers(&their_lines, &selected.plan);
        let numbers: HashMap<usize, Option<CaseId>> =
            needed.iter().map(|(at, _)| *at).zip(numbers).collect();
        let number = |at: usize| numbers.get(&at).copied().flatten();
        let Some(victim) = times.last().and_then(|at| number(*at)) else {
            return Err(CliError::NoTests(format!(
                "{} isn't in the corpus any more; name where it is with --root DIR",
                args.victim
            )));
        };
        let at = match times[..] {
            [only] => only,
            _ => telling_time(
                &lines,
                &times,
                &run_alone(&settings, &selected, victim, stop)?,
            ),
        };
        let (Some(&line), Some(victim)) = (lines.get(at), number(at)) else {
            return Err(CliError::NoTests(format!("{} has no line", args.victim)));
        };
        let rounds = Times::of(lines.iter().map(|it| (&*it.path, it.variant)));
        let member = |at: usize, id: CaseId| Member {
            id,
            time: rounds.at(at),
        };
        let before = lines.iter().take(at).enumerate();
        let in_its_process =
            before.filter(|(_, it)| (it.worker, it.worker_life) == (line.worker, line.worker_life));
        let predecessors = in_its_process
            .filter_map(|(at, _)| Some(member(at, number(at)?)))
            .collect();
        Ok(Self {
            line,
            settings,
            selected,
            victim: member(at, victim),
            predecessors,
        })
    }

    /// What there is to search in.
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            settings: self.settings.for_tries(),
            selected: &self.selected,
            victim: self.victim,
            predecessors: self.predecessors.clone(),
            recorded: self.end().to_string(),
        }
    }

    /// How the victim ended in the record.
    pub(super) fn end(&self) -> CaseEnd {
        recorded(self.line)
    }
}

/// The lines of the processes that the victim ran in, with where they are.
fn needed<'a>(lines: &[&'a CaseLine], times: &[usize]) -> Vec<(usize, &'a CaseLine)> {
    let place = |line: &CaseLine| (line.worker, line.worker_life);
    let places: HashSet<_> = times
        .iter()
        .filter_map(|at| lines.get(*at))
        .map(|line| place(line))
        .collect();
    let numbered = lines.iter().copied().enumerate();
    numbered
        .filter(|(_, line)| places.contains(&place(line)))
        .collect()
}

/// A case in two variants is two cases.
fn one_variant(lines: &[&CaseLine], times: &[usize], name: &str) -> Result<(), CliError> {
    let mut found: Vec<_> = times.iter().filter_map(|at| lines.get(*at)).collect();
    found.sort_by_key(|line| line.variant);
    found.dedup_by_key(|line| line.variant);
    if found.len() <= 1 {
        return Ok(());
    }
    let names: Vec<_> = found
        .iter()
        .map(|line| format!("`{} {}`", line.path, line.variant))
        .collect();
    Err(CliError::Bisect(format!(
        "`{name}` is several cases; name one of {}",
        names.join(", ")
    )))
}

/// Of a case that ran several times, the first time that it didn't end as it does
/// alone; the last if there is none.
fn telling_time(lines: &[&CaseLine], times: &[usize], alone: &Option<CaseEnd>) -> usize {
    let differs = |at: &&usize| {
        let line = lines.get(**at);
        line.is_some_and(|line| Some(recorded(line)) != *alone)
    };
    let found = times.iter().find(differs).or(times.last());
    found.copied().unwrap_or_default()
}

fn recorded(line: &CaseLine) -> CaseEnd {
    let value: serde_json::Value = serde_json::from_str(&line.text).unwrap_or_default();
    let word = |key: &str| {
        let word = value.get("outcome").and_then(|outcome| outcome.get(key));
        word.and_then(|word| word.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    CaseEnd {
        verdict: line.verdict,
        outcome: word("kind"),
        name: word("name"),
    }
}

/// How a case ends in a process of its own.
fn run_alone(
    settings: &Settings,
    selected: &Selected,
    case: CaseId,
    stop: &StopFlag,
) -> Result<Option<CaseEnd>, CliError> {
    let mut end = None;
    let config = settings.run_config(true);
    rewind_harness::run_cases(&selected.plan, [case], &config, stop, &mut |event| {
        if let Event::Answered { case, finished, .. } = event {
            end = case_end(settings, selected, case, &finished);
        }
    })?;
    Ok(end)
}
