//! Signals: dispositions, masks, the alternate stack.

use crate::error::{SysError, check};
use crate::memory::{Access, Mapping};
use std::mem::MaybeUninit;
use std::ptr;

/// What a handler is called with; see sigaction(2), `SA_SIGINFO`.
pub type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// Bytes of a signal set in the kernel's form.
pub(crate) const SET: usize = 8;
/// `SA_RESTORER`: the field of that name is filled.
const RESTORER: u64 = 0x0400_0000;
/// Signals 32 and 33, which the C library keeps to itself.
const THREADS: u64 = 0b11 << 31;

/// A disposition as the kernel keeps it (see rt_sigaction(2), x86-64), to be put back later.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    pub(crate) handler: usize,
    pub(crate) flags: u64,
    pub(crate) restorer: usize,
    pub(crate) mask: u64,
}

impl Disposition {
    /// The signal's default action.
    #[must_use]
    pub fn default_action() -> Self {
        Self::default()
    }

    /// A handler that runs on the alternate stack with every signal blocked.
    /// It returns by a call that is not watched.
    #[must_use]
    pub fn on_alternate_stack(handler: Handler) -> Self {
        let flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        Self {
            handler: handler as usize,
            flags: u64::from(flags.cast_unsigned()) | RESTORER,
            restorer: crate::watch::restorer(),
            mask: !THREADS,
        }
    }

    /// Address of the handler, or `SIG_DFL` (0) or `SIG_IGN` (1).
    #[must_use]
    pub const fn handler(&self) -> usize {
        self.handler
    }
}

/// Sets what `signal` does; gives what it did before.
///
/// The system call itself is made: the C library would put its own way out of
/// a handler in place of ours, and hide two signals.
///
/// # Errors
/// `EINVAL` for a signal that doesn't exist or can't be caught.
pub fn set_disposition(signal: i32, new: &Disposition) -> Result<Disposition, SysError> {
    change_disposition(signal, Some(new))
}

/// Whether `signal` is ignored: whoever started this process may have wanted that.
///
/// # Errors
/// `EINVAL` for a signal that doesn't exist.
pub fn is_ignored(signal: i32) -> Result<bool, SysError> {
    change_disposition(signal, None).map(|now| now.handler == libc::SIG_IGN)
}

/// As [`set_disposition`], or only asks.
pub(crate) fn change_disposition(
    signal: i32,
    new: Option<&Disposition>,
) -> Result<Disposition, SysError> {
    let mut old = Disposition::default();
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both pointers are to structures in the kernel's form, or null.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            libc::c_long::from(signal),
            new,
            &raw mut old,
            SET,
        )
    };
    if result == -1 {
        return Err(SysError::last("rt_sigaction"));
    }
    Ok(old)
}

/// A set of signals.
#[derive(Clone, Copy, Debug)]
pub struct Mask(libc::sigset_t);

impl Mask {
    /// The calling thread's blocked signals.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn current() -> Result<Self, SysError> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: a null new set only asks.
        let result =
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), set.as_mut_ptr()) };
        if result != 0 {
            return Err(SysError::from_errno("pthread_sigmask", result));
        }
        // SAFETY: the call filled it.
        Ok(Self(unsafe { set.assume_init() }))
    }

    /// Blocks exactly these signals in the calling thread.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn set(&self) -> Result<(), SysError> {
        // SAFETY: the set is initialised; the old one isn't wanted.
        let result =
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
        if result == 0 {
            Ok(())
        } else {
            Err(SysError::from_errno("pthread_sigmask", result))
        }
    }

    /// The kernel's own form of it.
    #[must_use]
    pub const fn raw(&self) -> libc::sigset_t {
        self.0
    }
}

/// The alternate stack of the thread that made it, in use until the process ends.
#[derive(Debug)]
pub struct AlternateStack {
    mapping: Mapping,
}

impl AlternateStack {
    /// Maps `len` bytes and makes them the calling thread's alternate signal stack.
    ///
    /// # Errors
    /// `ENOMEM` where `len` is below `MINSIGSTKSZ`.
    pub fn install(len: usize) -> Result<Self, SysError> {
        let mapping = Mapping::anonymous(len, Access::ReadWrite)?;
        let stack = Self { mapping };
        stack.apply()?;
        Ok(stack)
    }

    /// Makes it the calling thread's alternate stack again.
    ///
    /// # Errors
    /// `EPERM` while the thread runs on an alternate stack.
    pub fn apply(&self) -> Result<(), SysError> {
        let stack = libc::stack_t {
            ss_sp: self.mapping.start().as_ptr().cast(),
            ss_flags: 0,
            ss_size: self.mapping.len(),
        };
        // SAFETY: the mapping lives as long as `self`, which its owner keeps for the process's life.
        let result = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
        check("sigaltstack", result).map(drop)
    }

    /// Addresses of its first byte and behind its last.
    #[must_use]
    pub fn bounds(&self) -> (usize, usize) {
        (
            self.mapping.address(),
            self.mapping.address() + self.mapping.len(),
        )
    }
}

/// Sends `signal` to the calling thread. Safe in a signal handler.
///
/// # Errors
/// `EINVAL` for a signal that doesn't exist.
pub fn send_to_this_thread(signal: i32) -> Result<(), SysError> {
    let thread = crate::thread::thread_id();
    // SAFETY: takes nothing and can't fail.
    let process = unsafe { libc::getpid() };
    // SAFETY: takes ints alone.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
    if sent == -1 {
        Err(SysError::last("tgkill"))
    } else {
        Ok(())
    }
}

/// Ends the process at once with `status`, running nothing. Safe in a signal handler.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: exit_group takes an int and doesn't come back.
    unsafe { libc::syscall(libc::SYS_exit_group, status) };
    // The kernel never returns from exit_group; were it to, spinning is all that is safe.
    loop {
        std::hint::spin_loop();
    }
}

/// Name of a signal (`SIGSEGV`), or `None` where the number has none.
#[must_use]
pub fn name(signal: i32) -> Option<&'static str> {
    nix::sys::signal::Signal::try_from(signal)
        .ok()
        .map(nix::sys::signal::Signal::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_disposition_of_sigkill_is_refused() {
        let error = set_disposition(libc::SIGKILL, &Disposition::default_action())
            .err()
            .unwrap();
        assert_eq!(error.errno(), libc::EINVAL);
    }

    #[test]
    fn name_knows_sigsegv() {
        assert_eq!(name(libc::SIGSEGV), Some("SIGSEGV"));
        assert_eq!(name(999), None);
    }
}
