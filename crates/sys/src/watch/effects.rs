//! What each system call can change of a process.
//!
//! A call that isn't in the table may change anything. So may one that changes
//! how signals arrive: the watch itself is made of signals.

use libc::c_long;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// Kinds of a process's state, as a set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Touched(u32);

impl Touched {
    /// Nothing that outlives the call.
    pub const NOTHING: Self = Self(0);
    /// Open files: which there are, where they stand, their flags.
    pub const DESCRIPTORS: Self = Self(1);
    /// Mappings and the program break.
    pub const MAPPINGS: Self = Self(1 << 1);
    /// Signals that wait, and the mask's holes.
    pub const SIGNALS: Self = Self(1 << 2);
    /// Timers, and with them signals.
    pub const TIMERS: Self = Self(1 << 3);
    /// Names in the file system, and the working directory.
    pub const FILES: Self = Self(1 << 4);
    /// Objects of the whole system: shared memory, semaphores, queues.
    pub const OBJECTS: Self = Self(1 << 5);
    /// Numbers of the process that files of /proc can set: name, user map, slack.
    pub const NUMBERS: Self = Self(1 << 6);
    /// Mappings that stay as large as they were: their protection, their place.
    pub const PROTECTIONS: Self = Self(1 << 7);
    /// POSIX message queues, which some processes have no way to look for.
    pub const QUEUES: Self = Self(1 << 8);
    /// Advice on memory, which can drop or forbid pages of mappings that stay.
    pub const ADVICE: Self = Self(1 << 9);
    /// Anything.
    pub const ALL: Self = Self(!0);

    /// The set has something of `other`.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Nothing was touched.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        self.0 == 0
    }

    /// Whatever a process has may have been touched.
    #[must_use]
    pub const fn is_all(self) -> bool {
        self.0 == !0
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    pub(super) const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Touched {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl BitOrAssign for Touched {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.and(other);
    }
}

impl fmt::Debug for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 10] = [
            "descriptors",
            "mappings",
            "signals",
            "timers",
            "files",
            "objects",
            "numbers",
            "protections",
            "queues",
            "advice",
        ];
        if self.is_all() {
            return f.write_str("all");
        }
        let has = |bit: &usize| self.0 & (1 << bit) != 0;
        let names = (0..NAMES.len())
            .filter(has)
            .filter_map(|bit| NAMES.get(bit));
        f.debug_set().entries(names).finish()
    }
}

/// A system call as it was about to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) number: c_long,
    pub(super) arguments: [u64; 3],
}

/// `O_CREAT`.
const CREATE: u64 = 0o100;
const DESCRIPTORS: Touched = Touched::DESCRIPTORS;
const MAPPINGS: Touched = Touched::MAPPINGS;
const SIGNALS: Touched = Touched::SIGNALS;

