//! What code has told the kernel of its thread, and the kernel says again when
//! asked: lists that it works on, bases, policies. None of it can change but by
//! a call that is made for it alone, so it is for code that may have changed anything.

use super::attributes::privileged;
use crate::rseq;
use libc::{c_int, c_long};
use std::ptr;

/// One of them; as [`Attributes`](super::Attributes) has them.
struct Registration {
    name: &'static str,
    get: fn() -> i64,
    /// `None` where there is no way back.
    set: Option<fn(i64)>,
}

/// See arch_prctl(2).
const ARCH_SET_GS: c_long = 0x1001;
const ARCH_GET_GS: c_long = 0x1004;
const ARCH_GET_CPUID: c_long = 0x1011;
const ARCH_SET_CPUID: c_long = 0x1012;
/// Of prctl(2).
const PR_SPEC_L1D_FLUSH: c_long = 2;
const PR_SCHED_CORE: c_long = 62;
const PR_TIMER_CREATE_RESTORE_IDS: c_long = 77;
const RESTORE_IDS_GET: c_long = 2;
/// `MEMBARRIER_CMD_GET_REGISTRATIONS`.
const REGISTRATIONS: c_long = 1 << 9;
/// Of keyctl(2): `KEYCTL_GET_KEYRING_ID`.
const KEYRING_ID: c_long = 0;
/// Bytes of `struct robust_list_head`.
const ROBUST_HEAD: usize = 24;
/// Words of `struct sched_attr`: two for the size and the policy, two for the
/// flags, two small ones, three long ones, and two bounds of utilisation.
type Scheduling = [u32; 14];

fn call(number: c_long, arguments: [c_long; 4]) -> i64 {
    let [first, second, third, fourth] = arguments;
    // SAFETY: used with calls that take numbers only, or null.
    unsafe { libc::syscall(number, first, second, third, fourth) }
}

/// Of calls that store a word behind a pointer.
fn told(number: c_long, first: c_long) -> i64 {
    let mut word = 0i64;
    // SAFETY: used with calls that store at most one word there.
    unsafe { libc::syscall(number, first, &raw mut word, 0, 0) };
    word
}

fn robust_list() -> i64 {
    let (mut head, mut length) = (0i64, 0usize);
    // SAFETY: both places are ours.
    unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut length) };
    head
}

fn memory_policy() -> i64 {
    let (mut mode, mut nodes): (c_int, [u64; 16]) = (-1, [0; 16]);
    // SAFETY: both places are ours; the second has room for 1,024 nodes.
    unsafe {
        libc::syscall(
            libc::SYS_get_mempolicy,
            &raw mut mode,
            nodes.as_mut_ptr(),
            1024,
            0,
            0,
        )
    };
    let nodes = nodes
        .iter()
        .fold(0u64, |sum, word| sum.rotate_left(7) ^ word);
    (nodes << 8).cast_signed() ^ i64::from(mode)
}

/// 0 is the policy that a process has if nothing was said; another can't be told from its sum.
fn set_memory_policy(value: i64) {
    if value == 0 {
        call(libc::SYS_set_mempolicy, [0; 4]);
    }
}

fn segment_table() -> i64 {
    let mut table = [0u8; 64];
    // SAFETY: the kernel writes at most as many bytes as it is told.
    unsafe { libc::syscall(libc::SYS_modify_ldt, 0, table.as_mut_ptr(), table.len()) }
}

fn keyrings() -> i64 {
    // The thread's, the process's, the session's; what isn't there is not made.
    [-1, -2, -3].into_iter().fold(0, |sum: i64, keyring| {
        sum.rotate_left(21) ^ call(libc::SYS_keyctl, [KEYRING_ID, keyring, 0, 0])
    })
}

