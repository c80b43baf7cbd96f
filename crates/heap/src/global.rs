//! The one guest heap of this process, and which side is running.

use crate::heap::{Heap, HeapError};
use crate::lock::{Guard, SpinLock};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// What each call of the malloc family looks at, in one cache line.
#[repr(align(64))]
struct Global {
    /// The heap; null while there is none. Never freed once set.
    heap: AtomicPtr<Heap>,
    /// Bounds of its range, so that `is_owned` needs no dereference; both 0 while there is none.
    start: AtomicUsize,
    end: AtomicUsize,
    /// The guest is running, so the malloc family serves from the heap.
    is_guest: AtomicBool,
    lock: SpinLock,
}

static GLOBAL: Global = Global {
    heap: AtomicPtr::new(ptr::null_mut()),
    start: AtomicUsize::new(0),
    end: AtomicUsize::new(0),
    is_guest: AtomicBool::new(false),
    lock: SpinLock::new(),
};

/// Makes the guest heap of this process, of at most `cap` bytes.
///
/// # Errors
/// When there is one already, or the range can't be reserved.
pub fn init(cap: usize) -> Result<&'static Heap, HeapError> {
    let heap = Box::into_raw(Box::new(Heap::reserve(cap)?));
    if GLOBAL
        .heap
        .compare_exchange(ptr::null_mut(), heap, Ordering::SeqCst, Ordering::SeqCst)
        .is_err()
    {
        // SAFETY: it was made above and nobody else has seen it.
        drop(unsafe { Box::from_raw(heap) });
        return Err(HeapError::Exists);
    }
    // SAFETY: never freed from here on.
    let heap = unsafe { &*heap };
    GLOBAL.start.store(heap.range().start, Ordering::SeqCst);
    GLOBAL.end.store(heap.range().end, Ordering::SeqCst);
    Ok(heap)
}

/// The guest heap, if there is one.
#[must_use]
#[inline]
pub fn guest_heap() -> Option<&'static Heap> {
    let heap = GLOBAL.heap.load(Ordering::Relaxed);
    // SAFETY: null or a heap that is never freed.
    unsafe { heap.as_ref() }
}

/// The guest heap, if there is one and the guest has no threads: then it needs no lock.
#[inline]
pub(crate) fn unshared() -> Option<&'static Heap> {
    if GLOBAL.lock.is_threaded() {
        return None;
    }
    guest_heap()
}

/// The guest heap with its lock held.
#[cold]
pub(crate) fn locked() -> Option<(&'static Heap, Guard<'static>)> {
    Some((guest_heap()?, GLOBAL.lock.lock()))
}

/// The pointer lies in the guest heap's range; never so while there is none.
#[must_use]
#[inline]
pub fn is_owned(pointer: *const u8) -> bool {
    let address = pointer as usize;
    address >= GLOBAL.start.load(Ordering::Relaxed) && address < GLOBAL.end.load(Ordering::Relaxed)
}

/// The guest is running.
#[must_use]
#[inline]
pub fn is_guest() -> bool {
    GLOBAL.is_guest.load(Ordering::Relaxed)
}

/// From now on the malloc family serves from the guest heap. Does nothing while there is none.
pub fn enter_guest() {
    GLOBAL
        .is_guest
        .store(guest_heap().is_some(), Ordering::SeqCst);
}

/// From now on the malloc family serves from jemalloc.
pub fn leave_guest() {
    GLOBAL.is_guest.store(false, Ordering::SeqCst);
}

/// Says whether the guest has threads besides the main one. Breaks the heap's
/// lock, so it must be called while no such thread runs.
pub fn set_threaded(threaded: bool) {
    GLOBAL.lock.set_threaded(threaded);
}
