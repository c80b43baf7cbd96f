//! Passing the work on: to whom, when, and what the change cost.
//!
//! ```text
//!  old   ─ last case ─┤ Retiring ─► ends by itself, in its grave
//!  queue              └──► spare: taken, first case
//!                     ├ pause ┤
//! ```
//!
//! Where the last case is known beforehand there is no pause: see
//! [`beside`](super::beside).

use super::{Life, LifeEnd, Stage, Ward};
use crate::error::LastWorker;
use crate::event::Death;
use crate::executor::grave::Grave;
use crate::executor::pace::LEAST;
use crate::executor::sapling::Spare;
use crate::executor::{Executor, Mood, Shared};
use crate::recycling::{Limit, Pause};
use crate::ticket::{Ticket, What};
use rewind_protocol::{CaseState, RetireReason};
use rewind_sys::timer::monotonic_ns;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Crashes before a worker's limit at which its successor is asked for, however
/// seldom they are.
const CRASHES: u64 = 2;
/// Ends of a slot's workers that are foreseen at a time: where they follow each
/// other so fast that a spare may be late, there is a second.
const ENDS: u8 = 2;
/// Part of its crash limit that a worker may be spared for the sake of a
/// handover without a pause.
const SPARED: u64 = 8;
/// Preambles of cases at hand that a successor is told of.
const PREAMBLES: usize = 4;

/// A slot whose worker has ended while there was work.
#[derive(Clone, Copy, Debug)]
pub(in crate::executor) struct Vacant {
    /// Monotonic ns at which its last case ended.
    pub(super) since: u64,
    /// It left in good order.
    pub(super) orderly: bool,
}

impl Vacant {
    /// The pause until a worker began its first case then.
    pub(in crate::executor) fn until(self, began: u64, spare: bool) -> Pause {
        Pause {
            span: Duration::from_nanos(began.saturating_sub(self.since)),
            orderly: self.orderly,
            spare,
        }
    }
}

impl<'e, 'a> Life<'e, 'a> {
    /// The life of a worker that is up already.
    pub(in crate::executor) fn of_spare(executor: &'e mut Executor<'a>, spare: Spare) -> Self {
        let Spare {
            link,
            talk,
            outbox,
            reply,
        } = spare;
        let mut life = Self::new(executor, link);
        life.ward.talk = talk;
        life.ward.outbox = outbox;
        life.ward.from_spare = true;
        if let Some(reply) = reply {
            life.ward.greeted = true;
            life.ward.withdraws = reply.withdraws();
            life.ward.stage = Stage::Up;
            life.note(What::Ready(reply));
        }
        life
    }
}

impl Life<'_, '_> {
    /// The limit that the worker has reached, if it is to be replaced before `next`.
    pub(super) fn due(&self, next: Ticket) -> Option<Limit> {
        let limits = &self.executor.shared.config.limits;
        let other = |last| limits.batch_of(last) != limits.batch_of(next.case);
        let sent = self.ward.window.next().0;
        let over =
            |limit: Option<Duration>| limit.is_some_and(|it| self.ward.began.elapsed() >= it);
        if self.ward.last_sent.is_some_and(other) || limits.cases.is_some_and(|it| sent >= it) {
            Some(Limit::Cases)
        } else if over(limits.age) {
            Some(Limit::Age)
        } else if self.ward.grows {
            Some(Limit::Growth)
        } else {
            self.is_near_its_crash_limit().then_some(Limit::Crashes)
        }
    }

    /// Has a successor raised if this worker's end is near.
    pub(super) fn look_ahead(&mut self) {
        let foreseen = self.executor.foreseen;
        let free = self.ward.stage == Stage::Up && self.executor.may_use_spares();
        if free && foreseen < ENDS && self.is_near(u64::from(foreseen)) {
            self.foresee();
        }
    }

    fn foresee(&mut self) {
        self.executor.foreseen += 1;
        let preambles = self.preambles_at_hand();
        let wake = Arc::clone(&self.executor.wake);
        self.executor.shared.nursery.foresee(preambles, wake);
    }

