//! The end of a life: read what is left, complete it from the ledger, settle.

use super::ward::Proof;
use super::{Life, LifeEnd};
use crate::error::LastWorker;
use crate::event::Death;
use crate::executor::Mood;
use crate::executor::fatal::{self, Strike, chain};
use crate::executor::folder;
use crate::executor::verdict::{Cause, Scene, Settled, settle};
use crate::ticket::{Answer, Left, Ticket, Trial, What};
use rewind_plan::CaseId;
use rewind_protocol::{Counters, Finished, LastWords, Outcome, PreambleId, RetireReason, Retiring};
use rewind_sys::process::{Ended, ExitStatus};
use rewind_sys::timer::monotonic_ns;

/// Most reads from the pipe of a worker that has ended: many times what it
/// holds. A stranger that got hold of it could write into it for ever.
const LAST_READS: usize = 4096;

impl Life<'_, '_> {
    /// Ends it. `killed_for` says why, unless the process has ended by itself.
    pub(super) fn end(mut self, killed_for: Option<Death>) -> LifeEnd {
        let noticed = monotonic_ns();
        let ended = self.reap();
        self.read_rest();
        let ended_with = ended.map(|ended| ended.status);
        let death = self.death(killed_for, ended_with);
        let mut stderr_tail = self.ward.link.stderr.text();
        if let Some((before, retiring)) = self.last_words(&stderr_tail) {
            stderr_tail = before;
            self.ward.retiring = Some(retiring);
        }
        let left_by_itself = matches!(death, Death::Ended(_) | Death::Stayed);
        let retiring = self.ward.retiring.take().filter(|_| left_by_itself);
        let retiring = retiring.or_else(|| self.drained(&death));
        // One that never came up has begun nothing.
        let cause = if retiring.is_some() || !self.ward.greeted {
            Cause::Retired
        } else {
            Cause::of(&death)
        };
        self.note_pause();
        let vacated = self
            .leaves_vacant(&death, retiring.as_ref().map(|it| it.reason))
            .then(|| self.vacant(noticed, retiring.is_some()));
        let Fate {
            blamed,
            suspected,
            requeued,
            kept,
        } = self.settle(cause, death == Death::Interrupted, retiring.as_ref());
        let as_told = self.ward.dismissed || death == Death::Interrupted;
        let fruitful = self.ward.settled || as_told;
        let answered = self.ward.answered > 0 || blamed.is_some() || as_told;
        let how = match &retiring {
            Some(retiring) => format!("retired ({}) {}", retiring.reason, retiring.detail),
            None => death.to_string(),
        };
        let last = LastWorker {
            worker: self.ward.worker,
            how,
            stderr_tail: stderr_tail.clone(),
        };
        let left = match (retiring, self.ward.replaced) {
            (Some(retiring), Some(limit)) => Left::Replaced { limit, retiring },
            (Some(retiring), None) => Left::Retired(retiring),
            (None, _) => Left::Died {
                death,
                blamed,
                suspected,
                stderr_tail,
            },
        };
        let count = requeued.len() + kept;
        if !requeued.is_empty() {
            // At once, whatever is told when: somebody may wait for them.
            let given_back = What::GaveBack(requeued);
            self.executor.note_of(last.worker, given_back);
        }
        self.executor.note_of(
            last.worker,
            What::Left {
                left,
                requeued: count,
                ended,
            },
        );
        LifeEnd {
            fruitful,
            answered,
            last,
            vacated,
            heir: None,
        }
    }

    /// Kills what is left of the worker and of what it started, and waits for it.
    fn reap(&mut self) -> Option<Ended> {
        // A process that can't be killed or waited for is not ours any more.
        self.ward.link.child.kill_group().ok()?;
        let ended = self.ward.link.child.wait().ok();
        let command = &self.executor.shared.config.command;
        folder::remove(command, self.ward.link.child.pid());
        ended
    }

