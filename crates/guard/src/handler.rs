//! The signal handler, and nothing else.
//!
//! Rules: no allocation, no lock, no formatting, no logging, no panic. Only
//! atomics, memory that exists already, and raw system calls. Every signal is
//! blocked while it runs, so a fault of its own ends the process: the kernel
//! doesn't deliver a blocked synchronous signal but kills.

use crate::record::{KIND_DEADLINE, KIND_EXIT, KIND_FAULT, RECORD};
use corosensei::trap::CoroutineTrapHandler;
use libc::{c_int, c_void, siginfo_t, ucontext_t};
use rewind_sys::signal::{Disposition, send_to_this_thread, set_disposition};
use rewind_sys::thread::SavedThread;
use rewind_sys::timer::{TimerHandle, monotonic_ns_by_call};
use rewind_sys::watch;
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// Signals whose faults are caught.
pub(crate) const FAULTS: [c_int; 9] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGXFSZ,
    libc::SIGXCPU,
];

/// Flags that a guest may have left set and that compiled code relies on being
/// clear: direction, trap, alignment check.
const TREACHEROUS_FLAGS: i64 = (1 << 10) | (1 << 8) | (1 << 18);
/// How soon a deadline that passed on the way in or out of a region is looked at again.
const RETRY: Duration = Duration::from_millis(1);

/// Called with the address of each SIGSEGV before anything else; `true` means
/// that the page can be written now and the instruction is to run again.
pub type WriteHook = fn(usize) -> bool;

static WRITE_HOOK: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Installs the hook that tracks writes by protection faults. It runs in the
/// signal handler and keeps to this module's rules.
pub fn set_write_hook(hook: WriteHook) {
    WRITE_HOOK.store(hook as *mut c_void, Ordering::SeqCst);
}

/// State that `Guard` sets while no region is open, or before the handler is installed.
pub(crate) struct Shared {
    /// Where the open region lands.
    pub(crate) trap: UnsafeCell<Option<CoroutineTrapHandler<bool>>>,
    /// What each signal of [`FAULTS`] did before.
    pub(crate) previous: UnsafeCell<[Option<Disposition>; FAULTS.len()]>,
    /// The host's signal mask, in force again after a landing.
    pub(crate) mask: UnsafeCell<Option<libc::sigset_t>>,
}

// SAFETY: written only by the thread that owns the guard, while `in_guest` is
// false; read by the handler on that same thread.
unsafe impl Sync for Shared {}

pub(crate) static SHARED: Shared = Shared {
    trap: UnsafeCell::new(None),
    previous: UnsafeCell::new([const { None }; FAULTS.len()]),
    mask: UnsafeCell::new(None),
};

/// The guard's thread as the open region found it.
pub(crate) static THREAD: SavedThread = SavedThread::new();

/// Entry for every signal in [`FAULTS`] and for the deadline's.
pub(crate) extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid siginfo to an SA_SIGINFO handler.
    let info = unsafe { &*info };
    // SAFETY: likewise the context, which is this handler's to change.
    let context = unsafe { &mut *context.cast::<ucontext_t>() };
    // Only the guard's thread has this stack, and only that thread is watched.
    let watched = on_alternate_stack() && watch::pause();
    if watched && watch::is_watched_call(info) {
        return watch::on_call(info, context, |address| {
            RECORD.guest_frames.contains(address)
        });
    }
    if act(signal, info, context) == Then::GoOn && watched {
        watch::resume();
    }
}

/// What follows the handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The interrupted code.
    GoOn,
    /// The landing pad, or the process's end.
    Leave,
}

fn act(signal: c_int, info: &siginfo_t, context: &mut ucontext_t) -> Then {
    if signal == RECORD.deadline_signal.load(Ordering::Relaxed) {
        return deadline(context);
    }
    // SAFETY: si_addr may be read for any signal; it is 0 or a sender's id where there is none.
    let address = unsafe { info.si_addr() } as usize;
    if signal == libc::SIGSEGV && hooked(address) {
        return Then::GoOn;
    }
    if signal == libc::SIGXCPU && info.si_code > 0 && RECORD.is_ours() {
        return out_of_time(context);
    }
    if !is_guests(context) {
        to_previous(signal, info.si_code);
        return Then::Leave;
    }
    let exiting = signal == libc::SIGILL && RECORD.exit_pending.swap(false, Ordering::Relaxed);
    RECORD.signal.store(signal, Ordering::Relaxed);
    RECORD.code.store(info.si_code, Ordering::Relaxed);
    // A file that grew too large has no address; who sent the signal is the process itself.
    let address = if signal == libc::SIGXFSZ {
        0
    } else {
        address as u64
    };
    RECORD.address.store(address, Ordering::Relaxed);
    land(context, if exiting { KIND_EXIT } else { KIND_FAULT })
}

fn hooked(address: usize) -> bool {
    let hook = WRITE_HOOK.load(Ordering::Relaxed);
    if hook.is_null() {
        return false;
    }
    // SAFETY: only `set_write_hook` stores here, and it stores a `WriteHook`.
    let hook = unsafe { std::mem::transmute::<*mut c_void, WriteHook>(hook) };
    hook(address)
}

fn stack_pointer(context: &ucontext_t) -> usize {
    usize::try_from(context.uc_mcontext.gregs[libc::REG_RSP as usize]).unwrap_or(0)
}

