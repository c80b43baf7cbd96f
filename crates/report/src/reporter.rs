//! Passes each result on to everything that wants it.
//!
//! The forms of report don't depend on each other: one that can't be written is
//! told, once, and given up, and the others have every result all the same. When
//! the last of those that were asked for is gone, nobody listens any more
//! ([`Reporter::is_heard`]), and it is for the run to stop.

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

    /// Parts of the report that could not be written while the rest could; asked
    /// for once, after the end.
    fn take_lost(&mut self) -> Vec<ReportError> {
        Vec::new()
    }
}

/// Keeps count and passes on.
pub struct Reporter<'a> {
    figures: Figures,
    /// Those that can still be written.
    sinks: Vec<Box<dyn Sink + 'a>>,
    /// Sinks that were added.
    asked: usize,
    /// Reports that could not be written.
    lost: u64,
    /// The first of them, in words.
    first_lost: String,
    progress: Progress<'a>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    /// The figures of the whole.
    pub summary: Summary,
    /// What they were worked out from.
    pub figures: Figures,
}

impl<'a> Reporter<'a> {
    /// A reporter with progress and no sink yet.
    #[must_use]
    pub fn new(progress: Progress<'a>) -> Self {
        Self {
            figures: Figures::new(),
            sinks: Vec::new(),
            asked: 0,
            lost: 0,
            first_lost: String::new(),
            progress,
        }
    }

    /// Adds a form of report.
    pub fn add(&mut self, sink: impl Sink + 'a) {
        self.sinks.push(Box::new(sink));
        self.asked += 1;
    }

    /// The run begins.
    pub fn begin(&mut self, run: &RunHeader) {
        self.pass_on(|sink| sink.begin(run));
    }

    /// An attempt has its verdict; `elapsed` is the time since the run began.
    pub fn case(&mut self, record: &CaseRecord<'_>, elapsed: Duration) {
        self.figures.record(record);
        self.progress.case(record, self.figures.counts(), elapsed);
        self.pass_on(|sink| sink.case(record));
    }

    /// A case ended otherwise in a process of its own.
    pub fn shadow(&mut self, record: &ShadowRecord) {
        self.pass_on(|sink| sink.shadow(record));
    }

    /// The cases that changed another were looked for.
    pub fn bisected(&mut self, record: &BisectRecord) {
        self.pass_on(|sink| sink.bisected(record));
    }

    /// Time passes, with or without results: what was gathered is written.
    pub fn tick(&mut self, elapsed: Duration) {
        self.progress.tick(self.figures.counts(), elapsed);
        self.pass_on(|sink| sink.flush());
    }

    /// The run has been asked to end, and `running` cases have still to: see
    /// [`Progress::stopping`].
    pub fn stopping(&mut self, running: usize) {
        self.progress.stopping(running);
    }

    /// The case that has run longest, for people to see what a run waits for.
    pub fn longest(&mut self, case: &str, since: Duration) {
        self.progress.longest(case, since);
    }

    /// Says something to people without breaking the progress display.
    pub fn note(&mut self, text: &str) {
        self.progress.note(text);
    }

    /// Something that was asked for can't be written: people are told, whether
    /// they want to see progress or not.
    pub fn lose(&mut self, error: &ReportError) {
        if self.lost == 0 {
            self.first_lost = error.to_string();
        }
        self.lost += 1;
        self.progress.alarm(&format!("error: failed to {error}"));
    }

