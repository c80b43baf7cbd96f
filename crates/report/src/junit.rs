//! The report as JUnit XML, for build servers.
//!
//! Written as results come in, so that memory doesn't grow with the corpus: the
//! opening tag, which holds the totals, is given room and filled in at the end.
//! A retry is a test case of its own, with its number in the name.

use crate::{
    AtomicFile, BisectRecord, CaseRecord, Completeness, Figures, Finding, ReportError, RunHeader,
    ShadowRecord, Sink, Summary, Verdict,
};
use rewind_protocol::Finished;
use std::fmt::{self, Write as _};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes kept for the two opening tags with their totals; white space
/// between attributes fills what they leave.
const HEAD: usize = 384;
/// Most bytes of a case's output.
const OUTPUT_LIMIT: usize = 16 << 10;
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const WHAT: &str = "JUnit report";

/// Totals as JUnit counts them: by test case written, not by final verdict.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

/// Writes the JUnit report.
pub struct Junit<W> {
    /// `None` once the report is complete.
    out: Option<W>,
    totals: Totals,
    /// Puts the report in place when it is complete.
    commit: fn(W) -> Result<(), ReportError>,
    /// One test case at a time is put together here.
    element: String,
    /// What the suite says behind its cases.
    remarks: String,
}

impl Junit<AtomicFile> {
    /// A report that is put in place as `path` when it is complete.
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create(path: &Path) -> Result<Self, ReportError> {
        Ok(Self::new(AtomicFile::create(path)?, AtomicFile::commit))
    }
}

impl<W: Write + Seek> Junit<W> {
    fn new(out: W, commit: fn(W) -> Result<(), ReportError>) -> Self {
        Self {
            out: Some(out),
            totals: Totals::default(),
            commit,
            element: String::new(),
            remarks: String::new(),
        }
    }

    fn count(&mut self, record: &CaseRecord<'_>) {
        self.totals.tests += 1;
        let counted = match kind(record) {
            Kind::Passed => return,
            Kind::Failure => &mut self.totals.failures,
            Kind::Error => &mut self.totals.errors,
            Kind::Skipped => &mut self.totals.skipped,
        };
        *counted += 1;
    }

    /// An error of its own if cases are missing: nothing else in the form could tell.
    fn must_be_complete(&mut self, run: &Completeness) -> Result<(), ReportError> {
        let Some(reason) = run.reason else {
            return Ok(());
        };
        self.totals.tests += 1;
        self.totals.errors += 1;
        let (reason, said, detail) = (reason.name(), run.to_string(), Xml(&run.detail));
        let element = format!(
            "<testcase classname=\"rewind\" name=\"the whole run\" time=\"0\">\
             <error type=\"incomplete-{reason}\" message=\"{}\">{detail}</error></testcase>\n",
            Xml(&said)
        );
        self.write(element.as_bytes())
    }

    fn write(&mut self, what: &[u8]) -> Result<(), ReportError> {
        match &mut self.out {
            Some(out) => out.write_all(what).map_err(ReportError::write(WHAT)),
            None => Ok(()),
        }
    }
}

impl<W: Write + Seek> Sink for Junit<W> {
    fn begin(&mut self, _run: &RunHeader) -> Result<(), ReportError> {
        self.write(DECLARATION.as_bytes())?;
        self.write(head(&Totals::default(), 0.0).as_bytes())
    }

    fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError> {
        self.count(record);
        let mut element = std::mem::take(&mut self.element);
        element.clear();
        // Writing into a `String` has no way to fail.
        let _ = test_case(&mut element, record);
        let written = self.write(element.as_bytes());
        self.element = element;
        written
    }

    /// A test case of its own: a breach fails it, a flaky one is no concern of a build server.
    fn shadow(&mut self, record: &ShadowRecord) -> Result<(), ReportError> {
        self.totals.tests += 1;
        match record.finding {
            Finding::Breach => self.totals.failures += 1,
            Finding::Flaky => self.totals.skipped += 1,
        }
        let mut element = String::new();
        // Writing into a `String` has no way to fail.
        let _ = shadow_case(&mut element, record);
        self.write(element.as_bytes())
    }

    /// Polluters are passed cases as a rule: the suite tells of them, not they.
    fn bisected(&mut self, record: &BisectRecord) -> Result<(), ReportError> {
        let again = record.replay.as_ref();
        let again = again.map(|command| format!("shown again by: {command}"));
        for line in record.told().iter().chain(&again) {
            // Writing into a `String` has no way to fail.
            let _ = writeln!(self.remarks, "{}", Xml(line));
        }
        Ok(())
    }

    /// Nobody reads the file before it is complete.
    fn flush(&mut self) -> Result<(), ReportError> {
        Ok(())
    }

