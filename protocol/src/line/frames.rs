//! What a parent reads: frames, and the lines between them.

use super::{Frame, MARK, unescape_line};

/// Bytes of a line beyond which it comes in pieces, and is no frame.
const MAX_LINE: usize = 64 << 10;

/// A part of what a worker writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A line that starts with 0x01 and means something.
    Frame(Frame<'a>),
    /// Output: a line with its newline, or a part of a line that is very long or
    /// the last. What escaped it is taken off.
    Text(&'a [u8]),
}

/// Cuts what a worker writes into lines, and tells frames from output.
///
/// A line that starts with 0x01 and is no frame is output. So is a frame that
/// has no newline: it may go on.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Bytes at the front that were taken; at most the length.
    head: usize,
    /// Bytes behind `head` that hold no newline.
    searched: usize,
    /// What is at `head` is in the middle of a line.
    inside: bool,
    received: u64,
}

impl Frames {
    /// One of which nothing has come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read.
    pub fn feed(&mut self, read: &[u8]) {
        self.bytes.drain(..self.head);
        self.head = 0;
        self.bytes.extend_from_slice(read);
        self.received += read.len() as u64;
    }

    /// Bytes that were fed.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next piece that has come as a whole.
    #[expect(
        clippy::should_implement_trait,
        reason = "the piece borrows what was read, and more may come after `None`"
    )]
    pub fn next(&mut self) -> Option<Piece<'_>> {
        let rest = self.bytes.get(self.head..).unwrap_or_default();
        let window = rest.get(..rest.len().min(MAX_LINE)).unwrap_or_default();
        let unseen = window.get(self.searched..).unwrap_or_default();
        let newline = unseen.iter().position(|&byte| byte == b'\n');
        let end = newline.map(|at| self.searched + at + 1);
        let Some(length) = end.or((window.len() == MAX_LINE).then_some(MAX_LINE)) else {
            self.searched = window.len();
            return None;
        };
        let (start, inside) = (self.head, self.inside);
        self.head += length;
        self.searched = 0;
        self.inside = end.is_none();
        let line = self.bytes.get(start..self.head).unwrap_or_default();
        Some(told(line, inside))
    }

    /// What is left when nothing more will come: a line without its newline.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        let rest = self.bytes.get(self.head..).unwrap_or_default();
        if self.inside {
            rest
        } else {
            unescape_line(rest)
        }
    }
}

fn told(line: &[u8], inside: bool) -> Piece<'_> {
    if inside {
        return Piece::Text(line);
    }
    if let [MARK, .., b'\n'] = line
        && let Some(frame) = line.strip_suffix(b"\n").and_then(Frame::parse)
    {
        return Piece::Frame(frame);
    }
    Piece::Text(unescape_line(line))
}

#[cfg(test)]
mod tests;
