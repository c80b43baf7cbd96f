//! Kills workers from outside, whatever they are just at: greeting, building a
//! preamble, running, putting back, writing, leaving.
//!
//! ```text
//!   worker is ready ──► drawn: in 0 to 3 ms ──► SIGKILL
//!   worker is gone  ──► one time in 8: 0 to 10 ms later the next, while it starts
//! ```
//!
//! Two lives of a slot in a row in which nothing was answered look as if no
//! worker could run at all. So behind such a life the next is left in peace
//! until its first answer.
//!
//! Who was killed is noted by process: a child that is killed while it starts
//! may be a spare, or may have come up since the kill was drawn, and then it is
//! a worker like any other that a case may be blamed on.

use super::schedule::Random;
use crate::error::CliError;
use rewind_harness::{Event, WorkerId};
use rewind_sys::process::{Other, Pid, children};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Longest life that is drawn, in µs.
const LIFE: u64 = 3000;
/// Latest moment of a start at which a worker is killed, in µs.
const START: u64 = 10_000;
/// One start in so many is not survived.
const START_EVERY: u64 = 8;

/// Processes that were killed, until their end is told, and how many there were.
#[derive(Clone, Debug, Default)]
pub(super) struct Killed(Arc<Mutex<(BTreeSet<Pid>, u64)>>);

impl Killed {
    /// This one was, and its end is told: its number may be another's now.
    pub(super) fn take(&self, pid: Pid) -> bool {
        self.with(|(pids, _)| pids.remove(&pid))
    }

    /// How many were, in all.
    pub(super) fn count(&self) -> u64 {
        self.with(|(_, count)| *count)
    }

    /// Kills it, under the lock: the answer in its place may come at once.
    fn kill(&self, pid: Pid, held: &Other) {
        self.with(|(pids, count)| {
            if held.kill() {
                pids.insert(pid);
                *count += 1;
            }
        });
    }

    #[cfg(test)]
    pub(super) fn add(&self, pid: Pid) {
        self.with(|(pids, _)| pids.insert(pid));
    }

    fn with<T>(&self, body: impl FnOnce(&mut (BTreeSet<Pid>, u64)) -> T) -> T {
        body(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the killer's thread is to do.
struct Order {
    at: Instant,
    victim: Victim,
}

enum Victim {
    Ready(Pid, Other),
    /// Any child that isn't one of these.
    Starting(BTreeSet<Pid>),
}

/// Hears what becomes of the workers, and sends death.
pub(super) struct Killer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    killed: Killed,
    random: Random,
    /// Kills that are left.
    budget: u64,
    /// Left in peace until they have answered.
    spared: BTreeMap<WorkerId, (Pid, Other)>,
    /// Processes of the workers that are up.
    up: BTreeMap<WorkerId, Pid>,
    fruitful: BTreeSet<WorkerId>,
    /// Slots whose last worker answered nothing.
    barren: BTreeSet<u32>,
}

impl Killer {
    /// One that kills `budget` workers at most, when `seed` says.
    pub(super) fn start(seed: u64, budget: u64) -> Result<Self, CliError> {
        let killed = Killed::default();
        let (orders, inbox) = channel();
        let mark = killed.clone();
        let thread = (budget > 0).then(|| {
            let thread = Builder::new().name("killer".to_owned());
            thread.spawn(move || carry_out(&inbox, &mark))
        });
        let failed = CliError::system("start the thread that kills workers");
        Ok(Self {
            orders: Some(orders),
            thread: thread.transpose().map_err(failed)?,
            killed,
            random: Random(seed ^ 0x6b69_6c6c),
            budget,
            spared: BTreeMap::new(),
            up: BTreeMap::new(),
            fruitful: BTreeSet::new(),
            barren: BTreeSet::new(),
        })
    }

    /// Who was killed so far.
    pub(super) fn killed(&self) -> Killed {
        self.killed.clone()
    }

    /// Takes note of an event, and may act on it.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::WorkerReady { worker, reply } => self.ready(*worker, reply.pid),
            Event::Answered { worker, .. } => {
                self.fruitful.insert(*worker);
                if let Some((pid, held)) = self.spared.remove(worker) {
                    self.order(LIFE, Victim::Ready(pid, held));
                }
            }
            Event::WorkerRetired { worker, .. } | Event::WorkerDied { worker, .. } => {
                self.gone(*worker);
            }
            Event::Unreadable { .. }
            | Event::Withdrawn { .. }
            | Event::Diagnostic { .. }
            | Event::Tick { .. } => {}
        }
    }

    fn ready(&mut self, worker: WorkerId, pid: u32) {
        let Ok(pid) = i32::try_from(pid).map(Pid) else {
            return;
        };
        self.up.insert(worker, pid);
        let Ok(held) = Other::hold(pid) else {
            return;
        };
        if self.barren.contains(&worker.slot) {
            self.spared.insert(worker, (pid, held));
        } else {
            self.order(LIFE, Victim::Ready(pid, held));
        }
    }

    fn gone(&mut self, worker: WorkerId) {
        self.spared.remove(&worker);
        self.up.remove(&worker);
        if self.fruitful.remove(&worker) {
            self.barren.remove(&worker.slot);
        } else {
            self.barren.insert(worker.slot);
        }
        // The one that starts next may be any slot's.
        if self.barren.is_empty() && self.random.below(START_EVERY) == 0 {
            let up = self.up.values().copied().collect();
            self.order(START, Victim::Starting(up));
        }
    }

    fn order(&mut self, within: u64, victim: Victim) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let delay = Duration::from_micros(self.random.below(within));
        let at = Instant::now() + delay;
        if let Some(orders) = &self.orders {
            // The thread ends only when this sender is gone.
            let _ = orders.send(Order { at, victim });
        }
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It can't panic; were it to, nothing here depends on it.
            let _ = thread.join();
        }
    }
}

fn carry_out(inbox: &Receiver<Order>, killed: &Killed) {
    let mut waiting: Vec<Order> = Vec::new();
    loop {
        let next = waiting.iter().map(|order| order.at).min();
        let patience = next.map_or(Duration::from_secs(3600), |at| {
            at.saturating_duration_since(Instant::now())
        });
        match inbox.recv_timeout(patience) {
            Ok(order) => waiting.push(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = Instant::now();
        let (due, later) = waiting.into_iter().partition(|order| order.at <= now);
        waiting = later;
        let due: Vec<Order> = due;
        due.into_iter().for_each(|order| kill(order.victim, killed));
    }
}

fn kill(victim: Victim, killed: &Killed) {
    match victim {
        Victim::Ready(pid, held) => killed.kill(pid, &held),
        Victim::Starting(up) => {
            let starting = children().into_iter().find(|pid| !up.contains(pid));
            if let Some(pid) = starting
                && let Ok(held) = Other::hold(pid)
            {
                killed.kill(pid, &held);
            }
        }
    }
}
