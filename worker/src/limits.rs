//! What a case may use of the machine.
//!
//! ```text
//!   at the start, for good      file size, processes, open files
//!   around each case            address space, CPU time
//! ```
//!
//! The limits are the kernel's. Those of the second line are in force only while
//! the guest runs, for they are counted from what the worker has used already:
//! a limit that stayed would strike the worker itself one day. A limit that a
//! case lowered is put back with the rest of the process's state.
//!
//! A guest that reaches nothing but memory has no use for the second line: its
//! memory is the heap, which has a cap, and its time ends with the deadline.

use crate::WorkerError;
use rewind_protocol::GroupName;
use rewind_sys::probe;
use rewind_sys::process::limits::{Bounds, Resource, UNLIMITED};
use rewind_sys::process::{self, Identity, Realm, own_cpu};
use rewind_sys::{SysError, descriptors};
use std::ffi::OsString;

/// Bytes that the worker itself may map while a case runs, or between two
/// looks at what it has.
const SLACK: u64 = 64 << 20;
/// Processes of a worker itself: in a sandbox there are two more around it, and
/// with a fork for each case one may be on its way out.
const OWN_PROCESSES: u64 = 4;
/// Cases after which the worker looks at what it has mapped.
const LOOK_EVERY: u64 = 64;

/// The most that each case may use; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseLimits {
    /// Bytes mapped besides the guest's heap (`--memory-limit MIB`).
    pub memory: Option<u64>,
    /// Seconds of CPU time of all its threads (`--cpu-limit SECS`).
    pub cpu_s: Option<u64>,
    /// Bytes of each file that it writes (`--file-size-limit MIB`).
    pub file_size: Option<u64>,
    /// Processes and threads beside the worker's own (`--process-limit N`).
    pub processes: Option<u64>,
    /// That was asked for by name, so that a root without a way to be held to it is an error.
    pub strict_processes: bool,
    /// Descriptors with those that every process has (`--open-files-limit N`).
    pub open_files: Option<u64>,
}

impl Default for CaseLimits {
    fn default() -> Self {
        Self {
            memory: Some(1 << 30),
            cpu_s: Some(120),
            file_size: Some(256 << 20),
            processes: Some(512),
            strict_processes: false,
            open_files: None,
        }
    }
}

