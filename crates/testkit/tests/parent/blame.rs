//! Who a worker's death is laid to, where the ledger may lie: a case is blamed
//! only after it was run by itself.

use crate::common::{Bench, Told, classify};
use rewind_harness::RunTotals;
use rewind_plan::CaseId;
use rewind_testkit::{Deed, Expected, Script, Step};

fn script(deed: Deed, times: Option<u32>) -> Script {
    let step = Step::Begun;
    Script { step, deed, times }
}

/// Runs the scripts, each with nine cases that run well behind it, as by default.
fn run(scripts: &[Script], workers: usize) -> (Bench, Told, RunTotals) {
    let with_others = |script: &Script| {
        let quiet = std::iter::repeat_n(None, 9);
        std::iter::once(Some(*script)).chain(quiet)
    };
    let bench = Bench::new(scripts.iter().flat_map(with_others));
    let mut config = bench.config(workers, &[]);
    config.confirm_deaths = true;
    let (told, totals) = bench.run(&config);
    (bench, told, totals.unwrap())
}

fn suspects(told: &Told) -> Vec<u32> {
    let mut all: Vec<_> = told.suspected.iter().map(|case| case.0).collect();
    all.sort_unstable();
    all
}

#[test]
fn death_is_laid_to_a_case_after_it_was_run_by_itself() {
    let deeds = [Deed::Kill(9), Deed::Kill(11), Deed::Exit(3), Deed::Abort];
    for workers in [1, 3] {
        let (bench, told, totals) = run(&deeds.map(|deed| script(deed, None)), workers);
        bench.check(&told, &totals);
        assert_eq!(suspects(&told), [0, 10, 20, 30]);
        assert_eq!(
            told.deaths.len(),
            8,
            "each once among others and once by itself"
        );
    }
}

#[test]
fn case_whose_worker_dies_once_is_answered_by_its_run_by_itself() {
    let (_, told, totals) = run(&[script(Deed::Kill(9), Some(1))], 1);
    assert_eq!((totals.lost, totals.not_run, totals.retried), (0, 0, 0));
    for case in 0..10 {
        let outcome = &told.settled(case).outcome;
        assert_eq!(classify(outcome), Some(Expected::Completed), "case {case}");
        assert_eq!(told.answers[&case].len(), 1, "case {case} is answered once");
    }
    assert_eq!(suspects(&told), [0]);
    assert!(told.deaths.iter().all(|(_, _, blamed, _)| blamed.is_none()));
    let by_itself = told.answers[&0][0].1;
    assert_eq!(
        (by_itself.slot, by_itself.life),
        (0, 1),
        "in a fresh worker"
    );
}

#[test]
fn case_that_names_the_next_one_and_kills_its_worker_harms_no_other() {
    let scripts = [
        script(Deed::NameNext, None),
        script(Deed::NameNext, Some(1)),
    ];
    let (_, told, totals) = run(&scripts, 1);
    assert_eq!((totals.lost, totals.not_run), (0, 0));
    for case in 0..20 {
        let expected = match case {
            0 => Expected::Crashed(9),
            _ => Expected::Completed,
        };
        let outcome = &told.settled(case).outcome;
        assert_eq!(classify(outcome), Some(expected), "case {case}");
    }
    let blamed: Vec<_> = told.deaths.iter().filter_map(|(_, _, it, _)| *it).collect();
    assert_eq!(blamed, [CaseId(0)]);
    assert_eq!(suspects(&told), [0, 10]);
}

#[test]
fn cases_that_say_their_preamble_is_being_built_do_not_have_it_given_up() {
    // One after the other, on the same preambles, which have not stood when the
    // first begins.
    let scripts = [script(Deed::NamePreamble, None); 12];
    for workers in [1, 4] {
        let (bench, told, totals) = run(&scripts, workers);
        bench.check(&told, &totals);
        for case in (0..120).filter(|case| case % 10 != 0) {
            assert_eq!(
                classify(&told.settled(case).outcome),
                Some(Expected::Completed)
            );
        }
    }
}

#[test]
fn ledger_that_keeps_changing_is_no_progress() {
    let bench = Bench::new([Some(script(Deed::Stir, None)), None, None]);
    let mut config = bench.config(1, &[]);
    config.confirm_deaths = true;
    config.patience.stall = std::time::Duration::from_millis(300);
    config.patience.overrun = std::time::Duration::from_millis(100);
    let (told, totals) = bench.run(&config);
    bench.check(&told, &totals.unwrap());
    assert_eq!(suspects(&told), [0]);
}
