//! System V shared memory, semaphores and message queues, which outlive a process.
//!
//! They belong to a whole IPC namespace. Where this process has one of its own
//! ([`own_objects`](super::own_objects)), whatever is new there is its own and
//! is removed. Elsewhere a new object may be another program's, so it is
//! attributed: shared memory names its maker; of the others it is known only
//! whose user made them, and when.

use libc::{c_int, c_long};
use std::collections::BTreeSet;
use std::mem::MaybeUninit;

/// Highest index that is looked at.
const MOST: c_int = 1024;

/// A sort of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Memory,
    Semaphores,
    Queue,
}

const SORTS: [Sort; 3] = [Sort::Memory, Sort::Semaphores, Sort::Queue];

/// One object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Object {
    id: c_int,
    /// The user who made it.
    maker: libc::uid_t,
    /// Seconds since the epoch, of its making or last change of owner.
    changed: i64,
    /// The process that made it, where the kernel remembers.
    process: Option<libc::pid_t>,
}

/// Numbers that differ where something was made or removed, though perhaps
/// not where both was.
type Counts = [(c_int, c_long); SORTS.len()];

/// The System V objects there are at one moment.
#[derive(Clone, Debug)]
pub struct SharedObjects {
    /// This process has a namespace of its own.
    own: bool,
    known: BTreeSet<(Sort, c_int)>,
    counts: Counts,
    /// When the code began whose objects are new ones, in seconds since the epoch.
    since: i64,
}

/// `SHM_INFO` and its kin, and the calls that ask about all by index (Linux 4.17).
const INFO: [c_int; 3] = [14, 19, 12];
const STAT_ANY: [c_int; 3] = [15, 20, 13];

impl Sort {
    const fn index(self) -> usize {
        self as usize
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "shared memory",
            Self::Semaphores => "semaphores",
            Self::Queue => "message queue",
        }
    }

    /// Highest index in use, -1 where the sort isn't offered, and how many there are.
    fn count(self) -> (c_int, c_long) {
        // The largest is shm_info: an int of ids in use, then five longs.
        let mut info = [0 as c_int; 32];
        let command = INFO[self.index()];
        let place = info.as_mut_ptr();
        let highest = match self {
            // SAFETY: the buffer is larger than what the kernel writes.
            Self::Memory => unsafe { libc::syscall(libc::SYS_shmctl, 0, command, place) },
            // SAFETY: likewise.
            Self::Semaphores => unsafe { libc::syscall(libc::SYS_semctl, 0, 0, command, place) },
            // SAFETY: likewise.
            Self::Queue => unsafe { libc::syscall(libc::SYS_msgctl, 0, command, place) },
        };
        // Of shm_info and msginfo the first number, of seminfo the eighth (`semusz`).
        let count = info[if self == Self::Semaphores { 7 } else { 0 }];
        (c_int::try_from(highest).unwrap_or(-1), c_long::from(count))
    }

    fn object(self, index: c_int) -> Option<Object> {
        match self {
            Self::Memory => memory(index),
            Self::Semaphores => semaphores(index),
            Self::Queue => queue(index),
        }
    }

    fn objects(self) -> impl Iterator<Item = Object> {
        let (highest, _) = self.count();
        (0..=highest.min(MOST)).filter_map(move |index| self.object(index))
    }

    fn remove(self, id: c_int) -> bool {
        let removed = match self {
            // SAFETY: removal takes no structure. It stays until the last detaches.
            Self::Memory => unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) },
            // SAFETY: removal takes no structure.
            Self::Semaphores => unsafe { libc::semctl(id, 0, libc::IPC_RMID) },
            // SAFETY: removal takes no structure.
            Self::Queue => unsafe { libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut()) },
        };
        removed == 0
    }
}

fn memory(index: c_int) -> Option<Object> {
    let mut found = MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: the structure is the one that this command fills.
    let id = unsafe { libc::shmctl(index, STAT_ANY[0], found.as_mut_ptr()) };
    // SAFETY: zeroed, which is valid, and perhaps filled.
    let found = unsafe { found.assume_init() };
    (id >= 0).then_some(Object {
        id,
        maker: found.shm_perm.cuid,
        changed: found.shm_ctime,
        process: Some(found.shm_cpid),
    })
}

fn semaphores(index: c_int) -> Option<Object> {
    let mut found = MaybeUninit::<libc::semid_ds>::zeroed();
    // SAFETY: the structure is the one that this command fills.
    let id = unsafe { libc::semctl(index, 0, STAT_ANY[1], found.as_mut_ptr()) };
    // SAFETY: zeroed, which is valid, and perhaps filled.
    let found = unsafe { found.assume_init() };
    (id >= 0).then_some(Object {
        id,
        maker: found.sem_perm.cuid,
        changed: found.sem_ctime,
        process: None,
    })
}

fn queue(index: c_int) -> Option<Object> {
    let mut found = MaybeUninit::<libc::msqid_ds>::zeroed();
    // SAFETY: the structure is the one that this command fills.
    let id = unsafe { libc::msgctl(index, STAT_ANY[2], found.as_mut_ptr()) };
    // SAFETY: zeroed, which is valid, and perhaps filled.
    let found = unsafe { found.assume_init() };
    (id >= 0).then_some(Object {
        id,
        maker: found.msg_perm.cuid,
        changed: found.msg_ctime,
        process: None,
    })
}

