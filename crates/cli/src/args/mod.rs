//! The command line: what can be asked for, and in which words.
//!
//! Nothing has a default here: what is not said is left to the profile, the
//! corpus and last the program (see [`crate::run::Settings`]). Every flag can
//! also be given as an environment variable, `REWIND_` and its name.

mod choices;
mod contain;
mod lists;
mod recycle;
mod search;
mod values;

pub(crate) use choices::{
    ColorChoice, DialectChoice, FlakyChoice, Format, IsolationChoice, ModeChoice, OrderChoice,
    ProgressChoice, Rerun, Suite, TrackingChoice, VerifyChoice, plain_format,
};
pub(crate) use contain::{ContainArgs, Most};
pub(crate) use lists::{AdmissionArgs, DiagnoseArgs};
pub(crate) use recycle::RecycleArgs;
pub(crate) use search::{SearchArgs, SearchLimits};
pub(crate) use values::{HeapCap, Rate, Seconds, Workers};

use crate::profiling::ProfileArgs;
use crate::run::{BISECT_CODES, BisectArgs};
use crate::stress::StressArgs;
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use rewind_plan::Shard;
use std::ffi::OsString;
use std::num::NonZeroU64;
use std::path::PathBuf;

/// Runs very large test corpora in a few long-lived workers.
#[derive(Debug, Parser)]
#[command(name = "rewind", version, propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a corpus
    #[command(after_help = EXIT_CODES)]
    Run(Box<RunArgs>),
    /// Show what would be run, in which order and on which preamble
    List(ListArgs),
    /// Run a corpus and tell where the time and the memory went
    #[command(after_help = EXIT_CODES)]
    Profile(Box<ProfileArgs>),
    /// Raise every kind of fault, and see whether anything is lost or damaged
    Stress(Box<StressArgs>),
    /// Compare the results of two runs
    Compare(CompareArgs),
    /// Repeat a run case by case, on the same workers in the same order
    Replay(ReplayArgs),
    /// Find the cases that change how another ends, in the record of a run
    #[command(after_help = BISECT_CODES)]
    Bisect(BisectArgs),
    /// Put the results of all shards together
    Merge(MergeArgs),
    /// Look at kernel, limits and machine, and say what to mend
    Doctor(DoctorArgs),
    /// Leave behind what a test can leave behind, and show what becomes of it
    #[command(after_help = AUDIT_CODES)]
    Audit(AuditArgs),
    /// Serve a parent on stdin and stdout: started by `run`, not by people
    Worker(WorkerArgs),
}

const EXIT_CODES: &str = "Exit codes:
    0  all as expected
    1  a test ended unexpectedly
    2  bad usage or configuration
    3  our machinery failed: results lost, no worker could start
    4  no test matched
    5  a policy was broken: isolation breach, partial or flaky test refused, baseline refused
  130  interrupted; what was finished is written";

