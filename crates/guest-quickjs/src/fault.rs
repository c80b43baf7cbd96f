//! `$rewind`, the object through which a test breaks things on purpose, so that
//! recovery can be tested: `$rewind.fault(kind)`, `$rewind.marker(text)` and
//! `$rewind.slot(index, value)`.
//!
//! Each kind is one small function here. Most never return; what returns has
//! damaged something that only a restore puts right.

mod deep;
mod slot;

pub use slot::slot_page;

use crate::call::Call;
use crate::value::{Context, Owned, Pending, Returned};
use core::arch::asm;
use core::hint::black_box;
use libc::{c_int, c_void};
use rquickjs_sys as q;

/// A kind's name, and what it does.
type Kind = (&'static [u8], fn(Context) -> Returned);

/// Every kind that takes no number.
const KINDS: [Kind; 34] = [
    (b"null", |_| returned(write_through_null)),
    (b"wild", |_| returned(write_far_beyond_a_block)),
    (b"double-free", |_| returned(free_twice)),
    (b"use-after-free", |_| returned(write_after_free)),
    (b"stack", |_| returned(recurse_without_end)),
    (b"abort", |_| returned(abort)),
    (b"exit", |_| returned(exit)),
    (b"_exit", |_| returned(exit_at_once)),
    (b"quick-exit", |_| returned(exit_quickly)),
    (b"raw-exit", |_| returned(exit_by_system_call)),
    (b"hang", |_| returned(hang)),
    (b"hang-blocked", |_| returned(hang_with_signals_blocked)),
    (b"sleep", |_| returned(sleep_in_the_kernel)),
    (b"segv", |_| returned(|| raise(libc::SIGSEGV))),
    (b"bus", |_| returned(touch_beyond_a_file)),
    (b"fpe", |_| returned(divide_by_zero)),
    (b"ill", |_| returned(run_an_illegal_instruction)),
    (b"trap", |_| returned(run_a_breakpoint)),
    (b"sys", |_| returned(|| raise(libc::SIGSYS))),
    (b"jump", |_| returned(jump_nowhere)),
    (b"oom", exhaust_memory),
    (b"flood", |_| returned(flood_the_output)),
    (b"forge", |_| returned(|| forge_protocol_frames(1024))),
    (b"forge-host", |_| returned(|| forge_protocol_frames(4096))),
    (b"kill-self", |_| returned(|| raise(libc::SIGKILL))),
    (b"stop-self", |_| returned(|| raise(libc::SIGSTOP))),
    (b"stdio-lock", |_| returned(fault_with_stdio_locked)),
    (b"malloc-lock", |_| returned(fault_with_a_lock_held)),
    (b"fd-leak", |_| returned(leave_a_descriptor_open)),
    (b"inside-malloc", |_| returned(deep::fault_inside_malloc)),
    (b"in-handler", |_| returned(deep::fault_inside_a_handler)),
    (b"longjmp", |_| returned(deep::fault_inside_a_long_jump)),
    (b"fd-exhaust", |_| returned(deep::open_until_refused)),
    (b"fork-bomb", |_| returned(deep::fork_children)),
];
/// What a kind that names a signal starts with: `raise:15`.
const RAISE: &[u8] = b"raise:";

/// A new `$rewind`: with markers alone, unless faults are offered too.
pub(crate) fn new_object(context: Context) -> Returned {
    let object = context.object()?;
    if context.session().faults {
        context.method(&object, fault, c"fault", 1)?;
        context.method(&object, slot::slot, c"slot", 2)?;
    }
    context.method(&object, marker, c"marker", 1)?;
    Ok(object)
}

/// `$rewind.marker(text)`.
fn marker(call: &Call) -> Returned {
    let context = call.context;
    let text = context.text(call.argument(0))?;
    if let Some(host) = context.session().host {
        host.marker(text.as_slice());
    }
    context.free_text(text);
    Ok(Owned::UNDEFINED)
}

/// `$rewind.fault(kind)`: does what `kind` says. A TypeError names the kinds.
fn fault(call: &Call) -> Returned {
    let context = call.context;
    let kind = context.text(call.argument(0))?;
    let wanted = kind.as_slice();
    if let Some((_, function)) = KINDS.iter().find(|(name, _)| *name == wanted) {
        context.free_text(kind);
        return function(context);
    }
    let signal = wanted.strip_prefix(RAISE).and_then(signal_number);
    context.free_text(kind);
    match signal {
        Some(signal) => returned(|| raise(signal)),
        None => Err(unknown_kind(context)),
    }
}

fn returned(fault: impl FnOnce()) -> Returned {
    fault();
    Ok(Owned::UNDEFINED)
}

fn signal_number(text: &[u8]) -> Option<c_int> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

fn unknown_kind(context: Context) -> Pending {
    context.type_error(
        c"$rewind.fault knows null, wild, double-free, use-after-free, stack, abort, exit, \
          _exit, quick-exit, raw-exit, hang, hang-blocked, sleep, segv, bus, fpe, ill, trap, sys, \
          jump, oom, flood, forge, forge-host, kill-self, stop-self, stdio-lock, malloc-lock, fd-leak, inside-malloc, in-handler, longjmp, \
          fd-exhaust, fork-bomb, raise:N",
    )
}

/// Writes to address 8.
fn write_through_null() {
    let address = black_box(8_usize) as *mut u8;
    // SAFETY: none: this is the fault that is asked for.
    unsafe { address.write_volatile(1) };
}

/// Writes 4 MiB upwards from a block of 64 bytes, over whatever lies there.
fn write_far_beyond_a_block() {
    // SAFETY: any size may be asked for.
    let block = unsafe { libc::malloc(64) }.cast::<u8>();
    for offset in 0..4 << 20 {
        // SAFETY: none: this is the fault that is asked for.
        unsafe { block.wrapping_add(offset).write_volatile(0x41) };
    }
}

/// Frees a block twice.
fn free_twice() {
    // SAFETY: any size may be asked for.
    let block = black_box(unsafe { libc::malloc(64) });
    // SAFETY: made above.
    unsafe { libc::free(block) };
    // SAFETY: none: this is the fault that is asked for.
    unsafe { libc::free(black_box(block)) };
}

/// Writes to a block that was freed.
fn write_after_free() {
    // SAFETY: any size may be asked for.
    let block = black_box(unsafe { libc::malloc(64) }).cast::<u8>();
    // SAFETY: made above.
    unsafe { libc::free(block.cast()) };
    for offset in 0..64 {
        // SAFETY: none: this is the fault that is asked for.
        unsafe { block.wrapping_add(offset).write_volatile(0x41) };
    }
}

/// Calls itself with large frames until the stack is used up.
fn recurse_without_end() {
    #[expect(unconditional_recursion, reason = "running out of stack is the point")]
    fn deeper(depth: u64) -> u64 {
        let frame = [depth; 512];
        black_box(&frame);
        deeper(depth + 1) + frame[7]
    }
    black_box(deeper(black_box(1)));
}

/// `abort()`.
fn abort() {
    // SAFETY: callable at any time.
    unsafe { libc::abort() };
}

/// `exit(3)`: runs what `atexit` was told.
fn exit() {
    // SAFETY: callable at any time.
    unsafe { libc::exit(3) };
}

/// `_exit(4)`.
fn exit_at_once() {
    // SAFETY: callable at any time.
    unsafe { libc::_exit(4) };
}

unsafe extern "C" {
    fn quick_exit(status: c_int) -> !;
    fn flockfile(stream: *mut libc::FILE);
    static stdout: *mut libc::FILE;
}

/// `quick_exit(6)`.
fn exit_quickly() {
    // SAFETY: callable at any time.
    unsafe { quick_exit(6) };
}

/// The system call `exit_group(5)`, which no library can intercept.
fn exit_by_system_call() {
    // SAFETY: callable at any time.
    unsafe { libc::syscall(libc::SYS_exit_group, 5) };
}

/// Loops for ever.
fn hang() {
    loop {
        core::hint::spin_loop();
    }
}

/// Blocks every signal and loops for ever.
fn hang_with_signals_blocked() {
    // SAFETY: all zero bits are a valid set.
    let mut signals: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: the set is written.
    unsafe { libc::sigfillset(&raw mut signals) };
    // SAFETY: the set is readable.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, core::ptr::null_mut()) };
    hang();
}

/// Sleeps in the kernel for an hour.
fn sleep_in_the_kernel() {
    // SAFETY: callable at any time.
    unsafe { libc::sleep(3600) };
}

/// Sends this thread a signal.
fn raise(signal: c_int) {
    // SAFETY: callable at any time.
    let process = unsafe { libc::getpid() };
    // SAFETY: callable at any time.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    // SAFETY: callable at any time, whatever the number is.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
}

/// Touches a mapped page beyond the end of its file: SIGBUS.
fn touch_beyond_a_file() {
    // SAFETY: the name is a C string.
    let file = unsafe { libc::memfd_create(c"rewind-fault".as_ptr(), libc::MFD_CLOEXEC) };
    let (access, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: a fresh mapping, wherever the kernel likes.
    let page = unsafe { libc::mmap(core::ptr::null_mut(), 4096, access, shared, file, 0) };
    // SAFETY: none: the file is empty, and the fault is what is asked for.
    unsafe { page.cast::<u8>().write_volatile(1) };
}

/// Divides an integer by zero.
fn divide_by_zero() {
    // SAFETY: none: this is the fault that is asked for.
    unsafe {
        asm!(
            "div {zero:e}",
            zero = in(reg) 0_u32,
            inout("eax") 1_u32 => _,
            inout("edx") 0_u32 => _,
        );
    }
}

/// Runs `ud2`.
fn run_an_illegal_instruction() {
    // SAFETY: none: this is the fault that is asked for.
    unsafe { asm!("ud2") };
}

/// Runs `int3`.
fn run_a_breakpoint() {
    // SAFETY: none: this is the fault that is asked for.
    unsafe { asm!("int3") };
}

/// Calls address 8.
fn jump_nowhere() {
    // SAFETY: none: this is the fault that is asked for.
    unsafe { asm!("call {nowhere}", nowhere = in(reg) 8_usize, clobber_abi("C")) };
}

/// Takes all memory there is, then throws the engine's out-of-memory error.
fn exhaust_memory(context: Context) -> Returned {
    let mut size = 1 << 20;
    while size >= 16 {
        // SAFETY: any size may be asked for.
        if black_box(unsafe { libc::malloc(size) }).is_null() {
            size /= 2;
        }
    }
    // SAFETY: the context is live.
    unsafe { q::JS_ThrowOutOfMemory(context.raw()) };
    Err(Pending)
}

/// Writes 64 MiB to descriptors 1 and 2.
fn flood_the_output() {
    let line = [b'x'; 4096];
    for _ in 0..(32 << 20) / line.len() {
        write(1, &line);
        write(2, &line);
    }
}

/// Writes what looks like results to every descriptor below `end`: from 1,024
/// on they are the worker's own.
fn forge_protocol_frames(end: c_int) {
    for descriptor in 0..end {
        // A line of the line dialect, alone and after a newline.
        write(descriptor, b"\x01BATCH_END 0 1 1 1 0 0 0 0 0 0 0 0 0\n");
        write(descriptor, b"\n\x01BATCH_END 0 1 1 1 0 0 0 0 0 0 0 0 0\n");
        // A length-delimited message: field 3, holding field 1 = 0 and field 2 = 0.
        write(descriptor, b"\x06\x1a\x04\x08\x00\x10\x00");
        // A length that no reader should allocate for.
        write(descriptor, b"\xff\xff\xff\xff\x0f");
    }
}

fn write(descriptor: c_int, bytes: &[u8]) {
    let start = bytes.as_ptr().cast::<c_void>();
    // SAFETY: `bytes` is readable; a bad descriptor is an error, no fault.
    unsafe { libc::write(descriptor, start, bytes.len()) };
}

/// Faults while the lock of C's standard output is held.
fn fault_with_stdio_locked() {
    // SAFETY: libc's own stream, set before `main`.
    let stream = unsafe { stdout };
    // SAFETY: as above.
    unsafe { flockfile(stream) };
    write_through_null();
}

/// Faults while a lock is held that lies in guest memory, as an allocator's may.
fn fault_with_a_lock_held() {
    let lock = size_of::<libc::pthread_mutex_t>();
    // SAFETY: any size may be asked for; all zero bits are an open lock.
    let lock = unsafe { libc::calloc(1, lock) }.cast::<libc::pthread_mutex_t>();
    // SAFETY: an open lock.
    unsafe { libc::pthread_mutex_lock(lock) };
    write_through_null();
}

/// Opens a descriptor and leaves it.
fn leave_a_descriptor_open() {
    // SAFETY: the path is a C string.
    unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY) };
}
