//! After all else: each regression is run again alone, in a worker that has run
//! nothing.
//!
//! ```text
//! failed among others ─► alone ─┬─► fails: the regression is confirmed
//!                               └─► as expected: partial, a matter of isolation or chance
//! ```
//!
//! It is the very case of the plan that is run again, with its variant, flags,
//! preamble and deadline. Cases that have had an attempt alone already (`--retries`,
//! a lost result) are not among them, nor is what passed against a list.

use super::conductor::Conductor;
use super::last::Last;
use super::retry::{Totals, settle};
use super::{Reference, Settings};
use crate::error::CliError;
use crate::select::Selected;
use rewind_harness::{Stop, StopFlag};
use rewind_plan::CaseId;
use rewind_report::Verdict;
use std::time::Instant;

/// Regressions run again, and those that were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Confirmed {
    cases: Vec<CaseId>,
    /// Beyond `--confirm-limit`, or all where the run was stopped.
    left: usize,
}

/// Runs the regressions again, up to the limit.
pub(super) fn confirm(
    settings: &Settings,
    selected: &Selected,
    stop: &StopFlag,
    conductor: &mut Conductor<'_>,
    totals: &mut Totals,
) -> Result<Confirmed, CliError> {
    let first = conductor.reference.is_some_and(Reference::is_missing);
    // With no baseline yet, nothing has got worse.
    if settings.confirm_limit == 0 || first {
        return Ok(Confirmed::default());
    }
    let mut cases = regressions(selected, &conductor.last);
    // Of a run that was stopped, no more is wanted.
    let limit = match stop.level() {
        Stop::No => settings.confirm_limit,
        _ => 0,
    };
    let left = cases.len().saturating_sub(limit);
    cases.truncate(limit);
    let confirmed = Confirmed { cases, left };
    if confirmed.cases.is_empty() {
        return Ok(confirmed);
    }
    conductor.reporter.note(&confirmed.announce());
    conductor.confirming = true;
    let mut config = settings.run_config(true);
    // Alone also means that little else competes for the machine.
    config.stand_ins = 0;
    let began = Instant::now();
    let again = confirmed.cases.iter().copied();
    let ran = rewind_harness::run_cases(&selected.plan, again, &config, stop, &mut |event| {
        conductor.take(event);
    });
    conductor.confirming = false;
    totals.stages.push(("confirm", began.elapsed()));
    settle(ran, totals)?;
    Ok(confirmed)
}

/// Failures that nothing excuses and that ran only once, in an order that
/// depends neither on the plan's nor on who was faster.
fn regressions(selected: &Selected, last: &[Last]) -> Vec<CaseId> {
    let numbered = selected.plan.iter().zip(last);
    let mut open: Vec<_> = numbered
        .filter(|((_, case), last)| {
            // A test that can't be read can't alone either.
            is_regression(**last) && selected.plan.unreadable(case).is_none()
        })
        .map(|((id, case), _)| ((&case.path, case.variant, case.round), id))
        .collect();
    open.sort();
    open.into_iter().map(|(_, id)| id).collect()
}

fn is_regression(last: Last) -> bool {
    let failed = !matches!(last.verdict, Some(Verdict::Pass | Verdict::Lost));
    last.is_open() && failed && last.attempts == 1
}

impl Confirmed {
    fn announce(&self) -> String {
        let (cases, all) = (self.cases.len(), self.cases.len() + self.left);
        match self.left {
            0 => format!("confirming {cases} regressions, each alone in a fresh worker"),
            _ => format!(
                "confirming {cases} of {all} regressions, each alone in a fresh worker; \
                 --confirm-limit N takes more"
            ),
        }
    }

    /// For people: what came of it; empty if there was nothing to confirm.
    pub(super) fn told(&self, last: &[Last]) -> String {
        match (self.cases.len(), self.left) {
            (0, 0) => return String::new(),
            (0, left) => return format!("confirmed  none of {left} regressions: stopped before\n"),
            _ => {}
        }
        let of = |id: &CaseId| last.get(id.0 as usize).copied().unwrap_or_default();
        let again = self.cases.iter().map(of);
        let again: Vec<_> = again.filter(|last| last.attempts > 1).collect();
        let partial = again.iter().filter(|last| last.partial).count();
        let failed = again.len() - partial;
        let mut text = format!(
            "confirmed  regressions: {failed} failed alone as well; partial: {partial} did not"
        );
        if self.left > 0 {
            let left = self.left;
            text.push_str(&format!("; not run again: {left} (--confirm-limit)"));
        }
        text.push('\n');
        text
    }
}
