//! What a process is or has by what is written to files, most of them in /proc.

use crate::descriptors::raise;
use crate::error::SysError;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Files below /proc/self, and what a difference is called.
const FILES: [(&str, &str); 5] = [
    ("oom_score_adj", "oom score"),
    ("coredump_filter", "core dump filter"),
    ("autogroup", "autogroup"),
    ("loginuid", "login user"),
    (GROUPS, "control group"),
];
/// Tells which groups the process is in; another file moves it.
const GROUPS: &str = "cgroup";
/// Longest text of one; more is cut off alike each time.
const TEXT: usize = 512;

#[derive(Debug)]
struct Switch {
    name: &'static str,
    file: File,
    recorded: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Text([u8; TEXT], usize);

/// Those of a process at one moment, as far as it may write them.
#[derive(Debug)]
pub struct Switches(Vec<Switch>);

impl Switches {
    /// Those of this process.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn read() -> Result<Self, SysError> {
        let mut all = Vec::new();
        for (path, name) in FILES {
            let can_write = path != GROUPS;
            let path = format!("/proc/self/{path}");
            let Ok(file) = File::options().read(true).write(can_write).open(path) else {
                continue;
            };
            let file = File::from(raise(file.into())?);
            let recorded = text(&file);
            all.push(Switch {
                name,
                file,
                recorded,
            });
        }
        Ok(Self(all))
    }

    /// Writes back what differs; `lost` is called with the name of each that
    /// stays different.
    pub fn put_back(&self, mut lost: impl FnMut(&'static str)) {
        for switch in &self.0 {
            if text(&switch.file) != switch.recorded && !switch.set_back() {
                lost(switch.name);
            }
        }
    }
}

impl Switch {
    fn set_back(&self) -> bool {
        let Text(bytes, length) = self.recorded;
        let bytes = bytes.get(..length).unwrap_or_default();
        // The core dump filter is shown in base 16 and read in base 10 without this.
        let prefixed = [b"0x", bytes].concat();
        let bytes = if self.name == FILES[1].1 {
            &prefixed
        } else {
            bytes
        };
        self.file.write_at(bytes, 0).is_ok() && text(&self.file) == self.recorded
    }
}

fn text(file: &File) -> Text {
    let mut bytes = [0; TEXT];
    let length = file.read_at(&mut bytes, 0).unwrap_or(0);
    Text(bytes, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn put_back_writes_what_was_there() {
        let before = Switches::read().unwrap();
        assert!(before.0.iter().any(|switch| switch.name == "control group"));
        for (file, other) in [("oom_score_adj", "7"), ("coredump_filter", "0x1")] {
            std::fs::write(format!("/proc/self/{file}"), other).unwrap();
        }
        let changed = before
            .0
            .iter()
            .filter(|switch| text(&switch.file) != switch.recorded);
        assert_eq!(changed.count(), 2);
        let mut lost = Vec::new();
        before.put_back(|name| lost.push(name));
        assert_eq!(lost, [""; 0]);
        let still = before
            .0
            .iter()
            .any(|switch| text(&switch.file) != switch.recorded);
        assert!(!still);
    }
}
