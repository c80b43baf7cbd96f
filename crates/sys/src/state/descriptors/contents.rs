//! What is behind a descriptor: the bytes of a file, the locks on it, and what
//! else the kernel says of it (a counter's value, who is watched).

use crate::descriptors::raise;
use crate::error::SysError;
use libc::c_int;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileExt, MetadataExt};

/// Files up to so many bytes are copied; of larger ones a change shows by their times.
const COPIED: u64 = 1 << 20;
/// Bytes that are compared at once.
const CHUNK: usize = 4096;
/// Room for what the kernel says of one descriptor; more is cut off alike each time.
const TEXT: usize = 4096;
/// Lines of it that go on by themselves.
const RUNNING: [&[u8]; 2] = [b"ticks:", b"it_value:"];

/// What one open file held when recorded.
#[derive(Debug)]
pub(super) struct Contents {
    /// Of the duplicate; read from its start it is made anew each time.
    told: File,
    recorded: Vec<u8>,
    /// Bytes that wait in a pipe or a socket.
    waiting: c_int,
    /// The same open file.
    file: File,
    bytes: Bytes,
}

/// What of a file's bytes is known.
#[derive(Debug)]
enum Bytes {
    /// It can't be written to, or has none.
    None,
    Copy(Vec<u8>),
    /// Too many to copy: size, and times of the last change.
    Times([i64; 5]),
}

impl Contents {
    /// Of the file behind `duplicate`, whose status flags are `status`.
    pub(super) fn read(duplicate: &OwnedFd, status: c_int) -> Result<Self, SysError> {
        let number = duplicate.as_raw_fd();
        let failed = |source| SysError {
            call: "open(/proc/self/fdinfo/…)",
            mend: "mount /proc",
            source,
        };
        let told = File::open(format!("/proc/self/fdinfo/{number}")).map_err(failed)?;
        let told = File::from(raise(told.into())?);
        let file = File::from(raise(duplicate.try_clone().map_err(failed)?)?);
        let bytes = Bytes::of(&file, status).map_err(failed)?;
        Ok(Self {
            recorded: said(&told),
            told,
            waiting: waiting(number),
            file,
            bytes,
        })
    }

    /// Puts bytes and locks back; `false` if something stays different. Offset
    /// and flags are as recorded, the latter `status`.
    pub(super) fn put_back(&self, status: c_int) -> bool {
        let is_as_said = said(&self.told) == self.recorded;
        if !is_as_said {
            unlock(self.file.as_raw_fd());
        }
        self.bytes.put_back(&self.file, status).unwrap_or(false)
            && (is_as_said || said(&self.told) == self.recorded)
            && waiting(self.file.as_raw_fd()) == self.waiting
    }
}

impl Bytes {
    fn of(file: &File, status: c_int) -> std::io::Result<Self> {
        let found = file.metadata()?;
        let can_write = status & libc::O_ACCMODE != libc::O_RDONLY;
        if !found.is_file() || !can_write {
            return Ok(Self::None);
        }
        let mut copy = vec![0; usize::try_from(found.len().min(COPIED)).unwrap_or(0)];
        // What can be written need not be readable.
        if found.len() > COPIED || file.read_exact_at(&mut copy, 0).is_err() {
            return Ok(Self::Times(times(&found)));
        }
        Ok(Self::Copy(copy))
    }

    /// `false` if they can't be put back.
    fn put_back(&self, file: &File, status: c_int) -> std::io::Result<bool> {
        let copy = match self {
            Self::None => return Ok(true),
            Self::Times(recorded) => return Ok(times(&file.metadata()?) == *recorded),
            Self::Copy(copy) => copy,
        };
        if file.metadata()?.len() != copy.len() as u64 {
            file.set_len(copy.len() as u64)?;
        }
        if is_same(file, copy)? {
            return Ok(true);
        }
        // With that flag all is written to the end, wherever it is meant for.
        super::set_status(file.as_raw_fd(), status & !libc::O_APPEND);
        let written = file.write_all_at(copy, 0);
        super::set_status(file.as_raw_fd(), status);
        written.map(|()| true)
    }
}

fn times(found: &std::fs::Metadata) -> [i64; 5] {
    [
        found.size().cast_signed(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    ]
}

fn is_same(file: &File, copy: &[u8]) -> std::io::Result<bool> {
    let mut now = [0; CHUNK];
    for (chunk, at) in copy.chunks(CHUNK).zip((0u64..).step_by(CHUNK)) {
        let now = now.get_mut(..chunk.len()).unwrap_or_default();
        file.read_exact_at(now, at)?;
        if now != chunk {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes away every lock and lease that goes with the open file.
fn unlock(number: RawFd) {
    // SAFETY: takes numbers.
    unsafe { libc::flock(number, libc::LOCK_UN) };
    // SAFETY: takes numbers; a file without a lease is none.
    unsafe { libc::fcntl(number, libc::F_SETLEASE, libc::F_UNLCK) };
    // SAFETY: all-zero is a valid structure: the whole file.
    let mut whole: libc::flock = unsafe { std::mem::zeroed() };
    whole.l_type = libc::F_UNLCK as libc::c_short;
    // SAFETY: the structure is ours.
    unsafe { libc::fcntl(number, libc::F_OFD_SETLK, &raw const whole) };
}

/// The kernel's text on the descriptor, without what changes by itself.
fn said(told: &File) -> Vec<u8> {
    let mut text = [0; TEXT];
    let length = told.read_at(&mut text, 0).unwrap_or(0);
    let lines = text.get(..length).unwrap_or_default();
    let stays = |line: &&[u8]| !RUNNING.iter().any(|name| line.starts_with(name));
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines.filter(stays).flatten().copied().collect()
}

fn waiting(number: RawFd) -> c_int {
    let mut count: c_int = -1;
    // SAFETY: writes one int of ours, where the file has such a count at all.
    let known = unsafe { libc::ioctl(number, libc::FIONREAD, &raw mut count) } == 0;
    if known { count } else { -1 }
}
