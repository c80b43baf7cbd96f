//! Starting a process, holding it by a descriptor, and learning how it ended.
//!
//! A child is held by its pidfd, never by its number, so that a signal can't
//! reach a stranger that got the number later. It starts with default signal
//! dispositions, an empty signal mask, a session of its own (a Ctrl-C at the
//! terminal is the parent's business) and exactly the descriptors it is given.
//!
//! This module must not know what the process is for.
#![expect(
    unsafe_code,
    reason = "getrandom, getrusage and prctl are called directly"
)]

mod child;
mod fork;
pub mod group;
mod identity;
pub mod limits;
mod other;
pub mod own_pages;
mod pin;
pub mod sandbox;
mod spawn;

pub use child::{Child, Ended, ExitStatus};
pub use fork::fork;
pub use identity::{Identity, Realm};
pub use other::{Other, children};
pub use pin::{PINNED_MAX, Pinned};
pub use spawn::Spawn;

use crate::SysError;
use std::time::Duration;

/// Number of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(pub i32);

impl std::fmt::Display for Pid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Pid {
    /// Kills the process of this number, whoever that is: the caller must know.
    fn kill(self) {
        // SAFETY: takes numbers.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }
}

/// CPU time that this whole process has used, user and system together.
#[must_use]
pub fn own_cpu() -> Duration {
    let usage = usage(libc::RUSAGE_SELF);
    child::duration_of(usage.ru_utime) + child::duration_of(usage.ru_stime)
}

/// Page faults that the calling thread has taken. The kernel tells this in half
/// the time that it takes to ask every thread of the process.
#[must_use]
pub fn page_faults() -> u64 {
    let usage = usage(libc::RUSAGE_THREAD);
    usage.ru_minflt.unsigned_abs() + usage.ru_majflt.unsigned_abs()
}

fn usage(of: libc::c_int) -> libc::rusage {
    // SAFETY: all-zero bytes are a valid rusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live rusage; the call can't fail with these arguments.
    unsafe { libc::getrusage(of, &raw mut usage) };
    usage
}

/// This process.
#[must_use]
pub fn own() -> Pid {
    // SAFETY: getpid touches no memory and can't fail.
    Pid(unsafe { libc::getpid() })
}

/// The process that started this one, or whoever took it over.
#[must_use]
pub fn parent() -> Pid {
    // SAFETY: getppid touches no memory and can't fail.
    Pid(unsafe { libc::getppid() })
}

/// Number of the user whose rights this process has.
#[must_use]
pub fn user() -> u32 {
    // SAFETY: geteuid touches no memory and can't fail.
    unsafe { libc::geteuid() }
}

/// There is a process of this number, ended or not.
#[must_use]
pub fn exists(number: libc::pid_t) -> bool {
    // SAFETY: signal 0 only asks.
    let known = unsafe { libc::kill(number, 0) } == 0;
    known || SysError::last("kill").errno() == libc::EPERM
}

/// Sets an environment variable of this process, which has one thread at that time.
pub fn set_variable(name: &str, value: &std::path::Path) {
    // SAFETY: a worker has no second thread that could read the environment.
    unsafe { std::env::set_var(name, value) };
}

/// Asks the kernel to kill this process when the thread that started it ends;
/// to be called first thing in a worker.
///
/// # Errors
/// When the parent is not `expected_parent` (any more): it died before the
/// request took hold, so that nobody would ever read what this process says.
pub fn die_with_parent(expected_parent: Pid) -> Result<(), SysError> {
    // SAFETY: PR_SET_PDEATHSIG takes an int and touches no memory.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        let mend = "allow prctl in the container's seccomp filter";
        return Err(SysError::last("prctl(PR_SET_PDEATHSIG)").mend(mend));
    }
    let parent = parent();
    if parent == expected_parent {
        return Ok(());
    }
    let why = format!("the parent is process {parent}, not {expected_parent}");
    Err(SysError {
        call: "getppid",
        mend: "",
        source: std::io::Error::other(why),
    })
}

/// Keeps processes of the same user, unless it is root, from looking into this
/// one or stopping it as a debugger does. It leaves no core file then.
pub fn forbid_tracing() {
    let off: libc::c_ulong = 0;
    // SAFETY: takes numbers; it can't fail with these.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, off, 0, 0, 0) };
}

/// Asks the kernel to end this process before any other where memory runs out.
/// Where /proc isn't there the kernel chooses by size alone.
pub fn offer_to_the_killer() {
    // The largest value, 1000, would have it killed for another's hunger.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
}

