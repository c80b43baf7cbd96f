//! Which descriptors are open, and what they refer to.
//!
//! Three groups: 0, 1 and 2, which the caller points where they belong; the
//! guest's, from 3 up to where the host's begin; and the host's own.

mod contents;

use crate::descriptors::{BASE, raise};
use crate::error::{SysError, check};
use contents::Contents;
use libc::c_int;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::Ordering;

/// One of the guest's, open when recorded.
#[derive(Debug)]
struct Kept {
    number: RawFd,
    /// The same open file, out of reach.
    duplicate: OwnedFd,
    /// Where it stood; `None` for what has no place.
    offset: Option<libc::off_t>,
    status: c_int,
    close_on_exec: bool,
    contents: Contents,
}

/// One of the host's.
#[derive(Clone, Copy, Debug)]
struct Own {
    number: RawFd,
    file: (u64, u64, u32),
    status: c_int,
}

/// Open descriptors at one moment.
#[derive(Debug, Default)]
pub struct Descriptors {
    kept: Vec<Kept>,
    own: Vec<Own>,
}

fn file(number: RawFd) -> Option<(u64, u64, u32)> {
    // SAFETY: all-zero is a valid structure.
    let mut found: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is ours; a number that isn't open is refused.
    let known = unsafe { libc::fstat(number, &raw mut found) } == 0;
    known.then_some((found.st_dev, found.st_ino, found.st_mode))
}

fn status(number: RawFd) -> c_int {
    // SAFETY: only asks.
    unsafe { libc::fcntl(number, libc::F_GETFL) }
}

fn set_status(number: RawFd, flags: c_int) {
    // SAFETY: takes numbers; what can't be changed is ignored by the kernel.
    unsafe { libc::fcntl(number, libc::F_SETFL, flags) };
}

fn open_numbers() -> Result<Vec<RawFd>, SysError> {
    let failed = |source| SysError {
        call: "readdir(/proc/self/fd)",
        mend: "mount /proc",
        source,
    };
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<RawFd>().ok()));
    }
    // The folder's own descriptor was open while it was read, and is no more.
    numbers.retain(|number| status(*number) != -1);
    numbers.sort_unstable();
    Ok(numbers)
}

impl Descriptors {
    /// Those open now; duplicates are kept of the guest's.
    ///
    /// # Errors
    /// When /proc isn't mounted, or no descriptor is left for a duplicate.
    pub fn read() -> Result<Self, SysError> {
        let base = BASE.load(Ordering::SeqCst);
        let mut kept = Vec::new();
        for number in open_numbers()?
            .into_iter()
            .filter(|number| (3..base).contains(number))
        {
            kept.push(Kept::of(number)?);
        }
        let identify = |number: RawFd| {
            Some(Own {
                number,
                file: file(number)?,
                status: status(number),
            })
        };
        let own = open_numbers()?
            .into_iter()
            .filter(|number| *number >= base)
            .filter_map(identify);
        Ok(Self {
            kept,
            own: own.collect(),
        })
    }

    /// Closes what the guest opened, and opens what it closed, with offset and flags.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn put_back(&self) -> Result<(), SysError> {
        let mut from = 3;
        for kept in &self.kept {
            close_from_to(from, kept.number - 1)?;
            kept.put_back()?;
            from = kept.number + 1;
        }
        close_from_to(from, BASE.load(Ordering::SeqCst) - 1)
    }

    /// Puts back what the files held that were open when recorded: bytes and
    /// locks. The first whose contents stay different. To be called behind
    /// [`Descriptors::put_back`].
    #[must_use]
    pub fn spoiled(&self) -> Option<RawFd> {
        self.kept
            .iter()
            .find(|kept| !kept.contents.put_back(kept.status))
            .map(|kept| kept.number)
    }

    /// Closes what lies among the host's and isn't one of them: code that
    /// raised its soft limit can open files there.
    ///
    /// Nothing of the host's may have been opened there since this was read.
    ///
    /// # Errors
    /// `ENOSYS` before Linux 5.9.
    pub fn close_intruders(&self) -> Result<(), SysError> {
        let mut from = BASE.load(Ordering::SeqCst);
        for own in &self.own {
            close_from_to(from, own.number - 1)?;
            from = own.number + 1;
        }
        close_from_to(from, RawFd::MAX)
    }

    /// The first of the host's that is closed or refers to something else;
    /// status flags are set again.
    #[must_use]
    pub fn damaged(&self) -> Option<RawFd> {
        self.own
            .iter()
            .find(|own| !own.is_intact())
            .map(|own| own.number)
    }
}

