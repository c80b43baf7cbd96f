//! One try: a part of the predecessors and then the victim, in one fresh worker.

use super::notes::{Notes, Tried, key};
use super::scene::Scene;
use super::show::Show;
use crate::error::CliError;
use crate::run::judged::case_end;
use rewind_harness::{Event, RunConfig, Stop, StopFlag};
use rewind_plan::CaseId;
use rewind_report::CaseEnd;
use rewind_verdict::Verdict;
use std::collections::HashSet;

/// Why no further try is made.
#[derive(Debug)]
pub(super) enum Halt {
    /// As many were made as may be.
    Bound,
    /// Somebody wants it to end.
    Interrupted,
    /// It can't be done.
    Failed(Box<CliError>),
}

impl<E: Into<CliError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(error.into()))
    }
}

/// What a try is for; one that repeats another asks anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To know.
    First,
    /// To see whether it is the same once more.
    Again,
}

/// How many tries there were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    /// Made now.
    pub(super) made: u32,
    /// Known from before.
    pub(super) known: u32,
}

/// Where tries are made.
pub(super) struct Bench<'a> {
    pub(super) scene: &'a Scene<'a>,
    config: RunConfig,
    notes: Notes,
    most: u32,
    stop: &'a StopFlag,
    show: &'a Show<'a>,
    tries: Tries,
    /// What was asked for since the start.
    asked: HashSet<String>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        notes: Notes,
        most: u32,
        stop: &'a StopFlag,
        show: &'a Show<'a>,
    ) -> Self {
        Self {
            scene,
            config: scene.config(),
            notes,
            most,
            stop,
            show,
            tries: Tries::default(),
            asked: HashSet::new(),
        }
    }

    pub(super) fn tries(&self) -> Tries {
        self.tries
    }

    /// How the victim ends after the predecessors at these positions.
    pub(super) fn try_after(&mut self, set: &[u32], purpose: Purpose) -> Result<Tried, Halt> {
        let mut key = key(set);
        if purpose == Purpose::Again {
            key.push_str(", again");
        }
        if let Some(tried) = self.notes.known(&key).cloned() {
            // The search may ask for a set twice, which is told once.
            if self.asked.insert(key.clone()) {
                self.tries.known += 1;
                self.show.tried(&key, set.len(), &tried, true)?;
            }
            return Ok(tried);
        }
        if self.tries.made >= self.most {
            return Err(Halt::Bound);
        }
        let tried = self.run(set)?;
        self.tries.made += 1;
        self.asked.insert(key.clone());
        self.show.tried(&key, set.len(), &tried, false)?;
        self.notes.put(key, tried.clone())?;
        Ok(tried)
    }

    fn run(&mut self, set: &[u32]) -> Result<Tried, Halt> {
        let scene = self.scene;
        let before = set
            .iter()
            .filter_map(|at| scene.predecessors.get(*at as usize));
        let before = before.map(|(id, _)| *id);
        let cases: Vec<CaseId> = before.chain([scene.victim]).collect();
        let mut end = None;
        let mut unreadable = None;
        let plan = &scene.selected.plan;
        rewind_harness::run_cases(
            plan,
            cases,
            &self.config,
            self.stop,
            &mut |event| match event {
                Event::Answered {
                    case,
                    worker,
                    finished,
                    ..
                } if case == scene.victim && worker.life == 0 => {
                    end = case_end(&scene.settings, &scene.selected, case, &finished);
                }
                Event::Unreadable { case, error } if case == scene.victim => {
                    unreadable = Some(error);
                }
                _ => {}
            },
        )?;
        if self.stop.level() > Stop::No {
            return Err(Halt::Interrupted);
        }
        if let Some(error) = unreadable {
            return Err(
                CliError::Bisect(format!("the victim can't be sent: failed to {error}")).into(),
            );
        }
        Ok(end
            .filter(|end: &CaseEnd| end.verdict != Verdict::Lost)
            .map_or(Tried::NoAnswer, Tried::Ended))
    }
}
