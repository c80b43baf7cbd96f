//! What a run tells its trace.

use super::events::{Events, Tid};
use super::track::{Claim, Closing, Opening, Track};
use crate::text::prefix;
use crate::{AtomicFile, CaseRecord, ReportError, Verdict, signal_name};
use rewind_harness::WorkerId;
use rewind_protocol::{Finished, Nanos, Outcome};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// A moment of a run, in ns since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// Bytes after which cases are left out, so that a trace can still be opened:
/// some 800,000 cases.
const LIMIT: u64 = 512 << 20;
/// Most bytes of a name and of a reason.
const NAME: usize = 240;

/// A trace that is being written.
#[derive(Debug)]
pub struct Trace<W: Write> {
    events: Events<W>,
    /// The run's beginning on the clock that workers tell time by.
    origin: Nanos,
    limit: u64,
    /// Places from this one on are those of stand-ins.
    stand_ins_from: u32,
    tracks: Vec<Track>,
    /// Name of the slice that is open on the run's own track.
    round: &'static str,
    cases: u64,
    left_out: u64,
    /// Text at hand.
    text: String,
}

impl Trace<AtomicFile> {
    /// Begins a trace that will become `path`. `origin` is the run's beginning
    /// by the machine's monotonic clock.
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create(path: &Path, origin: Nanos) -> Result<Self, ReportError> {
        Ok(Self::new(AtomicFile::create(path)?, origin))
    }

    /// Ends the trace and puts the file in place. Gives the number of cases
    /// that were left out.
    ///
    /// # Errors
    /// When the rest can't be written or the file can't be put in place.
    pub fn commit(self, at: Moment) -> Result<u64, ReportError> {
        let left_out = self.left_out;
        self.end(at)?.commit()?;
        Ok(left_out)
    }
}

impl<W: Write> Trace<W> {
    /// Begins a trace in `out`.
    pub fn new(out: W, origin: Nanos) -> Self {
        let mut trace = Self {
            events: Events::new(out),
            origin,
            limit: LIMIT,
            stand_ins_from: u32::MAX,
            tracks: Vec::new(),
            round: "run",
            cases: 0,
            left_out: 0,
            text: String::new(),
        };
        trace.events.track(Tid::RUN, "run");
        trace.events.open(Tid::RUN, Moment(0), trace.round, |_| {});
        trace
    }

    /// Leaves out cases beyond so many bytes of the file.
    #[must_use]
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// The workers of places from `slot` on are started when they are first
    /// needed, and not with the run.
    #[must_use]
    pub fn with_stand_ins_from(mut self, slot: u32) -> Self {
        self.stand_ins_from = slot;
        self
    }

