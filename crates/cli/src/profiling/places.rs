//! What the places of a run spend their time with.
//!
//! A place is where one worker after the other runs; there are as many as
//! workers at a time. All of its time goes to exactly one purpose, so that the
//! shares add up to the run:
//!
//! ```text
//! ├ start ┤├ case ┤├ between ┤├ waiting ┤├ layers ┤├ case ┤├ end ┤├ start ┤├ fatal ┤ …
//!         mark ──► moves on with each
//! ```
//!
//! A stand-in, which runs only while others sleep, has its place from the moment
//! that it is first heard of.
//!
//! What is known of time comes from workers; where they say nothing, or what
//! can't be, a span counts as short as it must.

use rewind_harness::WorkerId;
use rewind_protocol::Place;
use serde::Serialize;

/// Seconds over all places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct PlaceSeconds {
    /// In the phases of cases.
    pub(crate) cases: f64,
    /// In cases that their worker did not survive, and until that was noticed.
    pub(crate) fatal: f64,
    /// In building layers that a case needed.
    pub(crate) layers: f64,
    /// Between a case and the next: answers, and messages.
    pub(crate) between: f64,
    /// Waiting for a case.
    pub(crate) waiting: f64,
    /// Starting workers, until their first case.
    pub(crate) start: f64,
    /// From a worker's last case until it was gone, or the run was over.
    pub(crate) end: f64,
}

impl PlaceSeconds {
    /// Each with its name.
    pub(crate) const fn named(&self) -> [(&'static str, f64); 7] {
        [
            ("cases", self.cases),
            ("fatal", self.fatal),
            ("layers", self.layers),
            ("between", self.between),
            ("waiting", self.waiting),
            ("start", self.start),
            ("end", self.end),
        ]
    }
}

/// Nanoseconds, by purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spent {
    cases: u64,
    fatal: u64,
    layers: u64,
    between: u64,
    waiting: u64,
    start: u64,
    end: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Up to where its time has been accounted for.
    mark: u64,
    /// A worker has run a case there, and isn't gone.
    life: Option<u32>,
}

impl Slot {
    const fn at(mark: u64) -> Self {
        Self { mark, life: None }
    }
}

/// All places of a run.
#[derive(Debug)]
pub(super) struct Places {
    /// `None` where no worker was heard of yet.
    slots: Vec<Option<Slot>>,
    spent: Spent,
}

impl Places {
    /// So many places, all empty from the beginning of the run.
    pub(super) fn new(count: u32) -> Self {
        Self {
            slots: vec![Some(Slot::at(0)); count as usize],
            spent: Spent::default(),
        }
    }

    /// The place of a worker, which is there from `at` on at the latest.
    fn slot(slots: &mut Vec<Option<Slot>>, worker: WorkerId, at: u64) -> &mut Slot {
        // The run's own number, of which there are few.
        let index = worker.slot as usize;
        if slots.len() <= index {
            slots.resize(index + 1, None);
        }
        slots[index].get_or_insert(Slot::at(at))
    }

    /// A worker has greeted.
    pub(super) fn ready(&mut self, worker: WorkerId, at: u64) {
        Self::slot(&mut self.slots, worker, at);
    }

    /// A case was answered: it took `total` in its phases, was placed by its
    /// worker at `began`, and its answer arrived at `arrived`. Gives the time
    /// since the case before it in the same worker.
    pub(super) fn case(
        &mut self,
        worker: WorkerId,
        total: u64,
        placed: Option<(u64, Place)>,
        arrived: u64,
    ) -> Option<u64> {
        let slot = Self::slot(&mut self.slots, worker, arrived.saturating_sub(total));
        let follows = slot.life == Some(worker.life);
        slot.life = Some(worker.life);
        let mut upto = |moment: u64| {
            let span = moment.saturating_sub(slot.mark);
            slot.mark = slot.mark.max(moment);
            span
        };
        let spent = &mut self.spent;
        let before = if follows {
            &mut spent.between
        } else {
            &mut spent.start
        };
        let Some((began, place)) = placed.filter(|(began, _)| *began <= arrived) else {
            // Nobody knows when it was.
            if total == 0 {
                spent.fatal += upto(arrived);
            } else {
                *before += upto(arrived.saturating_sub(total));
                spent.cases += upto(arrived);
            }
            return None;
        };
        let free = began.saturating_sub(place.prepared.0);
        let gap = upto(free.saturating_sub(place.waited.0));
        *before += gap;
        spent.waiting += upto(free);
        spent.layers += upto(began);
        spent.cases += upto(began.saturating_add(total).min(arrived));
        follows.then_some(gap)
    }

