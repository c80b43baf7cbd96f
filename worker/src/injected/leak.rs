//! Pages that restores pass over on purpose: a leak by which the search for leaks
//! is tested (`rewind worker --leak-page`).
//!
//! The pages are those that a guest keeps for its fault actions. They can be lost
//! in the two ways in which a checkpoint can be wrong:
//!
//! ```text
//!              in the checkpoint   put back   a verification sees it
//! (no leak)          yes             yes         nothing to see
//! uncovered          no              no          no: there is no image to compare with
//! missed             yes             no          yes
//! ```

use std::ops::Range;

/// The pages, where some are to be missed.
pub(crate) struct MissedPages {
    pages: Option<Range<usize>>,
}

impl MissedPages {
    pub(super) const fn new(pages: Option<Range<usize>>) -> Self {
        Self { pages }
    }

    /// Does what `restore` does, but for the pages.
    pub(crate) fn around<T>(&self, restore: impl FnOnce() -> T) -> T {
        let Some(pages) = &self.pages else {
            return restore();
        };
        let kept = read(pages);
        let restored = restore();
        write(pages, &kept);
        restored
    }
}

fn read(pages: &Range<usize>) -> Vec<u8> {
    let from = pages.start as *const u8;
    #[expect(unsafe_code, reason = "guest memory is read behind the guest's back")]
    // SAFETY: a guest's fault pages are a static of this executable, always mapped
    // and readable, and the guest isn't running.
    let bytes = unsafe { core::slice::from_raw_parts(from, pages.len()) };
    bytes.to_vec()
}

fn write(pages: &Range<usize>, bytes: &[u8]) {
    assert_eq!(bytes.len(), pages.len(), "it was read from there");
    let to = pages.start as *mut u8;
    #[expect(
        unsafe_code,
        reason = "guest memory is written behind the guest's back"
    )]
    // SAFETY: as in `read`; it is a static of atomics, so writable, its region is
    // so small that no tier protects it, and its length is that of `bytes`.
    unsafe {
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
    }
}
