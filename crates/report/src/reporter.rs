//! Passes each result on to everything that wants it.

use crate::{
    BisectRecord, CaseRecord, Figures, Progress, ReportError, RunFacts, RunHeader, ShadowRecord,
    Summary,
};
use std::time::Duration;

/// One form of report.
pub trait Sink {
    /// The run begins.
    ///
    /// # Errors
    /// When it can't be written.
    fn begin(&mut self, run: &RunHeader) -> Result<(), ReportError>;

    /// An attempt has its verdict. Called up to 30,000 times a second.
    ///
    /// # Errors
    /// When it can't be written.
    fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError>;

    /// A case ended otherwise in a process of its own; told after all cases. A
    /// form of report that has no place for it leaves it out.
    ///
    /// # Errors
    /// When it can't be written.
    fn shadow(&mut self, _record: &ShadowRecord) -> Result<(), ReportError> {
        Ok(())
    }

    /// What came of looking for the cases that changed how another ended; told after
    /// all else. A form of report that has no place for it leaves it out.
    ///
    /// # Errors
    /// When it can't be written.
    fn bisected(&mut self, _record: &BisectRecord) -> Result<(), ReportError> {
        Ok(())
    }

    /// Now and then: somebody may be reading along.
    ///
    /// # Errors
    /// When what was gathered can't be written.
    fn flush(&mut self) -> Result<(), ReportError>;

    /// The run is over, or was interrupted; files are put in place.
    ///
    /// # Errors
    /// When it can't be written, or a file can't be put in place.
    fn end(&mut self, summary: &Summary, figures: &Figures) -> Result<(), ReportError>;
}

/// Keeps count and passes on.
pub struct Reporter<'a> {
    figures: Figures,
    sinks: Vec<Box<dyn Sink + 'a>>,
    progress: Progress<'a>,
}

impl<'a> Reporter<'a> {
    /// A reporter with progress and no sink yet.
    #[must_use]
    pub fn new(progress: Progress<'a>) -> Self {
        Self {
            figures: Figures::new(),
            sinks: Vec::new(),
            progress,
        }
    }

    /// Adds a form of report.
    pub fn add(&mut self, sink: impl Sink + 'a) {
        self.sinks.push(Box::new(sink));
    }

    /// The run begins.
    ///
    /// # Errors
    /// When a sink can't be written to.
    pub fn begin(&mut self, run: &RunHeader) -> Result<(), ReportError> {
        self.sinks.iter_mut().try_for_each(|sink| sink.begin(run))
    }

    /// An attempt has its verdict; `elapsed` is the time since the run began.
    ///
    /// # Errors
    /// When a sink can't be written to.
    pub fn case(&mut self, record: &CaseRecord<'_>, elapsed: Duration) -> Result<(), ReportError> {
        self.figures.record(record);
        self.progress.case(record, self.figures.counts(), elapsed);
        self.sinks.iter_mut().try_for_each(|sink| sink.case(record))
    }

    /// A case ended otherwise in a process of its own.
    ///
    /// # Errors
    /// When a sink can't be written to.
    pub fn shadow(&mut self, record: &ShadowRecord) -> Result<(), ReportError> {
        self.sinks
            .iter_mut()
            .try_for_each(|sink| sink.shadow(record))
    }

    /// The cases that changed another were looked for.
    ///
    /// # Errors
    /// When a sink can't be written to.
    pub fn bisected(&mut self, record: &BisectRecord) -> Result<(), ReportError> {
        self.sinks
            .iter_mut()
            .try_for_each(|sink| sink.bisected(record))
    }

    /// Time passes, with or without results: what was gathered is written.
    ///
    /// # Errors
    /// When a sink can't be written to.
    pub fn tick(&mut self, elapsed: Duration) -> Result<(), ReportError> {
        self.progress.tick(self.figures.counts(), elapsed);
        self.sinks.iter_mut().try_for_each(|sink| sink.flush())
    }

    /// Says something to people without breaking the progress display.
    pub fn note(&mut self, text: &str) {
        self.progress.note(text);
    }

    /// What has come in so far.
    #[must_use]
    pub const fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The run is over. Every sink is ended, even after one has failed.
    ///
    /// # Errors
    /// The first failure of a sink.
    pub fn end(mut self, facts: &RunFacts) -> Result<(Summary, Figures), ReportError> {
        self.progress.finish();
        let summary = Summary::new(&self.figures, facts);
        let mut result = Ok(());
        for sink in &mut self.sinks {
            result = result.and(sink.end(&summary, &self.figures));
        }
        result.map(|()| (summary, self.figures))
    }
}
