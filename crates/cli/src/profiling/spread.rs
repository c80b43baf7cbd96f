//! How values are spread, and which are the largest.

use hdrhistogram::Histogram;
use rewind_protocol::Variant;
use serde::Serialize;
use std::sync::Arc;

/// Largest value told apart from larger ones: an hour in ns, 3 TiB in bytes.
const MOST: u64 = 3_600_000_000_000;

/// Values of one kind.
#[derive(Debug)]
pub(super) struct Spread {
    histogram: Histogram<u64>,
    total: u64,
    /// Exact, where a histogram only knows its bucket.
    largest: u64,
}

impl Default for Spread {
    fn default() -> Self {
        // Three digits: percentiles are within 0.1 %.
        let histogram = Histogram::new_with_bounds(1, MOST, 3)
            .expect("bounds are in order and the precision is at most 5 digits");
        Self {
            histogram,
            total: 0,
            largest: 0,
        }
    }
}

impl Spread {
    pub(super) fn record(&mut self, value: u64) {
        self.histogram.saturating_record(value);
        self.total = self.total.saturating_add(value);
        self.largest = self.largest.max(value);
    }

    /// Sum of all values.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The percentiles, each divided by `unit`; `None` of nothing.
    pub(super) fn percentiles(&self, unit: f64) -> Option<Percentiles> {
        let at = |quantile| {
            let value = self.histogram.value_at_quantile(quantile);
            value.min(self.largest) as f64 / unit
        };
        (!self.histogram.is_empty()).then(|| Percentiles {
            count: self.histogram.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.largest as f64 / unit,
        })
    }
}

/// Percentiles of values, in a unit that the place of use names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    /// How many values.
    pub(crate) count: u64,
    /// Median.
    pub(crate) p50: f64,
    /// 90 %.
    pub(crate) p90: f64,
    /// 99 %.
    pub(crate) p99: f64,
    /// 99.9 %.
    pub(crate) p999: f64,
    /// Largest, exactly.
    pub(crate) max: f64,
}

/// One of the largest values, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Largest {
    /// The value.
    pub(crate) value: u64,
    /// Path relative to the corpus root.
    pub(crate) path: Arc<str>,
    /// How the source was treated.
    pub(crate) variant: Variant,
}

/// The largest values of one kind, largest first; of equals, those that came first.
#[derive(Debug)]
pub(super) struct Top {
    limit: usize,
    largest: Vec<Largest>,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            largest: Vec::new(),
        }
    }

    /// Takes a value, if it is one of the largest and not 0.
    pub(super) fn record(&mut self, value: u64, path: &Arc<str>, variant: Variant) {
        let full = self.largest.len() >= self.limit;
        let least = self.largest.last().map_or(0, |least| least.value);
        if value == 0 || full && value <= least {
            return;
        }
        let at = self.largest.partition_point(|it| it.value >= value);
        let path = Arc::clone(path);
        self.largest.insert(
            at,
            Largest {
                value,
                path,
                variant,
            },
        );
        self.largest.truncate(self.limit);
    }

    pub(super) fn into_largest(self) -> Vec<Largest> {
        self.largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_values_within_a_thousandth() {
        let mut spread = Spread::default();
        for value in 1..=10_000 {
            spread.record(value * 1_000);
        }
        let told = spread.percentiles(1_000.0).expect("values");
        let exact = [5_000.0, 9_000.0, 9_900.0, 9_990.0, 10_000.0];
        for (told, exact) in [told.p50, told.p90, told.p99, told.p999, told.max]
            .into_iter()
            .zip(exact)
        {
            assert!(
                (told - exact).abs() <= exact / 1_000.0,
                "{told} for {exact}"
            );
        }
        assert_eq!((told.count, spread.total()), (10_000, 50_005_000_000));
        assert_eq!(Spread::default().percentiles(1.0), None);
    }

    #[test]
    fn top_keeps_the_largest_in_order_and_the_first_of_equals() {
        let mut top = Top::new(3);
        for (value, path) in [(5, "a"), (0, "b"), (9, "c"), (5, "d"), (7, "e"), (9, "f")] {
            top.record(value, &Arc::from(path), Variant::named(&"raw"));
        }
        let kept: Vec<_> = top
            .into_largest()
            .into_iter()
            .map(|it| (it.value, it.path.to_string()))
            .collect();
        assert_eq!(
            kept,
            [
                (9, "c".to_owned()),
                (9, "f".to_owned()),
                (7, "e".to_owned())
            ]
        );
        let mut none = Top::new(0);
        none.record(1, &Arc::from("a"), Variant::named(&"raw"));
        assert!(none.into_largest().is_empty());
    }
}
