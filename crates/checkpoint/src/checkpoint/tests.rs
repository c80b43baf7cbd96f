//! One suite over every tier, and a model of layers.

use super::*;
use crate::tier::{Tier, TierRequest};
use crate::verify::Mismatch;
use proptest::prelude::*;
use rewind_sys::PAGE_SIZE;
use rewind_sys::memory::{Access, Mapping};
use rewind_sys::track::FakeTracker;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// More than are compared in every tier.
const DATA: usize = COMPARED_PAGES + 2;
/// More than a word of the mprotect tier has bits for.
const HEAP: usize = 200;

/// The mprotect tier has one range and one handler in a process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Guest memory of its own for a test.
struct Memory {
    data: Mapping,
    heap: Mapping,
}

impl Memory {
    fn new() -> Self {
        let map = |pages| Mapping::anonymous(pages * PAGE_SIZE, Access::ReadWrite).unwrap();
        Self {
            data: map(DATA),
            heap: map(HEAP),
        }
    }

    fn regions(&self) -> Vec<Region> {
        let run =
            |mapping: &Mapping| PageRun::new(mapping.address(), mapping.address() + mapping.len());
        let data = Region {
            name: "data".to_owned(),
            pages: run(&self.data),
            kind: RegionKind::Data,
        };
        vec![Region::heap(run(&self.heap)), data]
    }

    /// Address of byte `at` of a page; pages below `DATA` are the data region's.
    fn address(&self, page: usize, at: usize) -> usize {
        match page.checked_sub(DATA) {
            None => self.data.address() + page * PAGE_SIZE + at,
            Some(page) => self.heap.address() + page * PAGE_SIZE + at,
        }
    }

    fn write(&self, page: usize, value: u8) {
        // SAFETY: a byte of one of the mappings.
        unsafe { (self.address(page, page % 100) as *mut u8).write_volatile(value) };
    }

    fn read(&self, page: usize) -> u8 {
        // SAFETY: a byte of one of the mappings.
        unsafe { (self.address(page, page % 100) as *const u8).read_volatile() }
    }

    fn image(&self, pages: usize) -> Vec<u8> {
        (0..pages).map(|page| self.read(page)).collect()
    }
}

extern "C" fn write_fault(signal: i32, info: *mut libc_siginfo, _context: *mut core::ffi::c_void) {
    // SAFETY: the kernel passes a valid siginfo; the address is its third word for SIGSEGV.
    let field = unsafe { info.cast::<usize>().add(2) };
    // SAFETY: inside the siginfo.
    let address = unsafe { field.read() };
    if !crate::protect::on_write_fault(address) {
        rewind_sys::signal::exit_now(128 + signal);
    }
}

#[expect(
    non_camel_case_types,
    reason = "stands for the C library's type, which this crate doesn't import"
)]
type libc_siginfo = core::ffi::c_void;

/// Runs `test` on every tier that this machine has, with scans and with as few as may be.
fn on_every_tier(test: impl Fn(&Memory, &mut Checkpoint)) {
    on_tiers(Writers::Anybody, &test);
    on_tiers(Writers::ThisThread, &test);
}

fn on_tiers(writers: Writers, test: &impl Fn(&Memory, &mut Checkpoint)) {
    let _one = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let stack = rewind_sys::signal::AlternateStack::install(64 << 10).unwrap();
    for tier in [Tier::Copy, Tier::Mprotect, Tier::PagemapScan] {
        let choice = match TierChoice::choose(TierRequest::Only(tier)) {
            Ok(choice) => choice,
            Err(error) => {
                println!("skipped {}: {error}", tier.name());
                continue;
            }
        };
        assert_eq!(choice.write_hook().is_some(), tier == Tier::Mprotect);
        // SAFETY: same signature but for the type's name.
        let handler = unsafe {
            std::mem::transmute::<
                extern "C" fn(i32, *mut libc_siginfo, *mut core::ffi::c_void),
                rewind_sys::signal::Handler,
            >(write_fault)
        };
        let ours = rewind_sys::signal::Disposition::on_alternate_stack(handler);
        let before = rewind_sys::signal::set_disposition(11, &ours).unwrap();
        let memory = Memory::new();
        // SAFETY: the mappings live as long as the checkpoint and are the test's own.
        let mut checkpoint =
            unsafe { Checkpoint::new(choice, memory.regions(), Vec::new(), writers) }.unwrap();
        println!("on {}, written by {writers:?}", tier.name());
        test(&memory, &mut checkpoint);
        rewind_sys::signal::set_disposition(11, &before).unwrap();
    }
    // The stack stays the thread's own until the thread ends.
    std::mem::forget(stack);
}

