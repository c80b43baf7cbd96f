//! `rewind replay RECORD`: a run as it was, worker by worker.
//!
//! ```text
//! record:  worker 0.0  a c d †   0.1  g      worker 1.0  b e f
//! replay:  thread 0: a c d, then a fresh worker: g    thread 1: b e f
//! ```
//!
//! What one case does to the next depends on which worker ran them, in which
//! order, and since when. All of that is in a report, so the report is the
//! record. Retries ran alone and are left out.

use super::record::{self, Otherwise};
use crate::args::ReplayArgs;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::report_file::{CaseLine, ReportFile};
use crate::run::closing::End;
use crate::run::conductor::Conductor;
use crate::run::confirm::Confirmed;
use crate::run::outputs::Outputs;
use crate::run::retry::{Totals, settle};
use crate::run::{Settings, closing, facts};
use crate::select::Selected;
use crate::signals::Listener;
use crate::terminal::tell;
use rewind_harness::{Event, HarnessError, RunConfig, RunTotals, Stop, StopFlag};
use rewind_plan::{CaseId, Plan};
use rewind_report::{RunFacts, RunHeader};
use rewind_verdict::Verdict;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::mpsc;
use std::{panic, thread};

/// Differences that are listed.
const LISTED: usize = 50;

/// Repeats the run that `args` name.
pub(crate) fn replay(args: &ReplayArgs) -> Result<ExitCode, CliError> {
    let report = ReportFile::load(&args.record)?;
    let lines = lines(&report, args)?;
    let otherwise = Otherwise {
        root: args.root.clone(),
        format: args.format,
        unverified: !args.only.is_empty(),
    };
    let run = record::as_run(&report, &otherwise)?;
    let selected = record::select(&report, &run, &lines)?;
    let settings = Settings::new(&run, &Profile::default(), &selected)?;
    let history = History::new(&lines, &selected.plan);
    repeat(&settings, &selected, &history)
}

/// First attempts, in the order of their answers, as far as they are asked for.
fn lines<'a>(report: &'a ReportFile, args: &ReplayArgs) -> Result<Vec<&'a CaseLine>, CliError> {
    let mut lines = record::first_attempts(report);
    if let Some(until) = &args.until {
        let found = record::must_find(report, &lines, until)?;
        lines.truncate(found.first().map_or(0, |at| at + 1));
    }
    if !args.only.is_empty() {
        let mut wanted = HashSet::new();
        for name in &args.only {
            wanted.extend(record::must_find(report, &lines, name)?);
        }
        let mut at = 0..;
        lines.retain(|_| at.next().is_some_and(|at| wanted.contains(&at)));
    }
    if lines.is_empty() {
        let path = report.path.display();
        return Err(CliError::NoTests(format!(
            "{path} has no case that was run"
        )));
    }
    Ok(lines)
}

/// Who ran what, in which order.
struct History<'a> {
    /// By slot and life.
    workers: BTreeMap<u32, BTreeMap<u32, Vec<CaseId>>>,
    recorded: Vec<(CaseId, &'a CaseLine)>,
    /// Lines whose case isn't there any more.
    gone: usize,
}

