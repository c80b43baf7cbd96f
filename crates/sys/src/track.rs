//! What a source of dirty pages must offer, and a fake one for pure tests.

use crate::error::SysError;
use crate::pages::{PAGE_SIZE, PageRun, floor};
use crate::process::page_faults;
use crate::uffd::Userfault;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// A source of dirty pages: armed pages are recorded at their first write.
pub trait WriteTracker {
    /// Begins tracking of `range`; its pages are disarmed.
    ///
    /// # Errors
    /// When the kernel refuses the range.
    fn register(&self, range: PageRun) -> Result<(), SysError>;

    /// Arms every page of `run`, which is registered.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn arm(&self, run: PageRun) -> Result<(), SysError>;

    /// Appends the pages of `range` that are not armed (any more) to `found`, ascending.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn written(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError>;

    /// Code has changed protections by itself: pages of `range` count as not
    /// armed, which they all are by now.
    fn forget(&self, _range: PageRun) {}

    /// Everything written so far is known: [`WriteTracker::faults`] speaks of what follows.
    fn settle(&self) {}

    /// Page faults that the calling thread has taken since it called
    /// [`WriteTracker::settle`]: one for each armed page that it wrote to, and
    /// others. `None` where they aren't counted.
    fn faults(&self) -> Option<u64> {
        None
    }
}

impl WriteTracker for Userfault {
    fn register(&self, range: PageRun) -> Result<(), SysError> {
        Self::register(self, range.start, range.bytes())
    }

    fn arm(&self, run: PageRun) -> Result<(), SysError> {
        self.write_protect(run)
    }

    fn written(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
        self.scan(range, found)
    }

    fn settle(&self) {
        self.faults.set(page_faults());
    }

    /// The first write to an armed page is a page fault, and the kernel counts
    /// a thread's faults. It can't see what other threads or processes wrote.
    fn faults(&self) -> Option<u64> {
        page_faults().checked_sub(self.faults.get())
    }
}

/// A tracker without a kernel: the test says which addresses were written.
#[derive(Debug, Default)]
pub struct FakeTracker {
    armed: RefCell<BTreeSet<usize>>,
    faults: Cell<u64>,
}

impl FakeTracker {
    /// Records a write to the page that holds `address`.
    pub fn write(&self, address: usize) {
        if self.armed.borrow_mut().remove(&floor(address)) {
            self.fault();
        }
    }

    /// Records a fault that no write to an armed page was the reason of.
    pub fn fault(&self) {
        self.faults.set(self.faults.get() + 1);
    }

    /// Number of armed pages.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.armed.borrow().len()
    }
}

fn addresses(run: PageRun) -> impl Iterator<Item = usize> {
    (run.start..run.end).step_by(PAGE_SIZE)
}

impl WriteTracker for FakeTracker {
    fn register(&self, _range: PageRun) -> Result<(), SysError> {
        Ok(())
    }

    fn arm(&self, run: PageRun) -> Result<(), SysError> {
        self.armed.borrow_mut().extend(addresses(run));
        Ok(())
    }

    fn written(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
        let armed = self.armed.borrow();
        for page in addresses(range).filter(|page| !armed.contains(page)) {
            match found.last_mut() {
                Some(last) if last.end == page && last.start >= range.start => {
                    last.end = page + PAGE_SIZE;
                }
                _ => found.push(PageRun::new(page, page + PAGE_SIZE)),
            }
        }
        Ok(())
    }

    fn settle(&self) {
        self.faults.set(0);
    }

    fn faults(&self) -> Option<u64> {
        Some(self.faults.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Access, Mapping, discard};

    fn runs(tracker: &dyn WriteTracker, range: PageRun) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        tracker.written(range, &mut found).unwrap();
        found
            .iter()
            .map(|run| ((run.start - range.start) / PAGE_SIZE, run.pages()))
            .collect()
    }