    /// The workers are started anew, for `round`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn round(&mut self, round: &'static str, at: Moment) -> Result<(), ReportError> {
        self.events.close(Tid::RUN, at, self.round);
        self.round = round;
        self.events.open(Tid::RUN, at, round, |_| {});
        for track in &mut self.tracks {
            track.skip_to(at.0);
        }
        self.events.settle()
    }

    /// A worker has greeted.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn ready(&mut self, worker: WorkerId, pid: u32, at: Moment) -> Result<(), ReportError> {
        let closing = self.track(worker.slot).ready(worker.life, pid, at.0);
        self.close(worker.slot, closing);
        self.events.settle()
    }

    /// An attempt was answered. Skips, which no worker had, don't belong here.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn case(&mut self, record: &CaseRecord<'_>, at: Moment) -> Result<(), ReportError> {
        let Some(finished) = record.finished else {
            return Ok(());
        };
        if self.events.bytes() >= self.limit {
            self.left_out += 1;
            return Ok(());
        }
        self.cases += 1;
        let (slot, tid) = (record.worker, Tid::of_slot(record.worker));
        let claim = self.claim(finished, at);
        let closing = self.track(slot).enter(record.worker_life, &claim);
        self.close(slot, closing);
        let opening = self.track(slot).open_for(&claim);
        self.open(slot, opening);
        let placed = self.track(slot).place(&claim);
        if let Some((from, to)) = placed.waiting {
            self.events.slice(tid, from, to, "waiting");
        }
        if let Some((from, to)) = placed.layers {
            self.events.slice(tid, from, to, "layers");
        }
        let (from, to) = placed.case;
        if record.attempt > 1 {
            self.events.instant(tid, from, "retry");
        }
        self.write_case(tid, record, finished, (from, to));
        if let Some(fault) = fault(&finished.outcome, &mut self.text) {
            self.events.instant(tid, to, fault);
        }
        self.events.settle()
    }

    fn claim(&self, finished: &Finished, at: Moment) -> Claim {
        let place = finished.place;
        let began = place.and_then(|place| place.started.0.checked_sub(self.origin.0));
        let place = place.unwrap_or_default();
        Claim {
            began,
            spent: finished.phases.total().0,
            waited: place.waited.0,
            prepared: place.prepared.0,
            arrived: at.0,
        }
    }

    fn write_case(
        &mut self,
        tid: Tid,
        record: &CaseRecord<'_>,
        finished: &Finished,
        (from, to): (Moment, Moment),
    ) {
        let cut = |text| prefix(<str>::as_bytes(text), NAME);
        let name = str::from_utf8(cut(record.path)).unwrap_or_default();
        self.events.slice_around(tid, (from, to), name, |args| {
            args.string("variant", record.variant.name());
            args.string("verdict", record.verdict.name());
            args.number("attempt", u64::from(record.attempt));
            args.number("dirty_pages", u64::from(finished.memory.dirty_pages));
            args.number("heap_peak", finished.memory.heap_peak);
            if record.verdict != Verdict::Pass && !record.why.is_empty() {
                args.lossy("why", cut(record.why));
            }
        });
        let mut at = from.0;
        for (name, spent) in finished.phases.named() {
            let end = at.saturating_add(spent.0).min(to.0);
            if end > at {
                self.events.slice(tid, Moment(at), Moment(end), name);
            }
            at = end;
        }
    }

    /// A worker is gone; `how` says why, in few words.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn left(&mut self, worker: WorkerId, how: &str, at: Moment) -> Result<(), ReportError> {
        let closing = self.track(worker.slot).left(worker.life, how, at.0);
        self.close(worker.slot, closing);
        let opening = self.track(worker.slot).open(at.0);
        self.open(worker.slot, opening);
        self.events.settle()
    }

    /// Something that concerns the whole run.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn remark(&mut self, text: &str, at: Moment) -> Result<(), ReportError> {
        let cut = str::from_utf8(prefix(text.as_bytes(), NAME)).unwrap_or_default();
        self.events.instant(Tid::RUN, at, cut);
        self.events.settle()
    }

    /// Values of a counter from now on, each with its name; names are literals
    /// or made here, never a test's.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn count(
        &mut self,
        counter: &str,
        values: &[(&str, u64)],
        at: Moment,
    ) -> Result<(), ReportError> {
        self.events.counter(at, counter, values);
        self.events.settle()
    }

    /// Ends the trace; gives what it was written to.
    ///
    /// # Errors
    /// When the rest can't be written.
    pub fn end(mut self, at: Moment) -> Result<W, ReportError> {
        for slot in (0..).take(self.tracks.len()) {
            let closing = self.track(slot).close(at.0);
            self.close(slot, closing);
        }
        self.events.close(Tid::RUN, at, self.round);
        let (cases, left_out) = (self.cases, self.left_out);
        self.events.end(|about| {
            about.string("program", concat!("rewind ", env!("CARGO_PKG_VERSION")));
            about.number("cases", cases);
            about.number("cases_left_out", left_out);
        })
    }

    /// The track of a place, which has a name from now on.
    fn track(&mut self, slot: u32) -> &mut Track {
        // As many as there are workers: the run's own number, not a worker's word.
        let index = slot as usize;
        if self.tracks.len() <= index {
            self.tracks.resize_with(index + 1, Track::default);
        }
        let track = &mut self.tracks[index];
        track.stands_in = slot >= self.stand_ins_from;
        if !std::mem::replace(&mut track.named, true) {
            self.text.clear();
            push(&mut self.text, format_args!("worker {slot}"));
            self.events.track(Tid::of_slot(slot), &self.text);
        }
        track
    }

    fn open(&mut self, slot: u32, opening: Option<Opening>) {
        let Some(opening) = opening else { return };
        let tid = Tid::of_slot(slot);
        let name = life_name(&mut self.text, slot, opening.number);
        self.events.open(tid, opening.at, name, |args| {
            if opening.pid > 0 {
                args.number("pid", u64::from(opening.pid));
            }
        });
        if let Some((from, to)) = opening.start {
            self.events.slice(tid, from, to, "start");
        }
    }

    fn close(&mut self, slot: u32, closing: Option<Closing>) {
        let Some(closing) = closing else { return };
        let tid = Tid::of_slot(slot);
        if !closing.how.is_empty() {
            let how = str::from_utf8(prefix(closing.how.as_bytes(), NAME)).unwrap_or_default();
            self.events.instant(tid, closing.at, how);
        }
        let name = life_name(&mut self.text, slot, closing.number);
        self.events.close(tid, closing.at, name);
    }
}

fn life_name(text: &mut String, slot: u32, number: u32) -> &str {
    text.clear();
    push(text, format_args!("worker {slot}.{number}"));
    text
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a `String` has no way to fail.
    let _ = text.write_fmt(what);
}

/// How a case ended that didn't end by itself.
fn fault<'t>(outcome: &Outcome, text: &'t mut String) -> Option<&'t str> {
    text.clear();
    match outcome {
        Outcome::Completed | Outcome::Threw { .. } => return None,
        Outcome::Crashed(site) => match signal_name(site.signal) {
            Some(name) => text.push_str(name),
            None => push(text, format_args!("signal {}", site.signal)),
        },
        Outcome::Exited { code, .. } => push(text, format_args!("exit {code}")),
        other => text.push_str(other.kind()),
    }
    Some(text)
}