fn restore(checkpoint: &mut Checkpoint, layer: LayerId) -> Restored {
    // SAFETY: nothing else runs on the test's memory.
    unsafe { checkpoint.restore(layer) }.unwrap()
}

/// Code that changes protections itself writes to armed pages without a fault.
#[test]
fn restore_with_distrust_undoes_writes_behind_the_trackers_back() {
    on_every_tier(|memory, checkpoint| {
        (0..DATA + 8).for_each(|page| memory.write(page, 1));
        let root = checkpoint.capture(8).unwrap();
        let before = memory.image(DATA + 8);
        for _ in 0..3 {
            // SAFETY: the test's own mapping, writable as it was made.
            unsafe {
                rewind_sys::memory::protect(
                    memory.heap.address(),
                    memory.heap.len(),
                    Access::ReadWrite,
                )
            }
            .unwrap();
            for page in [1, DATA + 2, DATA + 5] {
                memory.write(page, 2);
            }
            checkpoint.distrust();
            restore(checkpoint, root);
            assert_eq!(memory.image(DATA + 8), before);
            // The tracker is believed again.
            memory.write(DATA + 3, 3);
            restore(checkpoint, root);
            assert_eq!(memory.image(DATA + 8), before);
        }
    });
}

#[test]
fn restore_undoes_writes_in_every_region() {
    on_every_tier(|memory, checkpoint| {
        (0..DATA + 8).for_each(|page| memory.write(page, 1));
        let root = checkpoint.capture(8).unwrap();
        for round in 0..300 {
            for page in [0, 3, DATA, DATA + 7, DATA + round % 8] {
                memory.write(page, 2);
            }
            // Beyond the checkpoint: nobody's business.
            memory.write(DATA + 20, 9);
            restore(checkpoint, root);
            assert_eq!(memory.image(DATA + 8), vec![1; DATA + 8]);
            assert_eq!(checkpoint.verify(10).unwrap(), []);
        }
    });
}

#[test]
fn restore_without_writes_copies_only_hot_pages() {
    on_every_tier(|memory, checkpoint| {
        let root = checkpoint.capture(8).unwrap();
        assert_eq!(restore(checkpoint, root).dirty_pages, 0);
        memory.write(DATA + 2, 2);
        assert_eq!(restore(checkpoint, root).dirty_pages, 1);
        // Hot on trial now, in tiers that arm, and let go when it isn't written again.
        let copied: Vec<u32> = (0..1024)
            .map(|_| restore(checkpoint, root).dirty_pages)
            .collect();
        let tried = copied.iter().take_while(|pages| **pages == 1).count();
        assert!(
            copied[tried..].iter().all(|pages| *pages == 0),
            "{copied:?}"
        );
        assert!(tried < copied.len());
    });
}

