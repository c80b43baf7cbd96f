//! The results folder: what a run leaves for later runs and for people.
//!
//! ```text
//! DIR/results.ndjson   the report for machines
//! DIR/failures.txt     verdict, variant, path, why: a tab between, a line for each
//! DIR/*.json           the same results, sorted: see [`Sorted`]
//! DIR/.lock            held while a run writes here
//! ```
//!
//! Every file is put in place when it is whole, also after an interrupt: then it
//! says that the run is not. A run that dies leaves those of the run before, and a
//! lock that holds nobody up. So does one whose report finds no room: the others
//! are nothing without it. What it had written lies beside, for `--resume`.

use crate::files::Sorted;
use crate::foreign;
use crate::leftovers;
use crate::lock::Lock;
use crate::text::Shown;
use crate::{
    AtomicFile, BisectRecord, CaseRecord, Figures, Holder, Ndjson, ReportError, RunHeader,
    ShadowRecord, Sink, Summary,
};
use rewind_protocol::path_text;
use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Name of the report for machines.
pub const RESULTS_FILE: &str = "results.ndjson";
/// Name of the list of unexpected results.
pub const FAILURES_FILE: &str = "failures.txt";
const LOCK_FILE: &str = ".lock";

/// A results folder that belongs to this run until it is dropped.
#[derive(Debug)]
pub struct ResultsFolder {
    path: PathBuf,
    lock: Lock,
    /// The report of this run is in place.
    is_filled: Rc<Cell<bool>>,
}

impl ResultsFolder {
    /// Makes the folder if it is missing, takes its lock, and clears away what
    /// a killed run had not finished, but for its report.
    ///
    /// # Errors
    /// [`ReportError::Busy`] if another run holds it; [`ReportError::Occupied`] if
    /// files in it would be replaced that no run has written; [`ReportError::File`]
    /// if it can't be made.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        fs::create_dir_all(path).map_err(ReportError::file("create", path))?;
        foreign::refuse(path)?;
        let lock = Lock::take(path, &path.join(LOCK_FILE))?;
        leftovers::clear(path);
        Ok(Self {
            path: path.to_owned(),
            lock,
            is_filled: Rc::default(),
        })
    }

    /// The run before, if it was killed: then what lies here is of the one
    /// before that.
    #[must_use]
    pub const fn abandoned(&self) -> Option<&Holder> {
        self.lock.abandoned()
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The report of this run is in place, so what goes with it may be put beside it.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.is_filled.get()
    }

    /// The sink that fills it.
    ///
    /// # Errors
    /// When a file can't be created.
    pub fn sink(&self) -> Result<impl Sink + use<>, ReportError> {
        self.is_filled.set(false);
        Ok(Files {
            results: Some(Ndjson::new(AtomicFile::create(
                &self.path.join(RESULTS_FILE),
            )?)),
            answers: 0,
            failures: Some(AtomicFile::create(&self.path.join(FAILURES_FILE))?),
            sorted: Sorted::default(),
            folder: self.path.clone(),
            is_filled: Rc::clone(&self.is_filled),
            lost: Vec::new(),
        })
    }
}

/// All files.
struct Files {
    /// `None` once it is in place.
    results: Option<Ndjson<AtomicFile>>,
    /// Attempts told so far.
    answers: u64,
    /// `None` once it is in place, or could not be written.
    failures: Option<AtomicFile>,
    sorted: Sorted,
    folder: PathBuf,
    is_filled: Rc<Cell<bool>>,
    /// Why files beside the report could not be written.
    lost: Vec<ReportError>,
}

impl Files {
    fn list(&mut self, write: impl FnOnce(&mut AtomicFile) -> std::io::Result<()>) {
        if let Some(Err(error)) = self.failures.as_mut().map(write) {
            self.failures = None;
            self.lost
                .push(ReportError::write("list of failures")(error));
        }
    }

    /// Puts the report in place. Without room for its end it stays beside.
    fn put_report(&mut self, summary: &Summary, figures: &Figures) -> Result<(), ReportError> {
        let Some(results) = &mut self.results else {
            return Ok(());
        };
        results.end(summary, figures)?;
        if let Some(results) = self.results.take() {
            results.into_inner().commit_or_leave()?;
        }
        self.is_filled.set(true);
        leftovers::clear_halves(&self.folder);
        Ok(())
    }
}

impl Sink for Files {
    fn begin(&mut self, run: &RunHeader) -> Result<(), ReportError> {
        self.sorted.begin(&run.started);
        self.results
            .as_mut()
            .map_or(Ok(()), |results| results.begin(run))
    }

    fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError> {
        self.answers += u64::from(record.finished.is_some());
        if !record.expected {
            self.list(|file| failure_line(file, record));
        }
        self.sorted.record(record);
        self.results
            .as_mut()
            .map_or(Ok(()), |results| results.case(record))
    }

    fn shadow(&mut self, record: &ShadowRecord) -> Result<(), ReportError> {
        self.results
            .as_mut()
            .map_or(Ok(()), |results| results.shadow(record))
    }

    fn bisected(&mut self, record: &BisectRecord) -> Result<(), ReportError> {
        self.sorted.bisected(record);
        self.results
            .as_mut()
            .map_or(Ok(()), |results| results.bisected(record))
    }

    /// Nobody reads these files before they are whole.
    fn flush(&mut self) -> Result<(), ReportError> {
        Ok(())
    }

    fn end(&mut self, summary: &Summary, figures: &Figures) -> Result<(), ReportError> {
        self.put_report(summary, figures)?;
        let run = &summary.completeness;
        if !run.complete {
            self.list(|file| writeln!(file, "incomplete\t-\t-\t{run}"));
        }
        if let Some(Err(error)) = self.failures.take().map(AtomicFile::commit) {
            self.lost.push(error);
        }
        self.lost.extend(self.sorted.put(&self.folder, summary));
        Ok(())
    }

    fn take_lost(&mut self) -> Vec<ReportError> {
        std::mem::take(&mut self.lost)
    }
}

impl Drop for Files {
    /// A report that isn't in place is one that broke off: what was answered can be
    /// taken up.
    fn drop(&mut self) {
        let Some(mut results) = self.results.take().filter(|_| self.answers > 0) else {
            return;
        };
        // Why it broke off was told where that happened.
        let _ = results.flush();
        results.into_inner().leave();
    }
}

fn failure_line(out: &mut impl Write, record: &CaseRecord<'_>) -> std::io::Result<()> {
    let verdict = record.word();
    let (variant, path) = (record.variant.name(), path_text::escaped(record.path));
    let why = Shown(record.why.as_bytes());
    writeln!(out, "{verdict}\t{variant}\t{path}\t{why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunFacts, Verdict};
    use rewind_protocol::Variant;

    fn record(verdict: Verdict, expected: bool) -> CaseRecord<'static> {
        CaseRecord {
            path: "test/a.js",
            variant: Variant::named(&"strict"),
            verdict,
            expected,
            why: "said\nso",
            finished: None,
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: crate::About::default(),
        }
    }

    #[test]
    fn every_file_is_in_place_after_the_end_and_not_before() {
        let parent = tempfile::tempdir().expect("folder");
        let folder = ResultsFolder::open(&parent.path().join("a/b")).expect("open");
        let (results, failures) = (
            folder.path().join(RESULTS_FILE),
            folder.path().join(FAILURES_FILE),
        );
        let mut sink = folder.sink().expect("sink");
        let header = RunHeader {
            started: "then".to_owned(),
            ..RunHeader::default()
        };
        sink.begin(&header).expect("begin");
        sink.case(&record(Verdict::Fail, false)).expect("case");
        sink.case(&record(Verdict::Skip, true)).expect("case");
        assert!(!results.exists() && !failures.exists());
        let sorted = Sorted::FILES.map(|name| folder.path().join(name));
        assert!(sorted.iter().all(|file| !file.exists()));
        let figures = Figures::new();
        sink.end(&Summary::new(&figures, &RunFacts::default()), &figures)
            .expect("end");
        let lines = fs::read_to_string(&results).expect("results");
        assert_eq!(lines.lines().count(), 4);
        assert_eq!(
            fs::read_to_string(&failures).expect("failures"),
            "fail\tstrict\ttest/a.js\tsaid\\nso\n"
        );
        for file in sorted {
            let text = fs::read_to_string(&file).expect("a file");
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(
                (&value["schema"], &value["run"]),
                (&1.into(), &"then".into())
            );
        }
    }

    #[test]
    fn second_run_in_one_folder_is_refused_until_the_first_has_ended() {
        let folder = tempfile::tempdir().expect("folder");
        let first = ResultsFolder::open(folder.path()).expect("open");
        let error = ResultsFolder::open(folder.path()).expect_err("busy");
        assert!(matches!(error, ReportError::Busy { .. }), "{error}");
        drop(first);
        assert!(ResultsFolder::open(folder.path()).is_ok());
    }
}
