//! The conversation with the parent, from its greeting to the worker's end.

mod forked;

use crate::captured;
use crate::chamber::{Chamber, Ended};
use crate::channel::Inbox;
use crate::error::{Leave, WorkerError};
use crate::outbox::Outbox;
use crate::timeline::{Begun, Timeline};
use crate::zygote::Zygote;
use forked::Ahead;
use rewind_checkpoint::Tier;
use rewind_guest::{Host, Phase};
use rewind_protocol::{
    Finished, Hello, HelloReply, Isolation, MemoryUse, Outcome, Phases, Place, PreambleId,
    RetireReason, Retiring, Run, Seq, ToParent, ToWorker, Tracking, Verify, Version,
};
use rewind_sys::probe;
use rewind_sys::timer::monotonic_ns;
use std::thread::available_parallelism;

/// Cases after which resident memory is looked at.
const RSS_EVERY: u64 = 64;
/// Heap that makes a case's end a reason to look at once, in bytes.
const RSS_PEAK: u64 = 64 << 20;
/// Cases after which memory counts as warm, and growth from there as growth; a
/// worker that runs fewer counts from its boot. A multiple of [`RSS_EVERY`].
const WARM_AFTER: u64 = 512;
/// Time between two looks for messages that are taken at once, while there are
/// cases: a look is a system call, and many a case takes no longer than ten.
const LOOK_NS: u64 = 1_000_000;

pub(crate) struct Session {
    inbox: Inbox,
    outbox: Outbox,
    hello: Hello,
    /// What both sides speak.
    version: Version,
    chamber: Chamber,
    draining: bool,
    /// Monotonic ns at which the parent's pipe was looked at last.
    looked_at: u64,
    /// What forks answer through, with isolation by fork.
    zygote: Option<Zygote>,
    /// The child for the next case, if it was made already.
    ahead: Option<Ahead>,
    /// There is a second processor: without one, making it ahead gains nothing.
    forks_ahead: bool,
    /// Resident bytes once the worker was warm, until then those after its boot.
    rss_baseline: u64,
    /// Says when cases began, if the parent wants to know.
    timeline: Option<Timeline>,
    /// When the case at hand was taken up; of meaning with a timeline only.
    begun: Option<Begun>,
}

impl Session {
    pub(crate) fn new(
        mut inbox: Inbox,
        outbox: Outbox,
        hello: Hello,
        version: Version,
        mut chamber: Chamber,
    ) -> Result<Self, WorkerError> {
        let rss_baseline = probe::resident_bytes().unwrap_or(0);
        let forks = hello.isolation == Isolation::Fork;
        let zygote = forks.then(Zygote::new).transpose()?;
        if forks {
            inbox.read_little();
            chamber.give_back();
        }
        Ok(Self {
            timeline: Timeline::new(hello.timeline),
            begun: None,
            inbox,
            outbox,
            hello,
            version,
            chamber,
            draining: false,
            looked_at: 0,
            zygote,
            ahead: None,
            forks_ahead: available_parallelism().is_ok_and(|count| count.get() > 1),
            rss_baseline,
        })
    }

    /// Serves until nothing is to be done any more. A failure of its own is told
    /// under the worker's seal, so that it isn't taken for the exit of a case, which
    /// can end the process with any status.
    pub(crate) fn run(mut self) -> Result<(), WorkerError> {
        let served = self.serve();
        if let Err(error) = &served
            && error.is_of_the_worker()
        {
            // The parent sees the exit in any case.
            let _ = self.give_up(error);
        }
        served
    }

    /// Says why the worker can't go on.
    fn give_up(&mut self, error: &WorkerError) -> Result<(), WorkerError> {
        self.outbox.send(&ToParent::Retiring(Retiring {
            reason: RetireReason::Other,
            detail: error.chain(),
            counters: self.chamber.counters,
        }))?;
        self.outbox.flush()
    }

    fn serve(&mut self) -> Result<(), WorkerError> {
        self.greet()?;
        let leave = loop {
            self.look()?;
            if self.inbox.is_shut_down() {
                return self.outbox.finish();
            }
            let Some(message) = self.inbox.next_here() else {
                self.outbox.flush()?;
                if self.draining {
                    break Leave::new(RetireReason::Drained, "");
                }
                self.chamber.rests();
                if !self.wait()? {
                    return self.outbox.finish();
                }
                continue;
            };
            match message {
                ToWorker::Run(run) => {
                    if let Err(leave) = self.case(run)? {
                        break leave;
                    }
                }
                ToWorker::Ping { token } => {
                    if let Err(leave) = self.make_ready(token)? {
                        break leave;
                    }
                }
                other => self.note(other)?,
            }
        };
        self.retire(leave)
    }

    /// Between two cases: does what may not wait until all cases here have run.
    fn look(&mut self) -> Result<(), WorkerError> {
        let now = self.outbox.answered_at();
        if now.saturating_sub(self.looked_at) >= LOOK_NS {
            self.looked_at = now;
            self.inbox.look()?;
        }
        while let Some(seqs) = self.inbox.next_withdrawn() {
            self.outbox.send(&ToParent::Withdrawn { seqs })?;
            self.outbox.flush()?;
        }
        Ok(())
    }

