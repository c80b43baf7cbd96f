//! The memory that outlives the worker: what it says while the worker lives,
//! and that nothing is missing when it is dead.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{CaseState, Hello, LedgerReader, Outcome, Run, Seq, ToParent, ToWorker};
use rewind_sys::process::ExitStatus;
use std::time::{Duration, Instant};

fn with_ledger() -> Hello {
    Hello {
        ledger: true,
        ..hello()
    }
}

/// Looks until the ledger says `wanted` of the case that was begun last.
fn await_state(ledger: &LedgerReader<'_>, wanted: impl Fn(Seq, CaseState) -> bool) {
    let begun = Instant::now();
    while !ledger
        .current()
        .is_some_and(|(seq, state)| wanted(seq, state))
    {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{:?}",
            ledger.current()
        );
        std::hint::spin_loop();
    }
}

#[test]
fn ledger_follows_each_case_from_its_start_to_its_answer() {
    let mut parent = Parent::ready(with_ledger());
    assert_eq!(parent.ledger().current(), None);
    let hang = Run {
        deadline_ms: 400,
        ..case("$rewind.fault('hang');")
    };
    let seq = parent.ask(hang);
    await_state(&parent.ledger(), |at, state| {
        (at, state) == (seq, CaseState::Running)
    });
    assert!(matches!(parent.answer().outcome, Outcome::TimedOut(_)));
    assert_eq!(parent.ledger().current(), Some((seq, CaseState::Idle)));
}

/// Restores are short; so many cases are sent that one is caught in the act.
#[test]
fn ledger_tells_a_restore_from_a_run() {
    let mut parent = Parent::ready(with_ledger());
    let runs: Vec<_> = (0..2000)
        .map(|_| ToWorker::Run(parent.number(case("1;"))))
        .collect();
    let last = Seq(runs.len() as u64 - 1);
    parent.say_all(&runs);
    await_state(&parent.ledger(), |_, state| state == CaseState::Restoring);
    await_state(&parent.ledger(), |seq, state| {
        (seq, state) == (last, CaseState::Idle)
    });
    for run in runs {
        let finished = parent.answer();
        assert!(matches!(run, ToWorker::Run(run) if run.seq == finished.seq));
    }
}

#[test]
fn ledger_holds_the_same_bytes_as_the_pipe() {
    let mut parent = Parent::ready(with_ledger());
    for number in 0..300 {
        let finished = parent.run(case(format!("print('{number}'.repeat({number}));")));
        assert_eq!(finished.outcome, Outcome::Completed);
    }
    parent.drain();
    let ledger = parent.ledger();
    assert_eq!(ledger.committed(), parent.stream().len() as u64);
    assert_eq!(ledger.tail(0).expect("all of it"), parent.stream());
}

/// More than the ring holds: 4 MiB.
#[test]
fn ledger_that_went_around_holds_the_end_of_the_stream() {
    let mut parent = Parent::ready(with_ledger());
    for _ in 0..6 {
        let finished = parent.run(case("print('x'.repeat(1 << 20));"));
        assert_eq!(finished.output.len(), 1 << 20);
    }
    parent.drain();
    let (ledger, stream) = (parent.ledger(), parent.stream());
    assert_eq!(ledger.committed(), stream.len() as u64);
    let from = stream.len() - (3 << 20);
    assert_eq!(
        ledger.tail(from as u64).expect("in the ring"),
        stream[from..]
    );
    assert!(ledger.tail(0).is_err(), "its begin was overwritten");
}

/// Answers that only the ledger has: the worker dies before it writes them.
#[test]
fn answers_of_a_dead_worker_are_all_there_and_the_case_it_died_in_is_known() {
    let deaths = [
        ("$rewind.fault('kill-self');", ExitStatus::Signaled(9)),
        ("$rewind.fault('raw-exit');", ExitStatus::Exited(5)),
    ];
    for (fatal, status) in deaths {
        let mut parent = Parent::ready(with_ledger());
        let mut messages: Vec<_> = (0..50)
            .map(|n| ToWorker::Run(parent.number(case(format!("print({n});")))))
            .collect();
        let doomed = parent.number(case(fatal));
        let never = parent.number(case("1;"));
        let blamed = doomed.seq;
        messages.extend([ToWorker::Run(doomed), ToWorker::Run(never)]);
        parent.say_all(&messages);
        assert_eq!(parent.end().0, status, "{fatal}");
        assert_eq!(
            parent.ledger().current(),
            Some((blamed, CaseState::Running))
        );
        let answers = parent.bury();
        assert_eq!(answers.len(), 50, "{fatal}");
        for (number, answer) in answers.iter().enumerate() {
            let ToParent::Finished(finished) = answer else {
                panic!("no answer but {answer:?}");
            };
            assert_eq!(finished.seq, Seq(number as u64));
            assert_eq!(&finished.output[..], format!("{number}\n").as_bytes());
        }
    }
}

#[test]
fn ledger_that_is_no_ledger_is_refused() {
    let mut parent = Parent::start_with_small_ledger();
    parent.say(&ToWorker::Hello(with_ledger()));
    match parent.hear() {
        Some(ToParent::Refused { reason }) => {
            assert!(
                reason.contains("parent and worker must be of the same version"),
                "{reason}"
            );
        }
        other => panic!("not refused but {other:?}"),
    }
}
