//! A process that was started here: signals, its end, what it had used.
//!
//! This module must not reap what it didn't start.
#![expect(
    unsafe_code,
    reason = "pidfd calls and waitid with usage have no safe wrapper"
)]

use super::Pid;
use crate::{SysError, descriptors, probe};
use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// It exited with this status (0 to 255).
    Exited(i32),
    /// This signal killed it.
    Signaled(i32),
}

impl std::fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with status {code}"),
            Self::Signaled(signal) => write!(f, "was killed by signal {signal}"),
        }
    }
}

/// How a process ended, and what it had used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// Highest resident size it ever had, in bytes, as far as that is known: where
    /// it never had more than its parent, what was seen by [`Child::look`].
    pub peak_rss: u64,
    /// CPU time, user and system together.
    pub cpu: Duration,
}

/// A process that this one started. Killed and reaped when dropped.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
    ended: Option<Ended>,
    /// What the kernel calls its highest resident size is at least this, in bytes,
    /// though it is not: a program that was started by `exec` inherits the size
    /// of the process that called it.
    inherited: u64,
    /// The highest resident size that was seen while it ran, in bytes.
    seen: Cell<u64>,
}

impl Child {
    /// Opens a descriptor for a child that was just made and not yet reaped.
    /// `inherited` is the most that it may have of its parent's highest resident size.
    pub(super) fn hold(pid: Pid, inherited: u64) -> Result<Self, SysError> {
        // SAFETY: pidfd_open takes two ints and touches no memory.
        let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.0, 0) };
        match RawFd::try_from(raw) {
            Ok(raw) if raw >= 0 => {
                // SAFETY: the kernel just made it, so nobody else owns it.
                let pidfd = unsafe { OwnedFd::from_raw_fd(raw) };
                Ok(Self {
                    pid,
                    pidfd,
                    ended: None,
                    inherited,
                    seen: Cell::new(0),
                })
            }
            _ => {
                let mend = "Linux 5.4 or newer is needed, and a free descriptor (ulimit -n)";
                let error = SysError::last("pidfd_open").mend(mend);
                // SAFETY: a plain call; the child is ours and unreaped, so the number is its.
                unsafe { libc::kill(pid.0, libc::SIGKILL) };
                // SAFETY: a null status pointer is allowed.
                unsafe { libc::waitpid(pid.0, std::ptr::null_mut(), 0) };
                Err(error)
            }
        }
    }

    /// Its number, for people.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// CPU time that it has used so far, user and system together; `None` once it is reaped.
    #[must_use]
    pub fn cpu_time(&self) -> Option<Duration> {
        let mut clock = 0;
        // SAFETY: fills a clock's number; the child is unreaped, so its number is its own.
        let found = unsafe { libc::clock_getcpuclockid(self.pid.0, &raw mut clock) };
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: fills a time of ours.
        let read = found == 0 && unsafe { libc::clock_gettime(clock, &raw mut time) } == 0;
        let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
        match (seconds, nanos) {
            (Ok(seconds), Ok(nanos)) if read && self.ended.is_none() => {
                Some(Duration::new(seconds, nanos))
            }
            _ => None,
        }
    }

    /// Notes the highest resident size that it ever had, if it still runs: once it
    /// has ended that can't be told from its parent's.
    pub fn look(&self) {
        let peak = u32::try_from(self.pid.0)
            .ok()
            .filter(|_| self.ended.is_none())
            .and_then(probe::peak_resident_bytes);
        self.seen.set(self.seen.get().max(peak.unwrap_or(0)));
    }

    /// Its first thread waits for something else than a processor.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let stat = std::fs::read(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        // The name may hold anything, parentheses too; the state follows the last one.
        let after = stat.iter().rposition(|byte| *byte == b')');
        let state = after.and_then(|at| stat.get(at + 2));
        matches!(state, Some(b'S' | b'D'))
    }

    /// Sends it a signal; one that has ended already is no error.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn signal(&self, signal: i32) -> Result<(), SysError> {
        // SAFETY: a null siginfo pointer is allowed; nothing else points anywhere.
        let result = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.pidfd.as_raw_fd(),
                signal,
                std::ptr::null::<libc::siginfo_t>(),
                0,
            )
        };
        if result == 0 {
            return Ok(());
        }
        match SysError::last("pidfd_send_signal") {
            error if error.errno() == libc::ESRCH => Ok(()),
            error => Err(error.mend("check that no other user owns the process")),
        }
    }

    /// Kills it, if it still runs.
    ///
    /// # Errors
    /// As [`Child::signal`].
    pub fn kill(&self) -> Result<(), SysError> {
        self.signal(libc::SIGKILL)
    }

    /// Kills it and every process that still is in its group. To be called before
    /// it is reaped: until then its number can't belong to strangers.
    ///
    /// # Errors
    /// As [`Child::signal`].
    pub fn kill_group(&self) -> Result<(), SysError> {
        if self.ended.is_some() {
            return Ok(());
        }
        self.look();
        // SAFETY: a plain call; the group's number is the child's, which is unreaped.
        // It fails if the group is gone already, or if the child made itself another.
        unsafe { libc::kill(-self.pid.0, libc::SIGKILL) };
        self.kill()
    }

    /// Forgets it, in a fork of the process that started it: it is that one's to
    /// signal and to reap, and its number says nothing here.
    pub fn give_up(mut self) {
        // It counts as reaped, or dropping it would kill it.
        self.ended = Some(Ended {
            status: ExitStatus::Exited(0),
            peak_rss: 0,
            cpu: Duration::ZERO,
        });
    }

    /// Waits until it ends, and reaps it. Later calls give the same again.
    ///
    /// # Errors
    /// When somebody else in this process has reaped it.
    pub fn wait(&mut self) -> Result<Ended, SysError> {
        loop {
            if let Some(ended) = self.wait_with(0)? {
                return Ok(ended);
            }
        }
    }

    /// As [`Child::wait`], but `None` at once if it still runs.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub fn try_wait(&mut self) -> Result<Option<Ended>, SysError> {
        self.wait_with(libc::WNOHANG)
    }

    /// What is its own of the highest resident size that the kernel tells.
    fn own_peak(&self, told: u64) -> u64 {
        if told > self.inherited {
            told
        } else {
            self.seen.get()
        }
    }

    fn wait_with(&mut self, flags: i32) -> Result<Option<Ended>, SysError> {
        if self.ended.is_none() {
            let ended = wait_on(self.pidfd.as_fd(), flags).map_err(|source| SysError {
                call: "waitid",
                mend: "leave SIGCHLD alone in this process, and wait for this child only here",
                source,
            })?;
            self.ended = ended.map(|ended| Ended {
                peak_rss: self.own_peak(ended.peak_rss),
                ..ended
            });
        }
        Ok(self.ended)
    }
}

