//! How long a worker may take for what it is at.

use super::ward::Proof;
use super::{Life, Stage};
use crate::event::{Death, Running};
use crate::executor::memory;
use crate::executor::rest::Look;
use crate::executor::watchdog::{Mark, limit};
use rewind_protocol::{CaseState, Seq};
use std::time::{Duration, Instant};

/// How often a worker is looked at whose successor may begin soon: answers are
/// gathered, so that they come too late to go by.
const LOOK: Duration = Duration::from_millis(4);

/// Times that a worker may stand still, after which it must have answered something.
const SILENCES: u32 = 6;

impl Life<'_, '_> {
    /// What the worker is at, if it was asked for that.
    pub(super) fn running(&mut self, now: Instant) -> Option<Running> {
        let child = &self.ward.link.child;
        let look = child.cpu_time().map(|cpu| Look {
            at: now,
            cpu,
            waits: child.is_waiting(),
        });
        let asleep = self.ward.rest.look(look);
        let (seq, state) = self.current()?;
        let pending = self
            .ward
            .window
            .get(seq)
            .filter(|_| state != CaseState::Idle)?;
        let worker = self.ward.worker;
        Some(Running {
            worker,
            case: pending.ticket.case,
            since: self.ward.watchdog.still(now),
            asleep,
        })
    }

    /// Which case the worker is at, and how far: by its ledger, or else by what it said.
    pub(super) fn current(&self) -> Option<(Seq, CaseState)> {
        let ledger = self.ward.link.ledger();
        ledger
            .and_then(|ledger| ledger.current())
            .or(self.ward.said)
    }

    /// It has something to do.
    fn is_busy(&self) -> bool {
        self.ward.window.waiting() > 0 || matches!(self.ward.proof, Proof::Asked(_))
    }

    /// It has answered nothing for so long that no progress can be, whatever the
    /// ledger says: that is memory which a test can keep changing.
    ///
    /// A worker keeps answers to itself for a case at most, and builds preambles
    /// between two: that is within a few of the longest times that one may take.
    fn answers_nothing(&self, now: Instant) -> bool {
        let patience = &self.executor.shared.config.patience;
        let silent = now.saturating_duration_since(self.ward.heard);
        silent >= limit(patience, 0).saturating_mul(SILENCES) && {
            let longest = self.ward.window.longest_deadline_ms();
            silent >= limit(patience, longest).saturating_mul(SILENCES)
        }
    }

    /// How long the worker may stand still where it is.
    fn limit(&self) -> Duration {
        let pending = self
            .current()
            .and_then(|(seq, _)| self.ward.window.get(seq));
        let pending = pending.or_else(|| self.ward.window.first().map(|(_, pending)| pending));
        let deadline_ms = pending.map_or(0, |pending| pending.deadline_ms);
        limit(&self.executor.shared.config.patience, deadline_ms)
    }

    /// How long to wait before looking at the clock again.
    pub(super) fn timeout(&self, now: Instant) -> Option<Duration> {
        match self.ward.stage {
            Stage::Starting | Stage::Leaving => {
                Some(self.ward.until.saturating_duration_since(now))
            }
            Stage::Up if !self.is_busy() => None,
            Stage::Up => {
                // The ledger changes without waking anyone: look now and then, so
                // that it is known since when it has not.
                let limit = self.limit();
                let left = limit.saturating_sub(self.ward.watchdog.still(now));
                let usual = if self.is_soon_at_its_last() {
                    LOOK
                } else {
                    memory::LOOK
                };
                let look = left.min(limit / 8).min(usual);
                Some(look.max(Duration::from_millis(1)))
            }
        }
    }

    /// What shows that the worker gets on.
    fn mark(&self) -> Mark {
        let current = self.current();
        let prepares = matches!(current, Some((_, CaseState::Preparing)));
        let ledger = self.ward.link.ledger().filter(|_| prepares);
        Mark {
            current,
            building: ledger.and_then(|ledger| ledger.building()),
            answered: self.ward.answered,
        }
    }

    /// Judges whether the case at hand has taken too much memory. Looked at
    /// only when nothing has changed for a while: between cases the worker
    /// looks itself.
    fn check_memory(&self, now: Instant) -> Result<(), Death> {
        if self.ward.window.waiting() == 0 || self.ward.watchdog.still(now) < memory::LOOK {
            return Ok(());
        }
        let limit = self.executor.shared.config.setup.rss_hard_limit;
        self.ward.link.child.look();
        match self.ward.memory.resident() {
            Some(resident) if resident > limit => Err(Death::TooLarge { resident, limit }),
            _ => Ok(()),
        }
    }

    /// Judges whether the worker has taken too long for where it is.
    pub(super) fn check_time(&mut self, now: Instant) -> Result<(), Death> {
        match self.ward.stage {
            Stage::Starting if now >= self.ward.until => {
                let seconds = self.executor.shared.config.patience.start.as_secs_f32();
                Err(Death::Start(format!(
                    "it did not answer the greeting within {seconds} s"
                )))
            }
            Stage::Leaving if now >= self.ward.until => Err(Death::Stayed),
            Stage::Up => {
                let mark = self.mark();
                self.ward.watchdog.observe(mark, self.is_busy(), now);
                self.look_at_growth(now);
                self.check_memory(now)?;
                let stalled = self.ward.watchdog.still(now) >= self.limit();
                if self.is_busy() && (stalled || self.answers_nothing(now)) {
                    Err(Death::Stalled)
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }
}
