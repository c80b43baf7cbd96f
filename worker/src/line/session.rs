//! The conversation: item by item, from the first header to the end of the input.

use super::LineArgs;
use super::answer::{Told, put_exit, put_output};
use super::feed::{Feed, FeedError};
use super::harness::Harnesses;
use crate::WorkerError;
use crate::chamber::{Chamber, GuestStatics};
use crate::channel;
use crate::distress;
use crate::error::Leave;
use crate::leak::PageLeak;
use crate::limits::CaseLimits;
use crate::output::Output;
use crate::start::{boot, die_of_panics};
use bytes::Bytes;
use rewind_guest::Phase;
use rewind_protocol::line::{End, Figures, Frame, Header, Item, Payload, Status, Switches, escape};
use rewind_protocol::{
    Hello, Isolation, PreambleId, RetireReason, Run, Seq, Tracking, Verify, Version,
};
use rewind_sys::{descriptors, probe};
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Cases after which resident memory is looked at.
const RSS_EVERY: u64 = 64;
/// Most bytes the guest heap may grow to.
const HEAP_CAP: u64 = 1 << 30;
/// Resident bytes above which memory is given back.
const RSS_SOFT_LIMIT: u64 = 1 << 30;
/// Resident bytes above which the worker leaves.
const RSS_HARD_LIMIT: u64 = 4 << 30;
/// Most harnesses kept as checkpoint layers.
const LAYERS: u32 = 64;

/// Reads a manifest to its end and answers it.
///
/// # Errors
/// When the manifest makes no sense (after a frame that says so), or the
/// machinery fails.
pub(crate) fn serve(
    args: LineArgs,
    limits: CaseLimits,
    leak: Option<PageLeak>,
    statics: &[GuestStatics],
) -> Result<(), WorkerError> {
    die_of_panics();
    descriptors::reserve_high()?;
    distress::keep_stderr()?;
    let here = std::env::current_dir().unwrap_or_default();
    let (input, output) = channel::pipes()?;
    let output = Output::new(output)?;
    descriptors::close_guests()?;
    let root = root(&here);
    let hello = Hello {
        root: root.clone(),
        ..hello(args, limits)
    };
    let (_, chamber) = boot(&hello, limits, statics, leak)?;
    let rss = probe::resident_bytes().unwrap_or(0);
    let session = Session {
        args,
        here,
        root,
        feed: Feed::new(input),
        output,
        chamber,
        harnesses: Harnesses::new(),
        tests: 0,
        rss,
        told: false,
    };
    session.run()
}

/// What the guest takes paths as relative to: `/`, unless a guest, whose paths are
/// text, could then not find what lies in the current folder.
fn root(here: &Path) -> Vec<u8> {
    match here.to_str() {
        Some(_) => Vec::new(),
        None => here.as_os_str().as_bytes().to_vec(),
    }
}

/// What a parent of the native dialect would have asked for.
fn hello(args: LineArgs, limits: CaseLimits) -> Hello {
    Hello {
        version: Version::CURRENT,
        nonce: 0,
        root: Vec::new(),
        guest: "quickjs".to_owned(),
        faults: args.faults,
        markers: args.diagnose,
        heap_cap: limits.memory.unwrap_or(HEAP_CAP),
        tracking: Tracking::Auto,
        verify: Verify::Sample,
        ledger: false,
        isolation: Isolation::Checkpoint,
        rss_soft_limit: RSS_SOFT_LIMIT,
        rss_hard_limit: RSS_HARD_LIMIT,
        crash_limit: None,
        layer_limit: LAYERS,
        timeline: false,
    }
}

struct Session {
    args: LineArgs,
    /// What a case's path is relative to.
    here: PathBuf,
    /// What the guest takes paths as relative to: see [`root`].
    root: Vec<u8>,
    feed: Feed,
    output: Output,
    chamber: Chamber,
    harnesses: Harnesses,
    /// Cases answered.
    tests: u64,
    /// Resident bytes when they were last looked at.
    rss: u64,
    /// A frame says why the end comes.
    told: bool,
}

