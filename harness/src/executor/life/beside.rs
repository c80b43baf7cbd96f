//! Two workers of a slot at a time, so that nobody waits for the second.
//!
//! ```text
//!  old    ─ case ─ case ─┊─ case ─ case ─ last ─┤ Retiring
//!                        │ sent all it gets: Drain
//!  spare                 └─► case ─ case ─ case ─ case ─ case
//! ```
//!
//! A worker that reaches a limit of its parent's has its last case before it in
//! the pipe. From then on it is the slot's *elder*: what it has keeps it busy
//! for a while, three times as long as cases are sent ahead at most, and meanwhile
//! its successor begins. A wake-up that comes late, a layer that has to be built: nobody waits
//! for them. What the successor does is told only when the elder is done, so
//! that a slot's workers follow each other in every report.

use super::{HEAVY_US, Life, LifeEnd, Stage, Ward};
use crate::error::LastWorker;
use crate::event::Death;
use crate::executor::link::Ready;
use crate::executor::pace::{LAST, LEAST};
use crate::executor::sapling::Spare;
use crate::executor::{Executor, Mood, Shared, grave};
use crate::ticket::Ticket;
use rewind_protocol::{CaseState, RetireReason, Retiring, Seq};
use std::time::{Duration, Instant};

impl<'e, 'a> Life<'e, 'a> {
    /// Goes on with a worker that was laid aside.
    pub(in crate::executor) fn resume(executor: &'e mut Executor<'a>, ward: Box<Ward>) -> Self {
        Self { executor, ward }
    }

    /// Takes what came of a worker that has stepped aside; gives it back, or how
    /// it left.
    pub(in crate::executor) fn attend_last(mut self, ready: Ready) -> Result<Box<Ward>, LifeEnd> {
        // All that it was sent is written, but for what is said to it since.
        let said = self.stop().and_then(|()| self.flush());
        match said.and_then(|()| self.attend(ready)) {
            Ok(true) => Err(self.end(None)),
            Err(death) => Err(self.end(Some(death))),
            // Nobody waits for it: its last words tell when it was done.
            Ok(false) if self.is_done_with() && self.ward.retiring.is_some() => {
                Err(self.hand_over())
            }
            Ok(false) => Ok(self.ward),
        }
    }

    /// Ends it because the run ends.
    pub(in crate::executor) fn interrupt(self) -> LifeEnd {
        self.end(Some(Death::Interrupted))
    }

    /// Leaves the slot to `heir`, and stays its elder.
    pub(super) fn step_aside(self, heir: Box<Spare>) -> LifeEnd {
        let Self { executor, ward } = self;
        let last = LastWorker {
            worker: ward.worker,
            how: "is being replaced".to_owned(),
            stderr_tail: String::new(),
        };
        executor.elder = Some(ward);
        LifeEnd {
            fruitful: true,
            answered: true,
            last,
            vacated: None,
            heir: Some(heir),
        }
    }
}

impl Life<'_, '_> {
    /// Who can go on, if this worker is at its last cases and one is ready.
    pub(super) fn find_heir(&mut self) -> Option<Box<Spare>> {
        if !self.is_at_its_last() {
            return None;
        }
        // The pause before this worker is noted while it is known who foresaw it.
        self.note_pause();
        self.executor.take_ready_spare().map(Box::new)
    }

    /// All that the worker will get is sent, and is not much.
    fn is_at_its_last(&self) -> bool {
        let (ward, executor) = (&self.ward, &self.executor);
        let all_sent = ward.replaced.is_some() && ward.outbox.is_empty();
        let more = executor.queue.front().is_some_and(|next| !next.alone);
        let free = executor.elder.is_none() && executor.mood == Mood::Open;
        all_sent && more && free && ward.stage == Stage::Up && self.has_little()
    }

    /// What is left of the worker's cases is not much more than what is sent
    /// ahead, and is sent at once: so its successor begins well before its end.
    pub(super) fn comes_to_its_last(&self) -> bool {
        let (ward, executor) = (&self.ward, &self.executor);
        let Some(left) = self.cases_left().filter(|_| ward.answered > 0) else {
            return false;
        };
        // What is over and not told yet takes no more time.
        let sent = ward.window.next().0.saturating_sub(self.begun());
        let all = left + sent.min(ward.window.waiting() as u64);
        executor.may_use_spares() && executor.pace.is_the_last(all, ward.window.bytes())
    }

    /// Before long it will come to its last, or has and nobody works beside it yet.
    pub(super) fn is_soon_at_its_last(&self) -> bool {
        let (ward, executor) = (&self.ward, &self.executor);
        if executor.elder.is_some() || !executor.may_use_spares() {
            return false;
        }
        let soon = executor.shared.config.ahead.time.saturating_mul(2 * LAST);
        let all = |left| left + ward.window.waiting() as u64;
        let near = |left| executor.pace.time_of(all(left)) <= soon;
        ward.replaced.is_some() || self.cases_left().is_some_and(near)
    }

    /// What the worker has is likely to take little time, or is a few cases of
    /// which one at most is known to be slow. One that has done nothing yet may
    /// never do anything.
    fn has_little(&self) -> bool {
        let next = self.ward.window.next().0;
        let left: Vec<_> = self.unfinished().collect();
        if left.is_empty() || left.len() as u64 >= next {
            return false;
        }
        let Shared {
            workload, config, ..
        } = self.executor.shared;
        let facts = |ticket: &&Ticket| workload.facts(ticket.case);
        let slow = left.iter().filter_map(facts);
        let slow = slow.filter(|it| it.weight_us >= HEAVY_US).count();
        let time = self.executor.pace.time_of(left.len() as u64);
        let quick = time <= config.ahead.time.saturating_mul(LAST);
        slow <= 1 && (quick || left.len() <= LEAST)
    }

    /// What was sent and is not over, by what the worker says.
    fn unfinished(&self) -> impl Iterator<Item = &Ticket> {
        self.ward.window.tickets_from(Seq(self.begun()))
    }

    /// The number of the first case that is not over, by what the worker says.
    fn begun(&self) -> u64 {
        self.current().map_or(0, |(Seq(seq), state)| match state {
            CaseState::Idle => seq.saturating_add(1),
            _ => seq,
        })
    }

    /// Takes what came of the worker beside this one.
    pub(super) fn attend_elder(&mut self, ready: Ready) {
        if self.executor.elder.is_none() {
            return;
        }
        self.executor.attend_elder(ready);
        if self.ward.first_sent.is_none() {
            // This one has waited for work, and not for the other.
            self.executor.vacant = None;
        }
    }

    /// A worker that is replaced leaves as soon as it has answered everything.
    pub(super) fn leave_if_replaced(&mut self) {
        if self.ward.replaced.is_some() && self.ward.window.waiting() == 0 {
            self.leave();
        }
    }

    /// The worker leaves. One that does so for a reason of its own is not replaced.
    pub(super) fn note_leaving(&mut self, retiring: &Retiring) {
        if retiring.reason != RetireReason::Drained && self.ward.replaced.take().is_some() {
            self.ward.dismissed = false;
        }
    }

    /// How long to wait at most, for the sake of the slot's other workers.
    pub(super) fn with_others(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        let dying = (!self.executor.graves.is_empty()).then_some(grave::LOOK);
        let elder = self.executor.elder.take();
        let last = elder.and_then(|ward| {
            let life = Life::resume(self.executor, ward);
            let timeout = life.timeout(Instant::now());
            let Life { executor, ward } = life;
            executor.elder = Some(ward);
            timeout
        });
        [timeout, dying, last].into_iter().flatten().min()
    }
}
