//! `--resume`: what an interrupted run had finished is taken over, the rest is run.
//!
//! A run that was interrupted or stopped has put its report in place. One that
//! was killed has not; what it had written by then lies beside, under the name of
//! a file that is being filled, with perhaps half a line at its end.

use super::revive::{self, Revived};
use crate::error::CliError;
use crate::report_file::ReportFile;
use crate::select::Selected;
use rewind_plan::{CaseId, Plan};
use rewind_protocol::Variant;
use rewind_report::{RESULTS_FILE, RunHeader};
use rewind_verdict::Verdict;
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
    /// Halves of a report that a killed run left.
    leftovers: Vec<PathBuf>,
}

impl Done {
    /// Reads what the run before left in `results`; nothing if there was none.
    pub(in crate::run) fn load(
        results: &Path,
        header: &RunHeader,
        selected: &Selected,
    ) -> Result<Self, CliError> {
        let leftovers = leftovers(results);
        let mut files = leftovers.clone();
        files.push(results.join(RESULTS_FILE));
        let newest = files
            .into_iter()
            .filter(|it| it.is_file())
            .max_by_key(|it| {
                fs::metadata(it)
                    .and_then(|about| about.modified())
                    .unwrap_or(SystemTime::UNIX_EPOCH)
            });
        let Some(newest) = newest else {
            return Ok(Self::default());
        };
        let Some(report) = ReportFile::load_part(&newest)? else {
            return Ok(Self {
                leftovers,
                ..Self::default()
            });
        };
        same(&report, header)?;
        Ok(Self {
            attempts: attempts(&report, &selected.plan)?,
            leftovers,
        })
    }

    /// Takes away what the killed run left, once it is in the report of this one.
    pub(in crate::run) fn forget(&self) {
        for file in &self.leftovers {
            // It does no harm if it stays.
            let _ = fs::remove_file(file);
        }
    }
}

/// Reports that were being filled.
fn leftovers(results: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(results) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let being_filled = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!(".{RESULTS_FILE}.")) && name.ends_with(".tmp")
    };
    paths.filter(being_filled).collect()
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
