//! `--resume`: what an interrupted run had finished is taken over, the rest is run.
//!
//! A run that was interrupted or stopped has put its report in place. One that
//! was killed, or found no room for it, has not; what it had written by then lies
//! beside, under the name of a file that is being filled, with perhaps half a line
//! at its end. Such a half may be less than what it took up itself.

use super::revive::{self, Revived};
use crate::error::CliError;
use crate::report_file::{ReportFile, halves};
use crate::select::Selected;
use rewind_plan::{CaseId, Plan};
use rewind_protocol::Variant;
use rewind_report::{RESULTS_FILE, RunHeader};
use rewind_verdict::Verdict;
use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What must be the same in both runs; `corpus` tells which tests were found.
const SAME: [&str; 20] = [
    "version",
    "build",
    "unsupported",
    "allow",
    "diagnose",
    "suite",
    "corpus",
    "mode",
    "timeout_s",
    "isolation",
    "filter",
    "shard",
    "repeat",
    "retries",
    "heap_cap_mib",
    "faults",
    "expectations",
    "slow",
    "skip_list",
    "confirm_limit",
];

/// What an earlier run had finished.
#[derive(Default)]
pub(in crate::run) struct Done {
    /// Attempts, in the order in which they were told.
    pub(in crate::run) attempts: Vec<(CaseId, Revived)>,
    /// When that run began; `None` if there was none.
    pub(in crate::run) started: Option<String>,
}

impl Done {
    /// Reads what the run before left in `results`; nothing if there was none.
    pub(in crate::run) fn load(
        results: &Path,
        header: &RunHeader,
        selected: &Selected,
    ) -> Result<Self, CliError> {
        let Some(report) = newest(results)? else {
            return Ok(Self::default());
        };
        same(&report, header)?;
        Ok(Self {
            attempts: attempts(&report, &selected.plan)?,
            started: Some(report.word("started").to_owned()),
        })
    }
}

/// The newest report that had begun. If its run took up another and broke off before
/// it had as much, that other.
fn newest(results: &Path) -> Result<Option<ReportFile>, CliError> {
    let mut best: Option<ReportFile> = None;
    for file in newest_first(results) {
        let Some(newer) = &best else {
            best = ReportFile::load_part(&file)?;
            continue;
        };
        let taken_up = newer.word("resumes");
        if taken_up.is_empty() {
            break;
        }
        let older = ReportFile::load_part(&file)?;
        best = older
            .filter(|it| it.word("started") == taken_up && it.answers() > newer.answers())
            .or(best);
    }
    Ok(best)
}

/// The report, and what broke off of others.
fn newest_first(results: &Path) -> Vec<PathBuf> {
    let mut files = halves(results);
    files.push(results.join(RESULTS_FILE));
    files.retain(|it| it.is_file());
    let modified = |file: &PathBuf| {
        let about = fs::metadata(file).and_then(|about| about.modified());
        about.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    files.sort_by_cached_key(|file| Reverse(modified(file)));
    files
}

fn same(report: &ReportFile, header: &RunHeader) -> Result<(), CliError> {
    let now = serde_json::to_value(header).unwrap_or_default();
    for key in SAME {
        let (was, is) = (report.header.get(key), now.get(key));
        if was != is {
            let show = |value: Option<&serde_json::Value>| {
                value.map_or_else(|| "not there".to_owned(), ToString::to_string)
            };
            return Err(CliError::Resume {
                path: report.path.clone(),
                problem: format!(
                    "its `{key}` is {}, that of this run {}; ask for the same, or leave \
                     --resume away",
                    show(was),
                    show(is)
                ),
            });
        }
    }
    Ok(())
}

/// Gives each line the number of its case. A lost result is no result.
fn attempts(report: &ReportFile, plan: &Plan) -> Result<Vec<(CaseId, Revived)>, CliError> {
    let mut free: HashMap<(&str, Variant), VecDeque<CaseId>> = HashMap::new();
    for (id, case) in plan.iter() {
        let rounds = free.entry((&case.path, case.variant)).or_default();
        rounds.push_back(id);
    }
    let mut last: HashMap<(&str, Variant), CaseId> = HashMap::new();
    let mut attempts = Vec::with_capacity(report.cases.len());
    for line in &report.cases {
        let key = (&*line.path, line.variant);
        if matches!(line.verdict, Verdict::Lost | Verdict::Skip) {
            continue;
        }
        let id = if line.attempt > 1 {
            last.get(&key).copied()
        } else {
            free.get_mut(&key).and_then(VecDeque::pop_front)
        };
        if let Some(id) = id {
            last.insert(key, id);
            attempts.push((id, revive::revive(line, &report.path)?));
        }
    }
    Ok(attempts)
}
