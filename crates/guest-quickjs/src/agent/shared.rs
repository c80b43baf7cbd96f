//! Memory of SharedArrayBuffers: counted across runtimes, in guest memory.
//!
//! ```text
//!   malloc ─▶ [ count │ padding ][ the buffer's bytes … ]
//!                                ▲ what the engine sees, 16-byte aligned
//! ```

use crate::value::Context;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::c_void;
use rquickjs_sys as q;

#[repr(C, align(16))]
struct Header {
    /// Buffer objects, of all runtimes, that use the memory.
    count: AtomicU32,
}

/// Makes the SharedArrayBuffers of the context's runtime counted ones. The
/// context must live as long as its runtime.
pub(crate) fn install_memory(context: Context) {
    let functions = q::JSSharedArrayBufferFunctions {
        sab_alloc: Some(allocate),
        sab_free: Some(free),
        sab_dup: Some(dup),
        sab_opaque: context.raw().cast(),
    };
    // SAFETY: the runtime is live and copies the table.
    unsafe { q::JS_SetSharedArrayBufferFunctions(context.runtime(), &raw const functions) };
}

/// Engine's hook. The engine leaves it to this function to throw.
unsafe extern "C" fn allocate(context: *mut c_void, size: q::size_t) -> *mut c_void {
    let block = counted(size);
    if block.is_null() {
        // SAFETY: `install_memory` gave a context that lives as long as the runtime.
        unsafe { Context::from_raw(context.cast()) }.out_of_memory();
    }
    block
}

/// A block of `size` bytes behind a count of 1; null if memory ran out.
fn counted(size: q::size_t) -> *mut c_void {
    let Some(total) = usize::try_from(size)
        .ok()
        .and_then(|size| size.checked_add(size_of::<Header>()))
    else {
        return core::ptr::null_mut();
    };
    // SAFETY: any size may be asked for.
    let header = unsafe { libc::malloc(total) }.cast::<Header>();
    if header.is_null() {
        return core::ptr::null_mut();
    }
    // SAFETY: the block has room for a header, and malloc aligns to 16 bytes.
    unsafe {
        header.write(Header {
            count: AtomicU32::new(1),
        });
    }
    // SAFETY: the block goes on behind the header.
    unsafe { header.add(1) }.cast()
}

/// # Safety
/// `data` came from [`counted`] and its count isn't zero.
unsafe fn header<'a>(data: *mut c_void) -> &'a Header {
    // SAFETY: the header lies before the data.
    let header = unsafe { data.cast::<Header>().sub(1) };
    // SAFETY: live as long as the count isn't zero.
    unsafe { &*header }
}

unsafe extern "C" fn dup(_opaque: *mut c_void, data: *mut c_void) {
    // SAFETY: the engine passes data of a live buffer.
    unsafe { header(data) }.count.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn free(_opaque: *mut c_void, data: *mut c_void) {
    // SAFETY: the engine passes data of a live buffer.
    let header = unsafe { header(data) };
    if header.count.fetch_sub(1, Ordering::SeqCst) == 1 {
        // SAFETY: made by `counted`, and that was the last user.
        unsafe { libc::free(core::ptr::from_ref(header).cast_mut().cast()) };
    }
}
