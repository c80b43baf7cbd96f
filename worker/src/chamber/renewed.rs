//! An engine and a preamble for each case, as runners without a checkpoint do it.
//!
//! There to be measured against, in the same worker and by the same parent:
//!
//! ```text
//!   dispose ─► boot ─► preamble ─► case ─► answer       the checkpoint is left alone
//!      ▲                            │
//!      └────────── orderly ─────────┤
//!                                   └─ torn: the checkpoint is restored, and with
//!                                      it the engine is gone
//! ```

use super::{Chamber, PREAMBLE_DEADLINE, guarded};
use crate::WorkerError;
use rewind_guard::Departure;
use rewind_guest::{Evaluation, GuestOptions};
use rewind_protocol::{Outcome, PreambleId};

/// What engines are made with.
pub(super) struct Renewal {
    options: GuestOptions,
    /// The engine of the case before is still there.
    stands: bool,
}

impl Renewal {
    /// Memory was put back to where there was no such engine.
    pub(super) fn is_gone(&mut self) {
        self.stands = false;
    }
}

impl Chamber {
    /// From now on every case has an engine of its own.
    pub(crate) fn renew_for_each(&mut self, options: GuestOptions) {
        self.renewal = Some(Renewal {
            options,
            stands: false,
        });
    }

    /// Makes an engine with the preamble `id`. `Some` outcome where the preamble
    /// failed, or can't be had.
    pub(super) fn renew(&mut self, id: PreambleId) -> Result<Option<Outcome>, WorkerError> {
        self.dispose()?;
        self.boot_anew()?;
        let Some(missing) = self.layers.missing(id) else {
            let reason = format!("preamble {} was never sent", id.0);
            return Ok(Some(Outcome::Lost { reason }));
        };
        for preamble in &missing {
            let (guest, host) = (self.guest.as_ref(), self.host);
            let ran = guarded(&mut self.guard, PREAMBLE_DEADLINE, || {
                guest.preamble(host, &preamble.sources)
            })?;
            match self.outcome_of_preamble(&ran)? {
                Outcome::Completed => {}
                threw @ Outcome::Threw { .. } => return Ok(Some(threw)),
                other => {
                    self.restore(PreambleId::ENGINE)?;
                    return Ok(Some(other));
                }
            }
        }
        Ok(None)
    }

    /// Gives the engine of the case before back. One that can't be given back,
    /// because of what the case left in it, goes with all memory.
    fn dispose(&mut self) -> Result<(), WorkerError> {
        if !self.renewal.as_ref().is_some_and(|renewal| renewal.stands) {
            return Ok(());
        }
        let guest = self.guest.as_mut();
        let ran = guarded(&mut self.guard, PREAMBLE_DEADLINE, || {
            guest.dispose();
            Evaluation::Completed
        })?;
        if ran.departure != Departure::Returned {
            self.checkpoint.doubt();
            self.restore(PreambleId::ENGINE)?;
        }
        Ok(())
    }

    fn boot_anew(&mut self) -> Result<(), WorkerError> {
        let Some(renewal) = &mut self.renewal else {
            return Ok(());
        };
        renewal.stands = true;
        super::boot_guest(
            &mut self.guard,
            self.guest.as_mut(),
            self.host,
            &renewal.options,
        )?;
        self.kernel.take_raw_output().map(drop)
    }
}
