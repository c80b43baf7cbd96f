use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CAP: usize = 8 << 20;

fn fill(pointer: *mut u8, len: usize, tag: u8) {
    // SAFETY: the test passes blocks of at least `len` bytes.
    unsafe { pointer.write_bytes(tag, len) };
}

fn holds(pointer: *const u8, len: usize, tag: u8) -> bool {
    // SAFETY: the test passes blocks of at least `len` bytes, all written.
    unsafe { std::slice::from_raw_parts(pointer, len) }
        .iter()
        .all(|byte| *byte == tag)
}

#[test]
fn allocate_beyond_the_cap_returns_null_and_keeps_the_heap() {
    let heap = Heap::reserve(CAP).unwrap();
    assert!(heap.allocate(CAP).payload.is_null());
    assert!(heap.allocate(usize::MAX).payload.is_null());
    assert!(!heap.allocate(CAP / 2).payload.is_null());
    assert!(heap.allocate(CAP / 2 + 1).payload.is_null());
    assert!(!heap.allocate(64).payload.is_null());
}

#[test]
fn free_twice_is_refused() {
    let heap = Heap::reserve(CAP).unwrap();
    let (first, second) = (heap.allocate(40).payload, heap.allocate(40).payload);
    // SAFETY: blocks of this heap; a second call is the fault under test.
    let free = |block| unsafe { heap.free(block) };
    assert!(free(first));
    assert!(!free(first));
    assert!(free(second));
    assert!(!free(second));
}

#[test]
fn realloc_at_the_frontier_stays_in_place() {
    let heap = Heap::reserve(CAP).unwrap();
    let block = heap.allocate(100).payload;
    fill(block, 100, 7);
    // SAFETY: a block in use.
    let grown = unsafe { heap.reallocate(block, 100_000) };
    assert_eq!(grown, block);
    assert!(holds(grown, 100, 7));
    // SAFETY: a block in use.
    assert!(unsafe { heap.usable_size(grown) } >= 100_000);
}

#[test]
fn sealed_blocks_survive_free_and_lie_on_other_pages_than_young_ones() {
    let heap = Heap::reserve(CAP).unwrap();
    let old = heap.allocate(100).payload;
    fill(old, 100, 3);
    heap.seal();
    let state = heap.snapshot();
    // SAFETY: a block in use.
    assert!(unsafe { heap.free(old) });
    let young = heap.allocate(100).payload;
    assert_ne!(young, old);
    assert!(young as usize >= heap.sealed().end);
    assert!(holds(old, 100, 3));
    heap.put_back(&state);
    assert_eq!(heap.allocate(100).payload, young);
}

#[test]
fn sealing_twice_does_not_grow_the_checkpoint() {
    let heap = Heap::reserve(CAP).unwrap();
    let _ = heap.allocate(1);
    heap.seal();
    let sealed = heap.sealed();
    heap.seal();
    assert_eq!(heap.sealed(), sealed);
}

#[test]
fn zeroed_memory_is_zero_whatever_was_there() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    let state = heap.snapshot();
    let dirty = heap.allocate(3 << 20).payload;
    fill(dirty, 3 << 20, 0xff);
    heap.put_back(&state);
    let clean = heap.allocate_zeroed(5 << 20);
    assert!(holds(clean, 5 << 20, 0));
}

#[test]
fn trim_returns_what_a_large_test_used() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    let state = heap.snapshot();
    fill(heap.allocate(6 << 20).payload, 6 << 20, 1);
    assert_eq!(
        heap.trim(1 << 20),
        0,
        "in use: nothing to give back beyond the step"
    );
    heap.put_back(&state);
    assert!(heap.trim(1 << 20) >= 5 << 20);
    assert!(holds(heap.allocate_zeroed(6 << 20), 6 << 20, 0));
}

/// Frees two of three blocks of 1 MiB, those below the frontier; their contents then.
fn contents_of_freed(heap: &Heap) -> [u8; 2] {
    let [first, second, _last] = [(); 3].map(|()| heap.allocate(1 << 20).payload);
    [first, second].map(|block| {
        fill(block, 1 << 20, 7);
        // SAFETY: a block in use.
        assert!(unsafe { heap.free(block) });
        // SAFETY: still mapped; nobody else uses it.
        unsafe { block.wrapping_add(1 << 19).read() }
    })
}