    /// The end of this worker is near, or that of the one so many `lives` after it.
    fn is_near(&self, lives: u64) -> bool {
        let Shared {
            config, nursery, ..
        } = self.executor.shared;
        let (limits, pace) = (&config.limits, &self.executor.pace);
        let lead = nursery.lead();
        let waiting = self.ward.window.waiting() as u64;
        let work = self.executor.work_left() + waiting;
        let by_cases = self.cases_left().is_some_and(|left| {
            let whole = limits.cases.unwrap_or(u64::MAX).saturating_mul(lives);
            let left = (left + waiting).saturating_add(whole);
            work > left && pace.time_of(left) <= lead
        });
        let by_age = limits.age.is_some_and(|limit| {
            let left = limit.saturating_sub(self.ward.began.elapsed());
            let lives = u32::try_from(lives).unwrap_or(u32::MAX);
            let left = left.saturating_add(limit.saturating_mul(lives));
            left <= lead && pace.time_of(work) > left
        });
        let by_crashes = self.crashes_left().is_some_and(|left| {
            let whole = config.setup.crash_limit.unwrap_or(u64::MAX);
            let left = left.saturating_add(whole.saturating_mul(lives));
            let cases = pace.cases_for(left);
            let near = left <= CRASHES || pace.time_of(cases) <= lead;
            near && (lives == 0 || work > cases)
        });
        let grows = self.ward.grows && lives == 0;
        by_cases || by_age || (by_crashes && work > waiting) || grows
    }

    /// Cases that the worker is sent yet, at most, once it was sent one.
    pub(super) fn cases_left(&self) -> Option<u64> {
        let limits = &self.executor.shared.config.limits;
        let in_batch = limits.left_after(self.ward.last_sent?);
        let any = |cases: u64| cases.saturating_sub(self.ward.window.next().0);
        in_batch.or(limits.cases.map(any))
    }

    /// Crashes that the worker may survive yet, once it has survived one.
    fn crashes_left(&self) -> Option<u64> {
        let limit = self.executor.shared.config.setup.crash_limit?;
        let crashes = self.ward.crashes;
        (crashes > 0).then(|| limit.saturating_sub(crashes))
    }

    /// What the worker has is likely to bring it to its crash limit.
    ///
    /// It would leave there by itself, in the middle of what it was sent, and
    /// its successor could begin only then. Where batches matter it does: which
    /// cases it was sent by then is a matter of time.
    fn is_near_its_crash_limit(&self) -> bool {
        let config = self.executor.shared.config;
        let (Some(limit), Some(left)) = (config.setup.crash_limit, self.crashes_left()) else {
            return false;
        };
        let coming = self
            .executor
            .pace
            .crashes_in(self.ward.window.waiting() as u64);
        left <= limit / SPARED && coming + 1 >= left && !config.limits.batches
    }

    /// Cases to have at the worker, at most, so that it doesn't reach its crash
    /// limit before anybody knows.
    pub(super) fn most_at_a_time(&self) -> usize {
        let left = self.crashes_left().unwrap_or(u64::MAX);
        let cases = self.executor.pace.cases_for(left).max(LEAST as u64);
        usize::try_from(cases).unwrap_or(usize::MAX)
    }

    fn preambles_at_hand(&self) -> Vec<u32> {
        let mut found = Vec::new();
        let workload = self.executor.shared.workload;
        for ticket in self.ward.window.tickets().chain(&self.executor.queue) {
            let preamble = workload.facts(ticket.case).and_then(|it| it.preamble);
            if let Some(preamble) = preamble.filter(|it| !found.contains(it)) {
                found.push(preamble);
            }
            if found.len() == PREAMBLES {
                break;
            }
        }
        found
    }

    /// The worker owes nothing any more and is about to leave, so another can
    /// go on right now.
    pub(super) fn is_done_with(&self) -> bool {
        if self.ward.stage != Stage::Leaving || self.executor.mood != Mood::Open {
            return false;
        }
        match &self.ward.retiring {
            _ if self.ward.replaced.is_some() => {
                self.ward.window.waiting() == 0 && self.ward.outbox.is_empty()
            }
            Some(retiring) => {
                let at = self
                    .current()
                    .filter(|(_, state)| *state != CaseState::Idle);
                let at_a_case = at.is_some_and(|(seq, _)| self.ward.window.get(seq).is_some());
                retiring.reason != RetireReason::Drained && !self.ward.dismissed && !at_a_case
            }
            None => false,
        }
    }

