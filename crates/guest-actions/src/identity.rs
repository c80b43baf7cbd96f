//! What the kernel keeps of a process: masks, limits, priority, privileges.

use crate::scene::{Action, Done, Scene, check};
use core::ffi::CStr;
use libc::{c_int, c_long, c_ulong};

const NONE: c_ulong = 0;
/// `IOPRIO_WHO_PROCESS`.
const PROCESS: c_long = 1;

pub(crate) const TABLE: &[Action] = &[
    ("umask", |scene| {
        let mask = scene.number()?;
        // SAFETY: takes a number.
        unsafe { libc::umask(mask) };
        Ok(())
    }),
    ("print-umask", |scene| {
        // SAFETY: takes a number.
        let mask = unsafe { libc::umask(0) };
        // SAFETY: takes a number.
        unsafe { libc::umask(mask) };
        scene.say(format_args!("umask {mask:o}"))
    }),
    ("setrlimit", |scene| {
        let (resource, soft): (u32, u64) = (scene.number()?, scene.number()?);
        limit(resource, |limit| limit.rlim_cur = soft)
    }),
    ("setrlimit-hard", |scene| {
        let (resource, both): (u32, u64) = (scene.number()?, scene.number()?);
        limit(resource, |limit| {
            (limit.rlim_cur, limit.rlim_max) = (both, both)
        })
    }),
    ("print-rlimits", |scene| {
        for resource in 0..16 {
            let (soft, hard) = (get(resource).rlim_cur, get(resource).rlim_max);
            scene.say(format_args!("limit {resource} {soft} {hard}"))?;
        }
        Ok(())
    }),
    ("nice", |scene| {
        let value: c_int = scene.number()?;
        // SAFETY: takes numbers.
        check("setpriority", unsafe {
            libc::setpriority(libc::PRIO_PROCESS, 0, value)
        })
        .map(drop)
    }),
    ("print-nice", |scene| {
        // SAFETY: takes numbers.
        let value = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        scene.say(format_args!("nice {value}"))
    }),
    ("ioprio", |scene| {
        let value: c_long = scene.number()?;
        // SAFETY: takes numbers.
        check("ioprio_set", unsafe {
            libc::syscall(libc::SYS_ioprio_set, PROCESS, 0, value)
        })
        .map(drop)
    }),
    ("print-ioprio", |scene| {
        // SAFETY: takes numbers.
        let value = unsafe { libc::syscall(libc::SYS_ioprio_get, PROCESS, 0) };
        scene.say(format_args!("ioprio {value}"))
    }),
    ("scheduler", |scene| {
        let policy: c_int = scene.number()?;
        let parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: the parameters are ours.
        check("sched_setscheduler", unsafe {
            libc::sched_setscheduler(0, policy, &raw const parameters)
        })
        .map(drop)
    }),
    ("print-scheduler", |scene| {
        // SAFETY: takes a number.
        let policy = unsafe { libc::sched_getscheduler(0) };
        scene.say(format_args!("scheduler {policy}"))
    }),
    ("affinity", |_| {
        let mut set = processors();
        // SAFETY: the set is ours.
        if unsafe { libc::CPU_COUNT(&set) } < 2 {
            return Err(crate::scene::Failure {
                call: "find a second processor",
                errno: libc::ENOENT,
            });
        }
        let last = (0..1024).rev().find(|cpu| {
            // SAFETY: the set has room for 1,024.
            unsafe { libc::CPU_ISSET(*cpu, &set) }
        });
        // SAFETY: the set is ours.
        unsafe { libc::CPU_CLR(last.unwrap_or(0), &mut set) };
        // SAFETY: the set is ours.
        check("sched_setaffinity", unsafe {
            libc::sched_setaffinity(0, size_of_val(&set), &raw const set)
        })
        .map(drop)
    }),
    ("print-affinity", |scene| {
        let set = processors();
        // SAFETY: the set is ours.
        let count = unsafe { libc::CPU_COUNT(&set) };
        scene.say(format_args!("processors {count}"))
    }),
    ("name", |scene| {
        let name = scene.text()?;
        // SAFETY: the name is a C string.
        check("prctl", unsafe {
            libc::prctl(libc::PR_SET_NAME, name.as_ptr())
        })
        .map(drop)
    }),
    ("print-name", |scene| {
        let mut name = [0u8; 16];
        // SAFETY: the kernel writes at most 16 bytes.
        unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
        let name = CStr::from_bytes_until_nul(&name).unwrap_or_default();
        scene.say(format_args!("name {}", name.to_str().unwrap_or("?")))
    }),
    ("prctl", |scene| {
        let (option, value): (c_int, c_ulong) = (scene.number()?, scene.number()?);
        // SAFETY: used with options that take a number.
        check("prctl", unsafe {
            libc::prctl(option, value, NONE, NONE, NONE)
        })
        .map(drop)
    }),
    ("print-prctl", |scene| {
        let option: c_int = scene.number()?;
        // SAFETY: used with options that only ask.
        let value = unsafe { libc::prctl(option, NONE, NONE, NONE, NONE) };
        scene.say(format_args!("prctl {value}"))
    }),
    ("print-prctl-pointer", |scene| {
        let (option, mut value): (c_int, c_int) = (scene.number()?, -1);
        // SAFETY: used with options that write an int.
        unsafe { libc::prctl(option, &raw mut value, NONE, NONE, NONE) };
        scene.say(format_args!("prctl {value}"))
    }),
    ("personality", |scene| {
        let value: c_ulong = scene.number()?;
        // SAFETY: takes a number.
        check("personality", unsafe { libc::personality(value) }).map(drop)
    }),
    ("print-personality", |scene| {
        // SAFETY: this number only asks.
        let value = unsafe { libc::personality(0xffff_ffff) };
        scene.say(format_args!("personality {value:x}"))
    }),
    ("seccomp", seccomp),
    ("drop-capabilities", drop_capabilities),
    ("print-capabilities", |scene| {
        let (_, sets) = capabilities();
        scene.say(format_args!("capabilities {:x} {:x}", sets[0], sets[3]))
    }),
    ("unshare", |scene| {
        let flags: c_int = scene.number()?;
        // SAFETY: takes a number.
        check("unshare", unsafe { libc::unshare(flags) }).map(drop)
    }),
    ("print-namespace", |scene| {
        let path = scene.text()?;
        // SAFETY: all-zero is a valid structure.
        let mut found: libc::stat = unsafe { core::mem::zeroed() };
        // SAFETY: a C string and a structure of ours.
        unsafe { libc::stat(path.as_ptr(), &raw mut found) };
        scene.say(format_args!("namespace {}", found.st_ino))
    }),
    ("chroot", |scene| {
        let path = scene.text()?;
        // SAFETY: the path is a C string.
        check("chroot", unsafe { libc::chroot(path.as_ptr()) }).map(drop)
    }),
    ("print-root", |scene| {
        // SAFETY: the path is a C string.
        let there = unsafe { libc::access(c"/proc/self".as_ptr(), libc::F_OK) } == 0;
        scene.say(format_args!("root has /proc: {there}"))
    }),
    ("seteuid", |scene| {
        let user = scene.number()?;
        // SAFETY: takes a number.
        check("seteuid", unsafe { libc::seteuid(user) }).map(drop)
    }),
    ("setegid", |scene| {
        let group = scene.number()?;
        // SAFETY: takes a number.
        check("setegid", unsafe { libc::setegid(group) }).map(drop)
    }),
    ("setfsuid", |scene| {
        let user: c_long = scene.number()?;
        // SAFETY: takes a number; gives the one before.
        unsafe { libc::syscall(libc::SYS_setfsuid, user) };
        let nobody: c_long = -1;
        // SAFETY: changes nothing, and tells what it is.
        let now = unsafe { libc::syscall(libc::SYS_setfsuid, nobody) };
        if now == user {
            Ok(())
        } else {
            Err(refused("setfsuid"))
        }
    }),
    ("setgroups", |scene| {
        let group: libc::gid_t = scene.number()?;
        // SAFETY: one group of ours.
        check("setgroups", unsafe { libc::setgroups(1, &raw const group) }).map(drop)
    }),
    ("print-status", print_status),
    ("bare-umask", |scene| {
        let mask: c_long = scene.number()?;
        bare_call(libc::SYS_umask, mask);
        Ok(())
    }),
    ("many-calls", |scene| {
        let count: c_long = scene.number()?;
        (0..count).for_each(|_| bare_call(libc::SYS_getppid, 0));
        Ok(())
    }),
    ("print-user", |scene| {
        // SAFETY: geteuid can't fail.
        let user = unsafe { libc::geteuid() };
        scene.say(format_args!("user {user}"))
    }),
];

