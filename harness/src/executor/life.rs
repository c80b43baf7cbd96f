//! The life of one worker, from its greeting to what becomes of its cases.
//!
//! ```text
//!            reply            told to leave, or retires,
//!            in time          or closes a pipe
//! starting ──────────► up ──────────────────────────────► leaving
//!     │                │                                     │
//!     └── late: kill   └── stands still or babbles: kill     └── stays: kill
//! ```
//!
//! A worker that is replaced is up until it has answered its last case; another
//! may work beside it by then: see [`beside`].
//!
//! However it ends, what it had said is read first, then what it had committed
//! to the ledger, and only then is the rest settled.

mod beside;
mod clock;
mod end;
mod handover;
mod hear;
mod send;
mod ward;
mod withdraw;

pub(super) use handover::Vacant;
pub(super) use ward::Ward;

use super::link::{Link, Ready};
use super::sapling::Spare;
use super::{Executor, Mood};
use crate::error::LastWorker;
use crate::event::Death;
use crate::ticket::{Order, Ticket, What};
use crossbeam_channel::TryRecvError;
use rewind_protocol::{CodecError, ToWorker, encode_to_worker};
use rewind_sys::SysError;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a life went.
pub(super) struct LifeEnd {
    /// A case was settled, or the worker ended because it was told to.
    pub(super) fruitful: bool,
    /// A case was settled otherwise than by being lost, or as above.
    pub(super) answered: bool,
    pub(super) last: LastWorker,
    /// The slot is without a worker now, though it may have work.
    pub(super) vacated: Option<Vacant>,
    /// Who goes on at once, while this one is still at its last cases.
    pub(super) heir: Option<Box<Spare>>,
}

/// How far a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Up,
    Leaving,
}

/// A worker while it lives, and who looks after it.
pub(super) struct Life<'e, 'a> {
    executor: &'e mut Executor<'a>,
    ward: Box<Ward>,
}

/// Planned time from which a case counts as slow, in µs; well above what an unknown one is given.
const HEAVY_US: u32 = 50_000;
/// Cases that others of a slot are sent at most while its elder is at its last:
/// two run at a time for no longer, and no more answers are held back.
const BESIDE: usize = 256;
/// Frames are passed on when there are so many bytes of them, so that the worker can begin.
const FLUSH: usize = 16 << 10;

impl<'e, 'a> Life<'e, 'a> {
    pub(super) fn new(executor: &'e mut Executor<'a>, link: Link) -> Self {
        let ward = Ward::new(executor.shared, executor.worker, link);
        Self {
            executor,
            ward: Box::new(ward),
        }
    }

    /// Lives it to its end, or to where another goes on.
    pub(super) fn run(mut self) -> LifeEnd {
        let killed_for = match self.put_greeting() {
            Err(error) => Some(Death::Start(error.to_string())),
            Ok(()) => loop {
                if let Err(death) = self.serve() {
                    break Some(death);
                }
                if self.is_done_with() {
                    return self.hand_over();
                }
                if let Some(heir) = self.find_heir() {
                    return self.step_aside(heir);
                }
                match self.watch() {
                    Ok(false) => {}
                    Ok(true) => break None,
                    Err(death) => break Some(death),
                }
            },
        };
        self.end(killed_for)
    }

    /// Tells the dispatcher something of this worker.
    fn note(&mut self, what: What) {
        self.executor.note_of(self.ward.worker, what);
    }

    fn put_greeting(&mut self) -> Result<(), CodecError> {
        if !self.ward.talk.greets() || self.ward.greeted {
            return Ok(());
        }
        let shared = self.executor.shared;
        let setup = &shared.config.setup;
        let hello = ToWorker::Hello(setup.hello(shared.root(), self.ward.link.nonce));
        self.ward.outbox.put(|out| encode_to_worker(&hello, out))?;
        Ok(())
    }

    /// Does what can be done without waiting.
    fn serve(&mut self) -> Result<(), Death> {
        self.take_orders()?;
        self.stop()?;
        self.fill()?;
        self.flush()
    }

    /// Waits once and takes what came; `true` when the process has ended.
    fn watch(&mut self) -> Result<bool, Death> {
        self.executor.want_if_low();
        self.look_ahead();
        self.executor.bury(Duration::ZERO);
        let (ready, beside) = self.wait().map_err(broken)?;
        self.attend_elder(beside);
        self.attend(ready)
    }

