//! Restores that need no scan, or few.
//!
//! A test that writes to hot pages alone takes no page fault. Where the tracker
//! can tell that cheaply, the kernel isn't asked for the written pages: they
//! are the hot ones, and their runs are kept ready here. After one that took
//! faults, regions are asked about until as many written pages are found as
//! there were faults; nearly always they lie in the heap, which comes first.

use crate::heat::Heat;
use crate::numbers::{Pages, Placed, runs};
use rewind_sys::track::WriteTracker;

/// Whether anything but hot pages can have been written, and which those are.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    /// Until it is invalidated, nobody but this thread wrote to the regions.
    is_trusted: bool,
    /// Every page of the current layer was armed or hot when the tracker last settled.
    is_settled: bool,
    /// The restore under way found nothing but hot pages, so it arms nothing.
    is_quiet: bool,
    /// Faults that no written page is known for yet; `None` if there may be
    /// written pages without a fault.
    unexplained: Option<u64>,
    /// Hot pages of tracked regions, ascending, as of `version` of their heat.
    runs: Vec<Pages>,
    version: Option<u32>,
}

impl Quiet {
    pub(crate) fn new(is_trusted: bool) -> Self {
        Self {
            is_trusted,
            ..Self::default()
        }
    }

    pub(crate) const fn invalidate(&mut self) {
        self.is_settled = false;
    }

    /// The restore itself writes to armed pages.
    pub(crate) const fn writes_itself(&mut self) {
        self.is_quiet = false;
    }

    /// A restore or a capture is done. After a quiet restore the tracker
    /// needn't settle anew: what it would miss only makes it less sure.
    pub(crate) fn settle(&mut self, tracker: Option<&dyn WriteTracker>) {
        if let Some(tracker) = tracker.filter(|_| self.is_trusted) {
            if !self.is_quiet {
                tracker.settle();
            }
            self.is_settled = true;
        }
    }

    /// A restore begins to look for written pages. Until the next
    /// [`Quiet::settle`] nothing is known any more, for it may fail in the middle.
    pub(crate) fn begin(&mut self, tracker: Option<&dyn WriteTracker>) {
        let was_settled = std::mem::take(&mut self.is_settled);
        let tracker = tracker.filter(|_| was_settled);
        self.unexplained = tracker.and_then(WriteTracker::faults);
        self.is_quiet = self.unexplained == Some(0);
    }

    /// Every armed page that was written is among those found.
    pub(crate) fn has_all(&self) -> bool {
        self.unexplained == Some(0)
    }

    /// So many armed pages were found written. Were there more than faults,
    /// somebody else wrote, and their number says nothing.
    pub(crate) fn found(&mut self, count: u32) {
        self.unexplained = self
            .unexplained
            .and_then(|faults| faults.checked_sub(u64::from(count)));
    }

    /// Brings the runs up to date with `heat`.
    fn follow(&mut self, heat: &Heat, regions: &[Placed]) {
        if self.version == Some(heat.version()) {
            return;
        }
        self.runs.clear();
        for placed in regions.iter().filter(|placed| placed.tracked) {
            let hot = heat.within(placed.first, placed.end(u32::MAX));
            self.runs.extend(runs(hot, regions));
        }
        self.version = Some(heat.version());
    }

    /// Appends the hot pages of a region that lie before `end`.
    pub(crate) fn hot(
        &mut self,
        (region, end): (usize, u32),
        (heat, regions): (&Heat, &[Placed]),
        dirty: &mut Vec<Pages>,
    ) {
        self.follow(heat, regions);
        let within = self
            .runs
            .iter()
            .filter(|run| run.region == region && run.start < end);
        dirty.extend(within.map(|run| Pages {
            end: run.end.min(end),
            ..*run
        }));
    }
}
