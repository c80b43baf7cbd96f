//! Runs a stress run, and says how it ended.

use super::args::StressArgs;
use super::corpus::{Corpus, Recipe, Role};
use super::killer::Killer;
use super::kind::{KILL_WORKER, Kind};
use super::page::Page;
use super::show;
use super::summary::Summary;
use super::tally::Tally;
use super::timeline::Timeline;
use crate::args::{Format, TrackingChoice};
use crate::error::CliError;
use crate::exit::{ExitCode, Standing};
use crate::signals::Listener;
use crate::terminal::tell;
use rewind_harness::{Event, GuestSetup, Patience, RunConfig, StopFlag, WorkerCommand};
use rewind_report::AtomicFile;
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};

/// Workers that may be killed in a row before they have answered a case: who
/// kills them at random hits some while they start.
const BARREN: u32 = 64;

/// Most that a guest's heap may grow to here: memory is exhausted on purpose.
const HEAP_CAP: u64 = 64 << 20;
/// How long a worker may stand still: some do so on purpose.
const STALL: Duration = Duration::from_secs(2);
/// Version of the ndjson report's form.
const SCHEMA: u32 = 1;

/// Raises faults and tells what came of it.
pub(crate) fn stress(args: &StressArgs) -> Result<ExitCode, CliError> {
    if args.faults.listed {
        let text = args.faults.listing();
        let written = std::io::stdout().lock().write_all(text.as_bytes());
        written.map_err(CliError::system("write to stdout"))?;
        return Ok(ExitCode::Success);
    }
    let deadline_ms = u32::try_from(args.timeout.0.as_millis()).unwrap_or(u32::MAX);
    let corpus = Corpus::create(&Recipe {
        selection: &args.faults,
        count: usize::try_from(args.count.get()).unwrap_or(usize::MAX),
        seed: args.seed,
        deadline_ms,
        swap: args.swap,
    })?;
    let format = args.format.unwrap_or_default();
    let html = args.html.as_deref().map(AtomicFile::create).transpose()?;
    if format == Format::Ndjson {
        put_line(&header(args))?;
    }
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let kinds = &args.faults.kinds;
    let mut killer = Killer::start(args.seed, kills(kinds, &corpus.roles))?;
    let mut tally = Tally::new(kinds, &corpus.roles).with(killer.killed());
    let config = config(args)?;
    let (started, mut timeline) = (Instant::now(), Timeline::new());
    let totals = rewind_harness::run(&corpus.plan, &config, &stop, &mut |event| {
        if let Event::Answered { .. } = event {
            timeline.note(started.elapsed());
        }
        killer.hear(&event);
        tally.take(event);
    })?;
    tally.close();
    let summary = Summary::new(&tally, kinds, &totals, listener.interrupted());
    if let Some(mut file) = html {
        let page = Page {
            summary: &summary,
            recovery: &tally.recovery,
            timeline: &timeline,
            options: &options(args),
        };
        file.write_all(page.render().as_bytes())
            .map_err(CliError::system("write the page"))?;
        file.commit()?;
    }
    report(&summary, format)?;
    Ok(standing(&summary).exit_code())
}

/// One kill for each case of the kind, at most.
fn kills(kinds: &[Kind], roles: &[Role]) -> u64 {
    let index = kinds.iter().position(|kind| kind.name == KILL_WORKER);
    let is_one = |role: &&Role| match role {
        Role::Fault(of) => Some(usize::from(*of)) == index,
        Role::Check => false,
    };
    roles.iter().filter(is_one).count() as u64
}

fn config(args: &StressArgs) -> Result<RunConfig, CliError> {
    let worker_exe = match &args.worker_exe {
        Some(exe) => exe.clone(),
        None => std::env::current_exe().map_err(CliError::system("find this program"))?,
    };
    let mut words = vec!["worker".to_owned()];
    if let Some(every) = args.mangle_frames {
        words.extend(["--mangle-frames".to_owned(), every.to_string()]);
    }
    let command = WorkerCommand::new(worker_exe, words);
    let mut config = RunConfig::new(command, args.workers.count() as usize);
    config.setup = GuestSetup {
        faults: true,
        heap_cap: HEAP_CAP,
        tracking: args.tracking.unwrap_or(TrackingChoice::Auto).into(),
        isolation: args.isolation.into(),
        ..GuestSetup::default()
    };
    // What is tried is whether the first word about a death is right.
    config.confirm_deaths = false;
    config.patience = Patience {
        stall: STALL,
        overrun: STALL,
        barren: BARREN,
        ..Patience::default()
    };
    Ok(config)
}

fn options(args: &StressArgs) -> [(&'static str, String); 4] {
    [
        ("faults", args.faults.text.clone()),
        ("count", args.count.to_string()),
        ("workers", args.workers.count().to_string()),
        ("seed", args.seed.to_string()),
    ]
}

fn header(args: &StressArgs) -> serde_json::Value {
    json!({
        "type": "stress",
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "faults": args.faults.text,
        "count": args.count,
        "workers": args.workers.count(),
        "seed": args.seed,
    })
}

/// A summary as the line of a report.
#[derive(Serialize)]
struct SummaryLine<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    summary: &'a Summary,
}

fn report(summary: &Summary, format: Format) -> Result<(), CliError> {
    let text = show::render(summary);
    if format == Format::Ndjson {
        put_line(&SummaryLine {
            r#type: "summary",
            summary,
        })?;
        tell(&text);
        return Ok(());
    }
    put(text.as_bytes())
}

fn put_line(value: &impl Serialize) -> Result<(), CliError> {
    let failed = CliError::system("write the report");
    let mut line = serde_json::to_vec(value).map_err(|error| failed(error.into()))?;
    line.push(b'\n');
    put(&line)
}

fn put(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(CliError::system("write the report"))
}

/// Lost and doubled answers are our machinery's; damage is a breach of
/// isolation; any other wrong answer is a failure.
const fn standing(summary: &Summary) -> Standing {
    Standing {
        interrupted: summary.interrupted,
        missing: summary.lost + summary.doubled,
        broken: false,
        breaches: summary.failed_checks,
        baseline_refused: false,
        unexpected: summary.misattributed,
        flaky_refused: 0,
    }
}
