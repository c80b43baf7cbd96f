//! From what the probe found to findings with a mend.

use rewind_sys::probe::{Limit, Probe};
use serde::Serialize;

/// Descriptors that a run needs beyond those of its workers.
const SPARE_DESCRIPTORS: u64 = 64;
/// Descriptors in the parent for each worker.
const DESCRIPTORS_PER_WORKER: u64 = 8;
/// Mappings below which tracking by mprotect runs short: each written page can
/// split one mapping in three.
const MAPPINGS: u64 = 65_530;
/// Memory of a worker with a warm guest and some room, in bytes.
const WORKER_MEMORY: u64 = 256 << 20;
/// Address space that each worker reserves, in bytes: the guest heap and the rest.
const ADDRESS_SPACE: u64 = 8 << 30;

const PAGEMAP_SCAN: &str = "userfaultfd with WP_ASYNC and PAGEMAP_SCAN work";

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Nothing to do.
    Ok,
    /// It works, but worse than it could.
    Warn,
    /// Runs can't work.
    Missing,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) status: Status,
    /// What was found.
    pub(super) detail: String,
    /// What to do; empty if there is nothing to be done.
    pub(super) mend: String,
}

impl Check {
    fn ok(name: &'static str, detail: String) -> Self {
        Self {
            name,
            status: Status::Ok,
            detail,
            mend: String::new(),
        }
    }

    fn warn(name: &'static str, detail: String, mend: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Warn,
            detail,
            mend: mend.into(),
        }
    }

    fn missing(name: &'static str, detail: String, mend: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Missing,
            detail,
            mend: mend.into(),
        }
    }
}

/// All findings, in the order in which they are told.
///
/// `refusal` is why workers can't be shut off here, if they can't.
pub(super) fn checks(probe: &Probe, refusal: Option<&str>) -> Vec<Check> {
    vec![
        Check::ok("kernel", probe.kernel.clone()),
        Check::ok("user", user(probe)),
        tracking(probe),
        tier("pagemap-scan", &probe.pagemap_scan, PAGEMAP_SCAN),
        tier("mprotect", &probe.mprotect, "pages can be protected"),
        Check::ok("copy", "needs nothing of the kernel".to_owned()),
        giving_back(probe),
        sandbox(refusal),
        process_limit(probe),
        mappings(probe),
        overcommit(probe),
        address_space(probe),
        open_files(probe),
        processes(probe),
        core_size(probe),
        Check::ok("processors", probe.cpus.to_string()),
        memory(probe),
    ]
}

/// What workers do with memory that no case needs.
fn giving_back(probe: &Probe) -> Check {
    let name = "giving back";
    match &probe.discard {
        Ok(()) => Check::ok(name, "memory goes back to the kernel".to_owned()),
        Err(error) => Check::warn(
            name,
            format!("workers stay as large as a case has made them: failed to {error}"),
            "in a container, use a seccomp profile that allows madvise",
        ),
    }
}

fn user(probe: &Probe) -> String {
    match probe.user {
        0 => "root".to_owned(),
        number => number.to_string(),
    }
}

/// The tier that `--tracking auto` takes.
fn tracking(probe: &Probe) -> Check {
    let name = "tracking";
    match (&probe.pagemap_scan, &probe.mprotect) {
        (Ok(()), _) => Check::ok(name, "auto takes pagemap-scan".to_owned()),
        (Err(_), Ok(())) => Check::warn(
            name,
            "auto takes mprotect: all works, somewhat slower".to_owned(),
            "use Linux 6.7 or later, and in a container a seccomp profile that allows userfaultfd",
        ),
        (Err(_), Err(_)) => Check::missing(
            name,
            "auto takes mprotect, which does not work here".to_owned(),
            "use --tracking copy, which is slower",
        ),
    }
}

/// One way of finding writes, for those who ask for it by name.
fn tier(name: &'static str, works: &Result<(), String>, how: &str) -> Check {
    match works {
        Ok(()) => Check::ok(name, how.to_owned()),
        Err(why) => Check::warn(name, format!("not to be had: {why}"), ""),
    }
}

fn sandbox(refusal: Option<&str>) -> Check {
    let name = "sandbox";
    match refusal {
        None => Check::ok(
            name,
            "--sandbox works: users, processes, mounts, IPC and network can be shut off".to_owned(),
        ),
        Some(why) => Check::warn(name, format!("--sandbox is not to be had: {why}"), ""),
    }
}

