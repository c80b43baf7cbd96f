//! A control group that counts processes, one for each worker: the only limit of
//! processes that the kernel holds root to.
//!
//! ```text
//! <where this process is>/rewind-<…>/pids.max      the limit
//!                                 /cgroup.procs  who is in it
//! ```
//!
//! The worker makes the group and goes in; its parent removes it, and with it
//! whatever still runs in it. Groups of parents that are gone are swept away, if they
//! carry our mark: an attribute that only root can set, with the name that the group
//! was made under. A group without one is never looked into, whatever it is called.

use super::Pid;
use crate::error::SysError;
use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// The attribute that marks a group as ours.
const MARK: &CStr = c"trusted.rewind";
/// More than any name of ours has.
const LONGEST_MARK: usize = 256;

/// How long killed processes may take to be gone.
const PATIENCE: Duration = Duration::from_millis(500);

/// Puts this process, and all that descends from it, into a new group of at
/// most `most` processes and threads.
///
/// # Errors
/// Where there is no such control group, or no right to make one.
pub fn enter(name: &str, most: u64) -> Result<(), SysError> {
    let folder = make(name, most)?;
    fs::write(folder.join("cgroup.procs"), "0").map_err(|error| {
        // An empty group does no harm, should it stay.
        let _ = fs::remove_dir(&folder);
        failed(error)
    })
}

/// Whether groups can be made here: makes one and removes it.
///
/// # Errors
/// As [`enter`].
pub fn attempt() -> Result<(), SysError> {
    let folder = make(&format!("rewind-try-{}", std::process::id()), 1)?;
    fs::remove_dir(folder).map_err(failed)
}

/// Ends all that is left in the group of this name, and removes it; nothing if there is none.
pub fn remove(name: &str) {
    let Some(folder) = home().map(|home| home.join(name)) else {
        return;
    };
    let since = Instant::now();
    while fs::remove_dir(&folder).is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
        let listed = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        // 0 stands for processes that can't be seen from here, and would mean
        // this process and all of its group.
        let listed = listed.lines().filter_map(|line| line.parse().ok());
        for process in listed.filter(|process| *process > 0) {
            Pid(process).kill();
        }
        if since.elapsed() > PATIENCE {
            return;
        }
        yield_now();
    }
}

/// Removes the groups that were left, of those that carry our mark, by their names:
/// `is_left` must be sure, for what still runs in one is killed.
pub fn sweep(is_left: impl Fn(&str) -> bool) {
    let Some(entries) = home().and_then(|home| fs::read_dir(home).ok()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_left(&name) && is_marked(&entry.path(), &name) {
            remove(&name);
        }
    }
}

fn make(name: &str, most: u64) -> Result<PathBuf, SysError> {
    let home = home().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let folder = home.join(name);
    fs::create_dir(&folder).map_err(failed)?;
    mark(&folder, name);
    fs::write(folder.join("pids.max"), most.to_string()).map_err(|error| {
        let _ = fs::remove_dir(&folder);
        failed(error)
    })?;
    Ok(folder)
}

/// Marks a group that was just made. Where that is refused, it goes with its worker
/// as any other, and a sweep leaves it alone.
fn mark(folder: &Path, name: &str) {
    let Ok(folder) = CString::new(folder.as_os_str().as_bytes()) else {
        return;
    };
    // SAFETY: all three point to what lives until the call returns, and the length is
    // that of `name`.
    unsafe {
        libc::setxattr(
            folder.as_ptr(),
            MARK.as_ptr(),
            name.as_ptr().cast(),
            name.len(),
            0,
        )
    };
}

/// The group was made by [`make`] under this name.
fn is_marked(folder: &Path, name: &str) -> bool {
    let Ok(folder) = CString::new(folder.as_os_str().as_bytes()) else {
        return false;
    };
    let mut found = [0_u8; LONGEST_MARK];
    // SAFETY: both names live until the call returns, which writes no more than the
    // length of `found`.
    let len = unsafe {
        libc::lgetxattr(
            folder.as_ptr(),
            MARK.as_ptr(),
            found.as_mut_ptr().cast(),
            found.len(),
        )
    };
    usize::try_from(len).is_ok_and(|len| found.get(..len) == Some(name.as_bytes()))
}

