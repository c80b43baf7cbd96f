//! Pages that a fork copies at once, instead of at the first write to each.
//!
//! A child that writes to a page it shares with its parent takes a fault for it;
//! so does the parent that writes first. For a page that is written for certain
//! the fault is all loss. The kernel copies a page during the fork itself if it
//! is *pinned*, that is, if a device may be writing to it just then (Linux 5.10):
//!
//! ```text
//!   shared    fork ─► both read-only ─► child writes: fault, copy
//!                                    └► parent writes: fault, copy or reuse
//!   pinned    fork ─► child has its copy, parent keeps its own: no fault at all
//! ```
//!
//! Buffers registered with an io_uring are pinned for as long as the ring is
//! there. The ring is never used for anything else; it is made disabled, so that
//! nothing can be submitted to it. No contents depend on a pin: a page that is
//! unmapped or replaced is copied as any other.
#![expect(unsafe_code, reason = "io_uring has no safe wrapper here")]

use crate::descriptors::raise;
use crate::error::{SysError, check};
use crate::pages::PageRun;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Nothing can be submitted until the ring is enabled (include/uapi/linux/io_uring.h).
const IORING_SETUP_R_DISABLED: u32 = 1 << 6;
const IORING_REGISTER_BUFFERS: libc::c_uint = 0;
/// Most runs that can be pinned at once: the kernel's own limit for buffers.
pub const PINNED_MAX: usize = 1 << 14;

/// `struct io_uring_params`; of its fields only the flags are of interest here.
#[repr(C)]
struct Params {
    entries: [u32; 2],
    flags: u32,
    rest: [u32; 27],
}

/// Pages that are pinned until this is dropped.
#[derive(Debug)]
pub struct Pinned {
    /// Held, not used: closing it lets go of the pages.
    _ring: OwnedFd,
}

impl Pinned {
    /// Pins the pages of `runs`, making each of them present and this process's own.
    ///
    /// # Errors
    /// `ENOSYS` or `EPERM` where io_uring is kept away (`kernel.io_uring_disabled`,
    /// a seccomp filter), `ENOMEM` above `ulimit -l`, `EFAULT` where a page is not
    /// writable, `EINVAL` for more than [`PINNED_MAX`] runs or none.
    pub fn pin(runs: &[PageRun]) -> Result<Self, SysError> {
        let mut params = Params {
            entries: [0; 2],
            flags: IORING_SETUP_R_DISABLED,
            rest: [0; 27],
        };
        // SAFETY: the argument is the structure that this call takes, 120 bytes.
        let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, &raw mut params) };
        let ring = check("io_uring_setup", libc::c_int::try_from(ring).unwrap_or(-1))?;
        // SAFETY: the kernel just made it, so nobody else owns it.
        let ring = raise(unsafe { OwnedFd::from_raw_fd(ring) })?;
        let buffers: Vec<libc::iovec> = runs
            .iter()
            .map(|run| libc::iovec {
                iov_base: run.start as *mut libc::c_void,
                iov_len: run.bytes(),
            })
            .collect();
        // SAFETY: the array is live and as long as said. Pinning changes no contents,
        // and nothing is ever submitted that would write to the pages.
        let result = unsafe {
            libc::syscall(
                libc::SYS_io_uring_register,
                ring.as_raw_fd(),
                IORING_REGISTER_BUFFERS,
                buffers.as_ptr(),
                buffers.len(),
            )
        };
        let result = libc::c_int::try_from(result).unwrap_or(-1);
        check("io_uring_register(BUFFERS)", result)
            .map(|_| Self { _ring: ring })
            .map_err(|error| error.mend("raise `ulimit -l`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PAGE_SIZE;
    use crate::memory::{Access, Mapping};
    use crate::process::{ExitStatus, fork, page_faults};
    use crate::signal::exit_now;

    const PAGES: usize = 16;

    /// What the kernel refuses to do here, if it does: an honest skip.
    fn pin(runs: &[PageRun]) -> Option<Pinned> {
        match Pinned::pin(runs) {
            Err(error) if matches!(error.errno(), libc::ENOSYS | libc::EPERM | libc::EACCES) => {
                None
            }
            pinned => Some(pinned.unwrap()),
        }
    }

    fn written(mapping: &Mapping, value: u8) {
        for page in 0..PAGES {
            let byte = mapping.start().as_ptr().wrapping_add(page * PAGE_SIZE);
            // SAFETY: inside the mapping, which is writable and ours.
            unsafe { byte.write_volatile(value) };
        }
    }

    /// Exits with the number of faults that writing to all pages took.
    fn faults_in_a_child(mapping: &Mapping) -> i32 {
        // A test has threads: the child does nothing but raw system calls.
        // SAFETY: as said.
        let Some(mut child) = (unsafe { fork() }).unwrap() else {
            let before = page_faults();
            written(mapping, 2);
            let taken = page_faults() - before;
            exit_now(i32::try_from(taken).unwrap_or(255))
        };
        match child.wait().unwrap().status {
            ExitStatus::Exited(taken) => taken,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn child_writes_to_pinned_pages_without_a_fault_and_to_its_own_copy() {
        let mapping = Mapping::anonymous(PAGES * PAGE_SIZE, Access::ReadWrite).unwrap();
        written(&mapping, 1);
        assert!(faults_in_a_child(&mapping) >= 16);
        let run = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        let Some(pinned) = pin(&[run]) else { return };
        let taken = faults_in_a_child(&mapping);
        assert!(taken < 8, "{taken}");
        // SAFETY: inside the mapping, which is readable.
        assert_eq!(unsafe { mapping.start().as_ptr().read_volatile() }, 1);
        drop(pinned);
    }

    #[test]
    fn pages_without_access_are_refused() {
        let mapping = Mapping::anonymous(PAGE_SIZE, Access::None).unwrap();
        let run = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        assert!(Pinned::pin(&[run]).is_err());
        assert!(Pinned::pin(&[]).is_err());
    }
}