fn get(resource: u32) -> libc::rlimit {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure is ours.
    unsafe { libc::getrlimit(resource, &raw mut limit) };
    limit
}

fn limit(resource: u32, change: impl FnOnce(&mut libc::rlimit)) -> Done {
    let mut limit = get(resource);
    change(&mut limit);
    // SAFETY: the structure is ours.
    check("setrlimit", unsafe {
        libc::setrlimit(resource, &raw const limit)
    })
    .map(drop)
}

fn processors() -> libc::cpu_set_t {
    // SAFETY: all-zero is the empty set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) };
    set
}

/// A filter that allows everything: harmless, but there for good.
fn seccomp(_: &mut Scene<'_>) -> Done {
    const ALLOW: u32 = 0x7fff_0000;
    let mut rule = libc::sock_filter {
        code: 6,
        jt: 0,
        jf: 0,
        k: ALLOW,
    };
    let program = libc::sock_fprog {
        len: 1,
        filter: &raw mut rule,
    };
    let (filter, none): (c_ulong, c_ulong) = (2, 0);
    // SAFETY: the program is ours and valid.
    check("seccomp", unsafe {
        libc::prctl(libc::PR_SET_SECCOMP, filter, &raw const program, none, none)
    })
    .map(drop)
}

const fn refused(call: &'static str) -> crate::scene::Failure {
    crate::scene::Failure {
        call,
        errno: libc::EPERM,
    }
}

