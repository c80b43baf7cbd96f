//! Between two workers of a slot: who comes next, what becomes of the one before,
//! and which cases nobody is to be sent any more.

use super::fatal;
use super::grave::{self, Grave};
use super::sapling::Spare;
use super::{Executor, Mood};
use crate::ticket::{Answer, Order, Ticket, What};
use crossbeam_channel::{RecvError, RecvTimeoutError};
use rewind_protocol::{Finished, Outcome, Seq};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Workers of a slot that may end at a time, before others wait for them.
const GRAVES: usize = 8;

impl Executor<'_> {
    /// Workers that serve one case each have no successors, only others.
    pub(super) fn may_use_spares(&self) -> bool {
        !self.shared.config.alone()
    }

    /// A spare to follow a worker that was there.
    pub(super) fn take_spare(&mut self) -> Option<Spare> {
        if self.worker.life == 0 || !self.may_use_spares() {
            return None;
        }
        self.come_to_an_end();
        let (nursery, foreseen) = (self.shared.nursery, self.was_foreseen);
        nursery.take(foreseen, || {
            self.take_orders();
            self.mood == Mood::Kill
        })
    }

    /// Cases that are likely to come to this slot yet.
    pub(super) fn work_left(&self) -> u64 {
        let slots = self.shared.config.workers.max(1);
        (self.shared.undealt() / slots + self.queue.len()) as u64
    }

    /// A spare that is there already, for a slot that has foreseen to need one.
    pub(super) fn take_ready_spare(&mut self) -> Option<Spare> {
        let spare = self.shared.nursery.take_ready()?;
        self.come_to_an_end();
        Some(spare)
    }

    /// The worker at hand is followed by another.
    fn come_to_an_end(&mut self) {
        self.was_foreseen = self.foreseen > 0;
        self.foreseen = self.foreseen.saturating_sub(1);
    }

    /// Lets a worker that has retired end beside its successors.
    pub(super) fn lay_down(&mut self, grave: Grave) {
        if self.graves.len() >= GRAVES {
            self.bury_all();
        }
        self.graves.push(grave);
    }

    /// Sees which workers that have retired have ended; waits at most so long
    /// for the first.
    pub(super) fn bury(&mut self, mut wait: Duration) {
        let over = |grave: &mut Grave| grave.is_over(std::mem::take(&mut wait));
        for grave in self.graves.extract_if(.., over).collect::<Vec<_>>() {
            let worker = grave.worker;
            let what = grave.close(&self.shared.config.command, &mut self.buffer);
            self.note_of(worker, what);
        }
    }

    /// Waits until all have ended, or have had their time.
    pub(super) fn bury_all(&mut self) {
        while !self.graves.is_empty() {
            self.take_orders();
            if self.mood == Mood::Kill {
                let now = Instant::now();
                self.graves.iter_mut().for_each(|grave| grave.until = now);
            }
            self.bury(grave::LOOK);
        }
    }

    /// The next order, while workers that have retired end.
    pub(super) fn next_order(&mut self) -> Result<Order, RecvError> {
        while !self.graves.is_empty() {
            match self.orders.recv_timeout(grave::LOOK) {
                Ok(order) => return Ok(order),
                Err(RecvTimeoutError::Timeout) => self.bury(Duration::ZERO),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
            }
        }
        self.orders.recv()
    }

    /// The case needs a preamble that ends workers.
    pub(super) fn is_hopeless(&self, ticket: Ticket) -> bool {
        let shared = self.shared;
        let facts = shared.workload.facts(ticket.case);
        let preamble = facts.and_then(|facts| facts.preamble);
        shared.fatal.find(shared.preambles, preamble).is_some()
    }

    /// Answers a case that needs a preamble that ends workers.
    pub(super) fn give_up_on(&mut self, ticket: Ticket) {
        let shared = self.shared;
        let facts = shared.workload.facts(ticket.case);
        let preamble = facts.and_then(|facts| facts.preamble);
        let culprit = shared.fatal.find(shared.preambles, preamble);
        let reason = culprit.map_or(String::new(), |it| {
            fatal::reason(&self.files_of(it.index), it.workers)
        });
        let finished = Box::new(Finished::stand_in(Seq(0), Outcome::Lost { reason }));
        self.note(What::Answers(vec![Answer { ticket, finished }]));
    }

    /// Answers the next cases as far as that is so: no worker is started for them.
    pub(super) fn drop_hopeless(&mut self) {
        while let Some(ticket) = self.queue.front().copied() {
            if !self.is_hopeless(ticket) {
                break;
            }
            self.queue.pop_front();
            self.barren = 0;
            self.give_up_on(ticket);
        }
    }

    /// The files of a preamble, for people.
    pub(super) fn files_of(&self, index: u32) -> String {
        let Ok(preamble) = self.shared.preambles.get(index) else {
            return String::new();
        };
        let names = preamble.sources.iter().map(|source| source.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }
}

impl super::Shared<'_> {
    /// Tickets that the dispatcher has.
    pub(super) fn undealt(&self) -> usize {
        self.undealt.load(Ordering::Relaxed)
    }
}