    /// Takes what came of the worker; `true` when its process has ended.
    fn attend(&mut self, ready: Ready) -> Result<bool, Death> {
        if ready.stderr {
            self.ward.link.stderr.pump();
        }
        if ready.stdout {
            self.read()?;
        }
        if ready.ended {
            return Ok(true);
        }
        self.leave_if_replaced();
        self.check_time(Instant::now())?;
        Ok(false)
    }

    fn take_orders(&mut self) -> Result<(), Death> {
        loop {
            match self.executor.orders.try_recv() {
                Ok(Order::Report) => {
                    let running = self.running(Instant::now());
                    self.note(What::Report(running));
                }
                Ok(Order::Withdraw(cases)) => {
                    self.executor.obey(Order::Withdraw(Arc::clone(&cases)));
                    self.withdraw(&cases)?;
                }
                Ok(order) => self.executor.obey(order),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.executor.mood = Mood::Kill,
            }
            if self.executor.mood == Mood::Kill {
                break;
            }
        }
        if self.executor.mood == Mood::Kill {
            Err(Death::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Sends cases as far as there is room, or lets an unneeded worker go.
    fn fill(&mut self) -> Result<(), Death> {
        self.leave_if_replaced();
        while self.ward.stage == Stage::Up && self.ward.replaced.is_none() {
            let idle = self.ward.window.waiting() == 0;
            match self.executor.queue.front().copied() {
                None if idle && self.executor.mood == Mood::Finish => self.dismiss()?,
                Some(_) if self.ward.window.is_a_trial() => break,
                Some(ticket) if ticket.is_by_itself() && self.ward.last_sent.is_some() => {
                    if !idle {
                        break;
                    }
                    self.dismiss()?;
                }
                Some(ticket) if let Some(limit) = self.due(ticket) => self.replace(limit)?,
                Some(ticket) if self.proves(ticket)? => break,
                Some(ticket) if self.has_room(ticket) => {
                    self.executor.queue.pop_front();
                    self.send(ticket);
                    if idle || self.ward.outbox.end() - self.ward.outbox.written() >= FLUSH as u64 {
                        self.flush()?;
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// What was sent can't be had back: of cases that are known to be slow, one
    /// runs and one waits, and the others stay where another slot can get them.
    /// Beside an elder others are sent few.
    fn has_room(&self, next: Ticket) -> bool {
        if self.executor.elder.is_some() && self.executor.sent_beside >= BESIDE {
            return false;
        }
        let (waiting, bytes) = (self.ward.window.waiting(), self.ward.window.bytes());
        let weight = self
            .executor
            .shared
            .workload
            .facts(next.case)
            .map_or(0, |facts| facts.weight_us);
        let heavy = weight >= HEAVY_US && waiting >= 2;
        let pace = &self.executor.pace;
        let usual = pace.has_room(waiting, bytes, self.ward.answered);
        let usual = usual && waiting < self.most_at_a_time();
        !heavy && (usual || self.comes_to_its_last())
    }

    /// Tells the worker to leave when it has answered what it has.
    fn dismiss(&mut self) -> Result<(), Death> {
        self.ward.dismissed = true;
        // The last chance, if it has nothing more to do.
        self.ward.link.child.look();
        if self.ward.window.waiting() == 0 {
            self.leave();
        }
        let put = self.ward.talk.put_end(&mut self.ward.outbox);
        put.map_err(|error| Death::Babbled(error.to_string()))
    }

    /// From now on the worker is expected to end.
    fn leave(&mut self) {
        if self.ward.stage != Stage::Leaving {
            self.ward.stage = Stage::Leaving;
            self.ward.until = Instant::now() + self.executor.shared.config.patience.leave;
        }
    }

    fn flush(&mut self) -> Result<(), Death> {
        let Some(stdin) = &self.ward.link.stdin else {
            return Ok(());
        };
        if !self.ward.outbox.flush(stdin).map_err(broken)? {
            self.ward.link.stdin = None;
            self.leave();
        } else if self.ward.dismissed && self.ward.outbox.is_empty() && !self.ward.talk.greets() {
            self.ward.link.stdin = None;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(Ready, Ready), SysError> {
        let timeout = self.with_others(self.timeout(Instant::now()));
        let Ward { link, outbox, .. } = &*self.ward;
        let beside = self.executor.elder.as_deref().map(|elder| &elder.link);
        link.wait(&self.executor.wake, !outbox.is_empty(), beside, timeout)
    }
}

/// What can't be talked to is of no use.
fn broken(error: SysError) -> Death {
    Death::Babbled(error.to_string())
}
