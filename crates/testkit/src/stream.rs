//! The fake worker's output: the ledger first, then the pipe.

use rewind_protocol::{LastWords, LedgerWriter, ToParent, encode_to_parent};
use rewind_sys::pipe::{Transfer, write};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Bytes gathered before they are written.
const BATCH: usize = 32 << 10;

/// What goes to the parent.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    pub(crate) ledger: LedgerWriter<'a>,
    nonce: u64,
    out: Option<OwnedFd>,
    /// Committed and not written.
    pending: Vec<u8>,
    frame: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(ledger: LedgerWriter<'a>, nonce: u64, out: OwnedFd) -> Self {
        Self {
            ledger,
            nonce,
            out: Some(out),
            pending: Vec::new(),
            frame: Vec::new(),
        }
    }

    /// Commits a message; it is written with the next batch.
    pub(crate) fn append(&mut self, message: &ToParent) -> io::Result<()> {
        self.append_as(message, self.nonce)
    }

    /// What a worker that panics says of that.
    pub(crate) const fn last_words(&self) -> LastWords {
        LastWords { nonce: self.nonce }
    }

    /// As [`Stream::append`], under any nonce.
    pub(crate) fn append_as(&mut self, message: &ToParent, nonce: u64) -> io::Result<()> {
        self.frame.clear();
        encode_to_parent(message, nonce, &mut self.frame).map_err(io::Error::other)?;
        let flushed = self.ledger.committed() - self.pending.len() as u64;
        if self.ledger.room(flushed) < self.frame.len() {
            self.flush()?;
        }
        self.ledger.append(&self.frame).map_err(io::Error::other)?;
        self.pending.extend_from_slice(&self.frame);
        Ok(())
    }

    /// Writes what is committed.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.write(&pending)?;
        self.pending = pending;
        self.pending.clear();
        Ok(())
    }

    /// Writes what is committed if it is worth a call.
    pub(crate) fn flush_if_full(&mut self) -> io::Result<()> {
        if self.pending.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is committed but for the second half of the last message.
    pub(crate) fn flush_half(&mut self) -> io::Result<()> {
        let kept = self.frame.len().div_ceil(2);
        let cut = self.pending.len().saturating_sub(kept);
        let rest = self.pending.split_off(cut);
        self.flush()?;
        self.pending = rest;
        Ok(())
    }

    /// Writes bytes that the ledger knows nothing of.
    pub(crate) fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        while !bytes.is_empty() {
            match write(out.as_fd(), bytes).map_err(io::Error::other)? {
                Transfer::Moved(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Transfer::Later => std::thread::yield_now(),
                Transfer::Closed => return Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
        Ok(())
    }

    /// Closes the output.
    pub(crate) fn close(&mut self) {
        self.out = None;
    }
}