fn on_alternate_stack() -> bool {
    let here = 0u8;
    RECORD.alternate_stack.contains(&raw const here as usize)
}

/// A region is open, this is its thread (only that has this alternate stack),
/// and the fault did not strike on the host's stack.
fn is_guests(context: &ucontext_t) -> bool {
    RECORD.in_guest.load(Ordering::Relaxed)
        && RECORD.is_ours()
        && on_alternate_stack()
        && !RECORD.host_stack.contains(stack_pointer(context))
}

/// The kernel says that the CPU time is used up, and says so again each second;
/// it means no instruction, so that it can be ignored where nothing can land.
fn out_of_time(context: &mut ucontext_t) -> Then {
    let is_guests = RECORD.in_guest.load(Ordering::Relaxed) && on_alternate_stack();
    if !is_guests || !RECORD.guest_stack.contains(stack_pointer(context)) {
        return Then::GoOn;
    }
    RECORD.signal.store(libc::SIGXCPU, Ordering::Relaxed);
    RECORD.code.store(libc::SI_KERNEL, Ordering::Relaxed);
    RECORD.address.store(0, Ordering::Relaxed);
    land(context, KIND_FAULT)
}

/// The timer fired: lands if the open region's deadline has passed, else arms for what is left.
fn deadline(context: &mut ucontext_t) -> Then {
    RECORD.timer_at.store(0, Ordering::Relaxed);
    if !RECORD.in_guest.load(Ordering::Relaxed) {
        return Then::GoOn;
    }
    let (now, at) = (
        monotonic_ns_by_call(),
        RECORD.deadline_at.load(Ordering::Relaxed),
    );
    let on_guest_stack = RECORD.guest_stack.contains(stack_pointer(context));
    if now >= at && on_guest_stack {
        return land(context, KIND_DEADLINE);
    }
    let left = if now >= at {
        RETRY
    } else {
        Duration::from_nanos(at - now)
    };
    let timer = TimerHandle(RECORD.timer.load(Ordering::Relaxed));
    if at != u64::MAX && timer.set(left).is_ok() {
        let fires = now.saturating_add(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX));
        RECORD.timer_at.store(fires, Ordering::Relaxed);
    }
    Then::GoOn
}

/// Points the interrupted registers at the landing pad; the kernel goes there when we return.
fn land(context: &mut ucontext_t, kind: c_int) -> Then {
    // Before any call of the C library, the host's behind the landing included.
    // SAFETY: only the guard's thread comes here, and the guest is over.
    unsafe { THREAD.put_back() };
    RECORD
        .landed_at
        .store(monotonic_ns_by_call(), Ordering::Relaxed);
    RECORD.kind.store(kind, Ordering::Relaxed);
    RECORD.in_guest.store(false, Ordering::Relaxed);
    // SAFETY: `Guard` set it before it opened this region, on this thread.
    let trap = unsafe { *SHARED.trap.get() };
    // SAFETY: likewise.
    let mask = unsafe { *SHARED.mask.get() };
    let Some(trap) = trap else {
        rewind_sys::signal::exit_now(70)
    };
    let pc = context.uc_mcontext.gregs[libc::REG_RIP as usize].cast_unsigned();
    let sent = RECORD.code.load(Ordering::Relaxed) <= 0 && kind == KIND_FAULT;
    let caller = sent.then(|| watch::behind_stub(context)).flatten();
    RECORD.pc.store(caller.unwrap_or(pc), Ordering::Relaxed);
    // SAFETY: the coroutine of the open region is suspended here for good; its
    // stack is reset and holds nothing that must be dropped.
    let registers = unsafe { trap.setup_trap_handler(|| true) };
    let general = &mut context.uc_mcontext.gregs;
    general[libc::REG_RIP as usize] = registers.rip.cast_signed();
    general[libc::REG_RSP as usize] = registers.rsp.cast_signed();
    general[libc::REG_RBP as usize] = registers.rbp.cast_signed();
    general[libc::REG_RDI as usize] = registers.rdi.cast_signed();
    general[libc::REG_RSI as usize] = registers.rsi.cast_signed();
    general[libc::REG_EFL as usize] &= !TREACHEROUS_FLAGS;
    if let Some(mask) = mask {
        context.uc_sigmask = mask;
    }
    Then::Leave
}

/// Not the guest's fault: the previous disposition comes back and the
/// instruction runs again, so that the process ends as it would without us.
///
/// Where no instruction would strike again (the signal was sent, or comes
/// behind its instruction) it is sent once more, to its default action: it is
/// blocked here, and delivered as the handler returns.
fn to_previous(signal: c_int, code: c_int) {
    if code <= 0 || matches!(signal, libc::SIGTRAP | libc::SIGSYS | libc::SIGXCPU) {
        let restored = set_disposition(signal, &Disposition::default_action());
        if restored.is_err() || send_to_this_thread(signal).is_err() {
            rewind_sys::signal::exit_now(128 + signal);
        }
        return;
    }
    // SAFETY: set once before the handler was installed.
    let previous = unsafe { &*SHARED.previous.get() };
    let index = FAULTS.iter().position(|fault| *fault == signal);
    match index.and_then(|index| previous[index].as_ref()) {
        Some(disposition) if set_disposition(signal, disposition).is_ok() => {}
        _ => rewind_sys::signal::exit_now(128 + signal),
    }
}
