//! The direct calls, in a process that has a guest heap.

use rewind_heap::{direct, init, set_threaded};

fn fill(block: *mut u8, len: usize, tag: u8) {
    // SAFETY: the test passes blocks of at least `len` bytes.
    unsafe { block.write_bytes(tag, len) };
}

fn holds(block: *const u8, len: usize, tag: u8) -> bool {
    // SAFETY: the test passes blocks of at least `len` bytes, all written.
    let bytes = unsafe { std::slice::from_raw_parts(block, len) };
    bytes.iter().all(|byte| *byte == tag)
}

fn one_thread() {
    // SAFETY: null is none.
    unsafe { direct::free(std::ptr::null_mut()) };
    // SAFETY: as above.
    assert_eq!(unsafe { direct::usable_size(std::ptr::null()) }, 0);
    // SAFETY: null asks for a new block.
    let block = unsafe { direct::reallocate(std::ptr::null_mut(), 100) };
    assert!(rewind_heap::is_owned(block));
    // SAFETY: a block in use.
    assert!(unsafe { direct::usable_size(block) } >= 100);
    fill(block, 100, 7);
    let after = direct::allocate(10);
    // SAFETY: a block in use.
    let grown = unsafe { direct::reallocate(block, 5000) };
    assert!(holds(grown, 100, 7));
    // SAFETY: a block in use.
    assert!(unsafe { direct::usable_size(grown) } >= 5000);
    fill(grown, 5000, 1);
    for block in [after, grown] {
        // SAFETY: a block in use.
        unsafe { direct::free(block) };
    }
    let zeroed = direct::allocate_zeroed(1000, 5);
    assert!(holds(zeroed, 5000, 0));
    assert!(direct::allocate(usize::MAX).is_null());
    assert!(direct::allocate_zeroed(1, usize::MAX).is_null());
    assert!(direct::allocate_zeroed(2, usize::MAX).is_null());
}

fn many_threads() {
    set_threaded(true);
    let work = |tag: u8| {
        for round in 0..2000 {
            let len = 16 + round % 300;
            let block = direct::allocate(len);
            fill(block, len, tag);
            // SAFETY: a block in use.
            let block = unsafe { direct::reallocate(block, len + 64) };
            assert!(holds(block, len, tag), "another thread has this block");
            // SAFETY: a block in use.
            unsafe { direct::free(block) };
        }
    };
    std::thread::scope(|scope| {
        for tag in 1..=4 {
            scope.spawn(move || work(tag));
        }
    });
    set_threaded(false);
}

/// In one test, for a process has one heap and a lock only while it is told of threads.
#[test]
fn blocks_are_whole_and_apart_with_and_without_threads() {
    assert!(direct::allocate(1).is_null(), "there is no heap yet");
    init(64 << 20).unwrap();
    one_thread();
    many_threads();
}
