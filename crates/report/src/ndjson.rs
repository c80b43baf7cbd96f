//! The report for machines: one JSON object a line.
//!
//! ```text
//! {"type":"run","schema":1, …}          configuration, once
//! {"type":"case","path":…, …}           each attempt, and each skip
//! {"type":"shadow","path":…, …}        each case that ended otherwise in a process of its own
//! {"type":"bisected","path":…, …}      each case whose polluters were looked for
//! {"type":"summary", …}                 once, also after an interrupt
//! ```
//!
//! Readers must tolerate members they don't know; what is here is never
//! renamed or removed within a schema. Times are in µs unless the name says otherwise.

use crate::json::Object;
use crate::text::prefix;
use crate::{
    BisectRecord, CaseRecord, Figures, ReportError, RunHeader, ShadowRecord, Sink, Summary,
    Verdict, signal_name,
};
use rewind_plan::SkipReason;
use rewind_protocol::{CrashSite, Finished, Outcome, Phases, Thrown, TimeoutOrigin};
use serde::Serialize;
use std::io::Write;

/// Version of the line format.
const SCHEMA: u32 = 1;
/// Most bytes of a case's output in its line.
const OUTPUT_LIMIT: usize = 16 << 10;
/// Most bytes of a thrown value's message, and of its stack, in its line.
const THROWN_LIMIT: usize = 4 << 10;
/// Bytes gathered before they are written. Each attempt's line has about 300.
const GATHER: usize = 64 << 10;

/// Writes the report for machines.
pub struct Ndjson<W> {
    out: W,
    /// Lines not yet written; always ends at the end of a line.
    buffer: Vec<u8>,
}

impl<W: Write> Ndjson<W> {
    /// A report to `out`, which needs no buffer of its own.
    pub fn new(out: W) -> Self {
        Self {
            out,
            buffer: Vec::with_capacity(GATHER + (8 << 10)),
        }
    }

    /// Gives back what the report was written to; what is gathered must have been flushed.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn line(&mut self, what: &'static str, value: &impl Serialize) -> Result<(), ReportError> {
        serde_json::to_writer(&mut self.buffer, value)
            .map_err(|source| ReportError::Json { what, source })?;
        self.buffer.push(b'\n');
        Ok(())
    }

    fn write_out(&mut self) -> Result<(), ReportError> {
        let written = self.out.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(ReportError::write("ndjson report"))
    }
}

#[derive(Serialize)]
struct Tagged<'a, T> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    #[serde(flatten)]
    value: &'a T,
}

impl<W: Write> Sink for Ndjson<W> {
    fn begin(&mut self, run: &RunHeader) -> Result<(), ReportError> {
        self.line(
            "first line",
            &Tagged {
                r#type: "run",
                schema: Some(SCHEMA),
                value: run,
            },
        )?;
        self.flush()
    }

    fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError> {
        push_case(&mut self.buffer, record);
        if self.buffer.len() >= GATHER {
            self.write_out()
        } else {
            Ok(())
        }
    }

    fn shadow(&mut self, record: &ShadowRecord) -> Result<(), ReportError> {
        self.line(
            "shadow",
            &Tagged {
                r#type: "shadow",
                schema: None,
                value: record,
            },
        )
    }

    fn bisected(&mut self, record: &BisectRecord) -> Result<(), ReportError> {
        self.line(
            "bisected",
            &Tagged {
                r#type: "bisected",
                schema: None,
                value: record,
            },
        )
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.write_out()?;
        self.out
            .flush()
            .map_err(ReportError::write("ndjson report"))
    }

    fn end(&mut self, summary: &Summary, _figures: &Figures) -> Result<(), ReportError> {
        self.line(
            "summary",
            &Tagged {
                r#type: "summary",
                schema: None,
                value: summary,
            },
        )?;
        self.flush()
    }
}

/// Appends the line of one attempt.
fn push_case(buffer: &mut Vec<u8>, record: &CaseRecord<'_>) {
    let mut line = Object::begin(buffer);
    line.string("type", "case");
    line.string("path", record.path);
    line.string("variant", record.variant.name());
    line.string("verdict", record.verdict.name());
    line.boolean("expected", record.expected);
    match record.finished {
        Some(finished) => push_finished(&mut line, record, finished),
        None => push_skip(&mut line, record),
    }
    if let Some(kind) = record.partial {
        line.string("partial", kind.name());
    }
    if let Some(death) = record.about.died_before {
        line.string("died_before", death);
    }
    if !record.why.is_empty() {
        line.string("why", record.why);
    }
    if let Some(kind) = record.about.kind {
        line.string("failure", kind.name());
    }
    line.end();
    buffer.push(b'\n');
}

