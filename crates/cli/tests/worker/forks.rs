//! A fork for each case, the next one made while a case runs.

use crate::parent::{Parent, case, hello, preamble};
use rewind_protocol::{
    CaseState, Finished, Hello, Isolation, Outcome, PreambleId, RetireReason, Run, ToWorker,
};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Without faults a guest reaches nothing but memory, and children are made ahead.
fn forking() -> Hello {
    Hello {
        isolation: Isolation::Fork,
        faults: false,
        ..hello()
    }
}

/// Running children of a process, the oldest first.
fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let numbers = list.split_whitespace().filter_map(|pid| pid.parse().ok());
    numbers.collect()
}

/// With one processor no child is made ahead, and there is nothing to look at.
fn is_made_ahead() -> bool {
    std::thread::available_parallelism().is_ok_and(|count| count.get() > 1)
}

/// Looks until there is what is wanted.
fn look_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn kill(pid: i32) {
    let sent = Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status();
    assert!(sent.expect("kill is there").success());
}

/// Nothing but a kill ends it.
fn endless() -> Run {
    Run {
        deadline_ms: 600_000,
        ..case("for (;;);")
    }
}

/// The child that runs, in its case by now, and the one made ahead.
fn running_and_waiting(worker: i32) -> [i32; 2] {
    let both = look_for("a child made ahead", || {
        <[i32; 2]>::try_from(children(worker)).ok()
    });
    look_for("the case's own work", || {
        (cpu_ticks(both[0]) >= 10).then_some(())
    });
    both
}

/// Time that a process has used, in hundredths of a second. What a child does
/// before its case begins is less than one.
fn cpu_ticks(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    fields
        .next()
        .and_then(|ticks| ticks.parse().ok())
        .unwrap_or(0)
}

fn all(parent: &mut Parent, runs: Vec<Run>) -> Vec<Finished> {
    let runs: Vec<_> = runs.into_iter().map(|run| parent.number(run)).collect();
    let seqs: Vec<_> = runs.iter().map(|run| run.seq).collect();
    let messages: Vec<_> = runs.into_iter().map(ToWorker::Run).collect();
    parent.say_all(&messages);
    let answers: Vec<_> = seqs.iter().map(|_| parent.answer()).collect();
    let answered: Vec<_> = answers.iter().map(|answer| answer.seq).collect();
    assert_eq!(answered, seqs, "each once, in the order they were sent");
    answers
}

#[test]
fn each_case_has_its_own_layer_and_nothing_of_the_case_before() {
    let mut parent = Parent::ready(forking());
    for id in 1..=3 {
        let source = format!("var layer = {id};");
        parent.say(&ToWorker::Preamble(preamble(id, None, &source)));
    }
    // 1,200 cases are more than an age of the hot pages. Layers change often, are
    // built while a case runs on another, and every 16th case can't be answered
    // by what was made ahead for its layer alone.
    let layer = |n: u32| {
        if n.is_multiple_of(16) {
            1 + n / 16 % 3
        } else {
            1 + n / 48 % 3
        }
    };
    let runs = (0..1200).map(|n| Run {
        preamble: PreambleId(layer(n)),
        ..case(format!(
            "if (globalThis.dirt) throw new Error('dirt'); globalThis.dirt = new Array(5000).fill({n}); \
             print({n}, layer);"
        ))
    });
    let answers = all(&mut parent, runs.collect());
    for (n, answer) in (0..).zip(&answers) {
        assert_eq!(answer.outcome, Outcome::Completed, "{n}");
        let printed = format!("{n} {}\n", layer(n));
        assert_eq!(String::from_utf8_lossy(&answer.output), printed);
    }
    let retiring = parent.drain();
    assert_eq!(retiring.reason, RetireReason::Drained);
    assert_eq!(retiring.counters.cases, 1200);
}

