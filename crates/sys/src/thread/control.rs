//! What makes a thread a thread to the C library: the bases of the segment
//! registers, and the control block that one of them points to.
//!
//! ```text
//!   blocks of libraries │ block of the executable │ control block
//!                                                 ▲
//!                                             fs base = pthread_self()
//! ```
//!
//! Nearly every call of the library reads the block (is there another thread, is
//! a cancellation wanted, where is errno), so after code that may have overwritten
//! it nothing of the library must be called before it is put back. What puts it
//! back uses no memory but the block and the copy, and is safe in a signal handler.

use super::is_base_readable;
use std::arch::asm;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of the block's head, which is part of the binary interface of x86-64
/// (`tcbhead_t`) and the same in all versions.
const HEAD: usize = 704;
/// Room for a copy of a whole block.
const MOST: usize = 4096;
/// See arch_prctl(2).
const ARCH_SET_FS: libc::c_long = 0x1002;

/// Where the calling thread's control block is: address and length in bytes.
///
/// The library tells debuggers how long it is; where it doesn't, only the head counts.
#[must_use]
pub fn control_block() -> (usize, usize) {
    // SAFETY: takes nothing and can't fail; on x86-64 it is the block's address.
    let start = usize::try_from(unsafe { libc::pthread_self() }).unwrap_or(0);
    // SAFETY: only looks a name up.
    let told = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_thread_db_sizeof_pthread".as_ptr()) };
    let length = if told.is_null() {
        0
    } else {
        // SAFETY: a constant of that type in every version that has it.
        unsafe { told.cast::<u32>().read() }
    };
    let length = usize::try_from(length).unwrap_or(0);
    (
        start,
        if (HEAD..=MOST).contains(&length) {
            length
        } else {
            HEAD
        },
    )
}

/// Bases of the segment registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bases {
    fs: usize,
    gs: usize,
}

impl Bases {
    /// # Safety
    /// The processor lets programs read them.
    unsafe fn read() -> Self {
        let (fs, gs);
        // SAFETY: by the caller's promise.
        unsafe {
            asm!("rdfsbase {}", "rdgsbase {}", out(reg) fs, out(reg) gs,
                options(nomem, nostack, preserves_flags));
        }
        Self { fs, gs }
    }

    /// # Safety
    /// As [`Bases::read`], and they are those that the thread began with.
    unsafe fn write(self) {
        // SAFETY: by the caller's promise.
        unsafe {
            asm!("wrfsbase {}", "wrgsbase {}", in(reg) self.fs, in(reg) self.gs,
                options(nostack, preserves_flags));
        }
    }
}

/// A copy of one thread's control block and bases, in memory of the host's.
#[derive(Debug)]
pub struct SavedThread {
    copy: UnsafeCell<[u8; MOST]>,
    start: AtomicUsize,
    length: AtomicUsize,
    gs: AtomicUsize,
    can_read: AtomicBool,
}

// SAFETY: one thread alone saves and puts back, its signal handler included,
// and never at the same time: see the two functions.
unsafe impl Sync for SavedThread {}

