//! Running the tests of all rows, and what that told.

use super::rows::Row;
use crate::error::CliError;
use rewind_harness::{Event, RunConfig, StopFlag, WorkerId};
use rewind_plan::{Case, Plan};
use rewind_protocol::message::RetireReason;
use rewind_protocol::{CaseFlags, Finished, Outcome, Variant};
use std::collections::HashMap;
use std::path::Path;

/// Longest that one of the tests may take.
const DEADLINE_MS: u32 = 5000;
/// Tests that do nothing, to know what the restore after such a test costs.
const QUIET: usize = 33;
/// Tests of each row, in this order: look, leave, look again, clean up.
const STEPS: usize = 4;

/// What came of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// The second look found what the first had.
    Restored,
    /// The worker ended by itself or was lost, and this is what is known of why.
    Detected(String),
    /// The system doesn't let a process do that here, or there is none of it.
    NotReachable(String),
    /// The second look found something else, and nobody noticed.
    Silent(String),
    /// The tests themselves did not work.
    Broken(String),
}

/// A row's end and its price.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) came: Came,
    /// Time for the restore after the test that left it, in µs.
    pub(super) restore_us: u64,
}

/// All of a run.
#[derive(Debug)]
pub(super) struct Trials {
    pub(super) rows: Vec<Trial>,
    /// Time for the restore after a test that does nothing: the median, in ns.
    pub(super) quiet_ns: u64,
}

/// One answer.
struct Answer {
    worker: WorkerId,
    /// Counted over all answers.
    order: usize,
    finished: Finished,
}

#[derive(Default)]
struct Heard {
    answers: HashMap<u32, Answer>,
    /// Why a worker is no more.
    ends: HashMap<WorkerId, String>,
    /// The last case that each worker answered.
    last: HashMap<WorkerId, u32>,
}

impl Heard {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Answered { case, worker, finished, .. } => {
                let order = self.answers.len();
                self.last.insert(worker, case.0);
                self.answers.insert(case.0, Answer { worker, order, finished: *finished });
            }
            Event::WorkerRetired { worker, retiring, .. } if retiring.reason != RetireReason::Drained => {
                self.ends.insert(worker, format!("{}: {}", retiring.reason, retiring.detail));
            }
            Event::WorkerDied { worker, death, .. } => {
                self.ends.insert(worker, format!("the worker {death}"));
            }
            _ => {}
        }
    }
}

/// Writes the tests into `folder` and runs them, one worker at a time.
pub(super) fn run(
    rows: &[Row],
    variant: Variant,
    folder: &Path,
    config: &RunConfig,
) -> Result<Trials, CliError> {
    let (plan, first) = plan(rows, variant, folder)?;
    let mut heard = Heard::default();
    rewind_harness::run(&plan, config, &StopFlag::new(), &mut |event| heard.hear(event))?;
    let trial = |number: usize| judge(&heard, first + number * STEPS);
    Ok(Trials { rows: (0..rows.len()).map(trial).collect(), quiet_ns: quiet(&heard) })
}

fn plan(rows: &[Row], variant: Variant, folder: &Path) -> Result<(Plan, usize), CliError> {
    let mut plan = Plan { root: folder.to_owned(), ..Plan::default() };
    let mut add = |name: String, text: &str| {
        std::fs::write(folder.join(&name), text).map_err(CliError::system("write a test of the audit"))?;
        plan.cases.push(case(&name, variant));
        Ok::<_, CliError>(())
    };
    for number in 0..QUIET {
        add(format!("quiet-{number}"), "")?;
    }
    for (number, row) in rows.iter().enumerate() {
        add(format!("{number}-look"), &row.observe)?;
        add(format!("{number}-leave"), &row.pollute)?;
        add(format!("{number}-look-again"), &row.observe)?;
        add(format!("{number}-clean"), &row.clean)?;
    }
    Ok((plan, QUIET))
}

fn case(path: &str, variant: Variant) -> Case {
    Case {
        path: path.into(),
        variant,
        preamble: None,
        flags: CaseFlags::default(),
        deadline_ms: DEADLINE_MS,
        weight_us: 100,
        test: 0,
        round: 0,
        expectation: None,
    }
}

fn answer(heard: &Heard, number: usize) -> Option<&Answer> {
    heard.answers.get(&u32::try_from(number).ok()?)
}

fn quiet(heard: &Heard) -> u64 {
    let mut times: Vec<_> =
        (0..QUIET).filter_map(|number| answer(heard, number)).map(|it| it.finished.phases.restore.0).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or(0)
}

fn judge(heard: &Heard, first: usize) -> Trial {
    let steps = [first, first + 1, first + 2].map(|number| answer(heard, number));
    let [Some(before), Some(leave), Some(after)] = steps else {
        return Trial { came: Came::Broken("a test was not answered".to_owned()), restore_us: 0 };
    };
    let restore_us = leave.finished.phases.restore.as_micros();
    Trial { came: came(heard, first + 1, before, leave, after), restore_us }
}

fn came(heard: &Heard, number: usize, before: &Answer, leave: &Answer, after: &Answer) -> Came {
    if before.order > leave.order || leave.order > after.order {
        return Came::Broken("the tests ran in another order".to_owned());
    }
    if let Outcome::Lost { reason } = &before.finished.outcome {
        return Came::Broken(reason.clone());
    }
    let is_last = heard.last.get(&leave.worker).copied() == u32::try_from(number).ok();
    if let Some(end) = heard.ends.get(&leave.worker).filter(|_| is_last) {
        return Came::Detected(end.clone());
    }
    if let Outcome::Threw { thrown, .. } = &leave.finished.outcome {
        let text = &thrown.message;
        match thrown.name.as_str() {
            "Unreachable" => return Came::NotReachable(text.clone()),
            "ActionError" | "SyntaxError" => return Came::Broken(text.clone()),
            _ => {}
        }
    }
    let (was, is) = (found(&before.finished), found(&after.finished));
    if was == is { Came::Restored } else { Came::Silent(difference(&was, &is)) }
}

/// What a look tells: how it ended, and what it printed.
fn found(finished: &Finished) -> String {
    let end = match &finished.outcome {
        Outcome::Threw { thrown, .. } => format!("threw {} {}", thrown.name, thrown.message),
        Outcome::Crashed(site) => format!("crashed by signal {}", site.signal),
        other => other.kind().to_owned(),
    };
    format!("{}{end}", String::from_utf8_lossy(&finished.output))
}

/// The first line in which they differ.
fn difference(was: &str, is: &str) -> String {
    let (mut before, mut after) = (was.lines(), is.lines());
    loop {
        match (before.next(), after.next()) {
            (Some(was), Some(is)) if was == is => {}
            (was, is) => {
                return format!("was {:?}, is {:?}", was.unwrap_or("nothing"), is.unwrap_or("nothing"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_names_the_first_line_that_differs() {
        assert_eq!(difference("a\nb\nc", "a\nx\nc"), r#"was "b", is "x""#);
        assert_eq!(difference("a", "a\nb"), r#"was "nothing", is "b""#);
    }
}
