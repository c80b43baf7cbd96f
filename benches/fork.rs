//! What a fork for each test costs at least: forking, writing to some pages,
//! exiting and being waited for, in a process with about the memory of a worker.

#![expect(unsafe_code, reason = "forking copies the whole process")]

use divan::Bencher;
use rewind_sys::process::{ExitStatus, fork};
use rewind_sys::{PAGE_SIZE, signal};
use std::hint::black_box;

/// Pages of its own that a worker with QuickJS and its harness has.
const PAGES: usize = 640;

fn main() {
    divan::main();
}

#[divan::bench(args = [0, 50, 100], sample_size = 1, sample_count = 300, max_time = 1)]
fn by_pages_written(bencher: Bencher<'_, '_>, pages: usize) {
    let mut memory = vec![1u8; PAGES * PAGE_SIZE];
    bencher.bench_local(|| {
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
                black_box(&memory);
                signal::exit_now(0)
            }
        }
    });
}
