//! `$rewind.slot(index)` and `$rewind.slot(index, value)`: numbers that tests can
//! leave outside of the engine's heap.
//!
//! They have a page to themselves, so that a worker can leave that one page out
//! of its checkpoint on purpose: a leak of which everything is known, by which
//! the search for leaks is tested. As long as the page is covered, a number lasts
//! as long as the case that wrote it.

use crate::call::Call;
use crate::value::{Owned, Returned};
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

/// Numbers in the page.
const SLOTS: usize = 1024;

/// One page of 4 KiB, and nothing else in it.
#[repr(C, align(4096))]
struct Page([AtomicU32; SLOTS]);

const _: () = assert!(size_of::<Page>() == 4096);

static PAGE: Page = Page([const { AtomicU32::new(0) }; SLOTS]);

/// Addresses of the page that holds the numbers of `$rewind.slot`: its first byte,
/// and the one behind its last. A guest with faults needs it under its checkpoint.
#[must_use]
pub fn slot_page() -> Range<usize> {
    let start = (&raw const PAGE) as usize;
    start..start + size_of::<Page>()
}

/// Reads a slot and, if there is a second argument, writes it; gives what was there.
pub(super) fn slot(call: &Call) -> Returned {
    let context = call.context;
    let index = context.to_u32(call.argument(0))?;
    let slot = usize::try_from(index).ok().and_then(|it| PAGE.0.get(it));
    let Some(slot) = slot else {
        return Err(context.type_error(c"$rewind.slot has the indices 0 to 1023"));
    };
    let was = slot.load(Ordering::Relaxed);
    if let Some(value) = call.arguments().get(1) {
        slot.store(context.to_u32(*value)?, Ordering::Relaxed);
    }
    Ok(Owned::number(f64::from(was)))
}
