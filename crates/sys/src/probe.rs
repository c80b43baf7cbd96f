//! What this kernel and this container offer. What is made to find out is gone afterwards.

use crate::memory::{Access, Mapping, protect, prove_discard};
use crate::pages::PAGE_SIZE;
use crate::process::group;
use crate::uffd::Userfault;
use std::os::unix::fs::MetadataExt;

/// A limit of the process, `None` where it is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What holds now.
    pub soft: Option<u64>,
    /// How far the process may raise it.
    pub hard: Option<u64>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Release of the running kernel, as `uname -r` prints it.
    pub kernel: String,
    /// userfaultfd with WP_ASYNC and PAGEMAP_SCAN work; else why not, with the mend.
    pub pagemap_scan: Result<(), String>,
    /// Pages can be protected and unprotected; else why not.
    pub mprotect: Result<(), String>,
    /// Memory can be given back to the kernel; else why not.
    pub discard: Result<(), String>,
    /// Whether root can be held to a limit of processes; else why not.
    pub process_group: Result<(), String>,
    /// Number of the user whose rights this process has.
    pub user: u32,
    /// Open descriptors.
    pub open_files: Limit,
    /// Size of a core file, in bytes.
    pub core_size: Limit,
    /// Processes of this user.
    pub processes: Limit,
    /// Address space, in bytes.
    pub address_space: Limit,
    /// vm.max_map_count, `None` where it can't be read.
    pub max_map_count: Option<u64>,
    /// vm.overcommit_memory, `None` where it can't be read.
    pub overcommit: Option<u64>,
    /// Processors this process may use.
    pub cpus: usize,
    /// Memory that is available now, in bytes; `None` where it can't be read.
    pub available_memory: Option<u64>,
}

/// Looks at kernel, limits and machine.
#[must_use]
pub fn probe() -> Probe {
    Probe {
        kernel: read_line("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned()),
        pagemap_scan: Userfault::open_proven()
            .map(drop)
            .map_err(|error| error.to_string()),
        mprotect: try_mprotect(),
        discard: prove_discard().map_err(|error| error.to_string()),
        process_group: group::attempt().map_err(|error| error.to_string()),
        user: crate::process::user(),
        open_files: limit(libc::RLIMIT_NOFILE),
        core_size: limit(libc::RLIMIT_CORE),
        processes: limit(libc::RLIMIT_NPROC),
        address_space: limit(libc::RLIMIT_AS),
        max_map_count: read_number("/proc/sys/vm/max_map_count"),
        overcommit: read_number("/proc/sys/vm/overcommit_memory"),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        available_memory: available_memory(),
    }
}

fn try_mprotect() -> Result<(), String> {
    let attempt = || -> Result<(), crate::SysError> {
        let mapping = Mapping::anonymous(PAGE_SIZE, Access::ReadWrite)?;
        let (start, length) = (mapping.address(), mapping.len());
        // SAFETY: nobody else knows of the page, and it is not touched meanwhile.
        unsafe { protect(start, length, Access::Read)? };
        // SAFETY: as above.
        unsafe { protect(start, length, Access::ReadWrite) }
    };
    attempt().map_err(|error| error.to_string())
}

fn limit(resource: libc::__rlimit_resource_t) -> Limit {
    let mut value = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a structure of ours.
    unsafe { libc::getrlimit(resource, &raw mut value) };
    let finite = |value: libc::rlim_t| (value != libc::RLIM_INFINITY).then_some(value);
    Limit {
        soft: finite(value.rlim_cur),
        hard: finite(value.rlim_max),
    }
}

fn read_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(str::to_owned)
}

fn read_number(path: &str) -> Option<u64> {
    read_line(path)?.trim().parse().ok()
}

fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kib * 1024)
}

/// Address space that this process has mapped, in bytes; `None` without /proc.
#[must_use]
pub fn mapped_bytes() -> Option<u64> {
    let text = read_line("/proc/self/statm")?;
    let pages: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(pages * PAGE_SIZE as u64)
}

/// Threads of all processes of this process's user that can be seen, which is
/// what the kernel holds against the limit of processes; `None` without /proc.
#[must_use]
pub fn own_users_threads() -> Option<u64> {
    let own = crate::process::user();
    let mut count = 0;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        let is_process = name.as_encoded_bytes().iter().all(u8::is_ascii_digit);
        if !is_process || entry.metadata().map_or(true, |found| found.uid() != own) {
            continue;
        }
        // A folder's links: itself, its name, and one for each folder in it.
        let tasks = std::fs::metadata(entry.path().join("task"));
        count += tasks.map_or(1, |found| found.nlink().saturating_sub(2));
    }
    Some(count)
}

/// Resident memory of this process in bytes, from /proc/self/statm; `None` without /proc.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let text = read_line("/proc/self/statm")?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE_SIZE as u64)
}

/// Highest resident size that a process ever had, in bytes, since it runs the
/// program that it runs; `None` without /proc, and once it has ended.
#[must_use]
pub fn peak_resident_bytes(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_reads_this_machine() {
        let probe = probe();
        assert!(probe.cpus >= 1);
        assert!(probe.kernel.contains('.'), "{}", probe.kernel);
        assert!(probe.available_memory.is_some_and(|bytes| bytes > 1 << 20));
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 16));
        assert!(mapped_bytes() > resident_bytes());
        assert!(peak_resident_bytes(std::process::id()) >= resident_bytes());
        assert_eq!(peak_resident_bytes(u32::MAX), None);
    }

    #[test]
    fn threads_of_the_user_are_counted() {
        // Other tests' threads come and go; these two are there for certain.
        let before = own_users_threads().unwrap();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (told, hear) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            told.send(()).unwrap();
            wait.recv().unwrap_err();
        });
        hear.recv().unwrap();
        assert!(before >= 1 && own_users_threads().unwrap() >= 2);
        drop(go);
        thread.join().unwrap();
    }
}
