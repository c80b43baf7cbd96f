//! Figures by checkpoint layer: the preamble that cases run on.

use rewind_plan::{Plan, PreambleSpec};
use rewind_protocol::Phases;
use serde::Serialize;

/// What the cases of one layer came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct LayerFigures {
    /// The sources, from the engine up, with commas; `(engine)` for the bare one.
    pub(crate) layer: String,
    /// Cases that ran on it and have times.
    pub(crate) cases: u64,
    /// All their phases, in seconds.
    pub(crate) total_s: f64,
    /// All phases of one, on average, in µs.
    pub(crate) mean_us: f64,
    /// Putting the guest back, on average, in µs.
    pub(crate) restore_us: f64,
    /// Pages dirtied, on average.
    pub(crate) pages: f64,
    /// Workers' time spent building what its cases needed and wasn't there:
    /// itself, and those below it, in seconds.
    pub(crate) built_s: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    cases: u64,
    total: u64,
    restore: u64,
    pages: u64,
    built: u64,
}

/// Sums by layer.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The first is the bare engine; the others follow the plan's numbers.
    sums: Vec<Sum>,
}

impl Layers {
    /// Takes a case that ran on `preamble`.
    pub(super) fn record(
        &mut self,
        preamble: Option<u32>,
        phases: &Phases,
        pages: u32,
        built: u64,
    ) {
        // The plan's own number, so there are no more than it has preambles.
        let index = preamble.map_or(0, |number| number as usize + 1);
        if self.sums.len() <= index {
            self.sums.resize(index + 1, Sum::default());
        }
        let sum = &mut self.sums[index];
        sum.cases += 1;
        sum.total = sum.total.saturating_add(phases.total().0);
        sum.restore = sum.restore.saturating_add(phases.restore.0);
        sum.pages += u64::from(pages);
        sum.built = sum.built.saturating_add(built);
    }

    /// The `limit` layers that took longest, longest first.
    pub(super) fn figures(&self, plan: &Plan, limit: usize) -> Vec<LayerFigures> {
        let named = self
            .sums
            .iter()
            .enumerate()
            .filter(|(_, sum)| sum.cases > 0);
        let mut all: Vec<_> = named
            .map(|(index, sum)| figures(name(&plan.preambles, index), sum))
            .collect();
        all.sort_by(|a, b| {
            b.total_s
                .total_cmp(&a.total_s)
                .then_with(|| a.layer.cmp(&b.layer))
        });
        all.truncate(limit);
        all
    }
}

fn figures(layer: String, sum: &Sum) -> LayerFigures {
    let mean = |value: u64| value as f64 / sum.cases as f64;
    LayerFigures {
        layer,
        cases: sum.cases,
        total_s: sum.total as f64 / 1e9,
        mean_us: mean(sum.total) / 1e3,
        restore_us: mean(sum.restore) / 1e3,
        pages: mean(sum.pages),
        built_s: sum.built as f64 / 1e9,
    }
}

fn name(preambles: &[PreambleSpec], index: usize) -> String {
    let mut files: Vec<&str> = Vec::new();
    let mut next = index
        .checked_sub(1)
        .and_then(|number| preambles.get(number));
    while let Some(preamble) = next {
        files.extend(preamble.sources.iter().rev().map(|source| &**source));
        // The one below has a smaller number: the plan sees to that.
        next = preamble
            .parent
            .and_then(|parent| preambles.get(parent as usize));
    }
    if files.is_empty() {
        return "(engine)".to_owned();
    }
    files.reverse();
    let short = |file: &&str| file.strip_prefix("harness/").unwrap_or(file).to_owned();
    files.iter().map(short).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::Nanos;
    use std::sync::Arc;

    #[test]
    fn layers_are_named_from_the_engine_up_and_sorted_by_time() {
        let spec = |parent, source: &str| PreambleSpec {
            parent,
            sources: vec![Arc::from(format!("harness/{source}"))],
        };
        let preambles = [spec(None, "assert.js"), spec(Some(0), "sta.js")];
        assert_eq!(name(&preambles, 2), "assert.js,sta.js");
        assert_eq!(name(&preambles, 0), "(engine)");
        let mut layers = Layers::default();
        let spent = |ns| Phases {
            execute: Nanos(ns),
            restore: Nanos(1_000),
            ..Phases::default()
        };
        layers.record(None, &spent(1_000), 3, 0);
        layers.record(Some(1), &spent(9_000), 4, 5_000_000);
        layers.record(Some(1), &spent(5_000), 6, 0);
        let sum = &layers.sums[2];
        let told = figures("x".to_owned(), sum);
        assert_eq!((told.cases, told.mean_us, told.restore_us), (2, 8.0, 1.0));
        assert_eq!((told.pages, told.built_s), (5.0, 0.005));
    }
}
