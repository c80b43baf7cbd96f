//! How long a worker may take for what it is at.

use super::{Life, Stage};
use crate::event::{Death, Running};
use crate::executor::memory;
use crate::executor::rest::Look;
use crate::executor::watchdog::limit;
use rewind_protocol::{CaseState, Seq};
use std::time::{Duration, Instant};

impl Life<'_, '_> {
    /// What the worker is at, if it was asked for that.
    pub(super) fn running(&mut self, now: Instant) -> Option<Running> {
        let child = &self.link.child;
        let look = child.cpu_time().map(|cpu| Look {
            at: now,
            cpu,
            waits: child.is_waiting(),
        });
        let asleep = self.rest.look(look);
        let (seq, state) = self.current()?;
        let pending = self.window.get(seq).filter(|_| state != CaseState::Idle)?;
        let worker = self.executor.worker;
        Some(Running {
            worker,
            case: pending.ticket.case,
            since: self.watchdog.still(now),
            asleep,
        })
    }

    /// Which case the worker is at, and how far: by its ledger, or else by what it said.
    pub(super) fn current(&self) -> Option<(Seq, CaseState)> {
        let ledger = self.link.ledger();
        ledger.and_then(|ledger| ledger.current()).or(self.said)
    }

    /// How long the worker may stand still where it is.
    fn limit(&self) -> Duration {
        let pending = self.current().and_then(|(seq, _)| self.window.get(seq));
        let pending = pending.or_else(|| self.window.first().map(|(_, pending)| pending));
        let deadline_ms = pending.map_or(0, |pending| pending.deadline_ms);
        limit(&self.executor.shared.config.patience, deadline_ms)
    }

    /// How long to wait before looking at the clock again.
    pub(super) fn timeout(&self, now: Instant) -> Option<Duration> {
        match self.stage {
            Stage::Starting | Stage::Leaving => Some(self.until.saturating_duration_since(now)),
            Stage::Up if self.window.waiting() == 0 => None,
            Stage::Up => {
                // The ledger changes without waking anyone: look now and then, so
                // that it is known since when it has not.
                let limit = self.limit();
                let left = limit.saturating_sub(self.watchdog.still(now));
                let look = left.min(limit / 8).min(memory::LOOK);
                Some(look.max(Duration::from_millis(1)))
            }
        }
    }

    /// Judges whether the case at hand has taken too much memory. Looked at
    /// only when nothing has changed for a while: between cases the worker
    /// looks itself.
    fn check_memory(&self, now: Instant) -> Result<(), Death> {
        if self.window.waiting() == 0 || self.watchdog.still(now) < memory::LOOK {
            return Ok(());
        }
        let limit = self.executor.shared.config.setup.rss_hard_limit;
        match self.memory.resident() {
            Some(resident) if resident > limit => Err(Death::TooLarge { resident, limit }),
            _ => Ok(()),
        }
    }

    /// Judges whether the worker has taken too long for where it is.
    pub(super) fn check_time(&mut self, now: Instant) -> Result<(), Death> {
        match self.stage {
            Stage::Starting if now >= self.until => {
                let seconds = self.executor.shared.config.patience.start.as_secs_f32();
                Err(Death::Start(format!(
                    "it did not answer the greeting within {seconds} s"
                )))
            }
            Stage::Leaving if now >= self.until => Err(Death::Stayed),
            Stage::Up => {
                let ledger = self.link.ledger();
                let committed = ledger.map_or(0, |ledger| ledger.committed());
                let mark = (self.current(), committed, self.talk.received());
                self.watchdog.observe(mark, self.window.waiting() > 0, now);
                self.look_at_growth(now);
                self.check_memory(now)?;
                let stalled = self.watchdog.still(now) >= self.limit();
                if stalled && self.window.waiting() > 0 {
                    Err(Death::Stalled)
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }
}
