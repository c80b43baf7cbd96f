//! The stack of an agent's thread: a mapping of our own, so that libc caches
//! nothing when the thread has ended.

use libc::c_void;

/// Bytes of the stack, as run-test262 gives its agents.
const STACK_BYTES: usize = 2 << 20;
/// Bytes below it that can't be touched.
const GUARD_BYTES: usize = 64 << 10;

/// A mapped stack, or none.
#[derive(Clone, Copy)]
pub(crate) struct Stack {
    /// Lowest address of the guard.
    base: *mut c_void,
}

impl Stack {
    /// Maps a stack; `None` if the kernel refuses.
    pub(crate) fn map() -> Option<Self> {
        let size = GUARD_BYTES + STACK_BYTES;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping, wherever the kernel likes.
        let base =
            unsafe { libc::mmap(core::ptr::null_mut(), size, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return None;
        }
        let stack = Self { base };
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the upper part of the mapping made above.
        if unsafe { libc::mprotect(stack.lowest(), STACK_BYTES, access) } != 0 {
            stack.unmap();
            return None;
        }
        Some(stack)
    }

    /// Lowest usable address.
    fn lowest(self) -> *mut c_void {
        // SAFETY: within the mapping.
        unsafe { self.base.byte_add(GUARD_BYTES) }
    }

    /// Makes threads started with `attributes` run on it.
    pub(crate) fn put_into(self, attributes: &mut libc::pthread_attr_t) {
        // SAFETY: the attributes are initialised, the range is mapped and unused.
        unsafe { libc::pthread_attr_setstack(attributes, self.lowest(), STACK_BYTES) };
    }

    /// Unmaps it; nobody may be on it.
    pub(crate) fn unmap(self) {
        // SAFETY: the mapping made by `map`, whose thread has been joined.
        unsafe { libc::munmap(self.base, GUARD_BYTES + STACK_BYTES) };
    }
}