impl Child {
    /// Moves what it is waited for by up to where the host's descriptors are: those
    /// below are closed when a guest has failed.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn out_of_reach(mut self) -> Result<Self, SysError> {
        self.pidfd = descriptors::raised(&self.pidfd)?;
        Ok(self)
    }
}

impl AsFd for Child {
    /// Readable once the process has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.ended.is_none() && self.kill_group().is_ok() {
            // The process is gone either way; nobody is left to tell of a failure.
            let _ = self.wait();
        }
    }
}

/// The raw call, for libc's wrapper leaves out the resource usage.
fn wait_on(pidfd: BorrowedFd<'_>, flags: i32) -> Result<Option<Ended>, std::io::Error> {
    // SAFETY: all-zero bytes are a valid siginfo_t.
    let mut result: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: all-zero bytes are a valid rusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live objects of the types that the call writes.
        let done = unsafe {
            libc::syscall(
                libc::SYS_waitid,
                libc::P_PIDFD,
                pidfd.as_raw_fd(),
                &raw mut result,
                libc::WEXITED | flags,
                &raw mut usage,
            )
        };
        if done == 0 {
            break;
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: zeroed before and written by waitid, which fills these fields of the union.
    let pid = unsafe { result.si_pid() };
    if pid == 0 {
        return Ok(None);
    }
    // SAFETY: as above.
    let status = unsafe { result.si_status() };
    let status = match result.si_code {
        libc::CLD_EXITED => ExitStatus::Exited(status),
        _ => ExitStatus::Signaled(status),
    };
    let peak_rss = u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024;
    let cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
    Ok(Some(Ended {
        status,
        peak_rss,
        cpu,
    }))
}

/// Highest resident size that this process had so far, by the kernel's own account of it.
pub(super) fn own_peak_rss() -> u64 {
    // SAFETY: all-zero bytes are a valid rusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a structure of ours.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024
}

pub(super) fn duration_of(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
        + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}
