//! The guest with everything that keeps it in: heap, guard, checkpoint, descriptors.
//!
//! This is where guest code runs. Between [`Chamber::guarded`] and the restore
//! that follows, guest memory may be torn in any way; nothing of the host's
//! lies in it.

mod distrust;
mod ready;
mod region;
mod renewed;
mod spare;

use crate::WorkerError;
use crate::captured;
use crate::error::Leave;
use crate::kernel::Kernel;
use crate::layers::{Built, Layers};
use crate::leak::{self, PageLeak};
use crate::limits::Limits;
use region::{Ran, guarded};
use renewed::Renewal;
use rewind_checkpoint::{
    Checkpoint, LayerId, Region, RegionKind, Restored, Tier, TierChoice, Writers,
};
use rewind_guard::{Departure, Guard, GuardOptions};
use rewind_guest::{
    CallHooks, CaseInput, Description, Evaluation, Guest, GuestOptions, Host, Phase, Reach,
    ThreadHooks,
};
use rewind_heap::{Heap, State};
use rewind_protocol::{
    Counters, ErrorPhase, Nanos, Outcome, Preamble, PreambleId, RetireReason, Run,
};
use rewind_sys::timer::monotonic_ns;
use rewind_sys::watch::{self, Touched};
use rewind_sys::{PageRun, modules, rseq, state, thread};
use spare::{FREE_SHARE, KEEP_BYTES, SLACK, Spare};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Stack that guest code gets, in bytes.
const STACK_BYTES: usize = 4 << 20;
/// Restores from one that is verified to the next, where a sample was asked for.
const VERIFY_EVERY: u64 = 1024;
/// Longest that booting or a preamble may take.
/// Short enough that with a case's own deadline behind it, the parent's
/// patience (15 s without progress) is not used up.
const PREAMBLE_DEADLINE: Duration = Duration::from_secs(4);
/// The guest has had threads since the last restore.
static HAD_THREADS: AtomicBool = AtomicBool::new(false);

/// Pages of the executable that hold variables of a guest linked into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestStatics {
    /// Address of the first page.
    pub start: usize,
    /// Address behind the last.
    pub end: usize,
}

/// A guest in its confinement.
pub(crate) struct Chamber {
    guest: Box<dyn Guest>,
    pub(crate) description: Description,
    pub(crate) host: &'static Host,
    heap: &'static Heap,
    guard: Guard,
    checkpoint: Checkpoint,
    pub(crate) kernel: Kernel,
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
    /// Restores pass one page over, on purpose.
    passes_over: bool,
    /// Makes an engine for each case instead, where that was asked for.
    renewal: Option<Renewal>,
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

impl Chamber {
    /// Boots `guest` and takes the first checkpoint.
    pub(crate) fn boot(
        mut guest: Box<dyn Guest>,
        options: &GuestOptions,
        heap_cap: usize,
        layer_limit: u32,
        choice: TierChoice,
        statics: &[GuestStatics],
    ) -> Result<Self, WorkerError> {
        let heap = rewind_heap::init(heap_cap)?;
        let mut guard = Guard::install(GuardOptions {
            stack_bytes: STACK_BYTES,
        })?;
        if let Some(hook) = choice.write_hook() {
            rewind_guard::set_write_hook(hook);
        }
        let host: &'static Host = Box::leak(Box::default());
        host.set_thread_hooks(ThreadHooks {
            first: || {
                HAD_THREADS.store(true, Ordering::Relaxed);
                rewind_heap::set_threaded(true);
            },
            last: || rewind_heap::set_threaded(false),
        });
        host.set_call_hooks(CallHooks {
            before: || watch::pause_for(Touched::DESCRIPTORS),
            after: watch::resume_as,
        });
        let description = guest.describe();
        let is_protected = choice.tier == Tier::Mprotect;
        let mut kernel = Kernel::install(description.reach, is_protected, &options.root)?;
        boot_guest(&mut guard, guest.as_mut(), host, options)?;
        // No case has said what the guest said while it booted.
        kernel.take_raw_output()?;
        let mut checkpoint = new_checkpoint(choice, heap, statics, description.reach)?;
        let (layer, state) = capture(&mut checkpoint, heap)?;
        let engine = Built::Layer { layer, heap: state };
        let layers = Layers::new(layer_limit, engine);
        let counters = Counters {
            layers_built: 1,
            ..Counters::default()
        };
        let at = PreambleId::ENGINE;
        Ok(Self {
            guest,
            description,
            host,
            heap,
            guard,
            checkpoint,
            kernel,
            limits: None,
            layers,
            counters,
            sample_at: 0,
            at,
            torn_at: None,
            passes_over: false,
            renewal: None,
            spare: Spare::up_to(usize::MAX),
        })
    }

    /// From now on keeps at most so many bytes that cases have used for others to come.
    pub(crate) fn keep_at_most(&mut self, bytes: usize) {
        self.spare = Spare::up_to(bytes);
        self.heap.keep_free(bytes / FREE_SHARE);
    }