    /// Waits for a message; `false` if none will come.
    fn wait(&mut self) -> Result<bool, WorkerError> {
        let Self { inbox, outbox, .. } = self;
        let from = monotonic_ns();
        let came = inbox.wait(|input| outbox.write_until(input));
        let Some(timeline) = &mut self.timeline else {
            return came;
        };
        timeline.waited_since(from);
        came
    }

    fn note(&mut self, message: ToWorker) -> Result<(), WorkerError> {
        match message {
            ToWorker::Preamble(preamble) => self.chamber.declare(preamble),
            ToWorker::Cancel { seq } => {
                let reason = "cancelled before it started".to_owned();
                self.outbox.answer(&unrun(seq, Outcome::Lost { reason }))?;
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

    /// Builds every layer that was declared and has room, and says so: cases
    /// that come later begin at once.
    fn make_ready(&mut self, token: u64) -> Result<Result<(), Leave>, WorkerError> {
        for id in self.chamber.declared() {
            self.chamber.go_to(id)?;
            if let Err(leave) = self.chamber.is_alone() {
                return Ok(Err(leave));
            }
        }
        self.outbox.send(&ToParent::Pong { token })?;
        self.outbox.flush()?;
        Ok(Ok(()))
    }

    /// Builds what the case runs on, where that doesn't stand. Nothing of it is
    /// the case's doing, and the ledger says so.
    fn prepare(&mut self, run: &Run) -> Result<(), WorkerError> {
        let mut failed = None;
        for id in self.chamber.missing(run.preamble) {
            self.outbox.preparing(run.seq, id);
            failed = self.chamber.go_to(id)?;
        }
        if let Some(outcome) = failed.filter(|it| !matches!(it, Outcome::Threw { .. })) {
            let files = self.chamber.names(run.preamble);
            let kind = outcome.kind();
            let text = format!("the preamble {files} {kind}, and so do all cases on it");
            self.outbox.send(&ToParent::Diagnostic { text })?;
        }
        Ok(())
    }

    fn greet(&mut self) -> Result<(), WorkerError> {
        let choice = self.chamber.tier();
        let description = &self.chamber.description;
        let reply = HelloReply {
            version: self.version,
            nonce: self.hello.nonce,
            guest_name: description.name.to_owned(),
            guest_version: description.version.clone(),
            build_id: crate::build::name(),
            tracking: match choice.tier {
                Tier::PagemapScan => Tracking::PagemapScan,
                Tier::Mprotect => Tracking::Mprotect,
                Tier::Copy => Tracking::Copy,
            },
            tracking_reason: choice.reason.clone(),
            page_size: u32::try_from(rewind_sys::PAGE_SIZE).unwrap_or(0),
            capabilities: HelloReply::capabilities(description.capabilities),
            pid: std::process::id(),
        };
        self.outbox.send(&ToParent::HelloReply(reply))?;
        self.outbox.send(&ToParent::Ready)?;
        self.outbox.flush()
    }

    /// Runs and answers one case; a reason to leave where there is one now.
    fn case(&mut self, run: Run) -> Result<Result<(), Leave>, WorkerError> {
        if self.zygote.is_some() {
            self.case_in_fork(&run)?;
            return self.check_limits(0);
        }
        self.prepare(&run)?;
        self.outbox.begin(run.seq)?;
        self.chamber.host.clear();
        self.chamber.host.enter(Phase::Load);
        let taken_up = self.chamber.host.since();
        self.begun = self.timeline.as_mut().map(|it| it.begin(taken_up));
        let left = self.case_in_place(&run)?;
        if self.hello.isolation == Isolation::Spawn {
            let detail = "a process for each case, by --isolation spawn";
            return Ok(left.and(Err(Leave::new(RetireReason::Drained, detail))));
        }
        Ok(left)
    }

    /// Runs, restores and answers one case; a reason to leave where there is one now.
    fn case_in_place(&mut self, run: &Run) -> Result<Result<(), Leave>, WorkerError> {
        let (mut finished, ended) = execute(&mut self.chamber, run)?;
        let host = self.chamber.host;
        self.outbox.restoring(run.seq);
        host.enter(Phase::Restore);
        let put_back = self.put_back(&ended)?;
        host.enter(Phase::Idle);
        finished.phases = host.phases();
        finished.memory.dirty_pages = *put_back.as_ref().unwrap_or(&0);
        finished.outcome = ended.outcome;
        finished.recovery = ended.recovery;
        finished.place = place(self.timeline.as_ref(), self.begun, host);
        self.outbox.answer(&finished)?;
        Ok(match put_back {
            Ok(_) => self.check_limits(finished.memory.heap_peak)?,
            Err(leave) => Err(leave),
        })
    }

    /// Puts the guest back; the pages that took, or why it can't be done in place.
    fn put_back(&mut self, ended: &Ended) -> Result<Result<u32, Leave>, WorkerError> {
        let kept = match self.hello.isolation {
            Isolation::None | Isolation::FreshContext => ended.orderly,
            Isolation::Spawn => true,
            Isolation::Checkpoint | Isolation::Fork => false,
        };
        if kept {
            return Ok(Ok(0));
        }
        let next = match self.inbox.peek() {
            Some(ToWorker::Run(run)) => Some(run.preamble),
            _ => None::<PreambleId>,
        };
        let restored = match self.chamber.put_back(ended, next)? {
            Ok(restored) => restored,
            Err(leave) => return Ok(Err(leave)),
        };
        let verified = match self.hello.verify {
            Verify::Always => self.chamber.verify()?,
            Verify::Sample => self.chamber.verify_by_sample()?,
            Verify::Off => Ok(()),
        };
        Ok(verified.map(|()| restored.dirty_pages))
    }

    /// `heap_peak` is what the last case took.
    fn check_limits(&mut self, heap_peak: u64) -> Result<Result<(), Leave>, WorkerError> {
        let counters = &self.chamber.counters;
        if let Some(limit) = self.hello.crash_limit
            && counters.crashes >= limit
        {
            let detail = format!("{} crashes, the limit is {limit}", counters.crashes);
            return Ok(Err(Leave::new(RetireReason::CrashLimit, detail)));
        }
        if !counters.cases.is_multiple_of(RSS_EVERY) && heap_peak < RSS_PEAK {
            return Ok(Ok(()));
        }
        let rss = probe::resident_bytes().unwrap_or(0);
        if counters.cases == WARM_AFTER {
            self.outbox.touch_ledger();
            self.rss_baseline = self.resting_bytes();
        }
        if rss > self.hello.rss_soft_limit {
            self.chamber.give_back();
        }
        if rss > self.hello.rss_hard_limit {
            let detail = format!(
                "{rss} bytes resident, the limit is {}",
                self.hello.rss_hard_limit
            );
            return Ok(Err(Leave::new(RetireReason::RssLimit, detail)));
        }
        Ok(Ok(()))
    }

    /// Resident bytes, with all given back that no layer needs: what a case
    /// left in use, and not what the last one happened to use.
    fn resting_bytes(&mut self) -> u64 {
        self.chamber.give_back();
        probe::resident_bytes().unwrap_or(0)
    }

    fn retire(&mut self, leave: Leave) -> Result<(), WorkerError> {
        self.outbox.last_has_ended();
        let mut counters = self.chamber.counters;
        // Giving memory back takes a while, and a successor waits for these words.
        counters.rss_bytes = match leave.reason {
            RetireReason::Drained => self.resting_bytes(),
            _ => probe::resident_bytes().unwrap_or(0),
        };
        let growth = i128::from(counters.rss_bytes) - i128::from(self.rss_baseline);
        counters.rss_growth_kib = i64::try_from(growth / 1024).unwrap_or(i64::MAX);
        let Leave { reason, detail } = leave;
        let is_alone = reason != RetireReason::ThreadsLeft;
        self.outbox.send(&ToParent::Retiring(Retiring {
            reason,
            detail,
            counters,
        }))?;
        self.outbox.finish()?;
        if !is_alone {
            self.chamber.end_among_threads();
        }
        Ok(())
    }
}

/// Runs a case; the answer but for its outcome and what only the restore tells,
/// and how it ended.
fn execute(chamber: &mut Chamber, run: &Run) -> Result<(Finished, Ended), WorkerError> {
    let ended = chamber.run(run)?;
    let host = chamber.host;
    host.enter(Phase::Capture);
    let raw = chamber.take_output(&ended)?;
    let heap_peak = chamber.heap_peak();
    let mut answer = answer(run.seq, host, &raw, heap_peak);
    if !raw.is_empty() {
        answer.output_dropped += chamber.kernel.output_dropped();
    }
    answer.output_dropped += ended.unwritten;
    Ok((answer, ended))
}

/// The answer, but for the outcome and what only the restore tells.
fn answer(seq: Seq, host: &Host, raw: &[u8], heap_peak: u64) -> Finished {
    Finished {
        notices: captured::notices(host),
        output: captured::output(host, raw),
        output_dropped: host.output.dropped(),
        markers: captured::markers(host),
        memory: MemoryUse {
            heap_peak,
            dirty_pages: 0,
        },
        ..unrun(seq, Outcome::Completed)
    }
}

/// When the case was that has just left its last phase, if the parent wants to know.
fn place(timeline: Option<&Timeline>, begun: Option<Begun>, host: &Host) -> Option<Place> {
    let (timeline, begun) = (timeline?, begun?);
    Some(timeline.place(begun, host.since(), host.phases().total()))
}

/// The answer to a case that was not run.
fn unrun(seq: Seq, outcome: Outcome) -> Finished {
    Finished {
        seq,
        outcome,
        notices: Vec::new(),
        output: bytes::Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}
