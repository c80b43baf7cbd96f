//! The guest with everything that keeps it in: heap, guard, checkpoint, descriptors.
//!
//! This is where guest code runs. Between a guarded region and the restore
//! that follows, guest memory may be torn in any way; nothing of the host's
//! lies in it.

mod boot;
mod distrust;
mod layers;
mod memory;
mod preambles;
mod region;
mod spare;

pub(crate) use boot::Confinement;
pub(crate) use preambles::never_sent;

use crate::WorkerError;
use crate::captured;
use crate::error::RetireRequest;
use crate::injected::MissedPages;
use crate::limits::Limits;
use crate::process_state::ProcessState;
use layers::Layers;
use region::guarded;
use rewind_checkpoint::{Checkpoint, TierChoice};
use rewind_guard::Guard;
use rewind_guest::{CaseInput, Description, Guest, Host, Phase, Reach};
use rewind_heap::Heap;
use rewind_protocol::{Counters, Nanos, Outcome, PreambleId, RetireReason, Run};
use rewind_sys::timer::monotonic_ns;
use spare::Spare;
use std::time::Duration;

/// Stack that guest code gets, in bytes.
const STACK_BYTES: usize = 4 << 20;
/// Longest that booting or a preamble may take.
/// Short enough that with a case's own deadline behind it, the parent's
/// timeout (15 s without progress) isn't reached.
const PREAMBLE_DEADLINE: Duration = Duration::from_secs(4);

/// A guest in its confinement.
pub(crate) struct GuestRuntime {
    guest: Box<dyn Guest>,
    pub(crate) description: Description,
    pub(crate) host: &'static Host,
    heap: &'static Heap,
    guard: Guard,
    checkpoint: Checkpoint,
    pub(crate) process: ProcessState,
    /// Only for guests that reach the process.
    limits: Option<Limits>,
    layers: Layers,
    pub(crate) counters: Counters,
    /// Number of restores from which on one is due to be verified, by sample.
    /// A threshold, for restores that build or switch layers are counted too.
    sample_at: u64,
    /// Where the guest's memory is, but for what was written since.
    at: PreambleId,
    /// Monotonic ns at which the last case was torn from the guest, if it was.
    torn_at: Option<u64>,
    missed: MissedPages,
    /// What is kept of the memory that cases used.
    spare: Spare,
}

/// How a case ended and what it cost.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// The guest ended the case by itself, so nothing was torn.
    pub(crate) orderly: bool,
    /// Text that it left in C's streams was written to descriptors 1 and 2.
    pub(crate) has_written: bool,
    /// Bytes of such text that could not be.
    pub(crate) unwritten: u64,
    /// From the moment the case before was torn from the guest to this one's start.
    pub(crate) recovery: Option<Nanos>,
}

impl GuestRuntime {
    /// From now on keeps at most so many bytes that cases have used for others to come.
    pub(crate) fn keep_at_most(&mut self, bytes: usize) {
        self.spare = Spare::up_to(bytes, self.heap.capacity());
        self.heap.keep_free(self.spare.free_beside(0));
    }

    /// The tier in use and why.
    pub(crate) fn tier(&self) -> &TierChoice {
        self.checkpoint.choice()
    }

    /// From now on cases run within these limits.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.limits = (self.description.reach == Reach::Process).then_some(limits);
    }

    /// A case that wasn't run, because of what it would have run on.
    pub(crate) fn not_run(&mut self, outcome: Outcome) -> Ended {
        self.counters.cases += 1;
        Ended {
            outcome,
            orderly: true,
            has_written: false,
            unwritten: 0,
            recovery: None,
        }
    }

    /// Runs a case where memory stands. The guest is left as the case left it.
    pub(crate) fn run(&mut self, run: &Run) -> Result<Ended, WorkerError> {
        let input = CaseInput {
            path: &run.path,
            source: &run.source,
            variant: run.variant,
            attributes: run.attributes,
        };
        let deadline = Duration::from_millis(u64::from(run.deadline_ms.max(1)));
        let (guest, host) = (self.guest.as_ref(), self.host);
        self.process.before(self.heap)?;
        let recovery = self
            .torn_at
            .take()
            .map(|at| Nanos(monotonic_ns().saturating_sub(at)));
        if let Some(limits) = &mut self.limits {
            limits.before(self.counters.cases, self.counters.layers_built)?;
        }
        let ran = guarded(&mut self.guard, deadline, || guest.run(host, &input))?;
        if let Some(limits) = &self.limits {
            limits.after();
        }
        if self.description.reach == Reach::Process {
            self.guard.put_thread_back();
            host.enter(Phase::Restore);
            self.process.after(self.heap, &self.guard)?;
        }
        self.torn_at = ran.torn_at;
        let (departure, evaluation) = ran.end_of_body();
        let outcome = captured::outcome(departure, evaluation, host);
        self.count(&outcome);
        Ok(Ended {
            outcome,
            orderly: ran.torn_at.is_none(),
            has_written: ran.has_written,
            unwritten: ran.unwritten,
            recovery,
        })
    }

    /// The worker has nothing to do: what follows is no recovery.
    pub(crate) fn rests(&mut self) {
        self.torn_at = None;
    }

    /// No fork will ever put its memory back: the images stay here.
    pub(crate) fn keep_images_from_forks(&self) -> Result<(), WorkerError> {
        Ok(self.checkpoint.keep_images_from_forks()?)
    }

    /// To be called first thing in a fork: what a fork doesn't inherit is made anew.
    pub(crate) fn become_a_fork(&mut self) -> Result<(), WorkerError> {
        self.process.become_a_fork();
        Ok(self.guard.renew_timer()?)
    }

    /// Counts a case that ended so.
    pub(crate) fn count(&mut self, outcome: &Outcome) {
        self.counters.cases += 1;
        self.count_end(outcome);
    }

    fn count_end(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Crashed(_) => self.counters.crashes += 1,
            Outcome::TimedOut(_) => self.counters.timeouts += 1,
            _ => {}
        }
    }

    /// Text that the case wrote to descriptors 1 and 2 by itself.
    pub(crate) fn take_output(&mut self, ended: &Ended) -> Result<Vec<u8>, WorkerError> {
        let is_silent = ended.orderly && !ended.has_written;
        if is_silent && self.description.reach == Reach::Memory {
            return Ok(Vec::new());
        }
        self.process.take_output(&self.guard)
    }

    /// The same of a fork that ended without an answer.
    pub(crate) fn take_raw_output(&mut self) -> Result<Vec<u8>, WorkerError> {
        self.process.take_raw_output()
    }

    /// Highest extent of the guest heap in the case, in bytes above its checkpoint.
    pub(crate) fn heap_peak(&self) -> u64 {
        self.heap.peak_bytes() as u64
    }

    /// No thread of the guest is left; else why the worker has to leave.
    pub(crate) fn is_alone(&self) -> Result<(), RetireRequest> {
        match self.host.threads() {
            0 => Ok(()),
            threads => {
                let detail = format!("{threads} threads of the guest did not end");
                Err(RetireRequest::new(RetireReason::ThreadsLeft, detail))
            }
        }
    }

    /// Ends the process, everything being said: threads of the guest are left,
    /// and what goes with the runtime must not be torn from under them.
    pub(crate) fn end_among_threads(&mut self) -> ! {
        self.process.remove_folders();
        rewind_sys::signal::exit_now(0)
    }
}
