//! Memory that two processes share: a sealed memory file, mapped as words.
//!
//! The file's size is sealed before anyone maps it, so neither side can shrink
//! it under the other (which would turn a read into SIGBUS). The words are
//! atomics because the other side writes them at any time; it is a peer, so what
//! they hold must be treated as hostile. This module gives them no meaning.
#![expect(
    unsafe_code,
    reason = "mmap, and a slice over memory that another process writes"
)]

use crate::{SysError, descriptors, memory, pages};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

const WORD: usize = size_of::<AtomicU64>();
const SEALS: libc::c_int = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW;

/// A mapped memory file of fixed size.
#[derive(Debug)]
pub struct SharedWords {
    file: OwnedFd,
    /// Mapped shared, readable and writable, `words * WORD` bytes from its start,
    /// until drop.
    start: NonNull<AtomicU64>,
    words: usize,
}

// SAFETY: the mapping is owned by the value, stays where it is, and is reached
// only as atomics.
unsafe impl Send for SharedWords {}
// SAFETY: as for Send: all access is atomic.
unsafe impl Sync for SharedWords {}

impl SharedWords {
    /// Moves its descriptor up to where the host's are.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn out_of_reach(mut self) -> Result<Self, SysError> {
        self.file = descriptors::raised(&self.file)?;
        Ok(self)
    }

    /// A new memory file of `words` zeroes, close-on-exec, its size sealed.
    ///
    /// # Errors
    /// When memory or descriptors are short, or `words` is 0.
    pub fn create(words: usize) -> Result<Self, SysError> {
        // SAFETY: the name is a live, NUL-terminated string.
        let raw = unsafe {
            libc::memfd_create(
                c"rewind-shared".as_ptr(),
                libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
            )
        };
        if raw < 0 {
            let mend = "raise the limit of open files (ulimit -n); Linux 3.17 or newer is needed";
            return Err(SysError::last("memfd_create").mend(mend));
        }
        // SAFETY: the kernel just made it, so nobody else owns it.
        let file = unsafe { OwnedFd::from_raw_fd(raw) };
        let bytes = libc::off_t::try_from(words.saturating_mul(WORD)).unwrap_or(libc::off_t::MAX);
        // SAFETY: ftruncate touches no memory of ours.
        if unsafe { libc::ftruncate(file.as_raw_fd(), bytes) } != 0 {
            return Err(SysError::last("ftruncate").mend("free some memory"));
        }
        // SAFETY: F_ADD_SEALS takes an int and touches no memory.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, SEALS) } != 0 {
            return Err(SysError::last("fcntl(F_ADD_SEALS)"));
        }
        Self::map(file, words)
    }

    /// Maps a memory file made by [`SharedWords::create`] in another process.
    ///
    /// # Errors
    /// When it isn't sealed, or doesn't hold exactly `words` words.
    pub fn open(file: OwnedFd, words: usize) -> Result<Self, SysError> {
        let mend = "parent and worker must be of the same version";
        let refuse = |why: String| {
            Err(SysError {
                call: "mmap",
                mend,
                source: std::io::Error::other(why),
            })
        };
        // SAFETY: F_GET_SEALS touches no memory.
        let seals = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) };
        if seals < 0 {
            return Err(SysError::last("fcntl(F_GET_SEALS)").mend(mend));
        }
        if seals & SEALS != SEALS {
            return refuse("its size is not sealed".to_owned());
        }
        // SAFETY: all-zero bytes are a valid stat.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is to a live stat.
        if unsafe { libc::fstat(file.as_raw_fd(), &raw mut stat) } != 0 {
            return Err(SysError::last("fstat").mend(mend));
        }
        if usize::try_from(stat.st_size) != Ok(words.saturating_mul(WORD)) {
            let expected = words.saturating_mul(WORD);
            return refuse(format!("it has {} bytes, not {expected}", stat.st_size));
        }
        Self::map(file, words)
    }

    fn map(file: OwnedFd, words: usize) -> Result<Self, SysError> {
        // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                words.saturating_mul(WORD),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        match NonNull::new(start.cast::<AtomicU64>()) {
            Some(start) if start.as_ptr().cast() != libc::MAP_FAILED => {
                Ok(Self { file, start, words })
            }
            _ => {
                let mend = "free some memory or address space (ulimit -v)";
                Err(SysError::last("mmap").mend(mend))
            }
        }
    }

    /// Leaves the words out of every process that is forked from now on.
    ///
    /// # Errors
    /// When the process has too many mappings (`vm.max_map_count`).
    pub fn keep_from_forks(&self) -> Result<(), SysError> {
        memory::keep_from_forks(self.start.as_ptr() as usize, self.words * WORD)
    }

    /// The words. The other side may change any of them at any time.
    #[must_use]
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: `start` is page-aligned and mapped for `words` words until drop
        // (the size is sealed), and any bytes are a valid AtomicU64.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.words) }
    }
}

