//! A thread, and what it starts, to which the kernel refuses a call, as many
//! containers do.
#![expect(unsafe_code, reason = "seccomp has no safe wrapper")]

use std::ptr;

/// Runs `body` without userfaultfd.
pub(crate) fn without_userfaultfd(body: impl FnOnce() + Send) {
    without(libc::SYS_userfaultfd, None, libc::EPERM, body);
}

/// Runs `body` with `PAGEMAP_SCAN` unknown, as in kernels before 6.7.
pub(crate) fn without_pagemap_scan(body: impl FnOnce() + Send) {
    // _IOWR('f', 16, struct pm_scan_arg), whose size is 96 bytes.
    without(libc::SYS_ioctl, Some(0xc060_6610), libc::ENOTTY, body);
}

/// Runs `body` with no way to other namespaces.
pub(crate) fn without_namespaces(errno: i32, body: impl FnOnce() + Send) {
    without(libc::SYS_unshare, None, errno, body);
}

/// Runs `body` on a thread of its own that can't get rid of the filter: `call`,
/// if its second argument is `argument` or that is `None`, fails with `errno`.
/// A panic of `body` is the caller's.
pub(crate) fn without(call: i64, argument: Option<u32>, errno: i32, body: impl FnOnce() + Send) {
    let filtered = || {
        refuse(call, argument, errno);
        body();
    };
    let ended = std::thread::scope(|scope| scope.spawn(filtered).join());
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

/// Has the program that `command` starts run without threads of its own.
pub(crate) fn refuse_threads(command: &mut std::process::Command) {
    let filter = || {
        refuse(libc::SYS_clone3, None, libc::EAGAIN);
        Ok(())
    };
    // SAFETY: between fork and exec, the filter is set by plain system calls.
    unsafe { std::os::unix::process::CommandExt::pre_exec(command, filter) };
}

/// Lets the system call fail on this thread and in processes that it starts.
fn refuse(call: i64, argument: Option<u32>, errno: i32) {
    /// Where the low half of the second argument is in what the filter is shown.
    const SECOND_ARGUMENT: u32 = 24;
    const LOAD_WORD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let step = |code: u32, jt, jf, k| libc::sock_filter {
        code: u16::try_from(code).expect("codes are small"),
        jt,
        jf,
        k,
    };
    let call = u32::try_from(call).expect("a small number");
    let refused = libc::SECCOMP_RET_ERRNO | errno.unsigned_abs();
    // The number of the call is the first word of what the filter is shown.
    let mut steps = [
        step(LOAD_WORD, 0, 0, 0),
        step(JUMP_IF_EQUAL, 0, 3, call),
        step(LOAD_WORD, 0, 0, SECOND_ARGUMENT),
        // Where any argument will do, both ways lead to the next step.
        step(
            JUMP_IF_EQUAL,
            0,
            u8::from(argument.is_some()),
            argument.unwrap_or(0),
        ),
        step(RETURN, 0, 0, refused),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 6,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: takes ints alone; it forbids this thread to gain rights by exec.
    let forbidden = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(forbidden, 0, "no new privileges");
    // SAFETY: the program and its steps are alive; the kernel copies them.
    let filtered = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            ptr::from_ref(&program),
        )
    };
    assert_eq!(filtered, 0, "filter installed");
}
