//! Restartable sequences, which the C library registers for each thread.
//!
//! The kernel keeps the address of an area in the thread's own memory, reads it
//! before it delivers a signal and when it has moved the thread to another
//! processor, and ends the process with a SIGSEGV that no handler sees if what
//! it finds there makes no sense. So code that overwrites the area kills the
//! process at the next signal. A thread without a registration can't be hit so;
//! the C library then asks the kernel for the processor's number instead.

use libc::{c_int, c_long, c_void};
use std::cell::UnsafeCell;
use std::ffi::CStr;

/// `RSEQ_FLAG_UNREGISTER`.
const UNREGISTER: c_int = 1;
/// What the C library signs its areas with on x86 (`RSEQ_SIG`).
const SIGNATURE: u32 = 0x5305_3053;
/// What the first version of the interface takes, and every later one does as well.
const LENGTH: u32 = 32;
/// Of the auxiliary vector: bytes that the kernel knows, and how they are aligned.
const AT_RSEQ_FEATURE_SIZE: libc::c_ulong = 27;
const AT_RSEQ_ALIGN: libc::c_ulong = 28;

/// An area of our own.
#[repr(C, align(64))]
struct Area(UnsafeCell<[u8; LENGTH as usize]>);

// SAFETY: only the kernel writes to it, for the one thread that has registered it.
unsafe impl Sync for Area {}

static PROBE: Area = Area(UnsafeCell::new([0; LENGTH as usize]));

/// The calling thread's area as the C library laid it out: address and length
/// in bytes. `None` where the library has none, or was told not to use it.
#[must_use]
pub fn area() -> Option<(usize, usize)> {
    let offset = library_word::<isize>(c"__rseq_offset")?;
    let size = library_word::<u32>(c"__rseq_size")?;
    (size > 0).then(|| {
        // SAFETY: takes nothing and can't fail; on x86-64 it is the thread pointer.
        let thread = usize::try_from(unsafe { libc::pthread_self() }).unwrap_or(0);
        // Some versions tell the bytes that have a meaning, and not those that are theirs.
        let length = usize::try_from(size.max(LENGTH)).unwrap_or(0);
        (thread.wrapping_add_signed(offset), length)
    })
}

/// Ends the calling thread's registration; `false` where it has one that isn't
/// the C library's, and so stays.
pub fn unregister() -> bool {
    if let Some((start, length)) = area() {
        let known = u32::try_from(length).unwrap_or(LENGTH);
        for length in [known, LENGTH, whole_length()] {
            // SAFETY: takes an area back that the kernel was given; it is the
            // library's, which looks whether it is in use.
            if unsafe { call(start, length, UNREGISTER) } {
                break;
            }
        }
    }
    !is_registered()
}

/// The calling thread has a registration, whoever made it. `false` where the
/// kernel has no such thing.
#[must_use]
pub fn is_registered() -> bool {
    let probe = PROBE.0.get() as usize;
    // SAFETY: a static of the right size and alignment, which is taken back at once.
    if unsafe { call(probe, LENGTH, 0) } {
        // SAFETY: given right above.
        return !unsafe { call(probe, LENGTH, UNREGISTER) };
    }
    // Anything else says that there is no such call, or not for this process.
    matches!(
        std::io::Error::last_os_error().raw_os_error(),
        Some(libc::EINVAL | libc::EBUSY)
    )
}

/// What a library registers that uses all that the kernel offers.
fn whole_length() -> u32 {
    // SAFETY: takes a number; 0 for what the kernel doesn't tell.
    let size = unsafe { libc::getauxval(AT_RSEQ_FEATURE_SIZE) };
    // SAFETY: as above.
    let align = unsafe { libc::getauxval(AT_RSEQ_ALIGN) };
    u32::try_from(size.next_multiple_of(align.max(1))).unwrap_or(LENGTH)
}

/// # Safety
/// `area` stays as long as it is registered.
unsafe fn call(area: usize, length: u32, flags: c_int) -> bool {
    // SAFETY: the caller's promise; the kernel checks the rest.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rseq,
            area,
            c_long::from(length),
            c_long::from(flags),
            c_long::from(SIGNATURE),
        )
    };
    result == 0
}

/// A variable that only some versions of the C library have.
fn library_word<T: Copy>(name: &CStr) -> Option<T> {
    // SAFETY: only looks a name up.
    let place: *mut c_void = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: if it is there, it is a constant of the type that its name stands for.
    (!place.is_null()).then(|| unsafe { place.cast::<T>().read() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unregister_takes_the_librarys_area_back_once_and_for_all() {
        // A thread of its own: the registration is a thread's.
        let thread = std::thread::spawn(|| {
            if area().is_none() {
                println!("skipped: the C library has no area");
                return;
            }
            assert!(is_registered());
            assert!(unregister());
            assert!(!is_registered());
            assert!(unregister(), "again");
            // SAFETY: takes nothing.
            let processor = unsafe { libc::sched_getcpu() };
            assert!(processor >= 0, "the library asks the kernel instead");
        });
        thread.join().unwrap();
    }

    #[test]
    fn a_registration_of_others_is_seen_and_left() {
        static OTHER: Area = Area(UnsafeCell::new([0; LENGTH as usize]));
        let thread = std::thread::spawn(|| {
            assert!(unregister());
            // SAFETY: a static.
            let registered = unsafe { call(OTHER.0.get() as usize, LENGTH, 0) };
            assert_eq!(registered, is_registered());
            assert_eq!(unregister(), !registered);
        });
        thread.join().unwrap();
    }
}
