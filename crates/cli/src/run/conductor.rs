//! Takes the events of a run in their one order: judges each answer, reports
//! it, and remembers of each case what is needed at the end.
//!
//! It runs on the dispatcher's thread, 30,000 times a second: on the way of a
//! pass nothing is allocated.

use super::Settings;
use super::again::Revived;
use super::attempt::never_sent;
use super::baseline::Reference;
use super::deaths::Deaths;
use super::judged::judged;
use super::last::{Attempt, Last, micros};
use super::polluters::{Course, Polluters};
use super::shadow::{Audit, Sample};
use crate::profiling::Observers;
use crate::select::Selected;
use crate::signals::Listener;
use rewind_harness::{Death, Event, LastWorker, Running, Stop, StopFlag, WorkerId};
use rewind_plan::{Case, CaseId};
use rewind_protocol::message::{HelloReply, RetireReason};
use rewind_protocol::{Finished, Outcome};
use rewind_report::{About, CaseRecord, Reporter, RunHeader, ShadowRecord, Verdict};
use rewind_verdict::{Class, FailureKind, Judgement};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Judges and reports.
pub(super) struct Conductor<'a> {
    pub(super) settings: &'a Settings,
    pub(super) selected: &'a Selected,
    pub(super) reference: Option<&'a Reference>,
    pub(super) reporter: Reporter<'static>,
    stop: &'a StopFlag,
    listener: &'a Listener,
    pub(super) since: Instant,
    /// By number of the case in the plan.
    pub(super) last: Vec<Last>,
    /// What the first worker said about itself.
    pub(super) greeting: Option<Box<HelloReply>>,
    /// `--max-fail` was reached.
    pub(super) had_enough: bool,
    /// Workers that died, other than of cases that are listed to do that.
    pub(super) worker_crashes: u64,
    /// How workers ended that may have died of these cases, which are run by themselves.
    suspected: BTreeMap<CaseId, String>,
    /// Cases among them that ended no worker by themselves.
    pub(super) cleared: u64,
    /// The trace and what a profile is made from, if they are wanted.
    pub(super) observers: Option<Box<Observers>>,
    /// Workers that died of no case.
    deaths: Deaths,
    /// Regressions are being run again alone.
    pub(super) confirming: bool,
    /// Cases that will be run a second time, and how they ended.
    pub(super) sample: Sample,
    /// What their second runs came to.
    pub(super) audit: Option<Audit>,
    /// Who ran what, as far as somebody will want to know.
    pub(super) course: Course,
    /// What changed the cases that something changed; `None` if there are none.
    pub(super) polluters: Option<Polluters>,
    /// Text of the reason at hand.
    why: String,
    /// Features of the failure at hand.
    features: Vec<&'a str>,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        selected: &'a Selected,
        reference: Option<&'a Reference>,
        reporter: Reporter<'static>,
        stop: &'a StopFlag,
        listener: &'a Listener,
    ) -> Self {
        Self {
            settings,
            selected,
            reference,
            reporter,
            stop,
            listener,
            since: Instant::now(),
            last: vec![Last::default(); selected.plan.cases.len()],
            greeting: None,
            had_enough: false,
            worker_crashes: 0,
            suspected: BTreeMap::new(),
            cleared: 0,
            observers: None,
            deaths: Deaths::default(),
            confirming: false,
            sample: Sample::default(),
            audit: None,
            course: Course::default(),
            polluters: None,
            why: String::new(),
            features: Vec::new(),
        }
    }

    /// Reports the configuration and what will not be run.
    pub(super) fn begin(&mut self, header: &RunHeader) {
        self.reporter.begin(header);
        for skipped in &self.selected.plan.skipped {
            self.why.clear();
            // Writing into a `String` has no way to fail.
            let _ = write!(self.why, "{}", skipped.reason);
            let record = CaseRecord {
                path: &skipped.path,
                variant: skipped.variant,
                verdict: Verdict::Skip,
                expected: true,
                why: &self.why,
                finished: None,
                worker: 0,
                worker_life: 0,
                attempt: 0,
                previous: None,
                partial: None,
                about: About {
                    skip: Some(&skipped.reason),
                    ..About::default()
                },
            };
            self.reporter.case(&record, self.since.elapsed());
        }
        self.must_be_heard();
    }

    /// Reports an attempt of an earlier run once more, as it was.
    pub(super) fn revive(&mut self, id: CaseId, was: &Revived) {
        let selected = self.selected;
        let (Some(case), Some(last)) = (selected.plan.case(id), self.last.get_mut(id.0 as usize))
        else {
            return;
        };
        let excused = self
            .reference
            .is_some_and(|it| it.excuses(&case.path, case.variant, was.class));
        let worker = WorkerId {
            slot: was.worker,
            life: was.worker_life,
        };
        self.sample
            .heard(id, worker, was.verdict, &was.finished.outcome);
        let before = *last;
        if was.attempt == 1 {
            self.course.note(id, worker);
        }
        let attempt = Attempt {
            verdict: was.verdict,
            class: was.class.filter(|_| !was.expected || excused),
            kind: was.kind.filter(|_| !was.expected),
            expected: was.expected || was.partial.is_some(),
            confirms: was.partial.is_some(),
            number: was.attempt,
            us: micros(&was.finished),
        };
        let partial = last.note(&attempt);
        let listed = last.expected && last.class.is_none();
        self.worker_crashes += u64::from(was.killed_worker() && !listed);
        self.note_features(case, was.kind);
        let record = CaseRecord {
            path: &case.path,
            variant: case.variant,
            verdict: was.verdict,
            expected: was.expected,
            why: &was.why,
            finished: Some(&was.finished),
            worker: was.worker,
            worker_life: was.worker_life,
            attempt: was.attempt,
            previous: before.verdict.filter(|_| !before.expected),
            partial,
            about: About {
                kind: was.kind,
                features: &self.features,
                skip: None,
                died_before: was.died_before.as_deref(),
            },
        };
        self.reporter.case(&record, self.since.elapsed());
        self.must_be_heard();
    }

    /// Time since the run began.
    pub(super) fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    /// Takes one event.
    pub(super) fn take(&mut self, event: Event) {
        self.observe(&event);
        match event {
            Event::Answered {
                case,
                worker,
                finished,
                ..
            } => {
                self.answered(case, worker, &finished);
            }
            Event::Unreadable { case, error } => {
                self.answered(case, WorkerId { slot: 0, life: 0 }, &never_sent(error));
            }
            Event::WorkerReady { reply, .. } => {
                self.greeting.get_or_insert(reply);
            }
            Event::Tick { running } => self.tick(&running),
            other => self.worker_event(other),
        }
    }

    fn answered(&mut self, id: CaseId, worker: WorkerId, finished: &Finished) {
        if self.deaths.are_waiting() {
            self.tell_of_deaths(None);
        }
        let selected = self.selected;
        let Some((case, judgement)) =
            selected
                .plan
                .case(id)
                .zip(judged(self.settings, selected, id, finished))
        else {
            return;
        };
        self.sample
            .heard(id, worker, judgement.verdict, &finished.outcome);
        let class = Class::of(&judgement.why).filter(|_| !judgement.expected);
        let expected = judgement.expected
            || self
                .reference
                .is_some_and(|it| it.excuses(&case.path, case.variant, class));
        let Some(last) = self.last.get_mut(id.0 as usize) else {
            return;
        };
        let before = *last;
        let attempt = Attempt {
            verdict: judgement.verdict,
            class,
            kind: class.and_then(|_| judgement.why.kind()),
            expected,
            confirms: self.confirming,
            number: before.attempts.saturating_add(1),
            us: micros(finished),
        };
        if attempt.number == 1 {
            self.course.note(id, worker);
        }
        let partial = last.note(&attempt);
        let kind = judgement.why.kind();
        let died_before = self.suspected.remove(&id);
        self.explain(&judgement, expected, partial);
        if let Some(death) = &died_before {
            self.explain_death(death, &finished.outcome);
        }
        let about = About {
            kind,
            died_before: died_before.as_deref(),
            ..About::default()
        };
        self.report(case, (worker, finished), &attempt, before, (about, partial));
        self.count_failures();
    }

    /// Puts the reason into words, where there is one to give.
    fn explain(&mut self, judged: &Judgement<'_>, expected: bool, partial: Option<FailureKind>) {
        self.why.clear();
        // Writing into a `String` has no way to fail.
        if let Some(kind) = partial {
            let _ = write!(self.why, "as expected alone, failed among others ({kind})");
        } else if judged.verdict != Verdict::Pass || !expected {
            let _ = write!(self.why, "{}", judged.why);
        }
    }

    fn report(
        &mut self,
        case: &Case,
        (worker, finished): (WorkerId, &Finished),
        attempt: &Attempt,
        before: Last,
        (about, partial): (About<'_>, Option<FailureKind>),
    ) {
        self.note_features(case, about.kind);
        let record = CaseRecord {
            path: &case.path,
            variant: case.variant,
            verdict: attempt.verdict,
            expected: attempt.expected && partial.is_none(),
            why: &self.why,
            finished: Some(finished),
            worker: worker.slot,
            worker_life: worker.life,
            attempt: attempt.number,
            previous: before.verdict.filter(|_| !before.expected),
            partial,
            about: About {
                features: &self.features,
                ..about
            },
        };
        let elapsed = self.since.elapsed();
        self.reporter.case(&record, elapsed);
        if let Some(observers) = &mut self.observers
            && let Err(error) = observers.case(case, &record, elapsed)
        {
            self.reporter.lose(&error);
        }
        self.must_be_heard();
    }

    /// Adds what the case's run by itself says of the death before.
    fn explain_death(&mut self, death: &str, outcome: &Outcome) {
        let again = outcome.ended_worker() || matches!(outcome, Outcome::OutOfMemory);
        // The worker that died again is told of, and counted, by itself.
        self.cleared += u64::from(!again);
        self.worker_crashes += u64::from(!again);
        let gap = if self.why.is_empty() { "" } else { "; " };
        let so = if again {
            "ended one again"
        } else {
            "ended none"
        };
        // Writing into a `String` has no way to fail.
        let _ = write!(
            self.why,
            "{gap}a worker at it {death}; run again by itself, it {so}"
        );
    }

    /// Keeps at hand which features a failure is about.
    fn note_features(&mut self, case: &Case, kind: Option<FailureKind>) {
        self.features.clear();
        if kind.is_some() {
            self.features
                .extend(self.selected.suite.categories(case.test));
        }
    }

    /// Reports a case that ended otherwise when it was run alone.
    pub(super) fn report_shadow(&mut self, record: &ShadowRecord) {
        self.reporter.shadow(record);
    }

    /// Where no report is left, what is run from now on would be lost: the run stops.
    fn must_be_heard(&self) {
        if !self.reporter.is_heard() {
            self.stop_early();
        }
    }

    /// Lets what is running finish. A second request would kill it.
    fn stop_early(&self) {
        if self.stop.level() == Stop::No {
            self.stop.request();
        }
    }

    fn count_failures(&mut self) {
        let unexpected = self.reporter.figures().counts().unexpected;
        let enough = self
            .settings
            .max_fail
            .is_some_and(|limit| unexpected >= limit);
        // With retries to come, an unexpected result may not be the last word;
        // the limit is about time lost, so it counts them all the same.
        if enough && !self.had_enough {
            self.had_enough = true;
            self.stop_early();
        }
    }

    fn tick(&mut self, running: &[Running]) {
        if self.listener.interrupted() {
            self.reporter.stopping(running.len());
        }
        if self.listener.asked() {
            for at in running {
                let Some(case) = self.selected.plan.case(at.case) else {
                    continue;
                };
                let seconds = at.since.as_secs_f64();
                let (worker, path, variant) = (at.worker, &case.path, case.variant);
                self.reporter.note(&format!(
                    "worker {worker}: {path} {variant}, {seconds:.1} s"
                ));
            }
        }
        let longest = running.iter().max_by_key(|at| at.since);
        match longest.and_then(|at| Some((self.selected.plan.case(at.case)?, at.since))) {
            Some((case, since)) => {
                let name = format!("{} {}", case.path, case.variant);
                self.reporter.longest(&name, since);
            }
            None => self.reporter.longest("", Duration::ZERO),
        }
        self.reporter.tick(self.since.elapsed());
        self.must_be_heard();
    }

    /// The case ended as a list says: what came of it is no surprise.
    fn is_listed(&self, blamed: Option<CaseId>) -> bool {
        let last = blamed.and_then(|case| self.last.get(case.0 as usize));
        last.is_some_and(|last| last.expected && last.class.is_none())
    }

    /// Tells of the workers that died of no case; `last` is one that an error of the
    /// run tells of.
    pub(super) fn tell_of_deaths(&mut self, last: Option<&LastWorker>) {
        let told = match last {
            Some(last) => self.deaths.tell_beside(last),
            None => self.deaths.tell(),
        };
        for text in told {
            self.reporter.note(&text);
        }
    }

    /// What people should know of a worker as it happens.
    fn worker_event(&mut self, event: Event) {
        match event {
            Event::Diagnostic { worker, text } => {
                self.reporter.note(&format!("worker {worker}: {text}"));
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } if retiring.reason != RetireReason::Drained => {
                let (reason, detail) = (retiring.reason, &retiring.detail);
                self.reporter
                    .note(&format!("worker {worker} retired: {reason} {detail}"));
            }
            Event::WorkerDied {
                worker,
                death,
                blamed,
                suspected,
                stderr_tail,
                ..
            } if death != Death::Interrupted => {
                let blamed_rightly = suspected.is_some() || self.is_listed(blamed);
                self.worker_crashes += u64::from(!blamed_rightly);
                let case = blamed.or(suspected);
                let Some(case) = case.and_then(|case| self.selected.plan.case(case)) else {
                    return self.deaths.hear(worker, &death, &stderr_tail);
                };
                let then = match suspected {
                    Some(_) => "; the case is run again by itself before that is laid to it",
                    None => "",
                };
                let (path, said) = (&case.path, stderr_tail.trim_end());
                self.reporter
                    .note(&format!("worker {worker} at {path}: {death}{then}\n{said}"));
                if let Some(case) = suspected {
                    self.suspected.insert(case, death.to_string());
                }
            }
            _ => {}
        }
    }
}
