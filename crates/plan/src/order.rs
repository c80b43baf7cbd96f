//! Weights, and the order that follows from them.

use crate::{Case, Order, Timings, UNKNOWN_WEIGHT_US};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Cases measured at this much or more are started first, in µs: one of them at
/// the very end would keep all workers but one waiting for it.
pub(crate) const SLOW_US: u32 = 10_000;

/// Gives every case a weight: what it took before, else what is usual in its
/// folder, else [`UNKNOWN_WEIGHT_US`].
pub(crate) fn weigh(cases: &mut [Case], timings: Option<&Timings>) {
    let Some(timings) = timings.filter(|timings| !timings.is_empty()) else {
        cases
            .iter_mut()
            .for_each(|case| case.weight_us = UNKNOWN_WEIGHT_US);
        return;
    };
    let mut reader = timings.reader();
    let known: Vec<Option<u32>> = cases
        .iter()
        .map(|case| reader.get(&case.path, case.variant))
        .collect();
    let medians = if known.contains(&None) {
        medians(cases, &known)
    } else {
        HashMap::new()
    };
    for (case, us) in cases.iter_mut().zip(known) {
        let usual = || medians.get(folder(&case.path)).copied();
        case.weight_us = us.or_else(usual).unwrap_or(UNKNOWN_WEIGHT_US);
    }
}

