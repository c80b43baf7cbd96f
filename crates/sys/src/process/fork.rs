//! Forking this process, for a worker that gives every case a copy of itself.
//!
//! `fork` calls what libraries have registered to put their locks in order, once
//! before and twice after. Of an allocator with many arenas that is a write to a
//! page of each, in both processes, and each of them is a fault. Where no other
//! thread can hold a lock there is nothing to put in order, so the call without
//! handlers is taken where the C library has it.
#![expect(unsafe_code, reason = "fork is called directly")]

use super::{Child, Pid};
use crate::SysError;
use std::sync::OnceLock;

/// A call that forks.
type Fork = unsafe extern "C" fn() -> libc::pid_t;

/// `_Fork` (glibc 2.34, 2021), or `fork` where there is none.
fn without_handlers() -> Fork {
    static FOUND: OnceLock<Fork> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // SAFETY: the name ends with a NUL; the handle is the constant for all libraries.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_Fork".as_ptr()) };
        if found.is_null() {
            return libc::fork;
        }
        // SAFETY: a function of that name takes nothing and gives a pid_t, by POSIX.1-2024.
        unsafe { std::mem::transmute::<*mut libc::c_void, Fork>(found) }
    })
}

/// Forks: the child in the parent, `None` in the child.
///
/// # Errors
/// `EAGAIN` where the user has too many processes, `ENOMEM` where memory is short.
///
/// # Safety
/// The process has no thread but the calling one, so that no lock is held by
/// somebody who doesn't exist in the child. Handlers registered for forks are
/// not called.
pub unsafe fn fork() -> Result<Option<Child>, SysError> {
    // SAFETY: single-threaded, by the caller.
    match unsafe { without_handlers()() } {
        -1 => {
            Err(SysError::last("fork").mend("raise `ulimit -u`, or choose --isolation checkpoint"))
        }
        0 => Ok(None),
        pid => Child::hold(Pid(pid), 0).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ExitStatus;

    #[test]
    fn child_of_a_fork_is_waited_for() {
        // A test has threads: the child does nothing but a raw system call.
        // SAFETY: as said.
        match unsafe { super::fork() }.unwrap() {
            None => crate::signal::exit_now(7),
            Some(mut child) => assert_eq!(child.wait().unwrap().status, ExitStatus::Exited(7)),
        }
    }
}
