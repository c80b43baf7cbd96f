//! A report for machines, read back: what comparing, merging, repeating and
//! resuming stand on.
//!
//! Files come from other machines and other days, so everything about them is
//! checked, and an error names file, line and mend. Members that aren't known
//! are left alone.

use crate::error::CliError;
use crate::paths;
use crate::terminal::tell;
use rewind_protocol::Variant;
use rewind_report::{Completeness, RESULTS_FILE, StopReason, Stopped};
use rewind_verdict::{Class, FailureKind, Verdict};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the format that is understood.
const SCHEMA: u64 = 1;

/// A report.
#[derive(Debug)]
pub(crate) struct ReportFile {
    /// The file itself, where a folder was named as well.
    pub(crate) path: PathBuf,
    /// The run's configuration.
    pub(crate) header: Map<String, Value>,
    /// Attempts and skips, in the order in which they were told.
    pub(crate) cases: Vec<CaseLine>,
    /// Lines of other types, as they stand in the file.
    pub(crate) others: Vec<String>,
    /// The run's figures.
    pub(crate) summary: Map<String, Value>,
}

/// One attempt at a case, or a skip.
#[derive(Clone, Debug)]
pub(crate) struct CaseLine {
    /// The line as it stands in the file.
    pub(crate) text: String,
    pub(crate) path: Arc<str>,
    pub(crate) variant: Variant,
    pub(crate) verdict: Verdict,
    pub(crate) expected: bool,
    /// It was as expected alone, and failed in this way among others: the attempt
    /// before it is the one that counts.
    pub(crate) partial: Option<FailureKind>,
    /// How it ended, where that is no pass and no skip.
    pub(crate) class: Option<Class>,
    /// From 1; 0 for a skip.
    pub(crate) attempt: u32,
    /// All phases, in µs.
    pub(crate) us: u64,
    /// In bytes.
    pub(crate) heap_peak: u64,
    pub(crate) worker: u32,
    pub(crate) worker_life: u32,
}

#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RawCase<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow)]
    variant: Cow<'a, str>,
    verdict: RawVerdict,
    expected: bool,
    #[serde(default, borrow)]
    partial: Option<Cow<'a, str>>,
    outcome: RawOutcome<'a>,
    us: u64,
    attempt: u32,
    #[serde(default)]
    heap_peak: u64,
    #[serde(default)]
    worker: u32,
    #[serde(default)]
    worker_life: u32,
}

#[derive(Deserialize)]
struct RawOutcome<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawVerdict {
    Pass,
    Fail,
    Skip,
    Crash,
    Timeout,
    Lost,
}

impl ReportFile {
    /// Reads a report, or that of a results folder. If a later run has broken off in
    /// that folder, or goes on there, people are told.
    pub(crate) fn load(path: &Path) -> Result<Self, CliError> {
        if !path.is_dir() {
            return Reading::new(path.to_owned())?.all();
        }
        let file = path.join(RESULTS_FILE);
        if !file.exists() {
            Self::must_not_have_broken_off(path)?;
        }
        let report = Reading::new(file)?.all()?;
        if let Some(later) = report.later_part(path)? {
            tell(&format!(
                "note: {} are the results of the run of {}; one that began later, {}, has not \
                 ended: {}\n",
                report.path.display(),
                report.word("started"),
                later.word("started"),
                later.completeness()
            ));
        }
        Ok(report)
    }

    /// What there is in `folder` of a run that began after this one.
    fn later_part(&self, folder: &Path) -> Result<Option<Self>, CliError> {
        for half in halves(folder) {
            let part = Self::load_part(&half)?;
            // Times in UTC, written in one form, are in order as texts.
            let later = part.filter(|it| it.word("started") > self.word("started"));
            if later.is_some() {
                return Ok(later);
            }
        }
        Ok(None)
    }

    /// Where there is but a part of a report, that is what to say.
    fn must_not_have_broken_off(folder: &Path) -> Result<(), CliError> {
        for half in halves(folder) {
            if let Some(part) = Self::load_part(&half)? {
                part.must_be_complete()?;
            }
        }
        Ok(())
    }