impl SavedThread {
    /// A copy of nothing.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self {
            copy: UnsafeCell::new([0; MOST]),
            start: AtomicUsize::new(0),
            length: AtomicUsize::new(0),
            gs: AtomicUsize::new(0),
            can_read: AtomicBool::new(false),
        }
    }

    /// Makes the calling thread the one whose block is saved.
    pub fn adopt(&self) {
        let (start, length) = control_block();
        self.start.store(start, Ordering::Relaxed);
        self.can_read.store(is_base_readable(), Ordering::Relaxed);
        self.length.store(length, Ordering::Relaxed);
        // SAFETY: the thread's own block; nothing is interrupted by it.
        unsafe { self.save() };
    }

    /// Copies the block as it is now.
    ///
    /// # Safety
    /// Called by the thread that was adopted, and no handler of it puts back meanwhile.
    pub unsafe fn save(&self) {
        let start = self.start.load(Ordering::Relaxed);
        let length = self.length.load(Ordering::Relaxed);
        // SAFETY: the block is the calling thread's, the copy has room, and they are apart.
        unsafe { copy(start as *const u8, self.copy.get().cast(), length) };
        if self.can_read.load(Ordering::Relaxed) {
            // SAFETY: as just asked.
            let bases = unsafe { Bases::read() };
            self.gs.store(bases.gs, Ordering::Relaxed);
        }
    }

    /// Puts the block back as it was saved, and the bases. Safe in a signal
    /// handler, whatever the block holds and wherever the bases point.
    ///
    /// # Safety
    /// Called by the thread that was adopted, with nothing under way that keeps
    /// something in the block.
    pub unsafe fn put_back(&self) {
        let start = self.start.load(Ordering::Relaxed);
        let length = self.length.load(Ordering::Relaxed);
        if length == 0 {
            return;
        }
        if !self.can_read.load(Ordering::Relaxed) {
            // SAFETY: the thread's block is where it began.
            unsafe { call_base_back(start) };
        }
        // SAFETY: the same thread, by the caller's promise.
        unsafe { self.put_bases_back() };
        // SAFETY: as in `save`.
        unsafe { copy(self.copy.get().cast(), start as *mut u8, length) };
    }

    /// Points the segment registers where they pointed when this was saved.
    ///
    /// # Safety
    /// As [`SavedThread::put_back`].
    pub unsafe fn put_bases_back(&self) {
        let saved = Bases {
            fs: self.start.load(Ordering::Relaxed),
            gs: self.gs.load(Ordering::Relaxed),
        };
        if !self.can_read.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: as asked when the thread was adopted.
        if unsafe { Bases::read() } != saved {
            // SAFETY: likewise, and the thread's block is where it began.
            unsafe { saved.write() };
        }
    }
}

/// The same by a call, for processors that don't let programs do it.
///
/// # Safety
/// The calling thread's block begins at `fs`.
unsafe fn call_base_back(fs: usize) {
    // SAFETY: by the caller's promise. The instruction itself: what the library
    // does with a failure would need the base.
    unsafe {
        asm!("syscall", inout("rax") libc::SYS_arch_prctl => _, in("rdi") ARCH_SET_FS,
            in("rsi") fs, out("rcx") _, out("r11") _, options(nostack));
    }
}

/// Copies without a call: the library's own way is chosen by memory that may be torn.
///
/// # Safety
/// Both ranges are mapped and apart.
unsafe fn copy(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: by the caller's promise; the direction flag is clear in every function.
    unsafe {
        asm!("rep movsb", inout("rcx") length => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_block_begins_with_its_own_address() {
        let (start, length) = control_block();
        // SAFETY: the block is this thread's own.
        assert_eq!(unsafe { (start as *const usize).read() }, start);
        assert!(length > HEAD, "glibc tells how long it is: {length}");
    }

    #[test]
    fn put_back_undoes_what_was_written_to_the_block_and_the_bases() {
        static SAVED: SavedThread = SavedThread::new();
        let thread = std::thread::spawn(|| {
            SAVED.adopt();
            let (start, length) = control_block();
            // Behind everything that is used in between.
            let word = (start + length / 16 * 8) as *mut u64;
            // SAFETY: the thread's own block, put back at once.
            let before = unsafe { word.read_volatile() };
            // SAFETY: as above.
            unsafe { word.write_volatile(!before) };
            if is_base_readable() {
                // SAFETY: nothing uses it.
                unsafe { asm!("wrgsbase {}", in(reg) 4096usize, options(nostack)) };
            }
            // SAFETY: the thread that was adopted.
            unsafe { SAVED.put_back() };
            // SAFETY: as above.
            assert_eq!(unsafe { word.read_volatile() }, before);
            if is_base_readable() {
                // SAFETY: just asked.
                assert_eq!(unsafe { Bases::read() }, Bases { fs: start, gs: 0 });
            }
        });
        thread.join().unwrap();
    }
}
