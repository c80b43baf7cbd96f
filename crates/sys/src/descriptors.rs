//! File descriptors out of a guest's reach, and those it gets instead.
//!
//! ```text
//!   0        1, 2           3 … 1023          from HIGH_BASE on
//!   null     capture file   the guest's own   the host's: pipes, ledger, trackers
//! ```
//! The soft limit is lowered again once the host's descriptors are up there,
//! so that the guest can't open its own among them.

use crate::error::{SysError, check};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// Lowest number for the host's descriptors where the limits allow: right above
/// what a guest may have. Closing all of the guest's costs time for each number
/// below it, open or not.
const HIGH_BASE: RawFd = 1024;
/// Soft limit that a guest finds: what most systems give a process, if nothing else is said.
static GUEST_LIMIT: AtomicU64 = AtomicU64::new(1024);
/// Least of it: what every process has, and some for the guest.
const LEAST: u64 = 8;
/// How many of its own the host may have.
const HOST_ROOM: RawFd = 64;

/// Where the host's descriptors begin; 3 until [`reserve_high`] was called.
pub(crate) static BASE: AtomicI32 = AtomicI32::new(3);

/// Raises the limit of open files so that there is room for the host's
/// descriptors, and remembers where that room begins.
///
/// # Errors
/// When the limits can't be read or set.
pub fn reserve_high() -> Result<(), SysError> {
    let wanted = libc::rlim_t::from((HIGH_BASE + HOST_ROOM).unsigned_abs());
    let limit = set_soft_limit(wanted)?;
    let top = RawFd::try_from(limit).unwrap_or(HIGH_BASE + HOST_ROOM);
    BASE.store((top - HOST_ROOM).max(3), Ordering::SeqCst);
    Ok(())
}

/// Says how many descriptors a guest may have, counting 0 to 2; for the next
/// call of [`limit_guest`]. No more than where the host's begin.
pub fn set_guest_limit(count: u64) {
    GUEST_LIMIT.store(count.max(LEAST), Ordering::SeqCst);
}

/// Lowers the soft limit to what a guest may have.
///
/// # Errors
/// When the limits can't be read or set.
pub fn limit_guest() -> Result<(), SysError> {
    let base = libc::rlim_t::from(BASE.load(Ordering::SeqCst).unsigned_abs());
    set_soft_limit(GUEST_LIMIT.load(Ordering::SeqCst).min(base)).map(drop)
}

/// Sets the soft limit of open files as far as the hard one allows; what it is then.
fn set_soft_limit(wanted: libc::rlim_t) -> Result<libc::rlim_t, SysError> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a structure of ours.
    let read = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    check("getrlimit", read)?;
    limit.rlim_cur = wanted.min(limit.rlim_max);
    // SAFETY: the pointer is to a structure of ours.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    check("setrlimit", set).map(|_| limit.rlim_cur)
}

/// Moves a descriptor up to where the host's are, close-on-exec; where there
/// is no room (before [`reserve_high`], or with a low hard limit) to any free number.
///
/// # Errors
/// When the process has no descriptor left.
pub fn raise(fd: OwnedFd) -> Result<OwnedFd, SysError> {
    raised(&fd)
}

/// As [`raise`], for one that its owner can't part with: gives another of the same file.
pub(crate) fn raised(fd: &OwnedFd) -> Result<OwnedFd, SysError> {
    match duplicate_high(fd) {
        // The guest's limit is in force already: it is lifted for this one.
        Err(error) if error.errno() == libc::EINVAL => {
            set_soft_limit(libc::rlim_t::from((HIGH_BASE + HOST_ROOM).unsigned_abs()))?;
            let raised = duplicate_high(fd);
            limit_guest()?;
            raised
        }
        other => other,
    }
}

fn duplicate_high(fd: &OwnedFd) -> Result<OwnedFd, SysError> {
    let base = BASE.load(Ordering::SeqCst);
    // SAFETY: duplicates a descriptor that we own.
    let raised = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, base) };
    let raised = check("fcntl(F_DUPFD_CLOEXEC)", raised)
        .map_err(|error| error.mend("raise the hard limit of `ulimit -n`"))?;
    // SAFETY: the kernel just gave this number to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(raised) })
}

