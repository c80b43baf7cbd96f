//! Spoils what a worker says, on purpose, so that `rewind stress` can show what
//! the parent makes of it. Never in use otherwise.
//!
//! What is written at once is now and then cut off somewhere, or written twice.
//! Both happen to a parent whose worker's memory is damaged; neither may cost
//! an answer, for the ledger has them all.

/// Spoils one write in so many, where that was asked for.
pub(crate) struct FrameFaults {
    every: Option<u64>,
    /// State of a SplitMix64.
    state: u64,
    /// The greeting's answer is left alone: without it there is no worker.
    greeted: bool,
}

impl FrameFaults {
    /// Drawn by `seed`, which differs from worker to worker.
    pub(super) const fn new(every: Option<u64>, seed: u64) -> Self {
        Self {
            every,
            state: seed,
            greeted: false,
        }
    }

    /// Writes are spoilt.
    pub(crate) const fn is_on(&self) -> bool {
        self.every.is_some()
    }

    const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Spoils what is about to be written, or leaves it as it is.
    pub(crate) fn spoil(&mut self, bytes: &mut Vec<u8>) {
        let Some(every) = self.every else {
            return;
        };
        if !self.greeted {
            self.greeted = true;
            return;
        }
        if !self.draw().is_multiple_of(every.max(1)) {
            return;
        }
        let length = bytes.len();
        if self.draw().is_multiple_of(2) {
            bytes.extend_from_within(..);
        } else {
            let kept = self.draw() % (length as u64).max(1);
            bytes.truncate(usize::try_from(kept).unwrap_or(length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_behind_the_first_are_cut_or_doubled() {
        let mut faults = FrameFaults::new(Some(1), 7);
        let mut lengths = Vec::new();
        for _ in 0..100 {
            let mut bytes = vec![1; 10];
            faults.spoil(&mut bytes);
            lengths.push(bytes.len());
        }
        assert_eq!(lengths[0], 10);
        assert!(
            lengths[1..]
                .iter()
                .all(|length| *length < 10 || *length == 20)
        );
        assert!(lengths.contains(&20) && lengths[1..].iter().any(|length| *length < 10));
    }
}
