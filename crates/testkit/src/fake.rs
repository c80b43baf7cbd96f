//! A worker without an engine: it answers every case at once, and does wrong
//! what the case's script says.

use crate::script::{Deed, Script, Step};
use crate::stream::Stream;
use bytes::Bytes;
use nix::sys::signal::{Signal, raise};
use rewind_protocol::{
    Counters, Decoder, Finished, Hello, HelloReply, LEDGER_WORDS, LedgerWriter, MemoryUse, Outcome,
    Phases, PreambleId, RetireReason, Retiring, Run, Seq, ToParent, ToWorker, Tracking, Version,
    Withdraw,
};
use rewind_sys::pipe::{Interest, Transfer, poll, read, take_inherited};
use rewind_sys::process::{die_with_parent, parent};
use rewind_sys::shared::SharedWords;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How a fake worker behaves apart from scripts.
#[derive(Clone, Debug, Default)]
pub struct FakeOptions {
    /// Number of the ledger's descriptor.
    pub ledger_fd: i32,
    /// Folder where scripts that act a number of times count.
    pub state: Option<PathBuf>,
    /// What it does instead of answering the greeting.
    pub boot: Option<Deed>,
    /// What it does after it has answered the greeting.
    pub ready: Option<Deed>,
    /// Refuses with this reason.
    pub refuse: Option<String>,
    /// Can't give back what it has not begun.
    pub keeps: bool,
    /// Replies with this version.
    pub version: Option<Version>,
    /// Written to standard error at the start.
    pub stderr: Option<String>,
    /// Kills itself with SIGKILL at some moment within so many µs.
    pub die_within_us: Option<u64>,
    /// Time that each case takes.
    pub case_us: u64,
    /// Retires after so many cases.
    pub retire_after: Option<u64>,
    /// Exits at once if so many others of the run were started before.
    pub boots: Option<u64>,
    /// Exits when it is told to build preambles for nobody yet.
    pub exit_when_warmed: bool,
}

/// Serves the parent on descriptors 0 and 1 until it says that the worker may go.
///
/// # Errors
/// When parent and worker can't talk.
pub fn serve(options: &FakeOptions) -> io::Result<()> {
    die_with_parent(parent()).map_err(io::Error::other)?;
    if let Some(text) = &options.stderr {
        writeln!(io::stderr(), "{text}")?;
    }
    if let (Some(limit), Some(state)) = (options.boots, &options.state)
        && count_up(&state.join("boots"))? >= limit
    {
        return Ok(());
    }
    if let Some(limit) = options.die_within_us {
        die_at_random(limit)?;
    }
    let fd = take_inherited(options.ledger_fd).map_err(io::Error::other)?;
    let ledger = SharedWords::open(fd, LEDGER_WORDS).map_err(io::Error::other)?;
    Fake::new(options, &ledger)?.serve()
}

/// Counts in a file, one byte each; how often that was done before.
fn count_up(file: &std::path::Path) -> io::Result<u64> {
    let options = std::fs::File::options().create(true).append(true).clone();
    let mut counter = options.open(file)?;
    let done = counter.metadata()?.len();
    counter.write_all(b".")?;
    Ok(done)
}

fn die_at_random(limit_us: u64) -> io::Result<()> {
    let mut bytes = [0; 8];
    rewind_sys::process::random(&mut bytes).map_err(io::Error::other)?;
    let after = u64::from_ne_bytes(bytes) % limit_us.max(1);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_micros(after));
        raise(Signal::SIGKILL)
    });
    Ok(())
}

struct Fake<'a> {
    options: &'a FakeOptions,
    words: &'a SharedWords,
    stream: Stream<'a>,
    decoder: Decoder<ToWorker>,
    input: Vec<u8>,
    /// Messages that are taken in their order.
    queue: VecDeque<ToWorker>,
    /// Of each `Withdraw` that is not answered, the cases that had not begun.
    withdrawn: Vec<Vec<Seq>>,
    cases: u64,
    preambles: Vec<u32>,
    /// That of the case at hand.
    preamble: PreambleId,
}