impl Own {
    fn is_intact(&self) -> bool {
        if file(self.number) != Some(self.file) {
            return false;
        }
        if status(self.number) != self.status {
            set_status(self.number, self.status);
        }
        true
    }
}

impl Kept {
    fn of(number: RawFd) -> Result<Self, SysError> {
        // SAFETY: duplicates an open descriptor.
        let copy = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) };
        let copy = check("fcntl(F_DUPFD_CLOEXEC)", copy)?;
        // SAFETY: the kernel just gave this number to us alone.
        let duplicate = raise(unsafe { OwnedFd::from_raw_fd(copy) })?;
        // SAFETY: asks where it stands.
        let offset = unsafe { libc::lseek(number, 0, libc::SEEK_CUR) };
        // SAFETY: only asks.
        let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
        let status = status(number);
        Ok(Self {
            number,
            contents: Contents::read(&duplicate, status)?,
            duplicate,
            offset: (offset >= 0).then_some(offset),
            status,
            close_on_exec: flags & libc::FD_CLOEXEC != 0,
        })
    }

    fn put_back(&self) -> Result<(), SysError> {
        let flags = if self.close_on_exec {
            libc::O_CLOEXEC
        } else {
            0
        };
        // SAFETY: the number is the guest's, which isn't running.
        check("dup3", unsafe {
            libc::dup3(self.duplicate.as_raw_fd(), self.number, flags)
        })?;
        if let Some(offset) = self.offset {
            // SAFETY: a descriptor of ours.
            unsafe { libc::lseek(self.number, offset, libc::SEEK_SET) };
        }
        if status(self.number) != self.status {
            set_status(self.number, self.status);
        }
        Ok(())
    }
}

fn close_from_to(first: RawFd, last: RawFd) -> Result<(), SysError> {
    if first > last {
        return Ok(());
    }
    // SAFETY: the numbers are the guest's, which isn't running.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result == -1 {
        Err(SysError::last("close_range"))
    } else {
        Ok(())
    }
}

/// Makes `folder` the working directory.
///
/// # Errors
/// When it may not be entered any more.
pub fn enter(folder: &impl AsRawFd) -> Result<(), SysError> {
    // SAFETY: the descriptor is open.
    check("fchdir", unsafe { libc::fchdir(folder.as_raw_fd()) }).map(drop)
}

/// Sets both times of an open file to the epoch, so that any change shows.
///
/// # Errors
/// When the file is another user's.
pub fn clear_times(file: &impl AsRawFd) -> Result<(), SysError> {
    let epoch = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: two times of ours.
    let set = unsafe { libc::futimens(file.as_raw_fd(), [epoch, epoch].as_ptr()) };
    check("futimens", set).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::os::fd::IntoRawFd;

    fn kept(file: &std::fs::File) -> Kept {
        let copy = file.try_clone().unwrap();
        Kept::of(copy.into_raw_fd()).unwrap()
    }

    fn is_put_back(kept: &Kept) -> bool {
        kept.put_back().unwrap();
        kept.contents.put_back(kept.status)
    }

    fn text(file: &mut std::fs::File) -> String {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn contents_of_a_file_that_was_open_come_back() {
        for append in [false, true] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"as it was").unwrap();
            if append {
                set_status(file.as_raw_fd(), libc::O_APPEND);
            }
            let kept = kept(&file);
            file.set_len(3).unwrap();
            file.write_all(b"something else, and longer").unwrap();
            assert!(is_put_back(&kept));
            assert_eq!(text(&mut file), "as it was");
            assert!(is_put_back(&kept), "and stay");
        }
    }

    #[test]
    fn lock_on_a_file_that_was_open_is_taken_away() {
        let named = tempfile::NamedTempFile::new().unwrap();
        let kept = kept(named.as_file());
        named.as_file().lock().unwrap();
        let other = named.reopen().unwrap();
        assert!(other.try_lock().is_err());
        assert!(is_put_back(&kept));
        other.try_lock().unwrap();
    }

    #[test]
    fn what_can_not_be_put_back_is_told() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let reader = std::fs::File::from(OwnedFd::from(reader));
        let kept_pipe = kept(&reader);
        writer.write_all(b"x").unwrap();
        assert!(!is_put_back(&kept_pipe), "a byte waits");
        // SAFETY: takes numbers.
        let counter = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK) };
        // SAFETY: the kernel just gave this number to us alone.
        let counter = unsafe { OwnedFd::from_raw_fd(counter) };
        let mut counter = std::fs::File::from(counter);
        let kept_counter = kept(&counter);
        assert!(is_put_back(&kept_counter));
        counter.write_all(&1u64.to_ne_bytes()).unwrap();
        assert!(!is_put_back(&kept_counter), "a counter");
    }
}
