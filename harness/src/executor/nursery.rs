//! Where spares come from: one place for all executors, with threads of its own.
//!
//! ```text
//!             foresee, lost one            raise
//! executors ──────────────────► wanted ──────────► ready ──► take ──► executor
//!                                   one for each foreseen end, and one to keep
//!                                   at hand once a worker has ended unforeseen
//! ```
//!
//! A run whose workers live to its end raises none. One whose workers reach a
//! limit raises each successor shortly before, so that no more memory is held
//! than has to be. One whose workers die keeps a single spare for all slots,
//! for it can't be known which is next.
//!
//! A spare that does not come up is no reason to end a run: after a few, no
//! more are raised, and the executors start their workers themselves.

use super::sapling::{Spare, raise};
use super::{Shared, folder};
use crate::recycling::Recycling;
use rewind_sys::SysError;
use rewind_sys::pipe::Wake;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Spares that may fail to come up.
const FAILURES: u64 = 3;
/// How often an executor that waits for a spare looks whether the run ends.
const LOOK: Duration = Duration::from_millis(20);
/// Times that a spare takes to come up, by which it is asked for beforehand.
const LEADS: u32 = 4;
/// The same at least, and before one has come up: a worker is up in some 20 ms,
/// and two hold no memory for long.
const LEAST_LEAD: Duration = Duration::from_millis(250);
/// And at most.
const MOST_LEAD: Duration = Duration::from_secs(4);
/// Most used preambles of the plan that a spare is warmed for.
const POPULAR: usize = 6;
/// Slots that one nurse raises spares for.
pub(crate) const SLOTS_PER_NURSE: usize = 8;

#[derive(Default)]
struct State {
    /// Ends of workers that are foreseen.
    foreseen: usize,
    /// A worker has ended unforeseen.
    keep: bool,
    /// Spares that are being raised.
    raising: usize,
    ready: Vec<Spare>,
    /// Preambles that the slot needs which asked last.
    preambles: Vec<u32>,
    /// Of the slots that have foreseen to need a spare: raised when one is ready.
    awaited: Vec<Arc<Wake>>,
    closed: bool,
    figures: Recycling,
}

impl State {
    fn wants_more(&self) -> bool {
        let wanted = self.foreseen + usize::from(self.keep);
        self.may_raise() && self.ready.len() + self.raising < wanted
    }

    fn may_raise(&self) -> bool {
        !self.closed && self.figures.spares_failed < FAILURES
    }
}

/// The spares of a run.
pub(crate) struct Nursery {
    state: Mutex<State>,
    changed: Condvar,
    wakes: Vec<Wake>,
    /// The longest that it took a spare to be warm, in ms.
    took_ms: AtomicU64,
    popular: OnceLock<Vec<u32>>,
}

