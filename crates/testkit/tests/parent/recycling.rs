//! Who follows whom when workers are replaced, by counts.

use crate::common::{Bench, Told, is_lost};
use rewind_harness::{Ending, HarnessError, Limit, Limits, RunConfig, RunTotals, WorkerId};
use rewind_protocol::RetireReason;
use rewind_testkit::{Deed, Script, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn by_cases(config: RunConfig, cases: u64) -> RunConfig {
    let limits = Limits {
        cases: Some(cases),
        ..Limits::default()
    };
    RunConfig { limits, ..config }
}

fn spares(totals: &RunTotals) -> (u64, u64, u64) {
    let it = &totals.recycling;
    (it.spares_started, it.spares_used, it.spares_failed)
}

/// Handovers that a spare took, and all.
fn handovers(totals: &RunTotals) -> (usize, usize) {
    let pauses = &totals.recycling.pauses;
    let by_spare = pauses.iter().filter(|pause| pause.spare);
    (by_spare.count(), pauses.len())
}

#[test]
fn run_whose_workers_live_to_its_end_starts_no_spare() {
    let bench = Bench::quiet(400);
    let (told, totals) = bench.run(&bench.config(2, &[]));
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!((spares(&totals), handovers(&totals)), ((0, 0, 0), (0, 0)));
}

#[test]
fn limit_that_is_never_reached_starts_no_spare() {
    let bench = Bench::quiet(100);
    let config = by_cases(bench.config(1, &[]), 100);
    let totals = bench.run(&config).1.unwrap();
    assert_eq!((totals.workers, spares(&totals)), (1, (0, 0, 0)));
}

#[test]
fn workers_at_their_limit_are_each_followed_by_a_spare() {
    let bench = Bench::quiet(500);
    let config = by_cases(bench.config(1, &[]), 40);
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    // The thirteenth answers the last twenty.
    assert_eq!((totals.workers, spares(&totals)), (13, (12, 12, 0)));
    assert_eq!(handovers(&totals), (12, 12));
    assert!(totals.recycling.pauses.iter().all(|pause| pause.orderly));
    let limit = Ending::Replaced(Limit::Cases);
    assert!(totals.endings.iter().all(|(_, ending)| *ending == limit));
    assert_eq!((totals.endings.len(), totals.counters.cases), (12, 500));
    assert_eq!(told.ready.len(), 13);
    for (worker, _) in &told.ready {
        let answers = told.answers.values().flatten();
        let own = answers.filter(|(_, of, _)| of == worker).count();
        assert_eq!(own, if worker.life < 12 { 40 } else { 20 }, "{worker}");
    }
}

#[test]
fn many_slots_at_their_limits_lose_nothing() {
    let bench = Bench::quiet(2000);
    let config = by_cases(bench.config(10, &["--case-us", "50"]), 30);
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!(totals.counters.cases, 2000);
    assert!(totals.workers >= 2000 / 30, "{}", totals.workers);
    let (_, used, failed) = spares(&totals);
    assert!(used > 0 && failed == 0);
}

#[test]
fn worker_that_grows_old_is_replaced_between_two_cases() {
    let bench = Bench::quiet(200);
    let mut config = bench.config(1, &["--case-us", "2000"]);
    config.limits.age = Some(Duration::from_millis(100));
    config.ahead.cases = 4;
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    // 200 cases take 400 ms at least.
    assert!(totals.endings.len() >= 3, "{}", totals.endings.len());
    let limit = Ending::Replaced(Limit::Age);
    assert!(totals.endings.iter().all(|(_, ending)| *ending == limit));
    assert_eq!(spares(&totals).1, totals.endings.len() as u64);
}

#[test]
fn worker_that_retires_is_followed_before_it_has_ended() {
    let bench = Bench::quiet(300);
    let (told, totals) = bench.run(&bench.config(1, &["--retire-after", "40"]));
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    let by_limit = Ending::Retired(RetireReason::RssLimit);
    assert!(totals.endings.iter().all(|(_, ending)| *ending == by_limit));
    assert_eq!((totals.endings.len(), totals.workers), (7, 8));
    // The first is followed by one that was started then, all others by spares.
    let (by_spare, all) = handovers(&totals);
    assert!(by_spare >= 1 && by_spare + 1 == all, "{by_spare} of {all}");
    assert_eq!(totals.counters.cases, 300);
}

#[test]
fn worker_that_lingers_holds_its_successor_up_for_nothing() {
    let script = Script {
        step: Step::Received,
        deed: Deed::Linger,
        times: Some(1),
    };
    let mut scripts = vec![None; 40];
    scripts[5] = Some(script);
    let bench = Bench::new(scripts);
    let mut config = bench.config(1, &[]);
    config.patience.leave = Duration::from_secs(3);
    let start = std::time::Instant::now();
    let mut answered_after = None;
    let (told, totals) = bench.run_with(&config, &rewind_harness::StopFlag::new(), |event| {
        if matches!(event, rewind_harness::Event::Answered { case, .. } if case.0 == 39) {
            answered_after = Some(start.elapsed());
        }
        if let rewind_harness::Event::WorkerRetired { .. } = event {
            assert!(answered_after.is_some(), "it waited for the old one's end");
        }
    });
    bench.check(&told, &totals.unwrap());
    let lingered = |reason| reason == RetireReason::ThreadsLeft;
    assert_eq!(
        told.retired
            .iter()
            .filter(|(_, it)| lingered(it.reason))
            .count(),
        1
    );
}

#[test]
fn deaths_are_followed_by_the_one_spare_that_is_kept() {
    let script = Script {
        step: Step::Begun,
        deed: Deed::Kill(9),
        times: None,
    };
    let scripts = (0..600).map(|it| (it % 60 == 30).then_some(script));
    let bench = Bench::new(scripts);
    let (told, totals) = bench.run(&bench.config(2, &["--case-us", "200"]));
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!(told.deaths.len(), 10);
    let (started, used, failed) = spares(&totals);
    assert!((1..=9).contains(&used), "{used} of ten deaths");
    // One is kept, and may be left over.
    assert!(
        (used..=used + 1).contains(&started) && failed == 0,
        "{started}, {used}"
    );
    assert!(totals.recycling.pauses.iter().all(|pause| !pause.orderly));
}

#[test]
fn cases_that_run_alone_want_no_spare() {
    let bench = Bench::quiet(12);
    let mut config = by_cases(bench.config(1, &[]), 1);
    config.setup.isolation = rewind_protocol::Isolation::Spawn;
    let totals = bench.run(&config).1.unwrap();
    assert_eq!((totals.workers, spares(&totals)), (12, (0, 0, 0)));
}

/// What a spare does wrong, nobody's case pays for.
#[test]
fn spares_that_do_not_come_up_are_given_up_on_and_cost_no_case() {
    let bench = Bench::quiet(500);
    let config = by_cases(bench.config(1, &["--exit-when-warmed", "1"]), 40);
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!((totals.workers, spares(&totals)), (13, (3, 0, 3)));
    assert_eq!(handovers(&totals), (0, 12));
    assert!(told.deaths.is_empty());
}

/// Workers come up four times, and then never again.
#[test]
fn workers_that_can_not_be_replaced_end_the_run_with_an_error() {
    let bench = Bench::quiet(500);
    let config = by_cases(bench.config(1, &["--boots", "4"]), 40);
    let (told, result) = bench.run(&config);
    let error = result.unwrap_err();
    let HarnessError::NoWorker { totals, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((totals.answered, totals.not_run), (160, 340));
    // Three spares that failed, and three workers that were started in their place.
    assert_eq!((spares(totals), told.deaths.len()), ((6, 3, 3), 3));
    let text = error.to_string();
    assert!(text.contains("3 or more in a row"), "{text}");
    assert!(
        text.contains("before it had answered the greeting"),
        "{text}"
    );
    assert!(
        !told
            .answers
            .values()
            .flatten()
            .any(|(_, _, it)| is_lost(it))
    );
}

fn by_batches(config: RunConfig, cases: u64) -> RunConfig {
    let mut config = by_cases(config, cases);
    config.limits.batches = true;
    config
}

/// Cases by the worker that answered them last.
fn batches(told: &Told) -> BTreeMap<WorkerId, BTreeSet<u32>> {
    let mut batches: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for (case, answers) in &told.answers {
        let (_, worker, _) = answers.last().expect("an answer");
        batches.entry(*worker).or_default().insert(*case);
    }
    batches
}

#[test]
fn batches_are_the_same_with_any_number_of_workers() {
    let bench = Bench::quiet(430);
    let expected: BTreeSet<BTreeSet<u32>> = (0..430)
        .step_by(20)
        .map(|first| (first..(first + 20).min(430)).collect())
        .collect();
    for (workers, stand_ins) in [(1, 0), (2, 0), (5, 0), (30, 0), (2, 4)] {
        let mut config = by_batches(bench.config(workers, &["--case-us", "100"]), 20);
        config.stand_ins = stand_ins;
        let (told, totals) = bench.run(&config);
        bench.check(&told, &totals.unwrap());
        let found: BTreeSet<_> = batches(&told).into_values().collect();
        assert_eq!(found, expected, "{workers} workers");
    }
}

#[test]
fn rest_of_a_batch_stays_together_when_its_worker_dies() {
    let deadly = Script {
        step: Step::Begun,
        deed: Deed::Kill(11),
        times: None,
    };
    let scripts = (0..200).map(|case| (case % 40 == 25).then_some(deadly));
    let bench = Bench::new(scripts);
    for workers in [1, 2, 5] {
        let config = by_batches(bench.config(workers, &["--case-us", "100"]), 20);
        let (told, totals) = bench.run(&config);
        bench.check(&told, &totals.unwrap());
        let found = batches(&told);
        for first in (0..200).step_by(20) {
            let own = first..first + 20;
            let of: Vec<_> = found
                .values()
                .filter(|batch| batch.iter().any(|case| own.contains(case)))
                .collect();
            assert!(
                of.iter()
                    .all(|batch| batch.iter().all(|case| own.contains(case)))
            );
            let deaths = usize::from(first % 40 == 20);
            assert_eq!(of.len(), 1 + deaths, "{workers} workers, from {first}");
        }
    }
}

/// What the kernel tells of a worker's size is its parent's, if that is larger.
#[test]
fn largest_worker_is_smaller_than_a_parent_that_holds_more() {
    const HELD: usize = 256 << 20;
    let held = vec![1u8; HELD];
    let bench = Bench::quiet(20);
    let (told, totals) = bench.run(&bench.config(1, &[]));
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    let peak = totals.peak_worker_rss;
    assert!(peak > 0 && peak < held.len() as u64 / 2, "{peak}");
}
