//! A POSIX timer that signals one thread.
//!
//! `alarm` and `setitimer` are one per process and the guest may use them, so
//! this is `timer_create` with `SIGEV_THREAD_ID`, made once.

use crate::error::{SysError, check};
use crate::thread::thread_id;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Duration;

/// A one-shot timer of the thread that made it.
#[derive(Debug)]
pub struct ThreadTimer {
    id: libc::timer_t,
}

impl ThreadTimer {
    /// Makes a disarmed timer that sends `signal` to the calling thread, by wall clock
    /// (`CLOCK_MONOTONIC`).
    ///
    /// # Errors
    /// `EAGAIN` where the process has too many timers or pending signals.
    pub fn create(signal: i32) -> Result<Self, SysError> {
        // SAFETY: all-zero is a valid sigevent.
        let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event.sigev_notify_thread_id = thread_id();
        let mut id = ptr::null_mut();
        // SAFETY: both pointers are to structures of the right type.
        let result =
            unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut id) };
        check("timer_create", result).map_err(|error| error.mend("raise `ulimit -i`"))?;
        Ok(Self { id })
    }

    /// Lets it fire once, `after` from now; zero disarms it. Safe in a signal handler.
    ///
    /// # Errors
    /// None that the kernel documents for a valid span.
    pub fn set(&self, after: Duration) -> Result<(), SysError> {
        self.handle().set(after)
    }

    /// The kernel has it still.
    #[must_use]
    pub fn exists(&self) -> bool {
        let mut value = MaybeUninit::<libc::itimerspec>::uninit();
        // SAFETY: the place has the right type; the kernel checks the handle.
        unsafe { libc::timer_gettime(self.id, value.as_mut_ptr()) == 0 }
    }

    /// The kernel's handle, for use in a signal handler.
    #[must_use]
    pub fn handle(&self) -> TimerHandle {
        TimerHandle(self.id as usize)
    }
}

/// A timer by the kernel's handle, as a number that an atomic can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerHandle(pub usize);

impl TimerHandle {
    /// As [`ThreadTimer::set`]. Safe in a signal handler.
    ///
    /// # Errors
    /// `EINVAL` where there is no such timer.
    pub fn set(self, after: Duration) -> Result<(), SysError> {
        let value = libc::itimerspec {
            it_interval: libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: libc::timespec {
                tv_sec: libc::time_t::try_from(after.as_secs()).unwrap_or(libc::time_t::MAX),
                tv_nsec: libc::c_long::from(after.subsec_nanos()),
            },
        };
        let id = self.0 as libc::timer_t;
        // SAFETY: the value is the structure this call takes; the handle is a
        // number to the kernel, which checks it.
        let result = unsafe { libc::timer_settime(id, 0, &raw const value, ptr::null_mut()) };
        check("timer_settime", result).map(drop)
    }
}

/// Nanoseconds of the monotonic clock. Safe in a signal handler.
#[must_use]
pub fn monotonic_ns() -> u64 {
    let mut now = MaybeUninit::zeroed();
    // SAFETY: the pointer is to a timespec of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr()) };
    // SAFETY: zeroed, and filled by the call.
    nanoseconds(unsafe { now.assume_init() })
}

/// The same by a system call, which works where code has forbidden the
/// processor's counter to this thread. It takes longer.
#[must_use]
pub fn monotonic_ns_by_call() -> u64 {
    let (clock, mut now) = (libc::CLOCK_MONOTONIC, MaybeUninit::zeroed());
    // SAFETY: the pointer is to a timespec of ours.
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock, now.as_mut_ptr()) };
    // SAFETY: zeroed, and perhaps filled.
    nanoseconds(unsafe { now.assume_init() })
}

fn nanoseconds(time: libc::timespec) -> u64 {
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Lets this thread read the processor's counter, which is what clocks are made
/// of, and which code may have forbidden.
pub fn allow_counter() {
    let (allow, none): (libc::c_ulong, libc::c_ulong) = (1, 0);
    // SAFETY: takes numbers.
    unsafe { libc::prctl(libc::PR_SET_TSC, allow, none, none, none) };
}
