//! Everything about a run that can be chosen, chosen.
//!
//! What is said first counts: flag or environment, profile of the project,
//! `rewind.toml` of the corpus, default.

use super::diagnose::Asked;
use super::polluters;
use super::worker;
use crate::args::{
    ColorChoice, ContainArgs, DialectChoice, ExecuteArgs, FlakyChoice, Format, IsolationChoice,
    ProgressChoice, RunArgs, SearchLimits, TrackingChoice, VerifyChoice, Workers,
};
use crate::error::CliError;
use crate::paths;
use crate::profile::Profile;
use crate::profiling::Watch;
use crate::sandbox;
use crate::select::Selected;
use rewind_harness::{Dialect, GuestSetup, Limits, RunConfig, WorkerCommand};
use rewind_protocol::line::TextRules;
use rewind_protocol::{Isolation, Verify};
use rewind_report::RunHeader;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Regressions that are run again alone unless somebody says another number.
const CONFIRM_LIMIT: usize = 50;
/// Name of the partial list in a results folder.
const PARTIAL_FILE: &str = "partial.txt";

/// Most workers that stand in for others unless somebody asks for more.
const MOST_STAND_INS: u32 = 16;

/// How a run is done and what is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) workers: u32,
    pub(crate) stand_ins: u32,
    pub(crate) setup: GuestSetup,
    pub(crate) limits: Limits,
    pub(crate) retries: u32,
    pub(crate) flaky: Option<FlakyChoice>,
    /// Regressions that are run again alone, at most.
    pub(crate) confirm_limit: usize,
    /// A case is run again by itself before a worker's death is laid to it.
    pub(crate) confirm_deaths: bool,
    /// How far polluters are looked for.
    pub(crate) search: SearchLimits,
    /// Share of the cases that are run a second time, alone.
    pub(crate) shadow: Option<f64>,
    pub(crate) max_fail: Option<u64>,
    pub(crate) worker: WorkerCommand,
    /// The workers are others' (`--worker-command`).
    pub(crate) strangers: bool,
    /// Limits that were asked for, as flags.
    pub(crate) contained: Vec<String>,
    pub(crate) dialect: Dialect,
    pub(crate) format: Format,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) watch: Watch,
    pub(crate) results: Option<PathBuf>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) update_baseline: bool,
    /// The partial list.
    pub(crate) partial: Option<PathBuf>,
    pub(crate) resume: bool,
    pub(crate) all_output: bool,
    pub(crate) color: ColorChoice,
    pub(crate) progress: ProgressChoice,
    /// Markers that must appear.
    pub(crate) diagnose: Option<Asked>,
    /// How texts are made for a worker that is sent them whole.
    pub(crate) texts: TextRules,
    /// When the run began; names it in its files.
    pub(crate) started: String,
    /// The leak that the workers are given on purpose.
    pub(crate) leak_page: Option<String>,
}

