//! Making a layer of memory as it is.

use super::{Checkpoint, CheckpointError};
use crate::layers::LayerId;
use crate::numbers::{Placed, number};
use crate::region::RegionKind;
use crate::store::Slot;
use crate::tier::Tier;
use rewind_sys::memory;
use rewind_sys::pages::PageRun;

/// A heap that grows by at least this many pages in one layer gets huge pages:
/// the scan of a smaller one is no matter.
const JOINED_PAGES: u32 = 2048;

impl Checkpoint {
    /// Captures memory as it is as a child of the current layer (or as the
    /// root) and makes it the current one. The heap was sealed and is `heap_pages` long.
    ///
    /// # Errors
    /// When a page can't be kept or armed. The current layer is then as before.
    pub fn capture(&mut self, heap_pages: usize) -> Result<LayerId, CheckpointError> {
        let fixed = self
            .regions
            .iter()
            .filter(|placed| placed.region.kind == RegionKind::Data);
        let fixed: u32 = fixed
            .map(|placed| number(placed.region.pages.pages()))
            .sum();
        let extent = fixed + number(heap_pages);
        self.heat.resize(extent as usize);
        let mut table = match self.current {
            Some(current) => {
                self.collect(current)?;
                self.layer(current)?.table.clone()
            }
            None => {
                self.dirty.clear();
                Vec::new()
            }
        };
        let old = number(table.len());
        let mut delta = self.keep_changed(&mut table)?;
        for page in old..extent {
            table.push(self.keep(page)?);
            delta.push(page);
        }
        let bytes = self.read_bytes();
        self.join_pages(old, extent);
        self.arm_dirty(extent)?;
        self.arm_numbers(&delta, extent)?;
        self.settle();
        let id = self.layers.insert(self.current, table, delta, bytes);
        self.current = Some(id);
        Ok(id)
    }

    /// Keeps every dirty page that differs from its slot in `table`; their numbers.
    fn keep_changed(&mut self, table: &mut [Slot]) -> Result<Vec<u32>, CheckpointError> {
        let mut delta = Vec::new();
        for pages in std::mem::take(&mut self.dirty).iter() {
            for page in pages.start..pages.end {
                let address = self.address(page);
                let Some(slot) = table.get_mut(page as usize) else {
                    continue;
                };
                // SAFETY: a page of a region, which stays mapped; the guest isn't running.
                if !unsafe { self.store.equals(*slot, address) } {
                    *slot = self.keep(page)?;
                    delta.push(page);
                }
            }
            self.dirty.push(*pages);
        }
        Ok(delta)
    }

    /// Makes huge pages of the heap's pages `start..end`, which are new and not armed yet.
    ///
    /// A scan passes over an armed huge page at once. The first write to it
    /// splits it, so what is scanned page by page is what was ever written.
    fn join_pages(&self, start: u32, end: u32) {
        let heap = |placed: &&Placed| placed.region.kind == RegionKind::Heap && placed.tracked;
        if self.choice.tier != Tier::PagemapScan || end - start < JOINED_PAGES {
            return;
        }
        if let Some(placed) = self.regions.iter().find(heap) {
            let start = start.max(placed.first);
            let run = PageRun::new(placed.address(start), placed.address(end));
            // SAFETY: pages of the heap, an anonymous mapping that stays mapped.
            unsafe { memory::collapse(run) };
        }
    }

    fn keep(&mut self, page: u32) -> Result<Slot, CheckpointError> {
        let address = self.address(page);
        // SAFETY: a page of a region, which stays mapped; the guest isn't running.
        unsafe { self.store.keep(address) }.ok_or(CheckpointError::StoreFull(self.store.len()))
    }

    fn read_bytes(&self) -> Vec<u8> {
        let mut kept = Vec::new();
        for (start, len) in &self.bytes {
            // SAFETY: the range stays mapped and the guest isn't running.
            kept.extend_from_slice(unsafe {
                std::slice::from_raw_parts(*start as *const u8, *len)
            });
        }
        kept
    }
}