    /// Reads as much of a report as there is: one of a run that was killed has
    /// no summary, and half a line at its end. `None` if it never began.
    pub(crate) fn load_part(path: &Path) -> Result<Option<Self>, CliError> {
        Reading::new(path.to_owned())?.part()
    }

    /// A member of the header as text; empty if it isn't there.
    pub(crate) fn word(&self, key: &str) -> &str {
        self.header
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The member of the header holds a path that couldn't be told as it is.
    pub(crate) fn escapes(&self, key: &str) -> bool {
        let escaped = self.header.get("escaped").and_then(Value::as_array);
        escaped.is_some_and(|keys| keys.iter().any(|it| it == key))
    }

    /// A member of the header that is a path; empty if it isn't there.
    pub(crate) fn path_in(&self, key: &str) -> OsString {
        paths::read(self.word(key), self.escapes(key))
    }

    /// A number of the header; 0 if it isn't there.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.header
            .get(key)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    }

    /// Cases that were planned, each round and each skip counted, and have no line.
    pub(crate) fn missing(&self) -> u64 {
        let planned = self.number("cases") + self.number("skips");
        let told = self.cases.iter().filter(|case| case.attempt <= 1).count() as u64;
        planned.saturating_sub(told)
    }

    /// Attempts that were answered.
    pub(crate) fn answers(&self) -> usize {
        self.cases.iter().filter(|case| case.attempt > 0).count()
    }

    /// How much of its plan the run did: what the summary says, and what the lines
    /// show, whichever is less.
    pub(crate) fn completeness(&self) -> Completeness {
        let said = serde_json::from_value(Value::Object(self.summary.clone()));
        let stopped = match said {
            Ok(Completeness {
                reason: Some(reason),
                detail,
                ..
            }) => Some(Stopped { reason, detail }),
            // Reports of older versions say only this much.
            _ if self.summary.get("interrupted") == Some(&Value::Bool(true)) => {
                Some(Stopped::by(StopReason::Interrupted))
            }
            // It was cut off before it could.
            _ if self.summary.is_empty() => Some(Stopped::by(StopReason::Machinery)),
            _ => None,
        };
        let planned = self.number("cases");
        Completeness::new(planned, planned.saturating_sub(self.missing()), stopped)
    }

    /// Refuses a report that isn't whole, where a part would be taken for it.
    pub(crate) fn must_be_complete(&self) -> Result<(), CliError> {
        let run = self.completeness();
        if run.complete {
            return Ok(());
        }
        Err(CliError::Incomplete {
            path: self.path.clone(),
            run: Box::new(run),
        })
    }
}

/// What is left of reports in `folder` whose runs broke off, or of one that goes on.
pub(crate) fn halves(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_half = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!(".{RESULTS_FILE}.")) && name.ends_with(".tmp")
    };
    paths.filter(is_half).collect()
}

/// A file being read.
struct Reading {
    path: PathBuf,
    file: BufReader<File>,
    line: u32,
}

