//! Capturing layers and going back to them.

use crate::heat::{Heat, Turns};
use crate::layers::{Layer, LayerId, Layers};
use crate::numbers::{Pages, Placed, compare, copy_run, number, region_of, runs};
use crate::quiet::Quiet;
use crate::region::{Region, RegionKind};
use crate::store::PageStore;
use crate::tier::{Tier, TierChoice};
use rewind_sys::SysError;
use rewind_sys::pages::PageRun;
use std::ptr;

/// Most pages kept by all layers together: 8 GiB, of address space until used.
const STORE_SLOTS: usize = 1 << 21;

/// Pages kept by all layers together for each page that they may cover: layers
/// share what they have in common, and few fill a heap.
const SLOTS_EACH: usize = 8;

/// Where each restore must look for written pages, data regions of at most this
/// many are compared with their image in every tier: asking the kernel about one
/// costs more than reading it.
const COMPARED_PAGES: usize = 6;

/// Who may write to the regions between two restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// The thread that restores, and nobody else: a restore needn't look for
    /// written pages where the tracker is certain that there are none but the hot
    /// ones. A restore after others had the chance needs [`Checkpoint::invalidate`].
    ThisThread,
    /// Anybody: every restore looks.
    Anybody,
}

/// Why a checkpoint could not be made or gone back to.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A system call failed.
    #[error("track the guest's pages")]
    Sys(#[from] SysError),
    /// No layer of this name.
    #[error("go to layer {}: it was dropped or never made", .0.0)]
    NoLayer(LayerId),
    /// Nothing was captured yet.
    #[error("restore: no layer was captured yet")]
    Empty,
    /// The store has no room for another page.
    #[error("keep another page: all layers together hold {0} pages; lower --layers")]
    StoreFull(usize),
}

/// What a restore did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Pages copied back because they were written, or may have been (hot pages always are).
    pub dirty_pages: u32,
    /// Pages copied because the layers differ in them.
    pub switched_pages: u32,
}

/// The checkpoint of this process's guest. See the crate's documentation.
///
/// Invariant: every page of the current layer is armed, or its tracker lists
/// it as written, or its region is compared. So no write goes unseen.
#[derive(Debug)]
pub struct Checkpoint {
    choice: TierChoice,
    pub(crate) regions: Vec<Placed>,
    /// Ranges that are no whole pages (thread-local blocks): address and length.
    bytes: Vec<(usize, usize)>,
    pub(crate) store: PageStore,
    layers: Layers,
    current: Option<LayerId>,
    heat: Heat,
    turns: Turns,
    /// Scratch, kept for its capacity.
    dirty: Vec<Pages>,
    found: Vec<PageRun>,
    switched: Vec<u32>,
    quiet: Quiet,
    /// The next restore takes no tracker's word.
    distrusts: bool,
}

impl Checkpoint {
    /// A checkpoint over `regions` (at most one heap among them) and byte ranges, with no layer yet.
    ///
    /// # Errors
    /// When the kernel refuses to track a region.
    ///
    /// # Safety
    /// For the life of the checkpoint, every region and byte range stays
    /// mapped, and nothing that the caller's own code relies on lies in
    /// them: [`Checkpoint::restore`] overwrites them.
    pub unsafe fn new(
        choice: TierChoice,
        mut regions: Vec<Region>,
        bytes: Vec<(usize, usize)>,
        writers: Writers,
    ) -> Result<Self, CheckpointError> {
        let most_compared = match writers {
            Writers::ThisThread => 0,
            Writers::Anybody => COMPARED_PAGES,
        };
        regions.sort_by_key(|region| region.kind == RegionKind::Heap);
        let covered: usize = regions.iter().map(|region| region.pages.pages()).sum();
        let slots = covered.saturating_mul(SLOTS_EACH).min(STORE_SLOTS);
        let mut first = 0;
        let mut placed = Vec::with_capacity(regions.len());
        for region in regions {
            let tracked = match region.kind {
                RegionKind::Heap => true,
                RegionKind::Data => choice.tracks_data && region.pages.pages() > most_compared,
            };
            let tracked = match &choice.tracker {
                Some(tracker) if tracked => tracker.register(region.pages).map(|()| true)?,
                _ => false,
            };
            let pages = number(region.pages.pages());
            placed.push(Placed {
                region,
                first,
                tracked,
            });
            first += pages;
        }
        Ok(Self {
            choice,
            regions: placed,
            bytes,
            store: PageStore::reserve(number(slots))?,
            layers: Layers::default(),
            current: None,
            heat: Heat::default(),
            turns: Turns::default(),
            dirty: Vec::new(),
            found: Vec::new(),
            switched: Vec::new(),
            quiet: Quiet::new(writers == Writers::ThisThread),
            distrusts: false,
        })
    }

