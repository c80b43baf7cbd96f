//! What the replacing of workers has cost, as figures.

use crate::Percentiles;
use rewind_harness::{Pause, Recycling};
use serde::Serialize;

/// Workers that took over from others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecyclingFigures {
    /// Times that one worker took over from another while there was work.
    pub handovers: u64,
    /// Of these: to a spare that was warm or on its way.
    pub by_spare: u64,
    /// From the last case's end to the next one's start where the worker left in
    /// good order; `null` if none did.
    pub pause_us: Option<Percentiles>,
    /// The same where the worker died.
    pub pause_after_death_us: Option<Percentiles>,
    /// Spares that were started.
    pub spares_started: u64,
    /// Of these: did not come up.
    pub spares_failed: u64,
}

impl RecyclingFigures {
    /// `None` where no worker took over and no spare was started.
    #[must_use]
    pub fn new(recycling: &Recycling) -> Option<Self> {
        let pauses = &recycling.pauses;
        if pauses.is_empty() && recycling.spares_started == 0 {
            return None;
        }
        Some(Self {
            handovers: pauses.len() as u64,
            by_spare: pauses.iter().filter(|pause| pause.spare).count() as u64,
            pause_us: percentiles(pauses, true),
            pause_after_death_us: percentiles(pauses, false),
            spares_started: recycling.spares_started,
            spares_failed: recycling.spares_failed,
        })
    }
}

fn percentiles(pauses: &[Pause], orderly: bool) -> Option<Percentiles> {
    let of_kind = pauses.iter().filter(|pause| pause.orderly == orderly);
    let mut us: Vec<f64> = of_kind
        .map(|pause| pause.span.as_nanos() as f64 / 1e3)
        .collect();
    us.sort_unstable_by(f64::total_cmp);
    // The smallest value that so many percent don't exceed.
    let at = |percent: usize| {
        let rank = (us.len() * percent).div_ceil(100).max(1);
        us.get(rank - 1).copied()
    };
    Some(Percentiles {
        p50: at(50)?,
        p90: at(90)?,
        p99: at(99)?,
        max: at(100)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn pause(us: u64, orderly: bool, spare: bool) -> Pause {
        Pause {
            span: Duration::from_micros(us),
            orderly,
            spare,
        }
    }

    #[test]
    fn run_that_replaced_nobody_has_no_figures() {
        assert_eq!(RecyclingFigures::new(&Recycling::default()), None);
    }

    #[test]
    fn orderly_ends_and_deaths_are_counted_apart() {
        let mut pauses: Vec<Pause> = (1..=100).rev().map(|us| pause(us, true, us > 10)).collect();
        pauses.push(pause(5000, false, false));
        let figures = RecyclingFigures::new(&Recycling {
            pauses,
            spares_started: 91,
            ..Recycling::default()
        })
        .expect("figures");
        assert_eq!((figures.handovers, figures.by_spare), (101, 90));
        let spans = |it: Percentiles| [it.p50, it.p90, it.p99, it.max];
        assert_eq!(figures.pause_us.map(spans), Some([50.0, 90.0, 99.0, 100.0]));
        assert_eq!(figures.pause_after_death_us.map(spans), Some([5000.0; 4]));
    }
}
