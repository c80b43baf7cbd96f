//! One machine's share of the cases.
//!
//! A test goes to a shard by the hash of its path, so that adding or removing
//! tests, or measuring them anew, moves no other; tens of thousands of light
//! tests balance by themselves. Those known to be slow don't, so these few are
//! dealt out by weight, heaviest first, each to the shard that has least. All
//! variants of a test stay together.

use crate::{Case, PlanError};
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;
use twox_hash::XxHash3_64;

/// Tests that take at least this long in all their variants are dealt out by weight, in µs.
const HEAVY_US: u64 = 50_000;

/// More shards than any corpus needs.
const MAX_SHARDS: u32 = 10_000;

/// Share `k` of `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    k: u32,
    n: u32,
}

impl Shard {
    /// Share `k` of `n`, counted from 1; `None` unless 1 ≤ `k` ≤ `n` ≤ 10,000.
    #[must_use]
    pub const fn new(k: u32, n: u32) -> Option<Self> {
        if 1 <= k && k <= n && n <= MAX_SHARDS {
            Some(Self { k, n })
        } else {
            None
        }
    }

    /// Which share, counted from 1.
    #[must_use]
    pub const fn k(self) -> u32 {
        self.k
    }

    /// Of how many.
    #[must_use]
    pub const fn n(self) -> u32 {
        self.n
    }

    /// Whether a path belongs to this share, weights aside.
    pub(crate) fn holds(self, path: &str) -> bool {
        home(path, self.n) == self.k - 1
    }

    /// Keeps this share of `cases`, which are sorted by path; `known` says
    /// whether a case's weight was measured.
    pub(crate) fn keep(self, cases: &mut Vec<Case>, known: impl Fn(&Case) -> bool) {
        let mut loads = vec![0_u64; self.n as usize];
        let mut heavy = Vec::new();
        for (index, test) in cases.chunk_by(|a, b| a.path == b.path).enumerate() {
            let weight: u64 = test.iter().map(|case| u64::from(case.weight_us)).sum();
            let Some(first) = test.first() else { continue };
            if weight >= HEAVY_US && test.iter().any(&known) {
                heavy.push((Reverse(weight), index));
            } else if let Some(load) = loads.get_mut(home(&first.path, self.n) as usize) {
                *load += weight;
            }
        }
        heavy.sort_unstable();
        let mut dealt = std::collections::HashMap::with_capacity(heavy.len());
        for (Reverse(weight), index) in heavy {
            let lightest = loads.iter_mut().enumerate().min_by_key(|(_, load)| **load);
            if let Some((shard, load)) = lightest {
                *load += weight;
                dealt.insert(index, shard == self.k as usize - 1);
            }
        }
        let mut test = 0;
        let mut previous: Option<std::sync::Arc<str>> = None;
        cases.retain(|case| {
            if previous.as_ref().is_some_and(|path| *path != case.path) {
                test += 1;
            }
            previous = Some(std::sync::Arc::clone(&case.path));
            dealt
                .get(&test)
                .copied()
                .unwrap_or_else(|| self.holds(&case.path))
        });
    }
}

/// The share, counted from 0, that a path falls to.
fn home(path: &str, n: u32) -> u32 {
    let hash = XxHash3_64::oneshot(path.as_bytes());
    // The remainder of a division by a u32 is one.
    u32::try_from(hash % u64::from(n)).unwrap_or(0)
}

impl FromStr for Shard {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let number = |digits: &str| digits.trim().parse::<u32>().ok();
        text.split_once('/')
            .and_then(|(k, n)| Self::new(number(k)?, number(n)?))
            .ok_or_else(|| PlanError::Shard(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rewind_protocol::{Attributes, Variant};
    use std::sync::Arc;

    fn cases(weights: &[u32]) -> Vec<Case> {
        let case = |(at, &weight_us): (usize, &u32)| Case {
            path: Arc::from(format!("test/{at:05}.js")),
            variant: Variant::named(&"sloppy"),
            preamble: None,
            attributes: Attributes::NONE,
            deadline_ms: 1,
            weight_us,
            bytes: 0,
            test: 0,
            round: 0,
            expectation: None,
        };
        let both = |case: Case| {
            [
                case.clone(),
                Case {
                    variant: Variant::named(&"strict"),
                    ..case
                },
            ]
        };
        weights
            .iter()
            .enumerate()
            .map(case)
            .flat_map(both)
            .collect()
    }

    fn share(all: &[Case], k: u32, n: u32) -> Vec<Case> {
        let mut kept = all.to_vec();
        Shard::new(k, n).unwrap().keep(&mut kept, |_| true);
        kept
    }

    #[test]
    fn parse_accepts_k_of_n_alone() {
        assert_eq!("2/8".parse::<Shard>().unwrap().to_string(), "2/8");
        for wrong in [
            "",
            "2",
            "0/3",
            "4/3",
            "1/0",
            "1/2/3",
            "-1/2",
            "a/b",
            "1/4000000000",
        ] {
            let error = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("write it as K/N"), "{error}");
        }
    }

    #[test]
    fn heavy_tests_are_balanced() {
        let mut weights = vec![100; 400];
        weights.extend([400_000, 300_000, 200_000, 200_000, 100_000]);
        let all = cases(&weights);
        let load = |k| {
            share(&all, k, 2)
                .iter()
                .map(|case| u64::from(case.weight_us))
                .sum::<u64>()
        };
        // 2 × 1.2 s of heavy ones, which halve evenly, and 2 × 0.04 s of light ones.
        assert!(
            load(1).abs_diff(load(2)) < 100_000,
            "{} and {}",
            load(1),
            load(2)
        );
    }

    #[test]
    fn light_tests_stay_where_they_are_when_others_come_and_go() {
        let all = cases(&[100; 200]);
        let fewer: Vec<Case> = all.iter().skip(40).cloned().collect();
        let (before, after) = (share(&all, 1, 3), share(&fewer, 1, 3));
        assert!(after.iter().all(|case| before.contains(case)));
        assert!(
            before
                .iter()
                .filter(|case| fewer.contains(case))
                .all(|case| after.contains(case))
        );
    }

    proptest! {
        #[test]
        fn every_test_is_in_one_shard_with_all_its_variants(
            weights in prop::collection::vec(prop_oneof![1_u32..1000, 10_000_u32..1_000_000], 0..80),
            n in 1_u32..9,
        ) {
            let all = cases(&weights);
            let mut together: Vec<Case> = Vec::new();
            for k in 1..=n {
                let part = share(&all, k, n);
                prop_assert!(part.chunk_by(|a, b| a.path == b.path).all(|test| test.len() == 2));
                together.extend(part);
            }
            together.sort_by(|a, b| (&a.path, a.variant).cmp(&(&b.path, b.variant)));
            prop_assert_eq!(together, all);
        }
    }
}
