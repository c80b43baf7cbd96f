//! A corpus of scripts, a run of it, and the model that the run is held against.

use rewind_harness::{
    Death, Event, HarnessError, RunConfig, RunTotals, StopFlag, WorkerCommand, WorkerId,
};
use rewind_plan::{Case, CaseId, Plan, PreambleSpec};
use rewind_protocol::{Attributes, Finished, Outcome, TimeoutOrigin, Variant};
use rewind_testkit::{Deed, Expected, Script};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Cases in files of their own, on a few preambles.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) plan: Plan,
    pub(crate) scripts: Vec<Option<Script>>,
}

/// What a run told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) answers: BTreeMap<u32, Vec<(u32, WorkerId, Finished)>>,
    pub(crate) unreadable: BTreeMap<u32, String>,
    pub(crate) deaths: Vec<(WorkerId, Death, Option<CaseId>, String)>,
    pub(crate) suspected: Vec<CaseId>,
    pub(crate) retired: Vec<(WorkerId, rewind_protocol::Retiring)>,
    pub(crate) ready: Vec<(WorkerId, u32)>,
    pub(crate) withdrawn: Vec<u32>,
    pub(crate) ticks: usize,
}

impl Bench {
    /// A case for each script; those without run well.
    pub(crate) fn new(scripts: impl IntoIterator<Item = Option<Script>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scripts: Vec<Option<Script>> = scripts.into_iter().collect();
        for name in ["a.js", "b.js"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::create_dir(folder.path().join("state")).unwrap();
        let mut cases = Vec::new();
        for (number, script) in (0u32..).zip(&scripts) {
            let path = format!("case-{number}.js");
            let mut text = script.map_or(String::new(), |script| format!("fake {script}\n"));
            write!(text, "// {number}").unwrap();
            text.push_str(&"x".repeat(number as usize % 50));
            std::fs::write(folder.path().join(&path), text).unwrap();
            cases.push(case(&path, number % 4));
        }
        let spec = |parent, source: &str| PreambleSpec {
            parent,
            sources: vec![source.into()],
        };
        let preambles = vec![
            spec(None, "a.js"),
            spec(Some(0), "b.js"),
            spec(Some(0), "a.js"),
        ];
        let root = folder.path().to_owned();
        Self {
            plan: Plan {
                root,
                cases,
                preambles,
                ..Plan::default()
            },
            scripts,
            folder,
        }
    }

    /// A plan made elsewhere, whose cases run well.
    pub(crate) fn of(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        let scripts = vec![None; plan.cases.len()];
        Self {
            plan,
            scripts,
            folder,
        }
    }

    /// As many cases that run well.
    pub(crate) fn quiet(count: usize) -> Self {
        Self::new(std::iter::repeat_n(None, count))
    }

    pub(crate) fn config(&self, workers: usize, args: &[&str]) -> RunConfig {
        let state = self
            .folder
            .path()
            .join("state")
            .to_str()
            .unwrap()
            .to_owned();
        let mut all = vec!["--state".to_owned(), state];
        all.extend(args.iter().map(|&arg| arg.to_owned()));
        let command = WorkerCommand::new(env!("CARGO_BIN_EXE_fake-worker"), all);
        let mut config = RunConfig::new(command, workers);
        config.setup.guest = "fake".to_owned();
        // Where nobody hangs, nobody is to be ended on a machine that is merely busy.
        let hangs = |script: &Script| script.deed.hangs();
        let told_to = |arg: &&str| arg.parse().is_ok_and(Deed::hangs);
        if self.scripts.iter().flatten().any(hangs) || args.iter().any(told_to) {
            config.patience.stall = Duration::from_millis(1500);
            config.patience.overrun = Duration::from_millis(500);
            config.patience.leave = Duration::from_millis(500);
        } else {
            config.patience.stall = Duration::from_secs(60);
            config.patience.leave = Duration::from_secs(60);
        }
        // Most tests are about whom the first death is laid to.
        config.confirm_deaths = false;
        config
    }

    /// Lets cases go on that wait for it.
    pub(crate) fn let_go(&self) {
        std::fs::write(self.folder.path().join("state/go"), "").unwrap();
    }

    pub(crate) fn run(&self, config: &RunConfig) -> (Told, Result<RunTotals, HarnessError>) {
        self.run_with(config, &StopFlag::new(), |_| {})
    }

    pub(crate) fn run_with(
        &self,
        config: &RunConfig,
        stop: &StopFlag,
        mut also: impl FnMut(&Event),
    ) -> (Told, Result<RunTotals, HarnessError>) {
        let mut told = Told::default();
        let result = rewind_harness::run(&self.plan, config, stop, &mut |event| {
            also(&event);
            told.hear(event);
        });
        (told, result)
    }

    /// Holds every case against what must come of it.
    pub(crate) fn check(&self, told: &Told, totals: &RunTotals) {
        assert_eq!((totals.not_run, totals.unreadable), (0, 0));
        assert_eq!(totals.answered, self.scripts.len());
        let mut lost = 0;
        for (number, script) in (0u32..).zip(&self.scripts) {
            let answer = told.settled(number);
            let expected = match script {
                None => Some(Expected::Completed),
                Some(script) => script.expected(2),
            };
            let got = classify(&answer.outcome);
            lost += usize::from(got == Some(Expected::LostTwice));
            if let Some(expected) = expected {
                assert_eq!(
                    got,
                    Some(expected),
                    "case {number}, {script:?}: {:?}",
                    answer.outcome
                );
            }
            if got == Some(Expected::Completed) && !answer.output.is_empty() {
                self.check_identity(number, answer);
            }
            let blamed = told
                .deaths
                .iter()
                .filter(|(_, _, case, _)| *case == Some(CaseId(number)));
            let is_blame = matches!(
                got,
                Some(Expected::Crashed(_) | Expected::Exited(_) | Expected::Watchdog)
            );
            assert_eq!(
                blamed.count(),
                usize::from(is_blame),
                "case {number}, {script:?}"
            );
        }
        assert_eq!(totals.lost, lost);
    }

    /// The answer is this case's and no other's.
    fn check_identity(&self, number: u32, answer: &Finished) {
        let case = &self.plan.cases[number as usize];
        let length = std::fs::metadata(self.plan.root.join(&*case.path))
            .unwrap()
            .len();
        assert_eq!(
            answer.output,
            format!("{} {} {length}", case.path, case.variant)
        );
    }
}

impl Told {
    fn hear(&mut self, event: Event) {
        match event {
            Event::WorkerReady { worker, reply } => self.ready.push((worker, reply.pid)),
            Event::Answered {
                case,
                attempt,
                worker,
                finished,
            } => {
                self.answers
                    .entry(case.0)
                    .or_default()
                    .push((attempt, worker, *finished));
            }
            Event::Unreadable { case, error } => {
                assert_eq!(self.unreadable.insert(case.0, error), None);
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } => self.retired.push((worker, retiring)),
            Event::WorkerDied {
                worker,
                death,
                blamed,
                suspected,
                stderr_tail,
                ..
            } => {
                self.suspected.extend(suspected);
                self.deaths.push((worker, death, blamed, stderr_tail));
            }
            Event::Withdrawn { case } => self.withdrawn.push(case.0),
            Event::Tick { .. } => self.ticks += 1,
            Event::Diagnostic { .. } => {}
        }
    }