    /// Lays the worker down while it ends. What it was sent and has not begun
    /// is this slot's next.
    pub(super) fn hand_over(mut self) -> LifeEnd {
        self.note_pause();
        let vacated = Some(self.vacant(monotonic_ns(), true));
        let how = match (&self.ward.retiring, self.ward.replaced) {
            (_, Some(limit)) => format!("was replaced ({})", limit.name()),
            (Some(retiring), None) => format!("retired ({}) {}", retiring.reason, retiring.detail),
            (None, None) => "left".to_owned(),
        };
        let Self { executor, ward } = self;
        let Ward {
            worker,
            link,
            talk,
            window,
            until,
            retiring,
            replaced,
            settled,
            answered,
            ..
        } = *ward;
        let tickets: Vec<Ticket> = window.into_tickets().collect();
        for ticket in tickets.into_iter().rev() {
            executor.queue.push_front(ticket);
        }
        executor.lay_down(Grave {
            worker,
            link,
            talk,
            until,
            retiring,
            limit: replaced,
        });
        LifeEnd {
            fruitful: settled || replaced.is_some(),
            answered: answered > 0 || replaced.is_some(),
            last: LastWorker {
                worker,
                how,
                stderr_tail: String::new(),
            },
            vacated,
            heir: None,
        }
    }

    /// Since when the slot has no worker: by what that said, or else `noticed`.
    pub(super) fn vacant(&self, noticed: u64, orderly: bool) -> Vacant {
        let said = self
            .ward
            .link
            .ledger()
            .and_then(|ledger| ledger.last_ended());
        let since = said.filter(|said| (self.ward.began_ns..=noticed).contains(said));
        Vacant {
            since: since.unwrap_or(noticed),
            orderly,
        }
    }

    /// Whether the slot is without a worker for a reason that may come again.
    pub(super) fn leaves_vacant(&self, death: &Death, retired: Option<RetireReason>) -> bool {
        let drained = self.ward.dismissed || retired == Some(RetireReason::Drained);
        let told = drained && self.ward.replaced.is_none();
        let never_was = !self.ward.greeted || matches!(death, Death::Start(_));
        !told && !never_was && *death != Death::Interrupted
    }

    /// Tells how long nobody worked here before this worker did, once it has
    /// begun a case; and sees to it that the next time there is a spare.
    pub(super) fn note_pause(&mut self) {
        let Some(began) = self.first_case_began() else {
            return;
        };
        let worker = self.ward.worker;
        if worker != self.executor.worker {
            // An elder: its own beginning was noted long ago.
            return;
        }
        if self.executor.is_heir(worker) {
            // The other end of the pause isn't known yet.
            self.executor.heir_began = Some(began);
            return;
        }
        let Some(vacant) = self.executor.vacant.take() else {
            return;
        };
        self.note(What::TookOver(vacant.until(began, self.ward.from_spare)));
        let unforeseen = !std::mem::take(&mut self.executor.was_foreseen);
        let more = self.executor.shared.undealt() > 0;
        if unforeseen && more && self.executor.may_use_spares() {
            let preambles = self.preambles_at_hand();
            self.executor.shared.nursery.lost_one(preambles);
        }
    }

    /// Monotonic ns at which the first case began: by what the worker says, or
    /// else when it was sent.
    fn first_case_began(&self) -> Option<u64> {
        let sent = self.ward.first_sent?;
        let said = self
            .ward
            .link
            .ledger()
            .and_then(|ledger| ledger.first_began());
        let now = monotonic_ns();
        Some(
            said.filter(|said| (sent..=now).contains(said))
                .unwrap_or(sent),
        )
    }

    /// Begins to replace the worker: it is sent nothing more.
    pub(super) fn replace(&mut self, limit: Limit) -> Result<(), Death> {
        if self.executor.foreseen == 0 && self.executor.may_use_spares() {
            self.foresee();
        }
        self.ward.replaced = Some(limit);
        self.dismiss()
    }

    /// Notes whether the worker's memory grows too fast, `now`.
    pub(super) fn look_at_growth(&mut self, now: Instant) {
        let limits = &self.executor.shared.config.limits;
        let answered = self.ward.answered as u64;
        self.ward.grows = self.ward.grows || self.ward.memory.grows(limits, answered, now);
    }
}
