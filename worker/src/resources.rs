//! The kernel's side of the process: what a guest that can reach it may have changed.

use crate::WorkerError;
use rewind_guard::Guard;
use rewind_sys::descriptors::{self, CaptureFile};
use std::fs::File;
use std::os::fd::OwnedFd;

/// Bytes kept of what a case writes to descriptors 1 and 2 by itself.
const CAPTURE_BYTES: usize = 64 << 10;

/// Descriptors that stand in for the host's, and the way back to them.
pub(crate) struct Resources {
    null: OwnedFd,
    capture: CaptureFile,
}

impl Resources {
    /// Points 0 at the null device, 1 and 2 at a memory file.
    pub(crate) fn install() -> Result<Self, WorkerError> {
        let null = File::options().read(true).write(true).open("/dev/null");
        let null = descriptors::raise(null.map_err(WorkerError::Pipe)?.into())?;
        let resources = Self {
            null,
            capture: CaptureFile::create(CAPTURE_BYTES)?,
        };
        resources.install_standard()?;
        Ok(resources)
    }

    fn install_standard(&self) -> Result<(), WorkerError> {
        descriptors::replace(&self.null, 0)?;
        self.capture.install()?;
        Ok(())
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
    /// its descriptors are closed, 0, 1 and 2 point where they did, handlers, mask and alternate stack are the guard's.
    pub(crate) fn put_back(&self, guard: &Guard) -> Result<(), WorkerError> {
        descriptors::close_guests()?;
        self.install_standard()?;
        guard.reinstate()?;
        Ok(())
    }
}
