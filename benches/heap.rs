//! The guest's heap against jemalloc, mimalloc and the system's malloc.
//!
//! `script` is a script's calls with everything freed at the end;
//! `script_dropped` is what a test really costs: the same calls, and a restore
//! of the allocator's state instead of the frees that are left.

use divan::{Bencher, counter::ItemsCount};
use rewind_benches::{Blocks, General, Trace, stack_of, string_of, zeroed_once};
use rewind_heap::Heap;
use std::alloc::System;

fn main() {
    divan::main();
}

const BLOCKS: usize = 1000;
/// Calls of a middling test262 script.
const CALLS: usize = 2000;

fn guest_heap() -> Heap {
    let heap = Heap::reserve(256 << 20).expect("a heap");
    heap.seal();
    heap
}

fn small(bencher: Bencher<'_, '_>, blocks: &impl Blocks, size: usize) {
    bencher
        .counter(ItemsCount::new(BLOCKS))
        .bench_local(|| stack_of(blocks, BLOCKS, size));
}

fn script(bencher: Bencher<'_, '_>, blocks: &impl Blocks) {
    let trace = Trace::of_a_script(CALLS);
    bencher
        .counter(ItemsCount::new(trace.calls()))
        .bench_local(|| trace.replay_and_free(blocks));
}

macro_rules! allocator {
    ($name:ident, $make:expr) => {
        mod $name {
            use super::*;

            #[divan::bench(args = [16, 64, 256])]
            fn small(bencher: Bencher<'_, '_>, size: usize) {
                super::small(bencher, &$make, size);
            }

            #[divan::bench]
            fn script(bencher: Bencher<'_, '_>) {
                super::script(bencher, &$make);
            }

            #[divan::bench(args = [4, 256, 4096])]
            fn calloc_kib(bencher: Bencher<'_, '_>, kib: usize) {
                let blocks = $make;
                bencher.bench_local(|| zeroed_once(&blocks, kib << 10));
            }
        }
    };
}

allocator!(guest, guest_heap());
allocator!(jemalloc, General(tikv_jemallocator::Jemalloc));
allocator!(mimalloc, General(::mimalloc::MiMalloc));
allocator!(system, General(System));

/// A string that is built by appending, dropped by a restore: memory that was used
/// before is used again.
#[divan::bench(args = [1, 8, 32])]
fn guest_string_mib_dropped(bencher: Bencher<'_, '_>, mebibytes: usize) {
    let heap = Heap::reserve(1 << 30).expect("a heap");
    heap.seal();
    let state = heap.snapshot();
    bencher.bench_local(|| {
        string_of(&heap, mebibytes << 20);
        heap.put_back(&state);
    });
}

#[divan::bench]
fn guest_script_dropped(bencher: Bencher<'_, '_>) {
    let heap = guest_heap();
    let (state, trace) = (heap.snapshot(), Trace::of_a_script(CALLS));
    bencher
        .counter(ItemsCount::new(trace.calls()))
        .bench_local(|| {
            trace.replay(&heap);
            heap.put_back(&state);
        });
}