    /// The last answer to a case, after making sure that it was answered once,
    /// or once more because it was lost.
    pub(crate) fn settled(&self, case: u32) -> &Finished {
        let answers = &self.answers[&case];
        let attempts: Vec<u32> = answers.iter().map(|(attempt, _, _)| *attempt).collect();
        match answers.as_slice() {
            [(1, _, only)] => {
                assert!(!is_lost(only), "case {case} was lost and not tried again");
                only
            }
            [(1, _, first), (2, _, second)] => {
                assert!(is_lost(first), "case {case} was answered and tried again");
                second
            }
            _ => panic!("case {case} has the attempts {attempts:?}"),
        }
    }
}

pub(crate) fn is_lost(finished: &Finished) -> bool {
    matches!(finished.outcome, Outcome::Lost { .. })
}

pub(crate) fn classify(outcome: &Outcome) -> Option<Expected> {
    match outcome {
        Outcome::Completed => Some(Expected::Completed),
        Outcome::Crashed(site) if site.worker_died => Some(Expected::Crashed(site.signal)),
        Outcome::Exited {
            code,
            worker_died: true,
        } => Some(Expected::Exited(*code)),
        Outcome::TimedOut(TimeoutOrigin::Watchdog) => Some(Expected::Watchdog),
        Outcome::Lost { .. } => Some(Expected::LostTwice),
        _ => None,
    }
}

/// A case on one of three preambles, or (3) on the bare engine.
fn case(path: &str, preamble: u32) -> Case {
    Case {
        path: path.into(),
        variant: Variant::named(&"sloppy"),
        preamble: Some(preamble).filter(|&preamble| preamble < 3),
        attributes: Attributes::NONE,
        deadline_ms: 1,
        weight_us: 20_000,
        bytes: 0,
        test: 0,
        round: 0,
        expectation: None,
    }
}
