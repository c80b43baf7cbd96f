//! How whoever watches a run is told of it: for `--trace` and `rewind profile`.

use super::closing;
use super::conductor::Conductor;
use super::retry::Totals;
use crate::error::CliError;
use crate::paths;
use crate::profiling::{Profile, RunFigures};
use crate::signals::Listener;
use crate::terminal::tell;
use rewind_harness::Event;

impl Conductor<'_> {
    /// Shows the event to whoever watches; an answer only once it is judged.
    pub(super) fn observe(&mut self, event: &Event) {
        if let (Some(observers), None) = (&mut self.observers, &self.failed)
            && !matches!(event, Event::Answered { .. })
        {
            let observed = observers.event(event, self.since.elapsed());
            self.heed(observed);
        }
    }

    /// Workers are started anew, to try `count` cases again.
    pub(super) fn retries(&mut self, count: usize) {
        if let Some(observers) = &mut self.observers {
            let observed = observers.retries(count as u64, self.since.elapsed());
            self.heed(observed);
        }
    }
}

/// Puts the trace in place, and works out the profile.
pub(super) fn end(
    conductor: &mut Conductor<'_>,
    totals: &Totals,
    listener: &Listener,
) -> Result<Option<Profile>, CliError> {
    let wall = conductor.elapsed();
    let Some(observers) = conductor.observers.take() else {
        return Ok(None);
    };
    if conductor.failed.is_some() {
        // What could not be written is not put in place either.
        return Ok(None);
    }
    let (gathered, remark) = observers.end(wall)?;
    tell(&remark);
    let (settings, selected) = (conductor.settings, conductor.selected);
    let run = RunFigures {
        root: paths::told(&selected.corpus.root).into_owned(),
        workers: settings.workers,
        isolation: settings.setup.isolation.name().to_owned(),
        wall,
        workers_cpu: totals.all.workers_cpu,
        parent_cpu: totals.all.parent_cpu,
        worker_rss: totals.all.peak_worker_rss,
        parent_rss: closing::own_peak_rss(),
        interrupted: listener.interrupted(),
    };
    let top = settings.watch.profile.unwrap_or_default();
    Ok(gathered.map(|it| it.profile(run, &selected.plan, top)))
}