/// Which tests are meant.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectArgs {
    /// Files and folders, relative to here, to the corpus or to its test/; all if none is named
    pub(crate) paths: Vec<PathBuf>,
    /// Kind of corpus
    #[arg(long, value_enum, env = "REWIND_SUITE")]
    pub(crate) suite: Option<Suite>,
    /// Corpus root: the folder with harness/ and test/
    #[arg(long, value_name = "DIR", env = "REWIND_ROOT")]
    pub(crate) root: Option<PathBuf>,
    /// Variants to run [default: both]
    #[arg(long, value_enum, env = "REWIND_MODE")]
    pub(crate) mode: Option<ModeChoice>,
    /// Run what this matches, as in 'built-ins/ & feature(BigInt) & !flag(async)'
    #[arg(short = 'E', long, value_name = "EXPR", env = "REWIND_FILTER")]
    pub(crate) filter: Option<String>,
    /// Run share K of N
    #[arg(long, value_name = "K/N", env = "REWIND_SHARD", value_parser = values::shard)]
    pub(crate) shard: Option<Shard>,
    /// Order of starting [default: slowest-first]
    #[arg(long, value_enum, env = "REWIND_ORDER")]
    pub(crate) order: Option<OrderChoice>,
    /// Seed of everything drawn at random [default: 0]
    #[arg(long, value_name = "N", env = "REWIND_SEED")]
    pub(crate) seed: Option<u64>,
    /// Run each case so often [default: 1]
    #[arg(long, value_name = "N", env = "REWIND_REPEAT", value_parser = values::repeat)]
    pub(crate) repeat: Option<u32>,
    /// Deadline of a case, in seconds, from 1 to 120 [default: 10]
    #[arg(long, value_name = "SECS", env = "REWIND_TIMEOUT")]
    pub(crate) timeout: Option<Seconds>,
    /// Expectations other than a pass, each with its reason
    #[arg(long, value_name = "FILE", env = "REWIND_EXPECTATIONS")]
    pub(crate) expectations: Option<PathBuf>,
    /// Which tests an engine is held to.
    #[command(flatten)]
    pub(crate) admission: AdmissionArgs,
    /// Tests that may take longer: PATH or glob, and `-- 90 s` unless 60 s will do
    #[arg(long, value_name = "FILE", env = "REWIND_SLOW")]
    pub(crate) slow: Option<PathBuf>,
    /// Tests that aren't run: PATH or glob, `--` and the reason
    #[arg(long, value_name = "FILE", env = "REWIND_SKIP_LIST")]
    pub(crate) skip_list: Option<PathBuf>,
    /// Profile of the project's rewind.toml [default: default]
    #[arg(long, value_name = "NAME", env = "REWIND_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Neither read nor write the cache of frontmatter, sources and timings
    #[arg(long, env = "REWIND_NO_CACHE", value_parser = FalseyValueParser::new())]
    pub(crate) no_cache: bool,
}

/// `rewind run`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RunArgs {
    /// Which tests.
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// How they are run.
    #[command(flatten)]
    pub(crate) execute: ExecuteArgs,
    /// What each of them may do.
    #[command(flatten)]
    pub(crate) contain: ContainArgs,
    /// When workers are replaced.
    #[command(flatten)]
    pub(crate) recycle: RecycleArgs,
    /// What is told.
    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

