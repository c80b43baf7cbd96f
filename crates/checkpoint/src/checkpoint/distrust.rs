//! What code can do to the memory under checkpoint that no tracker notices.

use super::Checkpoint;
use rewind_sys::memory;

impl Checkpoint {
    /// Takes back what advice code may have given on the regions.
    pub fn take_advice_back(&self) {
        for placed in &self.regions {
            let pages = placed.region.pages;
            // SAFETY: regions stay mapped, and whoever made them gave no such advice;
            // pages that lose their contents so count as written, or are compared.
            unsafe { memory::take_advice_back(pages.start, pages.bytes()) };
        }
    }

    /// Code may have dropped pages or changed protections behind the tracker's
    /// back. The next restore compares pages of files with their image, for the
    /// kernel gives those back as they are in the file and calls them unwritten;
    /// and where protections are what tracks, all pages. Those must be writable
    /// by now.
    pub fn distrust(&mut self) {
        self.invalidate();
        self.distrusts = true;
        let heaps = self.regions.iter().filter(|placed| placed.tracked);
        if let Some(tracker) = &self.choice.tracker {
            heaps.for_each(|placed| tracker.forget(placed.region.pages));
        }
    }
}
