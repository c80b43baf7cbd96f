//! The audit: is every guest page what its image says?

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::numbers::{Placed, number};
use crate::store::Slot;
use rewind_sys::pages::PAGE_SIZE;

/// A page that differs from its image after a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Region it lies in.
    pub region: String,
    /// Address of its first byte that differs.
    pub address: usize,
    /// Distance of that byte from the start of the region, in bytes.
    pub offset: usize,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} + {:#x} (address {:#x})",
            self.region, self.offset, self.address
        )
    }
}

impl Checkpoint {
    /// Compares every page of the current layer with its image, right after a
    /// restore: appends those that differ, as many as `limit`.
    ///
    /// # Errors
    /// When nothing was captured yet.
    pub fn verify(&self, limit: usize) -> Result<Vec<Mismatch>, CheckpointError> {
        let current = self.current().ok_or(CheckpointError::Empty)?;
        let layer = self.layer(current)?;
        let mut mismatches = Vec::new();
        for placed in &self.regions {
            for page in placed.first..placed.end(number(layer.table.len())) {
                let (address, slot) = (placed.address(page), layer.table[page as usize]);
                // SAFETY: a page of a region, which stays mapped; the guest isn't running.
                if mismatches.len() < limit && !unsafe { self.store.equals(slot, address) } {
                    mismatches.push(self.mismatch(placed, slot, address));
                }
            }
        }
        Ok(mismatches)
    }

    fn mismatch(&self, placed: &Placed, slot: Slot, address: usize) -> Mismatch {
        let stored = self.store.address(slot);
        let byte = |page: usize, offset: usize| {
            // SAFETY: both pages are mapped and readable.
            unsafe { ((page + offset) as *const u8).read() }
        };
        let differs = |offset: &usize| byte(address, *offset) != byte(stored, *offset);
        let address = address + (0..PAGE_SIZE).find(differs).unwrap_or(0);
        Mismatch {
            region: placed.region.name.clone(),
            address,
            offset: address - placed.region.pages.start,
        }
    }
}
