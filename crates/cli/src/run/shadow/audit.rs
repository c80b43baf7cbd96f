//! The second runs, and what they are held against.

use super::sample::InBatch;
use crate::error::CliError;
use crate::run::Settings;
use crate::run::conductor::Conductor;
use crate::run::judged::case_end;
use crate::run::retry::Totals;
use crate::select::Selected;
use rewind_harness::{Event, Stop, StopFlag};
use rewind_plan::CaseId;
use rewind_report::{CaseEnd, Finding, ShadowCounts, ShadowRecord};
use rewind_verdict::Verdict;
use std::collections::HashMap;
use std::time::Instant;

/// What second runs came to.
#[derive(Debug, Default)]
pub(in crate::run) struct Audit {
    pub(in crate::run) counts: ShadowCounts,
    /// By number of the case.
    pub(in crate::run) found: Vec<ShadowRecord>,
    /// The breaches, with how each ended in the batch.
    pub(in crate::run) breaches: Vec<(CaseId, CaseEnd)>,
}

/// Runs the sampled cases again, each alone, and reports those that end otherwise.
/// A run that was told to stop has no second runs.
pub(in crate::run) fn audit(
    settings: &Settings,
    selected: &Selected,
    stop: &StopFlag,
    conductor: &mut Conductor<'_>,
    totals: &mut Totals,
) -> Result<(), CliError> {
    if settings.shadow.is_none() {
        return Ok(());
    }
    let sample = std::mem::take(&mut conductor.sample);
    let ended = sample.ended();
    let mut audit = Audit::default();
    audit.counts.sampled = sample.len() as u64;
    if stop.level() == Stop::No {
        let count = ended.len();
        conductor
            .reporter
            .note(&format!("shadow: running {count} again, each alone"));
        let began = Instant::now();
        let mut bench = Bench {
            settings,
            selected,
            stop,
            conductor,
            totals,
        };
        let compared = compare(&mut bench, &ended, &mut audit);
        totals.stages.push(("shadow", began.elapsed()));
        compared?;
    }
    for record in &audit.found {
        conductor.report_shadow(record);
    }
    conductor.audit = Some(audit);
    Ok(())
}

/// Fills `audit` with what differs.
fn compare(
    bench: &mut Bench<'_, '_>,
    ended: &[(CaseId, &InBatch)],
    audit: &mut Audit,
) -> Result<(), CliError> {
    let alone = bench.run(ended.iter().map(|(id, _)| *id))?;
    let differs = |(id, batch): &&(CaseId, &InBatch)| {
        answer(&alone, *id).is_some_and(|alone| *alone != batch.end)
    };
    let differing: Vec<_> = ended.iter().filter(differs).copied().collect();
    let again = bench.run(differing.iter().map(|(id, _)| *id))?;
    let lost = |ends: &HashMap<CaseId, CaseEnd>| {
        let lost = ends.values().filter(|end| end.verdict == Verdict::Lost);
        lost.count() as u64
    };
    audit.counts.lost = lost(&alone) + lost(&again);
    let compared = ended.iter().filter(|(id, _)| answer(&alone, *id).is_some());
    audit.counts.compared = compared.count() as u64;
    for (id, batch) in differing {
        let Some((alone, again)) = answer(&alone, id).zip(answer(&again, id)) else {
            // Interrupted, or lost: it can't be told what it is.
            audit.counts.compared -= 1;
            continue;
        };
        let finding = Finding::of(alone, again);
        match finding {
            Finding::Breach => {
                audit.counts.breaches += 1;
                audit.breaches.push((id, batch.end.clone()));
            }
            Finding::Flaky => audit.counts.flaky += 1,
        }
        let Some(case) = bench.selected.plan.case(id) else {
            continue;
        };
        audit.found.push(ShadowRecord {
            path: case.path.to_string(),
            variant: case.variant,
            finding,
            batch: batch.end.clone(),
            alone: alone.clone(),
            again: again.clone(),
            worker: batch.worker.slot,
            worker_life: batch.worker.life,
        });
    }
    Ok(())
}

/// How a case ended, if anybody knows.
fn answer(ends: &HashMap<CaseId, CaseEnd>, id: CaseId) -> Option<&CaseEnd> {
    ends.get(&id).filter(|end| end.verdict != Verdict::Lost)
}

/// What it takes to run cases alone.
struct Bench<'a, 'c> {
    settings: &'a Settings,
    selected: &'a Selected,
    stop: &'a StopFlag,
    conductor: &'a mut Conductor<'c>,
    totals: &'a mut Totals,
}

impl Bench<'_, '_> {
    /// How each of `cases` ends in a worker of its own.
    fn run(
        &mut self,
        cases: impl Iterator<Item = CaseId>,
    ) -> Result<HashMap<CaseId, CaseEnd>, CliError> {
        let mut cases = cases.peekable();
        let mut ends = HashMap::new();
        if cases.peek().is_none() {
            return Ok(ends);
        }
        let config = self.settings.run_config(true);
        let (settings, selected) = (self.settings, self.selected);
        let conductor = &mut *self.conductor;
        let ran =
            rewind_harness::run_cases(&selected.plan, cases, &config, self.stop, &mut |event| {
                match event {
                    // Of one that was lost, the second attempt counts.
                    Event::Answered { case, finished, .. } => {
                        ends.extend(
                            case_end(settings, selected, case, &finished).map(|end| (case, end)),
                        );
                    }
                    event @ (Event::Tick { .. } | Event::Diagnostic { .. }) => {
                        conductor.take(event)
                    }
                    _ => {}
                }
            });
        self.totals.add_shadow(&ran?);
        Ok(ends)
    }
}