fn process_limit(probe: &Probe) -> Check {
    let name = "process limit";
    match &probe.process_group {
        _ if probe.user != 0 => Check::ok(name, "the kernel holds tests to it".to_owned()),
        Ok(()) => Check::ok(
            name,
            "root is held to it by control groups, if --process-limit is given".to_owned(),
        ),
        Err(why) => Check::warn(
            name,
            format!("the kernel doesn't hold root to it, and there are no groups: {why}"),
            "",
        ),
    }
}

fn mappings(probe: &Probe) -> Check {
    let name = "max_map_count";
    match probe.max_map_count {
        Some(count) if count >= MAPPINGS => Check::ok(name, count.to_string()),
        Some(count) => Check::warn(
            name,
            format!("{count}: too few for large guests tracked by mprotect"),
            format!("sysctl vm.max_map_count={MAPPINGS}"),
        ),
        None => unread(name, "/proc/sys/vm/max_map_count"),
    }
}

fn overcommit(probe: &Probe) -> Check {
    let name = "overcommit";
    match probe.overcommit {
        Some(2) => Check::warn(
            name,
            "2: reserved address space counts as used".to_owned(),
            "sysctl vm.overcommit_memory=0, or a smaller --heap-cap",
        ),
        Some(mode) => Check::ok(name, mode.to_string()),
        None => unread(name, "/proc/sys/vm/overcommit_memory"),
    }
}

fn unread(name: &'static str, file: &str) -> Check {
    Check::warn(name, format!("{file} can't be read"), "mount /proc")
}

fn address_space(probe: &Probe) -> Check {
    let name = "address space";
    match probe.address_space.soft {
        Some(bytes) if bytes < ADDRESS_SPACE => Check::warn(
            name,
            format!(
                "{} MiB: a worker may not find room for its guest",
                bytes >> 20
            ),
            "ulimit -v unlimited, or a smaller --heap-cap",
        ),
        soft => Check::ok(
            name,
            soft.map_or(unlimited(), |bytes| format!("{} MiB", bytes >> 20)),
        ),
    }
}

fn open_files(probe: &Probe) -> Check {
    let name = "open files";
    let needed = SPARE_DESCRIPTORS + DESCRIPTORS_PER_WORKER * probe.cpus as u64;
    match probe.open_files {
        Limit {
            soft: Some(soft),
            hard,
        } if soft < needed => {
            let may_raise = hard.is_none_or(|hard| hard >= needed);
            let detail = format!("{soft}: {} workers need {needed}", probe.cpus);
            let mend = if may_raise {
                format!("ulimit -n {needed}")
            } else {
                format!("have the hard limit raised to {needed}, or use fewer --workers")
            };
            Check::missing(name, detail, mend)
        }
        Limit { soft, .. } => Check::ok(name, soft.map_or(unlimited(), |soft| soft.to_string())),
    }
}

fn processes(probe: &Probe) -> Check {
    let name = "processes";
    // Two threads of the parent and a process with a spare for each worker.
    let needed = 4 * probe.cpus as u64 + 16;
    match probe.processes.soft {
        Some(soft) if soft < needed => Check::missing(
            name,
            format!("{soft}: {} workers need {needed}", probe.cpus),
            format!("ulimit -u {needed}, or fewer --workers"),
        ),
        soft => Check::ok(name, soft.map_or(unlimited(), |soft| soft.to_string())),
    }
}

fn core_size(probe: &Probe) -> Check {
    let name = "core files";
    match probe.core_size.soft {
        Some(0) => Check::ok(name, "off".to_owned()),
        soft => Check::warn(
            name,
            soft.map_or(unlimited(), |bytes| format!("up to {bytes} bytes")),
            "ulimit -c 0: a worker that dies of a test writes one, which takes longer than the test",
        ),
    }
}

fn memory(probe: &Probe) -> Check {
    let (name, needed) = ("memory", WORKER_MEMORY * probe.cpus as u64);
    match probe.available_memory {
        Some(bytes) if bytes < needed => Check::warn(
            name,
            format!(
                "{} MiB available: {} workers like {}",
                bytes >> 20,
                probe.cpus,
                needed >> 20
            ),
            "use fewer --workers",
        ),
        Some(bytes) => Check::ok(name, format!("{} MiB available", bytes >> 20)),
        None => unread(name, "/proc/meminfo"),
    }
}

fn unlimited() -> String {
    "unlimited".to_owned()
}