    /// From now on restores have this leak, if it is one of theirs.
    pub(crate) fn set_leak(&mut self, leak: Option<PageLeak>) {
        self.passes_over = leak == Some(PageLeak::Missed);
    }

    /// The tier in use and why.
    pub(crate) fn tier(&self) -> &TierChoice {
        self.checkpoint.choice()
    }

    /// From now on cases run within these limits.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.limits = (self.description.reach == Reach::Process).then_some(limits);
    }

    pub(crate) fn declare(&mut self, preamble: Preamble) {
        self.layers.declare(preamble);
    }

    /// Runs a case on its layer. The guest is left as the case left it.
    pub(crate) fn run(&mut self, run: &Run) -> Result<Ended, WorkerError> {
        let stands = match self.renewal {
            Some(_) => self.renew(run.preamble)?,
            None => self.go_to(run.preamble)?,
        };
        if let Some(outcome) = stands {
            self.counters.cases += 1;
            return Ok(Ended {
                outcome,
                orderly: true,
                has_written: false,
                unwritten: 0,
                recovery: None,
            });
        }
        let input = CaseInput {
            path: &run.path,
            source: &run.source,
            variant: run.variant,
            attributes: run.attributes,
        };
        let deadline = Duration::from_millis(u64::from(run.deadline_ms.max(1)));
        let (guest, host) = (self.guest.as_ref(), self.host);
        self.kernel.before(self.heap)?;
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
            self.kernel.after(self.heap, &self.guard)?;
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
        self.kernel.become_a_fork();
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
        self.kernel.take_output(&self.guard)
    }

    /// The same of a fork that ended without an answer.
    pub(crate) fn take_raw_output(&mut self) -> Result<Vec<u8>, WorkerError> {
        self.kernel.take_raw_output()
    }

    /// Highest extent of the guest heap in the case, in bytes above its checkpoint.
    pub(crate) fn heap_peak(&self) -> u64 {
        self.heap.peak_bytes() as u64
    }

    /// Puts the guest back, to the layer of `next` if that stands, else to the one it is at.
    ///
    /// `Err` with a reason where that can't be done in place.
    pub(crate) fn put_back(
        &mut self,
        ended: &Ended,
        next: Option<PreambleId>,
    ) -> Result<Result<Restored, Leave>, WorkerError> {
        if let Err(leave) = self.is_alone() {
            return Ok(Err(leave));
        }
        rewind_heap::set_threaded(false);
        if !ended.orderly {
            self.checkpoint.doubt();
        }
        if !ended.orderly || self.description.reach == Reach::Process {
            let put_back = self.kernel.put_back(&self.guard)?;
            if let Err(leave) = put_back {
                return Ok(Err(leave));
            }
            if self.description.reach == Reach::Process {
                self.distrust()?;
            }
        }
        let stands = next.filter(|id| matches!(self.layers.peek(*id), Some(Built::Layer { .. })));
        let used = self.heap.peak_bytes();
        let restored = match self.restore(stands.unwrap_or(self.at)) {
            Err(WorkerError::Checkpoint(error)) if self.description.reach == Reach::Process => {
                // The guest's pages are no longer those that were tracked.
                let detail = format!("mappings: failed to {error}");
                return Ok(Err(Leave::new(RetireReason::Unrestorable, detail)));
            }
            restored => restored?,
        };
        self.keep_spare(used);
        Ok(Ok(restored))
    }

    /// Keeps what recent cases used, the last one `used` bytes, and no more.
    fn keep_spare(&mut self, used: usize) {
        if let Some(keep) = self.spare.case_used(used)
            && self.heap.spare_bytes() > keep.saturating_add(SLACK)
        {
            self.heap.trim(keep);
        }
        if used > KEEP_BYTES + SLACK {
            self.heap.offer(KEEP_BYTES);
        }
    }

    /// Gives all memory back that no layer and no case needs.
    pub(crate) fn give_back(&mut self) {
        self.heap.trim(0);
        self.guard.give_back();
        rewind_heap::family::give_host_memory_back();
    }

    /// Compares all of the guest's memory with the checkpoint.
    pub(crate) fn verify(&mut self) -> Result<Result<(), Leave>, WorkerError> {
        let began = monotonic_ns();
        let mismatches = self.checkpoint.verify(4)?;
        self.counters.verifications += 1;
        self.counters.verify_ns += monotonic_ns().saturating_sub(began);
        if mismatches.is_empty() {
            return Ok(Ok(()));
        }
        let places: Vec<_> = mismatches.iter().map(ToString::to_string).collect();
        let detail = format!("after a restore these differ: {}", places.join(", "));
        Ok(Err(Leave::new(RetireReason::VerificationFailed, detail)))
    }

    /// As [`Chamber::verify`], after the first restore and one in [`VERIFY_EVERY`].
    pub(crate) fn verify_by_sample(&mut self) -> Result<Result<(), Leave>, WorkerError> {
        if self.counters.restores < self.sample_at {
            return Ok(Ok(()));
        }
        self.sample_at = self.counters.restores + VERIFY_EVERY;
        self.verify()
    }

