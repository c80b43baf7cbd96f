//! What a worker is sent: cases, and the preambles they need, once each.
//!
//! A file that can't be read or sent is no failure of the run: its case is
//! settled as unreadable.

use super::Life;
use crate::executor::window::Pending;
use crate::ticket::{Ticket, What};
use rewind_sys::timer::monotonic_ns;

impl Life<'_, '_> {
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
        let case = shared
            .plan
            .case(ticket.case)
            .ok_or("find the case in the plan")?;
        if let Some(reason) = shared.plan.unreadable(case) {
            return Err(reason.to_string());
        }
        let source = self.executor.sources.read(case)?;
        let seq = self.ward.window.next();
        let bytes = self
            .ward
            .talk
            .put_case(shared, &mut self.ward.outbox, seq, case, source)?;
        let end = self.ward.outbox.end();
        self.ward.window.push(Pending {
            ticket,
            end,
            bytes,
            deadline_ms: case.deadline_ms,
        });
        self.ward.last_sent = Some(ticket.case);
        self.executor.at_batch = shared.config.limits.batch_of(ticket.case);
        self.executor.sent_beside += usize::from(self.executor.elder.is_some());
        self.ward.first_sent.get_or_insert_with(monotonic_ns);
        Ok(())
    }
}
