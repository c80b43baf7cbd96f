//! A byte buffer of fixed capacity that never allocates after it was made.

use std::cell::{Cell, UnsafeCell};

/// Fixed-capacity buffer in host memory, written from guest code.
///
/// A fault may end a write at any instruction: the length is raised only after
/// the bytes are in place, so what can be read is always whole.
pub struct Sink {
    bytes: UnsafeCell<Box<[u8]>>,
    len: Cell<usize>,
    /// Bytes that did not fit.
    dropped: Cell<u64>,
}

impl Sink {
    /// A sink that keeps up to `capacity` bytes and counts the rest.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            bytes: UnsafeCell::new(vec![0; capacity].into_boxed_slice()),
            len: Cell::new(0),
            dropped: Cell::new(0),
        }
    }

    /// Appends what fits of `data` and counts the rest.
    pub fn push(&self, data: &[u8]) {
        let len = self.len.get();
        // SAFETY: `Sink` is !Sync and no reference into the buffer outlives a
        // call of `push` or `read`, so this is the only access right now.
        let bytes = unsafe { &mut *self.bytes.get() };
        let kept = data.len().min(bytes.len() - len);
        bytes[len..len + kept].copy_from_slice(&data[..kept]);
        self.len.set(len + kept);
        self.dropped
            .set(self.dropped.get() + (data.len() - kept) as u64);
    }

    /// Lets `reader` see what was kept.
    pub fn read<R>(&self, reader: impl FnOnce(&[u8]) -> R) -> R {
        // SAFETY: as in `push`; `reader` can't reach `self.bytes` mutably, for
        // `push` from inside it would need guest code to run in host mode.
        let bytes = unsafe { &*self.bytes.get() };
        reader(&bytes[..self.len.get()])
    }

    /// Bytes kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Nothing was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Bytes that did not fit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }

    /// Empties it.
    pub fn clear(&self) {
        self.len.set(0);
        self.dropped.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_beyond_capacity_counts_the_rest() {
        let sink = Sink::new(4);
        sink.push(b"abc");
        sink.push(b"def");
        assert_eq!(sink.read(<[u8]>::to_vec), b"abcd");
        assert_eq!(sink.dropped(), 2);
        sink.clear();
        assert!(sink.is_empty());
        assert_eq!(sink.dropped(), 0);
    }
}