impl Call {
    /// What it can change; [`Touched::ALL`] for what the watch can't go on behind.
    pub(super) fn effect(self) -> Touched {
        match self.number {
            // Only ask, wait, or work on memory.
            libc::SYS_getpid
            | libc::SYS_gettid
            | libc::SYS_getppid
            | libc::SYS_getuid
            | libc::SYS_geteuid
            | libc::SYS_getgid
            | libc::SYS_getegid
            | libc::SYS_getpgid
            | libc::SYS_getsid
            | libc::SYS_getpriority
            | libc::SYS_getrlimit
            | libc::SYS_getrusage
            | libc::SYS_getrandom
            | libc::SYS_getcpu
            | libc::SYS_getcwd
            | libc::SYS_uname
            | libc::SYS_sysinfo
            | libc::SYS_times
            | libc::SYS_time
            | libc::SYS_gettimeofday
            | libc::SYS_clock_gettime
            | libc::SYS_clock_getres
            | libc::SYS_nanosleep
            | libc::SYS_clock_nanosleep
            | libc::SYS_sched_yield
            | libc::SYS_sched_getaffinity
            | libc::SYS_futex
            | libc::SYS_poll
            | libc::SYS_select
            | libc::SYS_stat
            | libc::SYS_lstat
            | libc::SYS_fstat
            | libc::SYS_newfstatat
            | libc::SYS_statx
            | libc::SYS_access
            | libc::SYS_faccessat
            | libc::SYS_readlink
            | libc::SYS_readlinkat
            | libc::SYS_restart_syscall => Touched::NOTHING,
            libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_pread64
            | libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwrite64
            | libc::SYS_lseek
            | libc::SYS_close
            | libc::SYS_close_range
            | libc::SYS_dup
            | libc::SYS_dup2
            | libc::SYS_dup3
            | libc::SYS_pipe
            | libc::SYS_pipe2
            | libc::SYS_eventfd2
            | libc::SYS_memfd_create
            | libc::SYS_ftruncate
            | libc::SYS_getdents64 => DESCRIPTORS,
            libc::SYS_munmap | libc::SYS_msync | libc::SYS_brk => MAPPINGS,
            libc::SYS_madvise => MAPPINGS.and(Touched::ADVICE),
            libc::SYS_mprotect | libc::SYS_mremap => MAPPINGS.and(Touched::PROTECTIONS),
            libc::SYS_kill | libc::SYS_tkill | libc::SYS_tgkill => SIGNALS,
            libc::SYS_setitimer
            | libc::SYS_alarm
            | libc::SYS_timer_create
            | libc::SYS_timer_settime
            | libc::SYS_timer_delete => Touched::TIMERS.and(SIGNALS),
            libc::SYS_mkdir
            | libc::SYS_mkdirat
            | libc::SYS_rmdir
            | libc::SYS_unlink
            | libc::SYS_unlinkat
            | libc::SYS_rename
            | libc::SYS_renameat
            | libc::SYS_renameat2
            | libc::SYS_link
            | libc::SYS_linkat
            | libc::SYS_symlink
            | libc::SYS_symlinkat => Touched::FILES.and(Touched::OBJECTS),
            libc::SYS_chdir
            | libc::SYS_fchdir
            | libc::SYS_chmod
            | libc::SYS_fchmod
            | libc::SYS_fchmodat
            | libc::SYS_utimensat
            | libc::SYS_truncate => Touched::FILES,
            libc::SYS_umask => Touched::NUMBERS,
            libc::SYS_mq_timedsend | libc::SYS_mq_timedreceive => Touched::NOTHING,
            libc::SYS_shmget
            | libc::SYS_shmctl
            | libc::SYS_semget
            | libc::SYS_semctl
            | libc::SYS_semop
            | libc::SYS_msgget
            | libc::SYS_msgctl
            | libc::SYS_msgsnd
            | libc::SYS_msgrcv
            | libc::SYS_mq_unlink => Touched::OBJECTS,
            libc::SYS_shmat | libc::SYS_shmdt => Touched::OBJECTS.and(MAPPINGS),
            _ => self.effect_by_arguments(),
        }
    }

    /// Of calls whose arguments decide.
    fn effect_by_arguments(self) -> Touched {
        let [first, second, third] = self.arguments;
        match self.number {
            // Where no place is asked for, nothing is mapped over.
            libc::SYS_mmap if first == 0 => MAPPINGS,
            libc::SYS_mmap => MAPPINGS.and(Touched::PROTECTIONS),
            libc::SYS_mq_open if second & CREATE == 0 => DESCRIPTORS,
            libc::SYS_mq_open => DESCRIPTORS.and(Touched::OBJECTS).and(Touched::QUEUES),
            libc::SYS_open => opened(second),
            libc::SYS_openat => opened(third),
            libc::SYS_fcntl => controlled(second),
            libc::SYS_ioctl => asked_of_a_terminal(second),
            // A new mask may hold SIGSYS off, and a new handler may do so
            // while it runs; what only opens the mask can't.
            libc::SYS_rt_sigprocmask if second == 0 => Touched::NOTHING,
            libc::SYS_rt_sigprocmask if is(first, libc::SIG_UNBLOCK) => SIGNALS,
            libc::SYS_rt_sigaction if second == 0 => Touched::NOTHING,
            libc::SYS_sigaltstack if first == 0 => Touched::NOTHING,
            libc::SYS_prlimit64 if third == 0 => Touched::NOTHING,
            _ => Touched::ALL,
        }
    }
}