    /// The tier in use and why.
    #[must_use]
    pub const fn choice(&self) -> &TierChoice {
        &self.choice
    }

    /// The layer that memory is at, but for what was written since.
    #[must_use]
    pub const fn current(&self) -> Option<LayerId> {
        self.current
    }

    /// Number of layers, pages kept for them, and hot pages.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        (self.layers.len(), self.store.len(), self.heat.hot_pages())
    }

    /// Leaves the images out of processes that are forked from now on. In those
    /// nothing can be put back, nor captured.
    ///
    /// # Errors
    /// When the process has too many mappings.
    pub fn keep_images_from_forks(&self) -> Result<(), SysError> {
        self.store.keep_from_forks()
    }

    /// Puts memory back to `target` and makes it the current layer.
    ///
    /// # Errors
    /// When pages can't be listed or armed, or there is no such layer. Memory
    /// must not be trusted then: the process has to go.
    ///
    /// # Safety
    /// The guest isn't running, nor any thread of its, and the host holds no
    /// reference into the regions.
    pub unsafe fn restore(&mut self, target: LayerId) -> Result<Restored, CheckpointError> {
        let current = self.current.ok_or(CheckpointError::Empty)?;
        let extent = number(self.layer(target)?.table.len());
        self.collect(current)?;
        let dirty_pages = self.copy_dirty(target)?;
        let switched_pages = if current == target {
            0
        } else {
            self.quiet.writes_itself();
            self.copy_switched(current, target)?
        };
        self.write_bytes(target)?;
        self.heat.end_restore(&mut self.turns);
        self.arm_dirty(extent)?;
        let switched = std::mem::take(&mut self.switched);
        if current != target {
            self.arm_numbers(&switched, extent)?;
        }
        self.switched = switched;
        let turns = std::mem::take(&mut self.turns);
        self.arm_numbers(&turns.cooled, extent)?;
        self.turns = turns;
        self.settle();
        self.current = Some(target);
        Ok(Restored {
            dirty_pages,
            switched_pages,
        })
    }

    /// Copies every dirty page back from its slot in `target`; how many.
    fn copy_dirty(&mut self, target: LayerId) -> Result<u32, CheckpointError> {
        let Self {
            layers,
            heat,
            dirty,
            store,
            regions,
            ..
        } = self;
        let layer = layers.get(target).ok_or(CheckpointError::NoLayer(target))?;
        let samples = heat.samples();
        let mut copied = 0;
        for pages in dirty.iter() {
            let placed = &regions[pages.region];
            let end = pages.end.min(number(layer.table.len()));
            for page in pages.start..end {
                if heat.is_hot(page) {
                    let address = placed.address(page);
                    // SAFETY: a page of a region, which stays mapped; the guest isn't running.
                    if samples && !unsafe { store.equals(layer.table[page as usize], address) } {
                        heat.count(page);
                    }
                } else {
                    heat.count(page);
                }
            }
            if pages.start < end {
                copy_run(placed, layer, store, pages.start, end);
                copied += end - pages.start;
            }
        }
        Ok(copied)
    }

    /// Copies the pages in which two layers differ; how many.
    fn copy_switched(&mut self, from: LayerId, to: LayerId) -> Result<u32, CheckpointError> {
        let mut switched = std::mem::take(&mut self.switched);
        switched.clear();
        self.layers
            .path(from, to, |delta| switched.extend_from_slice(delta));
        switched.sort_unstable();
        switched.dedup();
        let layer = self.layer(to)?;
        switched.truncate(switched.partition_point(|page| (*page as usize) < layer.table.len()));
        for run in runs(&switched, &self.regions) {
            copy_run(
                &self.regions[run.region],
                layer,
                &self.store,
                run.start,
                run.end,
            );
        }
        let count = number(switched.len());
        self.switched = switched;
        Ok(count)
    }

    /// Fills `dirty` with the written pages of the layer that memory is at.
    fn collect(&mut self, current: LayerId) -> Result<(), CheckpointError> {
        let Self {
            layers,
            dirty,
            found,
            regions,
            choice,
            store,
            heat,
            quiet,
            distrusts,
            ..
        } = self;
        let distrusts = std::mem::take(distrusts);
        let layer = layers
            .get(current)
            .ok_or(CheckpointError::NoLayer(current))?;
        dirty.clear();
        quiet.begin(choice.tracker.as_deref());
        // The heap is the last: nearly all that is written lies there.
        for (index, placed) in regions.iter().enumerate().rev() {
            let end = placed.end(number(layer.table.len()));
            if end <= placed.first {
                continue;
            }
            let believed = match placed.region.kind {
                _ if !distrusts => true,
                RegionKind::Data => false,
                RegionKind::Heap => choice.tier != Tier::Mprotect,
            };
            match choice.tracker.as_ref().filter(|_| believed) {
                // Hot pages aren't armed, so they may have been written all the same.
                Some(_) if placed.tracked && quiet.has_all() => {
                    quiet.hot((index, end), (heat, regions), dirty);
                }
                Some(tracker) if placed.tracked => {
                    found.clear();
                    let range = PageRun::new(placed.region.pages.start, placed.address(end));
                    tracker.written(range, found)?;
                    for run in found.iter() {
                        let (start, end) = (placed.number(run.start), placed.number(run.end));
                        quiet.found(heat.cold_between(start, end));
                        dirty.push(Pages {
                            region: index,
                            start,
                            end,
                        });
                    }
                }
                _ => compare(placed, index, layer, store, end, dirty),
            }
        }
        Ok(())
    }

    /// What follows is written to an armed or a hot page.
    fn settle(&mut self) {
        self.quiet.settle(self.choice.tracker.as_deref());
    }

    /// The next restore looks for written pages, whatever the tracker says.
    pub fn invalidate(&mut self) {
        self.quiet.invalidate();
    }

    /// Arms what `dirty` lists below `extent`, but for hot pages.
    fn arm_dirty(&self, extent: u32) -> Result<(), CheckpointError> {
        for pages in &self.dirty {
            self.arm_cold(Pages {
                end: pages.end.min(extent),
                ..*pages
            })?;
        }
        Ok(())
    }

    /// Arms pages by ascending number, but for hot ones.
    fn arm_numbers(&self, numbers: &[u32], extent: u32) -> Result<(), CheckpointError> {
        let below = numbers.partition_point(|page| *page < extent);
        for run in runs(&numbers[..below], &self.regions) {
            self.arm_cold(run)?;
        }
        Ok(())
    }

    fn arm_cold(&self, pages: Pages) -> Result<(), CheckpointError> {
        let placed = &self.regions[pages.region];
        let Some(tracker) = self.choice.tracker.as_ref().filter(|_| placed.tracked) else {
            return Ok(());
        };
        let mut start = pages.start;
        while start < pages.end {
            if self.heat.is_hot(start) {
                start += 1;
                continue;
            }
            let mut end = start + 1;
            while end < pages.end && !self.heat.is_hot(end) {
                end += 1;
            }
            tracker.arm(PageRun::new(placed.address(start), placed.address(end)))?;
            start = end;
        }
        Ok(())
    }

    /// Drops a layer that has no children and isn't the current one; `false` where it can't be.
    pub fn remove(&mut self, layer: LayerId) -> bool {
        self.current != Some(layer) && self.layers.remove(layer, &mut self.store)
    }

    pub(crate) fn layer(&self, id: LayerId) -> Result<&Layer, CheckpointError> {
        self.layers.get(id).ok_or(CheckpointError::NoLayer(id))
    }

    fn address(&self, page: u32) -> usize {
        let region = region_of(page, &self.regions);
        self.regions[region].address(page)
    }

    fn write_bytes(&self, target: LayerId) -> Result<(), CheckpointError> {
        let kept = &self.layer(target)?.bytes;
        let mut at = 0;
        for (start, len) in &self.bytes {
            let part = &kept[at..at + len];
            // SAFETY: as in `read_bytes`; `kept` is host memory, so they are distinct.
            unsafe { ptr::copy_nonoverlapping(part.as_ptr(), *start as *mut u8, *len) };
            at += len;
        }
        Ok(())
    }
}

mod capture;
mod distrust;
#[cfg(test)]
mod tests;
