//! The manifest, as far as it has come.

use crate::WorkerError;
use rewind_protocol::line::{Header, Item, LineError, Manifest};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// Bytes asked of the pipe at once.
const READ_BYTES: usize = 256 << 10;

/// Why there is no more to read.
#[derive(Debug)]
pub(super) enum FeedError {
    /// The system refused.
    Read(std::io::Error),
    /// The input makes no sense.
    Manifest(LineError),
    /// What was said before can't be written.
    Output(WorkerError),
}

impl FeedError {
    /// The number that a `BATCH_DIAG` gives: `errno`, or `EBADMSG`.
    pub(super) fn number(&self) -> u32 {
        /// `EBADMSG` of Linux.
        const BAD_MESSAGE: u32 = 74;
        let number = match self {
            Self::Read(error) => error.raw_os_error(),
            Self::Manifest(_) | Self::Output(_) => None,
        };
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(BAD_MESSAGE)
    }
}

/// Items in the order of the manifest.
pub(super) struct Feed {
    pipe: File,
    manifest: Manifest,
    queue: VecDeque<Item>,
    chunk: Vec<u8>,
    /// What was found behind the items in `queue`.
    broken: Option<LineError>,
}

impl Feed {
    pub(super) fn new(pipe: File) -> Self {
        Self {
            pipe,
            manifest: Manifest::new(),
            queue: VecDeque::new(),
            chunk: vec![0; READ_BYTES],
            broken: None,
        }
    }

    /// The next item that has come, without waiting.
    pub(super) fn next_here(&mut self) -> Option<Item> {
        self.queue.pop_front()
    }

    /// What comes next is a case, on the harness there is.
    pub(super) fn case_is_next(&self) -> bool {
        matches!(
            self.queue.front(),
            Some(Item::Text(Header::Source { .. }, _))
        )
    }

    /// Waits until there is an item, and calls `before` with the pipe each time
    /// before it waits; `false` at the end of the input.
    pub(super) fn wait(
        &mut self,
        mut before: impl FnMut(BorrowedFd<'_>) -> Result<(), WorkerError>,
    ) -> Result<bool, FeedError> {
        while self.queue.is_empty() {
            if let Some(error) = self.broken.take() {
                return Err(FeedError::Manifest(error));
            }
            before(self.pipe.as_fd()).map_err(FeedError::Output)?;
            let read = match self.pipe.read(&mut self.chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(FeedError::Read(error)),
            };
            if read == 0 {
                return self
                    .manifest
                    .finish()
                    .map(|()| false)
                    .map_err(FeedError::Manifest);
            }
            self.manifest
                .feed(self.chunk.get(..read).unwrap_or_default());
            self.take_items();
        }
        Ok(true)
    }

    /// Items before a place that makes no sense are run all the same.
    fn take_items(&mut self) {
        loop {
            match self.manifest.next() {
                Ok(Some(item)) => self.queue.push_back(item),
                Ok(None) => return,
                Err(error) => {
                    self.broken = Some(error);
                    return;
                }
            }
        }
    }
}
