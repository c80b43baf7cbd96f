//! One face for every allocator, and work for it: what a test does to a heap.
//!
//! The trace is drawn once from a fixed seed, so that each allocator is given
//! the same calls. Its shape is that of a script in QuickJS: mostly objects,
//! shapes and strings below 100 bytes that die young, and a few buffers
//! (bytecode, properties, array elements) that grow by reallocation.

#![expect(unsafe_code, reason = "allocators are called as C code calls them")]

use rewind_heap::Heap;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

/// The four calls, as C has them. Null means that there is no memory left.
pub trait Blocks {
    /// A block of at least `size` bytes.
    fn allocate(&self, size: usize) -> *mut u8;
    /// A block of at least `size` bytes, all zero.
    fn allocate_zeroed(&self, size: usize) -> *mut u8;
    /// Moves a block to one of `new` bytes.
    ///
    /// # Safety
    /// `block` came from here, with `old` bytes, and is in use.
    unsafe fn reallocate(&self, block: *mut u8, old: usize, new: usize) -> *mut u8;
    /// Gives a block back.
    ///
    /// # Safety
    /// `block` came from here, with `size` bytes, and is used by nobody.
    unsafe fn free(&self, block: *mut u8, size: usize);
}

impl Blocks for Heap {
    fn allocate(&self, size: usize) -> *mut u8 {
        Self::allocate(self, size).payload
    }

    fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        Self::allocate_zeroed(self, size)
    }

    unsafe fn reallocate(&self, block: *mut u8, _old: usize, new: usize) -> *mut u8 {
        // SAFETY: as the caller's.
        unsafe { Self::reallocate(self, block, new) }
    }

    unsafe fn free(&self, block: *mut u8, _size: usize) {
        // SAFETY: as the caller's.
        let freed = unsafe { Self::free(self, block) };
        assert!(freed, "a block in use can be freed");
    }
}

/// An allocator of Rust's kind.
#[derive(Clone, Copy, Debug)]
pub struct General<A>(pub A);

/// What malloc promises; sizes of 0 don't occur.
fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).unwrap_or(Layout::new::<u128>())
}

impl<A: GlobalAlloc> Blocks for General<A> {
    fn allocate(&self, size: usize) -> *mut u8 {
        // SAFETY: the size isn't 0.
        unsafe { self.0.alloc(layout(size)) }
    }

    fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        // SAFETY: the size isn't 0.
        unsafe { self.0.alloc_zeroed(layout(size)) }
    }

    unsafe fn reallocate(&self, block: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: as the caller's.
        unsafe { self.0.realloc(block, layout(old), new) }
    }

    unsafe fn free(&self, block: *mut u8, size: usize) {
        // SAFETY: as the caller's.
        unsafe { self.0.dealloc(block, layout(size)) }
    }
}

/// One call of a trace. A slot holds a block between its first call and its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Allocate { slot: usize, size: usize },
    Grow { slot: usize, old: usize, new: usize },
    Free { slot: usize, size: usize },
}

/// Calls in the order of a script's run, with as many slots as blocks are in use at most.
#[derive(Clone, Debug)]
pub struct Trace {
    steps: Vec<Step>,
    slots: usize,
    /// What is in use at the end: slot and size.
    left: Vec<(usize, usize)>,
}

/// Blocks that a script has in use at a time, about: more are freed than made beyond.
const LIVE: usize = 400;

impl Trace {
    /// A trace of `calls` calls; the same for the same number.
    #[must_use]
    pub fn of_a_script(calls: usize) -> Self {
        let mut random = 0x5eed_u64;
        let mut steps = Vec::with_capacity(calls);
        let mut live: Vec<(usize, usize)> = Vec::new();
        let (mut spare, mut slots) = (Vec::new(), 0);
        for _ in 0..calls {
            let drawn = below(&mut random, 100);
            let full = live.len() * 100 / LIVE;
            if drawn < 12 && !live.is_empty() {
                let index = below(&mut random, live.len());
                let (slot, old) = live[index];
                let new = old + old / 2 + 16;
                if new <= 64 << 10 {
                    live[index].1 = new;
                    steps.push(Step::Grow { slot, old, new });
                    continue;
                }
            }
            if drawn < full && !live.is_empty() {
                // The young die first: one of the eight youngest.
                let index = live.len() - 1 - below(&mut random, live.len().min(8));
                let (slot, size) = live.remove(index);
                spare.push(slot);
                steps.push(Step::Free { slot, size });
            } else {
                let size = script_size(&mut random);
                let slot = spare.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                });
                live.push((slot, size));
                steps.push(Step::Allocate { slot, size });
            }
        }
        Self {
            steps,
            slots,
            left: live,
        }
    }

    /// Number of calls.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.steps.len()
    }

    /// Makes the calls, and writes to the first and the last byte of each new
    /// block; what is in use at the end stays so.
    ///
    /// # Panics
    /// If there is no memory left.
    pub fn replay(&self, blocks: &impl Blocks) -> Vec<*mut u8> {
        let mut slots = vec![ptr::null_mut(); self.slots];
        for step in &self.steps {
            match *step {
                Step::Allocate { slot, size } => {
                    slots[slot] = touched(blocks.allocate(size), size);
                }
                Step::Grow { slot, old, new } => {
                    // SAFETY: the slot's block is in use and has `old` bytes.
                    let grown = unsafe { blocks.reallocate(slots[slot], old, new) };
                    slots[slot] = touched(grown, new);
                }
                // SAFETY: the slot's block is in use and isn't used after.
                Step::Free { slot, size } => unsafe { blocks.free(slots[slot], size) },
            }
        }
        slots
    }

    /// As [`Trace::replay`], and frees what is left.
    ///
    /// # Panics
    /// If there is no memory left.
    pub fn replay_and_free(&self, blocks: &impl Blocks) {
        let slots = self.replay(blocks);
        for (slot, size) in &self.left {
            // SAFETY: the block is in use and isn't used after.
            unsafe { blocks.free(slots[*slot], *size) };
        }
    }
}

