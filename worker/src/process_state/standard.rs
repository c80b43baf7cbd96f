//! Descriptors 0, 1 and 2, which stand in for the host's.

use crate::WorkerError;
use rewind_sys::descriptors::{self, CaptureFile};
use std::fs::File;
use std::os::fd::OwnedFd;

/// Bytes kept of what a case writes to descriptors 1 and 2 by itself.
const KEPT_BYTES: usize = 1 << 20;
/// Bytes that it may write there: those beyond are counted alone.
const CAPTURE_BYTES: usize = 4 << 20;

/// The null device and the capture file.
pub(super) struct Standard {
    null: OwnedFd,
    capture: CaptureFile,
    /// Bytes of the last output that were not kept.
    dropped: u64,
}

impl Standard {
    /// Points 0 at the null device, 1 and 2 at a memory file.
    pub(super) fn install() -> Result<Self, WorkerError> {
        let null = File::options().read(true).write(true).open("/dev/null");
        let null = descriptors::raise(null.map_err(WorkerError::Pipe)?.into())?;
        let standard = Self {
            null,
            capture: CaptureFile::create(CAPTURE_BYTES, KEPT_BYTES)?,
            dropped: 0,
        };
        standard.put_back()?;
        Ok(standard)
    }

    /// Points them there again.
    pub(super) fn put_back(&self) -> Result<(), WorkerError> {
        descriptors::replace(&self.null, 0)?;
        self.capture.install()?;
        Ok(())
    }

    /// What was written to 1 and 2 since the last case.
    pub(super) fn take_output(&mut self) -> Result<Vec<u8>, WorkerError> {
        let mut raw = Vec::new();
        self.dropped = 0;
        if self.capture.written()? > 0 {
            self.dropped = self.capture.take(&mut raw)?;
        }
        Ok(raw)
    }

    /// Bytes that the last call of [`Standard::take_output`] counted and did not keep.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
