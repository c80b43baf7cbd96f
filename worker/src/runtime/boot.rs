//! How a guest comes up: its heap, its guard, its first checkpoint.

use super::layers::{Built, Layers};
use super::memory::{HAD_THREADS, capture};
use super::region::guarded;
use super::spare::Spare;
use super::{GuestRuntime, PREAMBLE_DEADLINE, STACK_BYTES};
use crate::WorkerError;
use crate::guests::GuestStatics;
use crate::injected::MissedPages;
use crate::process_state::ProcessState;
use rewind_checkpoint::{Checkpoint, Region, RegionKind, Tier, TierChoice, Writers};
use rewind_guard::{Departure, Guard, GuardOptions};
use rewind_guest::{CallHooks, Evaluation, Guest, GuestOptions, Host, Reach, ThreadHooks};
use rewind_heap::Heap;
use rewind_protocol::{Counters, PreambleId};
use rewind_sys::watch::{self, Touched};
use rewind_sys::{PageRun, modules, rseq, state, thread};
use std::sync::atomic::Ordering;

/// What a guest is brought up in.
pub(crate) struct Confinement<'a> {
    /// Most bytes that the guest heap may grow to.
    pub(crate) heap_cap: usize,
    /// Most layers besides the engine's.
    pub(crate) layer_limit: u32,
    pub(crate) choice: TierChoice,
    /// Pages of the executable that are the guest's.
    pub(crate) statics: &'a [GuestStatics],
    /// Pages that restores pass over on purpose.
    pub(crate) missed: MissedPages,
}

impl GuestRuntime {
    /// Boots `guest` and takes the first checkpoint.
    pub(crate) fn boot(
        mut guest: Box<dyn Guest>,
        options: &GuestOptions,
        confinement: Confinement<'_>,
    ) -> Result<Self, WorkerError> {
        let Confinement {
            heap_cap,
            layer_limit,
            choice,
            statics,
            missed,
        } = confinement;
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
        let mut process = ProcessState::install(description.reach, is_protected, &options.root)?;
        boot_guest(&mut guard, guest.as_mut(), host, options)?;
        // No case has said what the guest said while it booted.
        process.take_raw_output()?;
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
            process,
            limits: None,
            layers,
            counters,
            sample_at: 0,
            at,
            torn_at: None,
            missed,
            spare: Spare::up_to(usize::MAX, usize::MAX),
        })
    }

    /// Boots the engine once more, after [`GuestRuntime::dispose`] or where memory
    /// was put back to before the last one.
    pub(crate) fn boot_anew(&mut self, options: &GuestOptions) -> Result<(), WorkerError> {
        boot_guest(&mut self.guard, self.guest.as_mut(), self.host, options)?;
        self.process.take_raw_output().map(drop)
    }

    /// Gives the engine back; `false` where it can't be, because of what a case
    /// left in it.
    pub(crate) fn dispose(&mut self) -> Result<bool, WorkerError> {
        let guest = self.guest.as_mut();
        let ran = guarded(&mut self.guard, PREAMBLE_DEADLINE, || {
            guest.dispose();
            Evaluation::Completed
        })?;
        Ok(ran.departure == Departure::Returned)
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
