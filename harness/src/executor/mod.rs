//! One thread for each slot: it owns the slot's worker and keeps it busy.
//!
//! ```text
//!            work                       nothing left, told to finish
//! waiting ─────────► a life: start, send, read, settle ─────────► gone
//!    ▲                │    │
//!    └── no work left ┘    └── too many in a row without a case settled ──► gone
//! ```
//!
//! An executor shares nothing with the others but the configuration and the
//! cases with their preambles, none of which changes. The thread lives as long as its workers,
//! because the kernel kills a worker when the *thread* that started it ends.

mod elder;
mod fatal;
mod folder;
mod grave;
mod life;
mod link;
mod memory;
mod nursery;
mod outbox;
mod pace;
mod rest;
mod sapling;
mod succession;
mod tail;
mod talk;
mod verdict;
mod watchdog;
mod window;

pub(crate) use fatal::Fatal;
pub(crate) use nursery::{Closing, Nursery};

use crate::config::RunConfig;
use crate::error::LastWorker;
use crate::event::{Death, WorkerId};
use crate::queue::likely_us;
use crate::source::Preambles;
use crate::ticket::{Left, Note, Order, Ticket, What};
use crate::workload::{CaseSources, Workload};
use crossbeam_channel::{Receiver, Sender, TryRecvError};
use grave::Grave;
use life::{Life, LifeEnd, Vacant, Ward};
use link::Link;
use pace::Pace;
use rewind_plan::CaseId;
use rewind_sys::pipe::Wake;
use sapling::Spare;
use std::collections::{HashSet, VecDeque};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// What all executors of a run share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared<'a> {
    pub(crate) workload: &'a dyn Workload,
    pub(crate) config: &'a RunConfig,
    pub(crate) preambles: &'a Preambles,
    pub(crate) nursery: &'a Nursery,
    /// Tickets that the dispatcher has.
    pub(crate) undealt: &'a AtomicUsize,
    pub(crate) fatal: &'a Fatal,
}

impl Shared<'_> {
    /// The root as workers are told it.
    pub(crate) fn root(&self) -> Vec<u8> {
        self.workload.root().as_os_str().as_bytes().to_vec()
    }
}

/// What an executor has been told about the time to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// More work may come.
    Open,
    /// None will.
    Finish,
    /// The worker is to be killed.
    Kill,
}

/// A slot gives up after so many times [`Patience::barren`](crate::Patience::barren)
/// workers that settled cases only by losing them: it is the workers, then, and
/// not the cases.
const HOLLOW: u32 = 10;

/// Windows of cases left at which more is asked for before the end of a batch:
/// more than are sent together.
const EARLY: usize = 6;

/// A queue that lasts longer is not low, in µs.
const LOW_US: u64 = 100_000;

/// Bytes read from a worker at a time.
const READ: usize = 128 << 10;