#[test]
fn any_layer_is_reached_from_any_other() {
    on_every_tier(|memory, checkpoint| {
        let mut layers = Vec::new();
        let mut capture = |checkpoint: &mut Checkpoint, pages: &[usize], value: u8, heap: usize| {
            pages.iter().for_each(|page| memory.write(*page, value));
            let id = checkpoint.capture(heap).unwrap();
            layers.push((id, heap, memory.image(DATA + heap)));
            id
        };
        let root = capture(checkpoint, &[0, DATA, DATA + 1], 1, 4);
        let left = capture(checkpoint, &[0, DATA + 5], 2, 10);
        let _deep = capture(checkpoint, &[DATA + 1, DATA + 11], 3, 12);
        restore(checkpoint, left);
        let _other = capture(checkpoint, &[DATA + 2, DATA + 30], 4, 32);
        restore(checkpoint, root);
        let _right = capture(checkpoint, &[1, DATA + 4], 5, 5);
        for _ in 0..20 {
            for (from, heap, _) in layers.clone() {
                for (to, to_heap, image) in &layers {
                    restore(checkpoint, from);
                    (0..DATA + heap + 3)
                        .step_by(2)
                        .for_each(|page| memory.write(page, 77));
                    restore(checkpoint, *to);
                    assert_eq!(&memory.image(DATA + to_heap), image, "{from:?} to {to:?}");
                    assert_eq!(checkpoint.verify(10).unwrap(), []);
                }
            }
        }
    });
}

#[test]
fn dropped_layer_gives_its_pages_back_and_is_an_error() {
    on_every_tier(|memory, checkpoint| {
        let root = checkpoint.capture(4).unwrap();
        memory.write(DATA, 3);
        let child = checkpoint.capture(6).unwrap();
        let pages = checkpoint.size().1;
        assert!(!checkpoint.remove(child), "the current layer stays");
        assert!(!checkpoint.remove(root), "a parent stays");
        restore(checkpoint, root);
        assert!(checkpoint.remove(child));
        assert_eq!(checkpoint.size().1, pages - 3);
        // SAFETY: nothing else runs on the test's memory.
        let error = unsafe { checkpoint.restore(child) }.unwrap_err();
        assert!(matches!(error, CheckpointError::NoLayer(_)), "{error}");
    });
}

#[test]
fn verify_names_region_and_offset_of_a_difference() {
    on_every_tier(|memory, checkpoint| {
        let root = checkpoint.capture(4).unwrap();
        restore(checkpoint, root);
        memory.write(DATA + 2, 5);
        let offset = 2 * PAGE_SIZE + (DATA + 2) % 100;
        let expected = Mismatch {
            region: "guest heap".to_owned(),
            address: memory.address(DATA + 2, (DATA + 2) % 100),
            offset,
        };
        assert_eq!(checkpoint.verify(10).unwrap(), [expected]);
    });
}

#[test]
fn byte_ranges_are_put_back_with_their_layer() {
    let mut bytes = [1u8, 2, 3, 4];
    let memory = Memory::new();
    let range = (bytes.as_mut_ptr() as usize, 3);
    let choice = TierChoice::choose(TierRequest::Only(Tier::Copy)).unwrap();
    // SAFETY: memory and bytes live as long as the checkpoint.
    let mut checkpoint =
        unsafe { Checkpoint::new(choice, memory.regions(), vec![range], Writers::Anybody) }
            .unwrap();
    let root = checkpoint.capture(1).unwrap();
    // SAFETY: written through the pointer that the checkpoint knows.
    unsafe { (range.0 as *mut u8).write_bytes(9, 4) };
    let child = checkpoint.capture(1).unwrap();
    // SAFETY: as above.
    let read = || unsafe { (range.0 as *const [u8; 4]).read_volatile() };
    restore(&mut checkpoint, root);
    assert_eq!(read(), [1, 2, 3, 9]);
    restore(&mut checkpoint, child);
    assert_eq!(read(), [9, 9, 9, 9]);
}

#[test]
fn empty_checkpoint_cannot_be_restored() {
    let memory = Memory::new();
    let choice = TierChoice::choose(TierRequest::Only(Tier::Copy)).unwrap();
    // SAFETY: memory lives as long as the checkpoint.
    let mut checkpoint =
        unsafe { Checkpoint::new(choice, memory.regions(), Vec::new(), Writers::Anybody) }.unwrap();
    // SAFETY: nothing else runs on the test's memory.
    let restored = unsafe { checkpoint.restore(LayerId(0)) };
    assert!(matches!(restored, Err(CheckpointError::Empty)));
}

