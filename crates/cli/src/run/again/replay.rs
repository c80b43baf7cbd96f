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

use crate::args::{Cli, Command, ReplayArgs, RunArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::report_file::{CaseLine, ReportFile};
use crate::run::conductor::Conductor;
use crate::run::confirm::Confirmed;
use crate::run::outputs::Outputs;
use crate::run::retry::{Totals, settle};
use crate::run::{Settings, closing};
use crate::select::Selected;
use crate::signals::Listener;
use crate::terminal::tell;
use clap::Parser as _;
use rewind_harness::{Event, HarnessError, RunConfig, RunTotals, Stop, StopFlag};
use rewind_plan::{CaseId, Plan};
use rewind_protocol::Variant;
use rewind_verdict::Verdict;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::sync::mpsc;
use std::{panic, thread};

/// Differences that are listed.
const LISTED: usize = 50;

/// Repeats the run that `args` name.
pub(crate) fn replay(args: &ReplayArgs) -> Result<ExitCode, CliError> {
    let report = ReportFile::load(&args.record)?;
    let lines = lines(&report, args.until.as_deref())?;
    let run = as_run(&report, args)?;
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let profile = Profile::default();
    let mut selected = Selected::load(&run.select, &profile, &here, None)?;
    let edition = selected.corpus.edition();
    if edition != report.word("corpus") {
        let was = report.word("corpus");
        let remark = format!("the corpus is now {edition}; it was {was} when this was recorded");
        selected.remarks.push(remark);
    }
    let (was, build) = (report.word("build"), rewind_worker::build_name());
    if !was.is_empty() && was != build {
        let remark = format!("this is build {build}; the record is of {was}");
        selected.remarks.push(remark);
    }
    trim(&mut selected.plan, &lines);
    let settings = Settings::new(&run, &profile, &selected)?;
    let history = History::new(&lines, &selected.plan);
    repeat(&settings, &selected, &history)
}

/// First attempts, in the order of their answers, up to the one named.
fn lines<'a>(report: &'a ReportFile, until: Option<&str>) -> Result<Vec<&'a CaseLine>, CliError> {
    let mut lines: Vec<_> = report.cases.iter().filter(|it| it.attempt == 1).collect();
    if let Some(until) = until {
        let named = |line: &&CaseLine| {
            *line.path == *until || format!("{} {}", line.path, line.variant) == until
        };
        let at = lines.iter().position(named).ok_or_else(|| {
            CliError::NoTests(format!(
                "{} has no case `{until}`; name a path, or path and variant, as they stand there",
                report.path.display()
            ))
        })?;
        lines.truncate(at + 1);
    }
    if lines.is_empty() {
        let path = report.path.display();
        return Err(CliError::NoTests(format!(
            "{path} has no case that was run"
        )));
    }
    Ok(lines)
}

/// The words that ask for the same configuration, read as such.
fn as_run(report: &ReportFile, args: &ReplayArgs) -> Result<RunArgs, CliError> {
    let root = args.root.clone();
    let root = root.unwrap_or_else(|| report.word("root").into());
    let text = |key: &str| {
        let value = report.header.get(key)?;
        let plain = value.as_str().map(str::to_owned);
        (!value.is_null()).then(|| plain.unwrap_or_else(|| value.to_string()))
    };
    let mut words: Vec<std::ffi::OsString> = ["rewind", "run", "--mode", "both", "--order", "path"]
        .map(Into::into)
        .into();
    words.extend(["--root".into(), root.into()]);
    let pairs = [
        ("--timeout", "timeout_s"),
        ("--repeat", "repeat"),
        ("--workers", "workers"),
        ("--stand-ins", "stand_ins"),
        ("--isolation", "isolation"),
        ("--tracking", "tracking"),
        ("--heap-cap", "heap_cap_mib"),
        ("--expectations", "expectations"),
        ("--slow", "slow"),
        ("--baseline", "baseline"),
        ("--diagnose", "diagnose"),
        ("--unsupported", "unsupported"),
        ("--allow", "allow"),
    ];
    for (flag, key) in pairs {
        if let Some(value) = text(key) {
            words.extend([flag.into(), value.into()]);
        }
    }
    if report.header.get("faults").is_some_and(|it| it == true) {
        words.push("--faults".into());
    }
    words.extend(report.word("limits").split_whitespace().map(Into::into));
    let unusable = |problem: String| CliError::BadReport {
        path: report.path.clone(),
        line: 1,
        problem,
    };
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Command::Run(run)) => {
            let mut run = *run;
            run.tell.format = args.format;
            run.tell.results = None;
            Ok(run)
        }
        Ok(_) => Err(unusable("it asks for no run".to_owned())),
        Err(error) => Err(unusable(error.to_string())),
    }
}

/// Leaves of the plan what was recorded.
fn trim(plan: &mut Plan, lines: &[&CaseLine]) {
    let recorded: HashSet<_> = lines.iter().map(|it| (&*it.path, it.variant)).collect();
    plan.cases
        .retain(|case| recorded.contains(&(&*case.path, case.variant)));
    plan.skipped.clear();
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
        let mut free: HashMap<(&str, Variant), VecDeque<CaseId>> = HashMap::new();
        for (id, case) in plan.iter() {
            let rounds = free.entry((&case.path, case.variant)).or_default();
            rounds.push_back(id);
        }
        let mut history = Self {
            workers: BTreeMap::new(),
            recorded: Vec::with_capacity(lines.len()),
            gone: 0,
        };
        for &line in lines {
            let rounds = free.get_mut(&(&*line.path, line.variant));
            let Some(id) = rounds.and_then(VecDeque::pop_front) else {
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
    conductor.begin(&settings.header(selected))?;
    let mut config = settings.run_config(false);
    config.workers = 1;
    // What another worker did is in the record, as of that worker.
    config.stand_ins = 0;
    let ran = run_workers(&selected.plan, history, &config, &stop, &mut |event| {
        conductor.take(event);
    });
    let mut totals = Totals::default();
    let settled: Result<Vec<_>, _> = ran.into_iter().map(|it| settle(it, &mut totals)).collect();
    let differences = history.differences(&conductor);
    let unconfirmed = Confirmed::default();
    let code = closing::close(conductor, &totals, &listener, None, &unconfirmed)?;
    settled?;
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
                scope.spawn(move || {
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
        let joined = slots.into_iter().map(|slot| slot.join());
        joined
            .flat_map(|ran| ran.unwrap_or_else(|panic| panic::resume_unwind(panic)))
            .collect()
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