#[test]
fn freed_large_blocks_keep_their_pages_up_to_the_limit() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    let state = heap.snapshot();
    assert_eq!(contents_of_freed(&heap), [7, 7], "no limit");
    heap.put_back(&state);
    heap.keep_free(3 << 19);
    assert_eq!(contents_of_freed(&heap), [7, 0], "room for one");
    heap.put_back(&state);
    heap.keep_free(0);
    assert_eq!(contents_of_freed(&heap), [0, 0]);
}

#[test]
fn reused_large_block_makes_room_for_another_once() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    heap.keep_free(3 << 19);
    assert_eq!(contents_of_freed(&heap), [7, 0]);
    // Last in, first out: the one without pages, which makes no room.
    let second = heap.allocate(1 << 20).payload;
    fill(second, 1 << 20, 9);
    // SAFETY: a block in use.
    assert!(unsafe { heap.free(second) });
    // SAFETY: still mapped; nobody else uses it.
    assert_eq!(unsafe { second.wrapping_add(1 << 19).read() }, 0);
    // Both are in use again, so there is room for either.
    let [second, first] = [(); 2].map(|()| heap.allocate(1 << 20).payload);
    fill(first, 1 << 20, 5);
    // SAFETY: a block in use.
    assert!(unsafe { heap.free(first) });
    // SAFETY: still mapped; nobody else uses it.
    assert_eq!(unsafe { first.wrapping_add(1 << 19).read() }, 5);
    assert!(!second.is_null());
}

#[test]
fn offered_memory_is_as_good_as_any() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    let state = heap.snapshot();
    fill(heap.allocate(6 << 20).payload, 6 << 20, 1);
    heap.put_back(&state);
    heap.offer(1 << 20);
    let block = heap.allocate_zeroed(6 << 20);
    assert!(holds(block, 6 << 20, 0));
    fill(block, 6 << 20, 2);
    assert!(holds(block, 6 << 20, 2));
}

#[test]
fn memory_is_committed_and_given_back_by_whole_huge_pages() {
    let heap = Heap::reserve(64 << 20).unwrap();
    heap.seal();
    let state = heap.snapshot();
    let is_whole = || heap.committed_end().is_multiple_of(HUGE_PAGE_SIZE);
    let base = heap.range().start;
    let _ = heap.allocate(1 << 20);
    assert!(
        heap.committed_end() <= base + (3 << 20),
        "few need huge pages"
    );
    for _ in 0..20 {
        assert!(!heap.allocate((1 << 20) + 4096).payload.is_null());
        assert!(is_whole() || heap.committed_end() < base + HUGE_ABOVE + HUGE_PAGE_SIZE);
    }
    assert!(is_whole());
    heap.put_back(&state);
    assert!(heap.trim((9 << 20) + 4096) > 0);
    assert!(is_whole());
    assert!(heap.spare_bytes() >= 9 << 20);
}

#[test]
fn huge_pages_are_asked_for_further_and_never_less_far() {
    let heap = Heap::reserve(64 << 20).unwrap();
    heap.seal();
    assert!(!heap.prefer_huge(10 << 20), "nothing is committed");
    let state = heap.snapshot();
    assert!(holds(heap.allocate_zeroed(20 << 20), 20 << 20, 0));
    heap.put_back(&state);
    assert!(!heap.prefer_huge(15 << 20), "16 MiB were asked for");
    assert!(heap.prefer_huge(17 << 20), "what is there has small pages");
    heap.trim(8 << 20);
    assert!(!heap.prefer_huge(31 << 20));
    let block = heap.allocate(40 << 20).payload;
    fill(block, 40 << 20, 3);
    assert!(holds(block, 40 << 20, 3));
}

#[test]
fn trim_leaves_the_pages_of_larger_layers_writable() {
    let heap = Heap::reserve(CAP).unwrap();
    heap.seal();
    let small = heap.snapshot();
    let block = heap.allocate(4 << 20).payload;
    heap.seal();
    heap.put_back(&small);
    heap.trim(0);
    fill(block, 4 << 20, 5);
    assert!(holds(block, 4 << 20, 5));
}

