//! Numbers that the kernel keeps of a process: identity, privileges, priority,
//! file mode mask, and the many switches of prctl(2).
//!
//! Each is a row of one table: how to read it and, where the kernel allows it,
//! how to set it.

use super::namespaces::Namespaces;
use libc::{c_int, c_long, c_ulong};
use std::mem::MaybeUninit;

/// One number.
struct Attribute {
    /// Kind and what it is, for reports: `umask`.
    name: &'static str,
    get: fn() -> i64,
    /// Sets it; what came of it is seen by reading it again. `None` where a
    /// process can't go back.
    set: Option<fn(i64)>,
}

const PR_GET_IO_FLUSHER: c_int = 58;
const PR_SET_IO_FLUSHER: c_int = 57;
const PR_SET_MEMORY_MERGE: c_int = 67;
const PR_GET_MEMORY_MERGE: c_int = 68;
const PR_GET_MDWE: c_int = 66;
/// `IOPRIO_WHO_PROCESS`.
const PROCESS: c_long = 1;

fn control(option: c_int) -> i64 {
    let none: c_ulong = 0;
    // SAFETY: the options used here take no pointer and only ask.
    i64::from(unsafe { libc::prctl(option, none, none, none, none) })
}

fn set_control(option: c_int, value: i64) {
    let none: c_ulong = 0;
    // SAFETY: the options used here take a number and touch no memory.
    unsafe { libc::prctl(option, value.cast_unsigned(), none, none, none) };
}

fn set_memory_failure(policy: i64) {
    let (set, none): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: takes numbers.
    unsafe { libc::prctl(libc::PR_MCE_KILL, set, policy, none, none) };
}

fn call(number: c_long, first: c_long) -> i64 {
    // SAFETY: used with calls that take at most one number and touch no memory.
    unsafe { libc::syscall(number, first, 0 as c_long, 0 as c_long) }
}

/// The mask can't be read without setting it.
fn umask() -> i64 {
    // SAFETY: umask takes a number and can't fail.
    let mask = unsafe { libc::umask(0o077) };
    // SAFETY: as above.
    unsafe { libc::umask(mask) };
    i64::from(mask)
}

fn set_umask(value: i64) {
    // SAFETY: as above; a mask has nine bits.
    unsafe { libc::umask(libc::mode_t::try_from(value).unwrap_or(0o022)) };
}

fn nice() -> i64 {
    // The raw call gives 20 less the nice value, which is never negative.
    call(
        libc::SYS_getpriority,
        libc::c_long::from(libc::PRIO_PROCESS),
    )
}

fn set_nice(value: i64) {
    // SAFETY: three numbers, no memory.
    unsafe { libc::syscall(libc::SYS_setpriority, 0 as c_long, 0 as c_long, 20 - value) };
}

fn set_io_priority(value: i64) {
    // SAFETY: three numbers, no memory.
    unsafe { libc::syscall(libc::SYS_ioprio_set, PROCESS, 0 as c_long, value) };
}

fn set_group(value: i64) {
    // SAFETY: two numbers, no memory.
    unsafe { libc::setpgid(0, libc::pid_t::try_from(value).unwrap_or(0)) };
}

fn set_ordinary_scheduler(policy: i64) {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameters are ours; a policy with priorities is refused.
    unsafe {
        libc::sched_setscheduler(
            0,
            c_int::try_from(policy).unwrap_or(0),
            &raw const parameters,
        )
    };
}

fn root_folder() -> i64 {
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: a C string and a structure of ours.
    if unsafe { libc::stat(c"/".as_ptr(), found.as_mut_ptr()) } != 0 {
        return -1;
    }
    // SAFETY: zeroed, and filled by the call.
    let found = unsafe { found.assume_init() };
    (found.st_ino ^ found.st_dev.rotate_left(40)).cast_signed()
}

