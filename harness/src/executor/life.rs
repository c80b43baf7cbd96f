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
//! However it ends, what it had said is read first, then what it had committed
//! to the ledger, and only then is the rest settled.

mod clock;
mod end;
mod handover;
mod send;

pub(super) use end::in_its_place;
pub(super) use handover::Vacant;

use super::link::{Link, Ready};
use super::memory::Memory;
use super::outbox::Outbox;
use super::rest::Rest;
use super::sapling::check_version;
use super::talk::Talk;
use super::watchdog::Watchdog;
use super::window::Window;
use super::{Executor, Mood};
use crate::error::LastWorker;
use crate::event::Death;
use crate::recycling::Limit;
use crate::ticket::{Answer, Order, Ticket, What};
use crossbeam_channel::TryRecvError;
use rewind_protocol::{
    CaseState, CodecError, Finished, HelloReply, Outcome, Retiring, Seq, ToParent, ToWorker,
    encode_to_worker,
};
use rewind_sys::SysError;
use rewind_sys::timer::monotonic_ns;
use std::time::{Duration, Instant};

/// How a life went.
#[derive(Debug)]
pub(super) struct LifeEnd {
    /// A case was settled, or the worker ended because it was told to.
    pub(super) fruitful: bool,
    /// A case was settled otherwise than by being lost, or as above.
    pub(super) answered: bool,
    pub(super) last: LastWorker,
    /// The slot is without a worker now, though it may have work.
    pub(super) vacated: Option<Vacant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Up,
    Leaving,
}

/// A worker while it lives.
pub(super) struct Life<'e, 'a> {
    executor: &'e mut Executor<'a>,
    link: Link,
    talk: Talk,
    outbox: Outbox,
    window: Window,
    watchdog: Watchdog,
    rest: Rest,
    stage: Stage,
    /// When the stage must have been left; of no meaning when up.
    until: Instant,
    /// What it said itself of the case it is at.
    said: Option<(Seq, CaseState)>,
    sent: bool,
    /// A case was settled, by an answer or otherwise.
    settled: bool,
    /// Cases that it has answered.
    answered: usize,
    /// It has answered the greeting.
    greeted: bool,
    /// It was told to leave.
    dismissed: bool,
    retiring: Option<Retiring>,
    refused: Option<String>,
    answers: Vec<Answer>,
    /// It was raised as a spare.
    from_spare: bool,
    /// When it came up, and when it was taken over.
    began: Instant,
    began_ns: u64,
    /// Monotonic ns at which the first case was sent.
    first_sent: Option<u64>,
    /// Cases that it survived a crash of.
    crashes: u64,
    memory: Memory,
    /// Its memory grows too fast.
    grows: bool,
    /// The limit for which it is replaced.
    replaced: Option<Limit>,
}

/// Planned time from which a case counts as slow, in µs; well above what an unknown one is given.
const HEAVY_US: u32 = 50_000;
/// Frames are passed on when there are so many bytes of them, so that the worker can begin.
const FLUSH: usize = 16 << 10;

impl<'e, 'a> Life<'e, 'a> {
    pub(super) fn new(executor: &'e mut Executor<'a>, link: Link) -> Self {
        let now = Instant::now();
        let shared = executor.shared;
        let talk = Talk::new(shared, link.nonce);
        let memory = Memory::of(link.child.pid().0, now);
        Self {
            stage: if talk.greets() {
                Stage::Starting
            } else {
                Stage::Up
            },
            talk,
            until: now + shared.config.patience.start,
            said: None,
            executor,
            link,
            outbox: Outbox::default(),
            window: Window::default(),
            watchdog: Watchdog::new(now),
            rest: Rest::default(),
            sent: false,
            settled: false,
            answered: 0,
            greeted: false,
            dismissed: false,
            retiring: None,
            refused: None,
            answers: Vec::new(),
            from_spare: false,
            began: now,
            began_ns: monotonic_ns(),
            first_sent: None,
            crashes: 0,
            memory,
            grows: false,
            replaced: None,
        }
    }

