//! Starting a process with posix_spawn: no fork of the parent's memory, no code
//! of ours between fork and exec.
//!
//! This module must not wait for anything: that is the sibling's.
#![expect(
    unsafe_code,
    reason = "nix's posix_spawn knows neither sessions nor closefrom"
)]

use super::child::own_peak_rss;
use super::{Child, Pid};
use crate::SysError;
use std::ffi::{CString, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What to start.
#[derive(Debug)]
pub struct Spawn<'a> {
    /// The executable; not searched for in `PATH`.
    pub exe: &'a Path,
    /// Arguments after the name.
    pub args: &'a [OsString],
    /// The whole environment.
    pub env: &'a [(OsString, OsString)],
    /// What the child has as descriptors 0, 1, 2, … in this order; it has no others.
    pub fds: &'a [BorrowedFd<'a>],
}

impl Spawn<'_> {
    /// Starts it.
    ///
    /// If the child asks to die with its parent ([`super::die_with_parent`]), the
    /// kernel takes "parent" to be the calling *thread*: it must live as long
    /// as the child is wanted.
    ///
    /// # Errors
    /// When the executable can't be run, or a name holds a NUL byte.
    pub fn start(&self) -> Result<Child, SysError> {
        let exe = c_string(self.exe.as_os_str().as_bytes())?;
        let mut argv = vec![exe.clone()];
        for arg in self.args {
            argv.push(c_string(arg.as_bytes())?);
        }
        let mut env = Vec::with_capacity(self.env.len());
        for (name, value) in self.env {
            env.push(c_string(
                &[name.as_bytes(), b"=", value.as_bytes()].concat(),
            )?);
        }
        let high = self.lift_descriptors()?;
        let actions = FileActions::new(&high).map_err(failed)?;
        let attributes = Attributes::new().map_err(failed)?;
        let mut pid = 0;
        let argv_pointers = pointers(&argv);
        let env_pointers = pointers(&env);
        // SAFETY: every pointer is to a live, NUL-terminated string, each list
        // ends with a null pointer, and `actions` and `attributes` are initialised.
        let errno = unsafe {
            libc::posix_spawn(
                &raw mut pid,
                exe.as_ptr(),
                actions.0.as_ptr(),
                attributes.0.as_ptr(),
                argv_pointers.as_ptr(),
                env_pointers.as_ptr(),
            )
        };
        if errno != 0 {
            return Err(failed(errno));
        }
        // It shared this process's memory until its exec, and no longer.
        Child::hold(Pid(pid), own_peak_rss())
    }

    /// Copies of the descriptors, all numbered above every target, so that no
    /// `dup2` in the child can overwrite the source of a later one.
    fn lift_descriptors(&self) -> Result<Vec<OwnedFd>, SysError> {
        let floor = RawFd::try_from(self.fds.len()).unwrap_or(RawFd::MAX);
        self.fds
            .iter()
            .map(|fd| {
                // SAFETY: F_DUPFD_CLOEXEC takes an int and touches no memory.
                let copy =
                    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, floor.max(3)) };
                if copy < 0 {
                    let mend = "raise the limit of open files (ulimit -n)";
                    return Err(SysError::last("fcntl(F_DUPFD_CLOEXEC)").mend(mend));
                }
                // SAFETY: fcntl just made it, so nobody else owns it.
                Ok(unsafe { OwnedFd::from_raw_fd(copy) })
            })
            .collect()
    }
}

fn c_string(bytes: &[u8]) -> Result<CString, SysError> {
    CString::new(bytes).map_err(|nul| SysError {
        call: "posix_spawn",
        mend: "leave out the NUL byte in the executable's name, its arguments or environment",
        source: nul.into(),
    })
}

fn failed(errno: i32) -> SysError {
    SysError::from_errno("posix_spawn", errno)
        .mend("check that the executable is there, may be run and fits this machine")
}

fn pointers(strings: &[CString]) -> Vec<*mut libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr().cast_mut())
        .chain(std::iter::once(std::ptr::null_mut()))
        .collect()
}

/// Initialised file actions of posix_spawn; freed on drop.
struct FileActions(Box<MaybeUninit<libc::posix_spawn_file_actions_t>>);

impl FileActions {
    /// Makes descriptor i a copy of `fds[i]` and closes all from `fds.len()` up.
    fn new(fds: &[OwnedFd]) -> Result<Self, i32> {
        let mut raw = Box::new(MaybeUninit::uninit());
        // SAFETY: `raw` is large enough; the call initialises it.
        ok(unsafe { libc::posix_spawn_file_actions_init(raw.as_mut_ptr()) })?;
        let mut actions = Self(raw);
        let mut target: RawFd = 0;
        for fd in fds {
            let source = fd.as_raw_fd();
            // SAFETY: the actions are initialised; the call copies two ints.
            ok(unsafe {
                libc::posix_spawn_file_actions_adddup2(actions.0.as_mut_ptr(), source, target)
            })?;
            target += 1;
        }
        // SAFETY: the actions are initialised; the call copies an int.
        ok(unsafe {
            libc::posix_spawn_file_actions_addclosefrom_np(actions.0.as_mut_ptr(), target)
        })?;
        Ok(actions)
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, and destroyed only here.
        unsafe { libc::posix_spawn_file_actions_destroy(self.0.as_mut_ptr()) };
    }
}

/// Initialised spawn attributes: own session, no blocked signal, default dispositions.
struct Attributes(Box<MaybeUninit<libc::posix_spawnattr_t>>);

impl Attributes {
    fn new() -> Result<Self, i32> {
        let mut raw = Box::new(MaybeUninit::uninit());
        // SAFETY: `raw` is large enough; the call initialises it.
        ok(unsafe { libc::posix_spawnattr_init(raw.as_mut_ptr()) })?;
        let mut attributes = Self(raw);
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `set` is large enough; the call initialises it.
        unsafe { libc::sigemptyset(set.as_mut_ptr()) };
        // SAFETY: both are initialised; the set is copied.
        ok(unsafe { libc::posix_spawnattr_setsigmask(attributes.0.as_mut_ptr(), set.as_ptr()) })?;
        // SAFETY: `set` is large enough; the call initialises it.
        unsafe { libc::sigfillset(set.as_mut_ptr()) };
        // SAFETY: both are initialised; the set is copied.
        ok(unsafe {
            libc::posix_spawnattr_setsigdefault(attributes.0.as_mut_ptr(), set.as_ptr())
        })?;
        let signals = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        let flags = i16::try_from(signals).map_or(0, |bits| bits | libc::POSIX_SPAWN_SETSID);
        // SAFETY: the attributes are initialised; the flags are copied.
        ok(unsafe { libc::posix_spawnattr_setflags(attributes.0.as_mut_ptr(), flags) })?;
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, and destroyed only here.
        unsafe { libc::posix_spawnattr_destroy(self.0.as_mut_ptr()) };
    }
}

/// For the calls that return an errno instead of setting it.
fn ok(errno: i32) -> Result<(), i32> {
    if errno == 0 { Ok(()) } else { Err(errno) }
}
