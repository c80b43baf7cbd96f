//! Which process a number means: numbers are given out again.
//!
//! A process is told apart from all others of one machine by its number, when
//! it was started, the boot in which that was, and the namespace that the number
//! belongs to. What one of them says of the past is worth nothing in another.

use super::Pid;
use std::io;
use std::os::unix::fs::MetadataExt as _;

/// A process, as no other is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: Pid,
    /// When it was started, in ticks of the kernel since the boot.
    pub started: u64,
}

impl Identity {
    /// The process that has this number now; `None` if there is none, or /proc
    /// doesn't say.
    #[must_use]
    pub fn of(pid: Pid) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = started(&stat)?;
        Some(Self { pid, started })
    }

    /// It is known to be gone: nobody has its number, or somebody who was
    /// started at another time. What can't be told isn't known.
    #[must_use]
    pub fn is_gone(self) -> bool {
        let stat = match std::fs::read_to_string(format!("/proc/{}/stat", self.pid)) {
            Ok(stat) => stat,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return !super::exists(self.pid.0);
            }
            Err(_) => return false,
        };
        started(&stat).is_some_and(|started| started != self.started)
    }
}

/// Start of the process that /proc says `stat` of.
fn started(stat: &str) -> Option<u64> {
    // Its name is in parentheses, and may hold anything; the 20th behind it is meant.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// Where numbers and starts of processes have one meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Realm {
    /// The boot, as the kernel names it.
    pub boot: String,
    /// The namespace of process numbers.
    pub namespace: u64,
}

impl Realm {
    /// That of this process; `None` where /proc doesn't say.
    #[must_use]
    pub fn current() -> Option<Self> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let namespace = std::fs::metadata("/proc/self/ns/pid").ok()?.ino();
        let boot = boot.trim().to_owned();
        Some(Self { boot, namespace })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_of_a_process_is_found_behind_any_name() {
        let stat = "12 (a) b) (c) S 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4200 99 9";
        assert_eq!(started(stat), Some(4200));
        assert_eq!(started("12 (a) S 1"), None);
    }

    #[test]
    fn process_is_gone_when_its_number_is_nobodys_or_anothers() {
        let own = Identity::of(super::super::own()).unwrap();
        assert!(!own.is_gone());
        let before = Identity {
            started: own.started + 1,
            ..own
        };
        assert!(before.is_gone());
        let nobody = Identity {
            // More than any process has.
            pid: Pid(i32::MAX),
            ..own
        };
        assert!(nobody.is_gone());
        assert_eq!(Identity::of(nobody.pid), None);
    }

    #[test]
    fn realm_is_the_same_for_a_child() {
        let own = Realm::current().unwrap();
        let told = std::process::Command::new("stat")
            .args(["-L", "-c", "%i", "/proc/self/ns/pid"])
            .output()
            .unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.trim(), own.namespace.to_string());
        assert_eq!(own.boot.len(), 36);
    }
}