/// What a random guest does.
#[derive(Clone, Debug)]
enum Step {
    Allocate(usize),
    Zeroed(usize),
    Aligned(u32, usize),
    Reallocate(usize, usize),
    Free(usize),
    Restore,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0usize..200, 4 => 200usize..5_000, 1 => 5_000usize..2_000_000]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => size().prop_map(Step::Allocate),
        2 => size().prop_map(Step::Zeroed),
        1 => (4u32..13, size()).prop_map(|(shift, size)| Step::Aligned(shift, size)),
        4 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Reallocate(which, size)),
        5 => any::<usize>().prop_map(Step::Free),
        1 => Just(Step::Restore),
    ]
}

/// Blocks in use by address: length asked for and the byte they are filled with.
#[derive(Clone, Default)]
struct Model {
    blocks: BTreeMap<usize, (usize, u8)>,
    next_tag: u8,
}

impl Model {
    fn take(&mut self, pointer: *mut u8, len: usize) {
        if pointer.is_null() {
            return;
        }
        let start = pointer as usize;
        let below = self.blocks.range(..=start).next_back();
        assert!(
            below.is_none_or(|(at, (len, _))| at + len.max(&1) <= start),
            "overlaps below"
        );
        let above = self.blocks.range(start..).next();
        assert!(
            above.is_none_or(|(at, _)| start + len <= *at),
            "overlaps above"
        );
        self.next_tag = self.next_tag.wrapping_add(1);
        fill(pointer, len, self.next_tag);
        self.blocks.insert(start, (len, self.next_tag));
    }

    fn pick(&self, which: usize) -> Option<usize> {
        let count = self.blocks.len();
        (count > 0).then(|| *self.blocks.keys().nth(which % count).unwrap())
    }

    fn check(&self) {
        for (start, (len, tag)) in &self.blocks {
            assert!(
                holds(*start as *const u8, *len, *tag),
                "block at {start:#x} was changed"
            );
        }
    }
}

fn apply(heap: &Heap, model: &mut Model, step: &Step) {
    match *step {
        Step::Allocate(size) => model.take(heap.allocate(size).payload, size),
        Step::Zeroed(size) => {
            let pointer = heap.allocate_zeroed(size);
            assert!(pointer.is_null() || holds(pointer, size, 0));
            model.take(pointer, size);
        }
        Step::Aligned(shift, size) => {
            let pointer = heap.allocate_aligned(1 << shift, size);
            assert_eq!(pointer as usize % (1 << shift), 0);
            model.take(pointer, size);
        }
        Step::Reallocate(which, size) => {
            let Some(start) = model.pick(which) else {
                return;
            };
            let (len, tag) = model.blocks[&start];
            // SAFETY: the model holds blocks in use.
            let pointer = unsafe { heap.reallocate(start as *mut u8, size) };
            if !pointer.is_null() {
                assert!(holds(pointer, len.min(size), tag));
                model.blocks.remove(&start);
                model.take(pointer, size);
            }
        }
        Step::Free(which) => {
            let Some(start) = model.pick(which) else {
                return;
            };
            model.blocks.remove(&start);
            // SAFETY: the model holds blocks in use.
            assert!(unsafe { heap.free(start as *mut u8) });
        }
        Step::Restore => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// No block ever overlaps another or loses its contents, before a
    /// checkpoint, after it, or after a restore.
    #[test]
    fn heap_agrees_with_its_model(
        preamble in prop::collection::vec(step(), 0..80),
        tests in prop::collection::vec(prop::collection::vec(step(), 0..80), 1..5),
    ) {
        let heap = Heap::reserve(CAP).unwrap();
        let mut model = Model::default();
        for step in &preamble {
            apply(&heap, &mut model, step);
        }
        model.check();
        heap.seal();
        let state = heap.snapshot();
        let sealed = heap.sealed();
        // SAFETY: the sealed range is committed.
        let image = unsafe { std::slice::from_raw_parts(sealed.start as *const u8, sealed.bytes()) }.to_vec();
        for test in &tests {
            let mut model = model.clone();
            for step in test {
                apply(&heap, &mut model, step);
                if matches!(step, Step::Restore) {
                    break;
                }
            }
            model.check();
            heap.put_back(&state);
            // SAFETY: sealed memory stays committed; nobody else uses it.
            unsafe { ptr::copy_nonoverlapping(image.as_ptr(), sealed.start as *mut u8, image.len()) };
        }
        model.check();
    }
}
