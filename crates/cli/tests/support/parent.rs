//! A parent that knows no more than the protocol: two pipes, a ledger if
//! wanted, and the codec. Nothing of the harness is used, so that a worker is
//! seen as a program of somebody else's would see it.

use rewind_protocol::{
    Attributes, Decoder, Finished, Hello, HelloReply, Isolation, LEDGER_WORDS, LedgerReader,
    Preamble, PreambleId, Retiring, Run, Seq, Source, ToParent, ToWorker, Tracking, Variant,
    Verify, Version, encode_to_worker,
};
use rewind_sys::pipe::{self, Interest, Pipe, Transfer};
use rewind_sys::process::{Child, ExitStatus, Spawn};
use rewind_sys::shared::SharedWords;
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the frames of every worker here carry.
pub(crate) const NONCE: u64 = 0x5eed_0f1e_57ab_1e5a;
/// After so long without a byte a worker is taken for hung, and the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Root of the corpus that comes with the repository.
pub(crate) fn corpus_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// A greeting that every worker accepts; every restore is verified.
pub(crate) fn hello() -> Hello {
    Hello {
        version: Version::CURRENT,
        nonce: NONCE,
        root: corpus_root().into_os_string().into_encoded_bytes(),
        guest: "quickjs".to_owned(),
        faults: true,
        markers: false,
        heap_cap: 1 << 30,
        tracking: Tracking::Auto,
        verify: Verify::Always,
        ledger: false,
        isolation: Isolation::Checkpoint,
        rss_soft_limit: 1 << 30,
        rss_hard_limit: 4 << 30,
        crash_limit: None,
        layer_limit: 64,
        timeline: false,
    }
}

/// A case of sloppy code on the bare engine; its number is given when it is sent.
pub(crate) fn case(source: impl Into<Vec<u8>>) -> Run {
    Run {
        seq: Seq(0),
        path: "test/case.js".to_owned(),
        variant: Variant::named(&"sloppy"),
        preamble: PreambleId::ENGINE,
        source: source.into().into(),
        deadline_ms: 10_000,
        attributes: Attributes::NONE,
    }
}

/// A preamble of one source.
pub(crate) fn preamble(id: u32, parent: Option<u32>, source: &str) -> Preamble {
    Preamble {
        id: PreambleId(id),
        parent: parent.map(PreambleId),
        sources: vec![Source {
            name: format!("harness/{id}.js"),
            text: source.as_bytes().to_vec().into(),
        }],
    }
}

/// A worker and the parent's ends of what leads to it. The worker is killed on drop.
pub(crate) struct Parent {
    child: Child,
    to: Option<OwnedFd>,
    from: OwnedFd,
    errors: OwnedFd,
    ledger: Option<SharedWords>,
    decoder: Decoder<ToParent>,
    /// All that came from the worker, byte for byte.
    stream: Vec<u8>,
    ended: bool,
    next: u64,
    /// What it said to people.
    pub(crate) remarks: Vec<String>,
}

impl Parent {
    /// Starts a worker that shares no ledger, and says nothing to it.
    pub(crate) fn start() -> Self {
        Self::spawn(None, &[])
    }

    /// The same, with further arguments.
    pub(crate) fn start_with(words: &[&str]) -> Self {
        Self::spawn(None, words)
    }

    /// Starts a worker that inherits a ledger, and says nothing to it.
    pub(crate) fn start_with_ledger() -> Self {
        Self::spawn(
            Some(SharedWords::create(LEDGER_WORDS).expect("ledger")),
            &[],
        )
    }

    /// Starts a worker that inherits shared memory of another size than a ledger has.
    pub(crate) fn start_with_small_ledger() -> Self {
        Self::spawn(
            Some(SharedWords::create(LEDGER_WORDS / 2).expect("ledger")),
            &[],
        )
    }

