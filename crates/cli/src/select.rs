//! From what was asked for to a plan: corpus, expectations, timings, cases.

mod admission;
mod cache;
mod found;
mod lists;

use crate::args::{ModeChoice, OrderChoice, SelectArgs};
use crate::corpus_root::{self, TestsAt};
use crate::error::CliError;
use crate::profile::Profile;
pub(crate) use admission::Admission;
use cache::CacheFiles;
use found::Found;
use lists::Lists;
use rewind_corpus::{CorpusConfig, Expectations, Mode};
use rewind_plan::{Filter, Plan, PlanOptions, Texts, Timings};
use rewind_suite::Suite;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Deadline of a case if nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Name of the file of timings in a results folder.
const TIMINGS_FILE: &str = "timings.txt";

/// What was asked for, with every default filled in.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) mode: Mode,
    pub(crate) filter: Option<String>,
    pub(crate) shard: Option<rewind_plan::Shard>,
    pub(crate) order: OrderChoice,
    pub(crate) seed: u64,
    pub(crate) repeat: u32,
    pub(crate) timeout: Duration,
    pub(crate) expectations: Option<PathBuf>,
    pub(crate) slow: Option<PathBuf>,
    pub(crate) skip_list: Option<PathBuf>,
    pub(crate) cache: bool,
}

/// Everything that is known before anything runs.
pub(crate) struct Selected {
    pub(crate) wish: Wish,
    /// The tests, by what their format says of them.
    pub(crate) suite: Box<dyn Suite>,
    /// What `rewind.toml` beside the tests says.
    pub(crate) config: CorpusConfig,
    pub(crate) plan: Plan,
    pub(crate) expectations: Expectations,
    /// What the engine is held to.
    pub(crate) admission: Admission,
    pub(crate) timings: Timings,
    /// Of a shard: executions and skips of all shards together.
    pub(crate) whole: Option<u64>,
    /// Where timings are kept; `None` if they are not.
    pub(crate) timings_file: Option<PathBuf>,
    /// How long all that took.
    pub(crate) prepared: Duration,
    /// What people should know and what stops nothing.
    pub(crate) remarks: Vec<String>,
}

impl Selected {
    /// Reads the corpus and works out the plan. `here` is the current folder,
    /// `results` the results folder, if there is one.
    pub(crate) fn load(
        args: &SelectArgs,
        profile: &Profile,
        here: &Path,
        results: Option<&Path>,
    ) -> Result<Self, CliError> {
        let began = Instant::now();
        let named = args.root.as_deref().or(profile.root.as_deref());
        let mut remarks = Vec::new();
        let cache = |root: &Path| CacheFiles::of_process(root).filter(|_| !args.no_cache);
        let (found, timed) = match Found::locate(args, named, here)? {
            TestsAt::Corpus(root) => {
                corpus_root::must_be_folder(&root)?;
                let files = cache(&root);
                beside_timings(files.as_ref(), results, || {
                    Found::corpus(&root, &args.paths, files.as_ref(), &mut remarks)
                })?
            }
            TestsAt::Scripts(root) => {
                let found = Found::scripts(root.as_deref(), &args.paths, here)?;
                let timed = timings(cache(found.root()).as_ref(), results)?;
                (found, timed)
            }
        };
        let (timings, timings_file) = timed;
        let config = found.config()?;
        let wish = Wish::new(args, profile, &config);
        let admission = Admission::load(&args.admission, profile)?;
        let (suite, texts) = found.into_suite(&wish, &admission, &mut remarks);
        let lists = Lists::load(&wish, &*suite, &mut remarks)?;
        let plan = plan(&wish, &*suite, &lists, texts, &timings)?;
        let whole = whole(&wish, &*suite, &lists)?;
        Ok(Self {
            wish,
            suite,
            config,
            plan,
            expectations: lists.expectations,
            admission,
            timings,
            whole,
            timings_file,
            prepared: began.elapsed(),
            remarks,
        })
    }

    /// An error unless there is something to run or to skip.
    pub(crate) fn must_hold_tests(&self) -> Result<(), CliError> {
        if !self.plan.cases.is_empty() || !self.plan.skipped.is_empty() {
            return Ok(());
        }
        let tests = self.suite.tests();
        Err(CliError::NoTests(format!(
            "of the {tests} files found below {} none is left by filter, mode and shard",
            self.suite.root().display()
        )))
    }
}

