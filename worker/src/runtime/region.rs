//! Guest code in a guarded region, and the text that it leaves in C's streams.
//!
//! A restore takes back what lies in the streams' buffers, so it is written out
//! before, to where the case's own writes went. Guest code may have damaged the
//! streams, so they are touched in a region alone:
//!
//! ```text
//!   region ─► body ─┬─ returns ─► held back? write it out ─► end
//!                   └─ is torn ─► a second region: held back? write it out ─► end
//! ```
//!
//! What happens as text is written out is no outcome of the body's: that has ended.

use crate::WorkerError;
use rewind_guard::{Departure, Guard};
use rewind_guest::Evaluation;
use rewind_sys::stdio;
use std::cell::Cell;
use std::time::Duration;

/// Longest that writing out may take where the body was torn.
const WRITE_OUT_DEADLINE: Duration = Duration::from_secs(1);
/// More than that isn't held back in any stream: its figures are damaged.
const MOST_HELD: usize = 1 << 30;

/// How a body ended.
pub(super) struct Ran {
    /// How the region ended; it may have been torn behind the body.
    pub(super) departure: Departure,
    /// What the body gave, if it returned.
    pub(super) evaluation: Option<Evaluation>,
    /// When the region was torn, in monotonic ns; `None` where it ended by itself.
    pub(super) torn_at: Option<u64>,
    /// Text from streams was written.
    pub(super) has_written: bool,
    /// Bytes in streams that could not be written.
    pub(super) unwritten: u64,
}

impl Ran {
    /// How the body ended, whatever came behind it.
    pub(super) fn end_of_body(&self) -> (Departure, Evaluation) {
        match self.evaluation {
            Some(evaluation) => (Departure::Returned, evaluation),
            None => (self.departure, Evaluation::Completed),
        }
    }
}

/// What is known of the streams, from within a region.
#[derive(Default)]
struct Streams {
    has_written: Cell<bool>,
    held: Cell<usize>,
}

impl Streams {
    /// To be called in a region.
    fn write_out(&self) {
        #[expect(unsafe_code, reason = "streams belong to the C library")]
        // SAFETY: a fault is caught by the region's guard.
        let held = unsafe { stdio::held_back() };
        if held == 0 {
            return;
        }
        self.held.set(held);
        #[expect(unsafe_code, reason = "as above")]
        // SAFETY: as above; the region has a deadline.
        unsafe {
            stdio::write_out();
        }
        self.has_written.set(true);
        self.held.set(0);
    }
}

/// Runs `body` as the guest: on its stack, its heap serving the malloc family.
pub(super) fn guarded(
    guard: &mut Guard,
    deadline: Duration,
    body: impl FnOnce() -> Evaluation,
) -> Result<Ran, WorkerError> {
    let evaluation = Cell::new(None);
    let streams = Streams::default();
    rewind_heap::enter_guest();
    let departure = guard.run(Some(deadline), || {
        evaluation.set(Some(body()));
        streams.write_out();
    });
    rewind_heap::leave_guest();
    let torn_at = (departure != Departure::Returned).then(|| guard.landed_at());
    let evaluation = evaluation.get();
    if evaluation.is_none() {
        write_out_after(guard, &streams)?;
    }
    let held = streams.held.get();
    Ok(Ran {
        departure,
        evaluation,
        torn_at,
        has_written: streams.has_written.get(),
        unwritten: if held > MOST_HELD { 0 } else { held as u64 },
    })
}

/// The body was torn: writes out what it left, in a region of its own.
fn write_out_after(guard: &mut Guard, streams: &Streams) -> Result<(), WorkerError> {
    if guard.touched().is_all() {
        // Handlers or the watch may be the body's.
        guard.reinstate()?;
    }
    rewind_heap::enter_guest();
    guard.run_on(Some(WRITE_OUT_DEADLINE), || streams.write_out());
    rewind_heap::leave_guest();
    Ok(())
}
