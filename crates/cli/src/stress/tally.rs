//! Counts what came of a stress run, and holds each answer against its model.

use super::corpus::Role;
use super::expect::Expect;
use super::killer::Killed;
use super::kind::Kind;
use hdrhistogram::Histogram;
use rewind_harness::{Death, Event, WorkerId};
use rewind_plan::CaseId;
use rewind_protocol::message::{HelloReply, RetireReason};
use rewind_protocol::{Finished, Outcome};
use rewind_sys::process::Pid;
use std::collections::BTreeMap;

/// Longest recovery that is told apart from longer ones, in ns.
const LONGEST_NS: u64 = 60_000_000_000;
/// Violations that are kept to be shown.
const KEPT: usize = 50;

/// How far a case has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// No answer yet.
    #[default]
    Open,
    /// Answered with `lost`; it may be tried once more.
    Lost,
    /// Answered.
    Settled,
}

/// An answer that must not have come.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Violation {
    /// Number of the case.
    pub(super) case: u32,
    /// Kind of fault, or `check`.
    pub(super) kind: &'static str,
    /// What it was to come to.
    pub(super) expected: String,
    /// What it came to.
    pub(super) seen: String,
}

/// What has been counted so far.
pub(super) struct Tally<'a> {
    kinds: &'a [Kind],
    roles: &'a [Role],
    standings: Vec<Standing>,
    /// Who answered each case last, to know what a recovery followed.
    previous: Option<(CaseId, WorkerId)>,
    pub(super) answers: u64,
    pub(super) doubled: u64,
    pub(super) misattributed: u64,
    /// Of these: checks, which found damage or met a fault of somebody else.
    pub(super) failed_checks: u64,
    pub(super) violations: Vec<Violation>,
    /// Faults that were answered, by index of the kind.
    pub(super) faults: Vec<u64>,
    /// From a fault to the next case's start, in ns.
    pub(super) recovery: Histogram<u64>,
    /// The same by index of the kind.
    pub(super) recovery_by_kind: Vec<Histogram<u64>>,
    /// Largest growth that a worker reported, in KiB; `None` while none has.
    pub(super) rss_growth_kib: Option<i64>,
    /// Why workers had to be replaced.
    pub(super) restarts: BTreeMap<String, u64>,
    /// Workers that were killed from outside.
    killed: Killed,
    /// Processes of the workers that are up.
    pids: BTreeMap<WorkerId, Pid>,
    /// Answers that only such a death explains, until it is told.
    blames: BTreeMap<WorkerId, (CaseId, Role, Outcome)>,
    /// Cases that ran when their worker was killed from outside.
    pub(super) killed_cases: u64,
    /// What the first worker said about itself.
    pub(super) greeting: Option<Box<HelloReply>>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(kinds: &'a [Kind], roles: &'a [Role]) -> Self {
        Self {
            kinds,
            roles,
            standings: vec![Standing::default(); roles.len()],
            previous: None,
            answers: 0,
            doubled: 0,
            misattributed: 0,
            failed_checks: 0,
            violations: Vec::new(),
            faults: vec![0; kinds.len()],
            recovery: histogram(3),
            recovery_by_kind: kinds.iter().map(|_| histogram(2)).collect(),
            rss_growth_kib: None,
            restarts: BTreeMap::new(),
            killed: Killed::default(),
            pids: BTreeMap::new(),
            blames: BTreeMap::new(),
            killed_cases: 0,
            greeting: None,
        }
    }

    /// The same, with workers being killed.
    pub(super) fn with(mut self, killed: Killed) -> Self {
        self.killed = killed;
        self
    }

    /// Takes one event of the run.
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Answered {
                case,
                attempt,
                worker,
                finished,
            } => self.answered(case, attempt, worker, &finished),
            Event::Unreadable { case, error } => self.unreadable(case, error),
            Event::WorkerReady { worker, reply } => {
                let pid = i32::try_from(reply.pid).map(Pid);
                self.pids.extend(pid.ok().map(|pid| (worker, pid)));
                self.greeting.get_or_insert(reply);
            }
            Event::WorkerRetired {
                worker, retiring, ..
            } => {
                self.was_killed(worker);
                let growth = retiring.counters.rss_growth_kib;
                self.rss_growth_kib = self.rss_growth_kib.max(Some(growth));
                if retiring.reason != RetireReason::Drained {
                    self.restarted(format!("retired: {}", retiring.reason));
                }
            }
            Event::WorkerDied {
                worker,
                death,
                blamed,
                ..
            } => {
                self.blamed(worker, blamed);
                self.restarted(reason(&death));
            }
            Event::Withdrawn { .. } | Event::Diagnostic { .. } | Event::Tick { .. } => {}
        }
    }

    /// Cases without an answer other than `lost`, but for those meant to be lost.
    pub(super) fn lost(&self) -> u64 {
        let meant = |role: &Role| {
            let kind = self.kind(*role);
            kind.is_some_and(|kind| kind.expect == Expect::Babbles)
        };
        let lost = |(standing, role): &(&Standing, &Role)| match standing {
            Standing::Settled => false,
            Standing::Lost => !meant(role),
            Standing::Open => true,
        };
        let cases = self.standings.iter().zip(self.roles);
        cases.filter(lost).count() as u64
    }

    /// Workers that were killed from outside.
    pub(super) fn kills(&self) -> u64 {
        self.killed.count()
    }

    /// Ends the count: an answer that only a death explains which didn't come is wrong.
    pub(super) fn close(&mut self) {
        for (case, role, outcome) in std::mem::take(&mut self.blames).into_values() {
            self.hold_against(case, role, &outcome);
        }
    }

    fn kind(&self, role: Role) -> Option<&'a Kind> {
        match role {
            Role::Fault(index) => self.kinds.get(usize::from(index)),
            Role::Check => None,
        }
    }

    /// A worker that was killed may take one case with it: the one that is blamed.
    fn blamed(&mut self, worker: WorkerId, blamed: Option<CaseId>) {
        let killed = self.was_killed(worker);
        let Some((case, role, outcome)) = self.blames.remove(&worker) else {
            return;
        };
        if killed && blamed == Some(case) {
            self.killed_cases += 1;
        } else {
            self.hold_against(case, role, &outcome);
        }
    }

    /// The worker, which has ended, was killed from outside.
    fn was_killed(&mut self, worker: WorkerId) -> bool {
        let pid = self.pids.remove(&worker);
        pid.is_some_and(|pid| self.killed.take(pid))
    }

    fn restarted(&mut self, reason: String) {
        *self.restarts.entry(reason).or_default() += 1;
    }

    fn answered(&mut self, case: CaseId, attempt: u32, worker: WorkerId, finished: &Finished) {
        let index = case.0 as usize;
        let Some((role, standing)) = self.roles.get(index).zip(self.standings.get_mut(index))
        else {
            self.doubled += 1;
            return;
        };
        let role = *role;
        self.answers += u64::from(*standing != Standing::Lost);
        if *standing == Standing::Settled {
            self.doubled += 1;
            return;
        }
        if let Outcome::Lost { .. } = finished.outcome {
            *standing = Standing::Lost;
            let meant = self
                .kind(role)
                .is_some_and(|kind| kind.expect == Expect::Babbles);
            if let Some(count) = self.count_of(role).filter(|_| meant) {
                // Each is lost twice: it is tried once more.
                *count += u64::from(attempt == 1);
            }
        } else {
            let again = *standing == Standing::Lost;
            *standing = Standing::Settled;
            self.judge(case, role, worker, &finished.outcome, again);
        }
        self.note_recovery(case, worker, finished);
    }

    fn judge(
        &mut self,
        case: CaseId,
        role: Role,
        worker: WorkerId,
        outcome: &Outcome,
        again: bool,
    ) {
        let expect = self
            .kind(role)
            .map_or(Expect::Completes, |kind| kind.expect);
        let counted = again && expect == Expect::Babbles;
        if let Some(count) = self.count_of(role).filter(|_| !counted) {
            *count += 1;
        }
        if expect.allows(outcome) {
            return;
        }
        if is_killed(outcome) && !self.blames.contains_key(&worker) {
            self.blames.insert(worker, (case, role, outcome.clone()));
        } else {
            self.hold_against(case, role, outcome);
        }
    }

    fn hold_against(&mut self, case: CaseId, role: Role, outcome: &Outcome) {
        let kind = self.kind(role);
        let expect = kind.map_or(Expect::Completes, |kind| kind.expect);
        self.misattributed += 1;
        self.failed_checks += u64::from(role == Role::Check);
        self.keep(Violation {
            case: case.0,
            kind: kind.map_or("check", |kind| kind.name),
            expected: expect.to_string(),
            seen: describe(outcome),
        });
    }

    fn count_of(&mut self, role: Role) -> Option<&mut u64> {
        match role {
            Role::Fault(index) => self.faults.get_mut(usize::from(index)),
            Role::Check => None,
        }
    }

    /// A worker answers in its order, so what it answered before is what it recovered from.
    fn note_recovery(&mut self, case: CaseId, worker: WorkerId, finished: &Finished) {
        let previous = self.previous.replace((case, worker));
        let Some(span) = finished.recovery else {
            return;
        };
        self.recovery.saturating_record(span.0);
        let Some((before, _)) = previous.filter(|(_, answered_by)| *answered_by == worker) else {
            return;
        };
        if let Some(Role::Fault(index)) = self.roles.get(before.0 as usize)
            && let Some(histogram) = self.recovery_by_kind.get_mut(usize::from(*index))
        {
            histogram.saturating_record(span.0);
        }
    }

    fn unreadable(&mut self, case: CaseId, error: String) {
        self.keep(Violation {
            case: case.0,
            kind: "unreadable",
            expected: "a script that can be read".to_owned(),
            seen: error,
        });
    }

    fn keep(&mut self, violation: Violation) {
        if self.violations.len() < KEPT {
            self.violations.push(violation);
        }
    }
}

