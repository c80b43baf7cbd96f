//! Where the images of pages are kept: a reserved range cut into slots.

use rewind_sys::SysError;
use rewind_sys::memory::{Access, Mapping};
use rewind_sys::pages::PAGE_SIZE;

/// Number of a stored page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

/// Copies of pages, in host memory.
#[derive(Debug)]
pub(crate) struct PageStore {
    mapping: Mapping,
    /// Slots below were handed out at least once.
    used: u32,
    free: Vec<Slot>,
}

impl PageStore {
    /// A store for up to `slots` pages; memory is taken only as they are used.
    pub(crate) fn reserve(slots: u32) -> Result<Self, SysError> {
        let mapping = Mapping::anonymous(slots as usize * PAGE_SIZE, Access::ReadWrite)?;
        Ok(Self {
            mapping,
            used: 0,
            free: Vec::new(),
        })
    }

    /// Leaves all slots out of processes that are forked from now on.
    pub(crate) fn keep_from_forks(&self) -> Result<(), SysError> {
        self.mapping.keep_from_forks()
    }

    /// Address of a slot's first byte.
    pub(crate) fn address(&self, slot: Slot) -> usize {
        self.mapping.address() + slot.0 as usize * PAGE_SIZE
    }

    /// Copies the page at `page` into a slot; `None` when the store is full.
    ///
    /// # Safety
    /// `page` is page-aligned and readable, and nobody writes to it meanwhile.
    pub(crate) unsafe fn keep(&mut self, page: usize) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if (self.used as usize) < self.mapping.len() / PAGE_SIZE => {
                self.used += 1;
                Slot(self.used - 1)
            }
            None => return None,
        };
        let target = self.address(slot) as *mut u8;
        // SAFETY: the slot is ours alone; the caller vouches for the page.
        unsafe { std::ptr::copy_nonoverlapping(page as *const u8, target, PAGE_SIZE) };
        Some(slot)
    }

    /// Gives a slot back.
    pub(crate) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// The page at `page` holds the same bytes as the slot.
    ///
    /// # Safety
    /// `page` is page-aligned and readable, and nobody writes to it meanwhile.
    pub(crate) unsafe fn equals(&self, slot: Slot, page: usize) -> bool {
        // SAFETY: the caller vouches for the page.
        let live = unsafe { std::slice::from_raw_parts(page as *const u8, PAGE_SIZE) };
        let stored = self.address(slot) as *const u8;
        // SAFETY: the slot is a whole page that only `keep` writes to.
        live == unsafe { std::slice::from_raw_parts(stored, PAGE_SIZE) }
    }

    /// Pages in use.
    pub(crate) fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }
}
