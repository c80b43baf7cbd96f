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
mod closing;
mod conductor;
mod config_file;
mod diagnose;
mod outputs;
mod retry;
mod settings;
mod worker;

pub(crate) use again::replay;
pub(crate) use settings::Settings;

use crate::args::{Rerun, RunArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::sandbox;
use crate::select::Selected;
use crate::signals::Listener;
use again::{Done, keep_failed};
use baseline::Reference;
use conductor::Conductor;
use outputs::Outputs;
use retry::Totals;
use rewind_harness::StopFlag;

/// Runs what `args` select.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    // What a test starts must not get at the results by way of this process.
    rewind_sys::process::forbid_tracing();
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
    let settings = Settings::new(args, &profile, &selected)?;
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
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let header = settings.header(selected);
    let done = match &settings.results {
        Some(results) if settings.resume => Done::load(results, &header, selected)?,
        _ => Done::default(),
    };
    let reporter = outputs.reporter(settings, selected)?;
    let mut conductor = Conductor::new(settings, selected, reference, reporter, &stop, &listener);
    conductor.begin(&header)?;
    for (case, attempt) in &done.attempts {
        conductor.revive(*case, attempt);
    }
    let mut totals = Totals::default();
    let ran = retry::run_all(settings, selected, &stop, &mut conductor, &mut totals);
    let code = closing::close(conductor, &totals, &listener)?;
    done.forget();
    ran.map(|()| code)
}