/// A system call without the C library.
fn bare_call(number: c_long, argument: c_long) {
    // SAFETY: used with calls that take at most one number; the kernel changes
    // the three registers named.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => _,
            in("rdi") argument,
            out("rcx") _,
            out("r11") _,
        );
    }
}

/// The line of /proc/self/status that begins with a word.
fn print_status(scene: &mut Scene<'_>) -> Done {
    let wanted = scene.text()?;
    // SAFETY: `Text` is a C string.
    let wanted = unsafe { CStr::from_ptr(wanted.as_ptr()) }.to_bytes();
    let mut text = [0u8; 4096];
    // SAFETY: the path is a C string.
    let file = unsafe { libc::open(c"/proc/self/status".as_ptr(), libc::O_RDONLY) };
    check("open", file)?;
    // SAFETY: the buffer is as long as said.
    let length = unsafe { libc::read(file, text.as_mut_ptr().cast(), text.len()) };
    // SAFETY: opened above.
    unsafe { libc::close(file) };
    let text = text.get(..usize::try_from(length).unwrap_or(0));
    let mut lines = text.unwrap_or_default().split(|byte| *byte == b'\n');
    let line = lines.find(|line| line.starts_with(wanted));
    let line = core::str::from_utf8(line.unwrap_or_default()).unwrap_or("?");
    scene.say(format_args!("{line}"))
}

#[repr(C)]
struct Header {
    version: u32,
    pid: c_int,
}

/// What capget(2) says: header, and two groups of effective, permitted, inheritable.
fn capabilities() -> (Header, [u32; 6]) {
    let mut header = Header {
        version: 0x2008_0522,
        pid: 0,
    };
    let mut sets = [0; 6];
    // SAFETY: this version writes six words.
    unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) };
    (header, sets)
}

/// Gives up the right to set the clock, which nobody here uses, for good.
fn drop_capabilities(_: &mut Scene<'_>) -> Done {
    const CAP_SYS_TIME: u32 = 1 << 25;
    let (mut header, mut sets) = capabilities();
    if sets[1] & CAP_SYS_TIME == 0 {
        return Err(crate::scene::Failure {
            call: "find a capability to give up",
            errno: libc::EPERM,
        });
    }
    sets[0] &= !CAP_SYS_TIME;
    sets[1] &= !CAP_SYS_TIME;
    // SAFETY: this version reads six words.
    check("capset", unsafe {
        libc::syscall(libc::SYS_capset, &raw mut header, sets.as_ptr())
    })
    .map(drop)
}
