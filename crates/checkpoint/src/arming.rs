//! Arming many pages in few calls.
//!
//! A call costs as much as walking over dozens of pages. Between two pages that
//! are to be armed, every page that isn't hot is armed already, and arming it
//! again changes nothing. So runs with a short gap are armed in one call:
//!
//! ```text
//!   written   ■ . . ■ ■ . . . h . . . ■      h: hot, and to be left unarmed
//!   armed     └─────────┘             └┘
//! ```

use crate::heat::Heat;
use rewind_sys::pages::PAGE_SIZE;
use rewind_sys::track::WriteTracker;
use rewind_sys::{PageRun, SysError};

/// Pages of a gap that are walked over rather than making another call.
const GAP: u32 = 16;

/// Arms pages of one region, given by number in ascending order.
pub(crate) struct Arming<'a> {
    tracker: &'a dyn WriteTracker,
    heat: &'a Heat,
    /// Address of page 0, were it in this region.
    origin: usize,
    /// What is gathered: `start..end`, empty at first.
    start: u32,
    end: u32,
}

impl<'a> Arming<'a> {
    /// Page `first` of the region lies at `address`.
    pub(crate) fn new(tracker: &'a dyn WriteTracker, heat: &'a Heat, first: u32, address: usize) -> Self {
        let origin = address.wrapping_sub(first as usize * PAGE_SIZE);
        Self { tracker, heat, origin, start: 0, end: 0 }
    }

    /// Arms `start..end`, but for hot pages, by [`Arming::finish`] at the latest.
    pub(crate) fn add(&mut self, start: u32, end: u32) -> Result<(), SysError> {
        let mut at = start;
        while at < end {
            if self.heat.is_hot(at) {
                at += 1;
                continue;
            }
            let mut behind = at + 1;
            while behind < end && !self.heat.is_hot(behind) {
                behind += 1;
            }
            self.gather(at, behind)?;
            at = behind;
        }
        Ok(())
    }

    fn gather(&mut self, start: u32, end: u32) -> Result<(), SysError> {
        let near = self.start < self.end && start.saturating_sub(self.end) <= GAP;
        if near && !(self.end..start).any(|page| self.heat.is_hot(page)) {
            self.end = end;
            return Ok(());
        }
        self.finish()?;
        (self.start, self.end) = (start, end);
        Ok(())
    }

    /// Arms what is gathered.
    pub(crate) fn finish(&mut self) -> Result<(), SysError> {
        if self.start == self.end {
            return Ok(());
        }
        let address = |page: u32| self.origin.wrapping_add(page as usize * PAGE_SIZE);
        self.tracker.arm(PageRun::new(address(self.start), address(self.end)))?;
        self.start = self.end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    const ADDRESS: usize = 0x40_0000;
    const FIRST: u32 = 5;

    /// Notes the calls, as page numbers.
    #[derive(Default)]
    struct Calls(RefCell<Vec<(u32, u32)>>);

    impl WriteTracker for Calls {
        fn register(&self, _range: PageRun) -> Result<(), SysError> {
            Ok(())
        }

        fn arm(&self, run: PageRun) -> Result<(), SysError> {
            let page = |address: usize| FIRST + ((address - ADDRESS) / PAGE_SIZE) as u32;
            self.0.borrow_mut().push((page(run.start), page(run.end)));
            Ok(())
        }

        fn disarm(&self, _run: PageRun) -> Result<(), SysError> {
            Ok(())
        }

        fn written(&self, _range: PageRun, _found: &mut Vec<PageRun>) -> Result<(), SysError> {
            Ok(())
        }
    }

    fn armed(hot: &[u32], runs: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let (calls, heat) = (Calls::default(), Heat::with_hot(200, hot));
        let mut arming = Arming::new(&calls, &heat, FIRST, ADDRESS);
        for (start, end) in runs {
            arming.add(*start, *end).unwrap();
        }
        arming.finish().unwrap();
        arming.finish().unwrap();
        calls.0.into_inner()
    }

    #[test]
    fn short_gaps_are_walked_over_and_long_ones_are_not() {
        let far = 9 + GAP + 1;
        assert_eq!(armed(&[], &[(6, 7), (8, 9), (far, far + 2)]), [(6, 9), (far, far + 2)]);
        assert_eq!(armed(&[], &[(6, 9), (far - 1, far)]), [(6, far)]);
        assert_eq!(armed(&[], &[]), []);
    }

    #[test]
    fn hot_pages_are_left_out_wherever_they_are() {
        assert_eq!(armed(&[7], &[(5, 10)]), [(5, 7), (8, 10)]);
        assert_eq!(armed(&[8], &[(6, 7), (10, 11)]), [(6, 7), (10, 11)]);
        assert_eq!(armed(&[6, 7], &[(6, 8)]), []);
    }
}
