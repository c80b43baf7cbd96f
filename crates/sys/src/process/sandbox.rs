//! A process that sees none but its own: namespaces of users, processes,
//! mounts, IPC objects and network for the caller alone.
//!
//! ```text
//!        outside │ inside
//!                │
//!  caller ─clone─┼─► first process ──fork──► the caller's code goes on here,
//!    │           │    (number 1)              without any right
//!    │           │    reaps orphans                    │
//!    └─◄─ status ┼────◄── how it ended ◄───────────────┘
//!    ends likewise
//! ```
//!
//! The code that goes on is not the first process of its namespace: the kernel
//! drops signals for that one whose action is the default, so that a test which
//! kills itself would go on. The process outside is the one that was started,
//! and ends exactly as the one inside did, so that who started it sees no
//! difference. Where one of the three is killed, so are the others.
//!
//! This module must not be used with a second thread in the process.

mod mounts;
mod network;
mod refusal;
mod rights;

use super::{Pid, die_with_parent, parent};
use crate::error::{SysError, check};
use crate::pipe::Pipe;
use crate::signal::{Disposition, exit_now, set_disposition};
use nix::sched::{CloneFlags, unshare};
use refusal::Surroundings;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;

/// Goes on in a sandbox: returns in a new process there, and never in the
/// caller, which waits and ends as that process does.
///
/// All that was mounted can only be read. `/tmp`, `/dev/shm` and the folder that
/// `TMPDIR` names are empty and vanish in the end; what lies there of `keep` can be read.
///
/// # Errors
/// Where one of the namespaces is refused; the mend says by whom.
pub fn enter(keep: &[PathBuf]) -> Result<(), SysError> {
    let starter = parent();
    separate()?;
    // Not before: the kernel forgets the request where rights change.
    die_with_parent(starter)?;
    let status = Pipe::new(0)?;
    if let Some(first) = fork()? {
        stay_outside(first, &status.reader);
    }
    die_with_parent(parent())?;
    drop(status.reader);
    mounts::arrange(keep)?;
    network::raise_loopback();
    if let Some(inside) = fork()? {
        be_first(inside, &status.writer);
    }
    drop(status.writer);
    die_with_parent(Pid(1))?;
    // SAFETY: takes nothing; the process was just forked and leads no group.
    check("setsid", unsafe { libc::setsid() })?;
    rights::give_up()
}

/// Leaves the namespaces of whoever started this process, and stays the same
/// user in the new one.
fn separate() -> Result<(), SysError> {
    // SAFETY: takes nothing and can't fail.
    let (user, group) = (super::user(), unsafe { libc::getegid() });
    let around = Surroundings::read();
    let namespaces = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWNET;
    unshare(namespaces).map_err(|errno| around.refused("unshare", errno as i32))?;
    // A group may be mapped by the unprivileged only once groups can't be dropped.
    for (path, text) in [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ] {
        std::fs::write(path, text)
            .map_err(|error| around.refused("write(uid_map)", error.raw_os_error().unwrap_or(0)))?;
    }
    Ok(())
}

/// The new process's number, `None` in that process itself.
fn fork() -> Result<Option<libc::pid_t>, SysError> {
    // SAFETY: there is one thread, by this module's rule.
    let pid = check("fork", unsafe { libc::fork() })
        .map_err(|error| error.mend("raise `ulimit -u`, or use fewer --workers"))?;
    Ok((pid != 0).then_some(pid))
}

/// Waits for the end of the process inside, of which the first one tells, and ends so.
fn stay_outside(first: libc::pid_t, status: &OwnedFd) -> ! {
    let mut told = [0; 4];
    let heard = keep_only(status).read_exact(&mut told).is_ok();
    let ended = wait_for(first);
    end_as(if heard {
        i32::from_ne_bytes(told)
    } else {
        ended
    })
}

/// Reaps what falls to it until `inside` has ended, and tells how that was. As
/// it ends, the kernel kills whatever is left.
fn be_first(inside: libc::pid_t, status: &OwnedFd) -> ! {
    let no: libc::c_ulong = 0;
    // SAFETY: takes numbers; a process inside can't look into this one then.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, no, 0, 0, 0) };
    let mut pipe = keep_only(status);
    let ended = wait_for(inside);
    // If nobody listens any more, nobody wants to know.
    let _ = pipe.write_all(&ended.to_ne_bytes());
    exit_now(0)
}

/// Makes `fd` number 0, and closes all others: what these processes hold open
/// would look open to who waits for its end.
fn keep_only(fd: &OwnedFd) -> File {
    // SAFETY: this process never uses another descriptor again.
    unsafe { libc::dup2(fd.as_raw_fd(), 0) };
    // SAFETY: as above.
    unsafe { libc::syscall(libc::SYS_close_range, 1, u32::MAX, 0) };
    // SAFETY: it was just put there, for this alone.
    unsafe { File::from_raw_fd(0) }
}

/// The wait status of `wanted`, reaping any other child that ends.
fn wait_for(wanted: libc::pid_t) -> i32 {
    loop {
        let mut status = 0;
        // SAFETY: the status is ours.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        if pid == wanted {
            return status;
        }
        // Nothing but an interruption can keep it from being found.
        if pid == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::ECHILD) {
            exit_now(70);
        }
    }
}

/// Ends this process with that wait status.
fn end_as(status: i32) -> ! {
    if libc::WIFEXITED(status) {
        exit_now(libc::WEXITSTATUS(status));
    }
    let signal = libc::WTERMSIG(status);
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure is ours. The one that really died has written its own.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    // SIGKILL has no other disposition to begin with.
    let _ = set_disposition(signal, &Disposition::default_action());
    // SAFETY: takes numbers.
    unsafe { libc::raise(signal) };
    exit_now(128 + signal)
}
