//! How much memory above the checkpoint a worker keeps for the cases to come.
//!
//! A page that a case wrote is written by the next one at no cost, while one that
//! was given back costs a fault, which is more than its contents. So what recent
//! cases used is kept; but not for the sake of a few, for a case that asks for
//! memory until there is none would leave its worker large for those that follow.
//! What fewer than [`RANK`] cases of a window used is given back after each of them.
//! Nor do cases count that used up the heap: they say nothing of what others need.
//!
//! ```text
//!   ├ 40 MiB, 9 cases of 12, 50 of 1 ┼─── 64 cases of 1 MiB ───┼─────
//!    after the 4th case of 12: 12 MiB are kept                 └ 8 MiB
//! ```

/// Cases in a window.
const WINDOW: u32 = 64;
/// So many cases must have used memory for it to be kept.
const RANK: usize = 4;
/// Memory that is kept whatever was used, in bytes.
pub(super) const KEEP_BYTES: usize = 8 << 20;
/// Memory beyond what is to be kept that makes giving it back worthwhile, in bytes.
pub(super) const SLACK: usize = 8 << 20;

/// Blocks that a case has freed keep their pages in it up to what is kept for such
/// cases at all, and at least so many bytes. A string that is built by appending
/// leaves four times its size in them.
const KEEP_FREE: usize = 16 << 20;
/// Of what may be kept, one part in so many may be such blocks.
const FREE_SHARE: usize = 8;

/// What recent cases used, and the most that may be kept for others like them.
#[derive(Debug)]
pub(super) struct Spare {
    most: usize,
    /// A case that used more has used up the heap.
    exhausting: usize,
    /// The highest uses in this window, the highest first.
    highest: [usize; RANK],
    /// The last of these in the window before.
    before: usize,
    /// Cases that are left of the window.
    left: u32,
}

impl Spare {
    /// Nothing was used yet; at most `most` bytes will be kept of a heap of `capacity`.
    pub(super) const fn up_to(most: usize, capacity: usize) -> Self {
        Self {
            most,
            exhausting: capacity / 8 * 7,
            highest: [0; RANK],
            before: 0,
            left: WINDOW,
        }
    }

    /// A case used `bytes` above its checkpoint; how many are to be kept.
    pub(super) fn case_used(&mut self, bytes: usize) -> usize {
        let mut lower = if bytes > self.exhausting { 0 } else { bytes };
        for place in &mut self.highest {
            if *place < lower {
                std::mem::swap(place, &mut lower);
            }
        }
        let [.., usual] = self.highest;
        let keep = usual.max(self.before).max(KEEP_BYTES).min(self.most);
        self.left -= 1;
        if self.left == 0 {
            *self = Self {
                before: usual,
                highest: [0; RANK],
                left: WINDOW,
                ..*self
            };
        }
        keep
    }

    /// Bytes of freed blocks that may keep their pages in a case, where `keep` bytes
    /// are kept for the next.
    pub(super) fn free_beside(&self, keep: usize) -> usize {
        keep.max(KEEP_FREE).min(self.most / FREE_SHARE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn of(most: usize) -> Spare {
        Spare::up_to(most, 1 << 30)
    }

    /// What is kept after the last of `cases` that used `bytes` each.
    fn after(spare: &mut Spare, cases: u32, bytes: usize) -> usize {
        let kept = (0..cases).map(|_| spare.case_used(bytes)).last();
        kept.expect("a case at least")
    }

    #[test]
    fn what_few_cases_used_is_given_back_after_each() {
        let mut spare = of(1 << 30);
        assert_eq!(after(&mut spare, 3, 400 * MIB), KEEP_BYTES);
        assert_eq!(after(&mut spare, 1, 40 * MIB), 40 * MIB);
        assert_eq!(after(&mut spare, 1, 30 * MIB), 40 * MIB);
        assert_eq!(after(&mut spare, 1, 400 * MIB), 400 * MIB);
    }

    #[test]
    fn what_several_cases_used_is_kept_for_a_window_and_no_longer() {
        let mut spare = of(1 << 30);
        assert_eq!(after(&mut spare, 4, 40 * MIB), 40 * MIB);
        assert_eq!(after(&mut spare, WINDOW - 4, MIB), 40 * MIB);
        assert_eq!(after(&mut spare, WINDOW, MIB), 40 * MIB);
        assert_eq!(after(&mut spare, 1, MIB), KEEP_BYTES);
    }

    #[test]
    fn cases_that_use_up_the_heap_do_not_count() {
        let mut spare = of(1 << 30);
        assert_eq!(after(&mut spare, 9, 1000 * MIB), KEEP_BYTES);
        assert_eq!(after(&mut spare, 4, 800 * MIB), 800 * MIB);
    }

    #[test]
    fn freed_blocks_are_kept_as_far_as_cases_use_memory() {
        let spare = of(512 * MIB);
        let free = [MIB, 40 * MIB, 400 * MIB].map(|keep| spare.free_beside(keep));
        assert_eq!(free, [16 * MIB, 40 * MIB, 64 * MIB]);
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let mut spare = of(64 * MIB);
        assert_eq!(after(&mut spare, 4, 65 * MIB), 64 * MIB);
        let mut little = of(MIB);
        assert_eq!(after(&mut little, 4, 2 * MIB), MIB);
    }
}
