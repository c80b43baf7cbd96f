//! Mappings: reserving, protecting, giving back.

use crate::error::{SysError, check};
use crate::pages::PageRun;
use crate::watch::unwatched;
use std::ptr::{self, NonNull};

/// A huge page, in bytes.
pub const HUGE_PAGE_SIZE: usize = 2 << 20;
/// Joins small pages into huge ones now (Linux 6.1).
const MADV_COLLAPSE: libc::c_int = 25;

/// What may be done with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: touching them is a fault.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
}

impl Access {
    const fn prot(self) -> libc::c_int {
        match self {
            Self::None => libc::PROT_NONE,
            Self::Read => libc::PROT_READ,
            Self::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
        }
    }
}

/// A private anonymous mapping, unmapped on drop.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

impl Mapping {
    /// Maps `len` bytes (a multiple of the page size) with the access given and
    /// no swap reserved for them. Huge pages are kept off: tracking is by 4 KiB.
    ///
    /// # Errors
    /// When the kernel refuses, for want of address space or of mappings.
    pub fn anonymous(len: usize, access: Access) -> Result<Self, SysError> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the kernel's choosing touches nothing that exists.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, access.prot(), flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(SysError::last("mmap").mend("raise `ulimit -v` or vm.max_map_count"));
        }
        let Some(start) = NonNull::new(start.cast::<u8>()) else {
            return Err(SysError::from_errno("mmap", libc::ENOMEM));
        };
        let mapping = Self { start, len };
        // Kernels without transparent huge pages answer EINVAL: nothing to turn off there.
        // SAFETY: advice on a mapping of our own that doesn't change its contents.
        unsafe { libc::madvise(start.as_ptr().cast(), len, libc::MADV_NOHUGEPAGE) };
        Ok(mapping)
    }

    /// First byte.
    #[must_use]
    pub const fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Address of the first byte.
    #[must_use]
    pub fn address(&self) -> usize {
        self.start.as_ptr() as usize
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// It has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Leaves it out of every process that is forked from now on: touching it
    /// there is a fault, and the fork needn't copy its page tables.
    ///
    /// # Errors
    /// When the process has too many mappings (`vm.max_map_count`).
    pub fn keep_from_forks(&self) -> Result<(), SysError> {
        keep_from_forks(self.address(), self.len)
    }

    /// Keeps the mapping for the life of the process.
    pub fn leak(self) -> NonNull<u8> {
        let start = self.start;
        std::mem::forget(self);
        start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and, being dropped, no longer used.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Changes what may be done with the pages of `start..start+len`.
///
/// # Errors
/// `ENOMEM` when the process has too many mappings (`vm.max_map_count`).
///
/// # Safety
/// The pages belong to a mapping of the caller's, and no reference relies on
/// the access that is taken away. Safe to call from a signal handler.
pub unsafe fn protect(start: usize, len: usize, access: Access) -> Result<(), SysError> {
    // The heap and write tracking come here in the middle of guest code.
    let result = unwatched(|| {
        // SAFETY: the caller vouches for the range.
        unsafe { mprotect(start, len, access.prot()) }
    });
    check("mprotect", result)
        .map(drop)
        .map_err(|error| error.mend("raise vm.max_map_count or choose --tracking pagemap-scan"))
}

/// mprotect(2), with a protection that is known only when this runs.
///
/// The kernel takes it for a whole word. The C library's function passes that
/// word on as it got it, and a caller needn't fill more than half of it: what
/// comes of a field of a structure may bring its padding, which is EINVAL.
///
/// # Safety
/// As [`protect`].
pub(crate) unsafe fn mprotect(start: usize, len: usize, prot: libc::c_int) -> libc::c_int {
    // SAFETY: passed on to the caller.
    let result = unsafe { libc::syscall(libc::SYS_mprotect, start, len, libc::c_long::from(prot)) };
    libc::c_int::try_from(result).unwrap_or(-1)
}

/// Leaves the mapping out of processes that are forked from now on.
pub(crate) fn keep_from_forks(start: usize, len: usize) -> Result<(), SysError> {
    // SAFETY: advice about forks changes neither contents nor access in this process.
    let result = unsafe { libc::madvise(start as *mut libc::c_void, len, libc::MADV_DONTFORK) };
    check("madvise(MADV_DONTFORK)", result)
        .map(drop)
        .map_err(|error| error.mend("raise vm.max_map_count"))
}

/// Gives the pages of an anonymous mapping back to the kernel; they read as zero afterwards.
///
/// # Errors
/// When the range isn't mapped.
///
/// # Safety
/// Nothing may rely on the contents of the range.
pub unsafe fn discard(start: usize, len: usize) -> Result<(), SysError> {
    let result = unwatched(|| {
        // SAFETY: the caller vouches that the contents are not needed.
        unsafe { libc::madvise(start as *mut libc::c_void, len, libc::MADV_DONTNEED) }
    });
    check("madvise(MADV_DONTNEED)", result).map(drop)
}

/// Tries on a page of its own that pages can be given back to the kernel: a
/// container's filter may refuse that.
///
/// # Errors
/// When the kernel refuses it, or says that it did and has not.
pub fn prove_discard() -> Result<(), SysError> {
    let page = Mapping::anonymous(crate::PAGE_SIZE, Access::ReadWrite)?;
    let byte = page.start().as_ptr();
    // SAFETY: the first byte of a writable mapping of ours.
    unsafe { byte.write_volatile(1) };
    // SAFETY: nothing relies on the contents.
    unsafe { discard(page.address(), page.len()) }
        .map_err(|error| error.mend("allow the call in the container's seccomp filter"))?;
    // SAFETY: still mapped and readable.
    match unsafe { byte.read_volatile() } {
        0 => Ok(()),
        _ => Err(SysError {
            call: "madvise(MADV_DONTNEED)",
            mend: "",
            source: std::io::Error::other("the page keeps its contents"),
        }),
    }
}

/// Has the first write to each 2 MiB of `run` fill them with one huge page.
///
/// This is advice: where there are no huge pages, or no memory for one, pages stay small.
pub fn prefer_huge(run: PageRun) {
    // SAFETY: it changes no contents.
    unsafe { advise(run, libc::MADV_HUGEPAGE) };
}

/// Lets the kernel take the pages of an anonymous mapping when it runs out of
/// memory: each then reads as before or as zero, until it is written to. As
/// long as there is memory they stay.
///
/// # Safety
/// Nothing may rely on the contents of the range.
pub unsafe fn offer(run: PageRun) {
    // SAFETY: passed on to the caller.
    unsafe { advise(run, libc::MADV_FREE) };
}

/// Gives advice about whole pages; one that is refused leaves all as it is.
///
/// # Safety
/// Nothing may rely on contents of the range that the advice gives up.
unsafe fn advise(run: PageRun, advice: libc::c_int) {
    if run.is_empty() {
        return;
    }
    unwatched(|| {
        // SAFETY: passed on to the caller.
        unsafe { libc::madvise(run.start as *mut libc::c_void, run.bytes(), advice) }
    });
}

/// Joins the populated pages of `run` into huge pages of 2 MiB where they fill
/// one; how many huge pages came of it. Contents stay as they are.
///
/// This is advice: where the kernel has no memory for it, no huge pages, or
/// pages that are armed or missing, pages stay small.
///
/// # Safety
/// `run` belongs to anonymous mappings of the caller's.
pub unsafe fn collapse(run: PageRun) -> usize {
    let first = run.start.next_multiple_of(HUGE_PAGE_SIZE);
    let last = run.end / HUGE_PAGE_SIZE * HUGE_PAGE_SIZE;
    let advise = |start: usize, len: usize, advice: libc::c_int| {
        // SAFETY: advice on the caller's mapping that doesn't change its contents.
        unsafe { libc::madvise(start as *mut libc::c_void, len, advice) == 0 }
    };
    if first >= last || !advise(first, last - first, libc::MADV_HUGEPAGE) {
        return 0;
    }
    (first..last)
        .step_by(HUGE_PAGE_SIZE)
        .filter(|start| advise(*start, HUGE_PAGE_SIZE, MADV_COLLAPSE))
        .count()
}

/// Takes advice back that code may have given on a mapping, guards that it put
/// over pages included (their contents are gone: such a page reads as zeros).
/// What the kernel doesn't know is passed over.
///
/// # Safety
/// The range is mapped, and nothing relies on such advice there.
pub unsafe fn take_advice_back(start: usize, len: usize) {
    const MADV_GUARD_REMOVE: libc::c_int = 103;
    const DEFAULT_POLICY: libc::c_long = 0;
    for advice in [
        MADV_GUARD_REMOVE,
        libc::MADV_NORMAL,
        libc::MADV_DOFORK,
        libc::MADV_KEEPONFORK,
        libc::MADV_DODUMP,
        libc::MADV_UNMERGEABLE,
    ] {
        // SAFETY: none of these changes what a page holds, but for guards, by the caller's promise.
        unsafe { libc::madvise(start as *mut libc::c_void, len, advice) };
    }
    // SAFETY: takes numbers; a kernel without several nodes has no such call.
    unsafe { libc::syscall(libc::SYS_mbind, start, len, DEFAULT_POLICY, 0, 0, 0) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PAGE_SIZE;

    #[test]
    fn collapse_keeps_contents_and_leaves_small_ranges_alone() {
        let mapping = Mapping::anonymous(3 * HUGE_PAGE_SIZE, Access::ReadWrite).unwrap();
        for offset in (0..mapping.len()).step_by(PAGE_SIZE) {
            // SAFETY: inside the mapping, which is writable and ours.
            unsafe {
                mapping
                    .start()
                    .as_ptr()
                    .wrapping_add(offset)
                    .write((offset >> 12) as u8)
            };
        }
        let run = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        let small = PageRun::new(run.start, run.start + PAGE_SIZE);
        // SAFETY: the mapping is ours.
        assert_eq!(unsafe { collapse(small) }, 0);
        // SAFETY: as above.
        let joined = unsafe { collapse(run) };
        assert!(joined <= 3, "{joined}");
        for offset in (0..mapping.len()).step_by(PAGE_SIZE) {
            // SAFETY: inside the mapping, which is readable.
            let byte = unsafe { mapping.start().as_ptr().wrapping_add(offset).read() };
            assert_eq!(byte, (offset >> 12) as u8);
        }
    }

    #[test]
    fn discarded_pages_read_as_zero() {
        let mapping = Mapping::anonymous(4 * PAGE_SIZE, Access::ReadWrite).unwrap();
        let page = mapping.start().as_ptr();
        // SAFETY: the mapping is writable and ours.
        unsafe { page.write(7) };
        // SAFETY: nothing relies on the contents.
        unsafe { discard(mapping.address(), mapping.len()) }.unwrap();
        // SAFETY: still mapped and readable.
        assert_eq!(unsafe { page.read() }, 0);
    }

    #[test]
    fn mapping_more_than_the_address_space_is_an_error() {
        let error = Mapping::anonymous(1 << 60, Access::None).unwrap_err();
        assert_eq!(error.errno(), libc::ENOMEM);
        assert!(error.to_string().contains("ulimit -v"), "{error}");
    }
}
