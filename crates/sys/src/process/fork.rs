//! Forking this process, for a worker that gives every case a copy of itself.
#![expect(unsafe_code, reason = "fork is called directly")]

use super::{Child, Pid};
use crate::SysError;

/// Forks: the child in the parent, `None` in the child.
///
/// # Errors
/// `EAGAIN` where the user has too many processes, `ENOMEM` where memory is short.
///
/// # Safety
/// The process has no thread but the calling one, so that no lock is held by
/// somebody who doesn't exist in the child.
pub unsafe fn fork() -> Result<Option<Child>, SysError> {
    // SAFETY: single-threaded, by the caller.
    match unsafe { libc::fork() } {
        -1 => {
            Err(SysError::last("fork").mend("raise `ulimit -u`, or choose --isolation checkpoint"))
        }
        0 => Ok(None),
        pid => Child::hold(Pid(pid)).map(Some),
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
