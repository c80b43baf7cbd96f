//! Taking back what a worker was sent and has not begun.
//!
//! ```text
//!  sent    ── runs ──┬── waits ── waits ──┬── not in the pipe yet
//!                    │                    │
//!  version 1.1       └── Withdraw ────────┘   cut off
//!  any other             killed when the first is answered
//! ```
//!
//! What comes back goes to the dispatcher, who knows what becomes of it. A worker
//! that can't give anything back has nothing taken from it while the run goes on:
//! what it was sent, it runs. Only when the run is to end it is killed, as soon as
//! the case that ran by then is answered.

use super::{Life, Stage, Ward};
use crate::event::Death;
use crate::ticket::What;
use rewind_plan::CaseId;
use rewind_protocol::{CaseState, Seq, ToWorker, Withdraw, encode_to_worker};
use std::collections::HashSet;

/// How far it is with a worker that is to give everything back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Withdrawal {
    /// The worker was told. What it doesn't give back it has begun.
    Told,
    /// It can't be told: it is killed when this case is answered.
    After(Seq),
}

impl Life<'_, '_> {
    /// Has everything back that has not begun, if the run is to end.
    pub(super) fn stop(&mut self) -> Result<(), Death> {
        if !self.executor.stopping {
            return Ok(());
        }
        match self.ward.withdrawal {
            None => self.withdraw_all(),
            Some(Withdrawal::Told) => Ok(()),
            Some(Withdrawal::After(seq)) if self.at_hand() == Some(seq) => Ok(()),
            // It owes nothing, and leaves as usual.
            Some(Withdrawal::After(_)) if self.ward.window.waiting() == 0 => Ok(()),
            Some(Withdrawal::After(_)) => Err(Death::Interrupted),
        }
    }

    fn withdraw_all(&mut self) -> Result<(), Death> {
        match self.ward.stage {
            // It has begun nothing, and will not.
            Stage::Starting => return Err(Death::Interrupted),
            // It will begin nothing more, or is killed for not leaving.
            Stage::Leaving => return Ok(()),
            Stage::Up => {}
        }
        self.give_back_unsent();
        if self.ward.window.waiting() == 0 {
            self.ward.withdrawal = Some(Withdrawal::Told);
            return self.repeat_dismissal();
        }
        if self.ward.withdraws {
            self.ward.withdrawal = Some(Withdrawal::Told);
            put(&mut self.ward, Withdraw::All)?;
            return self.repeat_dismissal();
        }
        let seq = self.at_hand().ok_or(Death::Interrupted)?;
        self.ward.withdrawal = Some(Withdrawal::After(seq));
        Ok(())
    }

    /// The unanswered case that the worker is at. Its answer may be in the ledger
    /// before it is in the pipe: then the worker is at another, or at none.
    fn at_hand(&self) -> Option<Seq> {
        let at = self.current();
        let (seq, _) = at.filter(|(_, state)| *state != CaseState::Idle)?;
        self.ward.window.get(seq).map(|_| seq)
    }

    fn give_back_unsent(&mut self) {
        let Ward { window, outbox, .. } = &mut *self.ward;
        let (end, tickets) = window.take_unsent(outbox.written());
        outbox.cut(end);
        if !tickets.is_empty() {
            self.note(What::GaveBack(tickets));
        }
    }

    /// Its word to leave may have been cut off with the cases before it.
    fn repeat_dismissal(&mut self) -> Result<(), Death> {
        if self.ward.dismissed {
            self.dismiss()?;
        }
        Ok(())
    }

    /// Has these cases back from the slot's workers, as far as they can give them back.
    pub(super) fn withdraw(&mut self, cases: &HashSet<CaseId>) -> Result<(), Death> {
        if let Some(elder) = &mut self.executor.elder {
            withdraw(elder, cases)?;
        }
        withdraw(&mut self.ward, cases)
    }

    /// The worker has given cases back.
    pub(super) fn took_back(&mut self, seqs: &[Seq]) -> Result<(), Death> {
        let mut tickets = Vec::with_capacity(seqs.len());
        for &seq in seqs {
            let pending = self.ward.window.answer(seq, self.ward.outbox.written());
            let pending = pending.ok_or_else(|| {
                Death::Babbled(format!(
                    "it gives back case {}, which it does not have",
                    seq.0
                ))
            })?;
            tickets.push(pending.ticket);
        }
        if !tickets.is_empty() {
            self.note(What::GaveBack(tickets));
        }
        Ok(())
    }
}

fn withdraw(ward: &mut Ward, cases: &HashSet<CaseId>) -> Result<(), Death> {
    let seqs = ward.window.seqs_of(cases);
    if !ward.withdraws || seqs.is_empty() {
        return Ok(());
    }
    put(ward, Withdraw::Cases(seqs))
}

fn put(ward: &mut Ward, withdraw: Withdraw) -> Result<(), Death> {
    let message = ToWorker::Withdraw(withdraw);
    let put = ward.outbox.put(|out| encode_to_worker(&message, out));
    put.map(drop)
        .map_err(|error| Death::Babbled(error.to_string()))
}
