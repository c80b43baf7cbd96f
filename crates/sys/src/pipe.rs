//! Pipes, wake-ups, and waiting for several of them at once.
//!
//! Reads and writes here never block: what can't be done now is
//! [`Transfer::Later`], and [`poll`] says when to try again. The module must not
//! know what the bytes mean.
#![expect(unsafe_code, reason = "poll takes an array of the kernel's own layout")]

use crate::{SysError, descriptors};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::time::Duration;

/// What became of a read or a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// So many bytes were moved, at least one.
    Moved(usize),
    /// Nothing can be moved right now.
    Later,
    /// The other end is closed, and (when reading) everything was read.
    Closed,
}

/// Both ends of a pipe, close-on-exec.
#[derive(Debug)]
pub struct Pipe {
    /// What is read from.
    pub reader: OwnedFd,
    /// What is written to.
    pub writer: OwnedFd,
}

impl Pipe {
    /// A pipe that holds `capacity` bytes, or what it holds by default where
    /// the system allows no more. Both ends block.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn new(capacity: usize) -> Result<Self, SysError> {
        let mut raw = [0; 2];
        // SAFETY: the call writes two ints.
        if unsafe { libc::pipe2(raw.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
            let mend = "raise the limit of open files (ulimit -n)";
            return Err(SysError::last("pipe2").mend(mend));
        }
        let [reader, writer] = raw;
        // SAFETY: the kernel just made it, so nobody else owns it.
        let reader = unsafe { OwnedFd::from_raw_fd(reader) };
        // SAFETY: as above.
        let writer = unsafe { OwnedFd::from_raw_fd(writer) };
        let capacity = libc::c_int::try_from(capacity).unwrap_or(libc::c_int::MAX);
        // SAFETY: F_SETPIPE_SZ takes an int. Failure leaves the default size, which works.
        unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, capacity) };
        Ok(Self { reader, writer })
    }
}

/// Makes reads and writes on `fd` return instead of waiting.
///
/// The flag belongs to the open file, so whoever shares it is affected too; the
/// two ends of a pipe are two files.
///
/// # Errors
/// When `fd` is no open file any more.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> Result<(), SysError> {
    // SAFETY: F_GETFL touches no memory.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: F_SETFL takes an int and touches no memory.
    let done = flags >= 0
        && unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) } == 0;
    if done {
        return Ok(());
    }
    Err(SysError::last("fcntl(O_NONBLOCK)"))
}

/// Opens the write end of a pipe once more, so that writes to it return instead
/// of waiting and nobody who shares `fd` is affected. `None` if it is no pipe, or
/// can't be opened: without /proc, or by another user.
#[must_use]
pub fn reopen_nonblocking(fd: BorrowedFd<'_>) -> Option<OwnedFd> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let is_pipe = std::fs::metadata(&path).is_ok_and(|it| it.file_type().is_fifo());
    let mut options = std::fs::File::options();
    options.write(true).custom_flags(libc::O_NONBLOCK);
    is_pipe
        .then(|| options.open(path).ok())
        .flatten()
        .map(OwnedFd::from)
}

/// Reads once into `buffer`.
///
/// # Errors
/// On anything but "later" and an interruption, which is tried again.
pub fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Transfer, SysError> {
    loop {
        // SAFETY: the buffer is live and as long as said.
        let got = unsafe { libc::read(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        match usize::try_from(got) {
            Ok(0) => return Ok(Transfer::Closed),
            Ok(got) => return Ok(Transfer::Moved(got)),
            Err(_) => match std::io::Error::last_os_error() {
                error if error.kind() == std::io::ErrorKind::Interrupted => {}
                error if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Ok(Transfer::Later);
                }
                error => {
                    return Err(SysError {
                        call: "read",
                        mend: "",
                        source: error,
                    });
                }
            },
        }
    }
}

/// Writes once from `bytes`. A reader that has gone is [`Transfer::Closed`];
/// SIGPIPE must be ignored, as Rust programs have it.
///
/// # Errors
/// On anything but "later", "gone" and an interruption, which is tried again.
pub fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<Transfer, SysError> {
    loop {
        // SAFETY: the bytes are live and as many as said.
        let put = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(put) {
            Ok(put) => return Ok(Transfer::Moved(put)),
            Err(_) => match std::io::Error::last_os_error() {
                error if error.kind() == std::io::ErrorKind::Interrupted => {}
                error if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Ok(Transfer::Later);
                }
                error if error.kind() == std::io::ErrorKind::BrokenPipe => {
                    return Ok(Transfer::Closed);
                }
                error => {
                    return Err(SysError {
                        call: "write",
                        mend: "",
                        source: error,
                    });
                }
            },
        }
    }
}

