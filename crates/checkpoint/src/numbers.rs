//! Page numbers: every page of every region has one, and runs of them are what
//! is listed, copied and armed.
//!
//! ```text
//!   libc  0 … 19 │ ld.so 20 … 22 │ guest statics 23 │ heap 24 … as long as the layer
//! ```

use crate::layers::Layer;
use crate::region::Region;
use crate::store::PageStore;
use rewind_sys::pages::PAGE_SIZE;
use std::ptr;

/// A region with the number of its first page. Page numbers run through all
/// regions in order; the heap is the last, so that it can grow.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) region: Region,
    pub(crate) first: u32,
    /// Written pages are found by the tracker, not by comparing.
    pub(crate) tracked: bool,
}

/// Pages of one region by number, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Index of the region.
    pub(crate) region: usize,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Placed {
    pub(crate) const fn address(&self, page: u32) -> usize {
        self.region.pages.start + (page - self.first) as usize * PAGE_SIZE
    }

    pub(crate) fn number(&self, address: usize) -> u32 {
        self.first + number((address - self.region.pages.start) / PAGE_SIZE)
    }

    /// Number behind its last page in a layer of `extent` pages.
    pub(crate) fn end(&self, extent: u32) -> u32 {
        extent.min(self.first + number(self.region.pages.pages()))
    }
}

/// Page counts fit `u32`: 16 TiB of them would be needed to pass it.
pub(crate) fn number(pages: usize) -> u32 {
    u32::try_from(pages).unwrap_or(u32::MAX)
}

pub(crate) fn region_of(page: u32, regions: &[Placed]) -> usize {
    regions
        .partition_point(|placed| placed.first <= page)
        .saturating_sub(1)
}

/// Cuts ascending page numbers into runs that lie within one region each.
pub(crate) fn runs<'a>(
    numbers: &'a [u32],
    regions: &'a [Placed],
) -> impl Iterator<Item = Pages> + 'a {
    let mut rest = numbers;
    std::iter::from_fn(move || {
        let start = *rest.first()?;
        let region = region_of(start, regions);
        let next = regions
            .get(region + 1)
            .map_or(u32::MAX, |placed| placed.first);
        let len = rest
            .iter()
            .zip(start..next)
            .take_while(|(page, expected)| **page == *expected)
            .count();
        rest = &rest[len..];
        Some(Pages {
            region,
            start,
            end: start + number(len),
        })
    })
}

/// Copies pages `start..end` back, adjacent slots at once.
pub(crate) fn copy_run(placed: &Placed, layer: &Layer, store: &PageStore, start: u32, end: u32) {
    let slots = &layer.table[start as usize..end as usize];
    let mut at = 0;
    while at < slots.len() {
        let mut len = 1;
        while at + len < slots.len() && slots[at + len].0 == slots[at].0 + number(len) {
            len += 1;
        }
        let target = placed.address(start + number(at)) as *mut u8;
        let source = store.address(slots[at]) as *const u8;
        // SAFETY: `len` adjacent slots hold the images of `len` adjacent pages
        // of a region, which stays mapped; the guest isn't running.
        unsafe { ptr::copy_nonoverlapping(source, target, len * PAGE_SIZE) };
        at += len;
    }
}

/// Appends the pages of a region that differ from their image.
pub(crate) fn compare(
    placed: &Placed,
    region: usize,
    layer: &Layer,
    store: &PageStore,
    end: u32,
    dirty: &mut Vec<Pages>,
) {
    for page in placed.first..end {
        // SAFETY: a page of a region, which stays mapped; the guest isn't running.
        if unsafe { store.equals(layer.table[page as usize], placed.address(page)) } {
            continue;
        }
        match dirty.last_mut() {
            Some(last) if last.region == region && last.end == page => last.end = page + 1,
            _ => dirty.push(Pages {
                region,
                start: page,
                end: page + 1,
            }),
        }
    }
}
