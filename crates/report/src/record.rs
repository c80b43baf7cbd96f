//! What is told to the reporter: the run's configuration, and each attempt at a case.

use crate::Verdict;
use rewind_plan::SkipReason;
use rewind_protocol::{Finished, Variant};
use rewind_verdict::FailureKind;
use serde::Serialize;

/// One attempt at one case, judged. Borrowed: nothing is copied on the way
/// from the worker's answer to the report.
#[derive(Clone, Copy, Debug)]
pub struct CaseRecord<'a> {
    /// Path relative to the corpus root, with slashes.
    pub path: &'a str,
    /// How the source was treated.
    pub variant: Variant,
    /// Class of the result.
    pub verdict: Verdict,
    /// The result is one that the run's expectations allow.
    pub expected: bool,
    /// For people: what is wrong, or why it was skipped; empty if there is nothing to say.
    pub why: &'a str,
    /// The worker's answer, or what the parent knows in its stead; `None` for a skip.
    pub finished: Option<&'a Finished>,
    /// Place of the worker that it ran in, from 0; 0 for a skip.
    pub worker: u32,
    /// How many workers had that place before.
    pub worker_life: u32,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Verdict of the attempt that this one repeats. The one before was
    /// unexpected, or it would not have been repeated.
    pub previous: Option<Verdict>,
    /// The attempt, made alone, was as expected, and the ones before, among others,
    /// failed in this way. The case counts as they ended, and stays unexpected.
    pub partial: Option<FailureKind>,
    /// What it is sorted by.
    pub about: About<'a>,
}

/// What a result is sorted by, in the files that count by category. The default
/// says nothing, and is right for a pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// What sort of failure; `None` for a pass and a skip.
    pub kind: Option<FailureKind>,
    /// Features that the test says it uses; told of failures alone.
    pub features: &'a [&'a str],
    /// Why it was not run; `None` if it was.
    pub skip: Option<&'a SkipReason>,
    /// How a worker ended that may have died of it among others: this is what became
    /// of it by itself, in a fresh one.
    pub died_before: Option<&'a str>,
}

impl CaseRecord<'_> {
    /// What it is told as: its verdict, or that it is partial.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.partial {
            Some(_) => "partial",
            None => self.verdict.name(),
        }
    }

    /// It is of no concern to people: passed, or skipped, as expected.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.expected && matches!(self.verdict, Verdict::Pass | Verdict::Skip)
    }
}

/// The run's configuration: first line of the ndjson report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunHeader {
    /// Version of this program.
    pub version: String,
    /// Kind of corpus: `test262`.
    pub suite: String,
    /// When it began, in UTC (RFC 3339); the files of one run name the same.
    pub started: String,
    /// Build of the workers' program, as far as it is known beforehand.
    pub build: Option<String>,
    /// Corpus root.
    pub root: String,
    /// Edition of the corpus: commit and fingerprint.
    pub corpus: String,
    /// What was named on the command line; empty for the whole corpus.
    pub paths: Vec<String>,
    /// Case executions planned, skips not counted.
    pub cases: u64,
    /// Cases found and not run, each reported with its reason.
    pub skips: u64,
    /// Worker processes.
    pub workers: u32,
    /// More of them that may run while others sleep.
    pub stand_ins: u32,
    /// Which variants are run: `both`, `default`, `sloppy`, `strict`.
    pub mode: String,
    /// Deadline of a case, in seconds.
    pub timeout_s: f64,
    /// How cases are kept apart: `checkpoint`, `none`.
    pub isolation: String,
    /// Tracking tier asked for; the tier in use is in the summary.
    pub tracking: String,
    /// How often a restore is proven exact: `off`, `sample`, `always`.
    pub verify: String,
    /// Filter expression.
    pub filter: Option<String>,
    /// Shard, as `k/n`.
    pub shard: Option<String>,
    /// Of a shard: executions and skips of all shards together.
    pub whole: Option<u64>,
    /// Order of starting.
    pub order: String,
    /// Most attempts made again at a case that failed unexpectedly.
    pub retries: u32,
    /// Unexpected failures after which the run stops.
    pub max_fail: Option<u64>,
    /// How often each case is run.
    pub repeat: u32,
    /// Seed of everything drawn at random.
    pub seed: u64,
    /// Baseline file.
    pub baseline: Option<String>,
    /// Expectations file.
    pub expectations: Option<String>,
    /// List of markers that must appear.
    pub diagnose: Option<String>,
    /// List of features that the engine lacks, in place of the one built in.
    pub unsupported: Option<String>,
    /// List of tests that are run although it lacks their features.
    pub allow: Option<String>,
    /// Slow list.
    pub slow: Option<String>,
    /// Skip list.
    pub skip_list: Option<String>,
    /// Regressions that are run again alone, at most.
    pub confirm_limit: u64,
    /// A case is run again by itself before a worker's death is laid to it.
    pub confirm_deaths: bool,
    /// Cap of a worker's guest heap, in MiB.
    pub heap_cap_mib: u64,
    /// The cache of parsed frontmatter was used.
    pub cache: bool,
    /// Tests were given `$rewind.fault(kind)`.
    pub faults: bool,
    /// Limits of a test that were asked for, as flags with spaces between.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub limits: String,
    /// Members whose paths aren't UTF-8, and are written by the code of
    /// [`rewind_protocol::path_text`]; all others are as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub escaped: Vec<&'static str>,
    /// Share of the cases that are run a second time, alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<f64>,
    /// When the run began that this one takes up (`--resume`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumes: Option<String>,
    /// The leak that the workers were given on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leak_page: Option<String>,
}
