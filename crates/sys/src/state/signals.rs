//! What every signal does, and signals that wait.
//!
//! The raw system call is used: the C library keeps two signals to itself and
//! would hide a change of theirs.

use crate::error::SysError;
use crate::signal::{Disposition, SET, change_disposition};
use std::ptr;

/// Highest signal.
const LAST: i32 = 64;

/// The dispositions of all signals at one moment.
#[derive(Clone, Debug)]
pub struct Signals([Disposition; LAST as usize]);

fn can_be_set(signal: i32) -> bool {
    signal != libc::SIGKILL && signal != libc::SIGSTOP
}

fn action(signal: i32, new: Option<&Disposition>) -> Disposition {
    // Every signal that is asked about here exists.
    change_disposition(signal, new).unwrap_or_default()
}

impl Signals {
    /// Those of this process.
    #[must_use]
    pub fn read() -> Self {
        let mut all = [Disposition::default(); LAST as usize];
        for (signal, slot) in (1..=LAST).zip(&mut all) {
            *slot = action(signal, None);
        }
        Self(all)
    }

    /// Sets each again: one call does that and asks nothing back, so it is as
    /// cheap as looking.
    pub fn put_back(&self) {
        for (signal, recorded) in (1..=LAST).zip(&self.0) {
            if can_be_set(signal) {
                action(signal, Some(recorded));
            }
        }
    }

    /// Takes away every signal that waits to be delivered, while it is still blocked.
    ///
    /// # Errors
    /// When signals go on arriving.
    pub fn drop_pending() -> Result<(), SysError> {
        for _ in 0..1024 {
            let mut pending = 0u64;
            // SAFETY: the kernel writes as many bytes as it is told.
            unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut pending, SET) };
            if pending == 0 {
                return Ok(());
            }
            let at_once = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let nothing = ptr::null_mut::<libc::siginfo_t>();
            // SAFETY: set and time are ours, and who sent it isn't asked for.
            unsafe {
                libc::syscall(
                    libc::SYS_rt_sigtimedwait,
                    &raw const pending,
                    nothing,
                    &raw const at_once,
                    SET,
                )
            };
        }
        Err(SysError::from_errno("rt_sigtimedwait", libc::EAGAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn put_back_brings_a_disposition_back() {
        let before = Signals::read();
        let ignored = Disposition {
            handler: libc::SIG_IGN,
            ..Disposition::default()
        };
        action(libc::SIGUSR2, Some(&ignored));
        assert_eq!(action(libc::SIGUSR2, None).handler, libc::SIG_IGN);
        before.put_back();
        let index = libc::SIGUSR2.unsigned_abs() as usize - 1;
        assert_eq!(action(libc::SIGUSR2, None), before.0[index]);
    }
}
