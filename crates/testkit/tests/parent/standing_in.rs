//! Other workers run while a case sleeps, and only then.

use crate::common::Bench;
use rewind_harness::{Event, HarnessError, StopFlag};
use rewind_testkit::{Deed, Script, Step};
use std::collections::BTreeSet;

/// Runs a case that does `deed` before many that run well, on one worker and
/// two that may stand in; gives the slots that answered.
fn slots(deed: Deed, stand_ins: usize) -> BTreeSet<u32> {
    let script = Script {
        step: Step::Begun,
        deed,
        times: None,
    };
    let bench = Bench::new(std::iter::once(Some(script)).chain(std::iter::repeat_n(None, 60)));
    let mut config = bench.config(1, &[]);
    config.stand_ins = stand_ins;
    // Longer than any of it takes, so that nothing is taken for a hang.
    config.patience.stall *= 40;
    let (told, totals) = bench.run_with(&config, &StopFlag::new(), |event| {
        if matches!(event, Event::Answered { worker, .. } if worker.slot > 0) {
            bench.let_go();
        }
    });
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!(totals.replaced, 0);
    let answers = told.answers.values().flatten();
    let slots: BTreeSet<u32> = answers.map(|(_, worker, _)| worker.slot).collect();
    assert_eq!(totals.workers, slots.len(), "none is started for nothing");
    slots
}

#[test]
fn while_a_case_sleeps_another_worker_runs_the_rest() {
    assert_eq!(slots(Deed::Await, 2), BTreeSet::from([0, 1]));
}

#[test]
fn while_a_case_works_nobody_stands_in() {
    assert_eq!(slots(Deed::Spin(1000), 2), BTreeSet::from([0]));
}

#[test]
fn without_stand_ins_a_sleeping_case_is_waited_for() {
    assert_eq!(slots(Deed::Nap(500), 0), BTreeSet::from([0]));
}

#[test]
fn run_whose_regular_workers_do_not_start_ends_whoever_may_stand_in() {
    let bench = Bench::quiet(20);
    let mut config = bench.config(2, &[]);
    config.command.exe = "/bin/false".into();
    config.stand_ins = 3;
    let (told, totals) = bench.run(&config);
    let Err(HarnessError::NoWorker { totals, .. }) = totals else {
        panic!("a run without workers: {totals:?}");
    };
    assert_eq!((totals.not_run, told.answers.len()), (20, 0));
}
