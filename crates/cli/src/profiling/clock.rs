//! What telling the time costs: the phases of every case are timed, always.

use serde::Serialize;
use std::hint::black_box;
use std::time::Instant;

/// Readings for a case that passes in place: one where each of the six phases
/// begins, and one where the last ends. A test of the QuickJS guest counts
/// those of the guest's part.
pub(crate) const READINGS: u32 = 7;
/// Readings in a batch, and batches of which the fastest counts: whatever else
/// the machine does only ever adds.
const BATCH: u32 = 2_000;
const BATCHES: usize = 16;

/// What timing the phases cost a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct ClockCost {
    /// The kernel's source of time (`tsc`, `kvm-clock`, …); empty if it doesn't say.
    pub(crate) source: String,
    /// One reading, in ns.
    pub(crate) reading_ns: f64,
    /// Readings for each case.
    pub(crate) readings: u32,
    /// All readings, beside the time in all phases.
    pub(crate) share: f64,
    /// The readings of a case, beside the time of the median case.
    pub(crate) share_of_median: f64,
}

impl ClockCost {
    /// Reads the clock of this machine for a run of `timed` cases that spent
    /// `total` ns in their phases, and half of them no more than `median`.
    pub(super) fn measure(timed: u64, total: f64, median: f64) -> Self {
        let reading_ns = reading_ns();
        let each = reading_ns * f64::from(READINGS);
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Self {
            source: source(),
            reading_ns,
            readings: READINGS,
            share: share(each * timed as f64, total),
            share_of_median: share(each, median),
        }
    }
}

fn reading_ns() -> f64 {
    let batch = || {
        let start = Instant::now();
        for _ in 0..BATCH {
            black_box(Instant::now());
        }
        start.elapsed().as_nanos() as f64 / f64::from(BATCH)
    };
    (0..BATCHES).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

fn source() -> String {
    let file = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_that_of_all_readings_in_the_time_of_all_phases() {
        let cost = ClockCost::measure(1_000, 2e9, 1e6);
        assert!(cost.reading_ns > 0.0 && cost.reading_ns.is_finite());
        let each = cost.reading_ns * 7.0;
        assert!(
            (cost.share - each * 1_000.0 / 2e9).abs() < 1e-12,
            "{cost:?}"
        );
        assert!(
            (cost.share_of_median - each / 1e6).abs() < 1e-12,
            "{cost:?}"
        );
        let none = ClockCost::measure(0, 0.0, 0.0);
        assert_eq!((none.share, none.share_of_median), (0.0, 0.0));
    }
}
