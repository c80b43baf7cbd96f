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

use super::in_place::{build_declared, execute, prepare};
use super::zygote::{self, Child, EndOfChild, Zygote};
use super::{Backend, CaseEnd, Then};
use crate::WorkerError;
use crate::captured;
use crate::error::RetireRequest;
use crate::parent::{Answer, CaseObserver};
use crate::runtime::GuestRuntime;
use crate::timeline::{Begun, Timeline};
use rewind_checkpoint::TierChoice;
use rewind_guest::{Description, Phase, Reach};
use rewind_protocol::{Counters, Finished, Outcome, Preamble, Run, Seq, encode_finished};
use std::thread::available_parallelism;
use std::time::Instant;

/// The child for a case that has not begun.
struct Ahead {
    seq: Seq,
    child: Child,
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
    runtime: &mut GuestRuntime,
    terms: Terms,
    run: &Run,
) -> Result<Child, WorkerError> {
    zygote.fork(
        |place| {
            runtime.become_a_fork()?;
            let begun = place.wait()?;
            answer(runtime, terms, begun, run)
        },
        |error| failed(error, &terms, run.seq),
    )
}

/// The answer of a child that can't go on: sealed as any, so that no case can make one.
fn failed(error: &WorkerError, terms: &Terms, seq: Seq) -> Result<zygote::Answer, WorkerError> {
    let reason = format!("the process of the case failed: {}", error.chain());
    let mut frame = Vec::new();
    encode_finished(
        &Finished::stand_in(seq, Outcome::Lost { reason }),
        terms.nonce,
        &mut frame,
    )?;
    Ok(zygote::Answer {
        frame,
        is_over: true,
    })
}

/// Runs the case, in a child.
fn answer(
    runtime: &mut GuestRuntime,
    terms: Terms,
    begun: Option<Begun>,
    run: &Run,
) -> Result<zygote::Answer, WorkerError> {
    runtime.host.clear();
    runtime.host.enter(Phase::Load);
    let (mut finished, ended) = execute(runtime, run, None)?;
    runtime.host.enter(Phase::Idle);
    finished.phases = runtime.host.phases();
    finished.outcome = ended.outcome;
    finished.place = captured::place(terms.timeline.as_ref(), begun, runtime.host);
    let mut frame = Vec::new();
    encode_finished(&finished, terms.nonce, &mut frame)?;
    Ok(zygote::Answer {
        frame,
        // A thread that is left, or anything else of the process that the case
        // could reach, ends with the child and no sooner.
        is_over: runtime.is_alone().is_ok() && runtime.description.reach == Reach::Memory,
    })
}

/// Forks a child for each case.
pub(crate) struct Forked {
    runtime: GuestRuntime,
    zygote: Zygote,
    terms: Terms,
    /// The child for the next case, if it was made already.
    ahead: Option<Ahead>,
    /// There is a second processor: without one, making it ahead gains nothing.
    forks_ahead: bool,
}

impl Forked {
    /// Children seal their answers with `nonce`.
    pub(crate) fn new(
        mut runtime: GuestRuntime,
        timeline: Option<Timeline>,
        nonce: u64,
    ) -> Result<Self, WorkerError> {
        let zygote = Zygote::new()?;
        runtime.give_back();
        Ok(Self {
            runtime,
            zygote,
            terms: Terms { timeline, nonce },
            ahead: None,
            forks_ahead: available_parallelism().is_ok_and(|count| count.get() > 1),
        })
    }

    fn fork_for(&mut self, run: &Run) -> Result<Child, WorkerError> {
        fork(&mut self.zygote, &mut self.runtime, self.terms, run)
    }

    /// The child for this case, if it was made.
    fn made_ahead(&mut self, seq: Seq) -> Option<Child> {
        let Ahead { seq: bound, child } = self.ahead.take()?;
        if bound == seq {
            return Some(child);
        }
        self.zygote.abandon(&child);
        None
    }

    /// Makes the child for the next case, if that may be done while another runs.
    fn fork_ahead(
        &mut self,
        observer: &mut impl CaseObserver,
    ) -> Result<Option<Ahead>, WorkerError> {
        if !self.forks_ahead {
            return Ok(None);
        }
        let Some(next) = observer.next_case()? else {
            return Ok(None);
        };
        let runtime = &mut self.runtime;
        // A case that reaches the process could reach a child that waits.
        if runtime.description.reach != Reach::Memory || !runtime.stands(next.preamble) {
            return Ok(None);
        }
        if runtime.go_to(next.preamble)?.is_some() {
            return Ok(None);
        }
        let child = self.fork_for(next)?;
        Ok(Some(Ahead {
            seq: next.seq,
            child,
        }))
    }

    /// The case's answer, from what came of its child.
    fn answer_of(&mut self, seq: Seq, end: EndOfChild) -> Result<Answer, WorkerError> {
        let runtime = &mut self.runtime;
        match end {
            EndOfChild::Answered(frame) => {
                runtime.counters.cases += 1;
                Ok(Answer::Sealed { seq, frame })
            }
            EndOfChild::Ended(status) | EndOfChild::NotBegun(status) => {
                let outcome = captured::of_process(status);
                runtime.count(&outcome);
                let raw = runtime.take_raw_output()?;
                Ok(Answer::Told(Finished {
                    output: raw.into(),
                    output_dropped: runtime.process.output_dropped(),
                    ..Finished::stand_in(seq, outcome)
                }))
            }
        }
    }
}

impl Backend for Forked {
    fn description(&self) -> &Description {
        &self.runtime.description
    }

    fn tier(&self) -> &TierChoice {
        self.runtime.tier()
    }

    fn counters(&self) -> &Counters {
        &self.runtime.counters
    }

    fn declare(&mut self, preamble: Preamble) {
        self.runtime.declare(preamble);
    }

    fn make_ready(&mut self) -> Result<Result<(), RetireRequest>, WorkerError> {
        build_declared(&mut self.runtime)
    }

    fn case(
        &mut self,
        run: &Run,
        observer: &mut impl CaseObserver,
    ) -> Result<CaseEnd, WorkerError> {
        let ahead = self.made_ahead(run.seq);
        if ahead.is_none() {
            prepare(&mut self.runtime, run, observer)?;
        }
        observer.begin(run.seq)?;
        let begun = observer.taken_up(Instant::now());
        if ahead.is_none()
            && let Some(outcome) = self.runtime.go_to(run.preamble)?
        {
            self.runtime.counters.cases += 1;
            return Ok(CaseEnd {
                answer: Answer::Told(Finished::stand_in(run.seq, outcome)),
                then: Then::GoOn,
            });
        }
        let child = match ahead {
            Some(child) => child,
            None => self.fork_for(run)?,
        };
        self.zygote.start(&child, begun);
        let ahead = self.fork_ahead(observer);
        let mut end = self.zygote.outcome(child)?;
        if let EndOfChild::NotBegun(_) = end {
            self.runtime.go_to(run.preamble)?;
            let child = self.fork_for(run)?;
            self.zygote.start(&child, begun);
            end = self.zygote.outcome(child)?;
        }
        let answer = self.answer_of(run.seq, end)?;
        // What went wrong ahead must not be laid to this case.
        let then = match ahead {
            Ok(ahead) => {
                self.ahead = ahead;
                Then::GoOn
            }
            Err(error) => Then::Fail(error),
        };
        Ok(CaseEnd { answer, then })
    }

    fn rest(&mut self) {
        self.runtime.rests();
    }

    fn give_back(&mut self) {
        self.runtime.give_back();
    }

    fn end_among_threads(&mut self) -> ! {
        self.runtime.end_among_threads()
    }
}
