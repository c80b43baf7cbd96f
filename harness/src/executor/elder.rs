//! A worker that was sent its last case and is still at what it has, while its
//! successor already works: see [`beside`](super::life).
//!
//! It is looked after by whoever waits at the time, a life or the executor.

use super::life::{Life, LifeEnd};
use super::link::Ready;
use super::{Executor, Mood};
use crate::event::WorkerId;
use crate::ticket::What;
use std::time::Duration;

/// How often an elder is looked at that nobody works beside.
const LOOK: Duration = Duration::from_millis(20);

impl Executor<'_> {
    /// Takes what came of the elder.
    pub(super) fn attend_elder(&mut self, ready: Ready) {
        let Some(ward) = self.elder.take() else {
            return;
        };
        match Life::resume(self, ward).attend_last(ready) {
            Ok(ward) => self.elder = Some(ward),
            Err(end) => self.outlive(end),
        }
    }

    /// The elder is done: it is known when the slot was left to the next, and
    /// what that has done since can be told.
    fn outlive(&mut self, end: LifeEnd) {
        match (self.heir_began.take(), end.vacated) {
            (Some(began), Some(vacant)) => {
                let worker = end.last.worker.next();
                self.note_of(worker, What::TookOver(vacant.until(began, true)));
            }
            (_, vacated) => self.vacant = self.vacant.take().or(vacated),
        }
        self.sent_beside = 0;
        for note in std::mem::take(&mut self.held_back) {
            self.tell(note);
        }
    }

    /// The worker is the one that follows the elder.
    pub(super) fn is_heir(&self, worker: WorkerId) -> bool {
        let elder = self.elder.as_ref();
        elder.is_some_and(|elder| elder.worker.next() == worker)
    }

    /// Waits a while for the elder, or until there is an order.
    pub(super) fn await_elder(&mut self) {
        let Some(elder) = &self.elder else {
            return;
        };
        let waited = elder.link.wait(&self.wake, false, None, Some(LOOK));
        self.attend_elder(waited.map(|(ready, _)| ready).unwrap_or_default());
    }

    /// Waits for the elder's end; kills it if the run is not to go on.
    pub(super) fn end_elder(&mut self) {
        while self.elder.is_some() {
            self.take_orders();
            match self.elder.take() {
                Some(ward) if self.mood == Mood::Kill => {
                    let end = Life::resume(self, ward).interrupt();
                    self.outlive(end);
                }
                elder => {
                    self.elder = elder;
                    self.await_elder();
                }
            }
        }
    }
}
