//! Threads of this process.

mod control;

pub use control::{SavedThread, control_block};

/// The calling thread's kernel id. Safe in a signal handler.
#[must_use]
pub fn thread_id() -> libc::pid_t {
    // SAFETY: gettid takes nothing and can't fail.
    unsafe { libc::gettid() }
}

/// Addresses of the calling thread's stack: its lowest byte and the one behind its highest.
///
/// # Errors
/// When glibc can't tell (`/proc` not mounted, for the main thread).
pub fn stack_bounds() -> Result<(usize, usize), crate::SysError> {
    let mut attributes = std::mem::MaybeUninit::uninit();
    // SAFETY: takes nothing and can't fail.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: the call fills the attributes of a live thread, our own.
    let result = unsafe { libc::pthread_getattr_np(this, attributes.as_mut_ptr()) };
    if result != 0 {
        return Err(crate::SysError::from_errno("pthread_getattr_np", result));
    }
    // SAFETY: filled above.
    let mut attributes = unsafe { attributes.assume_init() };
    let (mut start, mut len) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised and both pointers are ours.
    unsafe { libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut len) };
    // SAFETY: initialised above, and not used again.
    unsafe { libc::pthread_attr_destroy(&raw mut attributes) };
    Ok((start as usize, start as usize + len))
}

/// The processor lets programs read and write the bases of segment registers (`HWCAP2_FSGSBASE`).
#[must_use]
pub fn is_base_readable() -> bool {
    // SAFETY: takes a number.
    unsafe { libc::getauxval(libc::AT_HWCAP2) & 2 != 0 }
}