fn failed(source: io::Error) -> SysError {
    SysError {
        call: "mkdir(cgroup)",
        mend: "the limit of processes needs a control group with `pids` that this user may \
               divide; run as another user than root instead, or leave --process-limit out",
        source,
    }
}

/// The folder of the group that this process is in, where that counts processes.
fn home() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let (folder, is_unified) = find(&groups, &mounts)?;
    if !is_unified {
        return Some(folder);
    }
    let divided = fs::read_to_string(folder.join("cgroup.subtree_control")).ok()?;
    divided
        .split_whitespace()
        .any(|controller| controller == "pids")
        .then_some(folder)
}

/// The folder, and whether it is of the unified hierarchy, by the texts of
/// /proc/self/cgroup and /proc/self/mountinfo.
fn find(groups: &str, mounts: &str) -> Option<(PathBuf, bool)> {
    let lists = |list: &str| list.split(',').any(|word| word == "pids");
    let fields = |line: &'_ str| -> Option<(String, String)> {
        let mut fields = line.splitn(3, ':').skip(1);
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    };
    let all: Vec<_> = groups.lines().filter_map(fields).collect();
    let own = all.iter().find(|(controllers, _)| lists(controllers));
    let is_unified = own.is_none();
    let own = own.or_else(|| all.iter().find(|(controllers, _)| controllers.is_empty()));
    let (_, path) = own?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let (name, options) = (kind.next()?, kind.nth(1)?);
        let fits = match is_unified {
            true => name == "cgroup2",
            false => name == "cgroup" && lists(options),
        };
        let below = path.strip_prefix(root.trim_end_matches('/'))?;
        fits.then(|| {
            (
                Path::new(point).join(below.trim_start_matches('/')),
                is_unified,
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "9:name=systemd:/\n8:pids:/user/1\n0::/\n";
    const NEW: &str = "0::/user.slice/a.scope\n";
    const MOUNTS: &str = "39 31 0:36 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
        40 31 0:37 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw shared:3 - cgroup2 none rw\n";

    #[test]
    fn folder_is_where_the_group_is_mounted() {
        let found = |groups| find(groups, MOUNTS);
        let pids = PathBuf::from("/sys/fs/cgroup/pids/user/1");
        assert_eq!(found(OLD), Some((pids, false)));
        let unified = PathBuf::from("/sys/fs/cgroup/unified/user.slice/a.scope");
        assert_eq!(found(NEW), Some((unified, true)));
        assert_eq!(found(""), None);
        assert_eq!(find(OLD, "nonsense\n - \n"), None);
    }

    #[test]
    fn folder_in_a_container_is_below_what_is_mounted() {
        let mounts = "40 31 0:37 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        let groups = "8:pids:/docker/x/sub\n";
        let folder = PathBuf::from("/sys/fs/cgroup/pids/sub");
        assert_eq!(find(groups, mounts), Some((folder, false)));
        assert_eq!(find("8:pids:/elsewhere\n", mounts), None);
    }

    #[test]
    fn sweep_takes_what_was_made_here_and_no_group_that_is_called_so() {
        if attempt().is_err() {
            // No groups can be made on this machine.
            return;
        }
        let names = ["made", "called", "renamed"]
            .map(|it| format!("rewind-test-{it}-{}", std::process::id()));
        let [made, called, renamed] = &names;
        let home = home().expect("there: groups can be made");
        make(made, 1).expect("made");
        fs::create_dir(home.join(called)).expect("made");
        fs::create_dir(home.join(renamed)).expect("made");
        mark(&home.join(renamed), made);
        sweep(|name| names.iter().any(|it| it == name));
        let left = names.each_ref().map(|name| home.join(name).exists());
        for name in &names {
            remove(name);
        }
        assert_eq!(left, [false, true, true]);
    }
}