    #[test]
    fn fake_lists_what_was_written() {
        let fake = FakeTracker::default();
        let range = PageRun::new(0x10000, 0x10000 + 4 * PAGE_SIZE);
        fake.arm(range).unwrap();
        fake.write(0x10000 + PAGE_SIZE + 5);
        fake.write(0x10000 + 2 * PAGE_SIZE);
        assert_eq!(runs(&fake, range), [(1, 2)]);
    }

    /// First byte of page `page` of a mapping.
    fn byte(mapping: &Mapping, page: usize) -> *mut u8 {
        assert!(page * PAGE_SIZE < mapping.len());
        mapping.start().as_ptr().wrapping_add(page * PAGE_SIZE)
    }

    /// The kernel's tracker is skipped, loudly, only where it isn't to be had.
    fn kernel_tracker() -> Option<Userfault> {
        match Userfault::open() {
            Ok(userfault) => Some(userfault),
            Err(error) => {
                println!("skipped: {error}");
                None
            }
        }
    }

    #[test]
    fn scan_lists_written_and_zapped_pages() {
        let Some(tracker) = kernel_tracker() else {
            return;
        };
        let pages = 2048;
        let mapping = Mapping::anonymous(pages * PAGE_SIZE, Access::ReadWrite).unwrap();
        let range = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        for page in 0..pages {
            // SAFETY: inside the mapping.
            unsafe { byte(&mapping, page).write(1) };
        }
        WriteTracker::register(&tracker, range).unwrap();
        tracker.arm(range).unwrap();
        assert_eq!(runs(&tracker, range), []);
        // SAFETY: inside the mapping.
        unsafe { byte(&mapping, 7).write(2) };
        assert_eq!(runs(&tracker, range), [(7, 1)]);
        // A zapped page has lost its contents, so it must count as written.
        // SAFETY: nothing relies on the contents.
        unsafe { discard(mapping.address() + 9 * PAGE_SIZE, PAGE_SIZE) }.unwrap();
        // SAFETY: inside the mapping.
        assert_eq!(unsafe { byte(&mapping, 9).read() }, 0);
        assert!(
            runs(&tracker, range).contains(&(9, 1)),
            "{:?}",
            runs(&tracker, range)
        );
        // More runs than one buffer holds: none may be lost.
        for page in (0..pages).step_by(2) {
            // SAFETY: inside the mapping.
            unsafe { byte(&mapping, page).write(3) };
        }
        let written: usize = runs(&tracker, range).iter().map(|run| run.1).sum();
        assert_eq!(written, pages / 2 + 2);
    }

    #[test]
    fn each_first_write_to_an_armed_page_is_a_fault_and_no_other_is() {
        let Some(tracker) = kernel_tracker() else {
            return;
        };
        let mapping = Mapping::anonymous(4 * PAGE_SIZE, Access::ReadWrite).unwrap();
        let range = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        WriteTracker::register(&tracker, range).unwrap();
        // SAFETY: inside the mapping.
        let write = || unsafe { byte(&mapping, 1).write_volatile(1) };
        write();
        // The first calls may take faults for their own code.
        tracker.settle();
        tracker.faults();
        for _ in 0..3 {
            tracker.arm(range).unwrap();
            tracker.settle();
            assert_eq!(tracker.faults(), Some(0));
            write();
            assert_eq!(tracker.faults(), Some(1), "a write to an armed page");
            tracker.settle();
            write();
            assert_eq!(tracker.faults(), Some(0), "to one that isn't armed");
        }
    }

    #[test]
    fn unpopulated_pages_can_be_armed() {
        let Some(tracker) = kernel_tracker() else {
            return;
        };
        let mapping = Mapping::anonymous(4 * PAGE_SIZE, Access::ReadWrite).unwrap();
        let range = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        WriteTracker::register(&tracker, range).unwrap();
        tracker.arm(range).unwrap();
        assert_eq!(runs(&tracker, range), []);
        // SAFETY: inside the mapping.
        unsafe { byte(&mapping, 2).write(1) };
        assert_eq!(runs(&tracker, range), [(2, 1)]);
    }
}
