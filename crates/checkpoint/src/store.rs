//! Where the images of pages are kept: a reserved range cut into slots.

use rewind_sys::SysError;
use rewind_sys::memory::{self, Access, Mapping};
use rewind_sys::pages::PAGE_SIZE;

/// Slots that become usable at a time: 4 MiB. What is reserved and no more can't
/// be touched, so a guest that has all memory locked (mlockall) doesn't fill it.
const STEP: u32 = 1024;

/// Number of a stored page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

/// Copies of pages, in host memory.
#[derive(Debug)]
pub(crate) struct PageStore {
    mapping: Mapping,
    /// Slots below were handed out at least once.
    used: u32,
    /// Slots below can be read and written.
    open: u32,
    free: Vec<Slot>,
}

impl PageStore {
    /// A store for up to `slots` pages; memory is taken only as they are used.
    pub(crate) fn reserve(slots: u32) -> Result<Self, SysError> {
        let mapping = Mapping::anonymous(slots as usize * PAGE_SIZE, Access::None)?;
        Ok(Self {
            mapping,
            used: 0,
            open: 0,
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

    /// Makes more slots usable; `false` when the store is full.
    fn open_more(&mut self) -> bool {
        let all = u32::try_from(self.mapping.len() / PAGE_SIZE).unwrap_or(u32::MAX);
        let count = STEP.min(all - self.open);
        let start = self.address(Slot(self.open));
        // SAFETY: slots of our own mapping, which nothing refers to yet.
        let opened = count > 0
            && unsafe { memory::protect(start, count as usize * PAGE_SIZE, Access::ReadWrite) }
                .is_ok();
        if opened {
            self.open += count;
        }
        opened
    }

    /// Copies the page at `page` into a slot; `None` when the store is full.
    ///
    /// # Safety
    /// `page` is page-aligned and readable, and nobody writes to it meanwhile.
    pub(crate) unsafe fn keep(&mut self, page: usize) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.used < self.open || self.open_more() => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_open_as_they_are_used_and_end_with_the_store() {
        let page = Mapping::anonymous(PAGE_SIZE, Access::ReadWrite).unwrap();
        let mut store = PageStore::reserve(STEP + 1).unwrap();
        assert_eq!(store.open, 0);
        for kept in 0..=STEP {
            // SAFETY: a page of ours.
            assert_eq!(unsafe { store.keep(page.address()) }, Some(Slot(kept)));
            assert_eq!(store.open, if kept < STEP { STEP } else { STEP + 1 });
        }
        // SAFETY: a page of ours.
        assert_eq!(unsafe { store.keep(page.address()) }, None);
        store.release(Slot(7));
        // SAFETY: a page of ours.
        assert_eq!(unsafe { store.keep(page.address()) }, Some(Slot(7)));
    }
}
