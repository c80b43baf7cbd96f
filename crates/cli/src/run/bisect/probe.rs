//! One try: a part of the predecessors and then the victim, in one fresh worker.

use super::notes::{Notes, key};
use super::scene::Scene;
use super::show::Show;
use crate::error::CliError;
use crate::run::judged::case_end;
use rewind_harness::{Event, RunConfig, Stop, StopFlag, WorkerId};
use rewind_plan::CaseId;
use rewind_report::CaseEnd;
use rewind_verdict::Verdict;
use std::collections::HashSet;

/// How often a try is made that has no answer. A worker may leave for something
/// that another program on the machine did.
const TIMES: u32 = 3;

/// The worker that a try is about.
const FIRST: WorkerId = WorkerId { slot: 0, life: 0 };

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

/// How the victim ended in a try, or why it has no answer.
pub(super) type Tried = Result<CaseEnd, String>;

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

    /// How the victim ends after the predecessors at these positions. `None`
    /// where the process was gone before its turn each time.
    pub(super) fn try_after(
        &mut self,
        set: &[u32],
        purpose: Purpose,
    ) -> Result<Option<CaseEnd>, Halt> {
        let mut key = key(set);
        if purpose == Purpose::Again {
            key.push_str(", again");
        }
        if let Some(end) = self.notes.known(&key).cloned() {
            // The search may ask for a set twice, which is told once.
            if self.asked.insert(key.clone()) {
                self.tries.known += 1;
                self.show.tried(&key, set.len(), &Ok(end.clone()), true)?;
            }
            return Ok(Some(end));
        }
        for _ in 0..TIMES {
            if self.tries.made >= self.most {
                return Err(Halt::Bound);
            }
            let tried = self.run(set)?;
            self.tries.made += 1;
            self.show.tried(&key, set.len(), &tried, false)?;
            if let Ok(end) = tried {
                self.asked.insert(key.clone());
                self.notes.put(key, end.clone())?;
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// One try; where it has no answer, why not.
    fn run(&self, set: &[u32]) -> Result<Tried, Halt> {
        let scene = self.scene;
        let before = set
            .iter()
            .filter_map(|at| scene.predecessors.get(*at as usize));
        let before = before.map(|(id, _)| *id);
        let cases: Vec<CaseId> = before.chain([scene.victim]).collect();
        let mut witness = Witness::default();
        let plan = &scene.selected.plan;
        rewind_harness::run_cases(plan, cases, &self.config, self.stop, &mut |event| {
            witness.hear(scene, event);
        })?;
        if self.stop.level() > Stop::No {
            return Err(Halt::Interrupted);
        }
        match witness {
            Witness {
                unreadable: Some(error),
                ..
            } => Err(CliError::Bisect(format!("failed to {error}")).into()),
            Witness { end: Some(end), .. } if end.verdict != Verdict::Lost => Ok(Ok(end)),
            Witness { left, .. } => Ok(Err(left)),
        }
    }
}

/// What is heard of one try.
#[derive(Default)]
struct Witness {
    /// How the victim ended, if the first worker had it.
    end: Option<CaseEnd>,
    /// It could not be sent.
    unreadable: Option<String>,
    /// Why the first worker left before the victim's turn.
    left: String,
}

impl Witness {
    fn hear(&mut self, scene: &Scene<'_>, event: Event) {
        match event {
            Event::Answered {
                case,
                worker,
                finished,
                ..
            } if case == scene.victim && worker == FIRST => {
                self.end = case_end(&scene.settings, &scene.selected, case, &finished);
            }
            Event::Unreadable { case, error } if case == scene.victim => {
                self.unreadable = Some(error);
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } if worker == FIRST => {
                self.left = format!(
                    "the worker retired: {} {}",
                    retiring.reason, retiring.detail
                );
            }
            Event::WorkerDied { worker, death, .. } if worker == FIRST => {
                self.left = format!("the worker {death}");
            }
            _ => {}
        }
    }
}