impl Settings {
    /// Fills in what nobody said.
    pub(crate) fn new(
        args: &RunArgs,
        profile: &Profile,
        selected: &Selected,
    ) -> Result<Self, CliError> {
        let (execute, tell) = (&args.execute, &args.tell);
        let mut setup = setup(args, profile, selected);
        let limits = args.contain.or(profile);
        let contain = contained(args, &limits, selected)?;
        let timeout = selected.wish.timeout;
        let (worker, dialect) = worker::command(execute, &contain, timeout, setup.faults)?;
        if limits.sandbox
            && let Some(reason) = sandbox::refusal(&worker.exe)?
        {
            return Err(CliError::Sandbox(reason));
        }
        let strangers = execute.worker_command.is_some();
        // In the native dialect they are told how to isolate, and taken at their word.
        let untold = strangers && dialect == Dialect::LambdaV1;
        let diagnose = Asked::load(&execute.diagnose, profile, selected, dialect)?;
        setup.markers = diagnose.is_some();
        let workers = execute
            .workers
            .or(profile.workers)
            .unwrap_or(Workers::NumCpus)
            .count();
        let results = tell.results.clone().or_else(|| profile.results.clone());
        let baseline = tell.baseline.clone().or_else(|| profile.baseline.clone());
        // Where nothing is known, nothing is a regression.
        let known = baseline.is_some() || selected.wish.expectations.is_some();
        let usual = if known { CONFIRM_LIMIT } else { 0 };
        let confirm_limit = execute.confirm_limit.or(profile.confirm_limit);
        let confirm_limit = confirm_limit.unwrap_or(usual);
        let shadow = execute.shadow.or(profile.shadow).map(|rate| rate.0);
        let cases = u32::try_from(selected.plan.cases.len()).unwrap_or(u32::MAX);
        Ok(Self {
            workers: workers.min(cases.max(1)),
            stand_ins: execute.stand_ins.or(profile.stand_ins).unwrap_or_else(|| {
                usual_stand_ins(workers, execute, setup.isolation, limits.sandbox)
            }),
            limits: args.recycle.limits(&setup, untold),
            setup,
            retries: execute.retries.or(profile.retries).unwrap_or_default(),
            flaky: execute.flaky.or(profile.flaky),
            confirm_limit,
            confirm_deaths: !execute.no_confirm_deaths && profile.confirm_deaths.unwrap_or(true),
            search: execute.search.or(profile),
            shadow: shadow.filter(|rate| *rate > 0.0),
            max_fail: execute
                .max_fail
                .or(profile.max_fail)
                .map(|limit| limit.get()),
            worker,
            strangers,
            contained: limits.words(),
            dialect,
            format: tell.format.or(profile.format).unwrap_or_default(),
            junit: tell.junit.clone().or_else(|| profile.junit.clone()),
            watch: Watch {
                trace: tell.trace.clone().or_else(|| profile.trace.clone()),
                profile: None,
            },
            partial: partial(args, profile, selected, results.as_deref()),
            results,
            baseline,
            update_baseline: tell.update_baseline,
            resume: execute.resume,
            all_output: tell.all_output,
            color: tell.color.or(profile.color).unwrap_or_default(),
            progress: tell.progress.or(profile.progress).unwrap_or_default(),
            diagnose,
            texts: selected.suite.text_rules(),
            started: rewind_report::started_now(),
            leak_page: execute.leak_page.clone(),
        })
    }

    /// What the harness is told; `alone` runs every case in a worker of its own.
    pub(crate) fn run_config(&self, alone: bool) -> RunConfig {
        let mut config = RunConfig::new(self.worker.clone(), self.workers as usize);
        config.stand_ins = self.stand_ins as usize;
        config.dialect = self.dialect;
        config.texts = self.texts;
        config.setup = self.setup.clone();
        config.setup.timeline = self.watch.is_on();
        config.limits = self.limits;
        config.confirm_deaths = self.confirm_deaths;
        if alone {
            config.setup.isolation = Isolation::Spawn;
        }
        config
    }

    /// There may be cases whose polluters are looked for.
    pub(crate) fn may_search(&self) -> bool {
        let alone = self.confirm_limit > 0 || self.retries > 0 || self.shadow.is_some();
        alone && self.search.victims > 0 && polluters::why_not(self).is_none()
    }

    /// As this run, for a try to find what changes a case: restores aren't verified, and
    /// no limit replaces a worker, for what is to be shown would be gone with it.
    pub(crate) fn for_tries(&self) -> Self {
        let mut settings = self.clone();
        settings.setup.verify = Verify::Off;
        settings.setup.crash_limit = None;
        settings.limits = Limits::default();
        settings.watch = Watch::default();
        settings
    }