    /// A report takes what it is told, or none was asked for.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.asked == 0 || !self.sinks.is_empty()
    }

    /// Why the first of the reports that are lost could not be written; empty if
    /// none is lost.
    #[must_use]
    pub fn first_lost(&self) -> &str {
        &self.first_lost
    }

    /// What has come in so far.
    #[must_use]
    pub const fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The run is over: every report is completed that can be.
    #[must_use]
    pub fn end(mut self, facts: &RunFacts) -> Ended {
        self.progress.finish();
        let figures = std::mem::take(&mut self.figures);
        let mut summary = Summary::new(&figures, facts);
        summary.reports_lost = self.lost;
        self.pass_on(|sink| sink.end(&summary, &figures));
        let parts: Vec<_> = self
            .sinks
            .iter_mut()
            .flat_map(|it| it.take_lost())
            .collect();
        for error in &parts {
            self.lose(error);
        }
        summary.reports_lost = self.lost;
        Ended { summary, figures }
    }

    /// Tells every sink; one that fails is told no more.
    fn pass_on(&mut self, mut tell: impl FnMut(&mut (dyn Sink + 'a)) -> Result<(), ReportError>) {
        let mut failed = Vec::new();
        self.sinks.retain_mut(|sink| {
            let told = tell(&mut **sink);
            told.map_err(|error| failed.push(error)).is_ok()
        });
        for error in &failed {
            self.lose(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StopReason, Stopped, testing};
    use std::cell::RefCell;
    use std::io;
    use std::rc::Rc;

    /// Takes so many cases, and keeps what it was told.
    struct Limited {
        room: usize,
        told: Rc<RefCell<Vec<String>>>,
    }

    impl Limited {
        fn tell(&mut self, what: &str) -> Result<(), ReportError> {
            self.told.borrow_mut().push(what.to_owned());
            Ok(())
        }
    }

    impl Sink for Limited {
        fn begin(&mut self, _: &RunHeader) -> Result<(), ReportError> {
            self.tell("begin")
        }

        fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError> {
            if self.room == 0 {
                let full = io::ErrorKind::StorageFull.into();
                return Err(ReportError::write("ndjson report")(full));
            }
            self.room -= 1;
            self.tell(record.path)
        }

        fn flush(&mut self) -> Result<(), ReportError> {
            self.tell("flush")
        }

        fn end(&mut self, summary: &Summary, _: &Figures) -> Result<(), ReportError> {
            let (run, lost) = (&summary.completeness, summary.reports_lost);
            self.tell(&format!("{run}, {lost} lost"))
        }
    }

    /// What sinks with so much room are told of three cases, what people read,
    /// and whether somebody listened to the end.
    fn run(rooms: &[usize], facts: &RunFacts) -> (Vec<Vec<String>>, String, bool) {
        let mut out = Vec::new();
        let told: Vec<_> = rooms.iter().map(|_| Rc::default()).collect();
        let mut reporter = Reporter::new(Progress::lines(&mut out, 3));
        for (&room, told) in rooms.iter().zip(&told) {
            let told = Rc::clone(told);
            reporter.add(Limited { room, told });
        }
        reporter.begin(&RunHeader::default());
        for path in ["a", "b", "c"] {
            reporter.case(&testing::passed(path), Duration::ZERO);
        }
        reporter.tick(Duration::ZERO);
        let heard = reporter.is_heard();
        let ended = reporter.end(facts);
        let full = rooms.iter().filter(|room| **room < 3).count();
        assert_eq!(ended.summary.reports_lost, full as u64);
        let told = told.iter().map(|it: &Rc<RefCell<Vec<String>>>| it.take());
        let told = told.collect();
        (told, String::from_utf8(out).expect("UTF-8"), heard)
    }

    const FULL: &str = "error: failed to write the ndjson report: no storage space\n";

    #[test]
    fn report_that_fails_is_told_once_and_the_others_miss_nothing() {
        let (told, said, heard) = run(
            &[1, 9],
            &RunFacts {
                planned: 3,
                ..RunFacts::default()
            },
        );
        assert_eq!(told[0], ["begin", "a"]);
        assert_eq!(
            told[1],
            ["begin", "a", "b", "c", "flush", "complete, 1 lost"]
        );
        assert_eq!((said.as_str(), heard), (FULL, true));
    }

    #[test]
    fn nobody_listens_once_the_last_report_has_failed() {
        let facts = RunFacts {
            planned: 3,
            stopped: Some(Stopped::by(StopReason::NoReport)),
            ..RunFacts::default()
        };
        let (told, said, heard) = run(&[1, 2], &facts);
        assert_eq!((told[0].len(), told[1].len(), heard), (2, 3, false));
        assert_eq!(said, FULL.repeat(2));
    }

    #[test]
    fn run_without_a_report_is_heard_by_people() {
        let (_, said, heard) = run(&[], &RunFacts::default());
        assert_eq!((said.as_str(), heard), ("", true));
    }
}
