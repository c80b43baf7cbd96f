//! The one place where a run's events get their order.
//!
//! The dispatcher runs on the caller's thread. It owns the queue of tickets, the
//! roll of what was answered, and the executors' ends of the channels; it never
//! waits for an executor, so that none can wait for it in vain.
//!
//! ```text
//! first attempts, in the plan's order ──► lost ones once more, each alone ──► finish
//!          ▲        │
//!          └────────┘ put back when a worker died or another had nothing to do
//! ```
//!
//! Where more cases may come at any time there is no last one to wait for: what
//! was lost is tried again at once, and the run ends when it is told to.

mod commands;
mod feed;
mod notes;
mod slot;

pub(crate) use slot::Slot;

use crate::error::LastWorker;
use crate::event::Event;
use crate::job::Job;
use crate::queue::Queue;
use crate::roll::Roll;
use crate::stop::{Stop, StopFlag};
use crate::ticket::{Command, Note, Order, Ticket};
use crate::totals::RunTotals;
use crossbeam_channel::Receiver;
use rewind_plan::CaseId;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time between two [`Event::Tick`]s.
const TICK: Duration = Duration::from_millis(100);
/// Slots that are asked at a tick what they are at; with more, some at each in turn.
const REPORTS: usize = 32;

/// Everything that changes during a run.
pub(crate) struct Dispatcher<'a> {
    /// Cases that were lost are tried again.
    retry_lost: bool,
    /// Each case has a worker of its own.
    alone: bool,
    /// The slots that always get work come first; the rest stand in for those that sleep.
    slots: Vec<Slot>,
    /// Slots that may be awake at a time.
    regular: usize,
    /// Slots whose executor is there.
    served: usize,
    /// Slots that are hungry.
    hungry: usize,
    /// The slot that was asked last what it is at.
    asking: usize,
    notes: Receiver<Note>,
    /// Where more cases come from, as long as they may.
    commands: Option<Receiver<Command>>,
    queue: Queue<'a>,
    roll: Roll,
    /// Cases whose first attempt was lost, to be tried again.
    lost: Vec<CaseId>,
    /// Cases that are to be withdrawn and are not settled.
    unwanted: HashSet<CaseId>,
    /// A ticket that is alone on the way, with nothing beside it in any worker.
    solo: bool,
    totals: RunTotals,
    last: Option<Box<LastWorker>>,
    /// What was told to the executors so far.
    told: Stop,
    finishing: bool,
    on_event: &'a mut dyn FnMut(Event),
}

impl<'a> Dispatcher<'a> {
    pub(crate) fn new(
        job: Job<'a>,
        slots: Vec<Slot>,
        notes: Receiver<Note>,
        on_event: &'a mut dyn FnMut(Event),
    ) -> Self {
        Self {
            retry_lost: job.config.retry_lost,
            alone: job.config.alone(),
            served: slots.iter().filter(|slot| slot.is_served()).count(),
            hungry: 0,
            asking: 0,
            slots,
            regular: job.regular,
            notes,
            commands: job.commands,
            queue: job.queue,
            totals: job.roll.totals(),
            roll: job.roll,
            lost: Vec::new(),
            unwanted: HashSet::new(),
            solo: false,
            last: None,
            told: Stop::No,
            finishing: false,
            on_event,
        }
    }

    /// Runs until every executor is gone. Gives the totals and, if there was a
    /// slot that could not keep a worker, the last worker of it.
    pub(crate) fn run(mut self, stop: &StopFlag) -> (RunTotals, Option<Box<LastWorker>>) {
        let mut next_tick = Instant::now() + TICK;
        while self.served > 0 {
            self.heed(stop.level());
            self.withdraw(stop.take_withdrawn());
            self.go_on();
            if !self.listen(next_tick) {
                break;
            }
            let now = Instant::now();
            if now >= next_tick {
                next_tick = now + TICK;
                self.tick();
            }
        }
        self.totals.lost += self.lost.len() + usize::from(self.solo);
        self.totals.not_run = self.roll.open();
        (self.totals, self.last)
    }

    fn heed(&mut self, stop: Stop) {
        if stop > self.told {
            self.told = stop;
            self.totals.interrupted = true;
            for slot in &self.slots {
                slot.order(if stop == Stop::Kill {
                    Order::Kill
                } else {
                    Order::Stop
                });
            }
        }
    }

    /// Has these cases left out, as far as they have not begun.
    fn withdraw(&mut self, mut cases: Vec<CaseId>) {
        cases.retain(|&case| self.roll.is_open(case) && !self.unwanted.contains(&case));
        if cases.is_empty() {
            return;
        }
        let cases = Arc::new(HashSet::from_iter(cases));
        self.unwanted.extend(cases.iter());
        for ticket in self.queue.withdraw(&cases) {
            self.withdrawn(ticket);
        }
        // Whoever has the others has got them before this order.
        for slot in &self.slots {
            slot.order(Order::Withdraw(Arc::clone(&cases)));
        }
    }

    /// Nobody has run the case, and nobody will.
    fn withdrawn(&mut self, ticket: Ticket) {
        self.unwanted.remove(&ticket.case);
        let is_open = self.roll.withdraw(ticket.case);
        assert!(is_open, "a ticket is in one place, and this one is here");
        self.totals.withdrawn += 1;
        (self.on_event)(Event::Withdrawn { case: ticket.case });
    }

    /// Goes on to what was lost, or tells the executors that nothing is left.
    fn go_on(&mut self) {
        let goes_on = self.commands.is_some() || self.roll.open() > 0;
        if self.finishing || self.solo || self.told > Stop::No || goes_on {
            return;
        }
        if let Some(case) = self.lost.pop() {
            self.solo = true;
            self.totals.retried += 1;
            self.queue.push(Ticket::new(case, 2, true));
            self.feed();
            return;
        }
        self.finishing = true;
        for slot in &self.slots {
            slot.order(Order::Finish);
        }
    }

    fn tick(&mut self) {
        let running = self.slots.iter().filter_map(|slot| slot.running).collect();
        (self.on_event)(Event::Tick { running });
        for _ in 0..self.slots.len().min(REPORTS) {
            self.asking = (self.asking + 1) % self.slots.len();
            if let Some(slot) = self.slots.get(self.asking) {
                slot.order(Order::Report);
            }
        }
    }
}