/// A process that Landlock restricts can't mount anything, whatever its rights,
/// and nothing else tells. What is asked for here makes no sense, so that it is
/// refused in any case, for another reason. Others than the privileged can't
/// be restricted without `no_new_privs`, which shows.
fn refusal_to_mount() -> i64 {
    if !privileged() {
        return 0;
    }
    let nothing = ptr::null();
    // SAFETY: C strings; moving what has no name is refused.
    let moved = unsafe { libc::mount(nothing, c"/".as_ptr(), nothing, libc::MS_MOVE, ptr::null()) };
    if moved == 0 {
        return 0;
    }
    i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

const TABLE: [Registration; 13] = [
    Registration {
        name: "restartable sequences",
        get: || i64::from(rseq::is_registered()),
        set: None,
    },
    Registration {
        name: "robust futex list",
        get: robust_list,
        set: Some(|head| {
            // SAFETY: the list that the C library gave the kernel for this thread.
            unsafe { libc::syscall(libc::SYS_set_robust_list, head, ROBUST_HEAD) };
        }),
    },
    Registration {
        name: "exit address",
        get: || told(libc::SYS_prctl, c_long::from(libc::PR_GET_TID_ADDRESS)),
        set: Some(|address| _ = call(libc::SYS_set_tid_address, [address, 0, 0, 0])),
    },
    Registration {
        name: "segment base",
        get: || {
            let mut base = 0i64;
            // SAFETY: stores one word of ours.
            unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_GET_GS, &raw mut base) };
            base
        },
        set: Some(|base| _ = call(libc::SYS_arch_prctl, [ARCH_SET_GS, base, 0, 0])),
    },
    Registration {
        name: "segment table",
        get: segment_table,
        set: None,
    },
    Registration {
        name: "cpuid",
        get: || call(libc::SYS_arch_prctl, [ARCH_GET_CPUID, 0, 0, 0]),
        set: Some(|allowed| _ = call(libc::SYS_arch_prctl, [ARCH_SET_CPUID, allowed, 0, 0])),
    },
    Registration {
        name: "memory policy",
        get: memory_policy,
        set: Some(set_memory_policy),
    },
    Registration {
        name: "cache flush on switch",
        get: || {
            let option = c_long::from(libc::PR_GET_SPECULATION_CTRL);
            call(libc::SYS_prctl, [option, PR_SPEC_L1D_FLUSH, 0, 0])
        },
        set: None,
    },
    Registration {
        name: "core scheduling",
        // The operation 0 stores the cookie of process 0, the caller.
        get: || {
            let mut cookie = 0i64;
            // SAFETY: stores one word of ours.
            unsafe { libc::syscall(libc::SYS_prctl, PR_SCHED_CORE, 0, 0, 0, &raw mut cookie) };
            cookie
        },
        set: None,
    },
    Registration {
        name: "timer numbers",
        get: || {
            let what = [PR_TIMER_CREATE_RESTORE_IDS, RESTORE_IDS_GET, 0, 0];
            call(libc::SYS_prctl, what)
        },
        set: Some(|value| {
            call(libc::SYS_prctl, [PR_TIMER_CREATE_RESTORE_IDS, value, 0, 0]);
        }),
    },
    Registration {
        name: "barriers",
        get: || call(libc::SYS_membarrier, [REGISTRATIONS, 0, 0, 0]),
        set: None,
    },
    Registration {
        name: "keyrings",
        get: keyrings,
        set: None,
    },
    Registration {
        name: "landlock",
        get: refusal_to_mount,
        set: None,
    },
];

/// Those of the calling thread at one moment.
#[derive(Debug)]
pub struct Registrations {
    numbers: [i64; TABLE.len()],
    scheduling: Scheduling,
}

impl Registrations {
    /// Those there are now.
    #[must_use]
    pub fn read() -> Self {
        Self {
            numbers: TABLE.map(|registration| (registration.get)()),
            scheduling: scheduling(),
        }
    }

    /// Puts back what differs, and what the kernel doesn't tell: who else may
    /// trace the process, and access to ports. `lost` is called with the name of
    /// each that stays different.
    pub fn put_back(&self, mut lost: impl FnMut(&'static str)) {
        for (registration, recorded) in TABLE.iter().zip(self.numbers) {
            if (registration.get)() == recorded {
                continue;
            }
            if let Some(set) = registration.set {
                set(recorded);
            }
            if (registration.get)() != recorded {
                lost(registration.name);
            }
        }
        if scheduling() != self.scheduling {
            // SAFETY: a structure that the kernel filled, with its length in it.
            unsafe { libc::syscall(libc::SYS_sched_setattr, 0, self.scheduling.as_ptr(), 0) };
            if scheduling() != self.scheduling {
                lost("scheduling");
            }
        }
        call(
            libc::SYS_prctl,
            [c_long::from(libc::PR_SET_PTRACER), 0, 0, 0],
        );
        call(libc::SYS_iopl, [0; 4]);
        call(libc::SYS_ioperm, [0, 1 << 16, 0, 0]);
    }
}

fn scheduling() -> Scheduling {
    let mut attributes = Scheduling::default();
    let size = size_of_val(&attributes);
    // SAFETY: the kernel writes at most as many bytes as it is told.
    unsafe { libc::syscall(libc::SYS_sched_getattr, 0, attributes.as_mut_ptr(), size, 0) };
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is set here is a thread's own.
    fn on_a_thread(body: impl FnOnce() + Send + 'static) {
        std::thread::spawn(body).join().unwrap();
    }

    fn lost(recorded: &Registrations) -> Vec<&'static str> {
        let mut lost = Vec::new();
        recorded.put_back(|name| lost.push(name));
        lost
    }

    #[test]
    fn put_back_finds_nothing_where_nothing_was_changed() {
        on_a_thread(|| {
            let recorded = Registrations::read();
            for _ in 0..3 {
                assert_eq!(lost(&recorded), [""; 0]);
            }
        });
    }

    #[test]
    fn put_back_undoes_what_can_be_undone() {
        on_a_thread(|| {
            let recorded = Registrations::read();
            let mut place = 0usize;
            let place = &raw mut place;
            // SAFETY: put back below, before the place is gone.
            unsafe { libc::syscall(libc::SYS_set_robust_list, place, ROBUST_HEAD) };
            // SAFETY: likewise.
            unsafe { libc::syscall(libc::SYS_set_tid_address, place) };
            call(libc::SYS_arch_prctl, [ARCH_SET_GS, 4096, 0, 0]);
            let changed = Registrations::read();
            assert!(changed.numbers != recorded.numbers);
            assert_eq!(lost(&recorded), [""; 0]);
            assert_eq!(Registrations::read().numbers, recorded.numbers);
        });
    }

    #[test]
    fn put_back_names_what_stays_different() {
        on_a_thread(|| {
            let mut recorded = Registrations::read();
            let row = TABLE.iter().position(|row| row.name == "segment table");
            recorded.numbers[row.unwrap()] += 1;
            assert_eq!(lost(&recorded), ["segment table"]);
        });
    }
}