impl Wish {
    fn new(args: &SelectArgs, profile: &Profile, config: &CorpusConfig) -> Self {
        let timeout = args.timeout.or(profile.timeout).map(|timeout| timeout.0);
        let expectations = args
            .expectations
            .clone()
            .or_else(|| profile.expectations.clone());
        Self {
            paths: args.paths.clone(),
            mode: args
                .mode
                .or(profile.mode)
                .unwrap_or(ModeChoice::Both)
                .into(),
            filter: args.filter.clone(),
            shard: args.shard,
            order: args
                .order
                .or(profile.order)
                .unwrap_or(OrderChoice::SlowestFirst),
            seed: args.seed.or(profile.seed).unwrap_or_default(),
            repeat: args.repeat.unwrap_or(1),
            timeout: timeout.or(config.run.timeout).unwrap_or(TIMEOUT),
            expectations: expectations.or_else(|| config.run.expectations.clone()),
            slow: first([&args.slow, &profile.slow, &config.run.slow]),
            skip_list: first([&args.skip_list, &profile.skip_list, &config.run.skip_list]),
            cache: !args.no_cache,
        }
    }
}

/// The first that was said.
fn first(files: [&Option<PathBuf>; 3]) -> Option<PathBuf> {
    files.into_iter().flatten().next().cloned()
}

/// Runs `find` and reads timings at the same time: neither needs the other, and
/// both read files of some megabytes.
fn beside_timings(
    files: Option<&CacheFiles>,
    results: Option<&Path>,
    find: impl FnOnce() -> Result<Found, CliError>,
) -> Result<(Found, (Timings, Option<PathBuf>)), CliError> {
    let (found, timed) = std::thread::scope(|scope| {
        let timed = || timings(files, results);
        let beside = std::thread::Builder::new().spawn_scoped(scope, timed);
        let found = find();
        let timed = match beside {
            // The thread has nothing to panic about; were it to, the timings are made anew.
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|_| Ok((Timings::new(&timings_key()), None))),
            // No thread is to be had.
            Err(_) => timed(),
        };
        (found, timed)
    });
    Ok((found?, timed?))
}

/// What timings are measured with: another engine, or another build of it, has
/// others. Those of another build are good enough to plan a first run by.
fn timings_key() -> String {
    format!("quickjs, build {}", rewind_worker::build_name())
}

/// Timings of earlier runs. Those of a results folder belong to people, and are
/// refused if they are damaged; those of the cache are made anew.
fn timings(
    files: Option<&CacheFiles>,
    results: Option<&Path>,
) -> Result<(Timings, Option<PathBuf>), CliError> {
    if let Some(folder) = results {
        let file = folder.join(TIMINGS_FILE);
        return Ok((Timings::load(&file, &timings_key())?, Some(file)));
    }
    let Some(files) = files else {
        return Ok((Timings::new(&timings_key()), None));
    };
    let kept = Timings::load_unread(&files.timings, &timings_key());
    let timings = kept.unwrap_or_else(|_damaged| Timings::new(&timings_key()));
    Ok((timings, Some(files.timings.clone())))
}

/// Counts what a shard is a share of, by planning it all.
fn whole(wish: &Wish, suite: &dyn Suite, lists: &Lists) -> Result<Option<u64>, CliError> {
    if wish.shard.is_none() {
        return Ok(None);
    }
    let all = Wish {
        shard: None,
        ..wish.clone()
    };
    let plan = plan(&all, suite, lists, None, &Timings::new(&timings_key()))?;
    Ok(Some((plan.cases.len() + plan.skipped.len()) as u64))
}

fn plan(
    wish: &Wish,
    suite: &dyn Suite,
    lists: &Lists,
    texts: Option<Texts>,
    timings: &Timings,
) -> Result<Plan, CliError> {
    let filter = wish.filter.as_deref();
    let filter = filter.map(|text| Filter::parse(text, suite)).transpose()?;
    let options = PlanOptions {
        filter,
        shard: wish.shard,
        order: wish.order.with_seed(wish.seed),
        deadline_ms: u32::try_from(wish.timeout.as_millis()).unwrap_or(u32::MAX),
        repeat: wish.repeat,
        texts,
        expectations: Some(&lists.expectations),
        slow: Some(&lists.slow),
        skip_list: Some(&lists.skip),
        timings: Some(timings),
    };
    Ok(Plan::new(suite, &options)?)
}