macro_rules! switch {
    ($name:literal, $get:expr, $set:expr) => {
        Attribute {
            name: $name,
            get: || control($get),
            set: Some(|value| set_control($set, value)),
        }
    };
}

const TABLE: [Attribute; 20] = [
    Attribute {
        name: "umask",
        get: umask,
        set: Some(set_umask),
    },
    Attribute {
        name: "nice value",
        get: nice,
        set: Some(set_nice),
    },
    Attribute {
        name: "io priority",
        get: || call(libc::SYS_ioprio_get, PROCESS),
        set: Some(set_io_priority),
    },
    Attribute {
        name: "scheduler",
        get: || call(libc::SYS_sched_getscheduler, 0),
        set: Some(set_ordinary_scheduler),
    },
    Attribute {
        name: "process group",
        get: || call(libc::SYS_getpgid, 0),
        set: Some(set_group),
    },
    Attribute {
        name: "session",
        get: || call(libc::SYS_getsid, 0),
        set: None,
    },
    Attribute {
        name: "root folder",
        get: root_folder,
        set: None,
    },
    Attribute {
        name: "personality",
        get: || call(libc::SYS_personality, 0xffff_ffff),
        set: Some(|value| _ = call(libc::SYS_personality, value)),
    },
    switch!("dumpable", libc::PR_GET_DUMPABLE, libc::PR_SET_DUMPABLE),
    switch!(
        "keep capabilities",
        libc::PR_GET_KEEPCAPS,
        libc::PR_SET_KEEPCAPS
    ),
    switch!(
        "secure bits",
        libc::PR_GET_SECUREBITS,
        libc::PR_SET_SECUREBITS
    ),
    switch!(
        "timer slack",
        libc::PR_GET_TIMERSLACK,
        libc::PR_SET_TIMERSLACK
    ),
    switch!(
        "huge pages",
        libc::PR_GET_THP_DISABLE,
        libc::PR_SET_THP_DISABLE
    ),
    switch!("io flusher", PR_GET_IO_FLUSHER, PR_SET_IO_FLUSHER),
    switch!("memory merging", PR_GET_MEMORY_MERGE, PR_SET_MEMORY_MERGE),
    Attribute {
        name: "memory failure policy",
        get: || control(libc::PR_MCE_KILL_GET),
        set: Some(set_memory_failure),
    },
    Attribute {
        name: "memory denied write and execute",
        get: || control(PR_GET_MDWE),
        set: None,
    },
    Attribute {
        name: "time stamp counter",
        get: || told(libc::PR_GET_TSC),
        set: Some(|value| set_control(libc::PR_SET_TSC, value)),
    },
    Attribute {
        name: "death signal",
        get: || told(libc::PR_GET_PDEATHSIG),
        set: Some(|value| set_control(libc::PR_SET_PDEATHSIG, value)),
    },
    Attribute {
        name: "child subreaper",
        get: || told(libc::PR_GET_CHILD_SUBREAPER),
        set: Some(|value| set_control(libc::PR_SET_CHILD_SUBREAPER, value)),
    },
];