    /// Lives it to its end.
    pub(super) fn run(mut self) -> LifeEnd {
        let killed_for = match self.put_greeting() {
            Err(error) => Some(Death::Start(error.to_string())),
            Ok(()) => loop {
                match self.turn() {
                    Ok(false) if self.is_done_with() => return self.hand_over(),
                    Ok(false) => {}
                    Ok(true) => break None,
                    Err(death) => break Some(death),
                }
            },
        };
        self.end(killed_for)
    }

    fn put_greeting(&mut self) -> Result<(), CodecError> {
        if !self.talk.greets() || self.greeted {
            return Ok(());
        }
        let shared = self.executor.shared;
        let setup = &shared.config.setup;
        let hello = ToWorker::Hello(setup.hello(shared.root.to_owned(), self.link.nonce));
        self.outbox.put(|out| encode_to_worker(&hello, out))?;
        Ok(())
    }

    /// Does what can be done, and waits once; `true` when the process has ended.
    fn turn(&mut self) -> Result<bool, Death> {
        self.take_orders()?;
        self.fill()?;
        self.flush()?;
        if self.is_done_with() {
            return Ok(false);
        }
        self.executor.want_if_low();
        self.look_ahead();
        self.executor.bury(Duration::ZERO);
        let ready = self.wait().map_err(broken)?;
        if ready.stderr {
            self.link.stderr.pump();
        }
        if ready.stdout {
            self.read()?;
        }
        if ready.ended {
            return Ok(true);
        }
        self.check_time(Instant::now())?;
        Ok(false)
    }

