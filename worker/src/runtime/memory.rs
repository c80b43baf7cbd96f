//! The guest's memory: captured, put back, held against its image, given back.

use super::layers::Built;
use super::spare::{KEEP_BYTES, SLACK};
use super::{Ended, GuestRuntime};
use crate::WorkerError;
use crate::error::RetireRequest;
use rewind_checkpoint::{Checkpoint, LayerId, Restored};
use rewind_guest::Reach;
use rewind_heap::{Heap, State};
use rewind_protocol::{PreambleId, RetireReason};
use rewind_sys::timer::monotonic_ns;
use std::sync::atomic::{AtomicBool, Ordering};

/// Restores from one that is verified to the next, where a sample was asked for.
const VERIFY_EVERY: u64 = 1024;
/// The guest has had threads since the last restore.
pub(super) static HAD_THREADS: AtomicBool = AtomicBool::new(false);

impl GuestRuntime {
    /// Puts the guest back, to the layer of `next` if that stands, else to the one it is at.
    ///
    /// `Err` with a reason where that can't be done in place.
    pub(crate) fn put_back(
        &mut self,
        ended: &Ended,
        next: Option<PreambleId>,
    ) -> Result<Result<Restored, RetireRequest>, WorkerError> {
        if let Err(request) = self.is_alone() {
            return Ok(Err(request));
        }
        rewind_heap::set_threaded(false);
        if !ended.orderly {
            self.checkpoint.invalidate();
        }
        if !ended.orderly || self.description.reach == Reach::Process {
            let put_back = self.process.put_back(&self.guard)?;
            if let Err(request) = put_back {
                return Ok(Err(request));
            }
            if self.description.reach == Reach::Process {
                self.distrust()?;
            }
        }
        let stands = next.filter(|id| matches!(self.layers.peek(*id), Some(Built::Layer { .. })));
        let used = self.heap.peak_bytes();
        let restored = match self.restore(stands.unwrap_or(self.at)) {
            Err(WorkerError::Checkpoint(error)) if self.description.reach == Reach::Process => {
                // The guest's pages are no longer those that were tracked.
                let detail = format!("mappings: failed to {error}");
                return Ok(Err(RetireRequest::new(RetireReason::Unrestorable, detail)));
            }
            restored => restored?,
        };
        self.keep_spare(used);
        Ok(Ok(restored))
    }

    /// Keeps what recent cases used, the last one `used` bytes, and no more.
    fn keep_spare(&mut self, used: usize) {
        let keep = self.spare.case_used(used);
        self.heap.keep_free(self.spare.free_beside(keep));
        if keep > KEEP_BYTES && self.heap.prefer_huge(keep) {
            // So that the next case finds huge pages.
            self.heap.trim(KEEP_BYTES);
        } else if self.heap.spare_bytes() > keep.saturating_add(SLACK) {
            self.heap.trim(keep);
        }
        if used > KEEP_BYTES + SLACK {
            self.heap.offer(KEEP_BYTES);
        }
    }

    /// Gives all memory back that no layer and no case needs.
    pub(crate) fn give_back(&mut self) {
        self.heap.trim(0);
        self.guard.give_back();
        rewind_heap::malloc_abi::give_host_memory_back();
    }

    /// Compares all of the guest's memory with the checkpoint.
    pub(crate) fn verify(&mut self) -> Result<Result<(), RetireRequest>, WorkerError> {
        let began = monotonic_ns();
        let mismatches = self.checkpoint.verify(4)?;
        self.counters.verifications += 1;
        self.counters.verify_ns += monotonic_ns().saturating_sub(began);
        if mismatches.is_empty() {
            return Ok(Ok(()));
        }
        let places: Vec<_> = mismatches.iter().map(ToString::to_string).collect();
        let detail = format!("after a restore these differ: {}", places.join(", "));
        Ok(Err(RetireRequest::new(
            RetireReason::VerificationFailed,
            detail,
        )))
    }

    /// As [`GuestRuntime::verify`], after the first restore and one in [`VERIFY_EVERY`].
    pub(crate) fn verify_by_sample(&mut self) -> Result<Result<(), RetireRequest>, WorkerError> {
        if self.counters.restores < self.sample_at {
            return Ok(Ok(()));
        }
        self.sample_at = self.counters.restores + VERIFY_EVERY;
        self.verify()
    }

    /// Puts memory back to the layer of `target`, which must stand.
    pub(crate) fn restore(&mut self, target: PreambleId) -> Result<Restored, WorkerError> {
        let Some(Built::Layer { layer, heap }) = self.layers.get(target) else {
            return Err(WorkerError::Boot(
                "the layer to go back to is gone".to_owned(),
            ));
        };
        self.heap.put_back(heap);
        let checkpoint = &mut self.checkpoint;
        let restored = (self.missed).around(|| restore_layer(checkpoint, *layer))?;
        self.at = target;
        self.counters.restores += 1;
        self.counters.pages_restored += u64::from(restored.dirty_pages + restored.switched_pages);
        Ok(restored)
    }

    /// Puts memory back to the bare engine, looking at all of it.
    pub(crate) fn restore_engine_anew(&mut self) -> Result<(), WorkerError> {
        self.checkpoint.invalidate();
        self.restore(PreambleId::ENGINE).map(drop)
    }
}

pub(super) fn capture(
    checkpoint: &mut Checkpoint,
    heap: &Heap,
) -> Result<(LayerId, Box<State>), WorkerError> {
    heap.seal();
    heed_threads(checkpoint);
    let layer = checkpoint.capture(heap.sealed().pages())?;
    Ok((layer, Box::new(heap.snapshot())))
}

fn restore_layer(checkpoint: &mut Checkpoint, layer: LayerId) -> Result<Restored, WorkerError> {
    heed_threads(checkpoint);
    #[expect(
        unsafe_code,
        reason = "a restore overwrites memory behind the compiler's back"
    )]
    // SAFETY: called between guarded regions, so the guest isn't running; a
    // worker whose guest has threads left retires before it comes here.
    let restored = unsafe { checkpoint.restore(layer) };
    Ok(restored?)
}

/// What other threads wrote shows in no page fault of this one.
fn heed_threads(checkpoint: &mut Checkpoint) {
    if HAD_THREADS.swap(false, Ordering::Relaxed) {
        checkpoint.invalidate();
    }
}
