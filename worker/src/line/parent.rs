//! A parent that speaks the line dialect: items become messages, answers frames.

use super::LineArgs;
use super::answer::{Told, put_exit, put_output};
use super::feed::{Feed, FeedError};
use super::harness::Harnesses;
use crate::WorkerError;
use crate::error::RetireRequest;
use crate::output::Output;
use crate::parent::{Answer, CaseObserver, Parent};
use crate::saved_stderr;
use crate::timeline::Begun;
use bytes::Bytes;
use rewind_checkpoint::TierChoice;
use rewind_guest::Description;
use rewind_protocol::line::{End, Figures, Frame, Header, Item, Payload, Status, Switches, escape};
use rewind_protocol::{Counters, Finished, PreambleId, Run, Seq, ToParent, ToWorker};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Instant;

/// The parent at the other end of a manifest.
pub(crate) struct LineParent {
    args: LineArgs,
    guest: Description,
    /// What a case's path is relative to.
    here: PathBuf,
    /// What the guest takes paths as relative to: see [`root`](super::root).
    root: Vec<u8>,
    feed: Feed,
    output: Output,
    harnesses: Harnesses,
    /// Name of the case at hand.
    name: Bytes,
    /// The parent was told that the case at hand is taken up.
    has_started: bool,
    /// Cases answered.
    tests: u64,
    /// Resident bytes when they were last looked at.
    rss: u64,
    /// Most resident bytes that the worker may have.
    rss_limit: u64,
    /// A frame says why the end comes.
    told: bool,
}

impl LineParent {
    /// `root` is what `guest` takes paths as relative to, and `rss_limit` the
    /// most resident bytes.
    pub(crate) fn new(
        args: LineArgs,
        guest: Description,
        (here, root): (PathBuf, Vec<u8>),
        (input, output): (File, Output),
        rss_limit: u64,
    ) -> Self {
        Self {
            args,
            guest,
            here,
            root,
            feed: Feed::new(input),
            output,
            harnesses: Harnesses::new(),
            name: Bytes::new(),
            has_started: false,
            tests: 0,
            rss: rewind_sys::probe::resident_bytes().unwrap_or(0),
            rss_limit,
            told: false,
        }
    }

    /// The message that an item stands for; `None` where it is answered already.
    fn message(&mut self, item: Item) -> Result<Option<ToWorker>, WorkerError> {
        match item {
            Item::Text(Header::Harness, payload) => {
                return Ok(self.harnesses.take(payload).map(ToWorker::Preamble));
            }
            Item::Text(Header::Source { name, path, module }, payload) => {
                return Ok(self.source(name, path.as_deref(), module, payload));
            }
            Item::Boundary(id) => {
                Frame::ManifestEnd(&id).put(self.output.buffer());
                self.output.offer()?;
            }
            Item::Document(path) => {
                self.refuse(&path, "this worker opens no documents");
            }
        }
        Ok(None)
    }

