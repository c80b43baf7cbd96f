//! Brings up the guest that a greeting wants.

use crate::args::WorkerArgs;
use crate::error::WorkerError;
use crate::guests::{GuestStatics, Guests};
use crate::limits::Limits;
use crate::runtime::{Confinement, GuestRuntime};
use rewind_checkpoint::{Tier, TierChoice, TierRequest};
use rewind_guest::GuestOptions;
use rewind_protocol::{Hello, Isolation, Tracking, Verify};
use rewind_sys::{code, memory};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;

/// A guest that is up.
pub(crate) struct Booted {
    pub(crate) runtime: GuestRuntime,
    /// What it was booted with.
    pub(crate) options: GuestOptions,
}

/// Brings up the guest that the greeting wants.
pub(crate) fn boot(
    hello: &Hello,
    args: &WorkerArgs,
    guests: &Guests<'_>,
) -> Result<Booted, WorkerError> {
    let mut choice = TierChoice::choose(match hello.tracking {
        Tracking::Auto => TierRequest::Auto,
        Tracking::PagemapScan => TierRequest::Only(Tier::PagemapScan),
        Tracking::Mprotect => TierRequest::Only(Tier::Mprotect),
        Tracking::Copy => TierRequest::Only(Tier::Copy),
    })?;
    if let Err(error) = memory::prove_discard() {
        // No tier needs it: workers only stay as large as a case has made them.
        let _ = write!(
            choice.reason,
            "; memory is not given back here: failed to {error}"
        );
    }
    let options = GuestOptions {
        root: OsString::from_vec(hello.root.clone()).into(),
        faults: hello.faults,
        markers: hello.markers,
    };
    let entry = guests.named(&hello.guest)?;
    let mut statics = guests.statics.to_vec();
    let fault_pages = entry.fault_pages.map(|pages| pages());
    // Only tests with faults can write to these: others don't pay for them.
    if let Some(pages) = &fault_pages
        && hello.faults
        && args.injected.covers_fault_pages()
    {
        let (start, end) = (pages.start, pages.end);
        statics.push(GuestStatics { start, end });
    }
    let confinement = Confinement {
        heap_cap: usize::try_from(hello.heap_cap).unwrap_or(usize::MAX),
        layer_limit: hello.layer_limit,
        choice,
        statics: &statics,
        missed: args.injected.missed(fault_pages),
    };
    let mut runtime = GuestRuntime::boot((entry.create)(&options), &options, confinement)?;
    runtime.keep_at_most(spare_limit(hello));
    runtime.limit(Limits::install(args.limits)?);
    runtime.process.set_thorough(hello.verify == Verify::Always);
    if hello.isolation == Isolation::Fork {
        runtime.keep_images_from_forks()?;
        // Where it can't be done, every fork takes the faults for its code.
        let _ = code::gather();
    }
    Ok(Booted { runtime, options })
}

/// Most memory that a worker keeps for the cases to come, in bytes: what the limit
/// from which it gives memory back allows, and so that none of them gets it near
/// the limit from which it leaves.
fn spare_limit(hello: &Hello) -> usize {
    let bytes = hello.rss_soft_limit.min(hello.rss_hard_limit / 2);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
