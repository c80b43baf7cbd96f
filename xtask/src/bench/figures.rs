//! All rounds, and the medians and ratios that come of them.

use super::contender::Contender;
use super::measure::{self, Took};
use crate::error::Result;
use std::io::Write;

/// Resampled sets of rounds for an interval.
const RESAMPLES: usize = 4000;
/// Fixed, so that equal figures give equal intervals.
const SEED: u64 = 0x5eed_0123_4567_89ab;

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    /// What was run, for people.
    pub what: String,
    /// Tests in the list.
    pub tests: usize,
    /// For each contender; the first is what the others are held against.
    pub rows: Vec<Row>,
}

/// One contender's figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Its name.
    pub name: String,
    /// Tests that it executed.
    pub executed: u64,
    /// These are a sample, so that ratios are of the times for each test.
    pub sampled: bool,
    /// Seconds in which the engine worked on tests, of all workers together, where it tells.
    pub engine: Option<f64>,
    /// One for each round.
    pub rounds: Vec<Took>,
}

/// A ratio with the interval that holds it in 95 % of the resampled sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// Of the medians.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Figures {
    /// Runs one round to warm up and to count, then `rounds` timed ones.
    pub(crate) fn gather(
        contenders: &[Contender],
        rounds: usize,
        what: &str,
        tests: usize,
        out: &mut dyn Write,
    ) -> Result<Self> {
        let mut rows = Vec::new();
        for contender in contenders {
            let told = measure::told(contender)?;
            rows.push(Row {
                name: contender.name.clone(),
                executed: told.executed,
                sampled: contender.sampled,
                engine: told.engine,
                rounds: Vec::new(),
            });
        }
        for round in 0..rounds {
            for (index, _) in contenders.iter().enumerate() {
                let turn = (index + round) % contenders.len();
                if let (Some(contender), Some(row)) = (contenders.get(turn), rows.get_mut(turn)) {
                    row.rounds.push(measure::timed(contender)?);
                }
            }
            writeln!(out, "round {} of {rounds}: {}", round + 1, latest(&rows))?;
        }
        Ok(Self {
            what: what.to_owned(),
            tests,
            rows,
        })
    }
}

fn latest(rows: &[Row]) -> String {
    let last = |row: &Row| row.rounds.last().map_or(0.0, |took| took.wall);
    rows.iter()
        .map(|row| format!("{} {:.3} s", row.name, last(row)))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Row {
    /// Median of wall-clock µs for each test that it executed.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of tests are far below 2^53"
    )]
    pub(crate) fn micros(&self) -> f64 {
        self.median(|took| took.wall) * 1e6 / self.executed.max(1) as f64
    }

    /// Median of one figure over all rounds.
    pub(crate) fn median(&self, of: fn(&Took) -> f64) -> f64 {
        median(self.rounds.iter().map(of).collect())
    }

    /// How many times `base`'s figure this one is, round against round.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of tests are far below 2^53"
    )]
    pub(crate) fn ratio(&self, base: &Self, of: fn(&Took) -> f64) -> Ratio {
        let scale = match self.sampled {
            true => base.executed as f64 / self.executed.max(1) as f64,
            false => 1.0,
        };
        let pairs: Vec<(f64, f64)> = self
            .rounds
            .iter()
            .map(|took| of(took) * scale)
            .zip(base.rounds.iter().map(of))
            .collect();
        ratio(&pairs)
    }
}

/// Bootstrap over rounds: both figures of a round are drawn together.
fn ratio(pairs: &[(f64, f64)]) -> Ratio {
    let of = |drawn: &[(f64, f64)]| {
        let (ours, base): (Vec<f64>, Vec<f64>) = drawn.iter().copied().unzip();
        median(ours) / median(base)
    };
    let mut random = SEED;
    let mut drawn = Vec::with_capacity(pairs.len());
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            drawn.clear();
            drawn.extend(
                (0..pairs.len()).filter_map(|_| pairs.get(below(&mut random, pairs.len()))),
            );
            of(&drawn)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = |per_mille: usize| {
        let index = (values.len() * per_mille / 1000).min(values.len().saturating_sub(1));
        values.get(index).copied().unwrap_or(f64::NAN)
    };
    Ratio {
        value: of(pairs),
        low: at(25),
        high: at(975),
    }
}

/// A number below `bound` (at least 1), from splitmix64 (Steele, Lea, Flood 2014).
fn below(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    usize::try_from(bits % (bound.max(1) as u64)).unwrap_or(0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Figures {
        let row = |name: &str, executed, walls: [f64; 3]| Row {
            name: name.into(),
            executed,
            sampled: name == "qjs for each",
            engine: (name == "rewind 1").then_some(0.4),
            rounds: walls
                .map(|wall| Took {
                    wall,
                    cpu: wall / 2.0,
                })
                .into(),
        };
        Figures {
            what: "test/language".into(),
            tests: 1000,
            rows: vec![
                row("rewind 1", 990, [0.5, 0.4, 0.6]),
                row("run-test262 1", 985, [5.0, 4.4, 5.4]),
                row("qjs for each", 99, [1.0, 0.9, 1.2]),
            ],
        }
    }

    #[test]
    fn median_of_odd_and_even_counts() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn ratio_holds_medians_against_each_other_within_its_interval() {
        let figures = sample();
        let ratio = figures.rows[1].ratio(&figures.rows[0], |took| took.wall);
        assert_eq!(ratio.value, 10.0);
        assert!(
            ratio.low <= ratio.value && ratio.value <= ratio.high,
            "{ratio:?}"
        );
        assert!(
            ratio.low >= 4.4 / 0.6 && ratio.high <= 5.4 / 0.4,
            "{ratio:?}"
        );
        assert_eq!(
            ratio,
            figures.rows[1].ratio(&figures.rows[0], |took| took.wall)
        );
    }

    #[test]
    fn ratio_of_a_sample_is_by_test() {
        let figures = sample();
        let ratio = figures.rows[2].ratio(&figures.rows[0], |took| took.wall);
        assert_eq!(ratio.value, 20.0);
    }

    #[test]
    fn ratio_to_itself_is_one_without_width() {
        let figures = sample();
        let ratio = figures.rows[0].ratio(&figures.rows[0], |took| took.cpu);
        assert_eq!(
            ratio,
            Ratio {
                value: 1.0,
                low: 1.0,
                high: 1.0
            }
        );
    }

    #[test]
    fn below_reaches_every_number_and_none_beyond() {
        let mut state = 1;
        let mut seen = [false; 7];
        for _ in 0..200 {
            seen[below(&mut state, 7)] = true;
        }
        assert_eq!(seen, [true; 7]);
    }
}
