//! Standard error as the parent gave it, kept while the guest has another.
//!
//! From boot on, descriptor 2 is a memory file that gathers what a case writes
//! to it. What the worker has to say when it can't go on must not end up
//! there: it belongs to the parent, which shows it to people.

use crate::WorkerError;
use rewind_protocol::LastWords;
use rewind_sys::descriptors;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// The nonce of the greeting; 0 before one has come, and in the line dialect.
static NONCE: AtomicU64 = AtomicU64::new(0);

/// From now on a panic is told under this nonce.
pub(crate) fn sign_with(nonce: u64) {
    NONCE.store(nonce, Ordering::Relaxed);
}

/// A panic means that the worker's own memory can't be trusted: it ends at
/// once, saying where, without a backtrace (which allocates and locks). Its
/// [`LastWords`] tell its exit from one that a case chose.
pub(crate) fn die_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("?", 0), |at| (at.file(), at.line()));
        let mut text = [0u8; 512];
        let mut rest = text.as_mut_slice();
        // What doesn't fit is cut off; there is nobody to tell of an error.
        let _ = writeln!(rest, "error: the worker panicked at {file}:{line}");
        if let nonce @ 1.. = NONCE.load(Ordering::Relaxed) {
            let _ = writeln!(rest, "{}", LastWords { nonce });
        }
        let left = rest.len();
        give_stderr_back();
        let _ = std::io::stderr().write_all(&text[..text.len() - left]);
        rewind_sys::signal::exit_now(101);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// A process of its own for the test below.
    #[test]
    #[ignore = "ends its process"]
    fn panic_in_a_child() {
        die_of_panics();
        sign_with(0xc0ffee);
        let empty: [u8; 0] = [];
        let at = std::hint::black_box(7);
        assert_eq!(empty[at], 0);
    }

    #[test]
    fn panic_ends_the_process_with_the_mark_of_the_worker() {
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        let child = child.args([
            "--ignored",
            "--exact",
            "--nocapture",
            "saved_stderr::tests::panic_in_a_child",
        ]);
        let ended = child.output().expect("started");
        assert_eq!(ended.status.code(), Some(101));
        let said = String::from_utf8_lossy(&ended.stderr);
        let before = LastWords { nonce: 0xc0ffee }.before(&said);
        let before = before.expect("the mark is its last line");
        let last = before.lines().last().expect("a line");
        assert!(last.starts_with("error: the worker panicked at "), "{said}");
    }
}
