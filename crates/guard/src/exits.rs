//! `exit` and its kin, called by a guest: an answer, not the end.
//!
//! The executable exports these names by
//! [`export_exit_family!`](crate::export_exit_family), so that calls from any
//! library come here. In a guarded region they raise a trap that the handler
//! knows; anywhere else they do what they always did.

use crate::record::RECORD;
use std::sync::atomic::Ordering;

/// Ends the open region with `Departure::Exited(status)` if the caller runs in one; else returns.
pub fn depart_by_exit(status: i32) {
    let here = 0u8;
    let on_guest_stack = RECORD.guest_stack.contains(&raw const here as usize);
    if !on_guest_stack || !RECORD.in_guest.load(Ordering::Relaxed) || !RECORD.is_ours() {
        return;
    }
    RECORD.exit_status.store(status, Ordering::Relaxed);
    RECORD.exit_pending.store(true, Ordering::SeqCst);
    // SAFETY: an invalid instruction changes nothing; its signal is handled and doesn't return here.
    unsafe { std::arch::asm!("ud2", options(noreturn)) }
}

/// Calls the C library's own function of this name (`exit`, `quick_exit`), or
/// ends the process at once where it can't be found.
pub fn real_exit(name: &'static std::ffi::CStr, status: i32) -> ! {
    // SAFETY: looks a name up in the libraries behind the executable.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    if !found.is_null() {
        // SAFETY: the C library's function of this name has this type.
        let exit =
            unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn(i32) -> !>(found) };
        exit(status);
    }
    rewind_sys::signal::exit_now(status)
}

/// Exports `exit`, `_exit`, `_Exit` and `quick_exit` from the executable that calls it.
#[macro_export]
macro_rules! export_exit_family {
    () => {
        $crate::export_exit_family! { @real exit = c"exit"; quick_exit = c"quick_exit"; }
        $crate::export_exit_family! { @now _exit; _Exit; }
    };
    (@real $($name:ident = $text:literal;)*) => {
        $(
            /// See exit(3).
            // SAFETY: the name is taken on purpose, with the C function's signature and contract.
            #[unsafe(no_mangle)]
            pub extern "C" fn $name(status: ::core::ffi::c_int) -> ! {
                $crate::depart_by_exit(status);
                $crate::real_exit($text, status)
            }
        )*
    };
    (@now $($name:ident;)*) => {
        $(
            /// See _exit(2).
            // SAFETY: the name is taken on purpose, with the C function's signature and contract.
            #[unsafe(no_mangle)]
            #[expect(non_snake_case, reason = "the C names")]
            pub extern "C" fn $name(status: ::core::ffi::c_int) -> ! {
                $crate::depart_by_exit(status);
                $crate::exit_now(status)
            }
        )*
    };
}
