//! The malloc family: from the guest heap in guest mode, from jemalloc otherwise.
//!
//! `free`, `realloc` and `malloc_usable_size` go by address. The two sides
//! never free each other's blocks: a guest that frees a block of the host's
//! leaves it (a restore may bring the pointer back), and a host that frees
//! a block of the guest's leaves it to the restore.
//!
//! A library can't export these names without taking over every program that
//! links it, tests included, so the executable does, by
//! [`export_malloc_family!`](crate::export_malloc_family).

use crate::direct;
use crate::global::{is_guest, is_owned, locked};
use libc::{c_int, c_void, size_t};
use std::ptr;
use tikv_jemalloc_sys as host;

/// Gives what the host has freed back to the kernel: jemalloc keeps it for
/// seconds, and longer where nobody asks it for memory.
pub fn give_host_memory_back() {
    // 4096 stands for all arenas. Where there is no such call, memory stays as it is.
    let name = c"arena.4096.purge".as_ptr();
    let nothing = std::ptr::null_mut();
    // SAFETY: a name that ends in 0; this command takes nothing and gives nothing.
    unsafe { host::mallctl(name, nothing, std::ptr::null_mut(), nothing, 0) };
}

#[cold]
#[inline(never)]
fn set_errno(errno: c_int) {
    // SAFETY: takes nothing and can't fail.
    let location = unsafe { libc::__errno_location() };
    // SAFETY: the calling thread's errno, always valid.
    unsafe { location.write(errno) };
}

#[inline]
fn or_no_memory(pointer: *mut u8) -> *mut c_void {
    if pointer.is_null() {
        set_errno(libc::ENOMEM);
    }
    pointer.cast()
}

/// What glibc does with a double free: the guest ends with SIGABRT.
#[cold]
#[inline(never)]
pub(crate) fn damaged() -> ! {
    // SAFETY: abort takes nothing; in guest mode its signal ends the guarded region.
    unsafe { libc::abort() }
}

/// malloc(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn malloc(size: size_t) -> *mut c_void {
    if is_guest() {
        return or_no_memory(direct::allocate(size));
    }
    // SAFETY: as the caller's.
    unsafe { host::malloc(size) }
}

/// calloc(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn calloc(count: size_t, size: size_t) -> *mut c_void {
    if !is_guest() {
        // SAFETY: as the caller's.
        return unsafe { host::calloc(count, size) };
    }
    or_no_memory(direct::allocate_zeroed(count, size))
}

/// free(3).
///
/// # Safety
/// As the C function. A guest that frees twice ends with SIGABRT.
pub unsafe fn free(pointer: *mut c_void) {
    if pointer.is_null() {
        return;
    }
    if !is_owned(pointer.cast()) {
        if !is_guest() {
            // SAFETY: neither null nor the guest's: jemalloc's.
            unsafe { host::free(pointer) };
        }
        return;
    }
    if !is_guest() {
        return;
    }
    // SAFETY: the pointer lies in the heap, and the caller gave the block up.
    unsafe { direct::free(pointer.cast()) };
}

/// malloc_usable_size(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn malloc_usable_size(pointer: *mut c_void) -> size_t {
    if pointer.is_null() {
        return 0;
    }
    if !is_owned(pointer.cast()) {
        // SAFETY: not the guest's: jemalloc's.
        return unsafe { host::malloc_usable_size(pointer) };
    }
    // SAFETY: a pointer into the heap that the caller says is in use.
    unsafe { direct::usable_size(pointer.cast()) }
}

/// realloc(3); a size of 0 gives a block of the smallest size.
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn realloc(pointer: *mut c_void, size: size_t) -> *mut c_void {
    if pointer.is_null() {
        // SAFETY: as the caller's.
        return unsafe { malloc(size) };
    }
    match (is_owned(pointer.cast()), is_guest()) {
        // SAFETY: a block of jemalloc's in host mode.
        (false, false) => unsafe { host::realloc(pointer, size) },
        // SAFETY: a pointer into the heap that the caller says is in use.
        (true, true) => or_no_memory(unsafe { direct::reallocate(pointer.cast(), size) }),
        // The other side's block: copied, and left where it is.
        _ => {
            // SAFETY: a block in use, by the caller.
            let old = unsafe { malloc_usable_size(pointer) };
            // SAFETY: as the caller's.
            let fresh = unsafe { malloc(size) };
            if !fresh.is_null() {
                // SAFETY: both blocks hold at least the smaller of the two sizes.
                unsafe {
                    ptr::copy_nonoverlapping(pointer.cast::<u8>(), fresh.cast(), old.min(size));
                }
            }
            fresh
        }
    }
}

