//! Preambles, and the layers that are made of them.

use super::layers::Built;
use super::memory::capture;
use super::region::{Ran, guarded};
use super::{GuestRuntime, PREAMBLE_DEADLINE};
use crate::WorkerError;
use crate::captured;
use rewind_guest::{Evaluation, Phase, Reach};
use rewind_protocol::{ErrorPhase, Outcome, Preamble, PreambleId};

impl GuestRuntime {
    pub(crate) fn declare(&mut self, preamble: Preamble) {
        self.layers.declare(preamble);
    }

    /// There is a layer for `id`: to go there is to put memory back, and no more.
    pub(crate) fn stands(&self, id: PreambleId) -> bool {
        matches!(self.layers.peek(id), Some(Built::Layer { .. }))
    }

    /// Preambles to be built for `id`, those below others first.
    pub(crate) fn missing(&self, id: PreambleId) -> Vec<PreambleId> {
        if self.at == id {
            return Vec::new();
        }
        let missing = self.layers.missing(id).unwrap_or_default();
        missing.iter().map(|preamble| preamble.id).collect()
    }

    /// Preambles that were declared, those below others first; as many as layers are kept.
    pub(crate) fn declared(&self) -> Vec<PreambleId> {
        self.layers.declared()
    }

    /// The files of a preamble, for people.
    pub(crate) fn names(&self, id: PreambleId) -> String {
        self.layers.names(id)
    }

    /// Preambles that `id` consists of, those below others first, though none of
    /// them is made a layer; `None` if one was never sent.
    pub(crate) fn chain(&self, id: PreambleId) -> Option<Vec<Preamble>> {
        self.layers.missing(id)
    }

    /// Evaluates a preamble where memory stands, and makes no layer of it.
    pub(crate) fn evaluate(&mut self, preamble: &Preamble) -> Result<Outcome, WorkerError> {
        let ran = self.run_preamble(preamble)?;
        self.outcome_of_preamble(&ran)
    }

    fn run_preamble(&mut self, preamble: &Preamble) -> Result<Ran, WorkerError> {
        let (guest, host) = (self.guest.as_ref(), self.host);
        guarded(&mut self.guard, PREAMBLE_DEADLINE, || {
            guest.preamble(host, &preamble.sources)
        })
    }

    /// Makes memory stand at the layer of `id`, building what is missing.
    /// `Some` outcome where the preamble itself failed.
    pub(crate) fn go_to(&mut self, id: PreambleId) -> Result<Option<Outcome>, WorkerError> {
        if self.at == id {
            return Ok(None);
        }
        let Some(missing) = self.layers.missing(id) else {
            return Ok(Some(never_sent(id)));
        };
        for preamble in missing {
            self.build(&preamble)?;
        }
        match self.layers.get(id) {
            Some(Built::Failed(outcome)) => return Ok(Some(outcome.clone())),
            Some(Built::Layer { .. }) if self.at != id => self.restore(id).map(drop)?,
            _ => {}
        }
        Ok(None)
    }

    /// The outcome of a preamble that ran. A stream that it damaged would tear every
    /// case behind its end, so that counts; what it wrote is no case's.
    fn outcome_of_preamble(&mut self, ran: &Ran) -> Result<Outcome, WorkerError> {
        self.process.take_raw_output()?;
        let evaluation = ran.evaluation.unwrap_or(Evaluation::Completed);
        Ok(
            match captured::outcome(ran.departure, evaluation, self.host) {
                Outcome::Threw { .. } => captured::threw(ErrorPhase::PREAMBLE, self.host),
                other => other,
            },
        )
    }

    /// Evaluates a preamble on its parent's layer and makes a layer of it.
    fn build(&mut self, preamble: &Preamble) -> Result<(), WorkerError> {
        let parent = preamble.parent.unwrap_or(PreambleId::ENGINE);
        if let Some(Built::Failed(outcome)) = self.layers.get(parent) {
            let inherited = outcome.clone();
            self.layers.insert(preamble.id, Built::Failed(inherited));
            return Ok(());
        }
        self.restore(parent)?;
        self.host.clear();
        let ran = self.run_preamble(preamble)?;
        let outcome = self.outcome_of_preamble(&ran)?;
        if outcome == Outcome::Completed {
            let (layer, heap) = capture(&mut self.checkpoint, self.heap)?;
            self.layers
                .insert(preamble.id, Built::Layer { layer, heap });
            self.at = preamble.id;
            if self.description.reach == Reach::Process {
                self.process.record()?;
            }
        } else {
            if ran.torn_at.is_some() || self.description.reach == Reach::Process {
                self.process.abandon(&self.guard)?;
            }
            // Nothing is put back under a thread that is left: the worker
            // retires over it when the case is answered.
            if self.host.threads() == 0 {
                self.restore(parent)?;
            }
            self.count_end(&outcome);
            self.layers.insert(preamble.id, Built::Failed(outcome));
        }
        self.counters.layers_built += 1;
        let checkpoint = &mut self.checkpoint;
        self.counters.layers_evicted += self.layers.evict(|layer| checkpoint.remove(layer));
        self.host.clear();
        self.host.enter(Phase::Load);
        Ok(())
    }
}

/// The outcome of a case on a preamble that isn't known.
pub(crate) fn never_sent(id: PreambleId) -> Outcome {
    let reason = format!("preamble {} was never sent", id.0);
    Outcome::Lost { reason }
}
