//! Standard error as the parent gave it, kept while the guest has another.
//!
//! From boot on, descriptor 2 is a memory file that gathers what a case writes
//! to it. What the worker has to say when it can't go on must not end up
//! there: it belongs to the parent, which shows it to people.

use crate::WorkerError;
use rewind_sys::descriptors;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

static KEPT: OnceLock<OwnedFd> = OnceLock::new();

/// Keeps what descriptor 2 stands for now, out of the guest's reach. Where it
/// is closed there is nobody to tell anything, and that is no error.
pub(crate) fn keep_stderr() -> Result<(), WorkerError> {
    if let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() {
        // A process serves once; a second time would keep the same.
        let _ = KEPT.set(descriptors::raise(stderr)?);
    }
    Ok(())
}

/// Makes descriptor 2 what it was, for last words. Also called in a panic: it
/// neither allocates nor locks.
pub(crate) fn give_stderr_back() {
    if let Some(kept) = KEPT.get() {
        // If that fails there is no other way to say so.
        let _ = descriptors::replace(kept, 2);
    }
}
