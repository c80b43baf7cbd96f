//! Cases on a checkpoint of this process, which is put back between them.

use super::Then;
use super::in_place::Reset;
use crate::WorkerError;
use crate::error::RetireRequest;
use crate::runtime::{Ended, GuestRuntime};
use rewind_protocol::{Outcome, PreambleId, RetireReason, Run, Verify};

/// After which cases memory is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PutBackAfter {
    /// After each.
    Each,
    /// After those that the guest did not end by itself.
    Abnormal,
}

/// Puts the checkpoint back.
pub(crate) struct PutBack {
    pub(crate) after: PutBackAfter,
    pub(crate) verify: Verify,
}

impl Reset for PutBack {
    const KEEPS_LAYERS: bool = true;

    fn enter(
        &mut self,
        runtime: &mut GuestRuntime,
        run: &Run,
    ) -> Result<Option<Outcome>, WorkerError> {
        runtime.go_to(run.preamble)
    }

    fn leave(
        &mut self,
        runtime: &mut GuestRuntime,
        ended: &Ended,
        next: Option<PreambleId>,
    ) -> Result<Result<u32, RetireRequest>, WorkerError> {
        if self.after == PutBackAfter::Abnormal && ended.orderly {
            return Ok(Ok(0));
        }
        put_back(runtime, ended, next, self.verify)
    }
}

/// Puts memory and process back, and looks whether they are.
pub(super) fn put_back(
    runtime: &mut GuestRuntime,
    ended: &Ended,
    next: Option<PreambleId>,
    verify: Verify,
) -> Result<Result<u32, RetireRequest>, WorkerError> {
    let restored = match runtime.put_back(ended, next)? {
        Ok(restored) => restored,
        Err(request) => return Ok(Err(request)),
    };
    let verified = match verify {
        Verify::Always => runtime.verify()?,
        Verify::Sample => runtime.verify_by_sample()?,
        Verify::Off => Ok(()),
    };
    Ok(verified.map(|()| restored.dirty_pages))
}

/// Runs one case and is done: the process goes, and all that the case left in it.
pub(crate) struct OneCase;

impl Reset for OneCase {
    const KEEPS_LAYERS: bool = true;

    fn enter(
        &mut self,
        runtime: &mut GuestRuntime,
        run: &Run,
    ) -> Result<Option<Outcome>, WorkerError> {
        runtime.go_to(run.preamble)
    }

    fn leave(
        &mut self,
        _runtime: &mut GuestRuntime,
        _ended: &Ended,
        _next: Option<PreambleId>,
    ) -> Result<Result<u32, RetireRequest>, WorkerError> {
        Ok(Ok(0))
    }

    fn then(&self) -> Then {
        let detail = "a process for each case, by --isolation spawn";
        Then::Spent(RetireRequest::new(RetireReason::Drained, detail))
    }
}