#[derive(Clone, Debug)]
enum Step {
    Write(usize, u8),
    Capture(usize),
    Restore(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..DATA + HEAP, any::<u8>()).prop_map(|(page, value)| Step::Write(page, value)),
        1 => (1..HEAP).prop_map(Step::Capture),
        3 => any::<usize>().prop_map(Step::Restore),
    ];
    prop::collection::vec(step, 1..200)
}

/// The fake tracker is told of writes; memory is real, the kernel is not asked.
#[derive(Clone, Default)]
struct Told {
    fake: std::rc::Rc<FakeTracker>,
    /// Regions looked through for written pages.
    scans: std::rc::Rc<std::cell::Cell<u32>>,
}

impl rewind_sys::track::WriteTracker for Told {
    fn register(&self, range: PageRun) -> Result<(), SysError> {
        self.fake.register(range)
    }
    fn arm(&self, run: PageRun) -> Result<(), SysError> {
        self.fake.arm(run)
    }
    fn written(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
        self.scans.set(self.scans.get() + 1);
        self.fake.written(range, found)
    }
    fn settle(&self) {
        self.fake.settle();
    }
    fn faults(&self) -> Option<u64> {
        self.fake.faults()
    }
}

/// A checkpoint over `regions` of a memory whose tracker is told of writes.
fn told(regions: Vec<Region>, writers: Writers) -> (Checkpoint, Told) {
    let told = Told::default();
    let choice = TierChoice::with_tracker(Box::new(told.clone()));
    // SAFETY: the tests keep memory as long as the checkpoint.
    let checkpoint = unsafe { Checkpoint::new(choice, regions, Vec::new(), writers) }.unwrap();
    (checkpoint, told)
}

#[test]
fn restore_scans_only_after_an_armed_page_was_written_or_invalidated() {
    let memory = Memory::new();
    let (mut checkpoint, told) = told(memory.regions(), Writers::ThisThread);
    let root = checkpoint.capture(8).unwrap();
    let hot = memory.address(DATA + 2, 0);
    // Written again and again, this page stays hot.
    for _ in 0..200 {
        memory.write(DATA + 2, 7);
        told.fake.write(hot);
        restore(&mut checkpoint, root);
    }
    let scans = |run: &mut dyn FnMut()| {
        let before = told.scans.get();
        run();
        told.scans.get() - before
    };
    let write = |page: usize| {
        memory.write(page, 9);
        told.fake.write(memory.address(page, 0));
    };
    write(DATA + 2);
    assert_eq!(
        scans(&mut || {
            restore(&mut checkpoint, root);
        }),
        0
    );
    assert_eq!(memory.read(DATA + 2), 0, "hot pages are put back unasked");
    write(DATA + 5);
    assert_eq!(
        scans(&mut || {
            restore(&mut checkpoint, root);
        }),
        1,
        "the heap is looked through, and explains the fault"
    );
    assert_eq!(memory.read(DATA + 5), 0);
    for (written, also) in [(1, None), (DATA + 6, None), (DATA + 6, Some(1))] {
        // A fault more than what was written to in the heap.
        told.fake.fault();
        write(written);
        also.into_iter().for_each(write);
        assert_eq!(
            scans(&mut || {
                restore(&mut checkpoint, root);
            }),
            2
        );
        assert_eq!((memory.read(written), memory.read(1)), (0, 0));
    }
    checkpoint.invalidate();
    assert_eq!(
        scans(&mut || {
            restore(&mut checkpoint, root);
        }),
        2
    );
    assert_eq!(
        scans(&mut || {
            restore(&mut checkpoint, root);
        }),
        0
    );
}

#[test]
fn a_small_region_is_compared_only_where_anybody_may_write_to_it() {
    for (writers, left) in [(Writers::Anybody, 0), (Writers::ThisThread, 9)] {
        let memory = Memory::new();
        let mut regions = memory.regions();
        let small = &mut regions[1].pages;
        *small = PageRun::new(small.start, small.start + PAGE_SIZE);
        let (mut checkpoint, told) = told(regions, writers);
        let root = checkpoint.capture(8).unwrap();
        restore(&mut checkpoint, root);
        memory.write(0, 9);
        restore(&mut checkpoint, root);
        assert_eq!(memory.read(0), left, "{writers:?}, who told nobody");
        memory.write(0, 9);
        told.fake.write(memory.address(0, 0));
        restore(&mut checkpoint, root);
        assert_eq!(memory.read(0), 0, "{writers:?}");
    }
}

