//! Bytes on their way to a worker.
//!
//! Frames are gathered and written together; how far the worker's pipe has taken
//! them is known to the byte, so that an answer to what was never sent is noticed.

use rewind_sys::SysError;
use rewind_sys::pipe::{Transfer, write};
use std::os::fd::{AsFd, OwnedFd};

/// Frames that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// Bytes at the front of `bytes` that were written; at most its length.
    head: usize,
    /// Bytes written in all.
    written: u64,
}

/// Written bytes are cut off the front once there are so many of them.
const CUT: usize = 64 << 10;

impl Outbox {
    /// Appends what `encode` writes, and gives its length.
    pub(super) fn put<E>(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let before = self.bytes.len();
        encode(&mut self.bytes)?;
        Ok(self.bytes.len() - before)
    }

    /// Offset in the stream behind everything that was put in.
    pub(super) fn end(&self) -> u64 {
        self.written + (self.bytes.len() - self.head) as u64
    }

    /// Offset in the stream up to which the pipe has taken it.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Drops everything behind that offset in the stream, at which a frame ends.
    pub(super) fn cut(&mut self, end: u64) {
        let kept = usize::try_from(end.saturating_sub(self.written)).unwrap_or(usize::MAX);
        self.bytes.truncate(self.head.saturating_add(kept));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head == self.bytes.len()
    }

    /// Writes what the pipe takes; `false` if nobody reads it any more.
    pub(super) fn flush(&mut self, to: &OwnedFd) -> Result<bool, SysError> {
        while let Some(rest) = self.bytes.get(self.head..).filter(|rest| !rest.is_empty()) {
            match write(to.as_fd(), rest)? {
                Transfer::Moved(count) => self.advance(count),
                Transfer::Later => break,
                Transfer::Closed => return Ok(false),
            }
        }
        Ok(true)
    }

    fn advance(&mut self, count: usize) {
        self.head = self.bytes.len().min(self.head + count);
        self.written += count as u64;
        if self.is_empty() {
            self.bytes.clear();
            self.head = 0;
        } else if self.head >= CUT {
            self.bytes.drain(..self.head);
            self.head = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_sys::pipe::{Pipe, read, set_nonblocking};

    #[test]
    fn offsets_count_what_the_pipe_took_and_all_bytes_arrive_in_order() {
        let pipe = Pipe::new(4096).unwrap();
        set_nonblocking(pipe.writer.as_fd()).unwrap();
        set_nonblocking(pipe.reader.as_fd()).unwrap();
        let mut outbox = Outbox::default();
        let sent: Vec<u8> = (0u8..251).cycle().take(300_000).collect();
        let length = outbox
            .put(|out| {
                out.extend_from_slice(&sent);
                Ok::<(), SysError>(())
            })
            .unwrap();
        assert_eq!((length, outbox.end()), (sent.len(), 300_000));
        let mut got = Vec::new();
        let mut buffer = [0; 1000];
        while got.len() < sent.len() {
            assert!(outbox.flush(&pipe.writer).unwrap());
            while let Transfer::Moved(count) = read(pipe.reader.as_fd(), &mut buffer).unwrap() {
                got.extend_from_slice(&buffer[..count]);
            }
            assert_eq!(outbox.written(), got.len() as u64);
            assert_eq!(outbox.end(), 300_000);
        }
        assert!(outbox.is_empty());
        assert_eq!(got, sent);
    }

    #[test]
    fn cut_drops_what_is_behind_an_offset_and_no_byte_before_it() {
        let pipe = Pipe::new(4096).unwrap();
        set_nonblocking(pipe.writer.as_fd()).unwrap();
        let mut outbox = Outbox::default();
        let put = |outbox: &mut Outbox, byte, count| {
            outbox
                .put(|out| {
                    out.resize(out.len() + count, byte);
                    Ok::<(), SysError>(())
                })
                .unwrap()
        };
        put(&mut outbox, 1, 6000);
        assert!(outbox.flush(&pipe.writer).unwrap());
        let written = outbox.written();
        assert!((1..6000).contains(&written), "{written}");
        put(&mut outbox, 2, 100);
        outbox.cut(6000);
        assert_eq!((outbox.end(), outbox.written()), (6000, written));
        outbox.cut(7000);
        assert_eq!(outbox.end(), 6000);
        outbox.cut(written);
        assert!(outbox.is_empty() && outbox.end() == written);
    }

    #[test]
    fn reader_that_has_gone_is_told() {
        let pipe = Pipe::new(0).unwrap();
        drop(pipe.reader);
        let mut outbox = Outbox::default();
        outbox
            .put(|out| {
                out.push(1);
                Ok::<(), SysError>(())
            })
            .unwrap();
        assert!(!outbox.flush(&pipe.writer).unwrap());
    }
}