impl<'a> Fake<'a> {
    /// Shakes hands.
    fn new(options: &'a FakeOptions, words: &'a SharedWords) -> io::Result<Self> {
        let mut decoder = Decoder::for_worker();
        let mut input = vec![0; 64 << 10];
        let hello = loop {
            match decoder.next().map_err(io::Error::other)? {
                Some(ToWorker::Hello(hello)) => break hello,
                Some(_) => return Err(io::Error::other("the parent doesn't greet first")),
                None if more(&mut decoder, &mut input)? => {}
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        let ledger = LedgerWriter::new(words.words(), hello.nonce).map_err(io::Error::other)?;
        let out = io::stdout().as_fd().try_clone_to_owned()?;
        let stream = Stream::new(ledger, hello.nonce, out);
        let mut fake = Self {
            options,
            words,
            stream,
            decoder,
            input,
            queue: VecDeque::new(),
            withdrawn: Vec::new(),
            cases: 0,
            preambles: Vec::new(),
            preamble: PreambleId::ENGINE,
        };
        fake.greet(&hello)?;
        Ok(fake)
    }

    fn greet(&mut self, hello: &Hello) -> io::Result<()> {
        if let Some(deed) = self.options.boot {
            self.act(deed, None)?;
        }
        if let Some(reason) = &self.options.refuse {
            self.stream.append(&ToParent::Refused {
                reason: reason.clone(),
            })?;
            return self.stream.flush();
        }
        self.stream.append(&ToParent::HelloReply(HelloReply {
            version: self.options.version.unwrap_or(hello.version),
            nonce: hello.nonce,
            guest_name: "fake".to_owned(),
            guest_version: "1".to_owned(),
            build_id: "fake".to_owned(),
            tracking: Tracking::Copy,
            tracking_reason: "there is nothing to track".to_owned(),
            page_size: 4096,
            capabilities: if self.options.keeps {
                Vec::new()
            } else {
                HelloReply::capabilities(&[])
            },
            pid: std::process::id(),
        }))?;
        self.stream.flush()?;
        match self.options.ready {
            Some(deed) => self.act(deed, None)?,
            None => self.stream.append(&ToParent::Ready)?,
        }
        self.stream.flush()
    }

    fn serve(&mut self) -> io::Result<()> {
        if self.options.refuse.is_some() {
            return Ok(());
        }
        loop {
            self.look()?;
            match self.queue.pop_front() {
                Some(ToWorker::Run(run)) => self.run(&run)?,
                Some(ToWorker::Preamble(preamble)) => {
                    let known = |id: u32| self.preambles.contains(&id);
                    if known(preamble.id.0) || preamble.parent.is_some_and(|id| !known(id.0)) {
                        return Err(io::Error::other(
                            "a preamble comes twice or before its parent",
                        ));
                    }
                    self.preambles.push(preamble.id.0);
                }
                Some(ToWorker::Drain) => return self.retire(RetireReason::Drained),
                Some(ToWorker::Ping { .. }) if self.options.exit_when_warmed => return Ok(()),
                Some(ToWorker::Ping { token }) => {
                    self.stream.append(&ToParent::Pong { token })?;
                    self.stream.flush()?;
                }
                Some(ToWorker::Shutdown) => return self.stream.flush(),
                Some(_) => {}
                None => {
                    self.stream.flush()?;
                    if !self.take_in()? {
                        return Ok(());
                    }
                }
            }
            if self
                .options
                .retire_after
                .is_some_and(|limit| self.cases >= limit)
            {
                return self.retire(RetireReason::RssLimit);
            }
        }
    }

    /// Takes what is there, and gives back what has not begun if that is asked for.
    fn look(&mut self) -> io::Result<()> {
        let stdin = io::stdin();
        let here = poll(&[(stdin.as_fd(), Interest::Read)], Some(Duration::ZERO));
        if here.map_err(io::Error::other)? != 0 {
            self.take_in()?;
        }
        for seqs in std::mem::take(&mut self.withdrawn) {
            self.stream.append(&ToParent::Withdrawn { seqs })?;
            self.stream.flush()?;
        }
        Ok(())
    }

    /// Waits for what the parent says; `false` if it says nothing more.
    fn take_in(&mut self) -> io::Result<bool> {
        let went_on = more(&mut self.decoder, &mut self.input)?;
        while let Some(message) = self.decoder.next().map_err(io::Error::other)? {
            match message {
                ToWorker::Withdraw(withdraw) => self.withdraw(&withdraw),
                message => self.queue.push_back(message),
            }
        }
        Ok(went_on)
    }

    fn withdraw(&mut self, withdraw: &Withdraw) {
        let mut taken = Vec::new();
        self.queue.retain(|message| {
            let ToWorker::Run(run) = message else {
                return true;
            };
            let kept = match withdraw {
                Withdraw::All => false,
                Withdraw::Cases(seqs) => !seqs.contains(&run.seq),
            };
            taken.extend((!kept).then_some(run.seq));
            kept
        });
        self.withdrawn.push(taken);
    }

    fn run(&mut self, run: &Run) -> io::Result<()> {
        let text = String::from_utf8_lossy(&run.source);
        let script = Script::in_source(&text).map_err(io::Error::other)?;
        let script = match script {
            Some(script) if self.acts(&script, &run.path)? => Some(script),
            _ => None,
        };
        let preamble = run.preamble.0;
        if preamble != u32::MAX && !self.preambles.contains(&preamble) {
            return Err(io::Error::other("a case comes before its preamble"));
        }
        self.preamble = run.preamble;
        self.step(Step::Received, script, run.seq)?;
        self.stream.ledger.begin(run.seq);
        if self.options.case_us > 0 {
            std::thread::sleep(Duration::from_micros(self.options.case_us));
        }
        self.step(Step::Begun, script, run.seq)?;
        self.stream.ledger.restoring(run.seq);
        self.step(Step::Restoring, script, run.seq)?;
        self.stream
            .append(&ToParent::Finished(Box::new(answer(run))))?;
        self.cases += 1;
        self.step(Step::Appended, script, run.seq)?;
        if script.is_some_and(|script| script.step == Step::Half) {
            self.stream.flush_half()?;
            self.step(Step::Half, script, run.seq)?;
        }
        if script.is_some_and(|script| script.step == Step::Flushed) {
            self.stream.flush()?;
            self.step(Step::Flushed, script, run.seq)?;
        }
        self.stream.ledger.idle(run.seq);
        self.stream.flush_if_full()
    }

    /// The script still has to act; if it counts, this time is counted.
    fn acts(&self, script: &Script, path: &str) -> io::Result<bool> {
        let (Some(times), Some(state)) = (script.times, &self.options.state) else {
            return Ok(true);
        };
        // No two paths may share a counter.
        let done = count_up(&state.join(path.replace('_', "__").replace('/', "_-")))?;
        Ok(done < u64::from(times))
    }

    fn step(&mut self, step: Step, script: Option<Script>, seq: Seq) -> io::Result<()> {
        match script {
            Some(script) if script.step == step => self.act(script.deed, Some(seq)),
            _ => Ok(()),
        }
    }

    fn act(&mut self, deed: Deed, seq: Option<Seq>) -> io::Result<()> {
        match deed {
            Deed::Kill(signal) => die_of(Signal::try_from(signal)?)?,
            Deed::Exit(code) => std::process::exit(code),
            Deed::Abort => std::process::abort(),
            Deed::Hang => hang(),
            Deed::Garbage => {
                self.stream
                    .write(&b"Segmentation fault (core dumped)\n".repeat(200))?;
                hang();
            }
            Deed::Noise => self.stream.write(&[0xff; 64])?,
            Deed::Unknown => self.say_and_hang(Seq(seq.map_or(0, |seq| seq.0) + 1_000_000), 0)?,
            Deed::Duplicate => {
                let seq = seq.unwrap_or(Seq(0));
                self.stream.append(&finished(seq, Bytes::new()))?;
                self.say_and_hang(seq, 0)?;
            }
            Deed::Forged => self.say_and_hang(seq.unwrap_or(Seq(0)), 1)?,
            Deed::Scribble => {
                for word in self.words.words() {
                    word.store(0x5555_5555_5555_5555, Ordering::Relaxed);
                }
                die_of(Signal::SIGSEGV)?;
            }
            Deed::NameNext => {
                let next = seq.map_or(1, |seq| seq.0 + 1);
                self.stream.ledger.begin(Seq(next));
                die_of(Signal::SIGKILL)?;
            }
            Deed::NamePreamble => {
                let seq = seq.unwrap_or(Seq(0));
                self.stream.ledger.preparing(seq, self.preamble);
                die_of(Signal::SIGKILL)?;
            }
            Deed::Stir => loop {
                let seq = seq.unwrap_or(Seq(0));
                self.stream.ledger.begin(seq);
                std::thread::sleep(millis(5));
                self.stream.ledger.begin(Seq(seq.0 + 1));
                std::thread::sleep(millis(5));
            },
            Deed::Close => {
                self.stream.close();
                nix::unistd::close(1)?;
                hang();
            }
            Deed::Panic => {
                let words = self.stream.last_words();
                writeln!(std::io::stderr(), "error: it panicked\n{words}")?;
                std::process::exit(101);
            }
            Deed::Retire => {
                self.retire(RetireReason::Unrestorable)?;
                std::process::exit(0);
            }
            Deed::Nap(ms) => std::thread::sleep(millis(ms)),
            Deed::Await => self.await_go(),
            Deed::Told => {
                self.stream.flush()?;
                while self.withdrawn.is_empty() && self.take_in()? {}
            }
            Deed::Fall(signal) => {
                self.await_go();
                die_of(Signal::try_from(signal)?)?;
            }
            Deed::Go => {
                if let Some(state) = &self.options.state {
                    std::fs::write(state.join("go"), "")?;
                }
            }
            Deed::Spin(ms) => {
                let until = Instant::now() + millis(ms);
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
            }
            Deed::Linger => {
                self.retire(RetireReason::ThreadsLeft)?;
                hang();
            }
        }
        Ok(())
    }

    /// Sleeps until there is a file `go` in the state folder.
    fn await_go(&self) {
        let state = self.options.state.as_deref();
        while state.is_some_and(|state| !state.join("go").exists()) {
            std::thread::sleep(millis(20));
        }
    }

    /// Answers `seq`, under another nonce if `shift` isn't 0, and hangs.
    fn say_and_hang(&mut self, seq: Seq, shift: u64) -> io::Result<()> {
        let mut frame = Vec::new();
        let nonce = self.words.words()[2].load(Ordering::Relaxed) + shift;
        let message = finished(seq, Bytes::new());
        rewind_protocol::encode_to_parent(&message, nonce, &mut frame).map_err(io::Error::other)?;
        self.stream.flush()?;
        self.stream.write(&frame)?;
        hang();
        Ok(())
    }

    fn retire(&mut self, reason: RetireReason) -> io::Result<()> {
        let counters = Counters {
            cases: self.cases,
            ..Counters::default()
        };
        let detail = "as scripted".to_owned();
        self.stream.append(&ToParent::Retiring(Retiring {
            reason,
            detail,
            counters,
        }))?;
        self.stream.flush()
    }
}

/// Reads more of what the parent says; `false` if it says nothing more.
fn more(decoder: &mut Decoder<ToWorker>, input: &mut [u8]) -> io::Result<bool> {
    match read(io::stdin().as_fd(), input).map_err(io::Error::other)? {
        Transfer::Moved(count) => decoder.feed_slice(input.get(..count).unwrap_or_default()),
        Transfer::Later => std::thread::yield_now(),
        Transfer::Closed => return Ok(false),
    }
    Ok(true)
}

/// Sends itself a signal that kills; again, if a handler swallowed it and
/// uninstalled itself, as the one for stack overflows does.
fn die_of(signal: Signal) -> io::Result<()> {
    raise(signal)?;
    raise(signal)?;
    Ok(())
}

fn millis(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

fn hang() {
    std::thread::sleep(Duration::from_secs(3600));
}

/// Says which case it is, so that a parent that mixes them up is found out.
fn answer(run: &Run) -> Finished {
    let output = Bytes::from(format!("{} {} {}", run.path, run.variant, run.source.len()));
    completed(run.seq, output)
}

fn finished(seq: Seq, output: Bytes) -> ToParent {
    ToParent::Finished(Box::new(completed(seq, output)))
}

fn completed(seq: Seq, output: Bytes) -> Finished {
    Finished {
        seq,
        outcome: Outcome::Completed,
        notices: Vec::new(),
        output,
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}
