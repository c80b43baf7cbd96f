//! The bytes that came and have not been decoded yet.

use super::{FrameFault, MAX_FRAME};
use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;

/// Chunks as they came, cut into frames.
///
/// A frame that lies within one chunk is a slice of it; only one that spans
/// chunks is gathered, and each of its bytes is moved once.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    /// What was fed and not looked at, oldest first; none is empty.
    chunks: VecDeque<Bytes>,
    /// Bytes of the frame's length so far, and their value.
    prefix: Prefix,
    /// Length of the frame being gathered, once known; at most [`MAX_FRAME`].
    wanted: Option<usize>,
    /// The part of it that came in earlier chunks; shorter than `wanted`.
    gathered: BytesMut,
}

#[derive(Clone, Copy, Debug, Default)]
struct Prefix {
    bytes: u32,
    value: usize,
}

/// Most bytes of a length: as many as [`MAX_FRAME`] takes.
const PREFIX_LIMIT: u32 = 4;
const _: () = assert!(crate::varint::length(MAX_FRAME as u64) == PREFIX_LIMIT as usize);

impl Input {
    pub(super) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The next whole message and the number of bytes that its frame takes.
    pub(super) fn next_frame(&mut self) -> Result<Option<(Bytes, usize)>, FrameFault> {
        let wanted = match self.wanted {
            Some(wanted) => wanted,
            None => match self.read_prefix()? {
                Some(wanted) => wanted,
                None => return Ok(None),
            },
        };
        let Some(message) = self.take(wanted) else {
            return Ok(None);
        };
        let length = self.prefix.bytes as usize + wanted;
        self.prefix = Prefix::default();
        self.wanted = None;
        Ok(Some((message, length)))
    }

    /// Reads the frame's length as far as it has come.
    fn read_prefix(&mut self) -> Result<Option<usize>, FrameFault> {
        while let Some(byte) = self.pop_byte() {
            let Prefix { bytes, value } = self.prefix;
            let value = value | usize::from(byte & 0x7f) << (7 * bytes);
            self.prefix = Prefix {
                bytes: bytes + 1,
                value,
            };
            if byte & 0x80 == 0 {
                return self.end_prefix(byte).map(Some);
            }
            if bytes + 1 == PREFIX_LIMIT {
                return Err(FrameFault::Length);
            }
        }
        Ok(None)
    }

    /// Judges the length whose last byte was `last`.
    fn end_prefix(&mut self, last: u8) -> Result<usize, FrameFault> {
        let Prefix { bytes, value } = self.prefix;
        if last == 0 && bytes > 1 {
            return Err(FrameFault::Length);
        }
        if value > MAX_FRAME {
            return Err(FrameFault::TooLong(value));
        }
        self.wanted = Some(value);
        Ok(value)
    }

    fn pop_byte(&mut self) -> Option<u8> {
        let chunk = self.chunks.front_mut()?;
        let byte = *chunk.first()?;
        chunk.advance(1);
        if chunk.is_empty() {
            self.chunks.pop_front();
        }
        Some(byte)
    }

    /// The message of `wanted` bytes, if all of it has come.
    fn take(&mut self, wanted: usize) -> Option<Bytes> {
        if self.gathered.is_empty()
            && let Some(chunk) = self.chunks.front_mut()
            && chunk.len() >= wanted
        {
            return Some(self.split_front(wanted));
        }
        while self.gathered.len() < wanted {
            let chunk = self.chunks.front_mut()?;
            let part = chunk.len().min(wanted - self.gathered.len());
            let part = self.split_front(part);
            self.gathered.extend_from_slice(&part);
        }
        Some(std::mem::take(&mut self.gathered).freeze())
    }

    /// Takes `count` bytes, at most its length, off the oldest chunk.
    fn split_front(&mut self, count: usize) -> Bytes {
        let Some(chunk) = self.chunks.front_mut() else {
            return Bytes::new();
        };
        let part = chunk.split_to(count.min(chunk.len()));
        if chunk.is_empty() {
            self.chunks.pop_front();
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Input {
        /// Bytes held: those of whole chunks, and those gathered.
        fn held(&self) -> (usize, usize) {
            (
                self.chunks.iter().map(Bytes::len).sum(),
                self.gathered.len(),
            )
        }
    }

    #[test]
    fn a_frame_in_pieces_is_gathered_and_nothing_else_is_held() {
        let mut input = Input::default();
        input.push(Bytes::from_static(&[0x80, 0x10])); // 2,048 bytes follow
        for sent in 0..20 {
            assert_eq!(input.next_frame(), Ok(None));
            assert_eq!(input.held(), (0, sent * 100));
            input.push(Bytes::from(vec![7; 100]));
        }
        input.push(Bytes::from(vec![7; 100]));
        assert_eq!(
            input.next_frame(),
            Ok(Some((Bytes::from(vec![7; 2048]), 2050)))
        );
        assert_eq!(input.held(), (52, 0));
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        let mut input = Input::default();
        let mut claim = Vec::new();
        crate::varint::write(MAX_FRAME as u64, &mut claim);
        input.push(Bytes::from(claim));
        input.push(Bytes::from_static(b"few"));
        assert_eq!(input.next_frame(), Ok(None));
        assert!(
            input.gathered.capacity() < 1024,
            "{} bytes",
            input.gathered.capacity()
        );
    }

    #[test]
    fn an_empty_message_is_a_message() {
        let mut input = Input::default();
        input.push(Bytes::from_static(&[0, 1, 9]));
        assert_eq!(input.next_frame(), Ok(Some((Bytes::new(), 1))));
        assert_eq!(input.next_frame(), Ok(Some((Bytes::from_static(&[9]), 2))));
        assert_eq!(input.next_frame(), Ok(None));
    }
}
