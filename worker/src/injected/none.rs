//! A build that injects no faults.

use crate::WorkerError;
use std::ffi::{OsStr, OsString};
use std::ops::Range;

/// Faults of the worker that were asked for: this build has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injected;

impl Injected {
    /// `false` for an argument that asks for no fault.
    ///
    /// # Errors
    /// For one that does.
    #[expect(clippy::unused_self, reason = "as in a build that injects faults")]
    pub(crate) fn take(
        &mut self,
        argument: &OsStr,
        _speaks_lines: bool,
        _rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<bool, WorkerError> {
        match argument.to_str() {
            Some(word @ ("--leak-page" | "--mangle-frames")) => {
                Err(WorkerError::NoInjection(word.to_owned()))
            }
            _ => Ok(false),
        }
    }

    pub(crate) const fn covers_fault_pages(self) -> bool {
        true
    }

    pub(crate) fn missed(self, _pages: Option<Range<usize>>) -> MissedPages {
        MissedPages
    }

    pub(crate) const fn frame_faults(self, _seed: u64) -> FrameFaults {
        FrameFaults
    }
}

/// Restores miss no page.
pub(crate) struct MissedPages;

impl MissedPages {
    #[expect(clippy::unused_self, reason = "as in a build that injects faults")]
    pub(crate) fn around<T>(&self, restore: impl FnOnce() -> T) -> T {
        restore()
    }
}

/// Writes arrive as they are.
pub(crate) struct FrameFaults;

impl FrameFaults {
    #[expect(clippy::unused_self, reason = "as in a build that injects faults")]
    pub(crate) const fn is_on(&self) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "as in a build that injects faults")]
    pub(crate) const fn spoil(&mut self, _bytes: &mut Vec<u8>) {}
}
