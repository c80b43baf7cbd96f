//! Spaces of names that a process can have to itself: System V objects and
//! POSIX message queues (an IPC namespace), POSIX shared memory and semaphores
//! (a file system of its own where these have their names).
//!
//! A process that may make them sees nobody else's objects, and whatever is new
//! there is its own doing. It takes `CAP_SYS_ADMIN`; a user namespace would
//! give that to anybody, but changes who the process is, which shows.

use super::ipc_names::{MEMORY_FOLDER, names_memory_folder};
use crate::error::SysError;
use crate::{descriptors, error};
use libc::{c_int, c_long};
use std::ffi::CStr;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

/// What this process has to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnSpaces {
    /// System V objects and message queues.
    pub objects: bool,
    /// Names of POSIX shared memory and semaphores.
    pub names: bool,
}

/// Gives this process spaces of its own, as far as it may have them. It must
/// have one thread. Names are left alone where `root`, the working directory,
/// the executable or a variable of the environment lies in their folder: it
/// would be empty.
pub fn own_spaces(root: &Path) -> OwnSpaces {
    OwnSpaces {
        objects: unshare(libc::CLONE_NEWIPC),
        names: !names_memory_folder(root) && unshare(libc::CLONE_NEWNS) && own_names().is_ok(),
    }
}

fn unshare(flag: c_int) -> bool {
    // SAFETY: takes a number.
    unsafe { libc::unshare(flag) == 0 }
}

fn own_names() -> Result<(), SysError> {
    // What is mounted elsewhere goes on coming in here, but nothing goes out.
    mount(c"none", c"/", None, libc::MS_REC | libc::MS_SLAVE, None)?;
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    let (kind, options) = (Some(c"tmpfs"), Some(c"mode=1777"));
    mount(c"rewind", MEMORY_FOLDER, kind, flags, options)
}

fn mount(
    source: &CStr,
    target: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> Result<(), SysError> {
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: C strings, or null where the kernel wants none.
    let mounted = unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            pointer(kind),
            flags,
            pointer(options).cast(),
        )
    };
    error::check("mount", mounted).map(drop)
}

/// The folder of this IPC namespace's message queues, mounted nowhere.
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`, `ENODEV` where the kernel has no such queues.
pub(super) fn queue_folder() -> Result<File, SysError> {
    const FSCONFIG_CMD_CREATE: c_long = 6;
    // SAFETY: a C string and a number.
    let context = unsafe { libc::syscall(libc::SYS_fsopen, c"mqueue".as_ptr(), 1 as c_long) };
    let context = owned("fsopen", context)?;
    let number = c_long::from(context.as_raw_fd());
    // SAFETY: this command takes neither key nor value.
    let made = unsafe {
        libc::syscall(
            libc::SYS_fsconfig,
            number,
            FSCONFIG_CMD_CREATE,
            0 as c_long,
            0 as c_long,
            0 as c_long,
        )
    };
    if made == -1 {
        return Err(SysError::last("fsconfig"));
    }
    // SAFETY: takes numbers.
    let mounted = unsafe { libc::syscall(libc::SYS_fsmount, number, 1 as c_long, 0 as c_long) };
    let mounted = owned("fsmount", mounted)?;
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: an open folder and a C string.
    let folder = unsafe { libc::openat(mounted.as_raw_fd(), c".".as_ptr(), flags) };
    let folder = owned("openat", c_long::from(folder))?;
    Ok(File::from(descriptors::raise(folder)?))
}

fn owned(call: &'static str, number: c_long) -> Result<OwnedFd, SysError> {
    match c_int::try_from(number) {
        // SAFETY: the kernel just gave this number to us alone.
        Ok(number) if number >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(SysError::last(call)),
    }
}
