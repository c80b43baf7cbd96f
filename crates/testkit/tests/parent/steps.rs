//! Every fault at every step: each case is answered once, and blame is exact.

use crate::common::{Bench, Told};
use rewind_harness::{Death, Ending};
use rewind_protocol::RetireReason;
use rewind_testkit::{Deed, Script, Step};

/// Runs the scripts, each between cases that run well.
fn check(scripts: impl IntoIterator<Item = Script>, workers: usize) -> (Bench, Told) {
    let scripts = scripts
        .into_iter()
        .flat_map(|script| [None, Some(script), None, None]);
    let bench = Bench::new(scripts);
    let (told, totals) = bench.run(&bench.config(workers, &[]));
    bench.check(&told, &totals.unwrap());
    (bench, told)
}

fn at_every_step(deed: Deed, times: Option<u32>) -> impl Iterator<Item = Script> {
    Step::ALL
        .into_iter()
        .map(move |step| Script { step, deed, times })
}

#[test]
fn death_by_signal_at_every_step_is_blamed_on_the_running_case_alone() {
    for signal in [9, 11, 15] {
        let (_, told) = check(at_every_step(Deed::Kill(signal), None), 1);
        let blamed: Vec<_> = told
            .deaths
            .iter()
            .filter_map(|(_, _, blamed, _)| *blamed)
            .collect();
        assert_eq!(blamed.len(), 1, "only the case that had begun");
        // Twice three times for the two that are lost, once for each of the others.
        assert_eq!(told.deaths.len(), 6 + 6 + 4);
    }
}

#[test]
fn exit_and_abort_at_every_step_count_as_crashes_of_the_worker() {
    for deed in [Deed::Exit(0), Deed::Exit(3), Deed::Abort] {
        let (_, told) = check(at_every_step(deed, None), 1);
        assert!(
            told.deaths
                .iter()
                .all(|(_, death, _, _)| matches!(death, Death::Ended(_)))
        );
    }
}

#[test]
fn death_that_does_not_happen_again_costs_nothing_unless_the_case_had_begun() {
    for times in [1, 2, 3, 5] {
        check(at_every_step(Deed::Kill(11), Some(times)), 2);
    }
}

#[test]
fn many_cases_that_kill_unseen_do_not_use_up_the_slots() {
    let script = |step| Script {
        step,
        deed: Deed::Kill(11),
        times: None,
    };
    let scripts = [Step::Received, Step::Restoring].repeat(5);
    check(scripts.into_iter().map(script), 3);
}

#[test]
fn hang_at_every_step_is_ended_by_the_watchdog() {
    let (_, told) = check(at_every_step(Deed::Hang, None), 6);
    // One that has answered all its cases and hangs is found out when it has to leave.
    let hung = |death: &Death| matches!(death, Death::Stalled | Death::Stayed);
    assert!(
        told.deaths.iter().all(|(_, death, _, _)| hung(death)),
        "{:?}",
        told.deaths
    );
}

#[test]
fn hang_once_costs_only_the_case_that_had_begun() {
    check(at_every_step(Deed::Hang, Some(1)), 6);
}

#[test]
fn garbage_at_every_step_changes_no_answer() {
    for deed in [Deed::Garbage, Deed::Unknown, Deed::Duplicate, Deed::Forged] {
        let (_, told) = check(at_every_step(deed, None), 2);
        assert!(!told.deaths.is_empty());
        for (_, death, blamed, _) in &told.deaths {
            assert!(matches!(death, Death::Babbled(_)), "{deed}: {death}");
            assert_eq!(*blamed, None, "{deed}");
        }
    }
}

#[test]
fn noise_between_frames_changes_no_answer() {
    let (_, told) = check(at_every_step(Deed::Noise, Some(1)), 2);
    assert!(!told.deaths.is_empty());
}

#[test]
fn ledger_that_was_overwritten_changes_no_answer() {
    let (_, told) = check(at_every_step(Deed::Scribble, Some(1)), 2);
    assert_eq!(told.deaths.len(), Step::ALL.len());
    assert!(told.deaths.iter().all(|(_, _, blamed, _)| blamed.is_none()));
}

#[test]
fn output_that_is_closed_ends_the_worker_and_no_other_case() {
    check(at_every_step(Deed::Close, Some(1)), 2);
    check(
        [Script {
            step: Step::Begun,
            deed: Deed::Close,
            times: None,
        }],
        2,
    );
}

#[test]
fn retirement_puts_back_what_is_unanswered() {
    let (_, told) = check(at_every_step(Deed::Retire, Some(1)), 2);
    assert!(told.deaths.is_empty());
    let unrestorable = RetireReason::Unrestorable;
    let reasons = told
        .retired
        .iter()
        .filter(|(_, retiring)| retiring.reason == unrestorable);
    assert_eq!(reasons.count(), Step::ALL.len());
}

/// Its status alone would make it an exit of the case.
#[test]
fn panic_of_the_worker_is_no_exit_of_its_case_and_is_told() {
    let (_, told) = check(at_every_step(Deed::Panic, Some(1)), 2);
    assert!(told.deaths.is_empty(), "{:?}", told.deaths);
    let of_panics = told.retired.iter().filter(|(_, retiring)| {
        (retiring.reason, &*retiring.detail) == (RetireReason::Other, "it panicked")
    });
    assert_eq!(of_panics.count(), Step::ALL.len());
    let always = Script {
        step: Step::Begun,
        deed: Deed::Panic,
        times: None,
    };
    check([always], 1);
}

#[test]
fn worker_that_stays_after_it_retired_is_killed_and_counts_as_retired() {
    let (_, told) = check(at_every_step(Deed::Linger, Some(1)), 2);
    assert!(told.deaths.is_empty(), "{:?}", told.deaths);
    let left = told
        .retired
        .iter()
        .filter(|(_, r)| r.reason == RetireReason::ThreadsLeft);
    assert_eq!(left.count(), Step::ALL.len());
}

#[test]
fn retirement_at_the_same_case_for_ever_loses_the_case_and_not_the_run() {
    check(
        [Script {
            step: Step::Begun,
            deed: Deed::Retire,
            times: None,
        }],
        1,
    );
}

#[test]
fn recycled_workers_answer_everything_and_their_reasons_are_kept() {
    let bench = Bench::quiet(500);
    let (told, totals) = bench.run(&bench.config(2, &["--retire-after", "40"]));
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!(totals.counters.cases, 500);
    assert!(totals.endings.len() >= 11, "{}", totals.endings.len());
    let by_limit = Ending::Retired(RetireReason::RssLimit);
    assert!(totals.endings.iter().all(|(_, ending)| *ending == by_limit));
}