/// The owner of one slot.
#[derive(Debug)]
pub(crate) struct Executor<'a> {
    shared: Shared<'a>,
    worker: WorkerId,
    orders: Receiver<Order>,
    wake: Arc<Wake>,
    notes: Sender<Note>,
    /// Tickets not sent yet, in order.
    queue: VecDeque<Ticket>,
    /// The batch of the case that was sent last.
    at_batch: Option<u64>,
    /// More was asked for, and has not come.
    wanting: bool,
    mood: Mood,
    pace: Pace,
    sources: Box<dyn CaseSources + Send + 'a>,
    buffer: Vec<u8>,
    /// What was sent and has not begun is to come back.
    stopping: bool,
    /// Cases that were withdrawn: should one come by again, it is given back.
    unwanted: HashSet<CaseId>,
    /// The last word was said.
    gone: bool,
    /// Workers that ended in a row without settling a case.
    barren: u32,
    /// The worker before, as long as it is at its last cases.
    elder: Option<Box<Ward>>,
    /// When the worker after the elder began its first case, if it has.
    heir_began: Option<u64>,
    /// What was noted of workers after the elder: told when that is done.
    held_back: Vec<Note>,
    /// Cases sent to workers after the elder.
    sent_beside: usize,
    /// Workers of this slot that have retired and still are there.
    graves: Vec<Grave>,
    /// Since when there is work and no worker.
    vacant: Option<Vacant>,
    /// Ends of workers that are foreseen: of the one at hand, and of its successor.
    foreseen: u8,
    /// So was that of the one before.
    was_foreseen: bool,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(
        slot: u32,
        shared: Shared<'a>,
        orders: Receiver<Order>,
        wake: Arc<Wake>,
        notes: Sender<Note>,
    ) -> Self {
        Self {
            shared,
            worker: WorkerId { slot, life: 0 },
            orders,
            wake,
            notes,
            queue: VecDeque::new(),
            at_batch: None,
            wanting: false,
            mood: Mood::Open,
            pace: Pace::new(shared.config.ahead),
            sources: shared.workload.sources(),
            buffer: vec![0; READ],
            stopping: false,
            unwanted: HashSet::new(),
            gone: false,
            barren: 0,
            elder: None,
            heir_began: None,
            held_back: Vec::new(),
            sent_beside: 0,
            graves: Vec::new(),
            vacant: None,
            foreseen: 0,
            was_foreseen: false,
        }
    }

    /// Serves the slot until there is nothing left to do, or no way to do it.
    pub(crate) fn run(mut self) {
        let patience = self.shared.config.patience;
        let mut hollow = 0;
        let (mut last, mut heir) = (None, None);
        while heir.is_some() || self.await_work() {
            let mut end = self.one_life(heir);
            heir = end.heir.take();
            self.worker = self.worker.next();
            self.vacant = self.vacant.take().or(end.vacated);
            self.barren = if end.fruitful { 0 } else { self.barren + 1 };
            hollow = if end.answered { 0 } else { hollow + 1 };
            if self.barren >= patience.barren || hollow >= patience.barren.saturating_mul(HOLLOW) {
                last = Some(Box::new(end.last));
                break;
            }
        }
        self.end_elder();
        self.bury_all();
        self.give_back(usize::MAX);
        self.note(What::Gone(last));
        self.gone = true;
        // What was dealt to this slot before the dispatcher knew must not be lost.
        while let Ok(order) = self.orders.recv() {
            if let Order::Work(tickets) = order {
                self.note(What::GaveBack(tickets));
            }
        }
    }

    /// Waits for something to run; `false` if nothing will come.
    fn await_work(&mut self) -> bool {
        loop {
            self.take_orders();
            self.drop_hopeless();
            match self.mood {
                Mood::Kill => return false,
                _ if !self.queue.is_empty() => return true,
                _ if self.elder.is_some() => {
                    self.want();
                    self.await_elder();
                    continue;
                }
                Mood::Finish => return false,
                Mood::Open => self.want(),
            }
            // Whoever comes next has waited for work and not for a worker.
            self.vacant = None;
            match self.next_order() {
                Ok(order) => self.obey(order),
                Err(_) => return false,
            }
        }
    }

    fn one_life(&mut self, heir: Option<Box<Spare>>) -> LifeEnd {
        let heir = heir.map(|heir| *heir);
        if let Some(spare) = heir.or_else(|| self.take_spare()) {
            return Life::of_spare(self, spare).run();
        }
        match Link::open(&self.shared.config.command, self.shared.config.dialect) {
            Ok(link) => Life::new(self, link).run(),
            Err(error) => {
                let exe = self.shared.config.command.exe.display();
                let death = Death::Start(format!("{exe}: {error}"));
                let how = death.to_string();
                let left = Left::Died {
                    death,
                    blamed: None,
                    suspected: None,
                    stderr_tail: String::new(),
                };
                self.note(What::Left {
                    left,
                    requeued: 0,
                    ended: None,
                });
                let last = LastWorker {
                    worker: self.worker,
                    how,
                    stderr_tail: String::new(),
                };
                LifeEnd {
                    fruitful: false,
                    answered: false,
                    last,
                    vacated: None,
                    heir: None,
                }
            }
        }
    }

    /// Obeys all orders that have come.
    fn take_orders(&mut self) {
        loop {
            match self.orders.try_recv() {
                Ok(order) => self.obey(order),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.mood = Mood::Kill;
                    return;
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Work(tickets) => {
                if !self.unwanted.is_empty() {
                    // A number may be given out again, to a case that is wanted.
                    for ticket in &tickets {
                        self.unwanted.remove(&ticket.case);
                    }
                }
                self.queue.extend(tickets);
                self.wanting = false;
            }
            Order::GiveBack => {
                // A suspect is the first, and stays: see `Life::settle`.
                let suspects = usize::from(self.queue.front().is_some_and(|t| t.is_suspect()));
                let kept = (self.queue.len() - suspects) / 2 + suspects;
                self.give_back(self.queue.len() - self.undivided(kept));
            }
            // A life answers for itself; without one, nothing runs.
            Order::Report => self.note(What::Report(None)),
            Order::Finish => self.mood = self.mood.max(Mood::Finish),
            Order::Drain => {
                self.give_back(usize::MAX);
                self.mood = self.mood.max(Mood::Finish);
            }
            Order::Stop => {
                self.stopping = true;
                self.give_back(usize::MAX);
                self.mood = self.mood.max(Mood::Finish);
            }
            Order::Withdraw(cases) => {
                let queue = std::mem::take(&mut self.queue);
                let (out, kept): (VecDeque<_>, _) = queue
                    .into_iter()
                    .partition(|ticket| cases.contains(&ticket.case));
                self.queue = kept;
                self.unwanted.extend(cases.iter());
                if !out.is_empty() {
                    self.note(What::GaveBack(out.into()));
                }
            }
            Order::Kill => self.mood = Mood::Kill,
        }
    }

    /// Asks for more, unless that was done.
    fn want(&mut self) {
        if !self.wanting && self.mood == Mood::Open {
            self.wanting = true;
            let usual_us = self.pace.usual_us();
            self.note(What::Want { usual_us });
        }
    }

    /// Asks for more if the queue is less than half of what is sent ahead, and
    /// won't last long by what its cases are thought to take. Who goes by the
    /// count alone would come to hold all slow cases, which are dealt first.
    ///
    /// Before the end of a batch it asks earlier, for the last cases are sent
    /// all together, and whoever follows is to begin before they are over.
    fn want_if_low(&mut self) {
        if self.wanting {
            return;
        }
        let usual_us = self.pace.usual_us();
        let weight = |ticket: &Ticket| {
            let facts = self.shared.workload.facts(ticket.case);
            facts.map_or(0, |facts| likely_us(facts, usual_us))
        };
        let few = if self.shared.config.limits.batches {
            self.pace.cases() * EARLY
        } else {
            self.pace.cases() / 2
        };
        let few = self.queue.len() <= few;
        if few && self.queue.iter().map(weight).sum::<u64>() <= LOW_US {
            self.want();
        }
    }

    /// The first place from `kept` on at which the queue can be divided, and no batch with it.
    fn undivided(&self, kept: usize) -> usize {
        let limits = &self.shared.config.limits;
        let batch = |ticket: &Ticket| limits.batch_of(ticket.case);
        let before = match kept.checked_sub(1) {
            Some(last) => self.queue.get(last).and_then(batch),
            None => self.at_batch,
        };
        let rest = self.queue.iter().skip(kept);
        let same = rest.take_while(|ticket| before.is_some() && batch(ticket) == before);
        kept + same.count()
    }

    /// Gives the last `count` tickets of the queue back.
    fn give_back(&mut self, count: usize) {
        let kept = self.queue.len().saturating_sub(count);
        let tickets = self.queue.split_off(kept).into();
        self.note(What::GaveBack(tickets));
    }

    /// Tells the dispatcher. If that has gone, so has the run.
    fn note(&mut self, what: What) {
        self.note_of(self.worker, what);
    }

    /// The same about a worker of this slot. What one does is told after
    /// everything that the ones before it did.
    fn note_of(&mut self, worker: WorkerId, what: What) {
        let note = Note { worker, what };
        let elder = self.elder.as_ref().map(|elder| elder.worker.life);
        if note.what.is_of_a_life() && elder.is_some_and(|life| life < worker.life) {
            self.held_back.push(note);
        } else {
            self.tell(note);
        }
    }

    fn tell(&mut self, note: Note) {
        if self.notes.send(note).is_err() {
            self.mood = Mood::Kill;
        }
    }
}

impl Mood {
    fn max(self, other: Self) -> Self {
        if self == Self::Kill { self } else { other }
    }
}

impl Drop for Executor<'_> {
    /// A run must not wait for an executor that panicked.
    fn drop(&mut self) {
        if !self.gone {
            self.note(What::Panicked);
        }
    }
}