    fn spawn(ledger: Option<SharedWords>, words: &[&str]) -> Self {
        let [to, from, errors] = [(); 3].map(|()| Pipe::new(1 << 20).expect("pipe"));
        let mut fds = vec![
            to.reader.as_fd(),
            from.writer.as_fd(),
            errors.writer.as_fd(),
        ];
        let mut args = vec![OsString::from("worker")];
        args.extend(words.iter().map(OsString::from));
        if let Some(ledger) = &ledger {
            args.extend(["--ledger-fd".into(), fds.len().to_string().into()]);
            fds.push(ledger.as_fd());
        }
        let spawn = Spawn {
            exe: Path::new(env!("CARGO_BIN_EXE_rewind")),
            args: &args,
            env: &[],
            fds: &fds,
        };
        let child = spawn.start().expect("worker started");
        for fd in [to.writer.as_fd(), from.reader.as_fd()] {
            pipe::set_nonblocking(fd).expect("non-blocking");
        }
        Self {
            child,
            to: Some(to.writer),
            from: from.reader,
            errors: errors.reader,
            ledger,
            decoder: Decoder::for_parent(NONCE),
            stream: Vec::new(),
            ended: false,
            next: 0,
            remarks: Vec::new(),
        }
    }

    /// Starts a worker, with a ledger if `hello` says so, and greets it.
    pub(crate) fn greet(hello: Hello) -> (Self, HelloReply) {
        let parent = match hello.ledger {
            true => Self::start_with_ledger(),
            false => Self::start(),
        };
        parent.shake_hands(hello)
    }

    /// Starts a worker with further arguments and without a ledger, and greets it.
    pub(crate) fn greet_with(words: &[&str], hello: Hello) -> (Self, HelloReply) {
        Self::start_with(words).shake_hands(hello)
    }

    fn shake_hands(self, hello: Hello) -> (Self, HelloReply) {
        let mut parent = self;
        parent.say(&ToWorker::Hello(hello));
        let reply = match parent.hear() {
            Some(ToParent::HelloReply(reply)) => reply,
            other => panic!("no reply to the greeting but {other:?}"),
        };
        assert_eq!(parent.hear(), Some(ToParent::Ready));
        (parent, reply)
    }

    /// A worker that is ready for cases.
    pub(crate) fn ready(hello: Hello) -> Self {
        Self::greet(hello).0
    }

    /// The worker's process.
    pub(crate) fn child(&self) -> &Child {
        &self.child
    }

    /// All bytes that came through the pipe so far.
    pub(crate) fn stream(&self) -> &[u8] {
        &self.stream
    }

