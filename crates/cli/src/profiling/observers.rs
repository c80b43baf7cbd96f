//! What watches a run beside its reporter: the trace and the tally.
//!
//! They are told what the conductor is told, in the same order, and change
//! nothing. A trace that can't be written is told once and given up; the run and
//! the tally go on.

use super::figures::{Profile, RunFigures};
use super::resident;
use super::tally::{Sample, Seen, Tally};
use rewind_harness::{Death, Event, WorkerId};
use rewind_plan::{Case, Plan};
use rewind_protocol::message::Retiring;
use rewind_protocol::{Finished, Nanos};
use rewind_report::{AtomicFile, CaseRecord, Moment, ReportError, Trace};
use rewind_sys::timer::monotonic_ns;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What a run is to be watched for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    /// `--trace FILE`.
    pub(crate) trace: Option<PathBuf>,
    /// `rewind profile`: cases named in each list.
    pub(crate) profile: Option<usize>,
}

impl Watch {
    /// Somebody wants to know when cases began.
    pub(crate) const fn is_on(&self) -> bool {
        self.trace.is_some() || self.profile.is_some()
    }
}

/// The trace, the tally, or both.
#[derive(Debug)]
pub(crate) struct Observers {
    trace: Option<Trace<AtomicFile>>,
    tally: Option<Tally>,
    /// The run's beginning by the clock that workers tell time by.
    origin: u64,
    /// Processes that have the places, 0 where there is none.
    pids: Vec<u32>,
    /// Attempts that are to be answered, and those that were.
    planned: u64,
    answered: u64,
    /// Answered by the last tick, and when that was.
    before: (u64, Duration),
    /// The case that is reported next was never sent to a worker.
    unsent: bool,
    /// Names of the counters for each place.
    names: Vec<String>,
}

impl Observers {
    /// Begins to watch a run of `planned` cases that began at `since`, by so many
    /// workers and others that may stand in for them; `None` if nobody asked for it.
    pub(crate) fn new(
        watch: &Watch,
        (workers, stand_ins): (u32, u32),
        planned: u64,
        since: Instant,
    ) -> Result<Option<Box<Self>>, ReportError> {
        if !watch.is_on() {
            return Ok(None);
        }
        let origin = monotonic_ns().saturating_sub(nanos(since.elapsed()));
        let trace = watch.trace.as_deref();
        let trace = trace.map(|file| Trace::create(file, Nanos(origin)));
        let trace = trace.transpose()?.map(|it| it.with_stand_ins_from(workers));
        let places = workers.saturating_add(stand_ins);
        Ok(Some(Box::new(Self {
            trace,
            tally: watch.profile.map(|top| Tally::new(workers, top)),
            origin,
            pids: vec![0; places as usize],
            planned,
            answered: 0,
            before: (0, Duration::ZERO),
            unsent: false,
            names: (0..places).map(|slot| format!("worker {slot}")).collect(),
        })))
    }

    /// Takes what isn't an answer.
    pub(crate) fn event(&mut self, event: &Event, at: Duration) -> Result<(), ReportError> {
        let taken = self.take(event, at);
        self.give_up_after(taken)
    }

    /// A trace with a gap in it is of no use.
    fn give_up_after(&mut self, written: Result<(), ReportError>) -> Result<(), ReportError> {
        if written.is_err() {
            self.trace = None;
        }
        written
    }

    fn take(&mut self, event: &Event, at: Duration) -> Result<(), ReportError> {
        let moment = Moment(nanos(at));
        match event {
            Event::Answered { .. } | Event::Withdrawn { .. } => Ok(()),
            Event::Unreadable { error, .. } => {
                self.unsent = true;
                self.remark(error, moment)
            }
            Event::WorkerReady { worker, reply } => {
                self.set_pid(*worker, reply.pid);
                if let Some(tally) = &mut self.tally {
                    tally.places.ready(*worker, moment.0);
                }
                let trace = self.trace.as_mut();
                trace.map_or(Ok(()), |trace| trace.ready(*worker, reply.pid, moment))
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } => {
                self.note_growth(retiring);
                self.left(*worker, retiring.reason.name(), moment)
            }
            Event::WorkerDied { worker, death, .. } => self.left(*worker, word(death), moment),
            Event::Tick { .. } => self.sample(at),
            Event::Diagnostic { text, .. } => self.remark(text, moment),
        }
    }

