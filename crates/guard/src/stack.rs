//! The stack that guest code runs on.
//!
//! ```text
//!   limit          limit + GUARD_BYTES                      base
//!   │  PROT_NONE guard  │  guest frames grow down  ◄──────── │
//! ```
//! It is in no checkpoint: every region starts at its base again.

use corosensei::stack::{Stack, StackPointer};
use rewind_sys::SysError;
use rewind_sys::memory::{self, Access, Mapping};
use rewind_sys::pages::{self, PAGE_SIZE};

/// Size of the guard below the stack: a frame of up to this size can't step over it.
pub const GUARD_BYTES: usize = 1 << 20;

/// A mapped stack with its guard.
#[derive(Debug)]
pub(crate) struct GuestStack {
    mapping: Mapping,
}

impl GuestStack {
    /// Maps a stack of at least `len` usable bytes.
    pub(crate) fn new(len: usize) -> Result<Self, SysError> {
        let usable = pages::ceil(len).max(16 * PAGE_SIZE);
        let mapping = Mapping::anonymous(usable + GUARD_BYTES, Access::None)?;
        // SAFETY: our own mapping, not in use yet.
        unsafe { memory::protect(mapping.address() + GUARD_BYTES, usable, Access::ReadWrite) }?;
        Ok(Self { mapping })
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let limit = self.mapping.address();
        Bounds {
            limit,
            base: limit + self.mapping.len(),
        }
    }

    /// Gives its memory back; nothing may be running on it.
    pub(crate) fn discard(&self) {
        let start = self.mapping.address() + GUARD_BYTES;
        // A failure only keeps the memory resident.
        // SAFETY: no frame on this stack is live between regions.
        let _ = unsafe { memory::discard(start, self.mapping.len() - GUARD_BYTES) };
    }
}

/// Where a stack lies, guard included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Lowest address, where the guard begins.
    pub(crate) limit: usize,
    /// Address behind the highest byte.
    pub(crate) base: usize,
}

impl Bounds {
    /// Lowest address that a frame may have.
    pub(crate) const fn frames(&self) -> usize {
        self.limit + GUARD_BYTES
    }

    pub(crate) const fn guard_contains(&self, address: usize) -> bool {
        address >= self.limit && address < self.limit + GUARD_BYTES
    }
}

fn pointer(address: usize) -> StackPointer {
    // Both ends of a mapping lie above page 0, so the fallback is never taken.
    StackPointer::new(address).unwrap_or(StackPointer::MIN)
}

// SAFETY: the bounds are those of a live mapping of the guard's, writable above
// its guard area, 16-aligned as page boundaries are; the guard outlives every region.
unsafe impl Stack for Bounds {
    fn base(&self) -> StackPointer {
        pointer(self.base)
    }

    fn limit(&self) -> StackPointer {
        pointer(self.limit)
    }
}