/// How tests are run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Execution")]
pub(crate) struct ExecuteArgs {
    /// Worker processes, or num-cpus [default: num-cpus]
    #[arg(short = 'j', long, value_name = "N", env = "REWIND_WORKERS")]
    pub(crate) workers: Option<Workers>,
    /// More workers that run while others sleep in their tests [default: twice the workers, at most 16]
    ///
    /// A test that waits by the clock uses no processor, so that another can
    /// run beside it. By default there are none with --isolation fork, where the
    /// tests run in other processes, and none for workers of others.
    #[arg(long, value_name = "N", env = "REWIND_STAND_INS")]
    pub(crate) stand_ins: Option<u32>,
    /// What keeps cases apart [default: checkpoint]
    #[arg(long, value_enum, env = "REWIND_ISOLATION")]
    pub(crate) isolation: Option<IsolationChoice>,
    /// How writes are found [default: auto]
    #[arg(long, value_enum, env = "REWIND_TRACKING")]
    pub(crate) tracking: Option<TrackingChoice>,
    /// How often all memory is compared with the checkpoint after a restore [default: sample]
    #[arg(long, value_enum, env = "REWIND_VERIFY")]
    pub(crate) verify: Option<VerifyChoice>,
    /// Most MiB the heap of a guest may grow to [default: as --memory-limit]
    #[arg(long, value_name = "MIB", env = "REWIND_HEAP_CAP")]
    pub(crate) heap_cap: Option<HeapCap>,
    /// Give tests $rewind.fault(kind)
    #[arg(long, env = "REWIND_FAULTS", value_parser = FalseyValueParser::new())]
    pub(crate) faults: bool,
    /// Try again so often, each alone, what ended unexpectedly [default: 0]
    #[arg(long, value_name = "N", env = "REWIND_RETRIES")]
    pub(crate) retries: Option<u32>,
    /// Most regressions that are run again alone, after all else [default: 50 with a baseline
    /// or expectations, else 0]
    #[arg(long, value_name = "N", env = "REWIND_CONFIRM_LIMIT")]
    pub(crate) confirm_limit: Option<usize>,
    /// Lay the death of a worker to the case that its ledger names, at once
    ///
    /// By default such a case is run once more, by itself in a fresh worker: the
    /// ledger is memory that tests with native code can reach.
    #[arg(long, env = "REWIND_NO_CONFIRM_DEATHS", value_parser = FalseyValueParser::new())]
    pub(crate) no_confirm_deaths: bool,
    /// How far the run looks for what spoiled its cases.
    #[command(flatten)]
    pub(crate) search: SearchArgs,
    /// What a test is worth that is as expected only alone [default: allow what --retries finds,
    /// refuse what is partial]
    #[arg(long, value_enum, env = "REWIND_FLAKY")]
    pub(crate) flaky: Option<FlakyChoice>,
    /// Run this share of the cases, from 0 to 1, a second time, each in a process of its
    /// own; one that ends otherwise there is an isolation breach, or flaky [default: 0]
    #[arg(long, value_name = "RATE", env = "REWIND_SHADOW")]
    pub(crate) shadow: Option<Rate>,
    /// Stop after so many unexpected results
    #[arg(long, value_name = "N", env = "REWIND_MAX_FAIL")]
    pub(crate) max_fail: Option<NonZeroU64>,
    /// What tests must show besides passing.
    #[command(flatten)]
    pub(crate) diagnose: DiagnoseArgs,
    /// Start workers by this command, in the words of a shell [default: this program]
    #[arg(long, value_name = "CMD", env = "REWIND_WORKER_COMMAND")]
    pub(crate) worker_command: Option<OsString>,
    /// What workers speak [default: native]
    #[arg(long, value_enum, env = "REWIND_DIALECT")]
    pub(crate) dialect: Option<DialectChoice>,
    /// Finish the run that was interrupted in the results folder (--results)
    #[arg(long, env = "REWIND_RESUME", value_parser = FalseyValueParser::new())]
    pub(crate) resume: bool,
    /// Run again what was not as expected the last time in the results folder (--results)
    #[arg(long, value_enum, env = "REWIND_RERUN", conflicts_with = "resume")]
    pub(crate) rerun: Option<Rerun>,
    /// Let workers leave the page of $rewind.slot as tests left it, to see what finds that
    #[arg(
        long,
        value_name = "HOW",
        hide = true,
        value_parser = ["uncovered", "missed"],
        conflicts_with_all = ["worker_command", "dialect"]
    )]
    pub(crate) leak_page: Option<String>,
    /// Executable of the workers
    #[arg(
        long,
        value_name = "FILE",
        hide = true,
        conflicts_with = "worker_command"
    )]
    pub(crate) worker_exe: Option<PathBuf>,
}