    fn end(&mut self, summary: &Summary, _figures: &Figures) -> Result<(), ReportError> {
        self.must_be_complete(&summary.completeness)?;
        if !self.remarks.is_empty() {
            let remarks = format!("<system-out>{}</system-out>\n", self.remarks);
            self.write(remarks.as_bytes())?;
        }
        self.write(b"</testsuite>\n</testsuites>\n")?;
        let Some(mut out) = self.out.take() else {
            return Ok(());
        };
        fill_in(&mut out, &self.totals, summary.wall_s).map_err(ReportError::write(WHAT))?;
        (self.commit)(out)
    }
}

fn fill_in(out: &mut (impl Write + Seek), totals: &Totals, seconds: f64) -> io::Result<()> {
    out.seek(SeekFrom::Start(DECLARATION.len() as u64))?;
    out.write_all(head(totals, seconds).as_bytes())?;
    out.seek(SeekFrom::End(0)).map(|_| ())
}

/// Both opening tags, [`HEAD`] bytes in all.
fn head(totals: &Totals, seconds: f64) -> String {
    let Totals {
        tests,
        failures,
        errors,
        skipped,
    } = totals;
    let counts = format!(
        "name=\"rewind\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" \
         skipped=\"{skipped}\" time=\"{seconds:.3}\""
    );
    let tags = format!("<testsuites {counts}>\n<testsuite {counts}");
    // Five numbers of at most 20 digits, twice, and 120 bytes of names: it fits.
    format!("{tags:<width$}>\n", width = HEAD)
}

enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

const fn kind(record: &CaseRecord<'_>) -> Kind {
    match (record.verdict, record.expected) {
        (Verdict::Pass, true) => Kind::Passed,
        // A known failure is no concern of a build server.
        (Verdict::Skip, _) | (_, true) => Kind::Skipped,
        (Verdict::Pass | Verdict::Fail, false) => Kind::Failure,
        (Verdict::Crash | Verdict::Timeout | Verdict::Lost, false) => Kind::Error,
    }
}

fn test_case(out: &mut String, record: &CaseRecord<'_>) -> fmt::Result {
    let (folder, file) = record.path.rsplit_once('/').unwrap_or(("", record.path));
    let spent = record
        .finished
        .map_or(0, |finished| finished.phases.total().0);
    write!(
        out,
        "<testcase classname=\"{}\" name=\"{}",
        Xml(folder),
        Xml(file)
    )?;
    write!(out, " {}", record.variant)?;
    if record.previous.is_some() {
        write!(out, " (attempt {})", record.attempt)?;
    }
    write!(
        out,
        "\" time=\"{}.{:09}\"",
        spent / 1_000_000_000,
        spent % 1_000_000_000
    )?;
    let (verdict, why) = (record.word(), Xml(record.why));
    match kind(record) {
        Kind::Passed => return out.write_str("/>\n"),
        Kind::Skipped => write!(out, "><skipped message=\"{why}\"/>")?,
        Kind::Failure => write!(out, "><failure type=\"{verdict}\" message=\"{why}\"/>")?,
        Kind::Error => write!(out, "><error type=\"{verdict}\" message=\"{why}\"/>")?,
    }
    record
        .finished
        .map_or(Ok(()), |finished| output(out, finished))?;
    out.write_str("</testcase>\n")
}

fn shadow_case(out: &mut String, record: &ShadowRecord) -> fmt::Result {
    let (folder, file) = record.path.rsplit_once('/').unwrap_or(("", &record.path));
    let (folder, file, variant) = (Xml(folder), Xml(file), record.variant);
    let why = record.why();
    let why = Xml(&why);
    write!(
        out,
        "<testcase classname=\"{folder}\" name=\"{file} {variant} (shadow)\" time=\"0\">"
    )?;
    match record.finding {
        Finding::Breach => write!(
            out,
            "<failure type=\"isolation-breach\" message=\"{why}\"/>"
        )?,
        Finding::Flaky => write!(out, "<skipped message=\"flaky: {why}\"/>")?,
    }
    out.write_str("</testcase>\n")
}

fn output(out: &mut String, finished: &Finished) -> fmt::Result {
    if finished.output.is_empty() {
        return Ok(());
    }
    let shown = crate::text::prefix(&finished.output, OUTPUT_LIMIT);
    write!(
        out,
        "<system-out>{}</system-out>",
        Xml(&String::from_utf8_lossy(shown))
    )
}

/// Text inside an element or an attribute. XML 1.0 has no way to write most
/// control characters: those become U+FFFD.
struct Xml<'a>(&'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\r' | '\t' => write!(f, "&#{};", u32::from(character))?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
