//! What the parent sends, in the order in which it is taken.

use crate::WorkerError;
use rewind_protocol::{Decoder, Preamble, Seq, ToWorker, Withdraw};
use rewind_sys::pipe::{Interest, poll};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Bytes asked of the pipe at once.
const READ_BYTES: usize = 256 << 10;
/// The same where every page in use costs each fork something.
const FEW_BYTES: usize = 32 << 10;
/// Bytes of messages that are here at most for the sake of those that are taken
/// at once: what a parent sends beyond that waits in its pipe.
const AHEAD_BYTES: usize = 32 << 20;
/// What a message takes beside its texts, about.
const MESSAGE_BYTES: usize = 256;

/// Messages from the parent: in order, but for those that are taken at once.
pub(crate) struct Inbox {
    pipe: File,
    decoder: Decoder<ToWorker>,
    queue: VecDeque<ToWorker>,
    /// Bytes of what is in the queue.
    queued: usize,
    /// Of each `Withdraw` that is not answered yet, the cases that had not begun.
    withdrawn: VecDeque<Vec<Seq>>,
    /// The parent wants the worker to end at once.
    shut_down: bool,
    /// Room for one read, kept so that its pages stay warm.
    chunk: Vec<u8>,
}

impl Inbox {
    /// Nothing was read from `pipe` yet.
    pub(crate) fn new(pipe: File) -> Self {
        Self {
            pipe,
            decoder: Decoder::for_worker(),
            queue: VecDeque::new(),
            queued: 0,
            withdrawn: VecDeque::new(),
            shut_down: false,
            chunk: vec![0; READ_BYTES],
        }
    }

    /// The next message that has already arrived, without waiting.
    pub(crate) fn next_here(&mut self) -> Option<ToWorker> {
        let message = self.queue.pop_front()?;
        self.queued = self.queued.saturating_sub(weight(&message));
        Some(message)
    }

    /// The cases that one `Withdraw` has taken back, which its answer has to name.
    pub(crate) fn next_withdrawn(&mut self) -> Option<Vec<Seq>> {
        self.withdrawn.pop_front()
    }

    /// The parent has said that the worker is to end at once.
    pub(crate) const fn is_shut_down(&self) -> bool {
        self.shut_down
    }

    /// From now on takes little at a time, so that little memory is in use.
    pub(crate) fn read_little(&mut self) {
        self.chunk = vec![0; FEW_BYTES];
    }

    /// Takes what has arrived, without waiting, if nothing is here. That the
    /// stream has ended is for [`Inbox::wait`] to find.
    pub(crate) fn top_up(&mut self) -> Result<(), WorkerError> {
        if !self.queue.is_empty() {
            return Ok(());
        }
        let here = poll(&[(self.pipe.as_fd(), Interest::Read)], Some(Duration::ZERO))?;
        if here != 0 {
            self.take()?;
        }
        Ok(())
    }

    /// Takes what has arrived, without waiting, though something is here: it may
    /// be a message that is taken at once. As [`Inbox::top_up`] otherwise.
    pub(crate) fn look(&mut self) -> Result<(), WorkerError> {
        while self.queued < AHEAD_BYTES {
            let here = poll(&[(self.pipe.as_fd(), Interest::Read)], Some(Duration::ZERO))?;
            if here == 0 || self.take()? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The next message if it has arrived and is the next to be taken.
    pub(crate) fn peek(&self) -> Option<&ToWorker> {
        self.queue.front()
    }

    /// Waits for something to do, and calls `before` with the pipe each time
    /// before it waits; `false` at the end of the stream.
    pub(crate) fn wait(
        &mut self,
        mut before: impl FnMut(BorrowedFd<'_>) -> Result<(), WorkerError>,
    ) -> Result<bool, WorkerError> {
        loop {
            before(self.pipe.as_fd())?;
            if self.take()? == 0 {
                self.decoder.finish()?;
                return Ok(false);
            }
            let at_once = self.shut_down || !self.withdrawn.is_empty();
            if at_once || !self.queue.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Reads once and decodes; the bytes that came, 0 at the end of the stream.
    fn take(&mut self) -> Result<usize, WorkerError> {
        let read = loop {
            match self.pipe.read(&mut self.chunk) {
                Ok(read) => break read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(WorkerError::Pipe(error)),
            }
        };
        let bytes = self.chunk.get(..read).unwrap_or_default();
        self.decoder.feed_slice(bytes);
        while let Some(message) = self.decoder.next()? {
            self.admit(message);
        }
        Ok(read)
    }

    /// Queues a message, or does at once what it says.
    fn admit(&mut self, message: ToWorker) {
        match message {
            ToWorker::Cancel { seq } => self.cancel(seq),
            ToWorker::Withdraw(withdraw) => self.withdraw(&withdraw),
            ToWorker::Shutdown => self.shut_down = true,
            message => {
                self.queued += weight(&message);
                self.queue.push_back(message);
            }
        }
    }

    /// A cancelled case that hasn't started is replaced by its cancellation,
    /// so that it is answered in its turn; a cancellation that comes too late is dropped.
    fn cancel(&mut self, seq: Seq) {
        let is_it = |queued: &&mut ToWorker| matches!(queued, ToWorker::Run(run) if run.seq == seq);
        if let Some(queued) = self.queue.iter_mut().find(is_it) {
            let was = std::mem::replace(queued, ToWorker::Cancel { seq });
            self.queued = self.queued.saturating_sub(weight(&was)) + MESSAGE_BYTES;
        }
    }

    /// Takes cases that haven't begun out of the queue.
    fn withdraw(&mut self, withdraw: &Withdraw) {
        let mut taken = Vec::new();
        let mut released = 0;
        self.queue.retain(|queued| {
            let ToWorker::Run(run) = queued else {
                return true;
            };
            let kept = match withdraw {
                Withdraw::All => false,
                Withdraw::Cases(seqs) => !seqs.contains(&run.seq),
            };
            if !kept {
                released += weight(queued);
                taken.push(run.seq);
            }
            kept
        });
        self.queued = self.queued.saturating_sub(released);
        self.withdrawn.push_back(taken);
    }
}

/// Bytes that a message holds, about.
fn weight(message: &ToWorker) -> usize {
    let texts = match message {
        ToWorker::Run(run) => run.source.len() + run.path.len(),
        ToWorker::Preamble(Preamble { sources, .. }) => {
            let bytes = |source: &rewind_protocol::Source| source.text.len() + source.name.len();
            sources.iter().map(bytes).sum()
        }
        _ => 0,
    };
    texts + MESSAGE_BYTES
}