impl Nursery {
    /// One for so many slots.
    pub(crate) fn new(slots: usize) -> Result<Self, SysError> {
        let nurses = slots.div_ceil(SLOTS_PER_NURSE);
        Ok(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            wakes: (0..nurses).map(|_| Wake::new()).collect::<Result<_, _>>()?,
            took_ms: AtomicU64::new(0),
            popular: OnceLock::new(),
        })
    }

    /// Numbers of the nurses, each of which is to be served by a thread.
    pub(crate) fn nurses(&self) -> std::ops::Range<usize> {
        0..self.wakes.len()
    }

    /// Raises spares as they are wanted, until the nursery is closed.
    pub(crate) fn serve(&self, nurse: usize, shared: Shared<'_>) {
        let Some(wake) = self.wakes.get(nurse) else {
            return;
        };
        if nurse == 0 {
            folder::sweep(&shared.config.command);
        }
        let mut state = self.lock();
        loop {
            if state.closed {
                break;
            }
            if !state.wants_more() {
                state = self.wait(state);
                continue;
            }
            state.raising += 1;
            state.figures.spares_started += 1;
            let mut preambles = state.preambles.clone();
            drop(state);
            preambles.extend(self.popular(shared));
            let started = Instant::now();
            let raised = raise(shared, &preambles, wake, || !self.lock().closed);
            let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.took_ms.fetch_max(took, Ordering::Relaxed);
            let failed = raised.is_err();
            let over = match raised {
                Ok(spare) => self.admit(spare),
                Err(spare) => spare.map(|spare| *spare),
            };
            let ended = over.and_then(|spare| spare.end(shared));
            state = self.lock();
            state.raising -= usize::from(failed);
            state.figures.spares_failed += u64::from(failed && !state.closed);
            state.figures.unused_cpu += ended.map(|ended| ended.cpu).unwrap_or_default();
            self.changed.notify_all();
        }
        let left = std::mem::take(&mut state.ready);
        drop(state);
        for spare in left {
            let ended = spare.end(shared);
            self.lock().figures.unused_cpu += ended.map(|ended| ended.cpu).unwrap_or_default();
        }
    }

    /// Takes a spare that is warm in; gives it back if nobody will need it.
    fn admit(&self, spare: Spare) -> Option<Spare> {
        let mut state = self.lock();
        state.raising -= 1;
        if state.closed {
            return Some(spare);
        }
        state.ready.push(spare);
        for wake in state.awaited.drain(..) {
            wake.raise();
        }
        self.changed.notify_all();
        None
    }

    /// A slot's worker will be replaced soon, by one that needs these preambles.
    /// The slot is woken when a spare is ready.
    pub(super) fn foresee(&self, preambles: Vec<u32>, wake: Arc<Wake>) {
        let mut state = self.lock();
        state.foreseen += 1;
        state.awaited.push(wake);
        state.preambles = preambles;
        self.changed.notify_all();
    }

    /// So long before a worker's end a spare is to be asked for: several times
    /// what one takes to come up on this machine, as busy as it is.
    pub(super) fn lead(&self) -> Duration {
        let took = Duration::from_millis(self.took_ms.load(Ordering::Relaxed));
        took.saturating_mul(LEADS).clamp(LEAST_LEAD, MOST_LEAD)
    }

    /// A slot's worker has ended, and nobody knew: keep one at hand from now on.
    pub(super) fn lost_one(&self, preambles: Vec<u32>) {
        let mut state = self.lock();
        state.keep = true;
        state.preambles = preambles;
        self.changed.notify_all();
    }

    /// A spare, if there is one or one is on its way. `foreseen` says that this
    /// slot had foreseen to need one; `give_up` is asked while waiting.
    pub(super) fn take(&self, foreseen: bool, mut give_up: impl FnMut() -> bool) -> Option<Spare> {
        let mut state = self.lock();
        let taken = loop {
            let taken = self.pop(&mut state);
            let comes = state.raising > 0 || state.wants_more();
            if taken.is_some() || state.closed || !comes || give_up() {
                break taken;
            }
            let waited = self.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        state.foreseen -= usize::from(foreseen).min(state.foreseen);
        self.changed.notify_all();
        taken
    }

    /// A spare that is ready, for a slot that has foreseen to need one.
    pub(super) fn take_ready(&self) -> Option<Spare> {
        let mut state = self.lock();
        let spare = self.pop(&mut state)?;
        state.foreseen = state.foreseen.saturating_sub(1);
        self.changed.notify_all();
        Some(spare)
    }

    /// The spare that came up last and hasn't ended since.
    fn pop(&self, state: &mut State) -> Option<Spare> {
        while let Some(spare) = state.ready.pop() {
            if !spare.has_ended() {
                state.figures.spares_used += 1;
                return Some(spare);
            }
            state.figures.spares_failed += 1;
            // Another may be wanted in its place: the nurses must know.
            self.changed.notify_all();
        }
        None
    }

    /// Nothing will be needed any more: what is being raised is ended.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        // Before the nurses go, and those that they started with them.
        let ended = state.ready.iter().filter(|spare| spare.has_ended());
        let ended = ended.count() as u64;
        state.figures.spares_failed += ended;
        drop(state);
        self.changed.notify_all();
        for wake in &self.wakes {
            wake.raise();
        }
    }

    /// What spares there were; of meaning when all nurses have gone.
    pub(crate) fn figures(&self) -> Recycling {
        self.lock().figures.clone()
    }

    /// The preambles that most cases need, most used first.
    fn popular(&self, shared: Shared<'_>) -> &[u32] {
        let popular = || shared.workload.popular_preambles(POPULAR);
        self.popular.get_or_init(popular)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds it can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Nursery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nursery").finish_non_exhaustive()
    }
}

/// Closes the nursery when it goes, also when a panic passes by.
pub(crate) struct Closing<'n>(pub(crate) &'n Nursery);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