    /// Takes every message that the worker had sent or committed.
    fn read_rest(&mut self) {
        let mut intact = self.take_messages().is_ok();
        for _ in 0..LAST_READS {
            match self.ward.link.read(&mut self.executor.buffer) {
                Ok(Some(bytes)) if intact => {
                    self.ward.talk.feed(bytes);
                    intact = self.take_messages().is_ok();
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        let (talk, nonce) = (&mut self.ward.talk, self.ward.link.nonce);
        let completed = self
            .ward
            .link
            .ledger()
            .map(|ledger| talk.complete(&ledger, nonce));
        // An error of `take` concerns a message that must not come, which the
        // window keeps from answering anything.
        for message in completed.unwrap_or_default() {
            let _ = self.take(message);
        }
        self.pass_on();
    }

    fn death(&mut self, killed_for: Option<Death>, status: Option<ExitStatus>) -> Death {
        match (killed_for, self.ward.refused.take(), status) {
            (_, Some(reason), _) => Death::Start(reason),
            (Some(death), None, _) => death,
            (None, None, Some(status)) if !self.ward.greeted => {
                let when = if self.ward.talk.greets() {
                    "answered the greeting"
                } else {
                    "started a case"
                };
                Death::Start(format!("it {status} before it had {when}"))
            }
            (None, None, Some(status)) => Death::Ended(status),
            (None, None, None) => Death::Babbled("its end can't be waited for".to_owned()),
        }
    }

    /// What a worker that panicked said of that: its text without the mark, and what
    /// is made of it. It had no other way left to say that it fails by itself.
    fn last_words(&self, stderr: &str) -> Option<(String, Retiring)> {
        let nonce = self.ward.link.nonce;
        let before = LastWords { nonce }.before(stderr)?;
        let line = before.lines().last().unwrap_or_default();
        let retiring = Retiring {
            reason: RetireReason::Other,
            detail: line.trim_start_matches("error: ").to_owned(),
            counters: Counters::default(),
        };
        Some((before.to_owned(), retiring))
    }

    /// The last words of a worker that was told to leave and did, where its
    /// dialect has none.
    fn drained(&self, death: &Death) -> Option<Retiring> {
        let left = *death == Death::Ended(ExitStatus::Exited(0));
        let done = self.ward.dismissed && self.ward.window.waiting() == 0;
        self.ward.talk.drained().filter(|_| left && done)
    }

    /// The preamble that it was building for its first case, as far as that can be.
    fn building(&self) -> Option<u32> {
        let first = self
            .ward
            .window
            .first()
            .map(|(_, pending)| pending.ticket)?;
        if self.ward.proof == Proof::Stands {
            return None;
        }
        let PreambleId(index) = self.ward.link.ledger().and_then(|it| it.building())?;
        let shared = self.executor.shared;
        let needed = shared.workload.facts(first.case)?.preamble;
        chain(shared.preambles, needed)
            .any(|it| it == index)
            .then_some(index)
    }

    /// Holds a worker's end against the preamble that it was building.
    fn strike(&mut self, cause: Cause, building: Option<u32>) {
        if cause == Cause::Retired || cause == Cause::Killed {
            return;
        }
        let (index, proven) = match (self.ward.proof, building) {
            (Proof::Asked(index), _) => (index, true),
            (_, Some(index)) => (index, false),
            (_, None) => return,
        };
        match self.executor.shared.fatal.strike(index, proven) {
            Strike::Early => return,
            Strike::Last(workers) => {
                let text = fatal::reason(&self.executor.files_of(index), workers);
                self.note(What::Diagnostic(text));
            }
            Strike::Late => {}
        }
        // Its cases are answered without a worker: that is some progress.
        self.ward.settled = true;
    }

    /// What is known of the worker's end.
    fn scene(&self, cause: Cause, interrupted: bool) -> Scene {
        let config = self.executor.shared.config;
        let ledger = self.ward.link.ledger();
        // A word of the worker's own that it is at a case can't be a test's; what
        // the rest of the world sees of its process may still be another case's doing.
        let stalled = cause == Cause::Stalled || cause == Cause::TooLarge;
        let sure = stalled && ledger.is_none();
        Scene {
            current: self.current(),
            overwritten: ledger.is_some_and(|it| it.is_overwritten()),
            building: self.building(),
            written: self.ward.outbox.written(),
            cause,
            requeues: if interrupted {
                u8::MAX
            } else {
                config.patience.requeues
            },
            confirms: config.confirm_deaths && !sure,
        }
    }

    /// Settles what is unanswered.
    ///
    /// A suspect stays with this slot, to be tried until it is answered or lost:
    /// were it passed round, several suspects could bring every slot to give up.
    fn settle(&mut self, cause: Cause, interrupted: bool, said: Option<&Retiring>) -> Fate {
        let scene = self.scene(cause, interrupted);
        self.strike(cause, scene.building);
        let window = std::mem::take(&mut self.ward.window);
        let Settled {
            answer,
            blamed,
            suspect,
            requeue,
        } = settle(window, scene);
        let blamed = answer
            .as_ref()
            .map(|(_, ticket, _)| ticket.case)
            .filter(|_| blamed);
        let suspected = suspect
            .filter(|ticket| ticket.trial == Trial::Fresh)
            .map(|ticket| ticket.case);
        if let Some((seq, ticket, mut outcome)) = answer {
            if let (Outcome::Lost { reason }, Some(said)) = (&mut outcome, said)
                && !said.detail.is_empty()
            {
                reason.push_str(": ");
                reason.push_str(&said.detail);
            }
            self.ward.settled = true;
            self.ward.answers.push(Answer {
                ticket,
                finished: Box::new(Finished::stand_in(seq, outcome)),
            });
            self.pass_on();
        }
        // The rest of a batch stays together, and here.
        let stays =
            self.ward.worker == self.executor.worker && self.executor.shared.config.limits.batches;
        let (here, requeued) = if stays {
            (requeue, Vec::new())
        } else {
            (Vec::new(), requeue)
        };
        let kept = here.len();
        for ticket in here.into_iter().rev().chain(suspect) {
            self.executor.queue.push_front(ticket);
        }
        if self.executor.mood != Mood::Open {
            self.executor.give_back(usize::MAX);
        }
        Fate {
            blamed,
            suspected,
            requeued,
            kept,
        }
    }
}

/// What becomes of the cases of a worker that has ended.
struct Fate {
    /// Answered with how it ended.
    blamed: Option<CaseId>,
    /// Tried by itself before that is said of it.
    suspected: Option<CaseId>,
    /// Others are to run these.
    requeued: Vec<Ticket>,
    /// So many the slot keeps to run them again.
    kept: usize,
}
