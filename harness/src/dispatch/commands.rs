//! What comes in from outside while a run goes on, beside what executors say.

use super::Dispatcher;
use crate::ticket::{Command, Ticket};
use crossbeam_channel::{RecvTimeoutError, select};
use rewind_plan::CaseId;
use std::time::{Duration, Instant};

/// Commands that are taken together, before work is dealt: so that what was asked
/// for together is dealt in pieces, and executors don't wait for who asks for ever.
const TOGETHER: usize = 256;
/// Without work, nobody has to be told that time has passed.
const IDLE: Duration = Duration::from_secs(3600);

impl Dispatcher<'_> {
    /// Waits until somebody says something, or until `next_tick`, and does what it
    /// asks for; `false` if nobody is left to say anything.
    pub(super) fn listen(&mut self, next_tick: Instant) -> bool {
        let Some(commands) = &self.commands else {
            match self.notes.recv_deadline(next_tick) {
                Ok(note) => self.take(note),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            return true;
        };
        let wait = if self.roll.open() > 0 {
            next_tick.saturating_duration_since(Instant::now())
        } else {
            IDLE
        };
        select! {
            recv(self.notes) -> note => match note {
                Ok(note) => self.take(note),
                Err(_) => return false,
            },
            recv(commands) -> command => self.obey(command.unwrap_or(Command::Close)),
            default(wait) => {}
        }
        true
    }

    /// Obeys this command, and those that have come by now.
    fn obey(&mut self, first: Command) {
        let mut unwanted = Vec::new();
        let mut next = Some(first);
        for left in (0..TOGETHER).rev() {
            match next.take() {
                Some(Command::Run(case)) => self.admit(case),
                Some(Command::Withdraw(case, settled)) if !settled.is_set() => {
                    unwanted.push(case);
                }
                Some(Command::Withdraw(..)) => {}
                Some(Command::WithdrawAll) => unwanted = self.roll.open_cases(),
                Some(Command::Close) => self.commands = None,
                None => break,
            }
            let commands = self.commands.as_ref().filter(|_| left > 0);
            next = commands.and_then(|it| it.try_recv().ok());
        }
        // Nothing of these is settled meanwhile, so no number is another case's.
        self.withdraw(unwanted);
        self.feed();
    }

    fn admit(&mut self, case: CaseId) {
        let is_new = self.roll.admit(case);
        assert!(
            is_new,
            "a number is given out again only after its case is settled"
        );
        self.totals.cases += 1;
        self.queue.push(Ticket::new(case, 1, self.alone));
    }
}
