//! Where the engine's own memory comes from.
//!
//! It is built without its arenas (`.cargo/config.toml`) and asks for each block:
//! what a test allocates lies on pages that no checkpoint has, and is dropped.

use crate::value::size;
use libc::c_void;
use rewind_heap::direct;
use rquickjs_sys as q;

static FUNCTIONS: q::JSMallocFunctions = q::JSMallocFunctions {
    js_calloc: Some(calloc),
    js_malloc: Some(malloc),
    js_free: Some(free),
    js_realloc: Some(realloc),
    js_malloc_usable_size: Some(usable_size),
};

/// A runtime whose blocks come from the guest heap by the shortest way; null if
/// memory ran out. In a process without a guest heap, from C's `malloc`.
pub(crate) fn new_runtime() -> *mut q::JSRuntime {
    if rewind_heap::guest_heap().is_none() {
        // SAFETY: callable at any time.
        return unsafe { q::JS_NewRuntime() };
    }
    // SAFETY: the engine copies the table, whose functions are what it asks for.
    unsafe { q::JS_NewRuntime2(&raw const FUNCTIONS, core::ptr::null_mut()) }
}

/// More than there can be where it doesn't fit.
fn bytes(size: q::size_t) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

unsafe extern "C" fn malloc(_: *mut c_void, size: q::size_t) -> *mut c_void {
    direct::allocate(bytes(size)).cast()
}

unsafe extern "C" fn calloc(_: *mut c_void, count: q::size_t, size: q::size_t) -> *mut c_void {
    direct::allocate_zeroed(bytes(count), bytes(size)).cast()
}

unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void) {
    // SAFETY: the engine frees what it got from these functions.
    unsafe { direct::free(block.cast()) };
}

unsafe extern "C" fn realloc(_: *mut c_void, block: *mut c_void, size: q::size_t) -> *mut c_void {
    // SAFETY: as above.
    unsafe { direct::reallocate(block.cast(), bytes(size)) }.cast()
}

unsafe extern "C" fn usable_size(block: *const c_void) -> q::size_t {
    // SAFETY: as above.
    size(unsafe { direct::usable_size(block.cast()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};

    static ASKED: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" fn counted(opaque: *mut c_void, size: q::size_t) -> *mut c_void {
        ASKED.fetch_add(1, Ordering::SeqCst);
        // SAFETY: handed on as it came.
        unsafe { malloc(opaque, size) }
    }

    /// In arenas of the engine's own, a test's blocks would lie among those of the checkpoint.
    #[test]
    fn each_small_block_is_asked_for() {
        // No other test of these makes a runtime, so the heap is this one's alone.
        rewind_heap::init(64 << 20).unwrap();
        let functions = q::JSMallocFunctions {
            js_malloc: Some(counted),
            ..FUNCTIONS
        };
        // SAFETY: the engine copies the table.
        let runtime = unsafe { q::JS_NewRuntime2(&raw const functions, core::ptr::null_mut()) };
        assert!(!runtime.is_null());
        let before = ASKED.load(Ordering::SeqCst);
        for size in [8, 24, 100, 400] {
            for _ in 0..100 {
                // SAFETY: the runtime is live.
                let block = unsafe { q::js_malloc_rt(runtime, size) };
                assert!(rewind_heap::is_owned(block.cast()));
            }
            // SAFETY: the runtime is live.
            let block = unsafe { q::js_malloc_rt(runtime, size) };
            // SAFETY: made just now.
            unsafe { q::js_free_rt(runtime, block) };
        }
        assert_eq!(
            ASKED.load(Ordering::SeqCst) - before,
            404,
            "was the engine built without the CFLAGS of .cargo/config.toml?"
        );
    }
}
