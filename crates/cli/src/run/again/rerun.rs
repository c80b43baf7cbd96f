//! `--rerun failed`: of the plan, what was not as expected the last time.

use crate::error::CliError;
use crate::report_file::ReportFile;
use crate::select::Selected;
use rewind_protocol::Variant;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Leaves of the plan what the report in `results` ends with as unexpected.
pub(in crate::run) fn keep_failed(selected: &mut Selected, results: &Path) -> Result<(), CliError> {
    let report = ReportFile::load(results)?;
    // The results are replaced: what was never run would be forgotten.
    report.must_be_complete()?;
    let failed = failed(&report);
    let plan = &mut selected.plan;
    plan.cases
        .retain(|case| failed.contains(&(&*case.path, case.variant)));
    plan.skipped.clear();
    if plan.cases.is_empty() {
        return Err(CliError::NoTests(format!(
            "{} has no failure of a case that is in this run",
            report.path.display()
        )));
    }
    Ok(())
}

/// Of each round of a case the last attempt counts; one failure is enough.
fn failed(report: &ReportFile) -> HashSet<(&str, Variant)> {
    let mut open: HashMap<(&str, Variant), i64> = HashMap::new();
    for case in &report.cases {
        let count = open.entry((&case.path, case.variant)).or_default();
        if case.attempt > 1 {
            // It repeats one that was unexpected.
            *count -= 1;
        }
        *count += i64::from(!case.expected);
    }
    let left = open.into_iter().filter(|(_, count)| *count > 0);
    left.map(|(case, _)| case).collect()
}
