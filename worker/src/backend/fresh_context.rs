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

use super::in_place::Reset;
use super::put_back::put_back;
use crate::WorkerError;
use crate::error::RetireRequest;
use crate::runtime::{Ended, GuestRuntime, never_sent};
use rewind_guest::GuestOptions;
use rewind_protocol::{Outcome, PreambleId, Run, Verify};

/// Makes an engine for each case.
pub(crate) struct FreshContext {
    options: GuestOptions,
    verify: Verify,
    /// The engine of the case before is still there.
    stands: bool,
}

impl FreshContext {
    /// Makes engines with `options`.
    pub(crate) const fn new(options: GuestOptions, verify: Verify) -> Self {
        Self {
            options,
            verify,
            stands: false,
        }
    }

    /// Gives the engine of the case before back. One that can't be given back,
    /// because of what the case left in it, goes with all memory.
    fn dispose(&mut self, runtime: &mut GuestRuntime) -> Result<(), WorkerError> {
        if self.stands && !runtime.dispose()? {
            runtime.restore_engine_anew()?;
        }
        self.stands = false;
        Ok(())
    }
}

impl Reset for FreshContext {
    const KEEPS_LAYERS: bool = false;

    fn enter(
        &mut self,
        runtime: &mut GuestRuntime,
        run: &Run,
    ) -> Result<Option<Outcome>, WorkerError> {
        self.dispose(runtime)?;
        runtime.boot_anew(&self.options)?;
        self.stands = true;
        let Some(chain) = runtime.chain(run.preamble) else {
            return Ok(Some(never_sent(run.preamble)));
        };
        for preamble in &chain {
            match runtime.evaluate(preamble)? {
                Outcome::Completed => {}
                threw @ Outcome::Threw { .. } => return Ok(Some(threw)),
                other => {
                    self.stands = false;
                    runtime.restore(PreambleId::ENGINE)?;
                    return Ok(Some(other));
                }
            }
        }
        Ok(None)
    }

    fn leave(
        &mut self,
        runtime: &mut GuestRuntime,
        ended: &Ended,
        next: Option<PreambleId>,
    ) -> Result<Result<u32, RetireRequest>, WorkerError> {
        if ended.orderly {
            return Ok(Ok(0));
        }
        self.stands = false;
        put_back(runtime, ended, next, self.verify)
    }
}