impl Reading {
    fn new(path: PathBuf) -> Result<Self, CliError> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                file: BufReader::with_capacity(256 << 10, file),
                path,
                line: 0,
            }),
            Err(source) => Err(CliError::Read { path, source }),
        }
    }

    fn all(mut self) -> Result<ReportFile, CliError> {
        let (header, mut cases, mut text) = (self.header()?, Vec::new(), String::new());
        let mut others = Vec::new();
        loop {
            text.clear();
            if !self.next(&mut text)? {
                return Err(self.wrong(
                    "the report ends without a summary: its run was cut off; name one that ended",
                ));
            }
            // Within a string its quotes would be escaped.
            if text.contains(r#""type":"summary""#) {
                let summary = self.object(&text)?;
                return Ok(ReportFile {
                    path: self.path,
                    header,
                    cases,
                    others,
                    summary,
                });
            }
            if self.is_case(&text)? {
                cases.push(self.case(&text)?);
            } else {
                others.push(text.clone());
            }
        }
    }

    fn part(mut self) -> Result<Option<ReportFile>, CliError> {
        let mut text = String::new();
        if !self.next_whole(&mut text) {
            return Ok(None);
        }
        let (header, mut cases) = (self.header_in(&text)?, Vec::new());
        loop {
            text.clear();
            if !self.next_whole(&mut text) || text.contains(r#""type":"summary""#) {
                return Ok(Some(ReportFile {
                    path: self.path,
                    header,
                    cases,
                    others: Vec::new(),
                    summary: Map::new(),
                }));
            }
            if self.is_case(&text)? {
                cases.push(self.case(text.trim_end())?);
            }
        }
    }

    fn header(&mut self) -> Result<Map<String, Value>, CliError> {
        let mut text = String::new();
        self.next(&mut text)?;
        self.header_in(&text)
    }

    fn header_in(&self, text: &str) -> Result<Map<String, Value>, CliError> {
        let header = serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
        if header.get("type").and_then(Value::as_str) != Some("run") {
            return Err(self.wrong(
                "it does not begin as a report does; name a results folder, or what \
                 `rewind run --format ndjson` wrote",
            ));
        }
        match header.get("schema").and_then(Value::as_u64) {
            Some(SCHEMA) => Ok(header),
            _ => Err(self.wrong("it has another schema than 1; use the version that wrote it")),
        }
    }

    /// Reads a line, without its end; `false` at the end of the file.
    fn next(&mut self, text: &mut String) -> Result<bool, CliError> {
        self.line += 1;
        let read = self.file.read_line(text);
        let read = read.map_err(|source| CliError::Read {
            path: self.path.clone(),
            source,
        })?;
        if text.ends_with('\n') {
            text.pop();
        }
        Ok(read > 0)
    }

    /// Reads a line with its end; `false` if there is none, or half of one.
    fn next_whole(&mut self, text: &mut String) -> bool {
        self.line += 1;
        let read = self.file.read_line(text);
        // A line that was cut within a character is no UTF-8.
        read.is_ok_and(|_| text.ends_with('\n'))
    }

    /// Within a schema lines of other types may come.
    fn is_case(&self, text: &str) -> Result<bool, CliError> {
        if text.starts_with(r#"{"type":"case","#) {
            return Ok(true);
        }
        let line: RawLine<'_> =
            serde_json::from_str(text).map_err(|error| self.wrong(&error.to_string()))?;
        Ok(line.r#type == "case")
    }

    fn case(&self, text: &str) -> Result<CaseLine, CliError> {
        let raw: RawCase<'_> =
            serde_json::from_str(text).map_err(|error| self.wrong(&error.to_string()))?;
        let variant =
            Variant::parse(&raw.variant).map_err(|error| self.wrong(&error.to_string()))?;
        let verdict = verdict(&raw.verdict);
        Ok(CaseLine {
            text: text.to_owned(),
            path: Arc::from(&*raw.path),
            variant,
            verdict,
            expected: raw.expected,
            partial: raw
                .partial
                .map(|name| FailureKind::from_name(&name).unwrap_or(FailureKind::Other)),
            class: class(verdict, &raw.outcome.kind),
            attempt: raw.attempt,
            us: raw.us,
            heap_peak: raw.heap_peak,
            worker: raw.worker,
            worker_life: raw.worker_life,
        })
    }

    fn object(&self, text: &str) -> Result<Map<String, Value>, CliError> {
        serde_json::from_str(text).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, problem: &str) -> CliError {
        CliError::BadReport {
            path: self.path.clone(),
            line: self.line,
            problem: problem.to_owned(),
        }
    }
}

const fn verdict(raw: &RawVerdict) -> Verdict {
    match raw {
        RawVerdict::Pass => Verdict::Pass,
        RawVerdict::Fail => Verdict::Fail,
        RawVerdict::Skip => Verdict::Skip,
        RawVerdict::Crash => Verdict::Crash,
        RawVerdict::Timeout => Verdict::Timeout,
        RawVerdict::Lost => Verdict::Lost,
    }
}