    /// Takes an attempt that was judged.
    pub(crate) fn case(
        &mut self,
        case: &Case,
        record: &CaseRecord<'_>,
        at: Duration,
    ) -> Result<(), ReportError> {
        self.answered += 1;
        if std::mem::take(&mut self.unsent) {
            return Ok(());
        }
        let (Some(finished), at) = (record.finished, nanos(at)) else {
            return Ok(());
        };
        if let Some(tally) = &mut self.tally {
            let sample = Sample {
                path: &case.path,
                variant: case.variant,
                phases: &finished.phases,
                memory: finished.memory,
            };
            tally.record(&sample);
            let seen = Seen {
                worker: WorkerId {
                    slot: record.worker,
                    life: record.worker_life,
                },
                preamble: case.preamble,
                placed: placed(finished, self.origin),
                arrived: at,
            };
            tally.see(&sample, &seen);
        }
        let trace = self.trace.as_mut();
        let written = trace.map_or(Ok(()), |trace| trace.case(record, Moment(at)));
        self.give_up_after(written)
    }

    /// Workers are started anew, to try `more` cases again.
    pub(crate) fn retries(&mut self, more: u64, at: Duration) -> Result<(), ReportError> {
        let at = nanos(at);
        self.planned = self.answered + more;
        if let Some(tally) = &mut self.tally {
            tally.places.round(at);
        }
        let trace = self.trace.as_mut();
        let written = trace.map_or(Ok(()), |trace| trace.round("retries", Moment(at)));
        self.give_up_after(written)
    }

    /// Ends the trace and puts it in place; gives what was gathered, and how many
    /// cases the trace had no room for.
    pub(crate) fn end(self, at: Duration) -> (Option<Gathered>, Result<u64, ReportError>) {
        let trace = self.trace;
        let left_out = trace.map_or(Ok(0), |trace| trace.commit(Moment(nanos(at))));
        (self.tally.map(Gathered), left_out)
    }

    fn left(&mut self, worker: WorkerId, how: &str, at: Moment) -> Result<(), ReportError> {
        self.set_pid(worker, 0);
        if let Some(tally) = &mut self.tally {
            tally.places.left(worker, at.0);
        }
        let trace = self.trace.as_mut();
        trace.map_or(Ok(()), |trace| trace.left(worker, how, at))
    }

    fn remark(&mut self, text: &str, at: Moment) -> Result<(), ReportError> {
        let trace = self.trace.as_mut();
        trace.map_or(Ok(()), |trace| trace.remark(text, at))
    }

    fn set_pid(&mut self, worker: WorkerId, pid: u32) {
        if let Some(place) = self.pids.get_mut(worker.slot as usize) {
            *place = pid;
        }
    }

    fn note_growth(&mut self, retiring: &Retiring) {
        if let Some(tally) = &mut self.tally {
            let growth = Some(retiring.counters.rss_growth_kib);
            tally.growth_kib = tally.growth_kib.max(growth);
        }
    }

    /// Counters for the trace, ten times a second.
    fn sample(&mut self, at: Duration) -> Result<(), ReportError> {
        let Some(trace) = &mut self.trace else {
            return Ok(());
        };
        let moment = Moment(nanos(at));
        let left = self.planned.saturating_sub(self.answered);
        trace.count("cases left", &[("cases", left)], moment)?;
        let (answered, then) = std::mem::replace(&mut self.before, (self.answered, at));
        let ms = u64::try_from(at.saturating_sub(then).as_millis()).unwrap_or(u64::MAX);
        let more = (self.answered - answered).saturating_mul(1000);
        if let Some(each_second) = more.checked_div(ms) {
            trace.count("cases a second", &[("cases", each_second)], moment)?;
        }
        let workers = self.names.iter().map(String::as_str).zip(&self.pids);
        let workers = workers.filter(|(_, pid)| **pid > 0);
        let resident = workers.filter_map(|(name, pid)| Some((name, resident::of_child(*pid)?)));
        let mut values: Vec<(&str, u64)> = resident.collect();
        values.extend(resident::own().map(|bytes| ("parent", bytes)));
        if values.is_empty() {
            return Ok(());
        }
        trace.count("resident bytes", &values, moment)
    }
}

/// A tally that is complete.
#[derive(Debug)]
pub(crate) struct Gathered(Tally);

impl Gathered {
    /// The profile of the run, with `top` layers.
    pub(crate) fn profile(self, run: RunFigures, plan: &Plan, top: usize) -> Profile {
        Profile::of_run(self.0, run, plan, top)
    }
}

/// When a case began since the run did, if its worker said and it can be.
fn placed(finished: &Finished, origin: u64) -> Option<(u64, rewind_protocol::Place)> {
    let place = finished.place?;
    Some((place.started.0.checked_sub(origin)?, place))
}

const fn word(death: &Death) -> &'static str {
    match death {
        Death::Start(_) => "did not start",
        Death::Ended(_) => "died",
        Death::Stalled => "stalled",
        Death::TooLarge { .. } => "took too much memory",
        Death::Babbled(_) => "broke the protocol",
        Death::Stayed => "did not leave",
        Death::Interrupted => "interrupted",
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
