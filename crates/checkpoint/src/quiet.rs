//! Restores that need no scan.
//!
//! A test that writes to hot pages alone takes no page fault. Where the tracker
//! can tell that cheaply, the kernel isn't asked for the written pages: they
//! are the hot ones, and their runs are kept ready here.

use crate::heat::Heat;
use crate::numbers::{Pages, Placed, runs};
use rewind_sys::track::WriteTracker;

/// Whether anything but hot pages can have been written, and which those are.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    /// Unless there is doubt, nobody but this thread wrote to the regions.
    is_trusted: bool,
    /// Every page of the current layer was armed or hot when the tracker last settled.
    is_settled: bool,
    /// The restore under way found nothing but hot pages, so it arms nothing.
    is_quiet: bool,
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

    pub(crate) const fn doubt(&mut self) {
        self.is_settled = false;
    }

    /// The restore itself writes to armed pages.
    pub(crate) const fn stir(&mut self) {
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

    /// No armed page was written since [`Quiet::settle`]. Until the next one
    /// that isn't known any more, for a restore may fail in the middle.
    pub(crate) fn take(&mut self, tracker: Option<&dyn WriteTracker>) -> bool {
        let was_settled = std::mem::take(&mut self.is_settled);
        self.is_quiet = was_settled && tracker.is_some_and(WriteTracker::is_quiet);
        self.is_quiet
    }

    /// Brings the runs up to date with `heat`.
    pub(crate) fn follow(&mut self, heat: &Heat, regions: &[Placed]) {
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
    pub(crate) fn hot(&self, region: usize, end: u32, dirty: &mut Vec<Pages>) {
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
