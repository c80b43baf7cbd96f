//! The parent's pipes, taken out of the guest's reach.

use crate::WorkerError;
use rewind_protocol::{Decoder, ToWorker};
use rewind_sys::descriptors;
use rewind_sys::pipe::{Interest, poll, take_inherited};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

/// Bytes asked of the pipe at once.
const READ_BYTES: usize = 256 << 10;
/// The same where every page in use costs each fork something.
const FEW_BYTES: usize = 32 << 10;

/// Messages from the parent, in order.
pub(crate) struct Inbox {
    pipe: File,
    decoder: Decoder<ToWorker>,
    queue: VecDeque<ToWorker>,
    /// Room for one read, kept so that its pages stay warm.
    chunk: Vec<u8>,
}

/// Opens both pipes: the worker's standard input and output, which become the null device.
pub(crate) fn pipes() -> Result<(File, File), WorkerError> {
    let raised = |number| descriptors::raise(take_inherited(number)?).map(File::from);
    let (input, output) = (raised(0)?, raised(1)?);
    let null = File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(WorkerError::Pipe)?;
    descriptors::replace(&null, 0)?;
    descriptors::replace(&null, 1)?;
    Ok((input, output))
}

/// As [`pipes`], for a parent that speaks the native dialect.
pub(crate) fn open() -> Result<(Inbox, File), WorkerError> {
    let (input, output) = pipes()?;
    let inbox = Inbox {
        pipe: input,
        decoder: Decoder::for_worker(),
        queue: VecDeque::new(),
        chunk: vec![0; READ_BYTES],
    };
    Ok((inbox, output))
}

impl Inbox {
    /// The next message that has already arrived, without waiting.
    pub(crate) fn next_here(&mut self) -> Option<ToWorker> {
        self.queue.pop_front()
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

    /// The next message if it has arrived and is the next to be taken.
    pub(crate) fn peek(&self) -> Option<&ToWorker> {
        self.queue.front()
    }

    /// Waits for bytes and decodes them; `false` at the end of the stream.
    pub(crate) fn wait(&mut self) -> Result<bool, WorkerError> {
        loop {
            if self.take()? == 0 {
                self.decoder.finish()?;
                return Ok(false);
            }
            if !self.queue.is_empty() {
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

    /// A cancelled case that hasn't started is replaced by its cancellation,
    /// so that it is answered in its turn; a cancellation that comes too late is dropped.
    fn admit(&mut self, message: ToWorker) {
        let ToWorker::Cancel { seq } = message else {
            return self.queue.push_back(message);
        };
        let is_it = |queued: &&mut ToWorker| matches!(queued, ToWorker::Run(run) if run.seq == seq);
        if let Some(queued) = self.queue.iter_mut().find(is_it) {
            *queued = message;
        }
    }
}

/// Writes all of `bytes` to the parent.
pub(crate) fn write_all(pipe: &mut File, bytes: &[u8]) -> Result<(), WorkerError> {
    pipe.write_all(bytes).map_err(WorkerError::Pipe)
}
