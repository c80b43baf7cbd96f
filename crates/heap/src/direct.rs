//! The guest heap for callers that run as the guest and nothing else.
//!
//! An engine that lets its memory functions be replaced can call these. They
//! ask none of what [`crate::malloc_abi`] has to ask: whether the guest is running,
//! and on which side a block lies.

use crate::global::{guest_heap, locked, unshared};
use crate::heap::Heap;
use std::ptr;

/// Calls `body` with the heap; `None` where there is none.
#[inline]
fn with<R>(body: impl Fn(&Heap) -> R) -> Option<R> {
    match unshared() {
        Some(heap) => Some(body(heap)),
        None => with_lock(body),
    }
}

#[cold]
#[inline(never)]
fn with_lock<R>(body: impl Fn(&Heap) -> R) -> Option<R> {
    let (heap, _guard) = locked()?;
    Some(body(heap))
}

/// A block of at least `size` bytes; null where memory ran out or there is no heap.
#[must_use]
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    with(|heap| heap.allocate(size).payload).unwrap_or(ptr::null_mut())
}

/// A block of `count` times `size` zero bytes; null where that is too much, memory
/// ran out or there is no heap.
#[must_use]
#[inline]
pub fn allocate_zeroed(count: usize, size: usize) -> *mut u8 {
    let zeroed = |bytes| with(|heap| heap.allocate_zeroed(bytes));
    let block = count.checked_mul(size).and_then(zeroed);
    block.unwrap_or(ptr::null_mut())
}

/// Frees a block; null is none. A second free of it ends the guest with SIGABRT.
///
/// # Safety
/// A block of the heap's that its owner gave up, or null.
#[inline]
pub unsafe fn free(block: *mut u8) {
    if block.is_null() {
        return;
    }
    // SAFETY: as the caller's.
    if with(|heap| unsafe { heap.free(block) }) == Some(false) {
        crate::malloc_abi::damaged();
    }
}

/// Grows or shrinks a block; null, with the block left alone, where memory ran out.
///
/// # Safety
/// A block of the heap's that is in use, or null for a new one.
#[must_use]
#[inline]
pub unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return allocate(size);
    }
    // SAFETY: as the caller's.
    with(|heap| unsafe { heap.reallocate(block, size) }).unwrap_or(ptr::null_mut())
}

/// Bytes that a block holds; 0 for null.
///
/// # Safety
/// A block of the heap's that is in use, or null.
#[must_use]
#[inline]
pub unsafe fn usable_size(block: *const u8) -> usize {
    match guest_heap() {
        // Nobody else may change a block's header, so no lock is taken.
        // SAFETY: as the caller's.
        Some(heap) if !block.is_null() => unsafe { heap.usable_size(block) },
        _ => 0,
    }
}
