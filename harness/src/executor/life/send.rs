//! What a worker is sent: cases, and the preambles they need, once each.
//!
//! A file that can't be read or sent is no failure of the run: its case is
//! settled as unreadable.

use super::Life;
use super::ward::Proof;
use crate::event::Death;
use crate::executor::window::Pending;
use crate::ticket::{Ticket, Trial, What};
use rewind_protocol::{ToWorker, encode_to_worker};
use rewind_sys::timer::monotonic_ns;
use std::time::Instant;

/// What the `Ping` behind preambles to be proven carries; a spare's is another.
pub(super) const BUILT: u64 = 2;

impl Life<'_, '_> {
    /// Has the worker build what the case runs on, if a worker's end is laid to
    /// that; `true` if the case has to wait for it.
    pub(super) fn proves(&mut self, ticket: Ticket) -> Result<bool, Death> {
        let Trial::Built(index) = ticket.trial else {
            return Ok(false);
        };
        match self.ward.proof {
            Proof::Asked(_) => return Ok(true),
            Proof::Stands => return Ok(false),
            Proof::None => {}
        }
        if self.executor.is_hopeless(ticket) {
            return Ok(false);
        }
        let shared = self.executor.shared;
        let facts = shared.workload.facts(ticket.case);
        let outbox = &mut self.ward.outbox;
        let preamble = facts.and_then(|facts| facts.preamble).unwrap_or(index);
        if self
            .ward
            .talk
            .put_preamble(shared, outbox, preamble)
            .is_err()
        {
            // It can't be read: the case is told to be unreadable when it is sent.
            return Ok(false);
        }
        let ping = ToWorker::Ping { token: BUILT };
        outbox
            .put(|out| encode_to_worker(&ping, out))
            .map_err(|error| Death::Babbled(error.to_string()))?;
        self.ward.proof = Proof::Asked(index);
        self.ward.heard = Instant::now();
        self.flush()?;
        Ok(true)
    }

    /// The worker has built what it was told to.
    pub(super) fn has_built(&mut self) {
        if let Proof::Asked(index) = self.ward.proof {
            self.ward.proof = Proof::Stands;
            let shared = self.executor.shared;
            shared.fatal.stands(shared.preambles, Some(index));
        }
    }

    /// Sends a case, or tells why it can't be sent.
    pub(super) fn send(&mut self, ticket: Ticket) {
        if ticket.attempt == 1 && self.executor.unwanted.contains(&ticket.case) {
            return self.note(What::GaveBack(vec![ticket]));
        }
        if self.executor.is_hopeless(ticket) {
            self.ward.settled = true;
            return self.executor.give_up_on(ticket);
        }
        if let Err(error) = self.try_send(ticket) {
            self.ward.settled = true;
            self.note(What::Unreadable { ticket, error });
        }
    }

    fn try_send(&mut self, ticket: Ticket) -> Result<(), String> {
        let shared = self.executor.shared;
        let facts = shared.workload.facts(ticket.case);
        let facts = facts.ok_or("find the case")?;
        let text = self.executor.sources.load(ticket.case)?;
        let seq = self.ward.window.next();
        let bytes = self
            .ward
            .talk
            .put_case(shared, &mut self.ward.outbox, seq, facts, text)?;
        let end = self.ward.outbox.end();
        if self.ward.window.waiting() == 0 {
            self.ward.heard = Instant::now();
        }
        self.ward.window.push(Pending {
            ticket,
            end,
            bytes,
            deadline_ms: facts.deadline_ms,
        });
        self.ward.last_sent = Some(ticket.case);
        self.executor.at_batch = shared.config.limits.batch_of(ticket.case);
        self.executor.sent_beside += usize::from(self.executor.elder.is_some());
        self.ward.first_sent.get_or_insert_with(monotonic_ns);
        Ok(())
    }
}
