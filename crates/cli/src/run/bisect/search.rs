//! The search: from a list that shows something to a part of it that still does
//! and of which nothing can be taken away.
//!
//! First by halving, which finds one case after the other:
//!
//! ```text
//! needed ∪ rest shows it, needed alone doesn't:
//!     the shortest beginning of rest that, with what is needed, shows it
//!     ─► its last case is needed, and of rest only what is before that
//! needed alone shows it: done
//! ```
//!
//! That takes about log₂ N tries for each of k cases. They are all that it takes
//! if more cases never undo what fewer show. To be sure of that in any case, what
//! was found goes through delta debugging (Zeller and Hildebrandt, "Simplifying
//! and isolating failure-inducing input", 2002):
//!
//! ```text
//!            ┌─► does one of the n parts show it alone? ── yes ──► go on with that, n = 2
//! list, n ───┤
//!            ├─► does the list without one part show it? ─ yes ──► go on with that, n − 1
//!            └─► neither: n = 2n, until each part is one case
//! ```
//!
//! The order within a list that is tried is never changed.

/// A list that is made smaller.
#[derive(Debug)]
pub(super) struct Search {
    /// Positions that still show it, ascending.
    set: Vec<u32>,
    /// Number of parts that the set is taken apart into.
    parts: usize,
    random: u64,
}

impl Search {
    /// A search among the positions below `count`, all of which together show it.
    /// `seed` decides where the search begins, and so which set is found where
    /// there are several.
    pub(super) fn new(count: u32, seed: u64) -> Self {
        Self {
            set: (0..count).collect(),
            parts: 2,
            random: seed,
        }
    }

    /// What is left: the answer when [`Search::run`] has come to its end, until
    /// then the best so far.
    pub(super) fn set(&self) -> &[u32] {
        &self.set
    }

