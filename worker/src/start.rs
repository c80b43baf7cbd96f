//! A worker's start: what it takes over, the greeting, and the choice of what runs
//! the cases.

use crate::args::WorkerArgs;
use crate::backend::{Backend, Forked, FreshContext, InPlace, OneCase, PutBack, PutBackAfter};
use crate::boot::{Booted, boot};
use crate::error::WorkerError;
use crate::guests::Guests;
use crate::line::{self, LineArgs, LineParent};
use crate::native::{Inbox, NativeParent, Outbox};
use crate::output::Output;
use crate::parent::Parent;
use crate::pipes;
use crate::saved_stderr;
use crate::session::{Bounds, Session};
use crate::timeline::Timeline;
use rewind_protocol::{
    CodecError, FrameFault, Hello, Isolation, LEDGER_WORDS, LedgerWriter, ToParent, ToWorker,
    Version, negotiate,
};
use rewind_sys::{descriptors, pipe, process, shared};
use std::io::Write as _;

/// Serves the parent at the other end of standard input and output until it is
/// done with this worker.
///
/// # Errors
/// When the parent's stream breaks off or makes no sense, or the machinery of
/// the checkpoint fails: the process has to end then, and the parent sees from
/// the ledger what was answered.
pub fn serve(args: WorkerArgs, guests: &Guests<'_>) -> Result<(), WorkerError> {
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
    saved_stderr::die_of_panics();
    let served = match args.line {
        Some(line) => serve_lines(line, &args, guests),
        None => serve_frames(&args, guests),
    };
    if served.is_err() {
        saved_stderr::give_stderr_back();
    }
    served
}

/// Takes the pipes over, boots, and reads a manifest to its end.
fn serve_lines(line: LineArgs, args: &WorkerArgs, guests: &Guests<'_>) -> Result<(), WorkerError> {
    descriptors::reserve_high()?;
    saved_stderr::keep_stderr()?;
    let here = std::env::current_dir().unwrap_or_default();
    let (input, output) = pipes::open()?;
    let output = Output::new(output)?;
    descriptors::close_guests()?;
    let root = line::root(&here);
    let hello = line::hello(line, args.limits, guests.usual(), &root);
    let booted = boot(&hello, args, guests)?;
    let guest = booted.runtime.description.clone();
    let limit = hello.rss_hard_limit;
    let parent = LineParent::new(line, guest, (here, root), (input, output), limit);
    run(parent, booted, &hello, None)
}

/// Takes the pipes over, reads the greeting, boots and serves.
fn serve_frames(args: &WorkerArgs, guests: &Guests<'_>) -> Result<(), WorkerError> {
    process::die_with_parent(process::parent())?;
    descriptors::reserve_high()?;
    saved_stderr::keep_stderr()?;
    let (input, output) = pipes::open()?;
    let mut inbox = Inbox::new(input);
    let hello = match greeting(&mut inbox) {
        Ok(Some(hello)) => hello,
        Ok(None) => return Ok(()),
        Err(WorkerError::Codec(CodecError::Frame {
            fault: FrameFault::Greeting { nonce, fault },
            ..
        })) => {
            let faults = args.injected.frame_faults(nonce);
            return refuse(
                Outbox::new(output, nonce, None, faults)?,
                &WorkerError::Greeting(fault),
            );
        }
        Err(error) => return Err(error),
    };
    let nonce = hello.nonce;
    saved_stderr::sign_with(nonce);
    let (ledger, refused) = match open_ledger(args, &hello) {
        Ok(ledger) => (ledger, None),
        Err(error) => (None, Some(error)),
    };
    // Whatever else was inherited is nobody's, and in the guest's reach.
    descriptors::close_guests()?;
    let outbox = Outbox::new(output, nonce, ledger, args.injected.frame_faults(nonce))?;
    let booted = match refused.or_else(|| missing(&hello)) {
        Some(error) => Err(error),
        None => negotiate(Version::CURRENT, hello.version)
            .map_err(WorkerError::from)
            .and_then(|version| Ok((version, boot(&hello, args, guests)?))),
    };
    match booted {
        Ok((version, booted)) => {
            if hello.isolation == Isolation::Fork {
                inbox.read_little();
            }
            let timeline = Timeline::new(hello.timeline);
            let parent = NativeParent::new(inbox, outbox, version, timeline);
            run(parent, booted, &hello, timeline)
        }
        Err(error) => refuse(outbox, &error),
    }
}

/// Runs the session on the backend that the greeting wants.
fn run(
    parent: impl Parent,
    booted: Booted,
    hello: &Hello,
    timeline: Option<Timeline>,
) -> Result<(), WorkerError> {
    fn session(
        parent: impl Parent,
        backend: impl Backend,
        hello: &Hello,
    ) -> Result<(), WorkerError> {
        let bounds = Bounds {
            crashes: hello.crash_limit,
            rss_soft: hello.rss_soft_limit,
            rss_hard: hello.rss_hard_limit,
        };
        Session::new(parent, backend, bounds).run()
    }
    let Booted { runtime, options } = booted;
    let verify = hello.verify;
    match hello.isolation {
        Isolation::Checkpoint | Isolation::None => {
            let after = match hello.isolation {
                Isolation::None => PutBackAfter::Abnormal,
                _ => PutBackAfter::Each,
            };
            let reset = PutBack { after, verify };
            session(parent, InPlace::new(runtime, reset, timeline), hello)
        }
        Isolation::Spawn => session(parent, InPlace::new(runtime, OneCase, timeline), hello),
        Isolation::FreshContext => {
            let reset = FreshContext::new(options, verify);
            session(parent, InPlace::new(runtime, reset, timeline), hello)
        }
        Isolation::Fork => {
            let backend = Forked::new(runtime, timeline, hello.nonce)?;
            session(parent, backend, hello)
        }
    }
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
