//! userfaultfd in asynchronous write-protect mode, and PAGEMAP_SCAN.
//!
//! A page is *armed* by write-protecting it through userfaultfd. The first
//! write to it clears the mark inside the kernel (`WP_ASYNC`: no message, no
//! thread that must answer), and `PAGEMAP_SCAN` lists the pages whose mark is gone:
//!
//! ```text
//!   arm ──► armed ──first write (≈0.5 µs)──► written ──scan──► listed
//!    ▲                                                            │
//!    └──────────────────────── copy, arm again ◄──────────────────┘
//! ```
//!
//! The headers of older distributions lack the constants, so they stand here
//! (include/uapi/linux/userfaultfd.h and fs.h of Linux 6.7).

use crate::descriptors::raise;
use crate::error::{SysError, check};
use crate::memory::{Access, Mapping};
use crate::pages::{PAGE_SIZE, PageRun};
use std::cell::Cell;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const UFFD_USER_MODE_ONLY: libc::c_int = 1;
const UFFD_API: u64 = 0xAA;
const FEATURE_PAGEFAULT_FLAG_WP: u64 = 1 << 0;
const FEATURE_WP_UNPOPULATED: u64 = 1 << 13;
const FEATURE_WP_ASYNC: u64 = 1 << 15;
const REGISTER_MODE_WP: u64 = 1 << 1;
const WRITEPROTECT_MODE_WP: u64 = 1 << 0;
const PM_SCAN_CHECK_WPASYNC: u64 = 1 << 1;
/// Bare mask: a richer one misreports pages that were zapped on some kernels.
const PAGE_IS_WRITTEN: u64 = 1 << 1;
/// Entries offered to a scan first: the kernel allocates as many for itself,
/// 24 bytes each, and above 8 KiB that takes whole pages and a quarter of the
/// scan's time. These fit its class of 2 KiB.
const FEW_RUNS: usize = 85;
/// Entries offered when those were too few: they fit its class of 8 KiB.
const MANY_RUNS: usize = 340;

#[repr(C)]
struct UffdioApi {
    api: u64,
    features: u64,
    ioctls: u64,
}

#[repr(C)]
struct UffdioRange {
    start: u64,
    len: u64,
}

#[repr(C)]
struct UffdioRegister {
    range: UffdioRange,
    mode: u64,
    ioctls: u64,
}

#[repr(C)]
struct UffdioWriteprotect {
    range: UffdioRange,
    mode: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct PmScanArg {
    pub(crate) size: u64,
    pub(crate) flags: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) walk_end: u64,
    pub(crate) vec: u64,
    pub(crate) vec_len: u64,
    pub(crate) max_pages: u64,
    pub(crate) category_inverted: u64,
    pub(crate) category_mask: u64,
    pub(crate) category_anyof_mask: u64,
    pub(crate) return_mask: u64,
}

/// Number of a read-write ioctl whose argument has `size` bytes.
const fn iowr(group: u8, number: u8, size: usize) -> libc::c_ulong {
    (3 << 30)
        | ((size as libc::c_ulong) << 16)
        | ((group as libc::c_ulong) << 8)
        | number as libc::c_ulong
}

const UFFDIO_API: libc::c_ulong = iowr(0xAA, 0x3F, size_of::<UffdioApi>());
const UFFDIO_REGISTER: libc::c_ulong = iowr(0xAA, 0x00, size_of::<UffdioRegister>());
const UFFDIO_WRITEPROTECT: libc::c_ulong = iowr(0xAA, 0x06, size_of::<UffdioWriteprotect>());
pub(crate) const PAGEMAP_SCAN: libc::c_ulong = iowr(b'f', 16, size_of::<PmScanArg>());

/// A userfaultfd descriptor in write-protect-async mode, with the pagemap of this process.
///
/// Registrations and the pagemap descriptor belong to the process that made
/// them: neither survives a fork.
#[derive(Debug)]
pub struct Userfault {
    fd: OwnedFd,
    pagemap: File,
    /// Page faults of this process when everything written was known.
    pub(crate) faults: Cell<u64>,
}