    /// Searches to the end. That no position shows it must be known. `shows` tries a part, and gives an error to stop at once.
    ///
    /// # Errors
    /// That of `shows`.
    pub(super) fn run<E>(
        &mut self,
        shows: &mut dyn FnMut(&[u32]) -> Result<bool, E>,
    ) -> Result<(), E> {
        self.halve(shows)?;
        while self.set.len() > 1 {
            if let Some(smaller) = self.one_part(shows)? {
                self.set = smaller;
                self.parts = 2;
            } else if let Some(smaller) = self.all_but_one_part(shows)? {
                self.set = smaller;
                self.parts = (self.parts - 1).max(2);
            } else if self.parts < self.set.len() {
                self.parts = (self.parts * 2).min(self.set.len());
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Finds the positions that are needed, one after the other.
    ///
    /// Invariant: `rest` and `needed` together, which `set` holds, show it.
    fn halve<E>(&mut self, shows: &mut dyn FnMut(&[u32]) -> Result<bool, E>) -> Result<(), E> {
        let mut rest = self.turned();
        let mut needed = Vec::new();
        loop {
            let shown = rest.is_empty() || (!needed.is_empty() && shows(&sorted(&needed, &[]))?);
            if shown {
                self.set = sorted(&needed, &[]);
                return Ok(());
            }
            // As many of the rest as don't show it, and as do.
            let (mut few, mut enough) = (0, rest.len());
            while enough - few > 1 {
                let middle = few.midpoint(enough);
                let part = sorted(&needed, rest.get(..middle).unwrap_or_default());
                if shows(&part)? {
                    self.set = part;
                    enough = middle;
                } else {
                    few = middle;
                }
            }
            rest.truncate(enough);
            needed.extend(rest.pop());
        }
    }

    /// All positions, from one that is drawn and round to those before it.
    fn turned(&mut self) -> Vec<u32> {
        let mut all = self.set.clone();
        let count = all.len().max(1) as u64;
        // Less than `count`, so it fits.
        let first = usize::try_from(self.draw() % count).unwrap_or(0);
        all.rotate_left(first);
        if self.draw() % 2 == 1 {
            all.reverse();
        }
        all
    }

    fn one_part<E>(
        &mut self,
        shows: &mut dyn FnMut(&[u32]) -> Result<bool, E>,
    ) -> Result<Option<Vec<u32>>, E> {
        for number in self.order() {
            let part = self.bounds(number);
            let part = self.set.get(part).unwrap_or_default();
            if shows(part)? {
                return Ok(Some(part.to_vec()));
            }
        }
        Ok(None)
    }

    fn all_but_one_part<E>(
        &mut self,
        shows: &mut dyn FnMut(&[u32]) -> Result<bool, E>,
    ) -> Result<Option<Vec<u32>>, E> {
        if self.parts == 2 {
            // What one part leaves is the other.
            return Ok(None);
        }
        for number in self.order() {
            let mut rest = self.set.clone();
            rest.drain(self.bounds(number));
            if shows(&rest)? {
                return Ok(Some(rest));
            }
        }
        Ok(None)
    }

    /// Where a part lies in the set; never empty, for there are no more parts than positions.
    fn bounds(&self, number: usize) -> std::ops::Range<usize> {
        let (len, parts) = (self.set.len(), self.parts.min(self.set.len()));
        number * len / parts..(number + 1) * len / parts
    }

    /// The parts' numbers, shuffled.
    fn order(&mut self) -> Vec<usize> {
        self.parts = self.parts.min(self.set.len());
        let mut order: Vec<_> = (0..self.parts).collect();
        for last in (1..order.len()).rev() {
            let below = last as u64 + 1;
            // Less than `below`, so it fits.
            let other = usize::try_from(self.draw() % below).unwrap_or(0);
            order.swap(last, other);
        }
        order
    }

    /// The next number of SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.random;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

/// Both together, ascending.
fn sorted(some: &[u32], others: &[u32]) -> Vec<u32> {
    let mut all = [some, others].concat();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    /// What is found, and how many tries it took.
    fn found(count: u32, seed: u64, shows: impl Fn(&[u32]) -> bool) -> (Vec<u32>, u32) {
        let (mut search, mut tries) = (Search::new(count, seed), 0);
        let run = search.run(&mut |set| {
            tries += 1;
            Ok::<_, Infallible>(shows(set))
        });
        run.expect("never an error");
        (search.set, tries)
    }

    #[test]
    fn one_of_many_is_found_in_few_tries() {
        for culprit in [0, 1, 4999, 5000, 9999] {
            let (set, tries) = found(10_000, 7, |set| set.contains(&culprit));
            assert_eq!(set, [culprit]);
            assert!(tries <= 15, "{tries}");
        }
    }

    #[test]
    fn each_further_one_costs_about_as_much() {
        let needed = [7, 4000, 9000];
        let (set, tries) = found(10_000, 7, |set| needed.iter().all(|it| set.contains(it)));
        assert_eq!(set, needed);
        assert!(tries <= 3 * 15 + 6, "{tries}");
    }

    #[test]
    fn single_position_needs_no_try() {
        assert_eq!(found(1, 0, |_| unreachable!()), (vec![0], 0));
    }

    #[test]
    fn error_stops_at_once_and_leaves_the_best_so_far() {
        let (mut search, mut tries) = (Search::new(64, 0), 0);
        let stopped = search.run(&mut |set| {
            tries += 1;
            if tries > 3 {
                Err(())
            } else {
                Ok(set.contains(&5))
            }
        });
        assert_eq!((stopped, tries), (Err(()), 4));
        assert!(search.set().contains(&5) && search.set().len() < 64);
    }

    proptest! {
        #[test]
        fn exactly_the_needed_are_found_whatever_the_seed(
            count in 1..120_u32,
            needed in proptest::collection::btree_set(0..120_u32, 1..5),
            seed: u64,
        ) {
            let needed: BTreeSet<u32> = needed.into_iter().map(|it| it % count).collect();
            let (set, _) = found(count, seed, |set| needed.iter().all(|it| set.contains(it)));
            prop_assert_eq!(set, needed.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn nothing_can_be_taken_from_what_is_found(
            count in 2..40_u32,
            words in proptest::collection::vec(any::<u64>(), 1..4),
            seed: u64,
        ) {
            // Shows it if the set covers one of several masks; all of it does.
            let all = (1_u64 << count) - 1;
            let mask = |set: &[u32]| set.iter().fold(0_u64, |sum, at| sum | 1 << at);
            let words: Vec<u64> = words.iter().map(|it| (it & all).max(1)).collect();
            let shows = |set: &[u32]| words.iter().any(|it| mask(set) & it == *it);
            let (set, _) = found(count, seed, shows);
            prop_assert!(shows(&set) && set.is_sorted());
            for at in 0..set.len() {
                let mut less = set.clone();
                less.remove(at);
                prop_assert!(!shows(&less), "{:?} without {}", set, at);
            }
        }

        #[test]
        fn what_is_found_shows_it_even_where_more_cases_can_undo_it(
            count in 2..24_u32,
            salt: u64,
            seed: u64,
        ) {
            let all = (1_u64 << count) - 1;
            let mask = |set: &[u32]| set.iter().fold(0_u64, |sum, at| sum | 1 << at);
            let odd = |word: u64| (word ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1;
            let shows = |set: &[u32]| mask(set) == all || (!set.is_empty() && odd(mask(set)));
            let (set, _) = found(count, seed, shows);
            prop_assert!(shows(&set) && set.is_sorted() && !set.is_empty());
            for at in (0..set.len()).filter(|_| set.len() > 1) {
                let mut less = set.clone();
                less.remove(at);
                prop_assert!(!shows(&less), "{:?} without {}", set, at);
            }
        }

        #[test]
        fn same_seed_tries_the_same(seed: u64) {
            let tried = || {
                let mut all = Vec::new();
                let mut search = Search::new(30, seed);
                let run = search.run(&mut |set| {
                    all.push(set.to_vec());
                    Ok::<_, Infallible>(set.contains(&3) && set.contains(&20))
                });
                run.expect("never an error");
                all
            };
            prop_assert_eq!(tried(), tried());
        }
    }
}
