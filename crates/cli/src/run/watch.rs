//! How whoever watches a run is told of it: for `--trace` and `rewind profile`.

use super::conductor::Conductor;
use super::facts;
use super::retry::Totals;
use crate::paths;
use crate::profiling::{Profile, RunFigures};
use crate::terminal::tell;
use rewind_harness::Event;
use rewind_report::Completeness;

impl Conductor<'_> {
    /// Shows the event to whoever watches; an answer only once it is judged.
    pub(super) fn observe(&mut self, event: &Event) {
        if let Some(observers) = &mut self.observers
            && !matches!(event, Event::Answered { .. })
            && let Err(error) = observers.event(event, self.since.elapsed())
        {
            self.reporter.lose(&error);
        }
    }

    /// Workers are started anew, to try `count` cases again.
    pub(super) fn retries(&mut self, count: usize) {
        if let Some(observers) = &mut self.observers
            && let Err(error) = observers.retries(count as u64, self.since.elapsed())
        {
            self.reporter.lose(&error);
        }
    }
}

/// Puts the trace in place, and works out the profile.
pub(super) fn end(
    conductor: &mut Conductor<'_>,
    totals: &Totals,
    completeness: Completeness,
) -> Option<Profile> {
    let wall = conductor.elapsed();
    let (gathered, trace) = conductor.observers.take()?.end(wall);
    match trace {
        Ok(0) => {}
        Ok(left_out) => tell(&format!(
            "note: the trace is full: {left_out} cases are not in it; trace a part of the run\n"
        )),
        Err(error) => conductor.reporter.lose(&error),
    }
    let (settings, selected) = (conductor.settings, conductor.selected);
    let run = RunFigures {
        root: paths::told(selected.suite.root()).into_owned(),
        workers: settings.workers,
        isolation: settings.setup.isolation.name().to_owned(),
        wall,
        workers_cpu: totals.all.workers_cpu,
        parent_cpu: totals.all.parent_cpu,
        worker_rss: totals.all.peak_worker_rss,
        parent_rss: facts::own_peak_rss(),
        completeness,
    };
    let top = settings.watch.profile.unwrap_or_default();
    Some(gathered?.profile(run, &selected.plan, top))
}