impl Userfault {
    /// Opens both descriptors and agrees on the features.
    ///
    /// # Errors
    /// `ENOSYS` or `EPERM` where a seccomp filter or the kernel's configuration
    /// keeps userfaultfd away, `EINVAL` where it is older than Linux 6.7.
    pub fn open() -> Result<Self, SysError> {
        let flags = libc::O_CLOEXEC | libc::O_NONBLOCK | UFFD_USER_MODE_ONLY;
        // SAFETY: the call only makes a descriptor.
        let fd = unsafe { libc::syscall(libc::SYS_userfaultfd, flags) };
        if fd < 0 {
            return Err(SysError::last("userfaultfd").mend(
                "allow the call in the container's seccomp filter, or use --tracking mprotect",
            ));
        }
        // SAFETY: the kernel just gave this descriptor to us alone; it fits an int.
        let fd = raise(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })?;
        let mut api = UffdioApi {
            api: UFFD_API,
            features: FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED | FEATURE_PAGEFAULT_FLAG_WP,
            ioctls: 0,
        };
        // SAFETY: the argument is the structure this ioctl takes.
        let result = unsafe { libc::ioctl(fd.as_raw_fd(), UFFDIO_API, &raw mut api) };
        check("ioctl(UFFDIO_API)", result).map_err(|error| {
            error.mend("write-protect-async needs Linux 6.7; use --tracking mprotect")
        })?;
        let pagemap = File::open("/proc/self/pagemap").map_err(|source| SysError {
            call: "open(/proc/self/pagemap)",
            mend: "mount /proc, or use --tracking mprotect",
            source,
        })?;
        let pagemap = File::from(raise(pagemap.into())?);
        Ok(Self {
            fd,
            pagemap,
            faults: Cell::new(0),
        })
    }

    /// As [`Userfault::open`], and tries on a page of its own that all of it works:
    /// a filter may let one call pass and not another.
    ///
    /// # Errors
    /// As above, and where one of the operations is refused or does nothing.
    pub fn open_proven() -> Result<Self, SysError> {
        let userfault = Self::open()?;
        let mend = "PAGEMAP_SCAN needs Linux 6.7, and a seccomp filter that allows it; use \
                    --tracking mprotect";
        userfault.prove().map_err(|error| error.mend(mend))?;
        Ok(userfault)
    }

    fn prove(&self) -> Result<(), SysError> {
        let mapping = Mapping::anonymous(2 * PAGE_SIZE, Access::ReadWrite)?;
        let range = PageRun::new(mapping.address(), mapping.address() + mapping.len());
        self.register(range.start, range.bytes())?;
        self.write_protect(range)?;
        // SAFETY: the first byte of a writable mapping of ours.
        unsafe { mapping.start().as_ptr().write_volatile(1) };
        let mut found = Vec::new();
        self.scan(range, &mut found)?;
        match found[..] {
            [run] if run.start == range.start && run.pages() == 1 => Ok(()),
            _ => Err(SysError {
                call: "ioctl(PAGEMAP_SCAN)",
                mend: "",
                source: std::io::Error::other("it doesn't list the page that was written"),
            }),
        }
    }

    /// Puts `start..start+len` under tracking; any private mapping will do.
    ///
    /// # Errors
    /// `EINVAL` where the range isn't page-aligned or holds unmapped pages,
    /// `EBUSY` where another userfaultfd has it.
    pub fn register(&self, start: usize, len: usize) -> Result<(), SysError> {
        let mut register = UffdioRegister {
            range: UffdioRange {
                start: start as u64,
                len: len as u64,
            },
            mode: REGISTER_MODE_WP,
            ioctls: 0,
        };
        // SAFETY: the argument is the structure this ioctl takes; tracking leaves contents alone.
        let result =
            unsafe { libc::ioctl(self.fd.as_raw_fd(), UFFDIO_REGISTER, &raw mut register) };
        check("ioctl(UFFDIO_REGISTER)", result).map(drop)
    }

    /// Arms the pages of `run`: the next write to each is recorded.
    ///
    /// # Errors
    /// `ENOENT` where the run isn't registered.
    pub fn write_protect(&self, run: PageRun) -> Result<(), SysError> {
        let mut argument = UffdioWriteprotect {
            range: UffdioRange {
                start: run.start as u64,
                len: run.bytes() as u64,
            },
            mode: WRITEPROTECT_MODE_WP,
        };
        loop {
            // SAFETY: the argument is the structure this ioctl takes; contents stay as they are.
            let result =
                unsafe { libc::ioctl(self.fd.as_raw_fd(), UFFDIO_WRITEPROTECT, &raw mut argument) };
            match check("ioctl(UFFDIO_WRITEPROTECT)", result) {
                // The address space is being changed under us; the kernel asks to come again.
                Err(error) if error.errno() == libc::EAGAIN => {}
                other => return other.map(drop),
            }
        }
    }

    /// Appends the written pages of `range` to `found`, in ascending order.
    ///
    /// The kernel fills a buffer of limited length and says how far it walked;
    /// this goes on until the whole range was walked.
    ///
    /// # Errors
    /// `EPERM` where part of the range isn't registered.
    pub fn scan(&self, range: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
        let mut start = range.start;
        let mut entries = FEW_RUNS;
        while start < range.end {
            found.reserve(entries);
            let room = found.spare_capacity_mut();
            let room = &mut room[..entries];
            entries = MANY_RUNS;
            let mut argument = PmScanArg {
                size: size_of::<PmScanArg>() as u64,
                flags: PM_SCAN_CHECK_WPASYNC,
                start: start as u64,
                end: range.end as u64,
                vec: room.as_mut_ptr() as u64,
                vec_len: room.len() as u64,
                category_mask: PAGE_IS_WRITTEN,
                return_mask: PAGE_IS_WRITTEN,
                ..PmScanArg::default()
            };
            // SAFETY: `vec` has room for `vec_len` entries, whose layout `PageRun` mirrors.
            let result =
                unsafe { libc::ioctl(self.pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut argument) };
            let filled = check("ioctl(PAGEMAP_SCAN)", result)?;
            let len = found.len() + usize::try_from(filled).unwrap_or(0);
            // SAFETY: the kernel filled exactly `filled` entries behind the old length.
            unsafe { found.set_len(len) };
            start = usize::try_from(argument.walk_end)
                .unwrap_or(range.end)
                .max(start);
            if filled == 0 && start < range.end && argument.walk_end < range.end as u64 {
                // No entry and no progress to the end would loop for ever.
                return Err(SysError::from_errno("ioctl(PAGEMAP_SCAN)", libc::EIO));
            }
        }
        Ok(())
    }
}
