//! The allocator itself.

use crate::block::{self, Header};
use crate::classes::{self, HEADER};
use rewind_sys::memory::{self, Access, HUGE_PAGE_SIZE, Mapping};
use rewind_sys::pages::{self, PAGE_SIZE, PageRun};
use std::cell::{Cell, UnsafeCell};
use std::ptr;

/// Writable memory grows by this many bytes at a time, so that a wild write
/// above the frontier soon meets a page that can't be written.
const COMMIT_STEP: usize = 1 << 20;
/// Memory grows in steps of huge pages, and by huge pages where those are
/// [preferred](Heap::prefer_huge), from this many bytes above the base: few guests
/// get there. A fault for 2 MiB costs what five for 4 KiB do.
const HUGE_ABOVE: usize = 4 << 20;
/// Up to so many bytes above the base. A guest that makes many large blocks and
/// writes to few of their pages has all of them resident where pages are huge.
const HUGE_BELOW: usize = 128 << 20;
/// A freed block of at least this many bytes is counted, and gives its pages
/// back if too much is kept already.
const LARGE: usize = 1 << 20;

/// Why there is no heap.
#[derive(Debug, thiserror::Error)]
pub enum HeapError {
    /// The range could not be reserved.
    #[error("reserve {0} bytes for the guest heap; lower --heap-cap")]
    Reserve(usize, #[source] rewind_sys::SysError),
    /// There is one guest heap in a process.
    #[error("create the guest heap: this process has one already")]
    Exists,
}

/// What a restore puts back: all of the allocator's state but how much memory is committed.
#[derive(Clone, Debug)]
pub struct State {
    /// Where the next block's header goes; 8 modulo 16.
    frontier: usize,
    /// Blocks below this address are in the checkpoint. Page-aligned.
    sealed: usize,
    /// Highest frontier since the last seal or restore.
    peak: usize,
    /// Bytes of large free blocks that still have their pages.
    kept: usize,
    /// Heads of the free lists by class, 0 where empty. All blocks in them are young.
    free: [usize; classes::COUNT],
}

/// A fresh block.
#[derive(Clone, Copy, Debug)]
pub struct Allocation {
    /// Its payload, null when the cap is reached.
    pub payload: *mut u8,
    /// From this address on its bytes are known to be zero.
    pub zero_from: usize,
}

/// A heap in a reserved range. See the crate's documentation for the layout.
///
/// Not thread-safe by itself: the global heap's callers hold its lock.
pub struct Heap {
    mapping: Mapping,
    /// Address behind the last byte that may be allocated.
    limit: usize,
    /// Pages below are writable. Never lowered by a restore, for what lies
    /// between frontier and here may have been written to.
    committed: Cell<usize>,
    /// Highest address that was ever sealed: layers that are not the current
    /// one may reach up to here, so [`Heap::trim`] leaves everything below alone.
    sealed_top: Cell<usize>,
    /// Most bytes of large free blocks that keep their pages.
    keep_free: Cell<usize>,
    /// Bytes above the base up to which memory is committed by huge pages.
    huge_below: Cell<usize>,
    state: UnsafeCell<State>,
}

impl Heap {
    /// Reserves a heap that holds at most `cap` bytes, headers included. Nothing is committed yet.
    ///
    /// # Errors
    /// When the address space is too small.
    pub fn reserve(cap: usize) -> Result<Self, HeapError> {
        let len = pages::ceil(cap).max(PAGE_SIZE);
        let mapping = Mapping::anonymous(len + COMMIT_STEP, Access::None)
            .map_err(|source| HeapError::Reserve(len, source))?;
        let base = mapping.address();
        let state = State {
            frontier: base + HEADER,
            sealed: base,
            peak: base + HEADER,
            kept: 0,
            free: [0; classes::COUNT],
        };
        Ok(Self {
            limit: base + len,
            committed: Cell::new(base),
            sealed_top: Cell::new(base),
            keep_free: Cell::new(usize::MAX),
            huge_below: Cell::new(0),
            mapping,
            state: UnsafeCell::new(state),
        })
    }

    /// Large blocks that are freed give their pages back to the kernel at once
    /// where more than `bytes` of such are free already. Without a limit they keep them.
    pub fn keep_free(&self, bytes: usize) {
        self.keep_free.set(bytes);
    }

    /// From now on memory is committed by huge pages as far as `bytes` above the
    /// frontier and every layer, rounded up to a power of two, and no less far than
    /// before. What is committed already keeps its pages until it is given back;
    /// `true` if there is some that now lies within.
    pub fn prefer_huge(&self, bytes: usize) -> bool {
        let used = self.state().frontier.max(self.sealed_top.get()) - self.mapping.address();
        let wanted = used.saturating_add(bytes).min(HUGE_BELOW);
        let wanted = wanted.next_power_of_two();
        if wanted <= self.huge_below.get() {
            return false;
        }
        self.huge_below.set(wanted);
        self.committed.get() > self.huge_from()
    }