impl AsFd for SharedWords {
    /// The file, to be handed to the other process.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for SharedWords {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length; no slice outlives the value.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.words * WORD) };
    }
}

/// Brings all pages of `words` into memory at once, as far as the kernel does.
pub fn make_resident(words: &[AtomicU64]) {
    let bytes = words.as_ptr_range();
    let start = pages::floor(bytes.start as usize);
    let length = bytes.end as usize - start;
    // SAFETY: it is about memory that a reference of ours leads to, and changes none.
    let done =
        unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_POPULATE_READ) };
    if done != 0 {
        // Linux before 5.14 has no such call: a read does the same for one page.
        for word in words.iter().step_by(pages::PAGE_SIZE / WORD) {
            std::hint::black_box(word.load(Ordering::Relaxed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn a_word_written_through_one_mapping_is_read_through_another() {
        let ours = SharedWords::create(512).unwrap();
        let theirs = SharedWords::open(ours.as_fd().try_clone_to_owned().unwrap(), 512).unwrap();
        assert_eq!(ours.words().len(), 512);
        theirs.words()[511].store(7, Ordering::Release);
        assert_eq!(ours.words()[511].load(Ordering::Acquire), 7);
    }

    #[test]
    fn open_with_another_size_returns_an_error_naming_both() {
        let ours = SharedWords::create(8).unwrap();
        let error = SharedWords::open(ours.as_fd().try_clone_to_owned().unwrap(), 9).unwrap_err();
        assert!(
            error.to_string().contains("it has 64 bytes, not 72"),
            "{error}"
        );
    }

    #[test]
    fn open_of_what_is_no_memory_file_returns_an_error() {
        let pipe = crate::pipe::Pipe::new(0).unwrap();
        assert!(SharedWords::open(pipe.reader, 8).is_err());
    }

    #[test]
    fn size_can_not_be_changed() {
        let ours = SharedWords::create(8).unwrap();
        // SAFETY: ftruncate touches no memory of ours.
        let result = unsafe { libc::ftruncate(ours.as_fd().as_raw_fd(), 0) };
        assert_eq!(result, -1);
    }

    #[test]
    fn child_that_touches_words_kept_from_it_dies_of_that() {
        let ours = SharedWords::create(8).unwrap();
        ours.keep_from_forks().unwrap();
        // A test has threads: the child does nothing but touch memory and exit.
        // SAFETY: as said.
        let Some(mut child) = (unsafe { crate::process::fork() }).unwrap() else {
            ours.words()[0].store(1, Ordering::SeqCst);
            crate::signal::exit_now(0)
        };
        let ended = child.wait().unwrap().status;
        assert_eq!(ended, crate::process::ExitStatus::Signaled(libc::SIGSEGV));
        assert_eq!(ours.words()[0].load(Ordering::SeqCst), 0);
    }

    #[test]
    fn create_of_nothing_returns_an_error() {
        assert!(SharedWords::create(0).is_err());
    }
}
