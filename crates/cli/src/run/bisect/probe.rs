//! One try: a part of the predecessors and then the victim, in one fresh worker.

use super::notes::{Notes, key};
use super::scene::Scene;
use crate::error::CliError;
use crate::run::judged::case_end;
use rewind_harness::{Event, RunConfig, RunTotals, Stop, StopFlag, WorkerId};
use rewind_plan::CaseId;
use rewind_report::CaseEnd;
use rewind_verdict::Verdict;
use std::collections::HashSet;
use std::time::Instant;

/// How often a try is made that has no answer. A worker may leave for something
/// that another program on the machine did.
const TIMES: u32 = 3;

/// The worker that a try is about.
const FIRST: WorkerId = WorkerId { slot: 0, life: 0 };

/// How far a search may go.
#[derive(Clone, Copy, Debug)]
pub(in crate::run) struct Bounds {
    /// Most tries made.
    pub(in crate::run) tries: u32,
    /// When no further try is begun.
    pub(in crate::run) until: Option<Instant>,
}

/// Which of the [`Bounds`] was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Reached {
    /// As many tries were made as may be.
    Tries,
    /// The time is over.
    Time,
}

/// Who is told how a search goes.
pub(in crate::run) trait Audience {
    /// A try, `known` from before or made now.
    ///
    /// # Errors
    /// When it can't be passed on.
    fn tried(
        &mut self,
        _key: &str,
        _size: usize,
        _tried: &Tried,
        _known: bool,
    ) -> Result<(), CliError> {
        Ok(())
    }

    /// Something else that happened meanwhile.
    fn heard(&mut self, _event: Event) {}

    /// What a try has cost.
    fn spent(&mut self, _totals: &RunTotals) {}
}

/// Why no further try is made.
#[derive(Debug)]
pub(super) enum Halt {
    /// As far as it may go.
    Bound(Reached),
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
pub(in crate::run) struct Tries {
    /// Made now.
    pub(in crate::run) made: u32,
    /// Known from before.
    pub(in crate::run) known: u32,
}

/// How the victim ended in a try, or why it has no answer.
pub(in crate::run) type Tried = Result<CaseEnd, String>;

/// Where tries are made.
pub(in crate::run) struct Bench<'a> {
    pub(super) scene: &'a Scene<'a>,
    config: RunConfig,
    notes: Notes,
    bounds: Bounds,
    stop: &'a StopFlag,
    audience: &'a mut dyn Audience,
    tries: Tries,
    /// What was asked for since the start.
    asked: HashSet<String>,
}

impl<'a> Bench<'a> {
    pub(in crate::run) fn new(
        scene: &'a Scene<'a>,
        notes: Notes,
        bounds: Bounds,
        stop: &'a StopFlag,
        audience: &'a mut dyn Audience,
    ) -> Self {
        Self {
            scene,
            config: scene.config(),
            notes,
            bounds,
            stop,
            audience,
            tries: Tries::default(),
            asked: HashSet::new(),
        }
    }

    pub(in crate::run) fn tries(&self) -> Tries {
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
                self.audience
                    .tried(&key, set.len(), &Ok(end.clone()), true)?;
            }
            return Ok(Some(end));
        }
        for _ in 0..TIMES {
            self.go_on()?;
            let tried = self.run(set)?;
            self.tries.made += 1;
            self.audience.tried(&key, set.len(), &tried, false)?;
            if let Ok(end) = tried {
                self.asked.insert(key.clone());
                self.notes.put(key, end.clone())?;
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// An error if no further try may be begun.
    fn go_on(&self) -> Result<(), Halt> {
        if self.tries.made >= self.bounds.tries {
            return Err(Halt::Bound(Reached::Tries));
        }
        match self.bounds.until {
            Some(until) if Instant::now() >= until => Err(Halt::Bound(Reached::Time)),
            _ => Ok(()),
        }
    }

    /// One try; where it has no answer, why not.
    fn run(&mut self, set: &[u32]) -> Result<Tried, Halt> {
        let scene = self.scene;
        let before = set
            .iter()
            .filter_map(|at| scene.predecessors.get(*at as usize));
        let cases: Vec<CaseId> = before.chain([&scene.victim]).map(|it| it.id).collect();
        let mut witness = Witness::default();
        let plan = &scene.selected.plan;
        let audience = &mut *self.audience;
        let ran = rewind_harness::run_cases(plan, cases, &self.config, self.stop, &mut |event| {
            if let Some(other) = witness.hear(scene, event) {
                audience.heard(other);
            }
        })?;
        audience.spent(&ran);
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
    /// Gives back what tells nothing of the victim or its worker.
    fn hear(&mut self, scene: &Scene<'_>, event: Event) -> Option<Event> {
        match event {
            Event::Answered {
                case,
                worker,
                finished,
                ..
            } if case == scene.victim.id && worker == FIRST => {
                self.end = case_end(&scene.settings, scene.selected, case, &finished);
            }
            Event::Unreadable { case, error } if case == scene.victim.id => {
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
            other => return Some(other),
        }
        None
    }
}
