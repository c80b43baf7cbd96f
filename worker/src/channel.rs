//! The parent's pipes, taken out of the guest's reach.

use crate::WorkerError;
use rewind_protocol::{Decoder, ToWorker};
use rewind_sys::descriptors;
use rewind_sys::pipe::take_inherited;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};

/// Bytes asked of the pipe at once.
const READ_BYTES: usize = 256 << 10;

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

    /// The next message if it has arrived and is the next to be taken.
    pub(crate) fn peek(&self) -> Option<&ToWorker> {
        self.queue.front()
    }

    /// Waits for bytes and decodes them; `false` at the end of the stream.
    pub(crate) fn wait(&mut self) -> Result<bool, WorkerError> {
        loop {
            let read = match self.pipe.read(&mut self.chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(WorkerError::Pipe(error)),
            };
            if read == 0 {
                self.decoder.finish()?;
                return Ok(false);
            }
            self.decoder
                .feed_slice(self.chunk.get(..read).unwrap_or_default());
            while let Some(message) = self.decoder.next()? {
                self.admit(message);
            }
            if !self.queue.is_empty() {
                return Ok(true);
            }
        }
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