impl<'a> History<'a> {
    fn new(lines: &[&'a CaseLine], plan: &Plan) -> Self {
        let mut history = Self {
            workers: BTreeMap::new(),
            recorded: Vec::with_capacity(lines.len()),
            gone: 0,
        };
        for (&line, id) in lines.iter().zip(record::numbers(lines, plan)) {
            let Some(id) = id else {
                history.gone += 1;
                continue;
            };
            let lives = history.workers.entry(line.worker).or_default();
            lives.entry(line.worker_life).or_default().push(id);
            history.recorded.push((id, line));
        }
        history
    }

    /// What ended otherwise than it was recorded.
    fn differences(&self, conductor: &Conductor<'_>) -> Vec<String> {
        let verdict = |id: CaseId| conductor.last.get(id.0 as usize)?.verdict;
        let show = |verdict: Option<Verdict>| verdict.map_or("not run", Verdict::name);
        let differing = self
            .recorded
            .iter()
            .filter(|(id, line)| verdict(*id) != Some(line.verdict));
        differing
            .map(|(id, line)| {
                let (path, variant, was) = (&line.path, line.variant, line.verdict);
                format!("{path} {variant}  {was} → {}", show(verdict(*id)))
            })
            .collect()
    }
}

fn repeat(
    settings: &Settings,
    selected: &Selected,
    history: &History<'_>,
) -> Result<ExitCode, CliError> {
    let outputs = Outputs::open(settings, selected)?;
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let reporter = outputs.reporter(settings, selected)?;
    let mut conductor = Conductor::new(settings, selected, None, reporter, &stop, &listener);
    let cases = history.recorded.len() as u64;
    conductor.begin(&RunHeader {
        cases,
        ..settings.header(selected)
    });
    let mut config = settings.run_config(false);
    config.workers = 1;
    // What another worker did is in the record, as of that worker.
    config.stand_ins = 0;
    // So are the runs of cases by themselves: each in the worker that answered it.
    config.confirm_deaths = false;
    let ran = run_workers(&selected.plan, history, &config, &stop, &mut |event| {
        conductor.take(event);
    });
    let mut totals = Totals::default();
    let mut broke_off = None;
    for ran in ran {
        broke_off = broke_off.or(settle(ran, &mut totals).err());
    }
    let differences = history.differences(&conductor);
    let facts = RunFacts {
        planned: cases,
        ..facts::facts(&conductor, &totals, &listener, broke_off.as_ref())
    };
    let end = End {
        facts,
        totals: &totals,
        confirmed: &Confirmed::default(),
        quarantine: None,
        broke_off,
    };
    let code = closing::close(conductor, end, &outputs)?;
    tell(&told(history, &differences));
    Ok(match code {
        ExitCode::Machinery | ExitCode::Interrupted => code,
        _ if differences.is_empty() && history.gone == 0 => ExitCode::Success,
        _ => ExitCode::Failures,
    })
}

/// A thread for each slot, and in it a fresh worker for each of its lives.
fn run_workers(
    plan: &Plan,
    history: &History<'_>,
    config: &RunConfig,
    stop: &StopFlag,
    take: &mut dyn FnMut(Event),
) -> Vec<Result<RunTotals, HarnessError>> {
    thread::scope(|scope| {
        let (sender, events) = mpsc::channel();
        let slots: Vec<_> = history
            .workers
            .iter()
            .map(|(&slot, lives)| {
                let sender = sender.clone();
                let thread = thread::Builder::new().name(format!("replay-{slot}"));
                thread.spawn_scoped(scope, move || {
                    let mut ran = Vec::new();
                    for (&life, cases) in lives {
                        let cases = cases.iter().copied();
                        ran.push(rewind_harness::run_cases(
                            plan,
                            cases,
                            config,
                            stop,
                            &mut |event| {
                                // The receiver is there as long as this thread.
                                let _ = sender.send(placed(event, slot, life));
                            },
                        ));
                        if stop.level() != Stop::No || ran.last().is_some_and(Result::is_err) {
                            break;
                        }
                    }
                    ran
                })
            })
            .collect();
        drop(sender);
        for event in events {
            take(event);
        }
        let joined = slots.into_iter().map(|slot| match slot {
            Ok(slot) => slot
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic)),
            Err(error) => vec![Err(HarnessError::Thread(error))],
        });
        joined.flatten().collect()
    })
}

/// The event as of the worker that is repeated.
fn placed(mut event: Event, slot: u32, life: u32) -> Event {
    match &mut event {
        Event::WorkerReady { worker, .. }
        | Event::Answered { worker, .. }
        | Event::Diagnostic { worker, .. }
        | Event::WorkerRetired { worker, .. }
        | Event::WorkerDied { worker, .. } => {
            worker.slot = slot;
            worker.life += life;
        }
        Event::Tick { running } => {
            for at in running {
                at.worker.slot = slot;
                at.worker.life += life;
            }
        }
        _ => {}
    }
    event
}

fn told(history: &History<'_>, differences: &[String]) -> String {
    let mut text = String::new();
    for difference in differences.iter().take(LISTED) {
        // Writing into a `String` has no way to fail.
        let _ = writeln!(text, "  DIFFER  {difference}");
    }
    let (cases, workers) = (history.recorded.len(), history.workers.len());
    let _ = writeln!(
        text,
        "replayed  {cases} cases on {workers} workers: {} ended otherwise, {} are gone",
        differences.len(),
        history.gone
    );
    text
}
