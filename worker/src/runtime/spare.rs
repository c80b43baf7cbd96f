//! How much memory above the checkpoint a worker keeps for the cases to come.
//!
//! A page that a case wrote is written by the next one at no cost, while one that
//! was given back costs a fault, which is more than its contents. So what recent
//! cases used is kept. Every 64 cases, what none of these used is given back.
//!
//! ```text
//!   ├─── peak 40 MiB ───┼─── peak 12 MiB ───┼─── peak 1 MiB ────┤
//!             40 MiB are kept ─┘   12 MiB are kept ─┘   8 MiB ──┘
//! ```

/// Cases in a window.
const WINDOW: u32 = 64;
/// Memory that is kept whatever was used, in bytes.
pub(super) const KEEP_BYTES: usize = 8 << 20;
/// Memory beyond what is to be kept that makes giving it back worthwhile, in bytes.
pub(super) const SLACK: usize = 8 << 20;

/// Of what may be kept, one part in so many may be blocks that a case has freed: a
/// string that is built by appending leaves four times its size in such.
pub(super) const FREE_SHARE: usize = 8;

/// What recent cases used, and the most that may be kept for others like them.
#[derive(Debug)]
pub(super) struct Spare {
    most: usize,
    /// Highest use in this window.
    used: usize,
    /// Cases that are left of it.
    left: u32,
}

impl Spare {
    /// Nothing was used yet; at most `most` bytes will be kept.
    pub(super) const fn up_to(most: usize) -> Self {
        Self {
            most,
            used: 0,
            left: WINDOW,
        }
    }

    /// A case used `bytes` above its checkpoint; how many are to be kept, where
    /// that may be fewer than until now.
    pub(super) fn case_used(&mut self, bytes: usize) -> Option<usize> {
        self.used = self.used.max(bytes);
        self.left -= 1;
        if self.left > 0 {
            return (bytes > self.most).then_some(self.most);
        }
        self.left = WINDOW;
        let used = std::mem::take(&mut self.used);
        Some(used.clamp(KEEP_BYTES.min(self.most), self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn window(spare: &mut Spare, first: usize) -> usize {
        let mut kept = spare.case_used(first);
        for _ in 1..WINDOW {
            assert_eq!(kept, None);
            kept = spare.case_used(MIB);
        }
        kept.expect("the window ends")
    }

    #[test]
    fn what_no_case_of_a_window_used_is_given_back() {
        let mut spare = Spare::up_to(1 << 30);
        assert_eq!(window(&mut spare, 40 * MIB), 40 * MIB);
        assert_eq!(window(&mut spare, 12 * MIB), 12 * MIB);
        assert_eq!(window(&mut spare, MIB), KEEP_BYTES);
    }

    #[test]
    fn what_is_more_than_may_be_kept_is_given_back_at_once() {
        let mut spare = Spare::up_to(64 * MIB);
        assert_eq!(spare.case_used(65 * MIB), Some(64 * MIB));
        assert_eq!(spare.case_used(64 * MIB), None);
        let mut little = Spare::up_to(MIB);
        assert_eq!(little.case_used(2 * MIB), Some(MIB));
    }
}
