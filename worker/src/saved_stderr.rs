//! Standard error as the parent gave it, kept while the guest has another.
//!
//! From boot on, descriptor 2 is a memory file that gathers what a case writes
//! to it. What the worker has to say when it can't go on must not end up
//! there: it belongs to the parent, which shows it to people.

use crate::WorkerError;
use rewind_sys::descriptors;
use std::io::Write;
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

/// A panic means that the worker's own memory can't be trusted: it ends at
/// once, saying where, without a backtrace (which allocates and locks).
pub(crate) fn die_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("?", 0), |at| (at.file(), at.line()));
        let mut text = [0u8; 256];
        let mut rest = text.as_mut_slice();
        // What doesn't fit is cut off; there is nobody to tell of an error.
        let _ = writeln!(rest, "error: the worker panicked at {file}:{line}");
        let left = rest.len();
        give_stderr_back();
        let _ = std::io::stderr().write_all(&text[..text.len() - left]);
        rewind_sys::signal::exit_now(101);
    }));
}
