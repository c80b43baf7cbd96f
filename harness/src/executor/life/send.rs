//! What a worker is sent: cases, and the preambles they need, once each.
//!
//! A file that can't be read or sent is no failure of the run: its case is
//! settled as unreadable.

use super::Life;
use crate::executor::window::Pending;
use crate::ticket::{Ticket, What};
use rewind_protocol::{PreambleId, Run, ToWorker, encode_run, encode_to_worker};

impl Life<'_, '_> {
    /// Sends a case, or tells why it can't be sent.
    pub(super) fn send(&mut self, ticket: Ticket) {
        if let Err(error) = self.try_send(ticket) {
            self.settled = true;
            self.executor.note(What::Unreadable { ticket, error });
        }
    }

    fn try_send(&mut self, ticket: Ticket) -> Result<(), String> {
        let shared = self.executor.shared;
        let case = shared
            .plan
            .case(ticket.case)
            .ok_or("find the case in the plan")?;
        let source = self.executor.sources.read(&case.path)?;
        let preamble = match case.preamble {
            None => PreambleId::ENGINE,
            Some(index) => {
                self.send_preamble(index)?;
                PreambleId(index)
            }
        };
        let run = Run {
            seq: self.window.next(),
            path: case.path.to_string(),
            variant: case.variant,
            preamble,
            source,
            deadline_ms: case.deadline_ms,
            flags: case.flags,
        };
        let bytes = self
            .outbox
            .put(|out| encode_run(&run, out))
            .map_err(|error| error.to_string())?;
        let end = self.outbox.end();
        self.window.push(Pending {
            ticket,
            end,
            bytes,
            deadline_ms: case.deadline_ms,
        });
        self.sent = true;
        Ok(())
    }

    /// Sends a preamble and those below it, unless the worker knows them.
    fn send_preamble(&mut self, index: u32) -> Result<(), String> {
        let shared = self.executor.shared;
        let get = |index| {
            shared
                .preambles
                .get(index)
                .map_err(|refusal| refusal.to_string())
        };
        let mut missing = Vec::new();
        let mut next = Some(get(index)?);
        while let Some(preamble) = next.filter(|&preamble| !self.knows(preamble.id)) {
            missing.push(preamble);
            next = preamble.parent.map(|parent| get(parent.0)).transpose()?;
        }
        while let Some(preamble) = missing.pop() {
            let message = ToWorker::Preamble(preamble.clone());
            self.outbox
                .put(|out| encode_to_worker(&message, out))
                .map_err(|error| error.to_string())?;
            if let Some(known) = self.preambles.get_mut(preamble.id.0 as usize) {
                *known = true;
            }
        }
        Ok(())
    }

    fn knows(&self, id: PreambleId) -> bool {
        self.preambles.get(id.0 as usize) == Some(&true)
    }
}
