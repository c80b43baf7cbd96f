//! Running the tests of all rows, and what that told.

use super::rows::Row;
use crate::error::CliError;
use rewind_harness::{Event, RunConfig, StopFlag, WorkerId};
use rewind_plan::{Case, Plan};
use rewind_protocol::message::RetireReason;
use rewind_protocol::{Attributes, Finished, Outcome, Variant};
use std::collections::HashMap;
use std::path::Path;

/// Longest that one of the tests may take.
const DEADLINE_MS: u32 = 1000;
/// How often a test is repeated to know what the restore after it costs.
const REPEATS: usize = 9;

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

/// Medians of the time that restores took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// After a test that does nothing, in ns.
    pub(super) quiet_ns: u64,
    /// After the test in question, in ns.
    pub(super) left_ns: u64,
}

impl Cost {
    /// What the row's own part is.
    pub(super) const fn extra_ns(self) -> u64 {
        self.left_ns.saturating_sub(self.quiet_ns)
    }
}

/// One answer.
struct Answer {
    worker: WorkerId,
    finished: Finished,
}

#[derive(Default)]
struct Heard {
    answers: HashMap<u32, Answer>,
    /// Why a worker is no more.
    ends: HashMap<WorkerId, String>,
}

impl Heard {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Answered {
                case,
                worker,
                finished,
                ..
            } => {
                self.answers.insert(
                    case.0,
                    Answer {
                        worker,
                        finished: *finished,
                    },
                );
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } if retiring.reason != RetireReason::Drained => {
                self.ends
                    .insert(worker, format!("{}: {}", retiring.reason, retiring.detail));
            }
            Event::WorkerDied { worker, death, .. } => {
                self.ends.insert(worker, format!("the worker {death}"));
            }
            _ => {}
        }
    }
}

/// Runs the tests of one row in a worker of their own, from files in `folder`.
///
/// Gives what came of it, and what the first look told. `first` is what that
/// told in a run before: were this run's own taken, something that outlives
/// every worker would look as if it belonged there.
pub(super) fn run(
    row: &Row,
    variant: Variant,
    folder: &Path,
    config: &RunConfig,
    first: Option<&str>,
) -> Result<(Came, String), CliError> {
    let steps = [&row.observe, &row.pollute, &row.observe, &row.clean];
    let heard = hear(steps.into_iter(), variant, folder, config)?;
    let fresh = heard.answers.get(&0).map(|answer| found(&answer.finished));
    let fresh = first.map_or_else(|| fresh.unwrap_or_default(), str::to_owned);
    let came = match [0, 1, 2].map(|number| heard.answers.get(&number)) {
        [Some(before), Some(leave), Some(after)] => came(&heard, &fresh, [before, leave, after]),
        _ => Came::Broken("a test was not answered".to_owned()),
    };
    Ok((came, fresh))
}

/// What restores after the row's test cost, where the worker survives them.
pub(super) fn cost(
    row: &Row,
    variant: Variant,
    folder: &Path,
    config: &RunConfig,
) -> Result<Cost, CliError> {
    let quiet = String::new();
    let turns = std::iter::repeat_n([&quiet, &row.pollute], REPEATS).flatten();
    let heard = hear(turns.chain([&row.clean]), variant, folder, config)?;
    let median = |first: u32| {
        let numbers = (first..).step_by(2).take(REPEATS);
        let mut times: Vec<_> = numbers
            .filter_map(|number| heard.answers.get(&number))
            .map(|answer| answer.finished.phases.restore.0)
            .collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or(0)
    };
    Ok(Cost {
        quiet_ns: median(0),
        left_ns: median(1),
    })
}

fn hear<'a>(
    sources: impl Iterator<Item = &'a String>,
    variant: Variant,
    folder: &Path,
    config: &RunConfig,
) -> Result<Heard, CliError> {
    let mut plan = Plan {
        root: folder.to_owned(),
        ..Plan::default()
    };
    for (number, source) in sources.enumerate() {
        let name = format!("test-{number}");
        std::fs::write(folder.join(&name), source)
            .map_err(CliError::system("write a test of the audit"))?;
        plan.cases.push(case(&name, variant));
    }
    let mut heard = Heard::default();
    rewind_harness::run(&plan, config, &StopFlag::new(), &mut |event| {
        heard.hear(event)
    })?;
    Ok(heard)
}

fn case(path: &str, variant: Variant) -> Case {
    Case {
        path: path.into(),
        variant,
        preamble: None,
        attributes: Attributes::NONE,
        deadline_ms: DEADLINE_MS,
        weight_us: 100,
        bytes: 0,
        test: 0,
        round: 0,
        expectation: None,
    }
}

fn came(heard: &Heard, fresh: &str, [before, leave, after]: [&Answer; 3]) -> Came {
    if let Outcome::Lost { reason } = &before.finished.outcome {
        return Came::Broken(reason.clone());
    }
    if before.worker != leave.worker {
        return Came::Broken("the first look ended its worker".to_owned());
    }
    if let Outcome::Threw { thrown, .. } = &leave.finished.outcome {
        let text = &thrown.message;
        match thrown.name.as_str() {
            "Unreachable" => return Came::NotReachable(text.clone()),
            "ActionError" | "SyntaxError" => return Came::Broken(text.clone()),
            _ => {}
        }
    }
    if after.worker != leave.worker {
        let end = heard.ends.get(&leave.worker).cloned();
        return Came::Detected(end.unwrap_or_else(|| "the worker was lost".to_owned()));
    }
    let is = found(&after.finished);
    if fresh == is {
        Came::Restored
    } else {
        Came::Silent(difference(fresh, &is))
    }
}

/// What a look tells: how it ended, and what it printed.
fn found(finished: &Finished) -> String {
    let end = match &finished.outcome {
        Outcome::Threw { thrown, .. } => format!("threw {} {}", thrown.name, thrown.message),
        Outcome::Crashed(site) => format!("crashed by signal {}", site.signal),
        Outcome::HostError { kind, message } => format!("host error {kind} {message}"),
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
                return format!(
                    "was {:?}, is {:?}",
                    was.unwrap_or("nothing"),
                    is.unwrap_or("nothing")
                );
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
