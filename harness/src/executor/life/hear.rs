//! What a worker says, and what is made of it at once.
//!
//! Its answers go on to the dispatcher in pieces as large as they came.

use super::send::BUILT;
use super::{Life, Stage, broken};
use crate::event::Death;
use crate::executor::sapling::check_version;
use crate::executor::watchdog::Watchdog;
use crate::ticket::{Answer, What};
use rewind_protocol::{CaseState, Finished, HelloReply, Outcome, ToParent};
use std::time::Instant;

impl Life<'_, '_> {
    /// Reads what is there and takes the messages in it.
    pub(super) fn read(&mut self) -> Result<(), Death> {
        let read = self
            .ward
            .link
            .read(&mut self.executor.buffer)
            .map_err(broken)?;
        match read {
            Some(bytes) => self.ward.talk.feed(bytes),
            None if self.ward.link.stdout.is_none() => self.leave(),
            None => {}
        }
        let taken = self.take_messages();
        self.pass_on();
        taken
    }

    pub(super) fn take_messages(&mut self) -> Result<(), Death> {
        loop {
            match self.ward.talk.next() {
                Ok(Some(message)) => self.take(message)?,
                Ok(None) => return Ok(()),
                Err(why) => return Err(Death::Babbled(why)),
            }
        }
    }

    pub(super) fn take(&mut self, message: ToParent) -> Result<(), Death> {
        // Where nobody greets, any word shows that the worker is up.
        self.ward.greeted |= !self.ward.talk.greets();
        match (message, self.ward.greeted) {
            (ToParent::HelloReply(reply), false) => return self.greet(reply),
            (ToParent::Refused { reason }, false) => {
                self.ward.refused = Some(reason);
                self.leave();
            }
            (ToParent::Diagnostic { text }, _) => self.note(What::Diagnostic(text)),
            (ToParent::Finished(finished), true) => return self.answer(finished),
            (ToParent::Retiring(retiring), true) => {
                self.ward.link.child.look();
                self.note_leaving(&retiring);
                self.ward.retiring = Some(retiring);
                self.leave();
            }
            (ToParent::Started { seq }, true) => self.ward.said = Some((seq, CaseState::Running)),
            (ToParent::Withdrawn { seqs }, true) => return self.took_back(&seqs),
            (ToParent::Pong { token: BUILT }, true) => self.has_built(),
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
        self.ward.began = Instant::now();
        self.ward.greeted = true;
        self.ward.withdraws = reply.withdraws();
        if self.ward.stage == Stage::Starting {
            self.ward.stage = Stage::Up;
        }
        self.ward.watchdog = Watchdog::new(Instant::now());
        self.note(What::Ready(Box::new(reply)));
        Ok(())
    }

    fn answer(&mut self, finished: Box<Finished>) -> Result<(), Death> {
        let seq = finished.seq;
        let Some(pending) = self.ward.window.answer(seq, self.ward.outbox.written()) else {
            let why = format!(
                "it answers case {}, which was not asked or was answered",
                seq.0
            );
            return Err(Death::Babbled(why));
        };
        self.ward.settled = true;
        self.ward.answered += 1;
        self.ward.heard = Instant::now();
        let crashed = matches!(finished.outcome, Outcome::Crashed(_));
        self.ward.crashes += u64::from(crashed);
        let shared = self.executor.shared;
        let facts = shared.workload.facts(pending.ticket.case);
        let preamble = facts.and_then(|facts| facts.preamble);
        shared.fatal.stands(shared.preambles, preamble);
        if self.executor.vacant.is_some() || self.executor.elder.is_some() {
            self.note_pause();
        }
        self.ward.said = Some((seq, CaseState::Idle));
        self.executor.pace.note(finished.phases.total(), crashed);
        self.ward.answers.push(Answer {
            ticket: pending.ticket,
            finished,
        });
        Ok(())
    }

    /// Passes the answers that have come on to the dispatcher.
    pub(super) fn pass_on(&mut self) {
        if !self.ward.answers.is_empty() {
            let room = self.ward.answers.len();
            let answers = std::mem::replace(&mut self.ward.answers, Vec::with_capacity(room));
            self.note(What::Answers(answers));
        }
    }
}
