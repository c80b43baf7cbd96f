//! Faults in the middle of something: inside the allocator, inside a signal
//! handler of the guest's own, inside a long jump; and what uses the kernel up.

use core::hint::black_box;
use libc::{c_int, c_void};

/// Descriptors that are tried at most; far above any limit a guest has.
const MOST_DESCRIPTORS: usize = 1 << 16;
/// Children that are made at once. Each makes one more.
const CHILDREN: usize = 4;
/// How long each of them lives, in µs.
const LIFE_US: libc::useconds_t = 50_000;

unsafe extern "C" {
    fn longjmp(target: *mut c_void, value: c_int) -> !;
}

/// Breaks a list of the allocator's, so that it faults while it is at work.
pub(super) fn fault_inside_malloc() {
    // SAFETY: any size may be asked for.
    let block = black_box(unsafe { libc::malloc(48) });
    // A second one, so that the first is not the last of the heap.
    // SAFETY: as above.
    black_box(unsafe { libc::malloc(48) });
    // SAFETY: made above.
    unsafe { libc::free(block) };
    // SAFETY: none: the block is free, and its link is what is to be broken.
    unsafe {
        black_box(block)
            .cast::<usize>()
            .write_volatile(0x4141_4141_4141_4140)
    };
    for _ in 0..4 {
        // SAFETY: any size may be asked for.
        black_box(unsafe { libc::malloc(48) });
    }
}

extern "C" fn handler(_: c_int) {
    super::write_through_null();
}

/// Faults in a handler of the guest's own, which runs on the guest's stack.
pub(super) fn fault_inside_a_handler() {
    // SAFETY: all zero bits are a valid action.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    // SAFETY: the action is written, and the old one isn't wanted.
    unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut()) };
    super::raise(libc::SIGUSR1);
}

/// Jumps to where nothing is, with what a long jump would restore overwritten.
pub(super) fn fault_inside_a_long_jump() {
    // More than any `jmp_buf` of this architecture; no mask is saved in it.
    let mut target = black_box([0_u64; 64]);
    // SAFETY: none: the registers in it make no sense, which is the fault.
    unsafe { longjmp(target.as_mut_ptr().cast(), 1) };
}

/// Opens descriptors until there are none left.
pub(super) fn open_until_refused() {
    for _ in 0..MOST_DESCRIPTORS {
        // SAFETY: the path is a C string.
        if unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY) } < 0 {
            return;
        }
    }
}

/// Makes children that make children, all of which end soon, and waits for none.
pub(super) fn fork_children() {
    for _ in 0..CHILDREN {
        // SAFETY: the child below does nothing but system calls.
        if unsafe { libc::fork() } == 0 {
            // SAFETY: as above.
            unsafe { libc::fork() };
            // SAFETY: callable at any time.
            unsafe { libc::usleep(LIFE_US) };
            // SAFETY: as above; it doesn't come back.
            unsafe { libc::syscall(libc::SYS_exit_group, 0) };
        }
    }
}