    fn restore(&mut self, target: PreambleId) -> Result<Restored, WorkerError> {
        let Some(Built::Layer { layer, heap }) = self.layers.get(target) else {
            return Err(WorkerError::Boot(
                "the layer to go back to is gone".to_owned(),
            ));
        };
        self.heap.put_back(heap);
        let restored = if self.passes_over {
            leak::pass_over(|| restore_layer(&mut self.checkpoint, *layer))?
        } else {
            restore_layer(&mut self.checkpoint, *layer)?
        };
        if let Some(renewal) = &mut self.renewal {
            renewal.is_gone();
        }
        self.at = target;
        self.counters.restores += 1;
        self.counters.pages_restored += u64::from(restored.dirty_pages + restored.switched_pages);
        Ok(restored)
    }

    /// Makes memory stand at the layer of `id`, building what is missing.
    /// `Some` outcome where the preamble itself failed.
    pub(crate) fn go_to(&mut self, id: PreambleId) -> Result<Option<Outcome>, WorkerError> {
        if self.at == id {
            return Ok(None);
        }
        let Some(missing) = self.layers.missing(id) else {
            let reason = format!("preamble {} was never sent", id.0);
            return Ok(Some(Outcome::Lost { reason }));
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
        self.kernel.take_raw_output()?;
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
        let (guest, host) = (self.guest.as_ref(), self.host);
        let ran = guarded(&mut self.guard, PREAMBLE_DEADLINE, || {
            guest.preamble(host, &preamble.sources)
        })?;
        let outcome = self.outcome_of_preamble(&ran)?;
        if outcome == Outcome::Completed {
            let (layer, heap) = capture(&mut self.checkpoint, self.heap)?;
            self.layers
                .insert(preamble.id, Built::Layer { layer, heap });
            self.at = preamble.id;
            if self.description.reach == Reach::Process {
                self.kernel.record()?;
            }
        } else {
            if ran.torn_at.is_some() || self.description.reach == Reach::Process {
                self.kernel.abandon(&self.guard)?;
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

fn boot_guest(
    guard: &mut Guard,
    guest: &mut dyn Guest,
    host: &'static Host,
    options: &GuestOptions,
) -> Result<(), WorkerError> {
    let mut result = Ok(());
    let ran = guarded(guard, PREAMBLE_DEADLINE, || {
        result = guest.boot(host, options);
        Evaluation::Completed
    })?;
    match (ran.departure, result) {
        (Departure::Returned, Ok(())) => Ok(()),
        (Departure::Returned, Err(error)) => Err(WorkerError::Boot(error.to_string())),
        (other, _) => Err(WorkerError::Boot(format!("it ended by {other:?}"))),
    }
}

fn new_checkpoint(
    choice: TierChoice,
    heap: &Heap,
    statics: &[GuestStatics],
    reach: Reach,
) -> Result<Checkpoint, WorkerError> {
    let mut regions = Region::libraries();
    regions.extend(
        statics
            .iter()
            .filter(|pages| pages.start < pages.end)
            .map(|pages| Region {
                name: "guest statics".to_owned(),
                pages: PageRun::new(pages.start, pages.end),
                kind: RegionKind::Data,
            }),
    );
    regions.push(Region::heap(heap.range()));
    let tls = modules::tls_blocks()
        .into_iter()
        .map(|block| (block.start, block.len))
        .chain(state::key_values())
        .chain([thread::control_block()])
        .chain(rseq::area())
        .chain(state::argument_block())
        .collect();
    let writers = match reach {
        Reach::Memory => Writers::ThisThread,
        // It could share its memory with another process.
        Reach::Process => Writers::Anybody,
    };
    #[expect(
        unsafe_code,
        reason = "a checkpoint overwrites memory behind the compiler's back"
    )]
    // SAFETY: nothing here is ever unmapped, and none of it is the host's between checkpoint
    // and restore: its heap is jemalloc's, its variables are the executable's own, which has
    // the guest's alone in `statics`, and in libraries and their thread-local blocks it has none.
    let checkpoint = unsafe { Checkpoint::new(choice, regions, tls, writers) };
    Ok(checkpoint?)
}

fn capture(checkpoint: &mut Checkpoint, heap: &Heap) -> Result<(LayerId, Box<State>), WorkerError> {
    heap.seal();
    heed_threads(checkpoint);
    let layer = checkpoint.capture(heap.sealed().pages())?;
    Ok((layer, Box::new(heap.snapshot())))
}

fn restore_layer(checkpoint: &mut Checkpoint, layer: LayerId) -> Result<Restored, WorkerError> {
    heed_threads(checkpoint);
    #[expect(
        unsafe_code,
        reason = "a restore overwrites memory behind the compiler's back"
    )]
    // SAFETY: called between guarded regions, so the guest isn't running; a
    // worker whose guest has threads left retires before it comes here.
    let restored = unsafe { checkpoint.restore(layer) };
    Ok(restored?)
}

/// What other threads wrote shows in no page fault of this one.
fn heed_threads(checkpoint: &mut Checkpoint) {
    if HAD_THREADS.swap(false, Ordering::Relaxed) {
        checkpoint.doubt();
    }
}
