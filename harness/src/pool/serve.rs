//! The pool's thread: the run that its requests are the cases of.

use super::requests::Requests;
use super::{PoolEvent, Settled};
use crate::config::RunConfig;
use crate::error::HarnessError;
use crate::event::Event;
use crate::job::Job;
use crate::queue::Queue;
use crate::roll::Roll;
use crate::run::run_job;
use crate::source::Preambles;
use crate::stop::{Stop, StopFlag};
use crate::ticket::Command;
use crate::totals::RunTotals;
use crossbeam_channel::Receiver;
use rewind_protocol::Outcome;
use std::sync::Arc;

/// What the pool and its thread have in common.
pub(super) struct Served {
    pub(super) config: RunConfig,
    pub(super) requests: Arc<Requests>,
    pub(super) preambles: Arc<Preambles>,
    pub(super) stop: StopFlag,
}

impl Served {
    /// Runs requests until the pool is closed and all are settled.
    pub(super) fn serve(self, commands: Receiver<Command>) -> Result<RunTotals, HarnessError> {
        let closing = Closing(&self.requests);
        let job = Job {
            workload: &*self.requests,
            preambles: &self.preambles,
            config: &self.config,
            regular: self.config.workers.max(1),
            stand_ins: self.config.stand_ins,
            queue: Queue::new(&*self.requests, self.config.limits),
            roll: Roll::new(0),
            commands: Some(commands),
        };
        let ran = run_job(job, &self.stop, &mut |event| self.take(event));
        let asked_for = self.stop.level() > Stop::No;
        closing.end(&ran, asked_for);
        ran
    }

    fn take(&self, event: Event) {
        match event {
            Event::Answered {
                case,
                attempt,
                worker,
                finished,
            } => {
                let is_lost = matches!(finished.outcome, Outcome::Lost { .. });
                if is_lost && attempt == 1 && self.config.retry_lost {
                    return;
                }
                let settled = Settled::Finished {
                    finished,
                    worker,
                    attempt,
                };
                self.requests.settle(case, settled);
            }
            Event::Unreadable { case, error } => {
                self.requests.settle(case, Settled::Unreadable(error));
            }
            Event::Withdrawn { case } => self.requests.settle(case, Settled::Cancelled),
            Event::WorkerReady { worker, reply } => {
                self.requests.tell(PoolEvent::WorkerReady { worker, reply });
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } => self
                .requests
                .tell(PoolEvent::WorkerRetired { worker, retiring }),
            Event::WorkerDied {
                worker,
                death,
                stderr_tail,
                ..
            } => self.requests.tell(PoolEvent::WorkerDied {
                worker,
                death,
                stderr_tail,
            }),
            Event::Diagnostic { worker, text } => {
                self.requests.tell(PoolEvent::Diagnostic { worker, text });
            }
            Event::Tick { .. } => {}
        }
    }
}

/// Sees to it that nobody waits for a reply for ever, also if the run panics.
struct Closing<'r>(&'r Requests);

impl Closing<'_> {
    fn end(self, ran: &Result<RunTotals, HarnessError>, asked_for: bool) {
        let why = match ran {
            Err(error) => format!("failed to {error}"),
            Ok(_) => "it was shut down, or no worker is left".to_owned(),
        };
        let why: Arc<str> = why.into();
        let settled = if asked_for {
            Settled::Cancelled
        } else {
            Settled::NotRun(Arc::clone(&why))
        };
        self.0.end(&why, &settled);
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let why: Arc<str> = "its thread has panicked".into();
        self.0.end(&why, &Settled::NotRun(Arc::clone(&why)));
    }
}