/// reallocarray(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn reallocarray(pointer: *mut c_void, count: size_t, size: size_t) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: as the caller's.
        Some(bytes) => unsafe { realloc(pointer, bytes) },
        None => or_no_memory(ptr::null_mut()),
    }
}

/// memalign(3), aligned_alloc(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn memalign(alignment: size_t, size: size_t) -> *mut c_void {
    if !alignment.is_power_of_two() {
        set_errno(libc::EINVAL);
        return ptr::null_mut();
    }
    if !is_guest() {
        // SAFETY: as the caller's.
        return unsafe { host::aligned_alloc(alignment, size) };
    }
    match locked() {
        Some((heap, _guard)) => or_no_memory(heap.allocate_aligned(alignment, size)),
        None => ptr::null_mut(),
    }
}

/// posix_memalign(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn posix_memalign(out: *mut *mut c_void, alignment: size_t, size: size_t) -> c_int {
    if !alignment.is_power_of_two() || alignment < size_of::<*mut c_void>() {
        return libc::EINVAL;
    }
    // SAFETY: as the caller's.
    let pointer = unsafe { memalign(alignment, size) };
    if pointer.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller passes a pointer to write to.
    unsafe { out.write(pointer) };
    0
}

/// Exports the malloc family from the executable that calls it, so that every
/// shared library, libc's own callers among them, is served by it.
#[macro_export]
macro_rules! export_malloc_family {
    () => {
        $crate::export_malloc_family! { @each
            malloc(size: usize) -> *mut ::core::ffi::c_void = malloc;
            calloc(count: usize, size: usize) -> *mut ::core::ffi::c_void = calloc;
            free(pointer: *mut ::core::ffi::c_void) = free;
            realloc(pointer: *mut ::core::ffi::c_void, size: usize) -> *mut ::core::ffi::c_void = realloc;
            reallocarray(pointer: *mut ::core::ffi::c_void, count: usize, size: usize)
                -> *mut ::core::ffi::c_void = reallocarray;
            malloc_usable_size(pointer: *mut ::core::ffi::c_void) -> usize = malloc_usable_size;
            memalign(alignment: usize, size: usize) -> *mut ::core::ffi::c_void = memalign;
            aligned_alloc(alignment: usize, size: usize) -> *mut ::core::ffi::c_void = memalign;
            valloc(size: usize) -> *mut ::core::ffi::c_void = valloc;
            pvalloc(size: usize) -> *mut ::core::ffi::c_void = pvalloc;
            posix_memalign(out: *mut *mut ::core::ffi::c_void, alignment: usize, size: usize)
                -> ::core::ffi::c_int = posix_memalign;
        }
    };
    (@each $($name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)? = $function:ident;)*) => {
        $(
            /// See malloc(3).
            ///
            /// # Safety
            /// As the C function of this name.
            // SAFETY: the name is taken on purpose, with the C function's signature and contract.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name($($argument: $kind),*) $(-> $result)? {
                // SAFETY: the caller keeps the C function's contract.
                unsafe { $crate::malloc_abi::$function($($argument),*) }
            }
        )*
    };
}

/// valloc(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn valloc(size: size_t) -> *mut c_void {
    // SAFETY: as the caller's.
    unsafe { memalign(rewind_sys::PAGE_SIZE, size) }
}

/// pvalloc(3).
///
/// # Safety
/// As the C function.
#[must_use]
pub unsafe fn pvalloc(size: size_t) -> *mut c_void {
    // SAFETY: as the caller's.
    unsafe { memalign(rewind_sys::PAGE_SIZE, rewind_sys::pages::ceil(size)) }
}