/// Fills `buffer` with random bytes.
///
/// # Errors
/// When the kernel has no generator (before Linux 3.17) or refuses.
pub fn random(buffer: &mut [u8]) -> Result<(), SysError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        // SAFETY: `rest` is live and as long as said.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        match usize::try_from(got) {
            Ok(got) => filled += got,
            Err(_) => {
                let mend = "allow getrandom in the container's seccomp filter";
                let error = SysError::last("getrandom").mend(mend);
                if error.source.kind() != std::io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipe::Pipe;
    use std::ffi::OsString;
    use std::io::{Read, Write};
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
    use std::path::Path;

    fn shell(script: &str, fds: &[BorrowedFd<'_>]) -> Child {
        let args = [OsString::from("-c"), OsString::from(script)];
        let env = [(OsString::from("GREETING"), OsString::from("good day"))];
        Spawn {
            exe: Path::new("/bin/sh"),
            args: &args,
            env: &env,
            fds,
        }
        .start()
        .unwrap()
    }

    fn null() -> std::fs::File {
        std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .unwrap()
    }

    #[test]
    fn exit_status_and_signal_are_told_apart() {
        let null = null();
        let fds = [null.as_fd(), null.as_fd(), null.as_fd()];
        assert_eq!(
            shell("exit 9", &fds).wait().unwrap().status,
            ExitStatus::Exited(9)
        );
        assert_eq!(
            shell("kill -9 $$", &fds).wait().unwrap().status,
            ExitStatus::Signaled(9)
        );
        // A real-time signal has no name in most enums of signals.
        assert_eq!(
            shell("kill -40 $$", &fds).wait().unwrap().status,
            ExitStatus::Signaled(40)
        );
    }

    #[test]
    fn child_has_the_environment_and_just_the_descriptors_given() {
        let null = null();
        // Without close-on-exec, as a careless parent of ours would hand it down.
        // SAFETY: F_DUPFD takes an int and touches no memory.
        let stray = unsafe { libc::fcntl(null.as_raw_fd(), libc::F_DUPFD, 4) };
        assert!(stray >= 4);
        let out = Pipe::new(0).unwrap();
        let extra = Pipe::new(0).unwrap();
        let fds = [
            null.as_fd(),
            out.writer.as_fd(),
            null.as_fd(),
            extra.reader.as_fd(),
        ];
        let script =
            format!("echo $GREETING; cat <&3; [ -e /proc/$$/fd/{stray} ] && echo stray; true");
        let mut child = shell(&script, &fds);
        drop(out.writer);
        drop(extra.reader);
        std::fs::File::from(extra.writer)
            .write_all(b"through 3\n")
            .unwrap();
        let mut text = String::new();
        std::fs::File::from(out.reader)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(child.wait().unwrap().status, ExitStatus::Exited(0));
        assert_eq!(text, "good day\nthrough 3\n");
    }

    #[test]
    fn descriptors_that_stand_in_each_others_place_all_arrive() {
        // Sources 0, 1 and 2 are open already; handed down in another order.
        let (a, b, c) = (Pipe::new(0).unwrap(), Pipe::new(0).unwrap(), null());
        let fds = [c.as_fd(), b.writer.as_fd(), a.writer.as_fd()];
        let mut child = shell("echo one; echo two >&2", &fds);
        drop((a.writer, b.writer));
        let (mut one, mut two) = (String::new(), String::new());
        std::fs::File::from(b.reader)
            .read_to_string(&mut one)
            .unwrap();
        std::fs::File::from(a.reader)
            .read_to_string(&mut two)
            .unwrap();
        child.wait().unwrap();
        assert_eq!((one.as_str(), two.as_str()), ("one\n", "two\n"));
    }

    #[test]
    fn child_starts_a_session_with_nothing_blocked_or_ignored() {
        // The test's own process ignores SIGPIPE, as every Rust program does.
        let null = null();
        let out = Pipe::new(0).unwrap();
        let fds = [null.as_fd(), out.writer.as_fd(), null.as_fd()];
        let mut child = shell("exec cat /proc/self/status /proc/self/stat", &fds);
        drop(out.writer);
        let mut text = String::new();
        std::fs::File::from(out.reader)
            .read_to_string(&mut text)
            .unwrap();
        child.wait().unwrap();
        assert!(text.contains("SigBlk:\t0000000000000000"), "{text}");
        let ignored = text
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:\t"))
            .unwrap();
        let ignored = u64::from_str_radix(ignored, 16).unwrap();
        // 32 and 33 are the C library's own; it ignores them in what it spawns.
        assert_eq!(ignored & !(0b11 << 31), 0, "{text}");
        let session = text.lines().last().unwrap().split(' ').nth(5).unwrap();
        assert_eq!(session, child.pid().to_string());
    }

    #[test]
    fn signal_to_an_ended_child_is_no_error_and_wait_repeats_itself() {
        let null = null();
        let mut child = shell("exit 0", &[null.as_fd(), null.as_fd(), null.as_fd()]);
        let ended = child.wait().unwrap();
        child.kill().unwrap();
        assert_eq!(child.try_wait().unwrap(), Some(ended));
    }

    /// The kernel has a program that was started by `exec` inherit it.
    #[test]
    fn highest_resident_size_is_the_childs_and_not_that_of_a_larger_parent() {
        const LARGE: usize = 64 << 20;
        let memory = vec![1u8; LARGE];
        let null = null();
        let fds = [null.as_fd(), null.as_fd(), null.as_fd()];
        let mut small = shell("exec sleep 1000", &fds);
        // Killing looks at it while it runs.
        small.kill_group().unwrap();
        let peak = small.wait().unwrap().peak_rss;
        assert!(peak > 0 && peak < LARGE as u64 / 2, "{peak}");
        // Where it ends unseen, nothing is known of it.
        assert_eq!(shell("exit 0", &fds).wait().unwrap().peak_rss, 0);
        let larger = "s=x; while [ ${#s} -lt 100000000 ]; do s=$s$s; done";
        let peak = shell(larger, &fds).wait().unwrap().peak_rss;
        assert!(peak > memory.len() as u64, "{peak}");
    }

    #[test]
    fn dropped_child_is_killed_and_reaped() {
        let null = null();
        let child = shell("sleep 1000", &[null.as_fd(), null.as_fd(), null.as_fd()]);
        let pid = child.pid();
        assert!(Path::new(&format!("/proc/{pid}")).exists());
        drop(child);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn kill_group_ends_grandchildren_too() {
        let null = null();
        let out = Pipe::new(0).unwrap();
        let fds = [null.as_fd(), out.writer.as_fd(), null.as_fd()];
        let mut child = shell("sleep 1000 & echo started; wait", &fds);
        drop(out.writer);
        let mut reader = std::fs::File::from(out.reader);
        reader.read_exact(&mut [0; 8]).unwrap();
        child.kill_group().unwrap();
        assert_eq!(
            child.wait().unwrap().status,
            ExitStatus::Signaled(libc::SIGKILL)
        );
        // The grandchild holds the pipe open too: an end of file shows that it has gone.
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn executable_that_is_not_there_returns_an_error_with_a_mend() {
        let exe = Path::new("/nowhere/worker");
        let error = Spawn {
            exe,
            args: &[],
            env: &[],
            fds: &[],
        }
        .start()
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "call posix_spawn: No such file or directory (os error 2); \
             check that the executable is there, may be run and fits this machine"
        );
    }

    #[test]
    fn argument_with_a_nul_byte_returns_an_error() {
        let args = [OsString::from("a\0b")];
        let exe = Path::new("/bin/true");
        assert!(
            Spawn {
                exe,
                args: &args,
                env: &[],
                fds: &[]
            }
            .start()
            .is_err()
        );
    }

    #[test]
    fn stranger_is_no_parent() {
        let error = die_with_parent(Pid(1 << 30)).unwrap_err();
        assert!(error.to_string().contains("not 1073741824"), "{error}");
        // SAFETY: takes an int and touches no memory; undoes what the call above set.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) };
    }

    #[test]
    fn process_that_forbids_tracing_can_not_be_dumped() {
        // In a process of its own: other tests look at what belongs to this one.
        // SAFETY: the child does nothing but raw system calls.
        match unsafe { fork() }.unwrap() {
            None => {
                forbid_tracing();
                // SAFETY: takes nothing.
                crate::signal::exit_now(unsafe { libc::prctl(libc::PR_GET_DUMPABLE) })
            }
            Some(mut child) => {
                assert_eq!(child.wait().unwrap().status, ExitStatus::Exited(0));
            }
        }
    }

    #[test]
    fn random_bytes_differ() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        random(&mut a).unwrap();
        random(&mut b).unwrap();
        assert_ne!(a, b);
    }
}