/// What is told, and where.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct TellArgs {
    /// What goes to stdout; people's text goes to stderr unless it is human [default: human]
    #[arg(long, value_enum, env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE", env = "REWIND_JUNIT")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the run's course for Perfetto (ui.perfetto.dev) or about:tracing
    #[arg(long, value_name = "FILE", env = "REWIND_TRACE")]
    pub(crate) trace: Option<PathBuf>,
    /// Write results, failures and timings into a folder
    #[arg(long, value_name = "DIR", env = "REWIND_RESULTS")]
    pub(crate) results: Option<PathBuf>,
    /// Hold the run against a baseline: what fails there may fail here
    #[arg(long, value_name = "FILE", env = "REWIND_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Bring the baseline up to this run, if nothing got worse; make it if there is none
    #[arg(long, env = "REWIND_UPDATE_BASELINE", value_parser = FalseyValueParser::new())]
    pub(crate) update_baseline: bool,
    /// Keep the partial list here [default: partial.txt in the results folder]
    #[arg(long, value_name = "FILE", env = "REWIND_PARTIAL")]
    pub(crate) partial: Option<PathBuf>,
    /// Show every failure that was kept, with all its output
    #[arg(long, env = "REWIND_ALL_OUTPUT", value_parser = FalseyValueParser::new())]
    pub(crate) all_output: bool,
    /// Colour; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are heeded [default: auto]
    #[arg(long, value_enum, env = "REWIND_COLOR")]
    pub(crate) color: Option<ColorChoice>,
    /// How progress is shown [default: auto]
    #[arg(long, value_enum, env = "REWIND_PROGRESS")]
    pub(crate) progress: Option<ProgressChoice>,
}

/// `rewind list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    /// Which tests.
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = choices::plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
}

const AUDIT_CODES: &str = "Exit codes:
    0  every kind is restored or detected, or can't be reached
    3  our machinery failed: no worker could start
    5  a kind is left behind in silence";

/// `rewind audit`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditArgs {
    /// Guest to audit: `actions` leaves whatever a process can, `quickjs` what a script can
    #[arg(long, value_parser = ["actions", "quickjs"], env = "REWIND_GUEST")]
    pub(crate) guest: Option<String>,
    /// How writes are found [default: auto]
    #[arg(long, value_enum, env = "REWIND_TRACKING")]
    pub(crate) tracking: Option<TrackingChoice>,
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = choices::plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Colour; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are heeded [default: auto]
    #[arg(long, value_enum, env = "REWIND_COLOR")]
    pub(crate) color: Option<ColorChoice>,
    /// Add a kind that nobody restores and nobody detects
    #[arg(long, hide = true)]
    pub(crate) planted: bool,
    /// Executable of the workers
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) worker_exe: Option<PathBuf>,
}

/// `rewind compare`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompareArgs {
    /// Results before: a results folder, or an ndjson report
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,
    /// Results after
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,
    /// Exit with 1 if any case ended otherwise, for better or worse, or is in one of both only
    #[arg(long)]
    pub(crate) same: bool,
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = choices::plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
}

/// `rewind replay`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Results of the run: a results folder, or an ndjson report
    #[arg(value_name = "RECORD")]
    pub(crate) record: PathBuf,
    /// Stop after this case: its path, or path and variant with a space between
    #[arg(long, value_name = "CASE")]
    pub(crate) until: Option<String>,
    /// Leave out all cases but this; may be given several times. #N behind a path and
    /// variant is the Nth time that the case ran
    #[arg(long, value_name = "CASE")]
    pub(crate) only: Vec<String>,
    /// Corpus root, if it is elsewhere now
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// What goes to stdout [default: human]
    #[arg(long, value_enum, env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
}

/// `rewind merge`.
#[derive(Clone, Debug, Args)]
pub(crate) struct MergeArgs {
    /// Results of every shard: results folders, or ndjson reports
    #[arg(value_name = "RESULTS", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder for the results of the whole
    #[arg(long, value_name = "DIR", env = "REWIND_RESULTS")]
    pub(crate) results: PathBuf,
}

/// `rewind doctor`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// What goes to stdout [default: human]
    #[arg(long, value_parser = choices::plain_format(), env = "REWIND_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Colour; NO_COLOR, CLICOLOR and CLICOLOR_FORCE are heeded [default: auto]
    #[arg(long, value_enum, env = "REWIND_COLOR")]
    pub(crate) color: Option<ColorChoice>,
}

/// `rewind worker`: here for the help text; the words are read elsewhere.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorkerArgs {
    /// What the parent says.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) _rest: Vec<OsString>,
}

#[cfg(test)]
mod tests;