    /// The most bytes that it may hold, headers included.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.limit - self.mapping.address()
    }

    /// The whole range that was reserved.
    #[must_use]
    pub fn range(&self) -> PageRun {
        PageRun::new(
            self.mapping.address(),
            self.mapping.address() + self.mapping.len(),
        )
    }

    /// Address where the part that can be written ends.
    #[must_use]
    pub fn committed_end(&self) -> usize {
        self.committed.get()
    }

    /// The pages of the checkpoint: from the base up to the last seal.
    #[must_use]
    pub fn sealed(&self) -> PageRun {
        PageRun::new(self.mapping.address(), self.state().sealed)
    }

    /// Highest extent since the last seal or restore, in bytes above the checkpoint.
    #[must_use]
    pub fn peak_bytes(&self) -> usize {
        let state = self.state();
        state.peak.saturating_sub(state.sealed)
    }

    /// The address lies in the reserved range.
    #[must_use]
    pub fn owns(&self, address: usize) -> bool {
        let range = self.range();
        (range.start..range.end).contains(&address)
    }

    #[expect(
        clippy::mut_from_ref,
        reason = "one caller at a time, which the lock or the single thread ensures"
    )]
    fn state(&self) -> &mut State {
        // SAFETY: no method keeps this reference over a call that makes another,
        // and callers are one at a time.
        unsafe { &mut *self.state.get() }
    }

    /// A block of at least `size` bytes, aligned to 16. Its contents are undefined below `zero_from`.
    #[must_use]
    #[inline]
    pub fn allocate(&self, size: usize) -> Allocation {
        const NONE: Allocation = Allocation {
            payload: ptr::null_mut(),
            zero_from: 0,
        };
        let Some((class, block_size)) = classes::for_request(size) else {
            return NONE;
        };
        let state = self.state();
        let head = state.free[class];
        if head != 0 {
            // SAFETY: free lists hold young blocks of this heap. If the guest
            // wrote over one, this may fault, which is the guest's own fault.
            let (actual, next) = unsafe { block::free_links(head) };
            state.free[class] = next;
            if actual >= LARGE {
                // SAFETY: as above.
                unsafe { Self::take_large(state, head, actual) };
            }
            // SAFETY: as above.
            unsafe { block::set_used(head, actual) };
            return Allocation {
                payload: head as *mut u8,
                zero_from: usize::MAX,
            };
        }
        let zero_from = self.committed.get();
        let payload = state.frontier + HEADER;
        if !self.advance(state, block_size) {
            return NONE;
        }
        // SAFETY: `advance` made the block's memory writable.
        unsafe { block::set_used(payload, block_size) };
        Allocation {
            payload: payload as *mut u8,
            zero_from,
        }
    }

    /// A large block leaves its free list.
    ///
    /// # Safety
    /// `payload` came from a free list.
    #[cold]
    unsafe fn take_large(state: &mut State, payload: usize, size: usize) {
        // SAFETY: passed on to the caller.
        if !unsafe { block::is_returned(payload) } {
            state.kept = state.kept.saturating_sub(size);
        }
    }

    /// Moves the frontier up by `size` bytes, committing what is needed.
    #[inline]
    fn advance(&self, state: &mut State, size: usize) -> bool {
        let Some(frontier) = state
            .frontier
            .checked_add(size)
            .filter(|end| *end <= self.limit)
        else {
            return false;
        };
        // The next block's header need not be committed, only this block's end.
        if frontier > self.committed.get() && !self.commit(frontier) {
            return false;
        }
        state.frontier = frontier;
        state.peak = state.peak.max(frontier);
        true
    }

    #[cold]
    #[inline(never)]
    fn commit(&self, needed: usize) -> bool {
        let start = self.committed.get();
        let end = self.commit_border(pages::ceil(needed) + COMMIT_STEP);
        // SAFETY: the range is part of our own mapping and nothing was there before.
        let done = unsafe { memory::protect(start, end - start, Access::ReadWrite) }.is_ok();
        if done {
            let huge_to = self.mapping.address() + self.huge_below.get();
            let huge = PageRun::new(start.max(self.huge_from()), end.min(huge_to));
            memory::prefer_huge(huge);
            self.committed.set(end);
        }
        done
    }

    /// Where huge pages may begin.
    fn huge_from(&self) -> usize {
        (self.mapping.address() + HUGE_ABOVE).next_multiple_of(HUGE_PAGE_SIZE)
    }

    /// The least address from `wanted` on where committed memory may end: huge
    /// pages are committed whole.
    fn commit_border(&self, wanted: usize) -> usize {
        let end = match wanted > self.huge_from() {
            true => wanted.next_multiple_of(HUGE_PAGE_SIZE),
            false => wanted,
        };
        end.min(self.range().end)
    }

    /// A block of `size` zero bytes; null when the cap is reached.
    #[must_use]
    #[inline]
    pub fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        let allocation = self.allocate(size);
        if allocation.payload.is_null() {
            return allocation.payload;
        }
        let start = allocation.payload as usize;
        let dirty = allocation.zero_from.clamp(start, start + size) - start;
        // SAFETY: the block is at least `size` bytes long.
        unsafe { allocation.payload.write_bytes(0, dirty) };
        allocation.payload
    }

    /// A block of at least `size` bytes at a multiple of `alignment`, a power of two.
    #[must_use]
    pub fn allocate_aligned(&self, alignment: usize, size: usize) -> *mut u8 {
        if alignment <= 16 {
            return self.allocate(size).payload;
        }
        let Some(padded) = size.checked_add(alignment) else {
            return ptr::null_mut();
        };
        let payload = self.allocate(padded).payload;
        if payload.is_null() {
            return payload;
        }
        let start = payload as usize;
        let aligned = (start + alignment - 1) & !(alignment - 1);
        if aligned != start {
            // SAFETY: `aligned` is at least 16 bytes above `start` and inside the block.
            unsafe { block::set_shifted(aligned, aligned - start) };
        }
        aligned as *mut u8
    }

    /// Payload and size of the block that `pointer` lies in; `None` if it is none in use.
    ///
    /// # Safety
    /// `pointer` lies in this heap.
    #[inline]
    unsafe fn resolve(&self, pointer: usize) -> Option<(usize, usize)> {
        // SAFETY: the word before any payload of this heap is readable.
        match unsafe { block::header(pointer) } {
            Header::Used(size) => Some((pointer, size)),
            Header::Free => None,
            Header::Shifted(distance) => {
                let payload = pointer.checked_sub(distance).filter(|p| self.owns(*p))?;
                // SAFETY: checked to lie in the heap.
                match unsafe { block::header(payload) } {
                    Header::Used(size) => Some((payload, size)),
                    _ => None,
                }
            }
        }
    }

    /// Frees a block. A block of the checkpoint is left alone: the restore has it back anyway.
    ///
    /// Gives `false`, and does nothing, for a block that is free already or
    /// whose header makes no sense: the heap is damaged or the guest wrong.
    ///
    /// # Safety
    /// `pointer` lies in this heap, and the guest no longer uses the block.
    #[must_use]
    #[inline]
    pub unsafe fn free(&self, pointer: *mut u8) -> bool {
        let state = self.state();
        if (pointer as usize) < state.sealed {
            return true;
        }
        // SAFETY: passed on to the caller.
        let Some((payload, size)) = (unsafe { self.resolve(pointer as usize) }) else {
            return false;
        };
        let end = payload - HEADER + size;
        if size < 32 || payload < state.sealed || end > state.frontier {
            return false;
        }
        if end == state.frontier {
            state.frontier = payload - HEADER;
            // Mark it, so that a second free of it is noticed until it is used again.
            // SAFETY: the block was the guest's and is ours now.
            unsafe { block::set_free(payload, size, 0) };
            return true;
        }
        let class = classes::for_free(size);
        // SAFETY: the block is young, whole and no longer used.
        unsafe { block::set_free(payload, size, state.free[class]) };
        state.free[class] = payload;
        if size >= LARGE {
            // SAFETY: it was freed just now.
            unsafe { self.leave_large(state, payload, size) };
        }
        true
    }

    /// A large block is free: it keeps its pages while there is room for them.
    ///
    /// # Safety
    /// The block is free, and nobody else's.
    #[cold]
    unsafe fn leave_large(&self, state: &mut State, payload: usize, size: usize) {
        let kept = state.kept.saturating_add(size);
        if kept <= self.keep_free.get() {
            state.kept = kept;
            return;
        }
        let (start, stop) = (
            pages::ceil(payload + 16),
            pages::floor(payload - HEADER + size),
        );
        // SAFETY: whole pages inside a free block, behind its link.
        if unsafe { memory::discard(start, stop.saturating_sub(start)) }.is_ok() {
            // SAFETY: passed on to the caller.
            unsafe { block::set_returned(payload, size) };
        }
    }

    /// Bytes that the block at `pointer` holds.
    ///
    /// # Safety
    /// `pointer` is a payload of this heap that is in use.
    #[must_use]
    #[inline]
    pub unsafe fn usable_size(&self, pointer: *const u8) -> usize {
        // SAFETY: passed on to the caller.
        match unsafe { self.resolve(pointer as usize) } {
            Some((payload, size)) => (payload - HEADER + size).saturating_sub(pointer as usize),
            None => 0,
        }
    }

    /// Grows or shrinks a block; in place where it fits or is the last one below the frontier.
    /// Null, with the block left as it was, when the cap is reached.
    ///
    /// # Safety
    /// `pointer` is a payload of this heap that is in use.
    #[must_use]
    #[inline]
    pub unsafe fn reallocate(&self, pointer: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: passed on to the caller.
        let usable = unsafe { self.usable_size(pointer) };
        if size <= usable {
            return pointer;
        }
        // SAFETY: passed on to the caller.
        if unsafe { self.grow_in_place(pointer as usize, size) } {
            return pointer;
        }
        let fresh = self.allocate(size).payload;
        if !fresh.is_null() {
            // SAFETY: both blocks hold at least `usable` bytes and are distinct.
            unsafe { ptr::copy_nonoverlapping(pointer, fresh, usable) };
            // SAFETY: the caller gave the block up. A damaged one stays as it is.
            let _ = unsafe { self.free(pointer) };
        }
        fresh
    }

    #[inline]
    unsafe fn grow_in_place(&self, payload: usize, size: usize) -> bool {
        let state = self.state();
        // SAFETY: passed on to the caller.
        let Header::Used(old) = (unsafe { block::header(payload) }) else {
            return false;
        };
        let is_last = payload >= state.sealed && payload - HEADER + old == state.frontier;
        if !is_last || size > classes::LARGEST {
            return false;
        }
        let new = classes::exact(size);
        if !self.advance(state, new - old) {
            return false;
        }
        // SAFETY: the block now reaches up to the frontier.
        unsafe { block::set_used(payload, new) };
        true
    }

    /// Makes everything allocated so far part of the checkpoint: empties the
    /// free lists and rounds the frontier up to a page.
    ///
    /// The page behind the sealed range is committed and not part of it.
    pub fn seal(&self) {
        let state = self.state();
        state.free = [0; classes::COUNT];
        state.kept = 0;
        if state.frontier != state.sealed + HEADER {
            let sealed = pages::ceil(state.frontier).min(self.limit);
            state.sealed = sealed;
            state.frontier = sealed + HEADER;
            self.sealed_top.set(self.sealed_top.get().max(sealed));
        }
        state.peak = state.frontier;
        if state.frontier > self.committed.get() {
            self.commit(state.frontier.min(self.limit));
        }
    }

    /// A copy of the state, to go back to.
    #[must_use]
    pub fn snapshot(&self) -> State {
        self.state().clone()
    }

    /// Goes back to a state taken after [`Heap::seal`]: every younger block is gone.
    pub fn put_back(&self, snapshot: &State) {
        // Field by field into place: no intermediate copy of the free lists.
        self.state().clone_from(snapshot);
    }

    /// Bytes that are committed above the frontier and above every layer.
    #[must_use]
    pub fn spare_bytes(&self) -> usize {
        let used = self.state().frontier.max(self.sealed_top.get());
        self.committed.get().saturating_sub(used)
    }

    /// Lets the kernel have what is committed more than `keep` bytes above the
    /// frontier and above every layer, if it runs out of memory. Until then it
    /// stays, and costs no fault when it is used again.
    pub fn offer(&self, keep: usize) {
        let used = self.state().frontier.max(self.sealed_top.get());
        let start = pages::ceil(used).saturating_add(pages::ceil(keep));
        // SAFETY: no block lies above the frontier.
        unsafe { memory::offer(PageRun::new(start, self.committed.get())) };
    }

    /// Gives memory back that is committed more than `keep` bytes above the
    /// frontier and above every layer; the number of bytes given back.
    pub fn trim(&self, keep: usize) -> usize {
        let used = self.state().frontier.max(self.sealed_top.get());
        let start = self.commit_border(pages::ceil(used).saturating_add(pages::ceil(keep)));
        let end = self.committed.get();
        if start >= end {
            return 0;
        }
        // What can't be given back is not zero, and must stay usable as it is.
        // SAFETY: no block lies above the frontier.
        if unsafe { memory::discard(start, end - start) }.is_err() {
            return 0;
        }
        // SAFETY: as above.
        if unsafe { memory::protect(start, end - start, Access::None) }.is_err() {
            return 0;
        }
        self.committed.set(start);
        end - start
    }
}

#[cfg(test)]
mod tests;
