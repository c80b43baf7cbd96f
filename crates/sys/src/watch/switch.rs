//! The switch between a host that calls freely and a guest that is watched.

use super::effects::Touched;
use crate::error::SysError;
use libc::{c_int, c_ulong};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

/// See prctl(2); the same numbers everywhere.
const PR_SET_SYSCALL_USER_DISPATCH: c_int = 59;
const PR_SYS_DISPATCH_ON: c_ulong = 1;
/// `SYSCALL_DISPATCH_FILTER_ALLOW` and `_BLOCK`.
const ALLOW: u8 = 0;
const BLOCK: u8 = 1;
/// `si_code` of a call that was dispatched: the number has no name in libc.
const SYS_USER_DISPATCH: c_int = 2;

/// What the kernel reads before each call of the watched thread.
static SELECTOR: AtomicU8 = AtomicU8::new(ALLOW);
/// What the code between [`open`] and [`close`] touched so far.
static TOUCHED: AtomicU32 = AtomicU32::new(!0);
/// The same, call by call as far as each was seen: less, once the watch has ended.
static SEEN: AtomicU32 = AtomicU32::new(0);
static INSTALLED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
}

// The only place from which calls are made while the selector says BLOCK: the
// return from a signal handler, and the stub. `ret 128` takes the return
// address and steps back over the red zone that it was put below. The first
// nine bytes are those by which unwinders know a signal's frame.
std::arch::global_asm!(
    ".pushsection .text.rewind_watch, \"ax\", @progbits",
    ".hidden rewind_watch_restorer",
    ".globl rewind_watch_restorer",
    "rewind_watch_restorer:",
    "mov rax, 15",
    "syscall",
    ".hidden rewind_watch_stub",
    ".globl rewind_watch_stub",
    "rewind_watch_stub:",
    "syscall",
    ".hidden rewind_watch_behind",
    ".globl rewind_watch_behind",
    "rewind_watch_behind:",
    "ret 128",
    ".hidden rewind_watch_end",
    ".globl rewind_watch_end",
    "rewind_watch_end:",
    ".popsection",
);

unsafe extern "C" {
    fn rewind_watch_restorer();
    fn rewind_watch_stub();
    fn rewind_watch_behind();
    fn rewind_watch_end();
}

/// Address of the code that ends a signal handler (`sa_restorer`) without
/// being taken for a call of the guest's.
pub(crate) fn restorer() -> usize {
    rewind_watch_restorer as *const () as usize
}

/// Address of `syscall; ret 128`.
pub(super) fn stub() -> usize {
    rewind_watch_stub as *const () as usize
}

/// Address of the stub's second instruction.
pub(super) fn behind() -> usize {
    rewind_watch_behind as *const () as usize
}

/// Watches the calling thread from now on, and no other. May be called again,
/// to undo what watched code did to the watch.
///
/// # Errors
/// `EINVAL` before Linux 5.11. Nothing is watched then, and [`touched`] is all.
pub fn install() -> Result<(), SysError> {
    let start = restorer() as c_ulong;
    let length = rewind_watch_end as *const () as c_ulong - start;
    let selector = SELECTOR.as_ptr();
    // SAFETY: the range is code of this file, the selector is a static.
    let result = unsafe {
        libc::prctl(
            PR_SET_SYSCALL_USER_DISPATCH,
            PR_SYS_DISPATCH_ON,
            start,
            length,
            selector,
        )
    };
    if result != 0 {
        INSTALLED.store(false, Ordering::Relaxed);
        return Err(SysError::last("prctl(PR_SET_SYSCALL_USER_DISPATCH)"));
    }
    IS_WATCHED.set(true);
    INSTALLED.store(true, Ordering::Relaxed);
    Ok(())
}

/// A fork isn't watched: to be called first thing in it.
pub fn forget() {
    close();
    INSTALLED.store(false, Ordering::Relaxed);
    IS_WATCHED.set(false);
}

/// Guest code begins.
pub fn open() {
    SEEN.store(0, Ordering::Relaxed);
    if INSTALLED.load(Ordering::Relaxed) {
        TOUCHED.store(0, Ordering::Relaxed);
        super::call::begin();
        SELECTOR.store(BLOCK, Ordering::SeqCst);
    } else {
        TOUCHED.store(!0, Ordering::Relaxed);
    }
}

/// Guest code is over. Safe in a signal handler.
pub fn close() {
    SELECTOR.store(ALLOW, Ordering::SeqCst);
}

/// What the code behind the last [`open`] touched; all of it where nothing is watched.
#[must_use]
pub fn touched() -> Touched {
    Touched::of_bits(TOUCHED.load(Ordering::Relaxed))
}

/// What single calls of that code were seen to touch. Where [`touched`] is all,
/// other calls may have been made that nobody saw.
#[must_use]
pub fn seen() -> Touched {
    Touched::of_bits(SEEN.load(Ordering::Relaxed))
}

/// Counts as touched and as seen as well: what code before the last [`open`] has.
pub fn also_touched(before: Touched, seen: Touched) {
    note(before);
    SEEN.fetch_or(seen.bits(), Ordering::Relaxed);
}

pub(super) fn note(effect: Touched) {
    TOUCHED.fetch_or(effect.bits(), Ordering::Relaxed);
    if !effect.is_all() {
        SEEN.fetch_or(effect.bits(), Ordering::Relaxed);
    }
}

/// Lets the calling thread's own calls through, in the middle of watched code;
/// `true` if it was watched. Safe in a signal handler of the watched thread.
#[must_use]
pub fn pause() -> bool {
    SELECTOR.swap(ALLOW, Ordering::SeqCst) == BLOCK
}

/// Watches again. Safe in a signal handler of the watched thread.
pub fn resume() {
    SELECTOR.store(BLOCK, Ordering::SeqCst);
}

/// Runs the host's own `body`, which watched code called, without watching it.
pub fn unwatched<T>(body: impl FnOnce() -> T) -> T {
    let paused = pause_for(Touched::NOTHING);
    let result = body();
    resume_as(paused);
    result
}

/// Set in what [`pause_for`] gives where there is something to resume.
const IS_PAUSED: u64 = 1 << 32;

/// Lets calls of watched code through that undo their own `effect`; gives what
/// [`resume_as`] takes. Where the code is torn before that, the effect counts as made.
#[must_use]
pub fn pause_for(effect: Touched) -> u64 {
    // Another thread must not touch the switch: it isn't what is watched.
    if !IS_WATCHED.get() || !pause() {
        return 0;
    }
    let before = TOUCHED.fetch_or(effect.bits(), Ordering::Relaxed);
    IS_PAUSED | u64::from(before)
}

/// Watches again, as if nothing had been touched since [`pause_for`].
pub fn resume_as(paused: u64) {
    // With nothing to resume, the bit is set by this and doesn't fit.
    if let Ok(before) = u32::try_from(paused ^ IS_PAUSED) {
        TOUCHED.store(before, Ordering::Relaxed);
        resume();
    }
}

/// This SIGSYS stands for a call of watched code. Safe in a signal handler.
#[must_use]
pub fn is_watched_call(info: &libc::siginfo_t) -> bool {
    info.si_signo == libc::SIGSYS && info.si_code == SYS_USER_DISPATCH
}
