//! The one guest heap of this process, and which side is running.

use crate::heap::{Heap, HeapError};
use crate::lock::{Guard, SpinLock};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// The heap; null while there is none. Never freed once set.
static HEAP: AtomicPtr<Heap> = AtomicPtr::new(ptr::null_mut());
/// Bounds of its range, so that `is_owned` needs no dereference; both 0 while there is none.
static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// The guest is running, so the malloc family serves from the heap.
static GUEST: AtomicBool = AtomicBool::new(false);
static LOCK: SpinLock = SpinLock::new();

/// Makes the guest heap of this process, of at most `cap` bytes.
///
/// # Errors
/// When there is one already, or the range can't be reserved.
pub fn init(cap: usize) -> Result<&'static Heap, HeapError> {
    let heap = Box::into_raw(Box::new(Heap::reserve(cap)?));
    if HEAP
        .compare_exchange(ptr::null_mut(), heap, Ordering::SeqCst, Ordering::SeqCst)
        .is_err()
    {
        // SAFETY: it was made above and nobody else has seen it.
        drop(unsafe { Box::from_raw(heap) });
        return Err(HeapError::Exists);
    }
    // SAFETY: never freed from here on.
    let heap = unsafe { &*heap };
    START.store(heap.range().start, Ordering::SeqCst);
    END.store(heap.range().end, Ordering::SeqCst);
    Ok(heap)
}

/// The guest heap, if there is one.
#[must_use]
pub fn guest_heap() -> Option<&'static Heap> {
    let heap = HEAP.load(Ordering::Relaxed);
    // SAFETY: null or a heap that is never freed.
    unsafe { heap.as_ref() }
}

/// The guest heap with its lock held.
pub(crate) fn locked() -> Option<(&'static Heap, Guard<'static>)> {
    Some((guest_heap()?, LOCK.lock()))
}

/// The pointer lies in the guest heap's range; never so while there is none.
#[must_use]
#[inline]
pub fn is_owned(pointer: *const u8) -> bool {
    let address = pointer as usize;
    address >= START.load(Ordering::Relaxed) && address < END.load(Ordering::Relaxed)
}

/// The guest is running.
#[must_use]
#[inline]
pub fn is_guest() -> bool {
    GUEST.load(Ordering::Relaxed)
}

/// From now on the malloc family serves from the guest heap. Does nothing while there is none.
pub fn enter_guest() {
    GUEST.store(guest_heap().is_some(), Ordering::SeqCst);
}

/// From now on the malloc family serves from jemalloc.
pub fn leave_guest() {
    GUEST.store(false, Ordering::SeqCst);
}

/// Says whether the guest has threads besides the main one. Breaks the heap's
/// lock, so it must be called while no such thread runs.
pub fn set_threaded(threaded: bool) {
    LOCK.set_threaded(threaded);
}