impl Session {
    fn run(mut self) -> Result<(), WorkerError> {
        match self.serve() {
            Ok(None) => {}
            Ok(Some(leave)) => {
                put_exit(
                    &leave,
                    self.rss,
                    RSS_HARD_LIMIT,
                    self.tests,
                    self.output.buffer(),
                );
                tell(&leave);
                if leave.reason == RetireReason::ThreadsLeft {
                    self.output.finish()?;
                    self.chamber.end_among_threads();
                }
            }
            Err(error) => {
                if !self.told {
                    Frame::UnexpectedExit { tests: self.tests }.put(self.output.buffer());
                }
                // The error is what matters if nobody reads the frame either.
                let _ = self.output.finish();
                return Err(error);
            }
        }
        self.output.finish()
    }

    /// Until the input ends, or there is a reason to leave.
    fn serve(&mut self) -> Result<Option<Leave>, WorkerError> {
        loop {
            let Some(item) = self.feed.next_here() else {
                self.flush()?;
                let Self { feed, output, .. } = self;
                match feed.wait(|input| output.write_until(input)) {
                    Ok(true) => continue,
                    Ok(false) => return Ok(None),
                    Err(error) => return Err(self.unreadable(error)),
                }
            };
            if let Some(leave) = self.item(item)? {
                return Ok(Some(leave));
            }
        }
    }

    fn item(&mut self, item: Item) -> Result<Option<Leave>, WorkerError> {
        match item {
            Item::Text(Header::Harness, payload) => {
                if let Some(preamble) = self.harnesses.take(payload) {
                    self.chamber.declare(preamble);
                }
            }
            Item::Text(Header::Source { name, path, module }, payload) => {
                return self.source(&name, path.as_deref(), module, payload);
            }
            Item::Boundary(id) => {
                Frame::ManifestEnd(&id).put(self.output.buffer());
                self.flush()?;
            }
            Item::Document(path) => {
                self.refuse(&path, "this worker opens no documents");
            }
        }
        Ok(None)
    }

    fn source(
        &mut self,
        name: &[u8],
        path: Option<&[u8]>,
        module: bool,
        payload: Payload,
    ) -> Result<Option<Leave>, WorkerError> {
        let ready = match (payload, self.harnesses.current()) {
            (Payload::TooLarge(length), _) => Err(format!("it is too large: {length} bytes")),
            (_, Err(why)) => Err(why.to_owned()),
            (Payload::Text(source), Ok(preamble)) => Ok((source, preamble)),
        };
        match ready {
            Ok((source, preamble)) => {
                let run = self.case(name, path, module, source, preamble);
                self.execute(name, &run)
            }
            Err(why) => {
                self.refuse(name, &why);
                Ok(None)
            }
        }
    }

    fn case(
        &self,
        name: &[u8],
        path: Option<&[u8]>,
        module: bool,
        source: Bytes,
        preamble: PreambleId,
    ) -> Run {
        let guest = &self.chamber.description;
        let switches = Switches::of(name, guest.attributes);
        let usual = u32::try_from(self.args.deadline.as_millis()).unwrap_or(u32::MAX);
        Run {
            seq: Seq(self.tests),
            path: self.path(path.unwrap_or(name)),
            variant: match guest.module {
                Some(variant) if module => variant,
                _ => guest.plain,
            },
            preamble,
            source,
            deadline_ms: switches.deadline_ms.unwrap_or(usual).max(1),
            attributes: switches.attributes,
        }
    }

