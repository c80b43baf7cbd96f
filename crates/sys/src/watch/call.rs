//! What the signal handler does with a call of watched code. Its rules hold
//! here: no allocation, no lock, no panic.

use super::effects::{Call, Touched};
use super::switch::{behind, note, resume, stub};
use libc::{c_long, ucontext_t};
use std::sync::atomic::{AtomicU32, Ordering};

/// So many calls are looked at one by one. Each costs 1.7 µs, and comparing
/// all that a process has costs 50 µs: code that makes more calls than this
/// pays for the latter.
const MOST_CALLS: u32 = 16;
/// Bytes below the stack pointer that a function may use without moving it.
const RED_ZONE: usize = 128;
/// Length of `syscall`, and of `int 0x80`.
const INSTRUCTION: i64 = 2;
/// `AUDIT_ARCH_X86_64`.
const NATIVE: u32 = 0xc000_003e;

static CALLS: AtomicU32 = AtomicU32::new(0);

/// The fields of a siginfo that a SIGSYS fills.
#[repr(C)]
struct Dispatched {
    head: [u32; 4],
    address: usize,
    number: i32,
    arch: u32,
}

pub(super) fn begin() {
    CALLS.store(0, Ordering::Relaxed);
}

/// Takes note of a call and lets it be made, by changing the interrupted
/// registers. `is_stack` tells whether an address is on the stack that guest
/// code has been given. Safe in a signal handler.
///
/// The watch goes on behind the call where it can.
pub fn on_call(
    info: &libc::siginfo_t,
    context: &mut ucontext_t,
    is_stack: impl FnOnce(usize) -> bool,
) {
    // SAFETY: a siginfo of 128 bytes, of a SIGSYS, which has these fields.
    let dispatched = unsafe { &*(&raw const *info).cast::<Dispatched>() };
    let general = &mut context.uc_mcontext.gregs;
    let register = |index: libc::c_int| general[index as usize].cast_unsigned();
    let call = Call {
        number: c_long::from(dispatched.number),
        arguments: [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX].map(register),
    };
    let effect = if dispatched.arch == NATIVE {
        call.effect()
    } else {
        Touched::ALL
    };
    let stack = usize::try_from(general[libc::REG_RSP as usize]).unwrap_or(0);
    let place = stack.wrapping_sub(RED_ZONE + size_of::<usize>());
    let seen = CALLS.fetch_add(1, Ordering::Relaxed);
    if effect.is_all() || seen >= MOST_CALLS || !is_stack(place) {
        // It is made where it stands, and all that follow unseen.
        note(Touched::ALL);
        general[libc::REG_RIP as usize] -= INSTRUCTION;
        return;
    }
    note(effect);
    let back = general[libc::REG_RIP as usize];
    // SAFETY: below the red zone of the interrupted code, on its own stack.
    unsafe { (place as *mut i64).write(back) };
    general[libc::REG_RSP as usize] = (place as u64).cast_signed();
    general[libc::REG_RIP as usize] = (stub() as u64).cast_signed();
    resume();
}

/// Where the code goes on that a signal found in the stub, right behind its
/// call; `None` elsewhere. For signals that were sent, by a call, alone: the
/// stub's other instruction may itself fault over a stack that is gone.
#[must_use]
pub fn behind_stub(context: &ucontext_t) -> Option<u64> {
    let general = &context.uc_mcontext.gregs;
    let at = usize::try_from(general[libc::REG_RIP as usize]).unwrap_or(0);
    if at != behind() {
        return None;
    }
    let place = usize::try_from(general[libc::REG_RSP as usize]).unwrap_or(0);
    // SAFETY: `on_call` wrote the address there, and the call has just returned.
    Some(unsafe { (place as *const u64).read() })
}
