//! Blocks: a header word, then the payload.
//!
//! ```text
//!   payload − 8          payload (16-aligned)
//!   ┌──────────────────┬───────────────────────────────┐
//!   │ size │ flags (4) │ payload … (free: link to next) │  size counts the header
//!   └──────────────────┴───────────────────────────────┘
//! ```
//! An over-aligned payload has, right before it, a header of its own that
//! gives the distance to the payload of the block it lies in.

use crate::classes::HEADER;

/// The block is free.
const FREE: usize = 1;
/// The word is a distance to the real payload, not a size.
const SHIFTED: usize = 2;
/// The block is free, and its pages were given back to the kernel.
const RETURNED: usize = 4;
const FLAGS: usize = 15;

/// The header before a payload, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// A block in use, of `size` bytes with its header.
    Used(usize),
    /// A block that was freed.
    Free,
    /// A payload that lies `0`-field bytes inside another's.
    Shifted(usize),
}

/// Reads the header of `payload`.
///
/// # Safety
/// The eight bytes before `payload` are readable.
#[inline]
pub(crate) unsafe fn header(payload: usize) -> Header {
    // SAFETY: the caller vouches for these eight bytes, which are 8-aligned.
    let word = unsafe { ((payload - HEADER) as *const usize).read() };
    if word & SHIFTED != 0 {
        Header::Shifted(word & !FLAGS)
    } else if word & FREE != 0 {
        Header::Free
    } else {
        Header::Used(word & !FLAGS)
    }
}

#[inline]
unsafe fn write_word(payload: usize, word: usize) {
    // SAFETY: the caller vouches that the header is writable; it is 8-aligned.
    unsafe { ((payload - HEADER) as *mut usize).write(word) };
}

/// Marks the block of `payload` as in use, of `size` bytes.
///
/// # Safety
/// The header belongs to the heap.
#[inline]
pub(crate) unsafe fn set_used(payload: usize, size: usize) {
    // SAFETY: passed on to the caller.
    unsafe { write_word(payload, size) };
}

/// Marks the block of `payload` as free and links it to `next`.
///
/// # Safety
/// Header and payload belong to the heap, and nobody uses the payload.
#[inline]
pub(crate) unsafe fn set_free(payload: usize, size: usize, next: usize) {
    // SAFETY: passed on to the caller.
    unsafe { write_word(payload, size | FREE) };
    // SAFETY: every payload has room for a word.
    unsafe { (payload as *mut usize).write(next) };
}

/// Size and successor of a free block.
///
/// # Safety
/// `payload` came from a free list.
#[inline]
pub(crate) unsafe fn free_links(payload: usize) -> (usize, usize) {
    // SAFETY: a free block's header is readable.
    let size = unsafe { ((payload - HEADER) as *const usize).read() } & !FLAGS;
    // SAFETY: so is the link in its payload.
    let next = unsafe { (payload as *const usize).read() };
    (size, next)
}

/// Marks a free block as one whose pages were given back.
///
/// # Safety
/// The header is that of a free block.
pub(crate) unsafe fn set_returned(payload: usize, size: usize) {
    // SAFETY: passed on to the caller.
    unsafe { write_word(payload, size | FREE | RETURNED) };
}

/// The pages of a free block were given back.
///
/// # Safety
/// `payload` came from a free list.
pub(crate) unsafe fn is_returned(payload: usize) -> bool {
    // SAFETY: a free block's header is readable.
    unsafe { ((payload - HEADER) as *const usize).read() & RETURNED != 0 }
}

/// Says that `payload` lies `distance` bytes (a multiple of 16) inside another's payload.
///
/// # Safety
/// The header word lies inside that payload.
#[inline]
pub(crate) unsafe fn set_shifted(payload: usize, distance: usize) {
    // SAFETY: passed on to the caller.
    unsafe { write_word(payload, distance | SHIFTED) };
}
