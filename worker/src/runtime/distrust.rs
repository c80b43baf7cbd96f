//! After a case that may have changed how its memory is mapped.

use super::GuestRuntime;
use crate::WorkerError;
use rewind_checkpoint::Tier;
use rewind_sys::memory::{self, Access};
use rewind_sys::watch::Touched;

impl GuestRuntime {
    /// Undoes what it may have done, and has the restore look for itself.
    pub(super) fn distrust(&mut self) -> Result<(), WorkerError> {
        let touched = self.process.touched(&self.guard);
        if !touched.meets(Touched::ADVICE | Touched::PROTECTIONS) {
            return Ok(());
        }
        let heap = self.heap.range();
        if self.process.seen(&self.guard).meets(Touched::ADVICE) {
            self.checkpoint.take_advice_back();
        }
        if self.checkpoint.choice().tier == Tier::Mprotect {
            let bytes = self.heap.committed_end() - heap.start;
            #[expect(
                unsafe_code,
                reason = "it changes protections behind the tracker's back"
            )]
            // SAFETY: the guest isn't running, and the tracker is told below.
            unsafe { memory::protect(heap.start, bytes, Access::ReadWrite) }?;
        }
        self.checkpoint.distrust();
        Ok(())
    }
}
