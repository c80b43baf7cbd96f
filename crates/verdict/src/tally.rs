//! How many cases got which verdict.

use crate::Verdict;
use serde::Serialize;

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All of them; the sum of the six that follow.
    pub cases: u64,
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Not run, for a reason.
    pub skip: u64,
    /// Ended by a native fault.
    pub crash: u64,
    /// Ended by their deadline.
    pub timeout: u64,
    /// Of unknown outcome.
    pub lost: u64,
    /// Not as expected, whatever the verdict.
    pub unexpected: u64,
}

impl Tally {
    /// Counts a case.
    pub const fn add(&mut self, verdict: Verdict, expected: bool) {
        let count = match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Skip => &mut self.skip,
            Verdict::Crash => &mut self.crash,
            Verdict::Timeout => &mut self.timeout,
            Verdict::Lost => &mut self.lost,
        };
        *count += 1;
        self.cases += 1;
        if !expected {
            self.unexpected += 1;
        }
    }

    /// Number of cases with that verdict.
    #[must_use]
    pub const fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Fail => self.fail,
            Verdict::Skip => self.skip,
            Verdict::Crash => self.crash,
            Verdict::Timeout => self.timeout,
            Verdict::Lost => self.lost,
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.pass += other.pass;
        self.fail += other.fail;
        self.skip += other.skip;
        self.crash += other.crash;
        self.timeout += other.timeout;
        self.lost += other.lost;
        self.unexpected += other.unexpected;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_counts_each_verdict_apart() {
        let mut tally = Tally::default();
        for (times, verdict) in (1..).zip(Verdict::ALL) {
            (0..times).for_each(|_| tally.add(verdict, verdict == Verdict::Pass));
        }
        assert_eq!(
            Verdict::ALL.map(|verdict| tally.of(verdict)),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!((tally.cases, tally.unexpected), (21, 20));
    }

    #[test]
    fn add_assign_sums_every_count() {
        let one = Tally {
            cases: 1,
            pass: 2,
            fail: 3,
            skip: 4,
            crash: 5,
            timeout: 6,
            lost: 7,
            unexpected: 8,
        };
        let mut sum = one;
        sum += one;
        let counts = Verdict::ALL.map(|verdict| sum.of(verdict));
        assert_eq!(
            (sum.cases, counts, sum.unexpected),
            (2, [4, 6, 8, 10, 12, 14], 16)
        );
    }
}
