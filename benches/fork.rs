//! What a fork for each test costs at least: forking, writing to some pages,
//! exiting and being waited for, in a process with about the memory of a worker;
//! the same with those pages pinned, so that the fork copies them.

#![expect(unsafe_code, reason = "forking copies the whole process")]

use divan::Bencher;
use rewind_sys::process::{ExitStatus, Pinned, fork};
use rewind_sys::{PAGE_SIZE, PageRun, signal};
use std::hint::black_box;

/// Pages of its own that a worker with QuickJS and its harness has.
const PAGES: usize = 640;

fn main() {
    divan::main();
}

#[divan::bench(args = [0, 50, 100], sample_size = 1, sample_count = 300, max_time = 1)]
fn by_pages_written(bencher: Bencher<'_, '_>, pages: usize) {
    let mut memory = vec![1u8; PAGES * PAGE_SIZE];
    bencher.bench_local(|| child_that_writes(&mut memory, pages));
}

#[divan::bench(args = [50, 100], sample_size = 1, sample_count = 300, max_time = 1)]
fn by_pages_pinned_and_written(bencher: Bencher<'_, '_>, pages: usize) {
    let mut memory = vec![1u8; PAGES * PAGE_SIZE];
    let start = memory.as_ptr().addr();
    let run = PageRun::new(
        start / PAGE_SIZE * PAGE_SIZE,
        (start / PAGE_SIZE + pages) * PAGE_SIZE,
    );
    let pinned = Pinned::pin(&[run]);
    if pinned.is_err() {
        // The figure would be that of `by_pages_written`.
        return;
    }
    bencher.bench_local(|| child_that_writes(&mut memory, pages));
}

/// Forks a child that writes to the first `pages` pages, and waits for its end.
fn child_that_writes(memory: &mut [u8], pages: usize) {
    // SAFETY: divan runs benches on the only thread unless told otherwise.
    match unsafe { fork() }.expect("a process more") {
        Some(mut child) => {
            let ended = child.wait().expect("a child of ours");
            assert_eq!(ended.status, ExitStatus::Exited(0));
        }
        None => {
            for byte in memory.iter_mut().step_by(PAGE_SIZE).take(pages) {
                *byte = 2;
            }
            black_box(memory);
            signal::exit_now(0)
        }
    }
}
