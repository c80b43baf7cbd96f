//! Cases of which each runs in a fork of the worker.
//!
//! ```text
//!   case n     begin ─► go ─┬──────────────► answer ─► committed
//!   case n+1                └─► layer, fork ──────────────────► begin ─► go …
//! ```
//!
//! While a case runs, the child for the next one is made, if that is known and
//! its layer stands. The ledger keeps naming the case that runs: nothing that
//! could fail through the next case's fault is done ahead of its turn. A child
//! made ahead is bound to its case; if another comes, it is ended unused.

use super::{Session, execute, place, unrun};
use crate::WorkerError;
use crate::captured;
use crate::chamber::Chamber;
use crate::timeline::{Begun, Timeline};
use crate::zygote::{Answer, Fork, Forked, Zygote};
use rewind_guest::{Phase, Reach};
use rewind_protocol::{Outcome, Run, Seq, ToWorker, encode_finished};
use std::time::Instant;

/// The child for a case that has not begun.
pub(super) struct Ahead {
    seq: Seq,
    fork: Fork,
}

/// What an answer needs beyond the case.
#[derive(Clone, Copy)]
struct Terms {
    timeline: Option<Timeline>,
    nonce: u64,
}

/// Forks a child that runs `run` once it may.
fn fork(
    zygote: &mut Zygote,
    chamber: &mut Chamber,
    terms: Terms,
    run: &Run,
) -> Result<Fork, WorkerError> {
    zygote.fork(
        |place| {
            chamber.become_a_fork()?;
            let begun = place.wait()?;
            answer(chamber, terms, begun, run)
        },
        |error| failed(error, &terms, run.seq),
    )
}

/// The answer of a child that can't go on: sealed as any, so that no case can make one.
fn failed(error: &WorkerError, terms: &Terms, seq: Seq) -> Result<Answer, WorkerError> {
    let reason = format!("the process of the case failed: {}", error.chain());
    let mut frame = Vec::new();
    encode_finished(
        &unrun(seq, Outcome::Lost { reason }),
        terms.nonce,
        &mut frame,
    )?;
    Ok(Answer {
        frame,
        is_over: true,
    })
}

/// Runs the case, in a child.
fn answer(
    chamber: &mut Chamber,
    terms: Terms,
    begun: Option<Begun>,
    run: &Run,
) -> Result<Answer, WorkerError> {
    chamber.host.clear();
    chamber.host.enter(Phase::Load);
    let (mut finished, ended) = execute(chamber, run)?;
    chamber.host.enter(Phase::Idle);
    finished.phases = chamber.host.phases();
    finished.outcome = ended.outcome;
    finished.place = place(terms.timeline.as_ref(), begun, chamber.host);
    let mut frame = Vec::new();
    encode_finished(&finished, terms.nonce, &mut frame)?;
    Ok(Answer {
        frame,
        // A thread that is left, or anything else of the process that the case
        // could reach, ends with the child and no sooner.
        is_over: chamber.is_alone().is_ok() && chamber.description.reach == Reach::Memory,
    })
}

impl Session {
    /// Runs and answers one case in a child.
    pub(super) fn case_in_fork(&mut self, run: &Run) -> Result<(), WorkerError> {
        let ahead = self.made_ahead(run.seq);
        if ahead.is_none() {
            self.prepare(run)?;
        }
        self.outbox.begin(run.seq)?;
        let taken_up = Instant::now();
        let begun = self.timeline.as_mut().map(|it| it.begin(taken_up));
        if ahead.is_none()
            && let Some(outcome) = self.chamber.go_to(run.preamble)?
        {
            self.chamber.counters.cases += 1;
            return self.outbox.answer(&unrun(run.seq, outcome));
        }
        let child = match ahead {
            Some(child) => child,
            None => self.fork_for(run)?,
        };
        self.zygote()?.start(&child, begun);
        let ahead = self.fork_ahead();
        let mut forked = self.zygote()?.outcome(child)?;
        if let Forked::NotBegun(_) = forked {
            self.chamber.go_to(run.preamble)?;
            let child = self.fork_for(run)?;
            self.zygote()?.start(&child, begun);
            forked = self.zygote()?.outcome(child)?;
        }
        self.answer_for(run.seq, forked)?;
        // What went wrong ahead must not be laid to this case.
        self.ahead = ahead?;
        Ok(())
    }

    fn zygote(&mut self) -> Result<&mut Zygote, WorkerError> {
        let none = WorkerError::Unexpected("a case for a fork");
        self.zygote.as_mut().ok_or(none)
    }

    const fn terms(&self) -> Terms {
        Terms {
            timeline: self.timeline,
            nonce: self.outbox.nonce(),
        }
    }

    fn fork_for(&mut self, run: &Run) -> Result<Fork, WorkerError> {
        let terms = self.terms();
        match &mut self.zygote {
            Some(zygote) => fork(zygote, &mut self.chamber, terms, run),
            None => Err(WorkerError::Unexpected("a case for a fork")),
        }
    }

    /// The child for this case, if it was made.
    fn made_ahead(&mut self, seq: Seq) -> Option<Fork> {
        let Ahead { seq: bound, fork } = self.ahead.take()?;
        if bound == seq {
            return Some(fork);
        }
        if let Some(zygote) = &mut self.zygote {
            zygote.abandon(&fork);
        }
        None
    }

    /// Makes the child for the next case, if that may be done while another runs.
    fn fork_ahead(&mut self) -> Result<Option<Ahead>, WorkerError> {
        if !self.forks_ahead {
            return Ok(None);
        }
        let terms = self.terms();
        let Self {
            zygote: Some(zygote),
            inbox,
            chamber,
            ..
        } = self
        else {
            return Ok(None);
        };
        inbox.top_up()?;
        let Some(ToWorker::Run(next)) = inbox.peek() else {
            return Ok(None);
        };
        // A case that reaches the process could reach a child that waits.
        if chamber.description.reach != Reach::Memory || !chamber.stands(next.preamble) {
            return Ok(None);
        }
        if chamber.go_to(next.preamble)?.is_some() {
            return Ok(None);
        }
        let fork = fork(zygote, chamber, terms, next)?;
        Ok(Some(Ahead {
            seq: next.seq,
            fork,
        }))
    }

    fn answer_for(&mut self, seq: Seq, forked: Forked) -> Result<(), WorkerError> {
        let chamber = &mut self.chamber;
        match forked {
            Forked::Answered(frame) => {
                chamber.counters.cases += 1;
                self.outbox.answer_encoded(seq, frame)
            }
            Forked::Ended(status) | Forked::NotBegun(status) => {
                let outcome = captured::of_process(status);
                chamber.count(&outcome);
                let raw = chamber.take_raw_output()?;
                let mut finished = unrun(seq, outcome);
                finished.output = raw.into();
                finished.output_dropped = chamber.kernel.output_dropped();
                self.outbox.answer(&finished)
            }
        }
    }
}
