//! `rewind run`: from arguments to results.
//!
//! ```text
//! Settings ─► Selected (corpus, plan) ─► Conductor ◄── events ── harness
//!                                            │
//!                                            ├─► Reporter: each attempt as it comes
//!                                            └─► closing: summary, timings, exit code
//! ```

mod baseline;
mod closing;
mod conductor;
mod outputs;
mod retry;
mod settings;
mod worker;

pub(crate) use settings::Settings;

use crate::args::RunArgs;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::profile::Profile;
use crate::select::Selected;
use crate::signals::Listener;
use baseline::Reference;
use conductor::Conductor;
use outputs::Outputs;
use retry::Totals;
use rewind_harness::StopFlag;

/// Runs what `args` select.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let profile = Profile::find(args.select.profile.as_deref(), &here)?;
    let results = args.tell.results.as_deref().or(profile.results.as_deref());
    let selected = Selected::load(&args.select, &profile, &here, results)?;
    selected.must_hold_tests()?;
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
    let stop = StopFlag::new();
    let listener = Listener::start(stop.clone())?;
    let reporter = outputs.reporter(settings, selected)?;
    let mut conductor = Conductor::new(settings, selected, reference, reporter, &stop, &listener);
    conductor.begin(&settings.header(selected))?;
    let mut totals = Totals::default();
    let ran = retry::run_all(settings, selected, &stop, &mut conductor, &mut totals);
    closing::close(conductor, &totals, &listener).and_then(|code| ran.map(|()| code))
}
