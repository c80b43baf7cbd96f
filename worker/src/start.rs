//! A worker's start: what it takes over, the greeting, and the guest's boot.

use crate::args::WorkerArgs;
use crate::chamber::{Chamber, GuestStatics};
use crate::channel::{self, Inbox};
use crate::distress;
use crate::error::WorkerError;
use crate::leak::{self, PageLeak};
use crate::limits::{CaseLimits, Limits};
use crate::line;
use crate::outbox::Outbox;
use crate::session::Session;
use rewind_checkpoint::{Tier, TierChoice, TierRequest};
use rewind_guest::{Guest, GuestOptions};
use rewind_guest_actions::Actions;
use rewind_guest_quickjs::QuickJs;
use rewind_protocol::{
    CodecError, FrameFault, Hello, Isolation, LEDGER_WORDS, LedgerWriter, ToParent, ToWorker,
    Tracking, Verify, Version, negotiate,
};
use rewind_sys::{code, descriptors, memory, pipe, process, shared};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;

/// Serves the parent at the other end of standard input and output until it is
/// done with this worker.
///
/// `statics` are the pages of the executable that hold a guest's variables.
///
/// # Errors
/// When the parent's stream breaks off or makes no sense, or the machinery of
/// the checkpoint fails: the process has to end then, and the parent sees from
/// the ledger what was answered.
pub fn serve(args: WorkerArgs, statics: &[GuestStatics]) -> Result<(), WorkerError> {
    if !args.ignored.is_empty() {
        let ignored = args.ignored.join(" ");
        // With stderr gone there is nobody to tell, and nothing is wrong.
        let _ = writeln!(
            std::io::stderr(),
            "note: passed over what this worker doesn't know: {ignored}"
        );
    }
    // What a test takes must not cost the parent its life.
    process::offer_to_the_killer();
    args.limits.enter_group()?;
    if args.sandbox.wanted || args.sandbox.only_try {
        process::sandbox::enter(&args.sandbox.keep)?;
    }
    if args.sandbox.only_try {
        return Ok(());
    }
    let served = match args.line {
        Some(line) => line::serve(line, args.limits, args.leak, statics),
        None => meet(&args, statics),
    };
    if served.is_err() {
        distress::give_stderr_back();
    }
    served
}

/// Takes the pipes over, reads the greeting, boots and serves.
fn meet(args: &WorkerArgs, statics: &[GuestStatics]) -> Result<(), WorkerError> {
    die_of_panics();
    process::die_with_parent(process::parent())?;
    descriptors::reserve_high()?;
    distress::keep_stderr()?;
    let (mut inbox, output) = channel::open()?;
    let hello = match greeting(&mut inbox) {
        Ok(Some(hello)) => hello,
        Ok(None) => return Ok(()),
        Err(WorkerError::Codec(CodecError::Frame {
            fault: FrameFault::Greeting { nonce, fault },
            ..
        })) => {
            return refuse(
                Outbox::new(output, nonce, None)?,
                &WorkerError::Greeting(fault),
            );
        }
        Err(error) => return Err(error),
    };
    let nonce = hello.nonce;
    let (ledger, refused) = match open_ledger(args, &hello) {
        Ok(ledger) => (ledger, None),
        Err(error) => (None, Some(error)),
    };
    // Whatever else was inherited is nobody's, and in the guest's reach.
    descriptors::close_guests()?;
    let mut outbox = Outbox::new(output, nonce, ledger)?;
    if let Some(every) = args.mangle {
        outbox.spoil_one_in(every);
    }
    let booted = match refused.or_else(|| missing(&hello)) {
        Some(error) => Err(error),
        None => boot(&hello, args.limits, statics, args.leak),
    };
    match booted {
        Ok((version, chamber)) => Session::new(inbox, outbox, hello, version, chamber)?.run(),
        Err(error) => refuse(outbox, &error),
    }
}

/// A panic means that the worker's own memory can't be trusted: it ends at
/// once, saying where, without a backtrace (which allocates and locks).
pub(crate) fn die_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("?", 0), |at| (at.file(), at.line()));
        let mut text = [0u8; 256];
        let mut rest = text.as_mut_slice();
        // What doesn't fit is cut off; there is nobody to tell of an error.
        let _ = writeln!(rest, "error: the worker panicked at {file}:{line}");
        let left = rest.len();
        distress::give_stderr_back();
        let _ = std::io::stderr().write_all(&text[..text.len() - left]);
        rewind_sys::signal::exit_now(101);
    }));
}

