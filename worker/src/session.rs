//! The conversation with the parent, from its greeting to the worker's end: one
//! loop, whatever is spoken and whatever runs the cases.

use crate::backend::{Backend, CaseEnd, Then};
use crate::error::{RetireRequest, WorkerError};
use crate::parent::{Answer, Parent};
use rewind_protocol::{Counters, Finished, Outcome, RetireReason, Run, ToParent, ToWorker};
use rewind_sys::probe;

/// Cases after which resident memory is looked at.
const RSS_EVERY: u64 = 64;
/// Heap that makes a case's end a reason to look at once, in bytes.
const RSS_PEAK: u64 = 64 << 20;
/// Cases after which memory counts as warm, and growth from there as growth; a
/// worker that runs fewer counts from its boot. A multiple of [`RSS_EVERY`].
const WARM_AFTER: u64 = 512;

/// When a worker leaves by its own choice, or gives memory back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Crashes that it survives.
    pub(crate) crashes: Option<u64>,
    /// Resident bytes above which memory is given back.
    pub(crate) rss_soft: u64,
    /// Resident bytes above which it leaves.
    pub(crate) rss_hard: u64,
}

/// A parent, and what runs its cases.
pub(crate) struct Session<P, B> {
    parent: P,
    backend: B,
    bounds: Bounds,
    draining: bool,
    /// Resident bytes once the worker was warm, until then those after its boot.
    rss_baseline: u64,
}

impl<P: Parent, B: Backend> Session<P, B> {
    pub(crate) fn new(parent: P, backend: B, bounds: Bounds) -> Self {
        Self {
            parent,
            backend,
            bounds,
            draining: false,
            rss_baseline: probe::resident_bytes().unwrap_or(0),
        }
    }

    /// Serves until nothing is to be done any more.
    pub(crate) fn run(mut self) -> Result<(), WorkerError> {
        let served = self.serve();
        if let Err(error) = &served {
            // The parent sees the exit in any case.
            let _ = self.parent.give_up(error, *self.backend.counters());
        }
        served
    }

    fn serve(&mut self) -> Result<(), WorkerError> {
        let Self {
            parent, backend, ..
        } = self;
        parent.greet(backend.description(), backend.tier())?;
        let request = loop {
            self.parent.look()?;
            if self.parent.has_shut_down() {
                return self.parent.finish();
            }
            let Some(message) = self.parent.next_here()? else {
                self.parent.flush()?;
                if self.draining {
                    break RetireRequest::new(RetireReason::Drained, "");
                }
                self.backend.rest();
                if !self.parent.wait()? {
                    return self.parent.finish();
                }
                continue;
            };
            match message {
                ToWorker::Run(run) => {
                    if let Err(request) = self.case(&run)? {
                        break request;
                    }
                }
                ToWorker::Ping { token } => {
                    if let Err(request) = self.make_ready(token)? {
                        break request;
                    }
                }
                other => self.note(other)?,
            }
        };
        self.retire(request)
    }

    fn note(&mut self, message: ToWorker) -> Result<(), WorkerError> {
        match message {
            ToWorker::Preamble(preamble) => self.backend.declare(preamble),
            ToWorker::Cancel { seq } => {
                let reason = "cancelled before it started".to_owned();
                let finished = Finished::stand_in(seq, Outcome::Lost { reason });
                self.parent.answer(Answer::Told(finished), None)?;
            }
            ToWorker::Drain => self.draining = true,
            ToWorker::Hello(_) => return Err(WorkerError::Unexpected("a second Hello")),
            // The first two are for the loop, the others are never queued.
            ToWorker::Run(_)
            | ToWorker::Ping { .. }
            | ToWorker::Withdraw(_)
            | ToWorker::Shutdown => {}
        }
        Ok(())
    }

    /// Builds what was declared, and says so: cases that come later begin at once.
    fn make_ready(&mut self, token: u64) -> Result<Result<(), RetireRequest>, WorkerError> {
        if let Err(request) = self.backend.make_ready()? {
            return Ok(Err(request));
        }
        self.parent.send(&ToParent::Pong { token })?;
        self.parent.flush()?;
        Ok(Ok(()))
    }

    /// Runs and answers one case; a reason to leave where there is one now.
    fn case(&mut self, run: &Run) -> Result<Result<(), RetireRequest>, WorkerError> {
        let CaseEnd { answer, then } = self.backend.case(run, &mut self.parent)?;
        let resident = self.resident_if_due(answer.heap_peak());
        self.parent.answer(answer, resident)?;
        match then {
            Then::GoOn => Ok(self.check(resident)),
            Then::Spent(request) => Ok(self.check(resident).and(Err(request))),
            Then::Retire(request) => Ok(Err(request)),
            Then::Fail(error) => Err(error),
        }
    }

    /// Resident bytes, if it is time to look at them: a look is a system call.
    /// `heap_peak` is what the last case took.
    fn resident_if_due(&self, heap_peak: u64) -> Option<u64> {
        let cases = self.backend.counters().cases;
        (cases.is_multiple_of(RSS_EVERY) || heap_peak >= RSS_PEAK)
            .then(|| probe::resident_bytes().unwrap_or(0))
    }

    /// Whether the worker may stay as it is; it may not touch the guest's memory
    /// where that can't be put back.
    fn check(&mut self, resident: Option<u64>) -> Result<(), RetireRequest> {
        let &Counters { crashes, cases, .. } = self.backend.counters();
        if let Some(limit) = self.bounds.crashes
            && crashes >= limit
        {
            let detail = format!("{crashes} crashes, the limit is {limit}");
            return Err(RetireRequest::new(RetireReason::CrashLimit, detail));
        }
        let Some(rss) = resident else {
            return Ok(());
        };
        if cases == WARM_AFTER {
            self.parent.warm_up();
            self.rss_baseline = self.resting_bytes();
        }
        if rss > self.bounds.rss_soft {
            self.backend.give_back();
        }
        let limit = self.bounds.rss_hard;
        if rss > limit {
            let detail = format!("{rss} bytes resident, the limit is {limit}");
            return Err(RetireRequest::new(RetireReason::RssLimit, detail));
        }
        Ok(())
    }

    /// Resident bytes, with all given back that no layer needs: what a case
    /// left in use, and not what the last one happened to use.
    fn resting_bytes(&mut self) -> u64 {
        self.backend.give_back();
        probe::resident_bytes().unwrap_or(0)
    }

    fn retire(&mut self, request: RetireRequest) -> Result<(), WorkerError> {
        self.parent.last_has_ended();
        let mut counters = *self.backend.counters();
        // Giving memory back takes a while, and a successor waits for these words.
        counters.rss_bytes = match request.reason {
            RetireReason::Drained => self.resting_bytes(),
            _ => probe::resident_bytes().unwrap_or(0),
        };
        let growth = i128::from(counters.rss_bytes) - i128::from(self.rss_baseline);
        counters.rss_growth_kib = i64::try_from(growth / 1024).unwrap_or(i64::MAX);
        let has_threads = request.reason == RetireReason::ThreadsLeft;
        self.parent.retire(request, counters)?;
        if has_threads {
            self.backend.end_among_threads();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
