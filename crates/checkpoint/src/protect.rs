//! Tracking by protection faults, for kernels and containers without userfaultfd.
//!
//! Arming a page makes it read-only; the SIGSEGV of its first write comes to
//! [`on_write_fault`], which makes it writable and clears its bit. A bit for
//! each page is all the state there is, so nothing can overflow:
//!
//! ```text
//!   bit 1: armed, read-only        bit 0: written, or never armed
//! ```
//!
//! Two threads may write to an armed page at once: both take the fault, and the
//! one whose handler comes second finds the page writable and its bit clear. So
//! the page is made writable before its bit is cleared, and a thread that faults
//! where no bit is set tries its write once more before that counts as a fault.
//!
//! Where the kernel itself writes to an armed page for a system call, the call
//! fails with EFAULT instead: guests that make such calls on buffers of the
//! checkpoint need another tier.

use rewind_sys::memory::{self, Access, Mapping};
use rewind_sys::pages::{PAGE_SIZE, floor};
use rewind_sys::track::WriteTracker;
use rewind_sys::{PageRun, SysError};
use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// The range under tracking, `START == END` while there is none.
static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// One bit a page, in a mapping that is never freed.
static BITS: AtomicPtr<AtomicU64> = AtomicPtr::new(std::ptr::null_mut());

/// Counts calls that arm. From one to the next a page that became writable stays so.
static ARMINGS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The page at which this thread tried once more, and the count of armings then.
    static TRIED_AGAIN: Cell<(usize, u64)> = const { Cell::new((usize::MAX, 0)) };
}

fn word(page: usize) -> Option<&'static AtomicU64> {
    let bits = BITS.load(Ordering::Relaxed);
    if bits.is_null() {
        return None;
    }
    // SAFETY: the mapping has a word for every 64 pages of the range, and the
    // callers pass pages of the range.
    let word = unsafe { bits.add(page / 64) };
    // SAFETY: inside the mapping, which is never freed.
    Some(unsafe { &*word })
}

fn page_of(address: usize) -> Option<usize> {
    let (start, end) = (START.load(Ordering::Relaxed), END.load(Ordering::Relaxed));
    (address >= start && address < end).then(|| (address - start) / PAGE_SIZE)
}

/// The hook for the signal handler: `true` if the fault was the first write to
/// an armed page, which is writable now. Only atomics and one system call.
pub(crate) fn on_write_fault(address: usize) -> bool {
    let Some(page) = page_of(address) else {
        return false;
    };
    let Some(word) = word(page) else { return false };
    let bit = 1u64 << (page % 64);
    if word.load(Ordering::Acquire) & bit == 0 {
        let now = (page, ARMINGS.load(Ordering::Relaxed));
        // Another thread was first, unless it is for the second time.
        return TRIED_AGAIN.replace(now) != now;
    }
    // SAFETY: an armed page of the range, which was writable before it was armed.
    if unsafe { memory::protect(floor(address), PAGE_SIZE, Access::ReadWrite) }.is_err() {
        return false;
    }
    word.fetch_and(!bit, Ordering::Release);
    true
}

/// The tracker; there is one range in a process.
#[derive(Debug)]
pub(crate) struct Protection(());

impl Protection {
    pub(crate) const fn new() -> Self {
        Self(())
    }

    fn set_bits(run: PageRun) {
        let Some(first) = page_of(run.start) else {
            return;
        };
        for page in first..first + run.pages() {
            let Some(word) = word(page) else { return };
            word.fetch_or(1u64 << (page % 64), Ordering::Relaxed);
        }
    }
}

impl WriteTracker for Protection {
    fn register(&self, range: PageRun) -> Result<(), SysError> {
        let bytes = (range.pages() / 64 + 1) * size_of::<u64>();
        let bits = Mapping::anonymous(rewind_sys::pages::ceil(bytes), Access::ReadWrite)?;
        BITS.store(bits.leak().cast().as_ptr(), Ordering::SeqCst);
        START.store(range.start, Ordering::SeqCst);
        END.store(range.end, Ordering::SeqCst);
        Ok(())
    }

    fn arm(&self, run: PageRun) -> Result<(), SysError> {
        ARMINGS.fetch_add(1, Ordering::Relaxed);
        Self::set_bits(run);
        // SAFETY: pages of the checkpoint; writes to them come to `on_write_fault`.
        unsafe { memory::protect(run.start, run.bytes(), Access::Read) }
    }

    fn forget(&self, range: PageRun) {
        let Some(first) = page_of(range.start) else {
            return;
        };
        for page in first..first + range.pages() {
            let Some(word) = word(page) else { return };
            word.fetch_and(!(1u64 << (page % 64)), Ordering::Relaxed);
        }
    }

    fn written(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
        let Some(first) = page_of(range.start) else {
            return Ok(());
        };
        let start = START.load(Ordering::Relaxed);
        let end = first + range.pages();
        let mut page = first;
        while page < end {
            let Some(word) = word(page) else { break };
            let armed = word.load(Ordering::Relaxed) >> (page % 64);
            // A whole word is passed over at once: most of a large guest is armed.
            let unwritten = usize::try_from(armed.trailing_ones()).unwrap_or(64);
            if unwritten > 0 {
                page += unwritten;
                continue;
            }
            let address = start + page * PAGE_SIZE;
            match found.last_mut() {
                Some(last) if last.end == address => last.end += PAGE_SIZE,
                _ => found.push(PageRun::new(address, address + PAGE_SIZE)),
            }
            page += 1;
        }
        Ok(())
    }
}
