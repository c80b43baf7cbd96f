//! Which cases were answered: no case is answered twice.

use crate::case::Seq;
use std::collections::BTreeMap;

/// A set of case numbers, kept as ranges: answers come nearly in order, so
/// there are seldom more than a few.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered {
    /// First number of each range → last; no two touch.
    ranges: BTreeMap<u64, u64>,
}

impl Answered {
    /// Adds a number that is at most [`Seq::MAX`]; `false` if it was there.
    pub(super) fn insert(&mut self, seq: Seq) -> bool {
        let number = seq.0;
        let before = self
            .ranges
            .range(..=number)
            .next_back()
            .map(|(&first, &last)| (first, last));
        if before.is_some_and(|(_, last)| last >= number) {
            return false;
        }
        let last = self.ranges.remove(&(number + 1)).unwrap_or(number);
        let first = before
            .filter(|&(_, last)| last + 1 == number)
            .map_or(number, |(first, _)| first);
        self.ranges.insert(first, last);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn insert_answers_as_a_plain_set_would(numbers in proptest::collection::vec(0..40_u64, 0..80)) {
            let (mut answered, mut plain) = (Answered::default(), HashSet::new());
            for number in numbers {
                prop_assert_eq!(answered.insert(Seq(number)), plain.insert(number));
                let ranges: Vec<_> = answered.ranges.iter().collect();
                prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 < *pair[1].0), "{ranges:?}");
            }
        }
    }

    #[test]
    fn answers_in_order_are_one_range() {
        let mut answered = Answered::default();
        assert!((100..10_000).all(|number| answered.insert(Seq(number))));
        assert!(answered.insert(Seq::MAX));
        assert!(!answered.insert(Seq::MAX));
        assert_eq!(answered.ranges.len(), 2);
    }
}
