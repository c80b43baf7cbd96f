//! What a run adds up to.

use crate::event::{Death, WorkerId};
use crate::recycling::{Limit, Recycling};
use rewind_protocol::{Counters, RetireReason};
use std::time::Duration;

/// How a worker's life ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It said that it retires.
    Retired(RetireReason),
    /// It reached a limit of the run's.
    Replaced(Limit),
    /// It did not.
    Died(Death),
}

/// Figures of a whole run.
#[derive(Clone, Debug, Default)]
pub struct RunTotals {
    /// Cases that were to be run.
    pub cases: usize,
    /// Cases with an answer, lost ones included.
    pub answered: usize,
    /// Cases that could not be read.
    pub unreadable: usize,
    /// Cases whose last attempt was lost.
    pub lost: usize,
    /// Cases that were never answered: interrupted, or no worker was left.
    pub not_run: usize,
    /// Cases that were withdrawn by [`StopFlag::withdraw`](crate::StopFlag::withdraw)
    /// before they began.
    pub withdrawn: usize,
    /// Cases tried a second time.
    pub retried: usize,
    /// The run was asked to stop.
    pub interrupted: bool,
    /// Workers that were started.
    pub workers: usize,
    /// Those among them that took the place of another.
    pub replaced: usize,
    /// Workers that ended otherwise than by being told to, in order.
    pub endings: Vec<(WorkerId, Ending)>,
    /// Sums of what the retired workers reported (of resident bytes: the highest).
    pub counters: Counters,
    /// What replacing workers has cost.
    pub recycling: Recycling,
    /// CPU time of this process during the run.
    pub parent_cpu: Duration,
    /// CPU time of all workers.
    pub workers_cpu: Duration,
    /// Highest resident size of any worker, in bytes.
    pub peak_worker_rss: u64,
    /// From the run's start to its end.
    pub wall: Duration,
}

impl RunTotals {
    /// Workers that died rather than retired. Those killed by an interrupt don't count.
    #[must_use]
    pub fn worker_crashes(&self) -> usize {
        let died = |(_, ending): &&(WorkerId, Ending)| matches!(ending, Ending::Died(death) if *death != Death::Interrupted);
        self.endings.iter().filter(died).count()
    }

    pub(crate) fn add_counters(&mut self, counters: &Counters) {
        let sum = &mut self.counters;
        for (sum, value) in [
            (&mut sum.cases, counters.cases),
            (&mut sum.crashes, counters.crashes),
            (&mut sum.timeouts, counters.timeouts),
            (&mut sum.restores, counters.restores),
            (&mut sum.pages_restored, counters.pages_restored),
            (&mut sum.layers_built, counters.layers_built),
            (&mut sum.layers_evicted, counters.layers_evicted),
            (&mut sum.verifications, counters.verifications),
            (&mut sum.verify_ns, counters.verify_ns),
        ] {
            *sum = sum.saturating_add(value);
        }
        sum.rss_bytes = sum.rss_bytes.max(counters.rss_bytes);
        sum.rss_growth_kib = sum.rss_growth_kib.max(counters.rss_growth_kib);
    }
}