    /// The path of a file from the guest's root on, without the slash it starts with.
    fn path(&self, path: &[u8]) -> String {
        let whole = self.here.join(OsStr::from_bytes(path));
        let whole = whole.as_os_str().as_bytes();
        // One elsewhere is taken from `/` as well as it can be: its own text is what
        // is run, and only what it imports isn't found.
        let below = whole.strip_prefix(&*self.root).unwrap_or(whole);
        let below = String::from_utf8_lossy(below);
        below.trim_start_matches('/').to_owned()
    }

    /// Runs a case, answers it and puts the guest back.
    fn execute(&mut self, name: &[u8], run: &Run) -> Result<Option<Leave>, WorkerError> {
        Frame::Start(name).put(self.output.buffer());
        self.flush()?;
        let host = self.chamber.host;
        host.clear();
        host.enter(Phase::Load);
        let ended = self.chamber.run(run)?;
        host.enter(Phase::Capture);
        let raw = self.chamber.take_output(&ended)?;
        let told = Told::of(ended.outcome.clone());
        if let Told::Ran(_, ending) = &told {
            put_output(
                ending.clone(),
                host,
                &raw,
                self.chamber.description.printed,
                self.args.diagnose,
                self.output.buffer(),
            );
        }
        host.enter(Phase::Restore);
        let next = self
            .harnesses
            .current()
            .ok()
            .filter(|_| self.feed.case_is_next());
        let put_back = match self.chamber.put_back(&ended, next)? {
            Ok(_) => self.chamber.verify_by_sample()?,
            Err(leave) => Err(leave),
        };
        host.enter(Phase::Idle);
        self.tests += 1;
        let rss_before = self.rss;
        let leave = put_back.err().or_else(|| self.check_memory());
        let phases = host.phases();
        match told {
            Told::Ran(status, _) => {
                let figures = Some(Figures::of(&phases, rss_before, self.rss));
                let elapsed_us = phases.total().as_micros();
                Frame::End(End {
                    status,
                    elapsed_us,
                    figures,
                })
                .put(self.output.buffer());
            }
            Told::NotRun(why) => self.put_unread(&why),
        }
        Ok(leave)
    }

    /// Answers a case that can't be run.
    fn refuse(&mut self, name: &[u8], why: &str) {
        Frame::Start(name).put(self.output.buffer());
        self.tests += 1;
        self.put_unread(why);
    }

    fn put_unread(&mut self, why: &str) {
        escape(why.as_bytes(), self.output.buffer());
        let end = End {
            status: Status::FAILED,
            elapsed_us: 0,
            figures: None,
        };
        Frame::End(end).put(self.output.buffer());
    }

    fn check_memory(&mut self) -> Option<Leave> {
        if !self.tests.is_multiple_of(RSS_EVERY) {
            return None;
        }
        self.rss = probe::resident_bytes().unwrap_or(0);
        if self.rss > RSS_SOFT_LIMIT {
            self.chamber.give_back();
        }
        let detail = || format!("{} bytes resident, the limit is {RSS_HARD_LIMIT}", self.rss);
        (self.rss > RSS_HARD_LIMIT).then(|| Leave::new(RetireReason::RssLimit, detail()))
    }

    /// Says that the input can't be read on.
    fn unreadable(&mut self, error: FeedError) -> WorkerError {
        let number = error.number();
        self.told = true;
        Frame::StdinError {
            number,
            tests: self.tests,
        }
        .put(self.output.buffer());
        match error {
            FeedError::Read(error) => WorkerError::Pipe(error),
            FeedError::Manifest(error) => WorkerError::Manifest(error),
            FeedError::Output(error) => error,
        }
    }

    /// Writes what the parent takes.
    fn flush(&mut self) -> Result<(), WorkerError> {
        self.output.offer()
    }
}

/// Says why the worker leaves: the frame that says so has no words for most of it.
fn tell(leave: &Leave) {
    distress::give_stderr_back();
    // With stderr gone there is nobody left to tell but by the frame.
    let _ = writeln!(
        std::io::stderr(),
        "note: the worker leaves: {} {}",
        leave.reason,
        leave.detail
    );
}
