//! What goes to the parent, written as far as the parent takes it.
//!
//! ```text
//!   put ──► waiting ──offer──► pipe ──► parent
//!           at most 16 MiB beyond what is put at once
//! ```
//!
//! A parent that writes all it has before it reads would never come to read if
//! its worker stood still before a full pipe: neither would ever go on. So the
//! worker keeps what the pipe doesn't take, goes on, and reads on. Beyond the
//! bound it waits.

use crate::WorkerError;
use rewind_sys::descriptors;
use rewind_sys::pipe::{self, Interest, Transfer, poll};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Bytes that may wait for the parent while the worker goes on.
const MOST: usize = 16 << 20;
/// Room that is kept when all is written: one answer with much output must not
/// be remembered for ever.
const KEPT: usize = 128 << 10;

/// The parent's end of a pipe, and what waits for it.
pub(crate) struct Output {
    pipe: OwnedFd,
    waiting: Vec<u8>,
    /// Bytes at the front of `waiting` that were written.
    head: usize,
}

impl Output {
    /// Writes to `pipe`: without waiting if it is a pipe that can be opened once
    /// more. What others share must not be made non-blocking.
    pub(crate) fn new(pipe: File) -> Result<Self, WorkerError> {
        let pipe = match pipe::reopen_nonblocking(pipe.as_fd()) {
            Some(own) => descriptors::raise(own)?,
            None => pipe.into(),
        };
        Ok(Self {
            pipe,
            waiting: Vec::with_capacity(KEPT),
            head: 0,
        })
    }

    /// Where to put what is to be written.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.waiting
    }

    /// Bytes that are not written yet.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() - self.head
    }

    /// Writes what the parent takes, and waits for it only with too much to keep.
    pub(crate) fn offer(&mut self) -> Result<(), WorkerError> {
        self.write()?;
        while self.len() > MOST {
            self.wait_for_room()?;
            self.write()?;
        }
        Ok(())
    }

    /// Writes all there is, however long the parent takes.
    pub(crate) fn finish(&mut self) -> Result<(), WorkerError> {
        self.write()?;
        while self.len() > 0 {
            self.wait_for_room()?;
            self.write()?;
        }
        Ok(())
    }

    /// Waits until there is something to read from `input`, and writes meanwhile.
    pub(crate) fn write_until(&mut self, input: BorrowedFd<'_>) -> Result<(), WorkerError> {
        while self.len() > 0 {
            let both = [
                (input, Interest::Read),
                (self.pipe.as_fd(), Interest::Write),
            ];
            let ready = poll(&both, None)?;
            if ready & 2 != 0 {
                self.write()?;
            }
            if ready & 1 != 0 {
                break;
            }
        }
        Ok(())
    }

    fn wait_for_room(&self) -> Result<(), WorkerError> {
        poll(&[(self.pipe.as_fd(), Interest::Write)], None)?;
        Ok(())
    }

    fn write(&mut self) -> Result<(), WorkerError> {
        while let Some(rest) = self.waiting.get(self.head..).filter(|it| !it.is_empty()) {
            match pipe::write(self.pipe.as_fd(), rest)? {
                Transfer::Moved(count) => self.head += count,
                Transfer::Later => break,
                Transfer::Closed => {
                    return Err(WorkerError::Pipe(std::io::ErrorKind::BrokenPipe.into()));
                }
            }
        }
        if self.len() == 0 {
            self.waiting.clear();
            self.waiting.shrink_to(KEPT);
            self.head = 0;
        } else if self.head >= KEPT {
            self.waiting.drain(..self.head);
            self.head = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_sys::pipe::{Pipe, read, set_nonblocking};

    /// All that is in the pipe now.
    fn drain(pipe: BorrowedFd<'_>, into: &mut Vec<u8>) {
        let mut buffer = [0; 64 << 10];
        while let Transfer::Moved(count) = read(pipe, &mut buffer).unwrap() {
            into.extend_from_slice(&buffer[..count]);
        }
    }

    #[test]
    fn what_the_parent_does_not_take_waits_and_arrives_in_order() {
        let (pipe, input) = (Pipe::new(4096).unwrap(), Pipe::new(4096).unwrap());
        set_nonblocking(pipe.reader.as_fd()).unwrap();
        let mut output = Output::new(pipe.writer.into()).unwrap();
        let said: Vec<u8> = (0u8..251).cycle().take(1 << 20).collect();
        output.buffer().extend_from_slice(&said);
        output.offer().unwrap();
        assert!(output.len() >= said.len() - (64 << 10), "{}", output.len());
        pipe::write(input.writer.as_fd(), b"x").unwrap();
        let mut heard = Vec::new();
        while output.len() > 0 {
            drain(pipe.reader.as_fd(), &mut heard);
            output.write_until(input.reader.as_fd()).unwrap();
        }
        drain(pipe.reader.as_fd(), &mut heard);
        assert!(heard == said);
        drop(pipe.reader);
        output.buffer().push(1);
        assert!(matches!(output.finish(), Err(WorkerError::Pipe(_))));
    }
}