fn class(verdict: Verdict, outcome: &str) -> Option<Class> {
    match (verdict, outcome) {
        (Verdict::Pass | Verdict::Skip, _) => None,
        (Verdict::Crash, _) => Some(Class::Crash),
        (Verdict::Timeout, _) => Some(Class::Timeout),
        (Verdict::Lost, _) => Some(Class::Lost),
        (Verdict::Fail, "exited") => Some(Class::Exit),
        (Verdict::Fail, "out-of-memory") => Some(Class::OutOfMemory),
        (Verdict::Fail, _) => Some(Class::Fail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = concat!(
        r#"{"type":"run","schema":1,"cases":2,"skips":1,"mode":"both"}"#,
        "\n",
        r#"{"type":"case","path":"test/ü.js","variant":"raw","verdict":"skip","expected":true,"outcome":{"kind":"skipped"},"us":0,"attempt":0}"#,
        "\n",
        r#"{"type":"case","path":"test/a.js","variant":"sloppy","verdict":"fail","expected":false,"outcome":{"kind":"exited"},"us":7,"attempt":1,"why":"\"type\":\"summary\""}"#,
        "\n",
        r#"{"type":"summary","cases":2}"#,
        "\n",
    );

    fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("report");
        std::fs::write(&path, text).expect("written");
        (folder, path)
    }

    #[test]
    fn load_returns_header_cases_and_summary() {
        let (_folder, path) = file(REPORT.as_bytes());
        let report = ReportFile::load(&path).expect("a report");
        assert_eq!((report.word("mode"), report.number("cases")), ("both", 2));
        assert_eq!(report.summary["cases"], 2);
        let [skip, fail] = &report.cases[..] else {
            panic!("two lines")
        };
        assert_eq!(
            (&*skip.path, skip.verdict, skip.class),
            ("test/ü.js", Verdict::Skip, None)
        );
        assert_eq!(
            (fail.class, fail.us, fail.attempt),
            (Some(Class::Exit), 7, 1)
        );
        assert_eq!(report.missing(), 1);
    }

    #[test]
    fn lines_of_other_types_are_kept_apart() {
        let other = r#"{"type":"later","path":"test/a.js"}"#;
        let at = REPORT.rfind("{\"type\":\"summary\"").expect("a summary");
        let text = format!("{}{other}\n{}", &REPORT[..at], &REPORT[at..]);
        let (_folder, path) = file(text.as_bytes());
        let report = ReportFile::load(&path).expect("a report");
        assert_eq!(
            (report.cases.len(), report.others),
            (2, vec![other.to_owned()])
        );
        let part = ReportFile::load_part(&path).expect("read").expect("begun");
        assert_eq!(part.cases.len(), 2);
    }

    #[test]
    fn report_that_is_cut_anywhere_is_refused_whole_and_read_in_part() {
        let header = REPORT.find('\n').expect("a line") + 1;
        for cut in 0..REPORT.len() - 1 {
            let (_folder, path) = file(&REPORT.as_bytes()[..cut]);
            assert!(ReportFile::load(&path).is_err(), "cut at {cut}");
            let part = ReportFile::load_part(&path);
            if cut == 0 {
                assert!(part.is_ok_and(|part| part.is_none()));
            } else if cut >= header {
                let lines = REPORT[..header].len()..cut;
                let whole = REPORT.as_bytes()[lines].iter().filter(|it| **it == b'\n');
                let cases = part.ok().flatten().map(|part| part.cases.len());
                assert_eq!(cases, Some(whole.count()), "cut at {cut}");
            }
        }
    }

    #[test]
    fn line_that_makes_no_sense_is_named() {
        for (from, to, wanted) in [
            ("\"raw\"", "\"la zy\"", ":2: use \"la zy\" as a name"),
            ("\"fail\"", "\"bad\"", ":3: unknown variant `bad`"),
            ("\"schema\":1", "\"schema\":2", ":1: it has another schema"),
            (
                "{\"type\":\"run\"",
                "[",
                ":1: it does not begin as a report",
            ),
        ] {
            let (_folder, path) = file(REPORT.replacen(from, to, 1).as_bytes());
            let error = ReportFile::load(&path).expect_err("refused").to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
