//! Rights that a process has in the namespaces it made, given up for good.
//!
//! With them a test could write where it may only read, or get at the mounts.

use crate::error::{SysError, check};

/// `SECBIT_NOROOT` and its lock: user 0 gets no right by starting a program.
const NO_ROOT: libc::c_ulong = 0b11;
/// `_LINUX_CAPABILITY_VERSION_3`.
const VERSION: u32 = 0x2008_0522;

/// Header of capset(2).
#[repr(C)]
struct Header {
    version: u32,
    process: i32,
}

/// Gives up every right of this process, and of whatever it will start.
pub(super) fn give_up() -> Result<(), SysError> {
    let (on, off): (libc::c_ulong, libc::c_ulong) = (1, 0);
    // SAFETY: takes numbers.
    check("prctl(PR_SET_SECUREBITS)", unsafe {
        libc::prctl(libc::PR_SET_SECUREBITS, NO_ROOT, off, off, off)
    })?;
    for right in 0..64 as libc::c_ulong {
        // SAFETY: takes numbers; the kernel refuses those that it doesn't know.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, right, off, off, off) } != 0 {
            break;
        }
    }
    // SAFETY: takes numbers.
    check("prctl(PR_SET_NO_NEW_PRIVS)", unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, on, off, off, off)
    })?;
    let header = Header {
        version: VERSION,
        process: 0,
    };
    let none = [0u32; 6];
    // SAFETY: a header of version 3 goes with two times three words, which are only read.
    let set = unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) };
    if set != 0 {
        return Err(SysError::last("capset"));
    }
    // What is looked at in /proc belongs to nobody else but a process that may be traced.
    // SAFETY: takes numbers.
    check("prctl(PR_SET_DUMPABLE)", unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, on, off, off, off)
    })
    .map(drop)
}