/// Allocates `count` blocks of `size` bytes, then frees them, the last one first.
///
/// # Panics
/// If there is no memory left.
pub fn stack_of(blocks: &impl Blocks, count: usize, size: usize) {
    let made: Vec<_> = (0..count)
        .map(|_| touched(blocks.allocate(size), size))
        .collect();
    for block in made.into_iter().rev() {
        // SAFETY: made above, and not used after.
        unsafe { blocks.free(block, size) };
    }
}

/// Allocates `size` zero bytes, writes to both ends and frees them.
///
/// # Panics
/// If there is no memory left.
pub fn zeroed_once(blocks: &impl Blocks, size: usize) {
    let block = touched(blocks.allocate_zeroed(size), size);
    // SAFETY: made above, and not used after.
    unsafe { blocks.free(block, size) };
}

/// Appends to a string in steps of 64 KiB until it has `size` bytes, with other
/// blocks made in between, so that it has to move; then allocates as many zero
/// bytes. What a test does that is bound by its engine.
///
/// # Panics
/// If there is no memory left.
pub fn string_of(blocks: &impl Blocks, size: usize) {
    const STEP: usize = 64 << 10;
    let mut length = STEP;
    let mut text = touched(blocks.allocate(length), length);
    while length < size {
        touched(blocks.allocate(64), 64);
        // SAFETY: in use, with `length` bytes.
        let grown = unsafe { blocks.reallocate(text, length, length + STEP) };
        text = touched(grown, length + STEP);
        // SAFETY: the step that was added.
        unsafe { text.wrapping_add(length).write_bytes(1, STEP) };
        length += STEP;
    }
    touched(blocks.allocate_zeroed(size), size);
}

fn touched(block: *mut u8, size: usize) -> *mut u8 {
    assert!(!block.is_null(), "no memory left");
    // SAFETY: the first byte of a block in use.
    unsafe { block.write_volatile(1) };
    // SAFETY: the last byte of it; sizes of 0 don't occur.
    unsafe { block.wrapping_add(size - 1).write_volatile(1) };
    block
}

/// Sizes as QuickJS asks for: objects and shapes, then strings, then buffers.
fn script_size(random: &mut u64) -> usize {
    let (from, to) = match below(random, 100) {
        0..60 => (16, 80),
        60..85 => (80, 256),
        85..96 => (256, 1024),
        96..99 => (1024, 4096),
        _ => (4096, 16384),
    };
    from + below(random, to - from)
}

/// A number below `bound` (at least 1), from splitmix64 (Steele, Lea, Flood 2014).
fn below(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    usize::try_from(bits % (bound.max(1) as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn trace_uses_every_block_between_its_making_and_its_freeing() {
        let trace = Trace::of_a_script(20_000);
        let mut in_use: HashMap<usize, usize> = HashMap::new();
        let (mut most, mut grown) = (0, 0);
        for step in &trace.steps {
            match *step {
                Step::Allocate { slot, size } => {
                    assert!(slot < trace.slots && size > 0);
                    assert_eq!(in_use.insert(slot, size), None, "{step:?}");
                }
                Step::Grow { slot, old, new } => {
                    assert_eq!(in_use.insert(slot, new), Some(old), "{step:?}");
                    grown += 1;
                }
                Step::Free { slot, size } => assert_eq!(in_use.remove(&slot), Some(size)),
            }
            most = most.max(in_use.len());
        }
        let left: HashMap<usize, usize> = trace.left.iter().copied().collect();
        assert_eq!(left, in_use);
        assert!(most > LIVE / 4 && most < 2 * LIVE, "{most}");
        assert!(grown > 1000, "{grown}");
    }

    #[test]
    fn guest_heap_is_as_before_after_a_trace_was_freed() {
        let heap = Heap::reserve(64 << 20).expect("a heap");
        heap.seal();
        let trace = Trace::of_a_script(5_000);
        let (state, fresh) = (heap.snapshot(), heap.peak_bytes());
        for _ in 0..3 {
            trace.replay_and_free(&heap);
            stack_of(&heap, 100, 48);
            zeroed_once(&heap, 100_000);
            assert!(heap.peak_bytes() > fresh);
            heap.put_back(&state);
            assert_eq!(heap.peak_bytes(), fresh);
        }
    }
}