    /// A worker is gone.
    pub(super) fn left(&mut self, worker: WorkerId, at: u64) {
        let slot = Self::slot(&mut self.slots, worker, at);
        let span = at.saturating_sub(slot.mark);
        slot.mark = slot.mark.max(at);
        match slot.life.take() {
            Some(_) => self.spent.end += span,
            None => self.spent.start += span,
        }
    }

    /// All workers are gone, and others are started.
    pub(super) fn round(&mut self, at: u64) {
        self.close(at);
    }

    /// What is left of each place's time is the end of its last worker.
    fn close(&mut self, at: u64) {
        for slot in self.slots.iter_mut().flatten() {
            self.spent.end += at.saturating_sub(slot.mark);
            slot.mark = slot.mark.max(at);
            slot.life = None;
        }
    }

    /// The run is over.
    pub(super) fn finish(mut self, at: u64) -> PlaceSeconds {
        self.close(at);
        let seconds = |ns: u64| ns as f64 / 1e9;
        let spent = &self.spent;
        PlaceSeconds {
            cases: seconds(spent.cases),
            fatal: seconds(spent.fatal),
            layers: seconds(spent.layers),
            between: seconds(spent.between),
            waiting: seconds(spent.waiting),
            start: seconds(spent.start),
            end: seconds(spent.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::Nanos;

    const S: u64 = 1_000_000_000;

    fn worker(slot: u32, life: u32) -> WorkerId {
        WorkerId { slot, life }
    }

    fn placed(began: u64, waited: u64, prepared: u64) -> Option<(u64, Place)> {
        let place = Place {
            started: Nanos(7),
            waited: Nanos(waited),
            prepared: Nanos(prepared),
        };
        Some((began, place))
    }

    #[test]
    fn every_second_of_every_place_has_one_purpose() {
        let mut places = Places::new(2);
        // Up after 2 s and half a second of waiting; a layer of 1 s; a case of 3 s.
        let gap = places.case(worker(0, 0), 3 * S, placed(4 * S, S / 2, S), 8 * S);
        assert_eq!(gap, None, "none was before it");
        let gap = places.case(worker(0, 0), S, placed(10 * S, S, 0), 11 * S);
        assert_eq!(gap, Some(2 * S));
        places.case(worker(0, 0), 0, None, 15 * S);
        places.left(worker(0, 0), 16 * S);
        places.left(worker(0, 1), 17 * S);
        let told = places.finish(20 * S);
        let expected = PlaceSeconds {
            cases: 4.0,
            fatal: 4.0,
            layers: 1.0,
            between: 2.0,
            waiting: 1.5,
            start: 3.5,
            end: 1.0 + 3.0 + 20.0,
        };
        assert_eq!(told, expected);
        let sum: f64 = told.named().iter().map(|(_, seconds)| seconds).sum();
        assert!((sum - 40.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn place_of_a_stand_in_counts_from_when_it_is_heard_of() {
        let mut places = Places::new(1);
        places.ready(worker(3, 0), 4 * S);
        places.ready(worker(0, 0), S);
        places.case(worker(3, 0), S, placed(5 * S, 0, 0), 7 * S);
        places.case(worker(2, 0), S, None, 8 * S);
        let told = places.finish(10 * S);
        let expected = PlaceSeconds {
            cases: 2.0,
            start: 1.0,
            end: 4.0 + 2.0 + 10.0,
            ..PlaceSeconds::default()
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn worker_that_lies_about_time_changes_no_sum() {
        let mut places = Places::new(1);
        for (began, waited, prepared) in [(u64::MAX, 1, 1), (5 * S, u64::MAX, u64::MAX), (0, 0, 0)]
        {
            places.case(
                worker(0, 0),
                u64::MAX,
                placed(began, waited, prepared),
                6 * S,
            );
        }
        let told = places.finish(10 * S);
        let sum: f64 = told.named().iter().map(|(_, seconds)| seconds).sum();
        assert!((sum - 10.0).abs() < 1e-9, "{told:?}");
    }
}