/// The kernel takes such arguments as ints.
fn is(argument: u64, value: libc::c_int) -> bool {
    argument & 0xffff_ffff == u64::from(value.cast_unsigned())
}

/// What is written to a file may set a number of the process (/proc/self/comm);
/// what is only read can't.
fn opened(flags: u64) -> Touched {
    let writing = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
    if flags & u64::from(writing.cast_unsigned()) == 0 {
        return DESCRIPTORS;
    }
    DESCRIPTORS
        .and(Touched::FILES)
        .and(Touched::NUMBERS)
        .and(Touched::OBJECTS)
}

fn controlled(command: u64) -> Touched {
    const OF_A_NUMBER: [libc::c_int; 6] = [
        libc::F_DUPFD,
        libc::F_DUPFD_CLOEXEC,
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
    ];
    if OF_A_NUMBER.iter().any(|known| is(command, *known)) {
        DESCRIPTORS
    } else {
        Touched::ALL
    }
}

fn asked_of_a_terminal(request: u64) -> Touched {
    if [libc::TCGETS, libc::TIOCGWINSZ, libc::FIONREAD].contains(&request) {
        Touched::NOTHING
    } else {
        Touched::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(number: c_long, arguments: [u64; 3]) -> Touched {
        Call { number, arguments }.effect()
    }

    #[test]
    fn effect_of_a_call_that_is_not_known_is_everything() {
        for number in [
            libc::SYS_clone,
            libc::SYS_prctl,
            libc::SYS_unshare,
            libc::SYS_setrlimit,
            libc::SYS_rt_sigreturn,
            libc::SYS_execve,
            libc::SYS_io_uring_setup,
            99_999,
            -1,
        ] {
            assert!(effect(number, [0; 3]).is_all(), "{number}");
        }
    }

    #[test]
    fn effect_of_opening_depends_on_what_may_be_written() {
        let flags = |flags: libc::c_int| u64::from(flags.cast_unsigned());
        let read = flags(libc::O_RDONLY | libc::O_CLOEXEC);
        assert_eq!(effect(libc::SYS_openat, [0, 0, read]), DESCRIPTORS);
        assert_eq!(effect(libc::SYS_open, [0, read, 0]), DESCRIPTORS);
        for write in [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT] {
            let effects = [
                effect(libc::SYS_openat, [0, 0, flags(write)]),
                effect(libc::SYS_open, [0, flags(write), 0]),
            ];
            for effect in effects {
                assert!(effect.meets(Touched::FILES) && effect.meets(Touched::NUMBERS));
            }
        }
    }

    #[test]
    fn effect_of_advice_is_more_than_that_of_unmapping() {
        let (advice, unmapping) = (
            effect(libc::SYS_madvise, [0; 3]),
            effect(libc::SYS_munmap, [0; 3]),
        );
        assert!(advice.meets(Touched::ADVICE) && advice.meets(MAPPINGS));
        assert!(!unmapping.meets(Touched::ADVICE));
    }

    #[test]
    fn effect_of_what_could_hold_the_watch_off_is_everything() {
        let block = u64::from(libc::SIG_BLOCK.cast_unsigned());
        let unblock = u64::from(libc::SIG_UNBLOCK.cast_unsigned());
        assert!(effect(libc::SYS_rt_sigprocmask, [block, 8, 0]).is_all());
        assert_eq!(effect(libc::SYS_rt_sigprocmask, [unblock, 8, 0]), SIGNALS);
        assert!(effect(libc::SYS_rt_sigaction, [10, 8, 0]).is_all());
        assert!(effect(libc::SYS_rt_sigaction, [10, 0, 8]).is_nothing());
        assert!(effect(libc::SYS_sigaltstack, [8, 0, 0]).is_all());
    }

    #[test]
    fn sets_are_joined_and_shown_by_name() {
        let mut both = Touched::DESCRIPTORS;
        both |= Touched::FILES;
        assert!(both.meets(Touched::FILES) && !both.meets(Touched::MAPPINGS));
        assert_eq!(format!("{both:?}"), r#"{"descriptors", "files"}"#);
        assert!((both | Touched::ALL).is_all());
    }
}
