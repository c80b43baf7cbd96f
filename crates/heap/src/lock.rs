//! The lock that is taken only while the guest has threads.
//!
//! It lives in host memory, and the worker breaks it at each restore: a test
//! that died while holding it must not stop the next one.

use std::sync::atomic::{AtomicBool, Ordering};

/// A lock that costs one load while nothing is threaded.
#[derive(Debug, Default)]
pub(crate) struct SpinLock {
    threaded: AtomicBool,
    held: AtomicBool,
}

/// Lets go of the lock when dropped.
pub(crate) struct Guard<'a>(Option<&'a SpinLock>);

impl SpinLock {
    pub(crate) const fn new() -> Self {
        Self {
            threaded: AtomicBool::new(false),
            held: AtomicBool::new(false),
        }
    }

    /// Takes it, if the guest has threads.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_> {
        if !self.is_threaded() {
            return Guard(None);
        }
        self.take()
    }

    /// The guest has threads.
    #[inline]
    pub(crate) fn is_threaded(&self) -> bool {
        self.threaded.load(Ordering::Relaxed)
    }

    #[cold]
    #[inline(never)]
    fn take(&self) -> Guard<'_> {
        while self.held.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
        Guard(Some(self))
    }

    /// Says whether the guest has threads from now on, and breaks the lock.
    pub(crate) fn set_threaded(&self, threaded: bool) {
        self.threaded.store(threaded, Ordering::SeqCst);
        self.held.store(false, Ordering::SeqCst);
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(lock) = self.0 {
            lock.held.store(false, Ordering::Release);
        }
    }
}