#[test]
fn threads_that_write_first_to_a_page_together_take_no_fault() {
    on_every_tier(|memory, checkpoint| {
        let root = checkpoint.capture(HEAP).unwrap();
        let start = std::sync::Barrier::new(4);
        // Each is armed when they come to it: a page is hot only after that.
        for page in DATA..DATA + HEAP {
            let address = memory.address(page, 0);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        // SAFETY: each thread has a byte of the heap to itself.
                        unsafe { ((address + 64 * thread) as *mut u8).write_volatile(5) };
                    });
                }
            });
            checkpoint.invalidate();
            restore(checkpoint, root);
            assert_eq!(checkpoint.verify(1).unwrap(), []);
        }
    });
}

#[test]
fn write_to_a_page_that_never_becomes_writable_is_a_fault() {
    on_every_tier(|memory, checkpoint| {
        if checkpoint.choice().tier != Tier::Mprotect {
            return;
        }
        checkpoint.capture(8).unwrap();
        let address = memory.address(DATA + 20, 0);
        for _ in 0..3 {
            let tried: Vec<bool> = (0..3)
                .map(|_| crate::protect::on_write_fault(address))
                .collect();
            assert_eq!(tried[1..], [false, false], "it isn't armed");
        }
    });
}

#[test]
fn what_another_thread_wrote_is_put_back_after_invalidate() {
    on_every_tier(|memory, checkpoint| {
        let root = checkpoint.capture(8).unwrap();
        let address = memory.address(DATA + 3, (DATA + 3) % 100);
        let (turn, rounds, mut left) = (AtomicU32::new(0), 20, Vec::new());
        let wait_for = |value| {
            while turn.load(Ordering::SeqCst) != value {
                std::hint::spin_loop();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..rounds {
                    wait_for(2 * round + 1);
                    // SAFETY: a byte of the heap, which nobody else uses now.
                    unsafe { (address as *mut u8).write_volatile(5) };
                    turn.fetch_add(1, Ordering::SeqCst);
                }
            });
            for round in 0..rounds {
                restore(checkpoint, root);
                // From here on this thread takes no fault.
                turn.fetch_add(1, Ordering::SeqCst);
                wait_for(2 * round + 2);
                checkpoint.invalidate();
                restore(checkpoint, root);
                left.push(memory.read(DATA + 3));
            }
        });
        assert_eq!(left, vec![0; rounds as usize]);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    /// Whatever was written and captured in whatever order, a restored layer
    /// is what was captured.
    #[test]
    fn checkpoint_agrees_with_its_model(steps in steps(), alone: bool) {
        let memory = Memory::new();
        let writers = if alone { Writers::ThisThread } else { Writers::Anybody };
        let (mut checkpoint, Told { fake, .. }) = told(memory.regions(), writers);
        let mut layers: Vec<(LayerId, Vec<u8>)> = Vec::new();
        let mut heap = 1;
        layers.push((checkpoint.capture(1).unwrap(), memory.image(DATA + 1)));
        for step in steps {
            match step {
                Step::Write(page, value) => {
                    memory.write(page, value);
                    fake.write(memory.address(page, 0));
                }
                Step::Capture(more) => {
                    // A heap only grows from a layer to its child.
                    heap = (heap + more % 8).min(HEAP);
                    let id = checkpoint.capture(heap).unwrap();
                    layers.push((id, memory.image(DATA + heap)));
                }
                Step::Restore(which) => {
                    let (id, image) = &layers[which % layers.len()];
                    restore(&mut checkpoint, *id);
                    heap = image.len() - DATA;
                    prop_assert_eq!(&memory.image(image.len()), image);
                    prop_assert_eq!(checkpoint.verify(1).unwrap(), []);
                }
            }
        }
    }
}
