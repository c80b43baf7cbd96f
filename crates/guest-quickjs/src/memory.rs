//! Scratch memory of the guest: C's `malloc`, which the guest heap serves.
//!
//! Rust's allocator is the host's and must not be used here. A block that a
//! fault leaves behind is taken back by the restore, so nothing has a `Drop`.

use libc::c_char;

/// Bytes in guest memory, followed by a NUL that doesn't count.
///
/// Owned by hand: give it back with [`Bytes::free`] or leave it to the restore.
#[must_use]
pub(crate) struct Bytes {
    /// Made by `malloc`, at least `len + 1` bytes long.
    start: *mut u8,
    len: usize,
}

impl Bytes {
    /// `len` bytes to be filled in, all zero for now; `None` if memory ran out.
    pub(crate) fn zeroed(len: usize) -> Option<Self> {
        let size = len.checked_add(1)?;
        // SAFETY: any size may be asked for.
        let start = unsafe { libc::calloc(1, size) };
        (!start.is_null()).then(|| Self {
            start: start.cast(),
            len,
        })
    }

    /// The parts, one after the other; `None` if memory ran out.
    pub(crate) fn concat(parts: &[&[u8]]) -> Option<Self> {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        // SAFETY: any size may be asked for.
        let start = unsafe { libc::malloc(len.checked_add(1)?) }.cast::<u8>();
        if start.is_null() {
            return None;
        }
        let mut at = 0;
        for part in parts {
            // SAFETY: the parts fit in `len` together, so `at` is within the block.
            let to = unsafe { start.add(at) };
            // SAFETY: `part` fits at `to`, and a fresh block overlaps nothing.
            unsafe { to.copy_from_nonoverlapping(part.as_ptr(), part.len()) };
            at += part.len();
        }
        // SAFETY: the block has `len + 1` bytes.
        let end = unsafe { start.add(len) };
        // SAFETY: as above; `end` is its last byte.
        unsafe { end.write(0) };
        Some(Self { start, len })
    }

    /// What it holds, without the NUL.
    pub(crate) const fn as_slice(&self) -> &[u8] {
        // SAFETY: `start` has `len` bytes, initialised when it was made.
        unsafe { core::slice::from_raw_parts(self.start, self.len) }
    }

    /// What it holds, to be written.
    pub(crate) const fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: as in `as_slice`; `&mut self` makes it the only access.
        unsafe { core::slice::from_raw_parts_mut(self.start, self.len) }
    }

    /// The same as a C string (or as a C buffer followed by a NUL).
    pub(crate) const fn as_c(&self) -> *const c_char {
        self.start.cast_const().cast()
    }

    /// Number of bytes, without the NUL.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Gives the memory back.
    pub(crate) fn free(self) {
        // SAFETY: `start` came from `malloc` or `calloc` and is given back once,
        // for `self` is consumed.
        unsafe { libc::free(self.start.cast()) };
    }
}

/// Puts `value` into a block of its own that is never given back; `None` if
/// memory ran out.
pub(crate) fn place<T>(value: T) -> Option<*mut T> {
    const { assert!(align_of::<T>() <= 16, "malloc aligns to 16 bytes") };
    // SAFETY: any size may be asked for.
    let block = unsafe { libc::malloc(size_of::<T>()) }.cast::<T>();
    if block.is_null() {
        return None;
    }
    // SAFETY: the block is large enough and aligned for `T`.
    unsafe { block.write(value) };
    Some(block)
}

/// Gives back a block made by [`place`] and returns what was in it.
///
/// # Safety
/// `block` came from [`place`] and nothing refers to it any more.
pub(crate) unsafe fn take_back<T>(block: *mut T) -> T {
    // SAFETY: the caller vouches for it.
    let value = unsafe { block.read() };
    // SAFETY: as above.
    unsafe { libc::free(block.cast()) };
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concat_of_parts_is_followed_by_a_nul() {
        let bytes = Bytes::concat(&[b"ab", b"", b"c"]).unwrap();
        assert_eq!(bytes.as_slice(), b"abc");
        // SAFETY: the block has one byte more than its length.
        let with_nul = unsafe { core::slice::from_raw_parts(bytes.as_c().cast::<u8>(), 4) };
        assert_eq!(with_nul, b"abc\0");
        bytes.free();
    }
}
