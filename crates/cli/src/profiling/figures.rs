//! A profile: the figures that people and machines are told.

use super::clock::ClockCost;
use super::layers::LayerFigures;
use super::places::PlaceSeconds;
use super::spread::{Largest, Percentiles, Top};
use super::tally::Tally;
use rewind_plan::Plan;
use rewind_protocol::Phases;
use rewind_report::{Completeness, StopReason};
use serde::Serialize;
use std::time::Duration;

/// Nanoseconds in a µs.
const US: f64 = 1e3;

/// A whole profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) about: About,
    /// Load to restore, in their order, then all together.
    pub(crate) phases: Vec<PhaseFigures>,
    /// Between the phases, of runs that were watched.
    pub(crate) spans: Vec<SpanFigures>,
    /// What workers' places spent their time with, of runs that were watched.
    pub(crate) places: Option<PlaceSeconds>,
    pub(crate) pages: Option<Percentiles>,
    /// In bytes.
    pub(crate) heap: Option<Percentiles>,
    pub(crate) layers: Vec<LayerFigures>,
    pub(crate) tops: Vec<TopFigures>,
    pub(crate) clock: Option<ClockCost>,
}

/// What was profiled, and what it took in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct About {
    /// `run`, or `results` that were read.
    pub(crate) source: &'static str,
    /// Corpus root.
    pub(crate) root: String,
    /// Places for workers.
    pub(crate) workers: u32,
    /// How cases were kept apart.
    pub(crate) isolation: String,
    /// Attempts.
    pub(crate) attempts: u64,
    /// Of these with times: without are those that their worker didn't survive.
    pub(crate) timed: u64,
    /// From start to end, in seconds.
    pub(crate) wall_s: f64,
    /// Processor time of the workers, in seconds.
    pub(crate) worker_cpu_s: Option<f64>,
    /// Processor time of the parent, in seconds.
    pub(crate) parent_cpu_s: Option<f64>,
    /// Resident memory of the largest worker at its highest, in bytes.
    pub(crate) worker_rss: Option<u64>,
    /// Resident memory of the parent at its highest, in bytes.
    pub(crate) parent_rss: Option<u64>,
    /// The most that a worker's resident memory grew in its life, in KiB.
    pub(crate) worker_growth_kib: Option<i64>,
    /// Somebody ended the run before its end.
    pub(crate) interrupted: bool,
    /// How much of the plan was done.
    #[serde(flatten)]
    pub(crate) completeness: Completeness,
}

/// One phase, or all together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PhaseFigures {
    /// `load` to `restore`, or `all`.
    pub(crate) phase: &'static str,
    /// Over all cases, in seconds.
    pub(crate) total_s: f64,
    /// Of all phases.
    pub(crate) share: f64,
    /// Of single cases.
    pub(crate) us: Percentiles,
}

/// Time of single cases beside their phases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SpanFigures {
    /// `answer`, `between`, `waiting`.
    pub(crate) span: &'static str,
    pub(crate) us: Percentiles,
}

/// The cases that are first in something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TopFigures {
    /// A phase, `all`, `pages` or `heap`.
    pub(crate) by: &'static str,
    pub(crate) unit: Unit,
    pub(crate) cases: Vec<Largest>,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanos,
    Pages,
    Bytes,
}

/// What is known of a run that was watched, apart from its tally.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFigures {
    pub(crate) root: String,
    pub(crate) workers: u32,
    pub(crate) isolation: String,
    pub(crate) wall: Duration,
    pub(crate) workers_cpu: Duration,
    pub(crate) parent_cpu: Duration,
    pub(crate) worker_rss: u64,
    pub(crate) parent_rss: Option<u64>,
    pub(crate) completeness: Completeness,
}

impl Profile {
    /// The profile of what was gathered; `about` but for the counts.
    pub(super) fn new(tally: Tally, about: About) -> Self {
        let names = Phases::default().named().map(|(name, _)| name);
        let all = tally.whole.total() as f64;
        let mut profile = Self {
            about: About {
                attempts: tally.attempts,
                timed: tally.timed(),
                ..about
            },
            pages: tally.pages.percentiles(1.0),
            heap: tally.heap.percentiles(1.0),
            ..Self::default()
        };
        let spreads = names.into_iter().zip(&tally.phases);
        for (phase, spread) in spreads.chain([("all", &tally.whole)]) {
            let total = spread.total() as f64;
            profile
                .phases
                .extend(spread.percentiles(US).map(|us| PhaseFigures {
                    phase,
                    total_s: total / 1e9,
                    share: if all > 0.0 { total / all } else { 0.0 },
                    us,
                }));
        }
        let spans = [
            ("answer", &tally.answers),
            ("between", &tally.between),
            ("waiting", &tally.waits),
        ];
        for (span, spread) in spans {
            let percentiles = spread.percentiles(US);
            profile
                .spans
                .extend(percentiles.map(|us| SpanFigures { span, us }));
        }
        let by_phase = names.into_iter().zip(tally.top_phases);
        let by_time = by_phase.chain([("all", tally.top_whole)]);
        let by_time = by_time.map(|(by, top)| (by, Unit::Nanos, top));
        let by_memory = [
            ("pages", Unit::Pages, tally.top_pages),
            ("heap", Unit::Bytes, tally.top_heap),
        ];
        for (by, unit, top) in by_time.chain(by_memory) {
            profile.add_top(by, unit, top);
        }
        profile
    }

    /// Lists that would be empty are left out.
    fn add_top(&mut self, by: &'static str, unit: Unit, top: Top) {
        let cases = top.into_largest();
        if !cases.is_empty() {
            self.tops.push(TopFigures { by, unit, cases });
        }
    }

    /// The profile of a run that was watched.
    pub(super) fn of_run(mut tally: Tally, run: RunFigures, plan: &Plan, top: usize) -> Self {
        let wall_ns = u64::try_from(run.wall.as_nanos()).unwrap_or(u64::MAX);
        let places = std::mem::replace(&mut tally.places, super::places::Places::new(0));
        let layers = tally.layers.figures(plan, top);
        let median = tally.whole.percentiles(1.0).map_or(0.0, |all| all.p50);
        let clock = ClockCost::measure(tally.timed(), tally.whole.total() as f64, median);
        let about = About {
            source: "run",
            root: run.root,
            workers: run.workers,
            isolation: run.isolation,
            wall_s: run.wall.as_secs_f64(),
            worker_cpu_s: Some(run.workers_cpu.as_secs_f64()),
            parent_cpu_s: Some(run.parent_cpu.as_secs_f64()),
            worker_rss: (run.worker_rss > 0).then_some(run.worker_rss),
            parent_rss: run.parent_rss,
            worker_growth_kib: tally.growth_kib,
            interrupted: run.completeness.reason == Some(StopReason::Interrupted),
            completeness: run.completeness,
            ..About::default()
        };
        Self {
            places: Some(places.finish(wall_ns)),
            layers,
            clock: Some(clock),
            ..Self::new(tally, about)
        }
    }
}
