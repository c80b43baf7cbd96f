//! Processes that somebody else holds as their child.

use super::Pid;
use crate::SysError;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// A process, held so that its number can't come to mean another.
#[derive(Debug)]
pub struct Other {
    pidfd: OwnedFd,
}

impl Other {
    /// The process that has this number now.
    ///
    /// # Errors
    /// `ESRCH` when there is none.
    pub fn hold(pid: Pid) -> Result<Self, SysError> {
        // SAFETY: takes numbers.
        let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.0, 0) };
        match i32::try_from(pidfd) {
            Ok(pidfd) if pidfd >= 0 => Ok(Self {
                // SAFETY: the kernel just gave this number to us alone.
                pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) },
            }),
            _ => Err(SysError::last("pidfd_open")),
        }
    }

    /// Kills it; `false` if it had ended already.
    #[must_use]
    pub fn kill(&self) -> bool {
        let nothing = std::ptr::null::<libc::siginfo_t>();
        let number = self.pidfd.as_raw_fd();
        // SAFETY: a null siginfo is allowed; nothing else points anywhere.
        unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                number,
                libc::SIGKILL,
                nothing,
                0,
            ) == 0
        }
    }
}

/// Children of this process, whichever thread started them.
#[must_use]
pub fn children() -> Vec<Pid> {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let lists = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            let numbers = list.split_whitespace().filter_map(|pid| pid.parse().ok());
            numbers.map(Pid).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    #[test]
    fn child_is_listed_and_killed_once() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid(i32::try_from(child.id()).unwrap());
        assert!(children().contains(&pid));
        let held = Other::hold(pid).unwrap();
        assert!(held.kill());
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        assert!(!held.kill());
        assert!(!children().contains(&pid));
    }
}