/// What is usual in each folder of which something is known.
fn medians(cases: &[Case], known: &[Option<u32>]) -> HashMap<String, u32> {
    let mut by_folder: HashMap<&str, Vec<u32>> = HashMap::new();
    for (case, us) in cases.iter().zip(known) {
        if let Some(us) = us {
            by_folder.entry(folder(&case.path)).or_default().push(*us);
        }
    }
    by_folder
        .into_iter()
        .filter_map(|(folder, mut times)| Some((folder.to_owned(), median(&mut times)?)))
        .collect()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn median(times: &mut [u32]) -> Option<u32> {
    let middle = times.len() / 2;
    (!times.is_empty()).then(|| *times.select_nth_unstable(middle).1)
}

/// Puts cases, which come sorted by path and variant, into `order`.
pub(crate) fn arrange(cases: &mut [Case], order: Order, timings: Option<&Timings>) {
    match order {
        Order::Path => {}
        Order::Layer => cases.sort_by_key(layer),
        Order::Random(seed) => shuffle(cases, seed),
        Order::SlowestFirst => slowest_first(cases, timings),
    }
}

/// The bare engine comes first.
fn layer(case: &Case) -> usize {
    case.preamble.map_or(0, |index| index as usize + 1)
}

fn slowest_first(cases: &mut [Case], timings: Option<&Timings>) {
    let layers = cases.iter().map(|case| layer(case) + 1).max();
    let mut groups = vec![0; layers.unwrap_or(0)];
    for case in cases.iter() {
        groups[layer(case)] += u64::from(case.weight_us);
    }
    cases.sort_by_cached_key(|case| {
        let slow = case.weight_us >= SLOW_US
            && timings.is_some_and(|timings| timings.get(&case.path, case.variant).is_some());
        if slow {
            (0, Reverse(u64::from(case.weight_us)), 0)
        } else {
            let group = layer(case);
            (1, Reverse(groups[group]), group)
        }
    });
}

/// Fisher and Yates, from the back.
fn shuffle(cases: &mut [Case], seed: u64) {
    let mut random = SplitMix(seed);
    for last in (1..cases.len()).rev() {
        // The remainder is at most `last`, which is a usize.
        let other = random.next() % (last as u64 + 1);
        cases.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere, so
/// that a seed in a report replays its order.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Asked, corpus, names, plan};
    use rewind_protocol::Variant;
    use std::sync::Arc;

    fn timings(times: &[(&str, u32)]) -> Timings {
        let mut timings = Timings::new("");
        for &(path, us) in times {
            timings.record(
                &Arc::from(format!("test/{path}")),
                Variant::named(&"raw"),
                us,
            );
            timings.record(
                &Arc::from(format!("test/{path}")),
                Variant::named(&"sloppy"),
                us,
            );
        }
        timings
    }

    #[test]
    fn weights_are_measured_or_the_folders_median_or_the_default() {
        let raw = "flags: [raw]";
        let (_folder, corpus) = corpus(&[
            ("a/1.js", raw),
            ("a/2.js", raw),
            ("a/3.js", raw),
            ("a/new.js", raw),
            ("b/new.js", raw),
        ]);
        let timings = timings(&[("a/1.js", 10), ("a/2.js", 500), ("a/3.js", 70)]);
        let options = Asked {
            order: Order::Path,
            timings: Some(&timings),
            ..Asked::default()
        };
        let weights: Vec<u32> = plan(&corpus, &options)
            .cases
            .iter()
            .map(|it| it.weight_us)
            .collect();
        assert_eq!(weights, [10, 500, 70, 70, UNKNOWN_WEIGHT_US]);
    }

    #[test]
    fn slowest_first_then_by_preamble_heaviest_group_first() {
        let (_folder, corpus) = corpus(&[
            ("1.js", "flags: [noStrict]"),
            ("2.js", "flags: [noStrict]\nincludes: [compareArray.js]"),
            ("3.js", "flags: [noStrict]"),
            ("4.js", "flags: [raw]"),
            ("5.js", "flags: [noStrict]\nincludes: [compareArray.js]"),
            ("6.js", "flags: [noStrict]"),
        ]);
        let timings = timings(&[
            ("1.js", 100),
            ("2.js", 900),
            ("3.js", 200),
            ("4.js", 20_000),
            ("5.js", 900),
            ("6.js", 30_000),
        ]);
        let run = |order| {
            let options = Asked {
                order,
                timings: Some(&timings),
                ..Asked::default()
            };
            names(&plan(&corpus, &options).cases)
                .join(" ")
                .replace(" sloppy", "")
                .replace(" raw", "")
        };
        // The group of 1, 3 and 6 weighs most because of 6, which has gone ahead.
        assert_eq!(run(Order::SlowestFirst), "6.js 4.js 1.js 3.js 2.js 5.js");
        assert_eq!(run(Order::Layer), "4.js 1.js 3.js 6.js 2.js 5.js");
        assert_eq!(run(Order::Path), "1.js 2.js 3.js 4.js 5.js 6.js");
    }

    #[test]
    fn without_timings_nothing_counts_as_slow() {
        let (_folder, corpus) = corpus(&[
            ("1.js", "includes: [compareArray.js]"),
            ("2.js", ""),
            ("3.js", "includes: [compareArray.js]"),
            ("4.js", ""),
            ("5.js", ""),
        ]);
        let plan = plan(&corpus, &Asked::default());
        let order: Vec<char> = plan
            .cases
            .iter()
            .filter_map(|it| it.path.chars().nth(5))
            .collect();
        assert_eq!(order, ['2', '2', '4', '4', '5', '5', '1', '1', '3', '3']);
    }

    #[test]
    fn random_order_is_a_permutation_that_depends_on_the_seed_alone() {
        let tests: Vec<String> = (0..50).map(|at| format!("{at}.js")).collect();
        let tests: Vec<(&str, &str)> = tests.iter().map(|path| (&**path, "flags: [raw]")).collect();
        let (_folder, corpus) = corpus(&tests);
        let run = |seed| {
            names(
                &plan(
                    &corpus,
                    &Asked {
                        order: Order::Random(seed),
                        ..Asked::default()
                    },
                )
                .cases,
            )
        };
        let one = run(1);
        assert_eq!(one, run(1));
        assert_ne!(one, run(2));
        let (mut sorted, mut all) = (one.clone(), names(&plan(&corpus, &Asked::default()).cases));
        assert_ne!(one, all);
        sorted.sort();
        all.sort();
        assert_eq!(sorted, all);
    }

    #[test]
    fn split_mix_gives_its_published_numbers() {
        let mut random = SplitMix(1_234_567);
        let first = [random.next(), random.next()];
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }
}