    fn take_orders(&mut self) -> Result<(), Death> {
        loop {
            match self.executor.orders.try_recv() {
                Ok(Order::Report) => {
                    let running = self.running(Instant::now());
                    self.executor.note(What::Report(running));
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
        while self.stage == Stage::Up {
            let idle = self.window.waiting() == 0;
            match self.executor.queue.front().copied() {
                None if idle && self.executor.mood == Mood::Finish => self.dismiss()?,
                Some(ticket) if ticket.alone && self.sent => {
                    if !idle {
                        break;
                    }
                    self.dismiss()?;
                }
                Some(_) if let Some(limit) = self.due() => {
                    if !idle {
                        break;
                    }
                    self.replace(limit)?;
                }
                Some(ticket) if self.has_room(ticket) => {
                    self.executor.queue.pop_front();
                    self.send(ticket);
                    if idle || self.outbox.end() - self.outbox.written() >= FLUSH as u64 {
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
    fn has_room(&self, next: Ticket) -> bool {
        let (waiting, bytes) = (self.window.waiting(), self.window.bytes());
        let weight = self
            .executor
            .shared
            .plan
            .case(next.case)
            .map_or(0, |case| case.weight_us);
        let heavy = weight >= HEAVY_US && waiting >= 2;
        !heavy && self.executor.pace.has_room(waiting, bytes, self.answered)
    }

    /// Tells the worker to leave.
    fn dismiss(&mut self) -> Result<(), Death> {
        self.dismissed = true;
        self.leave();
        let put = self.talk.put_end(&mut self.outbox);
        put.map_err(|error| Death::Babbled(error.to_string()))
    }

    /// From now on the worker is expected to end.
    fn leave(&mut self) {
        if self.stage != Stage::Leaving {
            self.stage = Stage::Leaving;
            self.until = Instant::now() + self.executor.shared.config.patience.leave;
        }
    }

    fn flush(&mut self) -> Result<(), Death> {
        let Some(stdin) = &self.link.stdin else {
            return Ok(());
        };
        if !self.outbox.flush(stdin).map_err(broken)? {
            self.link.stdin = None;
            self.leave();
        } else if self.dismissed && self.outbox.is_empty() && !self.talk.greets() {
            self.link.stdin = None;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<Ready, SysError> {
        let timeout = self.with_grave(self.timeout(Instant::now()));
        self.link
            .wait(&self.executor.wake, !self.outbox.is_empty(), timeout)
    }

    /// Reads what is there and takes the messages in it.
    fn read(&mut self) -> Result<(), Death> {
        let read = self.link.read(&mut self.executor.buffer).map_err(broken)?;
        match read {
            Some(bytes) => self.talk.feed(bytes),
            None if self.link.stdout.is_none() => self.leave(),
            None => {}
        }
        let taken = self.take_messages();
        self.pass_on();
        taken
    }

    fn take_messages(&mut self) -> Result<(), Death> {
        loop {
            match self.talk.next() {
                Ok(Some(message)) => self.take(message)?,
                Ok(None) => return Ok(()),
                Err(why) => return Err(Death::Babbled(why)),
            }
        }
    }

    fn take(&mut self, message: ToParent) -> Result<(), Death> {
        // Where nobody greets, any word shows that the worker is up.
        self.greeted |= !self.talk.greets();
        match (message, self.greeted) {
            (ToParent::HelloReply(reply), false) => return self.greet(reply),
            (ToParent::Refused { reason }, false) => {
                self.refused = Some(reason);
                self.leave();
            }
            (ToParent::Diagnostic { text }, _) => self.executor.note(What::Diagnostic(text)),
            (ToParent::Finished(finished), true) => return self.answer(finished),
            (ToParent::Retiring(retiring), true) => {
                self.retiring = Some(retiring);
                self.leave();
            }
            (ToParent::Started { seq }, true) => self.said = Some((seq, CaseState::Running)),
            (ToParent::Ready | ToParent::Pong { .. }, true) => {}
            (ToParent::HelloReply(_) | ToParent::Refused { .. }, true) => {
                return Err(Death::Babbled("it greets a second time".to_owned()));
            }
            (_, false) => return Err(Death::Babbled("it does not greet first".to_owned())),
        }
        Ok(())
    }

    fn greet(&mut self, reply: HelloReply) -> Result<(), Death> {
        check_version(&reply).map_err(Death::Start)?;
        self.began = Instant::now();
        self.greeted = true;
        if self.stage == Stage::Starting {
            self.stage = Stage::Up;
        }
        self.watchdog = Watchdog::new(Instant::now());
        self.executor.note(What::Ready(Box::new(reply)));
        Ok(())
    }

    fn answer(&mut self, finished: Box<Finished>) -> Result<(), Death> {
        let seq = finished.seq;
        let Some(pending) = self.window.answer(seq, self.outbox.written()) else {
            let why = format!(
                "it answers case {}, which was not asked or was answered",
                seq.0
            );
            return Err(Death::Babbled(why));
        };
        self.settled = true;
        self.answered += 1;
        self.crashes += u64::from(matches!(finished.outcome, Outcome::Crashed(_)));
        let shared = self.executor.shared;
        let case = shared.plan.case(pending.ticket.case);
        let preamble = case.and_then(|case| case.preamble);
        shared.fatal.stands(shared.preambles, preamble);
        if self.executor.vacant.is_some() {
            self.note_pause();
        }
        self.said = Some((seq, CaseState::Idle));
        self.executor.pace.note(finished.phases.total());
        self.answers.push(Answer {
            ticket: pending.ticket,
            finished,
        });
        Ok(())
    }

    /// Passes the answers that have come on to the dispatcher.
    fn pass_on(&mut self) {
        if !self.answers.is_empty() {
            let room = self.answers.len();
            let answers = std::mem::replace(&mut self.answers, Vec::with_capacity(room));
            self.executor.note(What::Answers(answers));
        }
    }
}

fn broken(error: SysError) -> Death {
    Death::Babbled(error.to_string())
}