/// The members that every case line has, for one that was not run.
fn push_skip(line: &mut Object<'_>, record: &CaseRecord<'_>) {
    let mut outcome = line.object("outcome");
    outcome.string("kind", "skipped");
    outcome.string("reason", record.why);
    if let Some(reason) = record.about.skip {
        outcome.string("cause", reason.cause());
    }
    if let Some(SkipReason::Feature { name, .. }) = record.about.skip {
        outcome.string("feature", name);
    }
    outcome.end();
    line.number("us", 0);
    push_phases(line, &Phases::default());
    line.number("dirty_pages", 0);
    line.number("heap_peak", 0);
    line.number("worker", 0);
    line.number("worker_life", 0);
    line.number("attempt", 0);
}

fn push_finished(line: &mut Object<'_>, record: &CaseRecord<'_>, finished: &Finished) {
    push_outcome(line, &finished.outcome);
    line.number("us", finished.phases.total().as_micros());
    push_phases(line, &finished.phases);
    line.number("dirty_pages", u64::from(finished.memory.dirty_pages));
    line.number("heap_peak", finished.memory.heap_peak);
    line.number("worker", u64::from(record.worker));
    line.number("worker_life", u64::from(record.worker_life));
    line.number("attempt", u64::from(record.attempt));
    if !finished.markers.is_empty() {
        line.strings("markers", &finished.markers);
    }
    if record.verdict != Verdict::Pass && !finished.output.is_empty() {
        push_output(line, finished);
    }
}

fn push_output(line: &mut Object<'_>, finished: &Finished) {
    let shown = prefix(&finished.output, OUTPUT_LIMIT);
    line.lossy("output", shown);
    let cut = (finished.output.len() - shown.len()) as u64;
    let missing = finished.output_dropped.saturating_add(cut);
    if missing > 0 {
        line.number("output_missing", missing);
    }
}

fn push_phases(line: &mut Object<'_>, phases: &Phases) {
    let mut object = line.object("phases");
    for (name, spent) in phases.named() {
        object.micros(name, spent);
    }
    object.end();
}

fn push_outcome(line: &mut Object<'_>, outcome: &Outcome) {
    let mut object = line.object("outcome");
    match outcome {
        Outcome::Completed => object.string("kind", "completed"),
        Outcome::Threw { phase, thrown } => {
            object.string("kind", "threw");
            object.string("phase", phase.name());
            push_thrown(&mut object, thrown);
        }
        Outcome::Crashed(site) => push_crash(&mut object, site),
        Outcome::TimedOut(origin) => {
            object.string("kind", "timed-out");
            object.string("origin", origin_name(*origin));
        }
        Outcome::Exited { code, worker_died } => {
            object.string("kind", "exited");
            object.signed("code", i64::from(*code));
            object.boolean("worker_died", *worker_died);
        }
        Outcome::OutOfMemory => object.string("kind", "out-of-memory"),
        Outcome::HostError { kind, message } => {
            object.string("kind", "host-error");
            object.string("error", kind);
            object.lossy("message", prefix(message.as_bytes(), THROWN_LIMIT));
        }
        Outcome::Lost { reason } => {
            object.string("kind", "lost");
            object.string("reason", reason);
        }
    }
    object.end();
}

const fn origin_name(origin: TimeoutOrigin) -> &'static str {
    match origin {
        TimeoutOrigin::Deadline => "deadline",
        TimeoutOrigin::Watchdog => "watchdog",
    }
}

fn push_thrown(object: &mut Object<'_>, thrown: &Thrown) {
    object.string("name", &thrown.name);
    object.lossy("message", prefix(thrown.message.as_bytes(), THROWN_LIMIT));
    if !thrown.stack.is_empty() {
        object.lossy("stack", prefix(thrown.stack.as_bytes(), THROWN_LIMIT));
    }
}

fn push_crash(object: &mut Object<'_>, site: &CrashSite) {
    object.string("kind", "crashed");
    object.signed("signal", i64::from(site.signal));
    if let Some(name) = signal_name(site.signal) {
        object.string("signal_name", name);
    }
    object.signed("code", i64::from(site.code));
    object.address("address", site.address);
    object.address("pc", site.pc);
    object.boolean("stack_overflow", site.stack_overflow);
    object.boolean("worker_died", site.worker_died);
}

#[cfg(test)]
mod tests;
