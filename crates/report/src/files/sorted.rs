//! All of the sorted files of a run.

use super::failures::Failures;
use super::memory::Memory;
use super::phases::Times;
use super::polluters::Polluters;
use super::put::put_json;
use super::skips::Skipped;
use crate::{BisectRecord, CaseRecord, ReportError, Summary};
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

    /// Puts every file in its place in `folder`.
    pub(crate) fn put(&self, folder: &Path, summary: &Summary) -> Result<(), ReportError> {
        let [failures, memory, phases, polluters, skips] =
            Self::FILES.map(|name| folder.join(name));
        put_json(&failures, &self.run, &self.failures.file())?;
        put_json(&memory, &self.run, &self.memory.file(summary))?;
        put_json(&phases, &self.run, &self.times.file(summary))?;
        put_json(&polluters, &self.run, &self.polluters.file(summary))?;
        put_json(&skips, &self.run, &self.skipped.file(summary))
    }
}