/// For options that store their answer behind a pointer.
fn told(option: c_int) -> i64 {
    let mut value: c_int = -1;
    // SAFETY: these options write one int.
    unsafe {
        libc::prctl(
            option,
            &raw mut value,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    };
    i64::from(value)
}

/// May enter another namespace without making a user namespace first, which
/// would show in [`Status`](super::Status).
pub(super) fn privileged() -> bool {
    const CAP_SYS_ADMIN: c_ulong = 21;
    let none: c_ulong = 0;
    // SAFETY: asks about one capability of the bounding set; no memory.
    let bounded = unsafe { libc::prctl(libc::PR_CAPBSET_READ, CAP_SYS_ADMIN, none, none, none) };
    // SAFETY: geteuid can't fail.
    bounded == 1 && unsafe { libc::geteuid() } == 0
}

/// Numbers and names of a process at one moment.
#[derive(Debug)]
pub struct Attributes {
    numbers: [i64; TABLE.len()],
    name: [u8; 16],
    processors: Vec<u64>,
    /// Only where they can be changed without a trace in the numbers.
    namespaces: Option<Namespaces>,
}

impl Attributes {
    /// Those of the calling thread and its process.
    #[must_use]
    pub fn read() -> Self {
        Self {
            numbers: TABLE.map(|attribute| (attribute.get)()),
            name: thread_name(),
            processors: processors().to_vec(),
            namespaces: privileged().then(Namespaces::read).flatten(),
        }
    }

    /// The same without namespaces, which cost most to compare: for code that
    /// makes no system calls of its own.
    #[must_use]
    pub fn without_namespaces(mut self) -> Self {
        self.namespaces = None;
        self
    }

    /// Puts back what differs. `lost` is called with the name of each that
    /// stays different. Namespaces are left out: see [`Attributes::left_namespaces`].
    pub fn put_back(&self, mut lost: impl FnMut(&'static str)) {
        for (attribute, recorded) in TABLE.iter().zip(self.numbers) {
            if (attribute.get)() == recorded {
                continue;
            }
            if let Some(set) = attribute.set {
                set(recorded);
            }
            if (attribute.get)() != recorded {
                lost(attribute.name);
            }
        }
        // SAFETY: the name is 16 bytes of ours with a NUL at the end.
        unsafe { libc::prctl(libc::PR_SET_NAME, self.name.as_ptr()) };
        if processors()[..] != self.processors[..] && !set_processors(&self.processors) {
            lost("cpu affinity");
        }
    }

    /// The process is in other namespaces than it was, where that is looked at.
    #[must_use]
    pub fn left_namespaces(&self) -> bool {
        self.namespaces.as_ref().is_some_and(Namespaces::are_others)
    }
}

fn thread_name() -> [u8; 16] {
    let mut name = [0u8; 16];
    // SAFETY: the kernel writes at most 16 bytes, NUL included.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name
}

/// Mask of the processors that the calling thread may run on: room for 1,024.
fn processors() -> [u64; 16] {
    let mut mask = [0u64; 16];
    // SAFETY: the kernel writes at most as many bytes as it is told.
    unsafe {
        libc::syscall(
            libc::SYS_sched_getaffinity,
            0 as c_long,
            size_of_val(&mask),
            mask.as_mut_ptr(),
        )
    };
    mask
}

fn set_processors(mask: &[u64]) -> bool {
    // SAFETY: the kernel reads as many bytes as it is told.
    let set = unsafe {
        libc::syscall(
            libc::SYS_sched_setaffinity,
            0 as c_long,
            size_of_val(mask),
            mask.as_ptr(),
        )
    };
    set == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// The attributes are the process's, and even reading the umask sets it for
    /// a moment: tests that do either take turns.
    fn turn() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn put_back_undoes_what_a_process_may_undo() {
        let _turn = turn();
        let before = Attributes::read();
        let other = if umask() == 0o027 { 0o022 } else { 0o027 };
        set_umask(other);
        set_control(libc::PR_SET_TIMERSLACK, 123_456);
        // SAFETY: a C string of fewer than 16 bytes.
        unsafe { libc::prctl(libc::PR_SET_NAME, c"another".as_ptr()) };
        assert_eq!(umask(), other);
        let mut lost = Vec::new();
        before.put_back(|name| lost.push(name));
        assert_eq!(lost, [""; 0]);
        let after = Attributes::read();
        assert_eq!((after.numbers, after.name), (before.numbers, before.name));
    }

    #[test]
    fn put_back_names_what_stays_different() {
        let _turn = turn();
        let mut recorded = Attributes::read();
        let session = TABLE.iter().position(|row| row.name == "session").unwrap();
        recorded.numbers[session] += 1;
        let mut lost = Vec::new();
        recorded.put_back(|name| lost.push(name));
        assert_eq!(lost, ["session"]);
    }
}
