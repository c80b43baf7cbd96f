//! Shared memory, semaphores and message queues that outlive a process.
//!
//! They belong to the whole IPC namespace, so an object that is new may be
//! somebody else's. Only what this process itself made is removed; whatever
//! else is new is for the caller to report.

use libc::{c_int, c_long};
use std::mem::MaybeUninit;

/// Most objects of one sort that are remembered by number.
const MOST: usize = 1024;

/// Numbers of the System V objects of this user at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedObjects {
    /// Objects in use, by sort; `-1` where the sort isn't offered.
    counts: [i64; 3],
}

/// shmctl(2), semctl(2), msgctl(2): `SHM_INFO` and its kin.
const MEMORY_INFO: c_int = 14;
const SEMAPHORE_INFO: c_int = 19;
const QUEUE_INFO: c_int = 12;

/// Sorts, in the order of [`SharedObjects::counts`].
const SORTS: [&str; 3] = ["shared memory", "semaphores", "message queue"];

fn memory_in_use() -> i64 {
    // The kernel's shm_info: an int of ids in use, then five longs.
    let mut info = [0 as c_long; 8];
    // SAFETY: the buffer is larger than what the kernel writes.
    let done = unsafe { libc::syscall(libc::SYS_shmctl, 0, MEMORY_INFO, info.as_mut_ptr()) };
    if done < 0 { -1 } else { info[0] & 0xffff_ffff }
}

fn semaphores_in_use() -> i64 {
    // The kernel's seminfo: ten ints; sets in use is the eighth (`semusz`).
    let mut info = [0 as c_int; 16];
    // SAFETY: the buffer is larger than what the kernel writes.
    let done = unsafe { libc::syscall(libc::SYS_semctl, 0, 0, SEMAPHORE_INFO, info.as_mut_ptr()) };
    if done < 0 { -1 } else { i64::from(info[7]) }
}

fn queues_in_use() -> i64 {
    // The kernel's msginfo: seven ints and a short; queues in use is the first (`msgpool`).
    let mut info = [0 as c_int; 16];
    // SAFETY: the buffer is larger than what the kernel writes.
    let done = unsafe { libc::syscall(libc::SYS_msgctl, 0, QUEUE_INFO, info.as_mut_ptr()) };
    if done < 0 { -1 } else { i64::from(info[0]) }
}

impl SharedObjects {
    /// How many there are now.
    #[must_use]
    pub fn read() -> Self {
        Self {
            counts: [memory_in_use(), semaphores_in_use(), queues_in_use()],
        }
    }

    /// Removes shared memory that this process made and left; the sort of an
    /// object that is more than there were, if there is one. Counts anew.
    pub fn put_back(&mut self) -> Option<&'static str> {
        let mut now = Self::read();
        if now == *self {
            return None;
        }
        if now.counts[0] > self.counts[0] {
            remove_own_memory();
            now = Self::read();
        }
        let more = now
            .counts
            .iter()
            .zip(self.counts)
            .position(|(now, before)| *now > before);
        *self = now;
        more.and_then(|sort| SORTS.get(sort).copied())
    }
}

/// Removes the segments whose maker is this process.
fn remove_own_memory() {
    // SAFETY: getpid can't fail.
    let own = unsafe { libc::getpid() };
    for index in 0..c_int::try_from(MOST).unwrap_or(0) {
        let mut found = MaybeUninit::<libc::shmid_ds>::zeroed();
        const BY_INDEX: c_int = 13;
        // SAFETY: the structure is the one that SHM_STAT fills.
        let id = unsafe { libc::shmctl(index, BY_INDEX, found.as_mut_ptr()) };
        // SAFETY: zeroed, which is valid, and perhaps filled.
        if id >= 0 && unsafe { found.assume_init() }.shm_cpid == own {
            // SAFETY: the segment is this process's own; it stays until the last detaches.
            unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) };
        }
    }
}

/// Where POSIX shared memory and semaphores have their names.
#[must_use]
pub const fn shared_memory_folder() -> &'static str {
    "/dev/shm"
}
