//! What a restore costs: by tier, by pages written, by pages mapped.
//!
//! In `hot` the same pages are written before each restore, so that they are
//! left unarmed and copied every time; in `fresh` a page is written so seldom
//! that it stays armed. `by_mapped_mib` writes 32 fresh pages, `hot_by_mapped_mib`
//! 32 hot ones. `first_writes_to_64` is the
//! other half of a tier's price: what the guest pays for writing to 64 armed pages.
//!
//! `REWIND_BENCH_MIB=4096` adds a size to `by_mapped_mib`; twice as much memory is needed.

#![expect(
    unsafe_code,
    reason = "a restore overwrites memory behind the compiler's back"
)]

use divan::Bencher;
use rewind_checkpoint::{Checkpoint, LayerId, Region, Tier, TierChoice, TierRequest, Writers};
use rewind_guard::{Guard, GuardOptions, set_write_hook};
use rewind_sys::memory::{Access, Mapping};
use rewind_sys::{PAGE_SIZE, PageRun};
use std::cell::RefCell;

/// Pages in 64 MiB: enough for 1,024 fresh pages a round.
const PAGES: usize = 16384;
/// Pages of a guest like QuickJS, and how many a test writes.
const SMALL: (usize, usize) = (160, 46);
const MIB: usize = (1 << 20) / PAGE_SIZE;
/// Restores before the first that counts: two windows of the learning of hot pages.
const LEARNING: usize = 130;

fn main() {
    // Its handler serves first writes in the mprotect tier.
    let guard = Guard::install(GuardOptions::default()).expect("the first guard");
    divan::main();
    drop(guard);
}

/// Memory under a checkpoint, in the place of a guest.
struct Guest {
    checkpoint: Checkpoint,
    layer: LayerId,
    memory: Mapping,
    round: usize,
}

impl Guest {
    /// `None` where the machine doesn't offer the tier: its figures are missing then.
    fn new(tier: Tier, pages: usize) -> Option<RefCell<Self>> {
        let choice = TierChoice::choose(TierRequest::Only(tier)).ok()?;
        if let Some(hook) = choice.write_hook() {
            set_write_hook(hook);
        }
        let memory = Mapping::anonymous(pages * PAGE_SIZE, Access::ReadWrite).expect("memory");
        for page in 0..pages {
            write(&memory, page, 1);
        }
        let range = PageRun::new(memory.address(), memory.address() + memory.len());
        let regions = vec![Region::heap(range)];
        // SAFETY: the mapping outlives the checkpoint, and nothing of ours lies in it.
        let checkpoint =
            unsafe { Checkpoint::new(choice, regions, Vec::new(), Writers::ThisThread) };
        let mut checkpoint = checkpoint.expect("a checkpoint");
        let layer = checkpoint.capture(pages).expect("a layer");
        Some(RefCell::new(Self {
            checkpoint,
            layer,
            memory,
            round: 0,
        }))
    }

    /// Writes to `count` pages, the same in every round, with gaps between where there is room.
    fn write_hot(&mut self, count: usize) {
        let stride = (self.pages() / count.max(1)).clamp(1, 3);
        (0..count).for_each(|index| write(&self.memory, index * stride, 2));
    }

    /// Writes to `count` pages, others in every round.
    fn write_fresh(&mut self, count: usize) {
        let stride = self.pages() / count.max(1);
        let offset = self.round % stride.max(1);
        (0..count).for_each(|index| write(&self.memory, index * stride + offset, 2));
        self.round += 1;
    }

    fn pages(&self) -> usize {
        self.memory.len() / PAGE_SIZE
    }

    fn restore(&mut self) -> u32 {
        // SAFETY: nothing runs in the guest's memory and no reference points there.
        let restored = unsafe { self.checkpoint.restore(self.layer) };
        restored.expect("a restore").dirty_pages
    }
}

fn write(memory: &Mapping, page: usize, value: u8) {
    let offset = page * PAGE_SIZE + page % 64;
    assert!(offset < memory.len());
    // SAFETY: a byte of the mapping, by the line above.
    unsafe {
        memory
            .start()
            .as_ptr()
            .wrapping_add(offset)
            .write_volatile(value)
    };
}

/// Times restores after `writing`, which was done often enough before to be learnt.
fn restores(bencher: Bencher<'_, '_>, tier: Tier, pages: usize, writing: impl Fn(&mut Guest)) {
    let Some(guest) = Guest::new(tier, pages) else {
        return;
    };
    // The copy tier has nothing to learn.
    for _ in 0..if tier == Tier::Copy { 2 } else { LEARNING } {
        let mut guest = guest.borrow_mut();
        writing(&mut guest);
        guest.restore();
    }
    bencher
        .with_inputs(|| {
            writing(&mut guest.borrow_mut());
            guest.as_ptr()
        })
        .bench_local_values(|_| guest.borrow_mut().restore());
}

/// Sizes in MiB.
fn mapped() -> Vec<usize> {
    let asked = std::env::var("REWIND_BENCH_MIB")
        .ok()
        .and_then(|mib| mib.parse().ok());
    [16, 128, 1024].into_iter().chain(asked).collect()
}

macro_rules! tier {
    ($name:ident, $tier:expr, hot: $hot:expr, fresh: $fresh:expr) => {
        mod $name {
            use super::*;

            #[divan::bench(args = $hot, sample_size = 1, sample_count = 300, max_time = 1)]
            fn hot(bencher: Bencher<'_, '_>, pages: usize) {
                restores(bencher, $tier, PAGES, |guest| guest.write_hot(pages));
            }

            #[divan::bench(args = $fresh, sample_size = 1, sample_count = 300, max_time = 1)]
            fn fresh(bencher: Bencher<'_, '_>, pages: usize) {
                restores(bencher, $tier, PAGES, |guest| guest.write_fresh(pages));
            }

            #[divan::bench(args = mapped(), sample_size = 1, sample_count = 300, max_time = 1)]
            fn by_mapped_mib(bencher: Bencher<'_, '_>, mib: usize) {
                restores(bencher, $tier, mib * MIB, |guest| guest.write_fresh(32));
            }

            #[divan::bench(args = mapped(), sample_size = 1, sample_count = 300, max_time = 1)]
            fn hot_by_mapped_mib(bencher: Bencher<'_, '_>, mib: usize) {
                restores(bencher, $tier, mib * MIB, |guest| guest.write_hot(32));
            }

            #[divan::bench(sample_size = 1, sample_count = 2000, max_time = 1)]
            fn like_quickjs(bencher: Bencher<'_, '_>) {
                restores(bencher, $tier, SMALL.0, |guest| guest.write_hot(SMALL.1));
            }

            #[divan::bench(sample_size = 1, sample_count = 300, max_time = 1)]
            fn first_writes_to_64(bencher: Bencher<'_, '_>) {
                let Some(guest) = Guest::new($tier, PAGES) else {
                    return;
                };
                bencher
                    .with_inputs(|| {
                        guest.borrow_mut().restore();
                        guest.as_ptr()
                    })
                    .bench_local_values(|_| guest.borrow_mut().write_fresh(64));
            }
        }
    };
}

tier!(pagemap_scan, Tier::PagemapScan, hot: [0, 1, 16, 64, 256, 1024, 4096], fresh: [1, 16, 64, 256, 1024]);
tier!(mprotect, Tier::Mprotect, hot: [0, 1, 16, 64, 256, 1024, 4096], fresh: [1, 16, 64, 256, 1024]);
tier!(copy, Tier::Copy, hot: [0, 64, 4096], fresh: [64]);
