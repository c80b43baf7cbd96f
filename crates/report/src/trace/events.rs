//! The bytes of single events.
//!
//! Times are µs with decimals, as the format has it. Readers that compute in
//! floating point and cut off what is below a nanosecond would now and then end
//! up one short, and two slices that touch would cross by a nanosecond. So all
//! events stand half a nanosecond late and slices that hold others last half a
//! nanosecond longer: cut off, that gives the nanosecond that was meant, and
//! read exactly, nothing crosses either.

use super::Moment;
use crate::ReportError;
use crate::json::Object;
use rewind_protocol::Nanos;
use std::io::Write;

/// The one process of a trace: workers come and go, and are tracks of it.
const PID: u64 = 1;
/// Bytes gathered before they are written.
const GATHER: usize = 64 << 10;

/// A track, by its number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tid(u64);

impl Tid {
    /// The parent's own.
    pub(super) const RUN: Self = Self(1);

    /// That of a worker's place.
    pub(super) fn of_slot(slot: u32) -> Self {
        Self(u64::from(slot) + 2)
    }
}

/// Events on their way into a file.
#[derive(Debug)]
pub(super) struct Events<W> {
    out: W,
    buffer: Vec<u8>,
    /// Bytes handed to `out`.
    written: u64,
}

impl<W: Write> Events<W> {
    /// Opens the list of events.
    pub(super) fn new(out: W) -> Self {
        let mut buffer = Vec::with_capacity(2 * GATHER);
        buffer.extend_from_slice(b"{\"traceEvents\":[\n");
        let mut events = Self {
            out,
            buffer,
            written: 0,
        };
        // The first event, and the only one without a comma before it.
        events.name_event("process_name", None, "rewind");
        events
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Hands on what was gathered, if that is much.
    pub(super) fn settle(&mut self) -> Result<(), ReportError> {
        if self.buffer.len() < GATHER {
            return Ok(());
        }
        self.write_out()
    }

    fn write_out(&mut self) -> Result<(), ReportError> {
        self.out
            .write_all(&self.buffer)
            .map_err(ReportError::write("trace"))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Closes the list; `about` adds members that tell of the whole.
    pub(super) fn end(mut self, about: impl FnOnce(&mut Object<'_>)) -> Result<W, ReportError> {
        self.buffer
            .extend_from_slice(b"\n],\"displayTimeUnit\":\"ns\",\"otherData\":");
        let mut object = Object::begin(&mut self.buffer);
        about(&mut object);
        object.end();
        self.buffer.extend_from_slice(b"}\n");
        self.write_out()?;
        self.out.flush().map_err(ReportError::write("trace"))?;
        Ok(self.out)
    }

    fn event(&mut self, ph: &str, tid: Option<Tid>, name: &str) -> Object<'_> {
        if !self.buffer.ends_with(b"[\n") {
            self.buffer.extend_from_slice(b",\n");
        }
        let mut event = Object::begin(&mut self.buffer);
        event.string("ph", ph);
        event.number("pid", PID);
        if let Some(Tid(tid)) = tid {
            event.number("tid", tid);
        }
        event.string("name", name);
        event
    }

    fn name_event(&mut self, kind: &str, tid: Option<Tid>, name: &str) {
        let mut event = self.event("M", tid, kind);
        let mut args = event.object("args");
        args.string("name", name);
        args.end();
        event.end();
    }

    /// Names a track; tracks are shown in the order of their numbers.
    pub(super) fn track(&mut self, tid: Tid, name: &str) {
        self.name_event("thread_name", Some(tid), name);
        let mut event = self.event("M", Some(tid), "thread_sort_index");
        let mut args = event.object("args");
        args.number("sort_index", tid.0);
        args.end();
        event.end();
    }

    /// A slice opens that is closed by [`Events::close`].
    pub(super) fn open(
        &mut self,
        tid: Tid,
        at: Moment,
        name: &str,
        fill: impl FnOnce(&mut Object<'_>),
    ) {
        let mut event = self.event("B", Some(tid), name);
        event.half_past("ts", Nanos(at.0));
        with_args(event, fill);
    }

    /// The slice that was opened last on the track ends.
    pub(super) fn close(&mut self, tid: Tid, at: Moment, name: &str) {
        let mut event = self.event("E", Some(tid), name);
        event.half_past("ts", Nanos(at.0));
        event.end();
    }

    /// A slice with nothing in it.
    pub(super) fn slice(&mut self, tid: Tid, from: Moment, to: Moment, name: &str) {
        let mut event = self.event("X", Some(tid), name);
        event.half_past("ts", Nanos(from.0));
        event.micros("dur", Nanos(to.0.saturating_sub(from.0)));
        event.end();
    }

    /// A slice that others will lie in.
    pub(super) fn slice_around(
        &mut self,
        tid: Tid,
        (from, to): (Moment, Moment),
        name: &str,
        fill: impl FnOnce(&mut Object<'_>),
    ) {
        let mut event = self.event("X", Some(tid), name);
        event.half_past("ts", Nanos(from.0));
        event.half_past("dur", Nanos(to.0.saturating_sub(from.0)));
        with_args(event, fill);
    }

    /// Something that takes no time.
    pub(super) fn instant(&mut self, tid: Tid, at: Moment, name: &str) {
        let mut event = self.event("i", Some(tid), name);
        event.half_past("ts", Nanos(at.0));
        event.string("s", "t");
        event.end();
    }

    /// Values that a counter has from now on, each with its name.
    pub(super) fn counter(&mut self, at: Moment, name: &str, values: &[(&str, u64)]) {
        let mut event = self.event("C", None, name);
        event.half_past("ts", Nanos(at.0));
        with_args(event, |args| {
            for (name, value) in values {
                args.number(name, *value);
            }
        });
    }
}

fn with_args(mut event: Object<'_>, fill: impl FnOnce(&mut Object<'_>)) {
    let mut args = event.object("args");
    fill(&mut args);
    args.end();
    event.end();
}
