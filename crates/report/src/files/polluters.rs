//! `polluters.json`: which cases changed how others ended, as far as the run
//! looked for them. Empty where nothing had to be looked for.

use crate::{BisectCounts, BisectRecord, Summary};
use serde::Serialize;

/// Everything that came of searches so far.
#[derive(Default)]
pub(super) struct Polluters {
    searches: Vec<BisectRecord>,
}

/// The file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    #[serde(flatten)]
    counts: BisectCounts,
    searches: &'a [BisectRecord],
}

impl Polluters {
    pub(super) fn record(&mut self, record: &BisectRecord) {
        self.searches.push(record.clone());
    }

    pub(super) fn file(&self, summary: &Summary) -> File<'_> {
        File {
            counts: summary.bisected.unwrap_or_default(),
            searches: &self.searches,
        }
    }
}
