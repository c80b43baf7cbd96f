//! Cases that run in this process, one after the other.
//!
//! ```text
//!   prepare ─► begin ─► enter ─► run ─► capture ─► leave ─► answer
//! ```
//!
//! [`Reset`] is what differs: how the guest is brought to where a case begins,
//! and what is done about what the case left.

use super::{Backend, CaseEnd, Then};
use crate::WorkerError;
use crate::captured;
use crate::error::RetireRequest;
use crate::parent::{Answer, CaseObserver};
use crate::runtime::{Ended, GuestRuntime};
use crate::timeline::Timeline;
use rewind_checkpoint::TierChoice;
use rewind_guest::{Description, Phase};
use rewind_protocol::{Counters, Finished, Outcome, Preamble, PreambleId, Run};

/// How each case gets a guest that none before it has touched.
pub(crate) trait Reset {
    /// Layers of preambles are kept for cases to come.
    const KEEPS_LAYERS: bool;

    /// Brings the guest to where the case runs. `Some` outcome where that failed.
    fn enter(
        &mut self,
        runtime: &mut GuestRuntime,
        run: &Run,
    ) -> Result<Option<Outcome>, WorkerError>;

    /// The case has ended, and `next` is the preamble of the one behind it: puts
    /// back what must be now. The pages that took, or why it can't be done.
    fn leave(
        &mut self,
        runtime: &mut GuestRuntime,
        ended: &Ended,
        next: Option<PreambleId>,
    ) -> Result<Result<u32, RetireRequest>, WorkerError>;

    /// What follows a case that was put back.
    fn then(&self) -> Then {
        Then::GoOn
    }
}

/// A guest in this process, and how it is reset.
pub(crate) struct InPlace<R> {
    runtime: GuestRuntime,
    reset: R,
    /// Says when cases began, if the parent wants to know.
    timeline: Option<Timeline>,
}

impl<R: Reset> InPlace<R> {
    pub(crate) fn new(runtime: GuestRuntime, reset: R, timeline: Option<Timeline>) -> Self {
        Self {
            runtime,
            reset,
            timeline,
        }
    }
}

impl<R: Reset> Backend for InPlace<R> {
    fn description(&self) -> &Description {
        &self.runtime.description
    }

    fn tier(&self) -> &TierChoice {
        self.runtime.tier()
    }

    fn counters(&self) -> &Counters {
        &self.runtime.counters
    }

    fn declare(&mut self, preamble: Preamble) {
        self.runtime.declare(preamble);
    }

    fn make_ready(&mut self) -> Result<Result<(), RetireRequest>, WorkerError> {
        if R::KEEPS_LAYERS {
            build_declared(&mut self.runtime)
        } else {
            Ok(Ok(()))
        }
    }

    fn case(
        &mut self,
        run: &Run,
        observer: &mut impl CaseObserver,
    ) -> Result<CaseEnd, WorkerError> {
        let runtime = &mut self.runtime;
        if R::KEEPS_LAYERS {
            prepare(runtime, run, observer)?;
        }
        observer.begin(run.seq)?;
        let host = runtime.host;
        host.clear();
        host.enter(Phase::Load);
        let begun = observer.taken_up(host.since());
        let failed = self.reset.enter(runtime, run)?;
        let (mut finished, ended) = execute(runtime, run, failed)?;
        observer.restoring(run.seq);
        host.enter(Phase::Restore);
        let left = self
            .reset
            .leave(runtime, &ended, observer.next_preamble())?;
        host.enter(Phase::Idle);
        finished.phases = host.phases();
        finished.memory.dirty_pages = *left.as_ref().unwrap_or(&0);
        finished.outcome = ended.outcome;
        finished.recovery = ended.recovery;
        finished.place = captured::place(self.timeline.as_ref(), begun, host);
        Ok(CaseEnd {
            answer: Answer::Told(finished),
            then: match left {
                Ok(_) => self.reset.then(),
                Err(request) => Then::Retire(request),
            },
        })
    }

    fn rest(&mut self) {
        self.runtime.rests();
    }

    fn give_back(&mut self) {
        self.runtime.give_back();
    }

    fn end_among_threads(&mut self) -> ! {
        self.runtime.end_among_threads()
    }
}

/// Builds every layer that was declared and has room: cases that come later
/// begin at once.
pub(super) fn build_declared(
    runtime: &mut GuestRuntime,
) -> Result<Result<(), RetireRequest>, WorkerError> {
    for id in runtime.declared() {
        runtime.go_to(id)?;
        if let Err(request) = runtime.is_alone() {
            return Ok(Err(request));
        }
    }
    Ok(Ok(()))
}

/// Builds what the case runs on, where that doesn't stand. Nothing of it is
/// the case's doing, and the observer is told so.
pub(super) fn prepare(
    runtime: &mut GuestRuntime,
    run: &Run,
    observer: &mut impl CaseObserver,
) -> Result<(), WorkerError> {
    let mut failed = None;
    for id in runtime.missing(run.preamble) {
        observer.preparing(run.seq, id)?;
        failed = runtime.go_to(id)?;
    }
    if let Some(outcome) = failed.filter(|it| !matches!(it, Outcome::Threw { .. })) {
        let files = runtime.names(run.preamble);
        let kind = outcome.kind();
        observer.remark(format!(
            "the preamble {files} {kind}, and so do all cases on it"
        ))?;
    }
    Ok(())
}

/// Runs a case, unless what it runs on has `failed`; the answer but for its
/// outcome and what only the restore tells, and how it ended.
pub(super) fn execute(
    runtime: &mut GuestRuntime,
    run: &Run,
    failed: Option<Outcome>,
) -> Result<(Finished, Ended), WorkerError> {
    let ended = match failed {
        Some(outcome) => runtime.not_run(outcome),
        None => runtime.run(run)?,
    };
    let host = runtime.host;
    host.enter(Phase::Capture);
    let raw = runtime.take_output(&ended)?;
    let heap_peak = runtime.heap_peak();
    let mut answer = captured::answer(run.seq, host, &raw, heap_peak);
    if !raw.is_empty() {
        answer.output_dropped += runtime.process.output_dropped();
    }
    answer.output_dropped += ended.unwritten;
    Ok((answer, ended))
}
