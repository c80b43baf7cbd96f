//! `rewind run`: from arguments to results.
//!
//! ```text
//! Settings ─► Selected (corpus, plan) ─► Conductor ◄── events ── harness
//!                                            │
//!                                            ├─► Reporter: each attempt as it comes
//!                                            └─► closing: summary, timings, exit code
//! ```

mod again;
mod attempt;
mod baseline;
mod bisect;
mod closing;
mod conductor;
mod config_file;
mod diagnose;
mod judged;
mod outputs;
mod retry;
mod settings;
mod shadow;
mod worker;

pub(crate) use again::replay;
pub(crate) use bisect::{BISECT_CODES, BisectArgs, bisect};
pub(crate) use settings::Settings;

use crate::args::{Format, Rerun, RunArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::profiling::{self, NO_TAP, Observers, RunFigures};
use crate::select::Selected;
use crate::signals::Listener;
use crate::terminal::tell;
use again::{Done, keep_failed};
use baseline::Reference;
use conductor::Conductor;
use outputs::Outputs;
use retry::Totals;
use rewind_harness::StopFlag;

/// Runs what `args` select.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    run_watched(args, None)
}

/// Runs what `args` select, and tells the profile of it with `top` cases in each list.
pub(crate) fn profile(args: &RunArgs, top: usize) -> Result<ExitCode, CliError> {
    run_watched(args, Some(top))
}

fn run_watched(args: &RunArgs, profiled: Option<usize>) -> Result<ExitCode, CliError> {
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let profile = Profile::find(args.select.profile.as_deref(), &here)?;
    let results = args.tell.results.as_deref().or(profile.results.as_deref());
    let mut selected = Selected::load(&args.select, &profile, &here, results)?;
    selected.must_hold_tests()?;
    let builds_on = args.execute.resume || args.execute.rerun.is_some();
    match (args.execute.rerun, results) {
        (_, None) if builds_on => return Err(CliError::NoResults),
        (Some(Rerun::Failed), Some(results)) => keep_failed(&mut selected, results)?,
        _ => {}
    }
    let mut settings = Settings::new(args, &profile, &selected)?;
    settings.watch.profile = profiled;
    if profiled.is_some() && settings.format == Format::Tap {
        return Err(CliError::Profiling(NO_TAP.to_owned()));
    }
    let reference = settings
        .baseline
        .as_deref()
        .map(|file| Reference::load(file, settings.update_baseline))
        .transpose()?;
    if settings.update_baseline && reference.is_none() {
        return Err(CliError::NoBaseline);
    }
    conduct(&settings, &selected, reference.as_ref())
}

fn conduct(
    settings: &Settings,
    selected: &Selected,
    reference: Option<&Reference>,
) -> Result<ExitCode, CliError> {
    let outputs = Outputs::open(settings, selected)?;
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let header = settings.header(selected);
    let done = match &settings.results {
        Some(results) if settings.resume => Done::load(results, &header, selected)?,
        _ => Done::default(),
    };
    let reporter = outputs.reporter(settings, selected)?;
    let mut conductor = Conductor::new(settings, selected, reference, reporter, &stop, &listener);
    let planned = header.cases.saturating_sub(done.attempts.len() as u64);
    let workers = (settings.workers, settings.stand_ins);
    conductor.observers = Observers::new(&settings.watch, workers, planned, conductor.since)?;
    if let Some(rate) = settings.shadow {
        conductor.sample = shadow::Sample::draw(&selected.plan, selected.wish.seed, rate);
    }
    conductor.begin(&header)?;
    for (case, attempt) in &done.attempts {
        conductor.revive(*case, attempt);
    }
    let mut totals = Totals::default();
    let ran = retry::run_all(settings, selected, &stop, &mut conductor, &mut totals);
    let watched = end_watch(&mut conductor, &totals, &listener);
    // Second runs are no part of what is watched.
    let ran =
        ran.and_then(|()| shadow::audit(settings, selected, &stop, &mut conductor, &mut totals));
    let code = closing::close(conductor, &totals, &listener)?;
    done.forget();
    let profile = watched?;
    ran?;
    profile.map_or(Ok(()), |profile| profiling::tell(&profile, settings.format))?;
    Ok(code)
}

/// Puts the trace in place, and works out the profile.
fn end_watch(
    conductor: &mut Conductor<'_>,
    totals: &Totals,
    listener: &Listener,
) -> Result<Option<profiling::Profile>, CliError> {
    let wall = conductor.elapsed();
    let Some(observers) = conductor.observers.take() else {
        return Ok(None);
    };
    if conductor.failed.is_some() {
        // What could not be written is not put in place either.
        return Ok(None);
    }
    let (gathered, remark) = observers.end(wall)?;
    tell(&remark);
    let (settings, selected) = (conductor.settings, conductor.selected);
    let run = RunFigures {
        root: selected.corpus.root.display().to_string(),
        workers: settings.workers,
        isolation: settings.setup.isolation.name().to_owned(),
        wall,
        workers_cpu: totals.all.workers_cpu,
        parent_cpu: totals.all.parent_cpu,
        worker_rss: totals.all.peak_worker_rss,
        parent_rss: closing::own_peak_rss(),
        interrupted: listener.interrupted(),
    };
    let top = settings.watch.profile.unwrap_or_default();
    Ok(gathered.map(|it| it.profile(run, &selected.plan, top)))
}
