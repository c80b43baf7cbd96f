//! The kernel's side of the process: what a guest that can reach it may have changed.

use crate::WorkerError;
use rewind_guard::Guard;
use rewind_sys::descriptors::{self, CaptureFile};

/// Bytes kept of what a case writes to descriptors 1 and 2 by itself.
const CAPTURE_BYTES: usize = 64 << 10;

/// Descriptors that stand in for the host's, and the way back to them.
pub(crate) struct Resources {
    capture: CaptureFile,
}

impl Resources {
    /// Points 1 and 2 at a memory file.
    pub(crate) fn install() -> Result<Self, WorkerError> {
        let capture = CaptureFile::create(CAPTURE_BYTES)?;
        capture.install()?;
        Ok(Self { capture })
    }

    /// What was written to 1 and 2 since the last case.
    pub(crate) fn take_output(&mut self) -> Result<Vec<u8>, WorkerError> {
        let mut raw = Vec::new();
        if self.capture.written()? > 0 {
            self.capture.take(&mut raw)?;
        }
        Ok(raw)
    }

    /// Puts back what a guest with a reach beyond memory may have changed:
    /// its descriptors are closed, 1 and 2 point at the capture file again,
    /// handlers, mask and alternate stack are the guard's.
    pub(crate) fn put_back(&self, guard: &Guard) -> Result<(), WorkerError> {
        descriptors::close_guests()?;
        self.capture.install()?;
        guard.reinstate()?;
        Ok(())
    }
}
