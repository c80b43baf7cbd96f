//! The engine is built so that it asks for each block (`.cargo/config.toml`): in
//! arenas of its own, a test's blocks would lie among those of the checkpoint.

#![expect(unsafe_code, reason = "the engine is called as C")]

use libc::c_void;
use rquickjs_sys as q;
use std::sync::atomic::{AtomicU32, Ordering};

static ASKED: AtomicU32 = AtomicU32::new(0);

fn bytes(size: q::size_t) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

unsafe extern "C" fn calloc(_: *mut c_void, count: q::size_t, size: q::size_t) -> *mut c_void {
    ASKED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: any size may be asked for.
    unsafe { libc::calloc(bytes(count), bytes(size)) }
}

unsafe extern "C" fn malloc(_: *mut c_void, size: q::size_t) -> *mut c_void {
    ASKED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: any size may be asked for.
    unsafe { libc::malloc(bytes(size)) }
}

unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void) {
    // SAFETY: the engine frees what it got from these functions.
    unsafe { libc::free(block) };
}

unsafe extern "C" fn realloc(_: *mut c_void, block: *mut c_void, size: q::size_t) -> *mut c_void {
    // SAFETY: as above.
    unsafe { libc::realloc(block, bytes(size)) }
}

unsafe extern "C" fn usable_size(block: *const c_void) -> q::size_t {
    // SAFETY: as above.
    unsafe { libc::malloc_usable_size(block.cast_mut()) }
        .try_into()
        .unwrap_or(0)
}

#[test]
fn each_small_block_is_asked_for() {
    let functions = q::JSMallocFunctions {
        js_calloc: Some(calloc),
        js_malloc: Some(malloc),
        js_free: Some(free),
        js_realloc: Some(realloc),
        js_malloc_usable_size: Some(usable_size),
    };
    // SAFETY: the engine copies the table.
    let runtime = unsafe { q::JS_NewRuntime2(&raw const functions, std::ptr::null_mut()) };
    assert!(!runtime.is_null());
    let before = ASKED.load(Ordering::SeqCst);
    for size in [8, 24, 100, 400] {
        // SAFETY: the runtime is live.
        let block = unsafe { q::js_malloc_rt(runtime, size) };
        assert!(!block.is_null());
        // SAFETY: made just now.
        unsafe { q::js_free_rt(runtime, block) };
        // SAFETY: the runtime is live.
        assert!(!unsafe { q::js_malloc_rt(runtime, size) }.is_null());
    }
    assert_eq!(
        ASKED.load(Ordering::SeqCst) - before,
        8,
        "was the engine built without the CFLAGS of .cargo/config.toml?"
    );
}
