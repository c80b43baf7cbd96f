//! Leaks made on purpose (`rewind worker --leak-page`), by which the search for
//! leaks is tested. In a worker that isn't asked for one nothing of this is done.
//!
//! The page is that of the QuickJS guest's `$rewind.slot`. It can be lost in the
//! two ways in which a checkpoint can be wrong:
//!
//! ```text
//!              in the checkpoint   put back   a verification sees it
//! (no leak)          yes             yes         nothing to see
//! uncovered          no              no          no: there is no image to compare with
//! missed             yes             no          yes
//! ```

use crate::GuestStatics;
use rewind_guest_quickjs::slot_page;

/// How the page is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageLeak {
    /// It is left out of the checkpoint.
    Uncovered,
    /// It is in the checkpoint, and a restore passes it over.
    Missed,
}

impl PageLeak {
    /// The leak of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "uncovered" => Some(Self::Uncovered),
            "missed" => Some(Self::Missed),
            _ => None,
        }
    }
}

/// The page as a part of the executable that is the guest's.
pub(crate) fn page() -> GuestStatics {
    let pages = slot_page();
    GuestStatics {
        start: pages.start,
        end: pages.end,
    }
}

/// Does what `restore` does, but for the page.
pub(crate) fn pass_over<T>(restore: impl FnOnce() -> T) -> T {
    let kept = read();
    let restored = restore();
    write(&kept);
    restored
}

fn read() -> Vec<u8> {
    let pages = slot_page();
    let from = pages.start as *const u8;
    #[expect(unsafe_code, reason = "guest memory is read behind the guest's back")]
    // SAFETY: the page is a static of this executable, always mapped and
    // readable, and the guest isn't running.
    let bytes = unsafe { core::slice::from_raw_parts(from, pages.len()) };
    bytes.to_vec()
}

fn write(bytes: &[u8]) {
    let pages = slot_page();
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