#[test]
fn child_that_is_killed_is_the_outcome_of_its_case_alone() {
    if !is_made_ahead() {
        return;
    }
    let mut parent = Parent::ready(forking());
    let worker = parent.child().pid().0;
    let [endless, next] = [endless(), case("print('next');")].map(|run| parent.number(run));
    let seqs = [endless.seq, next.seq];
    parent.say_all(&[ToWorker::Run(endless), ToWorker::Run(next)]);
    let both = running_and_waiting(worker);
    kill(both[0]);
    let [killed, next] = [(); 2].map(|()| parent.answer());
    assert_eq!([killed.seq, next.seq], seqs);
    match killed.outcome {
        Outcome::Crashed(site) => assert_eq!((site.signal, site.worker_died), (9, true)),
        other => panic!("{other:?}"),
    }
    assert_eq!(next.outcome, Outcome::Completed);
    assert_eq!(&next.output[..], b"next\n");
}

#[test]
fn child_that_is_killed_before_its_case_began_is_made_again() {
    if !is_made_ahead() {
        return;
    }
    let mut parent = Parent::ready(forking());
    let worker = parent.child().pid().0;
    let runs = [endless(), case("1;"), case("2;")].map(|run| parent.number(run));
    let seqs = runs.clone().map(|run| run.seq);
    parent.say_all(&runs.map(ToWorker::Run));
    let both = running_and_waiting(worker);
    kill(both[1]);
    look_for("its end", || (!lives(both[1])).then_some(()));
    kill(both[0]);
    let answers = [(); 3].map(|()| parent.answer());
    assert_eq!([0, 1, 2].map(|n: usize| answers[n].seq), seqs);
    let kinds = [0, 1, 2].map(|n: usize| answers[n].outcome.kind());
    assert_eq!(kinds, ["crashed", "completed", "completed"]);
}

#[test]
fn worker_that_is_killed_takes_its_children_along_and_its_ledger_names_the_case_that_ran() {
    if !is_made_ahead() {
        return;
    }
    let mut parent = Parent::ready(Hello {
        ledger: true,
        ..forking()
    });
    let worker = parent.child().pid().0;
    let [endless, next] = [endless(), case("1;")].map(|run| parent.number(run));
    let running = endless.seq;
    parent.say_all(&[ToWorker::Run(endless), ToWorker::Run(next)]);
    let both = running_and_waiting(worker);
    let state = parent.ledger().current();
    assert_eq!(state, Some((running, CaseState::Running)));
    kill(worker);
    look_for("the children's end", || {
        let left = both.iter().filter(|pid| lives(**pid));
        (left.count() == 0).then_some(())
    });
}

/// It is there and not merely waiting to be reaped.
fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().map(str::trim_start);
    state.is_some_and(|state| !state.is_empty() && !state.starts_with(['Z', 'X']))
}

#[test]
fn preamble_that_fails_is_not_laid_to_the_case_before() {
    let mut parent = Parent::ready(forking());
    parent.say(&ToWorker::Preamble(preamble(
        1,
        None,
        "throw new Error('no layer');",
    )));
    let on_it = Run {
        preamble: PreambleId(1),
        ..case("1;")
    };
    let runs = vec![case("1;"), on_it.clone(), case("2;"), on_it];
    let answers = all(&mut parent, runs);
    let kinds: Vec<_> = answers.iter().map(|answer| answer.outcome.kind()).collect();
    assert_eq!(kinds, ["completed", "threw", "completed", "threw"]);
}

#[test]
fn preamble_that_never_ends_leaves_the_children_before_it_to_be_waited_for() {
    let mut parent = Parent::ready(forking());
    for id in 1..=3 {
        let source = format!("var own = {id};");
        parent.say(&ToWorker::Preamble(preamble(id, None, &source)));
    }
    parent.say(&ToWorker::Preamble(preamble(4, None, "for (;;);")));
    let on = |id, source: &str| Run {
        preamble: PreambleId(id),
        ..case(source)
    };
    // A child is waited for when its slot is used again, three forks later.
    let mut runs: Vec<_> = (1..=3).map(|id| on(id, "own;")).collect();
    runs.push(on(4, "1;"));
    runs.extend((0..6).map(|_| case("2;")));
    let answers = all(&mut parent, runs);
    let kinds: Vec<_> = answers.iter().map(|answer| answer.outcome.kind()).collect();
    let mut expected = ["completed"; 10];
    expected[3] = "timed-out";
    assert_eq!(kinds, expected);
}
