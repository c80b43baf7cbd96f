//! Threads of this process and processes that descend from it.

use crate::error::SysError;
use crate::{descriptors, thread};
use libc::c_long;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long killed children may take to be gone.
const END_TIMEOUT: Duration = Duration::from_millis(500);

/// A look at threads and children.
#[derive(Debug)]
pub struct ThreadsAndChildren {
    tasks: OwnedFd,
}

impl ThreadsAndChildren {
    /// Makes this process the one that orphans among its descendants fall to,
    /// so that a daemon can't get out of sight.
    ///
    /// # Errors
    /// When /proc isn't mounted.
    pub fn new() -> Result<Self, SysError> {
        let on: libc::c_ulong = 1;
        // SAFETY: takes a number, touches no memory.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) };
        let tasks = File::open("/proc/self/task").map_err(|source| SysError {
            call: "open(/proc/self/task)",
            mend: "mount /proc",
            source,
        })?;
        Ok(Self {
            tasks: descriptors::raise(tasks.into())?,
        })
    }

    /// Threads of this process beside the calling one.
    #[must_use]
    pub fn other_threads(&self) -> u64 {
        // SAFETY: all-zero is a valid structure.
        let mut found: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: the descriptor is open and the structure ours.
        unsafe { libc::fstat(self.tasks.as_raw_fd(), &raw mut found) };
        // A folder's links: itself, its name, and one for each folder in it.
        found.st_nlink.saturating_sub(3)
    }

    /// Waits a moment for threads that are about to be gone; how many stay.
    #[must_use]
    pub fn threads_that_stay(&self) -> u64 {
        let start = Instant::now();
        while self.other_threads() > 0 && start.elapsed() < Duration::from_millis(20) {
            std::thread::yield_now();
        }
        self.other_threads()
    }

    /// This process has children, ended or not.
    #[must_use]
    pub fn has_children() -> bool {
        // SAFETY: all-zero is a valid structure.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
        // SAFETY: the structure is ours.
        unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) == 0 }
    }

    /// Kills every descendant and reaps it. `false` if some stay.
    #[must_use]
    pub fn end_children() -> bool {
        let start = Instant::now();
        while Self::has_children() {
            if start.elapsed() > END_TIMEOUT {
                return false;
            }
            children().into_iter().for_each(kill);
            // SAFETY: the status isn't wanted. Grandchildren become children
            // as their parents are reaped, and are found in the next round.
            while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG | libc::__WALL) }
                > 0
            {}
            std::thread::yield_now();
        }
        true
    }
}

impl ThreadsAndChildren {
    /// Kills every process of this one's session that is a child of its parent's:
    /// this one has made it so (`CLONE_PARENT`), for the parent gives each child of
    /// its own a session. `true` if there was one. It is the parent's to reap.
    ///
    /// A process that doesn't lead its session can't tell, and looks for none.
    #[must_use]
    pub fn end_siblings() -> bool {
        // SAFETY: takes nothing.
        let own = unsafe { libc::getpid() };
        // SAFETY: takes a number.
        if unsafe { libc::getsid(0) } != own {
            return false;
        }
        // SAFETY: takes nothing.
        let parent = unsafe { libc::getppid() };
        let tasks = std::fs::read_dir(format!("/proc/{parent}/task"));
        let mut found = false;
        for task in tasks.into_iter().flatten().flatten() {
            for pid in listed(&task.path().join("children")) {
                let is_ours = libc::pid_t::try_from(pid).is_ok_and(|pid| {
                    // SAFETY: takes a number.
                    pid != own && unsafe { libc::getsid(pid) } == own
                });
                if is_ours {
                    kill(pid);
                    found = true;
                }
            }
        }
        found
    }
}

fn kill(pid: c_long) {
    // SAFETY: takes two numbers. The child isn't reaped, so the number is its.
    unsafe { libc::syscall(libc::SYS_kill, pid, c_long::from(libc::SIGKILL)) };
}

fn children() -> Vec<c_long> {
    let task = thread::thread_id();
    listed(Path::new(&format!("/proc/self/task/{task}/children")))
}

/// Processes in such a list of /proc.
fn listed(list: &Path) -> Vec<c_long> {
    let text = std::fs::read_to_string(list);
    text.unwrap_or_default()
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}
