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
mod confirm;
mod deaths;
mod diagnose;
mod facts;
mod judged;
mod last;
mod outputs;
mod partial;
mod policy;
mod polluters;
mod retry;
mod settings;
mod shadow;
mod targets;
mod watch;
mod worker;

pub(crate) use again::replay;
pub(crate) use bisect::{BISECT_CODES, BisectArgs, bisect};
pub(crate) use settings::Settings;

use crate::args::{Format, Rerun, RunArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::profiling::{self, NO_TAP, Observers};
use crate::sandbox;
use crate::select::Selected;
use crate::signals::Listener;
use again::{Done, keep_failed};
use baseline::Reference;
use closing::End;
use conductor::Conductor;
use confirm::{Confirmed, confirm};
use outputs::Outputs;
use partial::Quarantine;
use retry::Totals;
use rewind_harness::StopFlag;
use std::mem::ManuallyDrop;

/// Runs what `args` select.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    run_watched(args, None)
}

/// Runs what `args` select, and tells the profile of it with `top` cases in each list.
pub(crate) fn profile(args: &RunArgs, top: usize) -> Result<ExitCode, CliError> {
    run_watched(args, Some(top))
}

fn run_watched(args: &RunArgs, profiled: Option<usize>) -> Result<ExitCode, CliError> {
    // What a test starts must not get at the results by way of this process.
    rewind_sys::process::forbid_tracing();
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let profile = Profile::find(args.select.profile.as_deref(), &here)?;
    let results = args.tell.results.as_deref().or(profile.results.as_deref());
    // It is of the size of the corpus, and goes with the process.
    let selected = Selected::load(&args.select, &profile, &here, results)?;
    let mut selected = ManuallyDrop::new(selected);
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
    sandbox::sweep();
    let quarantine = Quarantine::load(settings.partial.as_deref())?;
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let mut header = settings.header(selected);
    let done = match &settings.results {
        Some(results) if settings.resume => Done::load(results, &header, selected)?,
        _ => Done::default(),
    };
    header.resumes.clone_from(&done.started);
    let reporter = outputs.reporter(settings, selected)?;
    let mut conductor = Conductor::new(settings, selected, reference, reporter, &stop, &listener);
    let planned = header.cases.saturating_sub(done.attempts.len() as u64);
    let workers = (settings.workers, settings.stand_ins);
    conductor.observers = Observers::new(&settings.watch, workers, planned, conductor.since)?;
    if let Some(rate) = settings.shadow {
        conductor.sample = shadow::Sample::draw(&selected.plan, selected.wish.seed, rate);
    }
    if settings.may_search() {
        conductor.course = polluters::Course::kept(selected.plan.cases.len());
    }
    conductor.begin(&header);
    for (case, attempt) in &done.attempts {
        conductor.revive(*case, attempt);
    }
    let mut totals = Totals::default();
    let ran = retry::run_all(settings, selected, &stop, &mut conductor, &mut totals)
        .and_then(|()| confirm(settings, selected, &stop, &mut conductor, &mut totals));
    let (confirmed, mut broke_off) = match ran {
        Ok(confirmed) => (confirmed, None),
        Err(error) => (Confirmed::default(), Some(error)),
    };
    let facts = facts::facts(&conductor, &totals, &listener, broke_off.as_ref());
    let completeness = facts.completeness(conductor.reporter.figures().counts());
    let profile = watch::end(&mut conductor, &totals, completeness);
    // Second runs and searches are no part of what is watched.
    if broke_off.is_none() {
        broke_off = shadow::audit(settings, selected, &stop, &mut conductor, &mut totals)
            .and_then(|()| polluters::look(settings, selected, &stop, &mut conductor, &mut totals))
            .err();
    }
    let facts = facts::facts(&conductor, &totals, &listener, broke_off.as_ref());
    let end = End {
        facts,
        totals: &totals,
        confirmed: &confirmed,
        quarantine,
        broke_off,
    };
    let code = closing::close(conductor, end, &outputs)?;
    profile.map_or(Ok(()), |profile| profiling::tell(&profile, settings.format))?;
    Ok(code)
}
