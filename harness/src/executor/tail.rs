//! The end of what a worker wrote to its standard error.

use rewind_sys::pipe::{Transfer, read};
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Bytes kept.
const KEPT: usize = 8 << 10;

/// A pipe of which the last bytes are remembered.
#[derive(Debug)]
pub(super) struct Tail {
    /// `None` once it was read to its end.
    pipe: Option<OwnedFd>,
    kept: VecDeque<u8>,
}

impl Tail {
    /// `pipe` must not block.
    pub(super) fn new(pipe: OwnedFd) -> Self {
        Self {
            pipe: Some(pipe),
            kept: VecDeque::new(),
        }
    }

    /// What to wait for, while there is more to come.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads what is there, at most a few pieces: a worker may write without end.
    pub(super) fn pump(&mut self) {
        let mut buffer = [0; KEPT];
        for _ in 0..16 {
            let Some(pipe) = &self.pipe else { return };
            match read(pipe.as_fd(), &mut buffer) {
                Ok(Transfer::Moved(count)) => self.keep(buffer.get(..count).unwrap_or_default()),
                Ok(Transfer::Later) => return,
                Ok(Transfer::Closed) | Err(_) => self.pipe = None,
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend(bytes);
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
    }

    /// What was kept until now, as text.
    pub(super) fn text(&mut self) -> String {
        self.pump();
        String::from_utf8_lossy(self.kept.make_contiguous()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_sys::pipe::{Pipe, set_nonblocking};
    use std::io::Write;

    #[test]
    fn last_bytes_are_kept() {
        let pipe = Pipe::new(1 << 16).unwrap();
        set_nonblocking(pipe.reader.as_fd()).unwrap();
        let mut writer = std::fs::File::from(pipe.writer);
        writer.write_all(&[b'a'; 20_000]).unwrap();
        writer.write_all(b"the end").unwrap();
        let mut tail = Tail::new(pipe.reader);
        let text = tail.text();
        assert_eq!(text.len(), KEPT);
        assert!(text.ends_with("aaathe end"), "{text}");
    }
}