/// A counter that one thread raises and another waits for (eventfd).
#[derive(Debug)]
pub struct Wake(OwnedFd);

impl Wake {
    /// One that nobody has raised yet.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn new() -> Result<Self, SysError> {
        // SAFETY: eventfd takes two ints and touches no memory.
        let raw = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if raw < 0 {
            let mend = "raise the limit of open files (ulimit -n)";
            return Err(SysError::last("eventfd").mend(mend));
        }
        // SAFETY: the kernel just made it, so nobody else owns it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(raw) }))
    }

    /// The same, its descriptor moved up to where the host's are.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn out_of_reach(self) -> Result<Self, SysError> {
        descriptors::raise(self.0).map(Self)
    }

    /// Raises it. May be called from a signal handler.
    pub fn raise(&self) {
        let one = 1u64.to_ne_bytes();
        // SAFETY: eight live bytes. It fails only when the counter is full: raised already.
        unsafe { libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Lowers it again.
    pub fn clear(&self) {
        let mut count = [0u8; 8];
        // SAFETY: eight live bytes. It fails only when it isn't raised, which is as good.
        unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What to wait for on a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something to read, or the other end closed.
    Read,
    /// Room to write, or the other end closed.
    Write,
}

/// Most descriptors in one [`poll`].
pub const POLL_MAX: usize = 8;

/// Waits until one of `fds` is ready (closed and failed count as ready) or
/// `timeout` is over, and says which are: bit i stands for `fds[i]`.
///
/// # Errors
/// With more than [`POLL_MAX`] descriptors, or when the kernel has no memory.
pub fn poll(fds: &[(BorrowedFd<'_>, Interest)], timeout: Option<Duration>) -> Result<u8, SysError> {
    const EMPTY: libc::pollfd = libc::pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    let mut table = [EMPTY; POLL_MAX];
    let Some(used) = table.get_mut(..fds.len()) else {
        return Err(SysError::from_errno("ppoll", libc::EINVAL).mend("poll fewer descriptors"));
    };
    for (slot, (fd, interest)) in used.iter_mut().zip(fds) {
        let events = match interest {
            Interest::Read => libc::POLLIN,
            Interest::Write => libc::POLLOUT,
        };
        *slot = libc::pollfd {
            fd: fd.as_raw_fd(),
            events,
            revents: 0,
        };
    }
    let limit = timeout.map(|timeout| libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
    });
    let limit_pointer = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let count = used.len() as libc::nfds_t;
    // SAFETY: the table is live with `count` entries, the limit is null or live,
    // and a null mask leaves signals as they are.
    let ready = unsafe { libc::ppoll(used.as_mut_ptr(), count, limit_pointer, std::ptr::null()) };
    if ready < 0 {
        let error = SysError::last("ppoll");
        return if error.errno() == libc::EINTR {
            Ok(0)
        } else {
            Err(error)
        };
    }
    let bits = used
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.revents != 0);
    Ok(bits.fold(0, |ready, (index, _)| ready | 1 << index))
}

/// Takes over an open descriptor by its number, as handed down by whoever
/// started this process. It is made close-on-exec. Each number can be taken once.
///
/// # Errors
/// When no such descriptor is open.
pub fn take_inherited(number: RawFd) -> Result<OwnedFd, SysError> {
    // SAFETY: F_SETFD takes an int and touches no memory.
    if number < 0 || unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } != 0 {
        let mend = "start this process through its parent, which hands the descriptor down";
        return Err(SysError::last("fcntl(F_SETFD)").mend(mend));
    }
    // SAFETY: it is open, was handed down for this, and by contract is taken once.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poll_names_the_descriptors_that_are_ready() {
        let full = Pipe::new(1 << 20).unwrap();
        let empty = Pipe::new(0).unwrap();
        assert_eq!(
            write(full.writer.as_fd(), b"x").unwrap(),
            Transfer::Moved(1)
        );
        let fds = [
            (empty.reader.as_fd(), Interest::Read),
            (full.reader.as_fd(), Interest::Read),
            (empty.writer.as_fd(), Interest::Write),
        ];
        assert_eq!(poll(&fds, Some(Duration::from_secs(5))).unwrap(), 0b110);
        assert_eq!(poll(&fds[..1], Some(Duration::ZERO)).unwrap(), 0);
    }

    #[test]
    fn reopened_pipe_does_not_block_and_its_twin_stays_as_it_was() {
        let pipe = Pipe::new(4096).unwrap();
        let own = reopen_nonblocking(pipe.writer.as_fd()).unwrap();
        while let Transfer::Moved(_) = write(own.as_fd(), &[7; 4096]).unwrap() {}
        let mut buffer = [0; 4096];
        assert_eq!(
            read(pipe.reader.as_fd(), &mut buffer).unwrap(),
            Transfer::Moved(4096)
        );
        // SAFETY: F_GETFL touches no memory.
        let flags = unsafe { libc::fcntl(pipe.writer.as_raw_fd(), libc::F_GETFL) };
        assert_eq!(flags & libc::O_NONBLOCK, 0);
        drop((pipe.reader, pipe.writer));
        assert_eq!(write(own.as_fd(), b"x").unwrap(), Transfer::Closed);
        let file = tempfile::tempfile().unwrap();
        assert!(reopen_nonblocking(file.as_fd()).is_none());
    }

    #[test]
    fn poll_of_too_many_returns_an_error() {
        let pipe = Pipe::new(0).unwrap();
        let fds = [(pipe.reader.as_fd(), Interest::Read); POLL_MAX + 1];
        assert!(poll(&fds, Some(Duration::ZERO)).is_err());
    }

    #[test]
    fn read_tells_empty_from_closed() {
        let pipe = Pipe::new(0).unwrap();
        set_nonblocking(pipe.reader.as_fd()).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(
            read(pipe.reader.as_fd(), &mut buffer).unwrap(),
            Transfer::Later
        );
        assert_eq!(
            write(pipe.writer.as_fd(), b"abc").unwrap(),
            Transfer::Moved(3)
        );
        drop(pipe.writer);
        assert_eq!(
            read(pipe.reader.as_fd(), &mut buffer).unwrap(),
            Transfer::Moved(3)
        );
        assert_eq!(
            read(pipe.reader.as_fd(), &mut buffer).unwrap(),
            Transfer::Closed
        );
    }

    #[test]
    fn write_without_reader_is_closed_and_without_room_is_later() {
        let pipe = Pipe::new(4096).unwrap();
        set_nonblocking(pipe.writer.as_fd()).unwrap();
        let block = [0; 4096];
        let mut written = 0;
        while let Transfer::Moved(put) = write(pipe.writer.as_fd(), &block).unwrap() {
            written += put;
        }
        assert!(written >= 4096, "{written}");
        assert_eq!(write(pipe.writer.as_fd(), &block).unwrap(), Transfer::Later);
        drop(pipe.reader);
        assert_eq!(
            write(pipe.writer.as_fd(), &block).unwrap(),
            Transfer::Closed
        );
    }

    #[test]
    fn wake_is_ready_from_raise_to_clear() {
        let wake = Wake::new().unwrap();
        let fds = [(wake.as_fd(), Interest::Read)];
        assert_eq!(poll(&fds, Some(Duration::ZERO)).unwrap(), 0);
        wake.raise();
        wake.raise();
        assert_eq!(poll(&fds, Some(Duration::ZERO)).unwrap(), 1);
        wake.clear();
        assert_eq!(poll(&fds, Some(Duration::ZERO)).unwrap(), 0);
    }

    #[test]
    fn take_inherited_of_a_closed_number_returns_an_error() {
        assert!(take_inherited(-1).is_err());
        assert!(take_inherited(1_000_000).is_err());
    }
}
