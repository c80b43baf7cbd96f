//! All of the sorted files of a run.

use super::failures::Failures;
use super::memory::Memory;
use super::phases::Times;
use super::polluters::Polluters;
use super::put::put_json;
use super::skips::Skipped;
use crate::{BisectRecord, CaseRecord, ReportError, Summary};
use serde::Serialize;
use std::path::Path;

/// Gathers what the files say while results come in.
#[derive(Default)]
pub(crate) struct Sorted {
    /// When the run began.
    run: String,
    failures: Failures,
    memory: Memory,
    times: Times,
    polluters: Polluters,
    skipped: Skipped,
}

impl Sorted {
    /// Names of the files.
    pub(crate) const FILES: [&'static str; 5] = [
        "failures.json",
        "memory.json",
        "phases.json",
        "polluters.json",
        "skips.json",
    ];

    /// The run began at `started`.
    pub(crate) fn begin(&mut self, started: &str) {
        started.clone_into(&mut self.run);
    }

    /// Takes one attempt, or a skip.
    pub(crate) fn record(&mut self, record: &CaseRecord<'_>) {
        let Some(finished) = record.finished else {
            self.skipped.record(record);
            return;
        };
        self.failures.record(record);
        self.memory.record(record, finished);
        self.times.record(record, finished);
    }

    /// Takes what came of a search.
    pub(crate) fn bisected(&mut self, record: &BisectRecord) {
        self.failures.bisected(record);
        self.polluters.record(record);
    }

    /// Puts every file in its place in `folder`, but for those that there is no room
    /// for; gives why not.
    pub(crate) fn put(&self, folder: &Path, summary: &Summary) -> Vec<ReportError> {
        let [failures, memory, phases, polluters, skips] =
            Self::FILES.map(|name| folder.join(name));
        let put = [
            self.put_one(&failures, summary, &self.failures.file()),
            self.put_one(&memory, summary, &self.memory.file(summary)),
            self.put_one(&phases, summary, &self.times.file(summary)),
            self.put_one(&polluters, summary, &self.polluters.file(summary)),
            self.put_one(&skips, summary, &self.skipped.file(summary)),
        ];
        put.into_iter().filter_map(Result::err).collect()
    }

    fn put_one(
        &self,
        path: &Path,
        summary: &Summary,
        body: &impl Serialize,
    ) -> Result<(), ReportError> {
        let of = Of {
            complete: summary.completeness.complete,
            not_run: summary.completeness.not_run,
            body,
        };
        put_json(path, &self.run, &of)
    }
}

/// What a file says, and of how much.
#[derive(Serialize)]
struct Of<'a, T> {
    complete: bool,
    not_run: u64,
    #[serde(flatten)]
    body: &'a T,
}