/// The parent's first message; `None` if it hung up before it said anything.
fn greeting(inbox: &mut Inbox) -> Result<Option<Hello>, WorkerError> {
    if !inbox.wait(|_| Ok(()))? {
        return Ok(None);
    }
    match inbox.next_here() {
        Some(ToWorker::Hello(hello)) => Ok(Some(hello)),
        _ => Err(WorkerError::NoHello),
    }
}

fn open_ledger(
    args: &WorkerArgs,
    hello: &Hello,
) -> Result<Option<LedgerWriter<'static>>, WorkerError> {
    let Some(number) = args.ledger_fd.filter(|_| hello.ledger) else {
        return Ok(None);
    };
    let file = descriptors::raise(pipe::take_inherited(number)?)?;
    let shared = Box::leak(Box::new(shared::SharedWords::open(file, LEDGER_WORDS)?));
    if hello.isolation == Isolation::Fork {
        // What is said there is the worker's to say, and no child's.
        shared.keep_from_forks()?;
    }
    Ok(Some(LedgerWriter::new(shared.words(), hello.nonce)?))
}

/// A field that a worker can't do without, of those that have no value for "not said".
fn missing(hello: &Hello) -> Option<WorkerError> {
    if hello.version.major != Version::CURRENT.major {
        // Its other fields are not known, and the version is what is wrong.
        return None;
    }
    let field = [
        ("guest", hello.guest.is_empty()),
        ("heap_cap", hello.heap_cap == 0),
        ("rss_hard_limit", hello.rss_hard_limit == 0),
    ]
    .into_iter()
    .find_map(|(field, is_missing)| is_missing.then_some(field))?;
    let fault = FrameFault::Field {
        message: "Hello",
        field,
        problem: "is missing",
    };
    Some(WorkerError::Greeting(Box::new(fault)))
}

fn refuse(mut outbox: Outbox, error: &WorkerError) -> Result<(), WorkerError> {
    outbox.send(&ToParent::Refused {
        reason: error.chain(),
    })?;
    outbox.finish()
}

/// Brings up the guest that the greeting wants.
pub(crate) fn boot(
    hello: &Hello,
    limits: CaseLimits,
    statics: &[GuestStatics],
    leak: Option<PageLeak>,
) -> Result<(Version, Chamber), WorkerError> {
    let version = negotiate(Version::CURRENT, hello.version)?;
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
    let guest: Box<dyn Guest> = match hello.guest.as_str() {
        "quickjs" => Box::new(QuickJs::for_options(&options)),
        "actions" => Box::new(Actions::new()),
        other => return Err(WorkerError::UnknownGuest(other.to_owned())),
    };
    let mut statics = statics.to_vec();
    // Only tests with faults can write to that page: others don't pay for it.
    if hello.faults && leak != Some(PageLeak::Uncovered) {
        statics.push(leak::page());
    }
    let heap_cap = usize::try_from(hello.heap_cap).unwrap_or(usize::MAX);
    let mut chamber = Chamber::boot(
        guest,
        &options,
        heap_cap,
        hello.layer_limit,
        choice,
        &statics,
    )?;
    chamber.keep_at_most(spare_limit(hello));
    chamber.set_leak(leak);
    chamber.limit(Limits::install(limits)?);
    chamber.kernel.set_thorough(hello.verify == Verify::Always);
    match hello.isolation {
        Isolation::FreshContext => chamber.renew_for_each(options),
        Isolation::Fork => {
            chamber.keep_images_from_forks()?;
            // Where it can't be done, every fork takes the faults for its code.
            let _ = code::gather();
        }
        Isolation::Checkpoint | Isolation::None | Isolation::Spawn => {}
    }
    Ok((version, chamber))
}

/// Most memory that a worker keeps for the cases to come, in bytes: what the limit
/// from which it gives memory back allows, and so that none of them gets it near
/// the limit from which it leaves.
fn spare_limit(hello: &Hello) -> usize {
    let bytes = hello.rss_soft_limit.min(hello.rss_hard_limit / 2);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
