//! What a sandbox sees of the file system.
//!
//! Everything can be read and nothing written, but for folders of its own that
//! lie in memory.

use super::refusal::Surroundings;
use crate::error::SysError;
use nix::mount::{MsFlags, mount};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Most that each folder in memory holds, and its mode.
const SCRATCH: &str = "size=256m,mode=1777";
/// Value of `MOUNT_ATTR_RDONLY` (include/uapi/linux/mount.h).
const READ_ONLY: u64 = 1;
/// Value of `AT_RECURSIVE` (include/uapi/linux/fcntl.h).
const RECURSIVE: libc::c_int = 0x8000;

/// `struct mount_attr` of the kernel.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Makes the calling process's mounts what a sandbox may see. To be called by
/// the first process of its namespace: /proc shows the namespace of its mounter.
pub(super) fn arrange(keep: &[PathBuf]) -> Result<(), SysError> {
    let around = Surroundings::read();
    let failed = |call| move |errno| around.refused(call, errno as i32);
    let none = None::<&str>;
    let alone = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, alone, none).map_err(failed("mount(MS_PRIVATE)"))?;
    seal()?;
    let scratch = scratch();
    // Opened before they are covered.
    let kept = keep
        .iter()
        .filter(|path| scratch.iter().any(|folder| path.starts_with(folder)))
        .map(|path| Ok((path, open(path)?)))
        .collect::<Result<Vec<_>, SysError>>()?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    for folder in &scratch {
        mount(
            Some("tmpfs"),
            folder.as_path(),
            Some("tmpfs"),
            flags,
            Some(SCRATCH),
        )
        .map_err(failed("mount(tmpfs)"))?;
    }
    for (path, file) in &kept {
        uncover(path, file, &around)?;
    }
    let flags = flags | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    mount(Some("proc"), "/proc", Some("proc"), flags, none).map_err(|errno| {
        SysError::from_errno("mount(proc)", errno as i32).mend(
            "the container hides parts of /proc: start it with `--security-opt \
             systempaths=unconfined`, or leave --sandbox out",
        )
    })
}

/// Folders that get an empty one in memory over them.
fn scratch() -> Vec<PathBuf> {
    let named = std::env::temp_dir();
    let mut all: Vec<_> = ["/tmp", "/dev/shm"].map(PathBuf::from).into();
    if !all.iter().any(|folder| named.starts_with(folder)) {
        all.push(named);
    }
    all.retain(|folder| folder.is_dir());
    all
}

/// Makes every mount there is one that can only be read.
fn seal() -> Result<(), SysError> {
    let wanted = MountAttributes {
        set: READ_ONLY,
        clear: 0,
        propagation: 0,
        user_namespace: 0,
    };
    // SAFETY: the path is a C string, the structure as long as said and only read.
    let sealed = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            c"/".as_ptr(),
            RECURSIVE,
            &raw const wanted,
            size_of::<MountAttributes>(),
        )
    };
    if sealed == 0 {
        return Ok(());
    }
    Err(SysError::last("mount_setattr").mend("Linux 5.12 or newer is needed for --sandbox"))
}

fn open(path: &Path) -> Result<File, SysError> {
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open(path);
    file.map_err(unreachable)
}

/// Makes what `file` is seen at `path` again, where a folder in memory covers it.
fn uncover(path: &Path, file: &File, around: &Surroundings) -> Result<(), SysError> {
    if file.metadata().map_err(unreachable)?.is_dir() {
        fs::create_dir_all(path).map_err(unreachable)?;
    } else {
        let above = path.parent().unwrap_or(path);
        fs::create_dir_all(above).map_err(unreachable)?;
        File::create(path).map_err(unreachable)?;
    }
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    let none = None::<&str>;
    mount(Some(source.as_str()), path, none, flags, none)
        .map_err(|errno| around.refused("mount(MS_BIND)", errno as i32))
}

fn unreachable(source: std::io::Error) -> SysError {
    SysError {
        call: "open",
        mend: "what a sandbox is to keep of /tmp and /dev/shm must be there and readable",
        source,
    }
}
