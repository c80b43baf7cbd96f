//! The place where agents meet: one lock, one condition, and what they guard.
//!
//! All of it is guest memory and C's locks, so a lock that a fault leaves held
//! is rolled back with everything else.

use super::queue::Queue;
use super::thread::Agent;
use crate::memory;
use crate::value::Raw;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};
use libc::{pthread_cond_t, pthread_mutex_t, timespec};

/// A shared buffer that was broadcast, kept by the main agent so that agents
/// waiting on it can be woken.
pub(crate) struct Kept {
    /// One count of the SharedArrayBuffer, the main agent's.
    pub(crate) buffer: Raw,
    /// The one broadcast before.
    pub(crate) next: *mut Kept,
}

/// What the lock guards.
pub(crate) struct Shared {
    /// Every agent of the case, latest first.
    pub(crate) agents: *mut Agent,
    /// Reports that nobody has fetched.
    pub(crate) reports: Queue,
    /// Every buffer broadcast; touched by the main agent only.
    pub(crate) buffers: *mut Kept,
}

impl Shared {
    /// The agents, latest first.
    pub(crate) fn agents(&self) -> impl Iterator<Item = &'static Agent> + use<> {
        let mut next = self.agents;
        core::iter::from_fn(move || {
            // SAFETY: the list links live agents and ends in null; agents are
            // taken down by the main agent only, which doesn't iterate meanwhile.
            let agent = unsafe { next.as_ref() }?;
            next = agent.next;
            Some(agent)
        })
    }
}

/// See the module.
pub(crate) struct Hub {
    lock: UnsafeCell<pthread_mutex_t>,
    changed: UnsafeCell<pthread_cond_t>,
    closing: AtomicBool,
    shared: UnsafeCell<Shared>,
}

impl Hub {
    /// A hub in guest memory that is never given back; `None` if memory ran out.
    pub(crate) fn place() -> Option<&'static Self> {
        let hub = memory::place(Self {
            lock: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER),
            changed: UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER),
            closing: AtomicBool::new(false),
            shared: UnsafeCell::new(Shared {
                agents: core::ptr::null_mut(),
                reports: Queue::EMPTY,
                buffers: core::ptr::null_mut(),
            }),
        })?;
        // SAFETY: placed above and never given back.
        let hub: &'static Self = unsafe { &*hub };
        hub.use_monotonic_clock();
        Some(hub)
    }

    /// Gives the hub back, with reports that nobody has fetched.
    ///
    /// # Safety
    /// No agent is left, and nothing refers to the hub any more.
    pub(crate) unsafe fn give_back(&'static self) {
        let hub = core::ptr::from_ref(self).cast_mut();
        // SAFETY: placed by `place`; the rest is the caller's word.
        let mut shared = unsafe { memory::take_back(hub) }.shared.into_inner();
        while let Some(report) = shared.reports.pop() {
            report.free();
        }
    }

    fn use_monotonic_clock(&self) {
        // SAFETY: all zero bits are fine, for it is initialised next.
        let mut attributes: libc::pthread_condattr_t = unsafe { core::mem::zeroed() };
        // SAFETY: `attributes` is written.
        unsafe { libc::pthread_condattr_init(&raw mut attributes) };
        // SAFETY: `attributes` was initialised.
        unsafe { libc::pthread_condattr_setclock(&raw mut attributes, libc::CLOCK_MONOTONIC) };
        // SAFETY: nobody waits on the condition yet, and it stays where it is.
        unsafe { libc::pthread_cond_init(self.changed.get(), &raw const attributes) };
    }

    /// Does `work` under the lock. `work` must not call the engine.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Shared) -> R) -> R {
        // SAFETY: the mutex was initialised and stays where it is.
        unsafe { libc::pthread_mutex_lock(self.lock.get()) };
        // SAFETY: the lock is held, and `work` can't take it again without
        // standing still for ever.
        let result = work(unsafe { &mut *self.shared.get() });
        // SAFETY: held by this thread.
        unsafe { libc::pthread_mutex_unlock(self.lock.get()) };
        result
    }

    /// Wakes everybody who waits.
    pub(crate) fn announce(&self) {
        // SAFETY: the condition was initialised and stays where it is.
        unsafe { libc::pthread_cond_broadcast(self.changed.get()) };
    }

    /// Waits until `ready` gives something, asking again after each
    /// [`Hub::announce`]; `None` when the time `until` (CLOCK_MONOTONIC) is past.
    pub(crate) fn wait<R>(
        &self,
        until: Option<timespec>,
        mut ready: impl FnMut(&mut Shared) -> Option<R>,
    ) -> Option<R> {
        self.with(|shared| {
            loop {
                if let Some(result) = ready(shared) {
                    return Some(result);
                }
                if !self.wait_for_change(until) {
                    return None;
                }
            }
        })
    }

    /// Waits for one announcement, the lock being held; false when out of time.
    fn wait_for_change(&self, until: Option<timespec>) -> bool {
        let (condition, lock) = (self.changed.get(), self.lock.get());
        let failed = match until {
            // SAFETY: both were initialised and the lock is held.
            None => unsafe { libc::pthread_cond_wait(condition, lock) },
            Some(until) => {
                let until = &raw const until;
                // SAFETY: as above, and `until` is readable.
                unsafe { libc::pthread_cond_timedwait(condition, lock, until) }
            }
        };
        failed != libc::ETIMEDOUT
    }

    /// The case is over; agents have to end.
    pub(crate) fn closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Says whether agents have to end.
    pub(crate) fn set_closing(&self, closing: bool) {
        self.with(|_| self.closing.store(closing, Ordering::SeqCst));
        self.announce();
    }
}

/// The time `ms` milliseconds from now, on the clock that [`Hub::wait`] uses.
pub(crate) fn in_ms(ms: u32) -> timespec {
    let mut time = now();
    time.tv_sec += i64::from(ms / 1000);
    time.tv_nsec += i64::from(ms % 1000) * 1_000_000;
    if time.tv_nsec >= 1_000_000_000 {
        time.tv_sec += 1;
        time.tv_nsec -= 1_000_000_000;
    }
    time
}

/// The monotonic clock's time.
pub(crate) fn now() -> timespec {
    let mut time = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is written.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time
}
