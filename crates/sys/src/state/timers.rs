//! Interval timers and POSIX timers.
//!
//! The kernel numbers POSIX timers of a process upwards and doesn't give a
//! number twice. So a timer made and deleted here tells by its number how many
//! others were made since the last one.

use libc::{c_int, c_long};
use std::mem::MaybeUninit;
use std::ptr;

/// More timers than this between two looks aren't searched for one by one.
const MOST: c_int = 4096;

/// The next number that a POSIX timer will get.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// `None` where the kernel gives no timers.
    next: Option<c_int>,
}

/// The number that a new timer gets; it is gone again.
fn number() -> Option<c_int> {
    // SAFETY: all-zero is a valid sigevent.
    let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
    event.sigev_notify = libc::SIGEV_NONE;
    let mut id: c_int = 0;
    // SAFETY: both pointers are to what the kernel's call takes (its ids are ints).
    let made = unsafe {
        libc::syscall(
            libc::SYS_timer_create,
            c_long::from(libc::CLOCK_MONOTONIC),
            &raw mut event,
            &raw mut id,
        )
    };
    (made == 0).then(|| {
        delete(id);
        id
    })
}

fn delete(id: c_int) {
    // SAFETY: takes a number; one that is no timer's is refused.
    unsafe { libc::syscall(libc::SYS_timer_delete, c_long::from(id)) };
}

impl Timers {
    /// From here on, new timers are foreign.
    #[must_use]
    pub fn read() -> Self {
        Self {
            next: number().and_then(|id| id.checked_add(1)),
        }
    }

    /// Stops the interval timers and deletes every POSIX timer made since.
    /// `false` if there were too many to find.
    pub fn put_back(&mut self) -> bool {
        let off = libc::itimerval {
            it_interval: libc::timeval {
                tv_sec: 0,
                tv_usec: 0,
            },
            it_value: libc::timeval {
                tv_sec: 0,
                tv_usec: 0,
            },
        };
        for which in [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF] {
            // SAFETY: the value is ours, the old one isn't wanted.
            unsafe {
                libc::syscall(
                    libc::SYS_setitimer,
                    which,
                    &raw const off,
                    ptr::null_mut::<libc::itimerval>(),
                )
            };
        }
        let (Some(expected), Some(found)) = (self.next, number()) else {
            return self.next.is_none();
        };
        self.next = found.checked_add(1);
        if !(expected..=expected.saturating_add(MOST)).contains(&found) {
            return false;
        }
        (expected..found).for_each(delete);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn put_back_deletes_timers_made_since() {
        let mut timers = Timers::read();
        let timer = crate::timer::ThreadTimer::create(libc::SIGRTMAX()).unwrap();
        timer.set(std::time::Duration::from_secs(1000)).unwrap();
        assert!(timers.put_back());
        let error = timer.set(std::time::Duration::ZERO).unwrap_err();
        assert_eq!(error.errno(), libc::EINVAL);
        assert!(timers.put_back());
    }
}
