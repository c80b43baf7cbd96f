//! What a profile is made from, gathered while results come in.
//!
//! Memory is bounded: percentiles come from histograms, and of cases only the
//! largest are kept by name.

use super::layers::Layers;
use super::places::Places;
use super::spread::{Spread, Top};
use rewind_harness::WorkerId;
use rewind_protocol::{MemoryUse, Nanos, Phases, Place, Variant};
use std::sync::Arc;

/// One attempt, as far as a profile wants to know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    pub(super) path: &'a Arc<str>,
    pub(super) variant: Variant,
    pub(super) phases: &'a Phases,
    pub(super) memory: MemoryUse,
}

/// When and where an attempt was, of a run that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) worker: WorkerId,
    /// Index of its preamble in the plan.
    pub(super) preamble: Option<u32>,
    /// When it began, in ns since the run did, with what its worker says.
    pub(super) placed: Option<(u64, Place)>,
    /// When the answer was judged, in ns since the run began.
    pub(super) arrived: u64,
}

/// Everything that is gathered.
#[derive(Debug)]
pub(super) struct Tally {
    /// Attempts, timed or not.
    pub(super) attempts: u64,
    /// Time in each phase, in the order of [`Phases::named`].
    pub(super) phases: [Spread; 6],
    /// All phases together.
    pub(super) whole: Spread,
    /// Cases with the longest of each phase.
    pub(super) top_phases: [Top; 6],
    pub(super) top_whole: Top,
    /// Pages of the checkpoint dirtied.
    pub(super) pages: Spread,
    pub(super) top_pages: Top,
    /// Highest extent of the guest heap, in bytes.
    pub(super) heap: Spread,
    pub(super) top_heap: Top,
    /// From the end of a case until its answer was judged.
    pub(super) answers: Spread,
    /// Between a case and the next in the same worker, waits and layers left out.
    pub(super) between: Spread,
    /// Waits of workers for a case.
    pub(super) waits: Spread,
    pub(super) layers: Layers,
    pub(super) places: Places,
    /// The worker whose memory grew most, in KiB; only those that retired say so.
    pub(super) growth_kib: Option<i64>,
}

impl Tally {
    /// Gathers of a run with so many places, and keeps `top` cases of each kind.
    pub(super) fn new(places: u32, top: usize) -> Self {
        Self {
            attempts: 0,
            phases: std::array::from_fn(|_| Spread::default()),
            whole: Spread::default(),
            top_phases: std::array::from_fn(|_| Top::new(top)),
            top_whole: Top::new(top),
            pages: Spread::default(),
            top_pages: Top::new(top),
            heap: Spread::default(),
            top_heap: Top::new(top),
            answers: Spread::default(),
            between: Spread::default(),
            waits: Spread::default(),
            layers: Layers::default(),
            places: Places::new(places),
            growth_kib: None,
        }
    }

    /// Takes an attempt. One whose worker did not survive it has no times, and
    /// is only counted.
    pub(super) fn record(&mut self, sample: &Sample<'_>) {
        self.attempts += 1;
        let total = sample.phases.total().0;
        if total == 0 {
            return;
        }
        let (path, variant) = (sample.path, sample.variant);
        let named = sample.phases.named();
        let kept = self.phases.iter_mut().zip(&mut self.top_phases);
        for ((_, Nanos(spent)), (spread, top)) in named.into_iter().zip(kept) {
            spread.record(spent);
            top.record(spent, path, variant);
        }
        self.whole.record(total);
        self.top_whole.record(total, path, variant);
        let pages = u64::from(sample.memory.dirty_pages);
        self.pages.record(pages);
        self.top_pages.record(pages, path, variant);
        self.heap.record(sample.memory.heap_peak);
        self.top_heap.record(sample.memory.heap_peak, path, variant);
    }

    /// Takes when and where it was.
    pub(super) fn see(&mut self, sample: &Sample<'_>, seen: &Seen) {
        let total = sample.phases.total().0;
        let placed = seen.placed.map(|(_, place)| place).unwrap_or_default();
        if total > 0 {
            let (pages, built) = (sample.memory.dirty_pages, placed.prepared.0);
            self.layers
                .record(seen.preamble, sample.phases, pages, built);
        }
        if let Some((began, _)) = seen.placed {
            let ended = began.saturating_add(total);
            self.answers.record(seen.arrived.saturating_sub(ended));
        }
        if placed.waited > Nanos(0) {
            self.waits.record(placed.waited.0);
        }
        let gap = self
            .places
            .case(seen.worker, total, seen.placed, seen.arrived);
        if let Some(gap) = gap {
            self.between.record(gap);
        }
    }

    /// Cases that have times.
    pub(super) fn timed(&self) -> u64 {
        self.whole.percentiles(1.0).map_or(0, |all| all.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(ns: u64) -> Phases {
        Phases {
            compile: Nanos(ns),
            restore: Nanos(ns / 2),
            ..Phases::default()
        }
    }

    #[test]
    fn attempts_without_times_are_counted_and_measured_nowhere() {
        let mut tally = Tally::new(1, 2);
        let path = Arc::from("test/a.js");
        for ns in [4_000, 0, 2_000] {
            let phases = phases(ns);
            let sample = Sample {
                path: &path,
                variant: Variant::named(&"raw"),
                phases: &phases,
                memory: MemoryUse {
                    heap_peak: 10,
                    dirty_pages: 3,
                },
            };
            tally.record(&sample);
            let seen = Seen {
                worker: WorkerId { slot: 0, life: 0 },
                preamble: None,
                placed: (ns > 0).then_some((0, Place::default())),
                arrived: 9_000,
            };
            tally.see(&sample, &seen);
        }
        assert_eq!((tally.attempts, tally.timed()), (3, 2));
        assert_eq!((tally.whole.total(), tally.pages.total()), (9_000, 6));
        let answers = tally.answers.percentiles(1.0).expect("two");
        assert_eq!((answers.count, answers.max), (2, 6_000.0));
    }
}
