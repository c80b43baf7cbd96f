//! How much memory a worker holds, as its parent sees it.
//!
//! A worker looks at its own memory between two cases. While a case runs it
//! can't: there its parent looks, and only if the case takes longer than a
//! look's interval, so that a quick case costs nothing.

use crate::recycling::Limits;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// A case that runs longer is looked at, so often.
pub(super) const LOOK: Duration = Duration::from_millis(50);
/// Cases after which memory counts as warm.
const WARM: u64 = 512;
/// Cases that growth must be seen over.
const SPAN: u64 = 512;
/// Bytes of /proc/PID/statm: seven numbers.
const TEXT: usize = 160;

/// A look at one worker's memory.
#[derive(Debug)]
pub(super) struct Memory {
    /// /proc/PID/statm of the worker, which isn't reaped while this is used;
    /// `None` without /proc.
    file: Option<File>,
    page: u64,
    /// Cases answered and bytes resident when it was warm.
    warm: Option<(u64, u64)>,
    looked: Instant,
}

impl Memory {
    /// Of the process with that number.
    pub(super) fn of(pid: i32, now: Instant) -> Self {
        Self {
            file: File::open(format!("/proc/{pid}/statm")).ok(),
            page: rewind_sys::PAGE_SIZE as u64,
            warm: None,
            looked: now,
        }
    }

    /// Resident bytes; `None` if they can't be known.
    pub(super) fn resident(&self) -> Option<u64> {
        let mut text = [0; TEXT];
        let length = self.file.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(text.get(..length)?).ok()?;
        let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(pages * self.page)
    }

    /// It gains more for each case than `limits` allow; asked as often as one
    /// likes. `answered` is how many cases it has answered.
    pub(super) fn grows(&mut self, limits: &Limits, answered: u64, now: Instant) -> bool {
        let Some(limit) = limits.growth else {
            return false;
        };
        if answered < WARM || now.saturating_duration_since(self.looked) < LOOK {
            return false;
        }
        self.looked = now;
        let Some(resident) = self.resident() else {
            return false;
        };
        let &mut (from, bytes) = self.warm.get_or_insert((answered, resident));
        let cases = answered - from;
        cases >= SPAN && resident.saturating_sub(bytes) / cases > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(growth: u64) -> Limits {
        Limits {
            growth: Some(growth),
            ..Limits::default()
        }
    }

    #[test]
    fn resident_memory_of_a_process_is_seen_and_that_of_none_is_not() {
        let own = i32::try_from(std::process::id()).unwrap();
        let now = Instant::now();
        assert!(Memory::of(own, now).resident().unwrap() > 1 << 20);
        assert_eq!(Memory::of(-1, now).resident(), None);
    }

    #[test]
    fn growth_counts_from_the_512th_case_and_by_case() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statm");
        let start = Instant::now();
        let mut memory = Memory::of(-1, start);
        let mut at = |pages: u64, answered: u64, ms: u64, limit: u64| {
            std::fs::write(&path, format!("9999 {pages} 1 1 0 1 0\n")).unwrap();
            memory.file = Some(File::open(&path).unwrap());
            memory.grows(&limits(limit), answered, start + Duration::from_millis(ms))
        };
        assert!(!at(1_000_000, 511, 1000, 1), "not warm");
        assert!(
            !at(1000, 600, 2000, 1),
            "the first look is what others are held against"
        );
        assert!(!at(9000, 1111, 3000, 1), "over too few cases");
        // 1,000 pages over 1,000 cases: 4,096 bytes for each.
        assert!(!at(2000, 1600, 4000, 4096));
        assert!(!at(2001, 1600, 4001, 1), "looked a moment ago");
        assert!(at(2000, 1600, 5000, 4095));
    }
}