    /// What the reports say about the run.
    pub(crate) fn header(&self, selected: &Selected) -> RunHeader {
        let wish = &selected.wish;
        let mut escaped = Vec::new();
        let mut text = |key: &'static str, path: &Path| {
            if paths::is_escaped(path) && !escaped.contains(&key) {
                escaped.push(key);
            }
            paths::told(path).into_owned()
        };
        let admission = &selected.admission;
        let diagnose = self.diagnose.as_ref().map(|it| &it.file);
        let mut list = |key, path: Option<&PathBuf>| path.map(|path| text(key, path));
        let (unsupported, allow) = (&admission.unsupported_file, &admission.allow_file);
        let baseline = list("baseline", self.baseline.as_ref());
        let expectations = list("expectations", wish.expectations.as_ref());
        let diagnose = list("diagnose", diagnose);
        let unsupported = list("unsupported", unsupported.as_ref());
        let allow = list("allow", allow.as_ref());
        let slow = list("slow", wish.slow.as_ref());
        let skip_list = list("skip_list", wish.skip_list.as_ref());
        let root = text("root", selected.suite.root());
        let paths = wish.paths.iter().map(|path| text("paths", path)).collect();
        RunHeader {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            suite: selected.suite.name().to_owned(),
            started: self.started.clone(),
            build: worker::build(&self.worker),
            root,
            corpus: selected.suite.edition(),
            paths,
            cases: selected.plan.cases.len() as u64,
            skips: selected.plan.skipped.len() as u64,
            workers: self.workers,
            stand_ins: self.stand_ins,
            mode: wish.mode.name().to_owned(),
            timeout_s: wish.timeout.as_secs_f64(),
            isolation: self.setup.isolation.name().to_owned(),
            tracking: self.setup.tracking.name().to_owned(),
            verify: self.setup.verify.name().to_owned(),
            filter: wish.filter.clone(),
            shard: wish.shard.map(|shard| shard.to_string()),
            whole: selected.whole,
            order: wish.order.name().to_owned(),
            retries: self.retries,
            max_fail: self.max_fail,
            repeat: wish.repeat,
            seed: wish.seed,
            baseline,
            expectations,
            diagnose,
            unsupported,
            allow,
            slow,
            skip_list,
            confirm_limit: self.confirm_limit as u64,
            confirm_deaths: self.confirm_deaths,
            heap_cap_mib: self.setup.heap_cap >> 20,
            cache: wish.cache,
            faults: self.setup.faults,
            limits: self.contained.join(" "),
            escaped,
            shadow: self.shadow,
            leak_page: self.leak_page.clone(),
            resumes: None,
        }
    }
}

/// A worker's processor time says whether its test sleeps only where the test
/// runs in the worker itself; of one in a sandbox, only the process around it is seen.
fn usual_stand_ins(
    workers: u32,
    execute: &ExecuteArgs,
    isolation: Isolation,
    is_sandboxed: bool,
) -> u32 {
    if isolation == Isolation::Fork || is_sandboxed || execute.worker_command.is_some() {
        0
    } else {
        workers.saturating_mul(2).min(MOST_STAND_INS)
    }
}

/// What workers are told of limits. Those of others know none.
fn contained(
    args: &RunArgs,
    limits: &ContainArgs,
    selected: &Selected,
) -> Result<Vec<OsString>, CliError> {
    let words = limits.words();
    if args.execute.worker_command.is_some() && !words.is_empty() {
        return Err(CliError::ForeignLimits(words.join(" ")));
    }
    let here = std::env::current_dir().map_err(CliError::system("find the current folder"))?;
    let root = here.join(selected.suite.root());
    let keep = match args.execute.dialect {
        // Its tests may lie anywhere, by paths relative to where it is started.
        Some(DialectChoice::LambdaV1) => vec![&*root, &*here],
        _ => vec![&*root],
    };
    Ok(limits.worker_words(&keep))
}

/// Where the partial list is kept, if anywhere.
fn partial(
    args: &RunArgs,
    profile: &Profile,
    selected: &Selected,
    results: Option<&Path>,
) -> Option<PathBuf> {
    let named = args
        .tell
        .partial
        .clone()
        .or_else(|| profile.partial.clone());
    named
        .or_else(|| selected.config.run.partial.clone())
        .or_else(|| Some(results?.join(PARTIAL_FILE)))
}

fn setup(args: &RunArgs, profile: &Profile, selected: &Selected) -> GuestSetup {
    let execute = &args.execute;
    let usual = GuestSetup::default();
    // What is said on the command line goes before the profile, and of the two
    // the heap's own cap before the limit of all memory.
    let said = execute.heap_cap.map(|cap| cap.bytes());
    let said = said.or(args.contain.heap_bytes());
    let usual_here = profile.heap_cap.map(|cap| cap.bytes());
    let heap_cap = said
        .or(usual_here)
        .or(ContainArgs::default().or(profile).heap_bytes());
    let tracking = execute
        .tracking
        .or(profile.tracking)
        .unwrap_or(TrackingChoice::Auto);
    let isolation = execute.isolation.or(profile.isolation);
    let verify = execute.verify.or(profile.verify);
    let mut setup = GuestSetup {
        faults: execute.faults || selected.config.guest.faults,
        heap_cap: heap_cap.unwrap_or(usual.heap_cap),
        tracking: tracking.into(),
        isolation: isolation.unwrap_or(IsolationChoice::Checkpoint).into(),
        verify: verify.unwrap_or(VerifyChoice::Sample).into(),
        ..usual
    };
    args.recycle.set(&mut setup);
    setup
}