/// Whose a new object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    This,
    Another,
    /// Of this user, and made while the code ran, by nobody who can be asked.
    Unknown,
}

fn counts() -> Counts {
    SORTS.map(Sort::count)
}

fn now() -> i64 {
    // SAFETY: null only asks.
    unsafe { libc::time(std::ptr::null_mut()) }
}

impl SharedObjects {
    /// Those there are now. `own` says that the namespace is this process's alone.
    #[must_use]
    pub fn read(own: bool) -> Self {
        let mut objects = Self {
            own,
            known: BTreeSet::new(),
            counts: counts(),
            since: now(),
        };
        objects.learn();
        objects
    }

    fn learn(&mut self) {
        let of = |sort: Sort| sort.objects().map(move |object| (sort, object.id));
        self.known = SORTS.into_iter().flat_map(of).collect();
    }

    /// Code begins: what others made since the last look isn't its.
    pub fn catch_up(&mut self) {
        if self.own {
            return;
        }
        let counts = counts();
        if counts != self.counts {
            self.counts = counts;
            self.learn();
        }
        self.since = now();
    }

    /// Removes what that code made and left. The sort of what can't be removed
    /// or may be its, and of what it removed that was there before.
    pub fn put_back(&mut self) -> Option<&'static str> {
        let mut lost = None;
        let mut seen = 0;
        for sort in SORTS {
            for object in sort.objects() {
                if self.known.contains(&(sort, object.id)) {
                    seen += 1;
                    continue;
                }
                let gone = match self.owner(&object) {
                    Owner::This => sort.remove(object.id),
                    Owner::Another => true,
                    Owner::Unknown => false,
                };
                if !gone {
                    lost.get_or_insert(sort.name());
                }
            }
        }
        if self.own && seen < self.known.len() {
            lost.get_or_insert("shared objects");
        }
        lost
    }

    fn owner(&self, object: &Object) -> Owner {
        // SAFETY: takes nothing and can't fail.
        let (process, user) = (unsafe { libc::getpid() }, crate::process::user());
        if self.own || object.process == Some(process) {
            return Owner::This;
        }
        let older = object.changed < self.since;
        let alive = object.process.is_some_and(crate::process::exists);
        if older || alive || object.maker != user {
            return Owner::Another;
        }
        Owner::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// The objects are the system's: tests that make some take turns.
    fn turn() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(sort: Sort) -> c_int {
        let new = libc::IPC_CREAT | 0o600;
        let id = match sort {
            // SAFETY: takes numbers.
            Sort::Memory => unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, new) },
            // SAFETY: takes numbers.
            Sort::Semaphores => unsafe { libc::semget(libc::IPC_PRIVATE, 1, new) },
            // SAFETY: takes numbers.
            Sort::Queue => unsafe { libc::msgget(libc::IPC_PRIVATE, new) },
        };
        assert!(id >= 0, "{}", std::io::Error::last_os_error());
        id
    }

    fn exists(sort: Sort, id: c_int) -> bool {
        sort.objects().any(|object| object.id == id)
    }

    #[test]
    fn objects_that_were_there_before_are_left_alone() {
        let _turn = turn();
        let before = SORTS.map(make);
        let mut objects = SharedObjects::read(false);
        assert_eq!(objects.put_back(), None);
        for (sort, id) in SORTS.into_iter().zip(before) {
            assert!(exists(sort, id));
            assert!(sort.remove(id));
        }
    }

    #[test]
    fn shared_memory_of_this_process_is_removed_and_other_objects_are_told() {
        let _turn = turn();
        let mut objects = SharedObjects::read(false);
        let memory = make(Sort::Memory);
        assert_eq!(objects.put_back(), None);
        assert!(!exists(Sort::Memory, memory));
        for sort in [Sort::Semaphores, Sort::Queue] {
            let id = make(sort);
            assert_eq!(objects.put_back(), Some(sort.name()));
            assert!(sort.remove(id));
        }
    }

    #[test]
    fn objects_made_before_the_code_began_are_anothers() {
        let _turn = turn();
        let mut objects = SharedObjects::read(false);
        let made = SORTS.map(make);
        objects.catch_up();
        assert_eq!(objects.put_back(), None);
        for (sort, id) in SORTS.into_iter().zip(made) {
            assert!(exists(sort, id));
            assert!(sort.remove(id));
        }
    }

    #[test]
    fn owner_of_a_new_object_is_told_from_maker_time_and_process() {
        let objects = SharedObjects {
            own: false,
            known: BTreeSet::new(),
            counts: [(0, 0); 3],
            since: 1000,
        };
        let user = crate::process::user();
        let made = |maker, changed, process| {
            objects.owner(&Object {
                id: 1,
                maker,
                changed,
                process,
            })
        };
        let own = std::process::id().cast_signed();
        assert_eq!(made(user, 1000, Some(own)), Owner::This);
        assert_eq!(made(user, 1000, Some(1)), Owner::Another, "it lives");
        assert_eq!(made(user, 1000, Some(1 << 30)), Owner::Unknown);
        assert_eq!(made(user, 1000, None), Owner::Unknown);
        assert_eq!(made(user, 999, None), Owner::Another);
        assert_eq!(made(user + 1, 1000, None), Owner::Another);
    }
}
