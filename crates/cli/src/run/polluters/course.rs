//! Who ran what, in which order.

use crate::run::Settings;
use crate::run::bisect::{Member, Scene, Times};
use crate::select::Selected;
use rewind_harness::WorkerId;
use rewind_plan::CaseId;
use std::collections::HashMap;

/// First attempts in the order of their answers, eight bytes for each. Of a run
/// that will look for no polluters nothing is kept.
#[derive(Debug, Default)]
pub(in crate::run) struct Course {
    is_kept: bool,
    /// With the index of the worker.
    ran: Vec<(CaseId, u32)>,
    workers: Vec<WorkerId>,
    indices: HashMap<WorkerId, u32>,
}

impl Course {
    /// One that is kept, of so many cases.
    pub(in crate::run) fn kept(cases: usize) -> Self {
        Self {
            is_kept: true,
            ran: Vec::with_capacity(cases),
            ..Self::default()
        }
    }

    /// A first attempt has its answer.
    pub(in crate::run) fn note(&mut self, id: CaseId, worker: WorkerId) {
        if !self.is_kept {
            return;
        }
        let workers = &mut self.workers;
        let index = *self.indices.entry(worker).or_insert_with(|| {
            workers.push(worker);
            // There are no more workers than cases.
            u32::try_from(workers.len() - 1).unwrap_or(u32::MAX)
        });
        self.ran.push((id, index));
    }

    /// What there is to search in for what changed `victim`, and the worker that it
    /// had; `None` if it didn't run.
    pub(super) fn scene<'a>(
        &self,
        settings: &Settings,
        selected: &'a Selected,
        victim: CaseId,
        recorded: String,
    ) -> Option<(Scene<'a>, WorkerId)> {
        let at = self.ran.iter().position(|(id, _)| *id == victim)?;
        let (_, index) = *self.ran.get(at)?;
        let worker = *self.workers.get(index as usize)?;
        let times = self.times(selected);
        let member = |(at, (id, _)): (usize, &(CaseId, u32))| Member {
            id: *id,
            time: times.at(at),
        };
        let before = self.ran.iter().enumerate().take(at);
        let before = before.filter(|(_, (_, its))| *its == index);
        let scene = Scene {
            settings: settings.for_tries(),
            selected,
            victim: member((at, &(victim, index))),
            predecessors: before.map(member).collect(),
            recorded,
        };
        Some((scene, worker))
    }

    /// Empty where each case ran once.
    fn times<'a>(&self, selected: &'a Selected) -> Times<'a> {
        let several = selected.wish.repeat > 1;
        let ran = self.ran.iter().filter(|_| several);
        let cases = ran.filter_map(|(id, _)| selected.plan.case(*id));
        Times::of(cases.map(|case| (&*case.path, case.variant)))
    }
}
