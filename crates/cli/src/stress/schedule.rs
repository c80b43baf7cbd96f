//! Which fault comes when: drawn at random, by a seed, so that an order can be had again.

use super::kind::Selection;

/// With `all`, so many of each kind that ends the worker for every 1,000 faults, …
const PROCESS_SHARE: usize = 1000;
/// … and at most so many: some take seconds each.
const PROCESS_MOST: usize = 8;

/// SplitMix64: small, fast, and the same everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which isn't 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        // The bias is below 2^-32 for the small limits here.
        self.next() % limit
    }
}

/// `count` indices into the kinds of `selection`, shuffled. Each kind comes at
/// least once if there is room for that, then as often as its weight says.
pub(super) fn draw(selection: &Selection, count: usize, seed: u64) -> Vec<u16> {
    let kinds = &selection.kinds;
    let mut random = Random(seed);
    let mut drawn: Vec<u16> = (0..).take(kinds.len()).collect();
    let weights: Vec<u64> = kinds
        .iter()
        .map(|kind| {
            if selection.bounded && kind.process {
                0
            } else {
                u64::from(kind.weight)
            }
        })
        .collect();
    if selection.bounded {
        let share = (count / PROCESS_SHARE).min(PROCESS_MOST - 1);
        let process = (0..).zip(kinds).filter(|(_, kind)| kind.process);
        drawn.extend(process.flat_map(|(index, _)| std::iter::repeat_n(index, share)));
    }
    let total: u64 = weights.iter().sum();
    while drawn.len() < count && total > 0 {
        drawn.push(pick(&weights, random.below(total)));
    }
    shuffle(&mut drawn, &mut random);
    drawn.truncate(count);
    drawn
}

/// The index whose share of the weights `point` falls in.
fn pick(weights: &[u64], mut point: u64) -> u16 {
    let mut index = 0;
    for weight in weights {
        if point < *weight {
            break;
        }
        point -= weight;
        index += 1;
    }
    index
}

fn shuffle(all: &mut [u16], random: &mut Random) {
    for last in (1..all.len()).rev() {
        let other = random.below(last as u64 + 1);
        all.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::kind::KINDS;

    fn selection(text: &str) -> Selection {
        text.parse().expect("a selection")
    }

    fn counts(drawn: &[u16], kinds: usize) -> Vec<usize> {
        let mut counts = vec![0; kinds];
        for index in drawn {
            counts[usize::from(*index)] += 1;
        }
        counts
    }

    #[test]
    fn same_seed_gives_the_same_order_and_another_seed_another() {
        let all = selection("all");
        assert_eq!(draw(&all, 500, 7), draw(&all, 500, 7));
        assert_ne!(draw(&all, 500, 7), draw(&all, 500, 8));
    }

    #[test]
    fn every_kind_comes_where_there_is_room() {
        let all = selection("all");
        for count in [KINDS.len(), 300, 20_000] {
            let drawn = draw(&all, count, 1);
            assert_eq!(drawn.len(), count);
            assert!(counts(&drawn, KINDS.len()).iter().all(|times| *times > 0));
        }
        assert_eq!(draw(&all, 3, 1).len(), 3);
    }

    #[test]
    fn all_has_few_of_the_kinds_that_end_the_worker() {
        let drawn = draw(&selection("all"), 100_000, 1);
        for (kind, times) in KINDS.iter().zip(counts(&drawn, KINDS.len())) {
            assert_eq!(
                times == PROCESS_MOST,
                kind.process,
                "{} came {times} times",
                kind.name
            );
        }
        let one = draw(&selection("kill-self"), 100, 1);
        assert_eq!(one, [0; 100]);
    }
}