    fn source(
        &mut self,
        name: Bytes,
        path: Option<&[u8]>,
        module: bool,
        payload: Payload,
    ) -> Option<ToWorker> {
        let ready = match (payload, self.harnesses.current()) {
            (Payload::TooLarge(length), _) => Err(format!("it is too large: {length} bytes")),
            (_, Err(why)) => Err(why.to_owned()),
            (Payload::Text(source), Ok(preamble)) => Ok((source, preamble)),
        };
        match ready {
            Ok((source, preamble)) => {
                let run = self.case(&name, path, module, source, preamble);
                self.name = name;
                self.has_started = false;
                Some(ToWorker::Run(run))
            }
            Err(why) => {
                self.refuse(&name, &why);
                None
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
        let guest = &self.guest;
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

    /// Says that the case at hand is taken up, before anything of it can end the worker.
    fn start(&mut self) -> Result<(), WorkerError> {
        if self.has_started {
            return Ok(());
        }
        self.has_started = true;
        Frame::Start(&self.name).put(self.output.buffer());
        self.output.offer()
    }

    fn put_answer(&mut self, finished: Finished, resident: Option<u64>) {
        let rss_before = self.rss;
        self.rss = resident.unwrap_or(self.rss);
        self.tests += 1;
        let Finished {
            outcome,
            notices,
            output,
            markers,
            phases,
            ..
        } = finished;
        let (status, ending) = match Told::of(outcome) {
            Told::Ran(status, ending) => (status, ending),
            Told::NotRun(why) => return self.put_unread(&why),
        };
        let markers = if self.args.diagnose { &*markers } else { &[] };
        let printed = self.guest.printed;
        put_output(
            &output,
            markers,
            (ending, notices),
            printed,
            self.output.buffer(),
        );
        let end = End {
            status,
            elapsed_us: phases.total().as_micros(),
            figures: Some(Figures::of(&phases, rss_before, self.rss)),
        };
        Frame::End(end).put(self.output.buffer());
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
}

impl CaseObserver for LineParent {
    fn preparing(&mut self, _seq: Seq, _preamble: PreambleId) -> Result<(), WorkerError> {
        self.start()
    }

    fn begin(&mut self, _seq: Seq) -> Result<(), WorkerError> {
        self.start()
    }

    fn taken_up(&mut self, _at: Instant) -> Option<Begun> {
        None
    }

    fn restoring(&mut self, _seq: Seq) {}

    fn next_preamble(&self) -> Option<PreambleId> {
        let current = self.harnesses.current().ok();
        current.filter(|_| self.feed.case_is_next())
    }

    /// Which case comes next isn't known before its item is taken.
    fn next_case(&mut self) -> Result<Option<&Run>, WorkerError> {
        Ok(None)
    }

    /// The dialect has no words for it.
    fn remark(&mut self, _text: String) -> Result<(), WorkerError> {
        Ok(())
    }
}

impl Parent for LineParent {
    /// The dialect has no greeting.
    fn greet(&mut self, _guest: &Description, _tier: &TierChoice) -> Result<(), WorkerError> {
        Ok(())
    }

    fn look(&mut self) -> Result<(), WorkerError> {
        Ok(())
    }

    fn has_shut_down(&self) -> bool {
        false
    }

    fn next_here(&mut self) -> Result<Option<ToWorker>, WorkerError> {
        while let Some(item) = self.feed.next_here() {
            if let Some(message) = self.message(item)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn wait(&mut self) -> Result<bool, WorkerError> {
        let Self { feed, output, .. } = self;
        let came = feed.wait(|input| output.write_until(input));
        came.map_err(|error| self.unreadable(error))
    }

    /// Nothing is asked in this dialect that would have such an answer.
    fn send(&mut self, _message: &ToParent) -> Result<(), WorkerError> {
        Ok(())
    }

    fn answer(&mut self, answer: Answer, resident: Option<u64>) -> Result<(), WorkerError> {
        match answer {
            Answer::Told(finished) => self.put_answer(finished, resident),
            Answer::Sealed { .. } => {
                return Err(WorkerError::Unexpected("an answer in another dialect"));
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WorkerError> {
        self.output.offer()
    }

    fn finish(&mut self) -> Result<(), WorkerError> {
        self.output.finish()
    }

    fn warm_up(&self) {}

    fn last_has_ended(&self) {}

    fn retire(&mut self, request: RetireRequest, _counters: Counters) -> Result<(), WorkerError> {
        let (rss, limit) = (self.rss, self.rss_limit);
        put_exit(&request, rss, limit, self.tests, self.output.buffer());
        tell(&request);
        self.output.finish()
    }

    fn give_up(&mut self, _error: &WorkerError, _counters: Counters) -> Result<(), WorkerError> {
        if !self.told {
            Frame::UnexpectedExit { tests: self.tests }.put(self.output.buffer());
        }
        self.output.finish()
    }
}

/// Says why the worker leaves: the frame that says so has no words for most of it.
fn tell(request: &RetireRequest) {
    saved_stderr::give_stderr_back();
    // With stderr gone there is nobody left to tell but by the frame.
    let _ = writeln!(
        std::io::stderr(),
        "note: the worker leaves: {} {}",
        request.reason,
        request.detail
    );
}
