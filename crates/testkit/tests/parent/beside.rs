//! Two workers of a slot beside each other: the old one at its last cases, the
//! new one at its first. What happens when is fixed by cases that wait for others.

use crate::common::{Bench, Told, is_lost};
use rewind_harness::{Event, Limits, RunConfig, RunTotals, StopFlag, WorkerId};
use rewind_protocol::Outcome;
use rewind_testkit::{Deed, Script, Step};
use std::collections::HashMap;
use std::time::Duration;

/// Cases that each worker is sent.
const LIMIT: u64 = 8;

/// `count` cases, of which some do this when they have begun.
fn bench(count: usize, deeds: &[(usize, Deed)]) -> Bench {
    let mut scripts = vec![None; count];
    for &(number, deed) in deeds {
        scripts[number] = Some(Script {
            step: Step::Begun,
            deed,
            times: None,
        });
    }
    Bench::new(scripts)
}

/// One slot, and time enough for a spare to come up while a case waits.
fn config(bench: &Bench) -> RunConfig {
    let limits = Limits {
        cases: Some(LIMIT),
        ..Limits::default()
    };
    let mut config = bench.config(1, &[]);
    config.patience.stall = Duration::from_secs(30);
    RunConfig { limits, ..config }
}

/// Runs it, and sees that the workers of a slot come one after another in what
/// is told, but for their last words.
fn run(bench: &Bench, config: &RunConfig) -> (Told, RunTotals) {
    let mut latest = HashMap::new();
    let (told, totals) = bench.run_with(config, &StopFlag::new(), |event| {
        if let Event::WorkerReady { worker, .. } | Event::Answered { worker, .. } = event {
            let life = latest.entry(worker.slot).or_insert(0);
            assert!(*life <= worker.life, "{worker} after one that came later");
            *life = worker.life;
        }
    });
    (told, totals.unwrap())
}

fn who_answered(told: &Told, case: u32) -> WorkerId {
    let answers = &told.answers[&case];
    answers.last().unwrap().1
}

#[test]
fn successor_works_while_the_old_worker_is_at_its_last_case() {
    // Were the ninth not begun before the eighth has ended, neither would ever.
    let bench = bench(20, &[(7, Deed::Await), (8, Deed::Go)]);
    let (told, totals) = run(&bench, &config(&bench));
    bench.check(&told, &totals);
    let lives = [7, 8].map(|case| who_answered(&told, case).life);
    assert_eq!(lives, [0, 1]);
    assert!(told.deaths.is_empty(), "{:?}", told.deaths);
    assert_eq!(totals.counters.cases, 20);
    let first = totals.recycling.pauses.first().unwrap();
    assert!(first.spare && first.orderly && first.span.is_zero());
    assert_eq!(totals.recycling.pauses.len(), 2);
}

#[test]
fn old_worker_that_dies_beside_its_successor_is_to_blame_for_its_last_case_alone() {
    let bench = bench(20, &[(7, Deed::Fall(11)), (8, Deed::Go)]);
    let (told, totals) = run(&bench, &config(&bench));
    bench.check(&told, &totals);
    let [(worker, _, blamed, _)] = told.deaths.as_slice() else {
        panic!("{:?}", told.deaths);
    };
    assert_eq!((worker.life, blamed.map(|case| case.0)), (0, Some(7)));
    assert_eq!(who_answered(&told, 8).life, 1);
}

#[test]
fn what_the_old_worker_had_not_begun_is_answered_when_it_dies_beside_its_successor() {
    // It is at its last but two, and dies when the successor is at work.
    let bench = bench(20, &[(5, Deed::Fall(9)), (8, Deed::Go)]);
    let (told, totals) = run(&bench, &config(&bench));
    bench.check(&told, &totals);
    assert_eq!(told.deaths.len(), 1);
    for case in [6, 7] {
        let worker = who_answered(&told, case);
        assert!(worker.life > 0, "case {case} by {worker}");
    }
}

#[test]
fn successor_that_dies_beside_the_old_worker_leaves_that_alone() {
    let deeds = [(7, Deed::Await), (8, Deed::Kill(9)), (9, Deed::Go)];
    let bench = bench(20, &deeds);
    let (told, totals) = run(&bench, &config(&bench));
    bench.check(&told, &totals);
    let lives = [7, 8, 9].map(|case| who_answered(&told, case).life);
    assert_eq!(lives, [0, 1, 2]);
    let [(worker, _, blamed, _)] = told.deaths.as_slice() else {
        panic!("{:?}", told.deaths);
    };
    assert_eq!((worker.life, blamed.map(|case| case.0)), (1, Some(8)));
    assert!(!told.answers.values().flatten().any(|it| is_lost(&it.2)));
}

#[test]
fn old_worker_that_retires_by_itself_leaves_the_rest_to_its_successor() {
    // At its last but two, once its successor has begun.
    let mut bench = bench(20, &[(5, Deed::Await), (8, Deed::Go)]);
    bench.scripts[6] = Some(Script {
        step: Step::Received,
        deed: Deed::Retire,
        times: Some(1),
    });
    let text = format!("fake {}\n// 6", bench.scripts[6].unwrap());
    std::fs::write(bench.plan.root.join(&*bench.plan.cases[6].path), text).unwrap();
    let (told, totals) = run(&bench, &config(&bench));
    let outcome = |case| told.settled(case).outcome.clone();
    assert!((0..20).all(|case| outcome(case) == Outcome::Completed));
    assert_eq!((totals.not_run, totals.lost, told.deaths.len()), (0, 0, 0));
    let reasons: Vec<_> = told.retired.iter().map(|(_, it)| it.reason).collect();
    let own = rewind_protocol::RetireReason::Unrestorable;
    assert_eq!(reasons.iter().filter(|reason| **reason == own).count(), 1);
    for case in [6, 7] {
        assert!(who_answered(&told, case).life > 0);
    }
}

#[test]
fn successor_is_sent_few_cases_while_the_old_worker_is_at_its_last() {
    // More than the successor gets: the last of them lets the old one go.
    let bench = bench(600, &[(7, Deed::Await), (400, Deed::Go)]);
    let mut config = config(&bench);
    config.patience.stall = Duration::from_millis(1500);
    let (told, totals) = run(&bench, &config);
    assert_eq!((totals.not_run, totals.lost), (0, 0));
    // The watchdog had to end it, and blames the case that waited in vain.
    let blamed: Vec<_> = told.deaths.iter().filter_map(|it| it.2).collect();
    assert_eq!(blamed, [rewind_plan::CaseId(7)]);
}

#[test]
fn run_that_is_killed_ends_both() {
    let bench = bench(20, &[(7, Deed::Await), (9, Deed::Hang)]);
    let mut scripts = bench.scripts.clone();
    scripts[8] = Some(Script {
        step: Step::Begun,
        deed: Deed::Nap(1),
        times: Some(1),
    });
    let text = format!("fake {}\n// 8", scripts[8].unwrap());
    std::fs::write(bench.plan.root.join(&*bench.plan.cases[8].path), text).unwrap();
    let stop = StopFlag::new();
    let begun = bench.plan.root.join("state/case-8.js");
    let (told, totals) = bench.run_with(&config(&bench), &stop, |event| {
        if matches!(event, Event::Tick { .. }) && begun.exists() {
            stop.request();
            stop.request();
        }
    });
    let totals = totals.unwrap();
    assert!(begun.exists() && totals.interrupted);
    assert!(totals.answered >= 7 && totals.answered + totals.not_run == 20);
    assert_eq!(told.answers.len(), totals.answered);
}
