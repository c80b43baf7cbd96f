//! A parent that speaks the native dialect.

use super::{Inbox, Outbox};
use crate::WorkerError;
use crate::error::RetireRequest;
use crate::parent::{Answer, CaseObserver, Parent};
use crate::timeline::{Begun, Timeline};
use rewind_checkpoint::{Tier, TierChoice};
use rewind_guest::Description;
use rewind_protocol::{
    Counters, HelloReply, PreambleId, RetireReason, Retiring, Run, Seq, ToParent, ToWorker,
    Tracking, Version,
};
use rewind_sys::timer::monotonic_ns;
use std::time::Instant;

/// Time between two looks for messages that are taken at once, while there are
/// cases: a look is a system call, and many a case takes no longer than ten.
const LOOK_NS: u64 = 1_000_000;

/// The parent at the other end of an [`Inbox`] and an [`Outbox`].
pub(crate) struct NativeParent {
    inbox: Inbox,
    outbox: Outbox,
    /// What both sides speak.
    version: Version,
    /// Monotonic ns at which the parent's pipe was looked at last.
    looked_at: u64,
    /// Says when cases began, if the parent wants to know.
    timeline: Option<Timeline>,
}

impl NativeParent {
    pub(crate) const fn new(
        inbox: Inbox,
        outbox: Outbox,
        version: Version,
        timeline: Option<Timeline>,
    ) -> Self {
        Self {
            inbox,
            outbox,
            version,
            looked_at: 0,
            timeline,
        }
    }

    fn say_retiring(
        &mut self,
        request: RetireRequest,
        counters: Counters,
    ) -> Result<(), WorkerError> {
        let RetireRequest { reason, detail } = request;
        self.outbox.send(&ToParent::Retiring(Retiring {
            reason,
            detail,
            counters,
        }))
    }
}

impl CaseObserver for NativeParent {
    fn preparing(&mut self, seq: Seq, preamble: PreambleId) -> Result<(), WorkerError> {
        self.outbox.preparing(seq, preamble);
        Ok(())
    }

    fn begin(&mut self, seq: Seq) -> Result<(), WorkerError> {
        self.outbox.begin(seq)
    }

    fn taken_up(&mut self, at: Instant) -> Option<Begun> {
        self.timeline.as_mut().map(|timeline| timeline.begin(at))
    }

    fn restoring(&mut self, seq: Seq) {
        self.outbox.restoring(seq);
    }

    fn next_preamble(&self) -> Option<PreambleId> {
        match self.inbox.peek() {
            Some(ToWorker::Run(run)) => Some(run.preamble),
            _ => None,
        }
    }

    fn next_case(&mut self) -> Result<Option<&Run>, WorkerError> {
        self.inbox.top_up()?;
        Ok(match self.inbox.peek() {
            Some(ToWorker::Run(run)) => Some(run),
            _ => None,
        })
    }

    fn remark(&mut self, text: String) -> Result<(), WorkerError> {
        self.outbox.send(&ToParent::Diagnostic { text })
    }
}

impl Parent for NativeParent {
    fn greet(&mut self, guest: &Description, tier: &TierChoice) -> Result<(), WorkerError> {
        let reply = HelloReply {
            version: self.version,
            nonce: self.outbox.nonce(),
            guest_name: guest.name.to_owned(),
            guest_version: guest.version.clone(),
            build_id: crate::build::name(),
            tracking: match tier.tier {
                Tier::PagemapScan => Tracking::PagemapScan,
                Tier::Mprotect => Tracking::Mprotect,
                Tier::Copy => Tracking::Copy,
            },
            tracking_reason: tier.reason.clone(),
            page_size: u32::try_from(rewind_sys::PAGE_SIZE).unwrap_or(0),
            capabilities: HelloReply::capabilities(guest.capabilities),
            pid: std::process::id(),
        };
        self.outbox.send(&ToParent::HelloReply(reply))?;
        self.outbox.send(&ToParent::Ready)?;
        self.outbox.flush()
    }

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

    fn has_shut_down(&self) -> bool {
        self.inbox.is_shut_down()
    }

    fn next_here(&mut self) -> Result<Option<ToWorker>, WorkerError> {
        Ok(self.inbox.next_here())
    }

    fn wait(&mut self) -> Result<bool, WorkerError> {
        let Self { inbox, outbox, .. } = self;
        let from = monotonic_ns();
        let came = inbox.wait(|input| outbox.write_until(input));
        if let Some(timeline) = &mut self.timeline {
            timeline.waited_since(from);
        }
        came
    }

    fn send(&mut self, message: &ToParent) -> Result<(), WorkerError> {
        self.outbox.send(message)
    }

    fn answer(&mut self, answer: Answer, _resident: Option<u64>) -> Result<(), WorkerError> {
        match answer {
            Answer::Told(finished) => self.outbox.answer(&finished),
            Answer::Sealed { seq, frame } => self.outbox.answer_encoded(seq, frame),
        }
    }

    fn flush(&mut self) -> Result<(), WorkerError> {
        self.outbox.flush()
    }

    fn finish(&mut self) -> Result<(), WorkerError> {
        self.outbox.finish()
    }

    fn warm_up(&self) {
        self.outbox.touch_ledger();
    }

    fn last_has_ended(&self) {
        self.outbox.last_has_ended();
    }

    fn retire(&mut self, request: RetireRequest, counters: Counters) -> Result<(), WorkerError> {
        self.say_retiring(request, counters)?;
        self.outbox.finish()
    }

    /// A failure of the worker's own is told under its seal, so that it isn't taken
    /// for the exit of a case, which can end the process with any status.
    fn give_up(&mut self, error: &WorkerError, counters: Counters) -> Result<(), WorkerError> {
        if !error.is_of_the_worker() {
            return Ok(());
        }
        let request = RetireRequest::new(RetireReason::Other, error.chain());
        self.say_retiring(request, counters)?;
        self.outbox.flush()
    }
}