/// Closes everything from 3 up to where the host's descriptors begin.
///
/// # Errors
/// `ENOSYS` before Linux 5.9.
pub fn close_guests() -> Result<(), SysError> {
    let last = BASE.load(Ordering::SeqCst) - 1;
    if last < 3 {
        return Ok(());
    }
    // SAFETY: numbers below the base belong to the guest, by this module's division.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3, last, 0) };
    if result == -1 {
        Err(SysError::last("close_range"))
    } else {
        Ok(())
    }
}

/// Makes `number` refer to what `fd` does.
///
/// # Errors
/// When the process has no descriptor left.
pub fn replace(fd: &impl AsRawFd, number: RawFd) -> Result<(), SysError> {
    // SAFETY: whoever held `number` gave it up by calling this.
    check("dup2", unsafe { libc::dup2(fd.as_raw_fd(), number) }).map(drop)
}

/// A memory file of fixed size that stands in for descriptors 1 and 2.
#[derive(Debug)]
pub struct CaptureFile {
    file: File,
    /// Bytes taken, and handed out, at most.
    capacity: u64,
    keep: u64,
}

impl CaptureFile {
    /// Makes one that takes up to `capacity` bytes, of which the first `keep`
    /// can be had; further writes to it fail with EPERM.
    ///
    /// # Errors
    /// When the kernel has no memory files.
    pub fn create(capacity: usize, keep: usize) -> Result<Self, SysError> {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        // SAFETY: the name is a C string.
        let fd = unsafe { libc::memfd_create(c"rewind-output".as_ptr(), flags) };
        let fd = check("memfd_create", fd)?;
        // SAFETY: the kernel just gave this descriptor to us alone.
        let fd = raise(unsafe { OwnedFd::from_raw_fd(fd) })?;
        let length = libc::off_t::try_from(capacity).unwrap_or(libc::off_t::MAX);
        // SAFETY: a file of ours.
        check("ftruncate", unsafe {
            libc::ftruncate(fd.as_raw_fd(), length)
        })?;
        let seals = libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        // SAFETY: a file of ours.
        check("fcntl(F_ADD_SEALS)", unsafe {
            libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals)
        })?;
        Ok(Self {
            file: File::from(fd),
            capacity: capacity as u64,
            keep: keep as u64,
        })
    }

    /// Points descriptors 1 and 2 at the file.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn install(&self) -> Result<(), SysError> {
        replace(&self.file, 1)?;
        replace(&self.file, 2)
    }

    /// Bytes written since the last [`CaptureFile::take`], by the file's offset.
    ///
    /// # Errors
    /// None for a live file.
    pub fn written(&mut self) -> Result<u64, SysError> {
        self.file.stream_position().map_err(|source| SysError {
            call: "lseek",
            mend: "",
            source,
        })
    }

    /// Appends what was written to `out`, as far as it is kept, and begins anew
    /// with an empty file; how many bytes are not in `out`.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn take(&mut self, out: &mut Vec<u8>) -> Result<u64, SysError> {
        let failed = |source| SysError {
            call: "read(capture file)",
            mend: "",
            source,
        };
        // A case may have moved the offset to anywhere.
        let length = self.written()?.min(self.capacity);
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let kept = (&mut self.file)
            .take(length.min(self.keep))
            .read_to_end(out)
            .map_err(failed)?;
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        self.empty(length)?;
        Ok(length.saturating_sub(kept as u64))
    }

    /// Gives back the memory of the first `length` bytes, which are 0 then: what
    /// one case wrote must not show behind what the next one writes.
    fn empty(&self, length: u64) -> Result<(), SysError> {
        let how = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        let length = libc::off_t::try_from(length).unwrap_or(libc::off_t::MAX);
        // SAFETY: takes numbers; the file is ours.
        check("fallocate", unsafe {
            libc::fallocate(self.file.as_raw_fd(), how, 0, length)
        })
        .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn capture_file_keeps_what_fits_and_begins_anew() {
        let mut capture = CaptureFile::create(8, 6).unwrap();
        capture.file.write_all(b"hello").unwrap();
        let error = capture.file.write_all(b"world").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        capture.file.write_all(b"you").unwrap();
        let mut out = Vec::new();
        assert_eq!(capture.take(&mut out).unwrap(), 2);
        assert_eq!(out, b"helloy");
        assert_eq!(capture.written().unwrap(), 0);
        out.clear();
        capture.file.write_all(b"again").unwrap();
        capture.file.seek(SeekFrom::Start(1 << 40)).unwrap();
        assert_eq!(capture.take(&mut out).unwrap(), 2);
        assert_eq!(out, b"again\0", "nothing of the first one");
    }
}
