//! Where the engine's own memory comes from.
//!
//! It is built without its arenas (`.cargo/config.toml`) and asks for each block:
//! what a test allocates lies on pages that no checkpoint has, and is dropped.

use crate::value::size;
use libc::c_void;
use rewind_heap::direct;
use rquickjs_sys as q;

/// A runtime whose blocks come from the guest heap by the shortest way; null if
/// memory ran out. In a process without a guest heap, from C's `malloc`.
pub(crate) fn new_runtime() -> *mut q::JSRuntime {
    if rewind_heap::guest_heap().is_none() {
        // SAFETY: callable at any time.
        return unsafe { q::JS_NewRuntime() };
    }
    let functions = q::JSMallocFunctions {
        js_calloc: Some(calloc),
        js_malloc: Some(malloc),
        js_free: Some(free),
        js_realloc: Some(realloc),
        js_malloc_usable_size: Some(usable_size),
    };
    // SAFETY: the engine copies the table, whose functions are what it asks for.
    unsafe { q::JS_NewRuntime2(&raw const functions, core::ptr::null_mut()) }
}

/// More than there can be where it doesn't fit.
fn bytes(size: q::size_t) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

unsafe extern "C" fn malloc(_: *mut c_void, size: q::size_t) -> *mut c_void {
    direct::allocate(bytes(size)).cast()
}

unsafe extern "C" fn calloc(_: *mut c_void, count: q::size_t, size: q::size_t) -> *mut c_void {
    match bytes(count).checked_mul(bytes(size)) {
        Some(total) => direct::allocate_zeroed(total).cast(),
        None => core::ptr::null_mut(),
    }
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