/// The worker was killed while it ran the case.
fn is_killed(outcome: &Outcome) -> bool {
    const SIGKILL: i32 = 9;
    matches!(outcome, Outcome::Crashed(site) if site.worker_died && site.signal == SIGKILL)
}

fn histogram(digits: u8) -> Histogram<u64> {
    // These bounds are within what the crate allows, so the fallback is never taken.
    Histogram::new_with_bounds(1, LONGEST_NS, digits)
        .or_else(|_out_of_bounds| Histogram::new(1))
        .unwrap_or_else(|_out_of_bounds| unreachable!("one digit is allowed"))
}

fn reason(death: &Death) -> String {
    match death {
        Death::Start(_) => "did not start".to_owned(),
        Death::Babbled(_) => "broke the protocol".to_owned(),
        other => other.to_string(),
    }
}

/// An outcome on one line.
fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Crashed(site) => {
            let overflow = if site.stack_overflow {
                ", stack overflow"
            } else {
                ""
            };
            let died = if site.worker_died {
                " with the worker"
            } else {
                ""
            };
            format!(
                "crashed by signal {}{died}, address {:#x}, pc {:#x}{overflow}",
                site.signal, site.address, site.pc
            )
        }
        Outcome::Exited { code, worker_died } => {
            let died = if *worker_died { " with the worker" } else { "" };
            format!("exited with {code}{died}")
        }
        Outcome::Threw { phase, thrown } => {
            format!("threw {}: {} ({phase})", thrown.name, thrown.message)
        }
        Outcome::HostError { kind, message } => format!("host-error {kind}: {message}"),
        Outcome::TimedOut(origin) => format!("timed-out, {origin:?}").to_lowercase(),
        Outcome::Lost { reason } => format!("lost: {reason}"),
        other => other.kind().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::{CrashSite, MemoryUse, Nanos, Phases, Seq};

    const WORKER: WorkerId = WorkerId { slot: 0, life: 0 };

    fn answer(case: u32, outcome: Outcome) -> Event {
        let finished = Finished {
            seq: Seq(u64::from(case)),
            outcome,
            notices: Vec::new(),
            output: Vec::new().into(),
            output_dropped: 0,
            recovery: (case % 2 == 1).then_some(Nanos(40_000)),
            place: None,
            markers: Vec::new(),
            phases: Phases::default(),
            memory: MemoryUse::default(),
        };
        let case = CaseId(case);
        Event::Answered {
            case,
            attempt: 1,
            worker: WORKER,
            finished: Box::new(finished),
        }
    }

    fn segv() -> Outcome {
        Outcome::Crashed(CrashSite {
            signal: 11,
            ..CrashSite::default()
        })
    }

    fn lost() -> Outcome {
        Outcome::Lost {
            reason: "gone".to_owned(),
        }
    }

    /// Two faults of kind `null`, each with its check, answered so.
    fn tally<'a>(kinds: &'a [Kind], roles: &'a [Role], answers: Vec<Event>) -> Tally<'a> {
        let mut tally = Tally::new(kinds, roles);
        for event in answers {
            tally.take(event);
        }
        tally
    }

    const ROLES: [Role; 4] = [Role::Fault(0), Role::Check, Role::Fault(0), Role::Check];

    fn null() -> [Kind; 1] {
        ["null".parse().expect("a kind")]
    }

    #[test]
    fn answers_as_planned_leave_nothing_to_complain_about() {
        let kinds = null();
        let answers = vec![
            answer(0, segv()),
            answer(1, Outcome::Completed),
            answer(2, segv()),
            answer(3, Outcome::Completed),
        ];
        let tally = tally(&kinds, &ROLES, answers);
        assert_eq!(
            (tally.lost(), tally.doubled, tally.misattributed),
            (0, 0, 0)
        );
        assert_eq!((tally.faults[0], tally.recovery.len()), (2, 2));
        assert_eq!(tally.recovery_by_kind[0].len(), 2);
        assert!((39_000..41_000).contains(&tally.recovery.value_at_quantile(0.5)));
    }

    #[test]
    fn crash_of_a_check_and_completion_of_a_fault_are_misattributed() {
        let kinds = null();
        let answers = vec![
            answer(0, Outcome::Completed),
            answer(1, segv()),
            answer(2, segv()),
        ];
        let tally = tally(&kinds, &ROLES, answers);
        assert_eq!((tally.misattributed, tally.failed_checks), (2, 1));
        let kinds: Vec<_> = tally.violations.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, ["null", "check"]);
        assert_eq!(tally.lost(), 1, "case 3 was never answered");
    }

    const KILLED: Outcome = Outcome::Crashed(CrashSite {
        signal: 9,
        code: 0,
        address: 0,
        pc: 0,
        stack_overflow: false,
        worker_died: true,
    });

    fn death(blamed: u32) -> Event {
        Event::WorkerDied {
            worker: WORKER,
            death: Death::Ended(rewind_sys::process::ExitStatus::Signaled(9)),
            blamed: Some(CaseId(blamed)),
            suspected: None,
            requeued: 0,
            stderr_tail: String::new(),
        }
    }

    #[test]
    fn death_that_nobody_caused_is_misattributed() {
        let kinds = null();
        let mut tally = tally(&kinds, &ROLES, vec![answer(1, KILLED), death(1)]);
        tally.close();
        assert_eq!((tally.misattributed, tally.killed_cases), (1, 0));
    }

    #[test]
    fn death_that_was_caused_explains_one_case_and_no_more() {
        let kinds = null();
        let killed = Killed::default();
        killed.add(Pid(7));
        let mut tally = Tally::new(&kinds, &ROLES).with(killed);
        tally.pids.insert(WORKER, Pid(7));
        for event in [
            answer(1, KILLED),
            answer(3, KILLED),
            death(1),
            answer(2, KILLED),
        ] {
            tally.take(event);
        }
        assert_eq!((tally.misattributed, tally.killed_cases), (1, 1));
        tally.close();
        assert_eq!(tally.misattributed, 2, "no death explains the last");
    }

    #[test]
    fn second_answer_counts_as_doubled_unless_the_first_was_lost() {
        let kinds = null();
        let answers = vec![
            answer(0, lost()),
            answer(0, segv()),
            answer(1, Outcome::Completed),
            answer(1, Outcome::Completed),
            answer(2, lost()),
            answer(3, Outcome::Completed),
            answer(99, Outcome::Completed),
        ];
        let tally = tally(&kinds, &ROLES, answers);
        assert_eq!(
            (tally.doubled, tally.lost(), tally.misattributed),
            (2, 1, 0)
        );
    }
}
