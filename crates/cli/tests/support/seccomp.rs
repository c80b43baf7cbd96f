//! A thread, and what it starts, to which the kernel refuses userfaultfd, as
//! many containers do.
#![expect(unsafe_code, reason = "seccomp has no safe wrapper")]

use std::ptr;

/// Runs `body` on a thread of its own that can't get rid of the filter.
/// A panic of `body` is the caller's.
pub(crate) fn without_userfaultfd(body: impl FnOnce() + Send) {
    let filtered = || {
        refuse_userfaultfd();
        body();
    };
    let ended = std::thread::scope(|scope| scope.spawn(filtered).join());
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

/// Lets the system call fail with EPERM on this thread and in processes that it starts.
fn refuse_userfaultfd() {
    const LOAD_WORD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let step = |code: u32, jt, jf, k| libc::sock_filter {
        code: u16::try_from(code).expect("codes are small"),
        jt,
        jf,
        k,
    };
    let call = u32::try_from(libc::SYS_userfaultfd).expect("a small number");
    let refused = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();
    // The number of the call is the first word of what the filter is shown.
    let mut steps = [
        step(LOAD_WORD, 0, 0, 0),
        step(JUMP_IF_EQUAL, 0, 1, call),
        step(RETURN, 0, 0, refused),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 4,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: takes ints alone; it forbids this thread to gain rights by exec.
    let forbidden = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(forbidden, 0, "no new privileges");
    // SAFETY: the program and its four steps are alive; the kernel copies them.
    let filtered = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            ptr::from_ref(&program),
        )
    };
    assert_eq!(filtered, 0, "filter installed");
}
