//! What /proc/self/status says of a process and no single call does: whether it
//! is traced, rights in every form, filters, groups, locked memory. One read of it costs as much as
//! some fifty calls, so it is for code that may have changed anything.
//!
//! Little of it can be set back; most is for the caller to report.

use crate::descriptors::raise;
use crate::error::SysError;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Room for the text; where a machine has very many processors it is cut off alike each time.
const TEXT: usize = 8192;
/// Lines that are compared, and what a difference in each is called.
const LINES: [(&str, &str); 18] = [
    // A tracer stops the process at every signal, those of later tests too.
    ("TracerPid", "tracer"),
    ("Uid", "user"),
    ("Gid", "group"),
    ("Groups", "supplementary groups"),
    ("VmLck", "locked memory"),
    ("untag_mask", "address masking"),
    ("CapInh", "capabilities"),
    ("CapPrm", "capabilities"),
    ("CapEff", "capabilities"),
    ("CapBnd", "capability bounding set"),
    ("CapAmb", "ambient capabilities"),
    ("NoNewPrivs", "no_new_privs"),
    ("Seccomp", "seccomp mode"),
    ("Seccomp_filters", "seccomp filters"),
    ("Speculation_Store_Bypass", "speculation control"),
    ("SpeculationIndirectBranch", "speculation control"),
    ("Mems_allowed", "memory nodes"),
    ("x86_Thread_features", "shadow stack"),
];

/// Those lines at one moment.
#[derive(Debug)]
pub struct Status {
    file: File,
    text: Box<[u8; TEXT]>,
    /// A sum of each line's value; `None` where the kernel has no such line.
    recorded: [Option<u64>; LINES.len()],
}

impl Status {
    /// Those of this process now.
    ///
    /// # Errors
    /// When /proc isn't mounted.
    pub fn read() -> Result<Self, SysError> {
        let file = File::open("/proc/self/status").map_err(failed)?;
        let mut status = Self {
            file: File::from(raise(file.into())?),
            text: Box::new([0; TEXT]),
            recorded: [None; LINES.len()],
        };
        status.recorded = status.look()?;
        Ok(status)
    }

    fn look(&mut self) -> Result<[Option<u64>; LINES.len()], SysError> {
        let length = self
            .file
            .read_at(self.text.as_mut_slice(), 0)
            .map_err(failed)?;
        Ok(sums(self.text.get(..length).unwrap_or_default()))
    }

    /// Unlocks memory, for good; `lost` is called with the name of
    /// each line that differs.
    ///
    /// # Errors
    /// When /proc can't be read any more.
    pub fn put_back(&mut self, mut lost: impl FnMut(&'static str)) -> Result<(), SysError> {
        // Whatever is locked shows in the text; that whatever is mapped from now
        // on will be locked shows nowhere.
        // SAFETY: takes nothing; the host locks no memory.
        unsafe { libc::munlockall() };
        let now = self.look()?;
        for ((now, recorded), (_, name)) in now.iter().zip(&self.recorded).zip(LINES) {
            if now != recorded {
                lost(name);
            }
        }
        Ok(())
    }
}

fn failed(source: std::io::Error) -> SysError {
    SysError {
        call: "read(/proc/self/status)",
        mend: "mount /proc",
        source,
    }
}

/// One for each of [`LINES`], which stand in the kernel's order.
fn sums(text: &[u8]) -> [Option<u64>; LINES.len()] {
    let mut lines = text.split(|byte| *byte == b'\n');
    LINES.map(|(wanted, _)| {
        let mut ahead = lines.clone();
        let value = ahead.find_map(|line| {
            let value = line.strip_prefix(wanted.as_bytes())?;
            value.strip_prefix(b":")
        })?;
        lines = ahead;
        Some(value.iter().fold(0xcbf2_9ce4_8422_2325u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_their_order_and_a_missing_one_hides_no_other() {
        let found = sums(
            b"Name:\tSeccomp:\nUid:\t1 2\nGid:\t3\nCapInh:\t0\nSeccomp:\t0\nSeccomp_filters:\t1\n",
        );
        let there: Vec<_> = LINES
            .iter()
            .zip(found)
            .filter(|(_, sum)| sum.is_some())
            .map(|((line, _), _)| *line)
            .collect();
        assert_eq!(
            there,
            ["Uid", "Gid", "CapInh", "Seccomp", "Seccomp_filters"]
        );
        let other = sums(b"Uid:\t1 3\nGid:\t3\n");
        assert_ne!(found[1], other[1]);
        assert_eq!(found[2], other[2]);
    }

    #[test]
    fn what_differs_is_named_and_locked_memory_is_unlocked() {
        let mut status = Status::read().unwrap();
        assert!(status.recorded[1].is_some() && status.recorded[4].is_some());
        let page = crate::memory::Mapping::anonymous(4096, crate::memory::Access::ReadWrite);
        let page = page.unwrap();
        // SAFETY: a mapping of ours.
        let locked = unsafe { libc::mlock(page.start().as_ptr().cast(), 4096) };
        assert_eq!(locked, 0);
        let mut lost = Vec::new();
        status.put_back(|name| lost.push(name)).unwrap();
        assert_eq!(lost, [""; 0]);
        let bounding = LINES.iter().position(|(line, _)| *line == "CapBnd");
        status.recorded[bounding.unwrap()] = None;
        status.put_back(|name| lost.push(name)).unwrap();
        assert_eq!(lost, ["capability bounding set"]);
    }
}