impl CaseLimits {
    /// Takes one argument, and its value from `rest`; `false` if it is none of these.
    ///
    /// # Errors
    /// For a value that makes no sense.
    pub(crate) fn take(
        &mut self,
        argument: &OsString,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<bool, WorkerError> {
        let (place, unit) = match argument.to_str() {
            Some("--memory-limit") => (&mut self.memory, 1 << 20),
            Some("--cpu-limit") => (&mut self.cpu_s, 1),
            Some("--file-size-limit") => (&mut self.file_size, 1 << 20),
            Some("--process-limit") => {
                self.strict_processes = true;
                (&mut self.processes, 1)
            }
            Some("--open-files-limit") => (&mut self.open_files, 1),
            _ => return Ok(false),
        };
        let value = rest.next().unwrap_or_default();
        *place = match value.to_str() {
            Some("none") => None,
            text => {
                let number: Option<u64> = text.and_then(|text| text.parse().ok());
                let number = number.and_then(|number| number.checked_mul(unit));
                let refuse = || {
                    let (name, value) = (argument.to_string_lossy(), value.to_string_lossy());
                    WorkerError::Argument(format!("{name} {value} (a number, or `none`)"))
                };
                Some(number.ok_or_else(refuse)?)
            }
        };
        Ok(true)
    }
}

impl CaseLimits {
    /// Goes into a group that counts processes, if this process is root's, whom
    /// the kernel holds to no other limit of them. To be called before all else:
    /// in a sandbox there is no way to such a group.
    ///
    /// # Errors
    /// Where there is none to be had. Who asked for the limit must know.
    pub(crate) fn enter_group(&self) -> Result<(), SysError> {
        let Some(count) = self.processes.filter(|_| self.strict_processes) else {
            return Ok(());
        };
        if process::user() != 0 {
            return Ok(());
        }
        let parent = process::parent();
        let known = Identity::of(parent).zip(Realm::current());
        let (parent, realm) = known.ok_or_else(|| SysError {
            call: "open(/proc)",
            mend: "mount /proc, which names the group by who started this process",
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        let name = GroupName {
            parent: parent.pid.0,
            parent_started: parent.started,
            worker: process::own().0,
            namespace: realm.namespace,
        };
        process::group::enter(&name.to_string(), count.saturating_add(OWN_PROCESSES))
    }
}

/// The limits in force.
pub(crate) struct Limits {
    limits: CaseLimits,
    /// What holds between cases.
    resting: [Bounds; 2],
    /// Bytes that the worker had mapped when it last looked.
    mapped: u64,
    /// Cases and layers at that time.
    looked: (u64, u64),
}

/// The resources whose limits are counted from what was used already.
const COUNTED: [Resource; 2] = [Resource::AddressSpace, Resource::CpuTime];

impl Limits {
    /// Puts the limits that stay into force.
    ///
    /// # Errors
    /// When the kernel refuses one.
    pub(crate) fn install(limits: CaseLimits) -> Result<Self, SysError> {
        if let Some(count) = limits.open_files {
            descriptors::set_guest_limit(count);
        }
        descriptors::limit_guest()?;
        if let Some(bytes) = limits.file_size {
            Resource::FileSize.lower_to(bytes)?;
        }
        if let Some(count) = limits.processes {
            let others = probe::own_users_threads().unwrap_or(0);
            Resource::Processes.lower_to(others.saturating_add(count))?;
        }
        Ok(Self {
            limits,
            resting: [COUNTED[0].bounds()?, COUNTED[1].bounds()?],
            mapped: 0,
            looked: (0, u64::MAX),
        })
    }

    /// A case is about to run, with as many cases and layers behind it.
    pub(crate) fn before(&mut self, cases: u64, layers: u64) -> Result<(), SysError> {
        let [space, time] = self.resting;
        if let Some(memory) = self.limits.memory {
            if self.looked.1 != layers || cases - self.looked.0 >= LOOK_EVERY {
                self.mapped = probe::mapped_bytes().unwrap_or(UNLIMITED);
                self.looked = (cases, layers);
            }
            let most = self.mapped.saturating_add(memory).saturating_add(SLACK);
            COUNTED[0].set(space.with_soft(most))?;
        }
        if let Some(seconds) = self.limits.cpu_s {
            // Rounded up: the kernel counts whole seconds.
            let used = own_cpu().as_secs() + 1;
            COUNTED[1].set(time.with_soft(used.saturating_add(seconds)))?;
        }
        Ok(())
    }

    /// The case has ended: the worker is on its own again. A limit that the case
    /// made impossible to put back is found with the rest of its traces.
    pub(crate) fn after(&self) {
        for (resource, resting) in COUNTED.into_iter().zip(self.resting) {
            let _ = resource.set(resting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(words: &[&str]) -> Result<CaseLimits, WorkerError> {
        let mut limits = CaseLimits::default();
        let mut words = words.iter().map(OsString::from);
        while let Some(word) = words.next() {
            assert!(limits.take(&word, &mut words)?, "{word:?}");
        }
        Ok(limits)
    }

    #[test]
    fn limits_are_read_in_their_units() {
        let limits = taken(&[
            "--memory-limit",
            "3",
            "--cpu-limit",
            "4",
            "--file-size-limit",
            "5",
            "--process-limit",
            "none",
            "--open-files-limit",
            "64",
        ])
        .unwrap();
        let expected = CaseLimits {
            memory: Some(3 << 20),
            cpu_s: Some(4),
            file_size: Some(5 << 20),
            processes: None,
            strict_processes: true,
            open_files: Some(64),
        };
        assert_eq!(limits, expected);
    }

    #[test]
    fn limit_that_is_no_number_is_refused_by_name() {
        for value in ["", "-1", "1.5", "many", "18446744073709551615"] {
            let error = taken(&["--memory-limit", value]).unwrap_err().to_string();
            assert!(error.contains("--memory-limit"), "{error}");
        }
        let mut none = std::iter::empty();
        let word = OsString::from("--what");
        assert!(!CaseLimits::default().take(&word, &mut none).unwrap());
    }
}