    /// The ledger, which must be shared.
    pub(crate) fn ledger(&self) -> LedgerReader<'_> {
        let words = self.ledger.as_ref().expect("a shared ledger").words();
        LedgerReader::new(words, NONCE).expect("a ledger of the usual size")
    }

    /// Sends a message.
    pub(crate) fn say(&mut self, message: &ToWorker) {
        self.say_all(std::slice::from_ref(message));
    }

    /// Sends messages so that the worker finds them together: in one write, as
    /// long as they fit in the pipe.
    pub(crate) fn say_all(&mut self, messages: &[ToWorker]) {
        let mut frames = Vec::new();
        for message in messages {
            encode_to_worker(message, &mut frames).expect("encoded");
        }
        self.send(&frames);
    }

    /// Sends bytes, taking in what comes meanwhile. A worker that is gone takes none.
    pub(crate) fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let to = self.to.as_ref().expect("not hung up").as_fd();
            let mut wanted = vec![(to, Interest::Write)];
            if !self.ended {
                wanted.push((self.from.as_fd(), Interest::Read));
            }
            let ready = pipe::poll(&wanted, Some(PATIENCE)).expect("poll");
            assert_ne!(ready, 0, "the worker takes no bytes");
            if ready & 1 != 0 {
                match pipe::write(to, bytes).expect("write") {
                    Transfer::Moved(count) => bytes = &bytes[count..],
                    Transfer::Later => {}
                    Transfer::Closed => return,
                }
            }
            if ready & 2 != 0 {
                self.take_in();
            }
        }
    }

    /// Takes what is in the pipe.
    fn take_in(&mut self) {
        let mut chunk = vec![0; 256 << 10];
        match pipe::read(self.from.as_fd(), &mut chunk).expect("read") {
            Transfer::Moved(count) => {
                chunk.truncate(count);
                self.stream.extend_from_slice(&chunk);
                self.decoder.feed(chunk);
            }
            Transfer::Later => {}
            Transfer::Closed => self.ended = true,
        }
    }

    /// The next message; `None` if the worker has closed its end, and not in a frame.
    pub(crate) fn hear(&mut self) -> Option<ToParent> {
        loop {
            if let Some(message) = self.decoder.next().expect("a sound stream") {
                return Some(message);
            }
            if self.ended {
                self.decoder
                    .finish()
                    .expect("a stream that ends between frames");
                return None;
            }
            let wanted = [(self.from.as_fd(), Interest::Read)];
            let ready = pipe::poll(&wanted, Some(PATIENCE)).expect("poll");
            assert_ne!(ready, 0, "the worker says nothing");
            self.take_in();
        }
    }

    /// Numbers a case, with what was sent before it.
    pub(crate) fn number(&mut self, mut run: Run) -> Run {
        run.seq = Seq(self.next);
        self.next += 1;
        run
    }

    /// Sends a case; its number.
    pub(crate) fn ask(&mut self, run: Run) -> Seq {
        let run = self.number(run);
        let seq = run.seq;
        self.say(&ToWorker::Run(run));
        seq
    }

    /// The next answer. `Started` of the same case may come before it.
    pub(crate) fn answer(&mut self) -> Finished {
        let mut started = None;
        loop {
            match self.hear() {
                Some(ToParent::Started { seq }) if started.is_none() => started = Some(seq),
                Some(ToParent::Finished(finished)) => {
                    assert!(
                        started.is_none_or(|seq| seq == finished.seq),
                        "{finished:?}"
                    );
                    return *finished;
                }
                Some(ToParent::Diagnostic { text }) => self.remarks.push(text),
                other => panic!("no answer but {other:?}"),
            }
        }
    }

    /// Sends a case and gives its answer, which must be the next.
    pub(crate) fn run(&mut self, run: Run) -> Finished {
        let seq = self.ask(run);
        let finished = self.answer();
        assert_eq!(finished.seq, seq);
        finished
    }

    /// The worker's last words, which must come next, and its end by itself.
    pub(crate) fn farewell(&mut self) -> Retiring {
        let retiring = match self.hear() {
            Some(ToParent::Retiring(retiring)) => retiring,
            other => panic!("no farewell but {other:?}"),
        };
        assert_eq!(self.hear(), None);
        assert_eq!(self.end(), (ExitStatus::Exited(0), String::new()));
        retiring
    }

    /// Tells the worker to answer all it has and leave.
    pub(crate) fn drain(&mut self) -> Retiring {
        self.say(&ToWorker::Drain);
        self.farewell()
    }

    /// Everything that a dead worker has said since the last message that was
    /// heard, whether it came through the pipe or is in the ledger alone.
    pub(crate) fn bury(mut self) -> Vec<ToParent> {
        while !self.ended {
            self.take_in();
        }
        let (messages, end) = self.decoder.clone().complete(&self.ledger());
        end.expect("all there is");
        messages
    }

    /// Closes the pipe to the worker.
    pub(crate) fn hang_up(&mut self) {
        self.to = None;
    }

    /// Waits for the worker's end: how it ended, and what it wrote to its standard error.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let wanted = [(self.child.as_fd(), Interest::Read)];
        let ready = pipe::poll(&wanted, Some(PATIENCE)).expect("poll");
        assert_ne!(ready, 0, "the worker doesn't end");
        let status = self.child.wait().expect("wait").status;
        pipe::set_nonblocking(self.errors.as_fd()).expect("non-blocking");
        let mut text = vec![0; 64 << 10];
        let count = match pipe::read(self.errors.as_fd(), &mut text).expect("read") {
            Transfer::Moved(count) => count,
            Transfer::Later | Transfer::Closed => 0,
        };
        text.truncate(count);
        (status, String::from_utf8(text).expect("UTF-8"))
    }
}
