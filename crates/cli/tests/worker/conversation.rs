//! What may be said between the greeting and the end.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{Outcome, RetireReason, Seq, ToParent, ToWorker};
use rewind_sys::process::ExitStatus;

fn cancelled() -> Outcome {
    Outcome::Lost {
        reason: "cancelled before it started".to_owned(),
    }
}

#[test]
fn without_a_ledger_each_case_is_announced() {
    let mut parent = Parent::ready(hello());
    let asked: Vec<Seq> = (0..5).map(|n| parent.ask(case(format!("{n};")))).collect();
    for seq in asked {
        assert_eq!(parent.hear(), Some(ToParent::Started { seq }));
        match parent.hear() {
            Some(ToParent::Finished(finished)) => {
                assert_eq!((finished.seq, finished.outcome), (seq, Outcome::Completed));
            }
            other => panic!("no answer but {other:?}"),
        }
    }
}

#[test]
fn ping_is_answered_in_its_turn() {
    let mut parent = Parent::ready(hello());
    let run = parent.number(case("1;"));
    parent.say_all(&[
        ToWorker::Ping { token: 7 },
        ToWorker::Run(run),
        ToWorker::Ping { token: u64::MAX },
    ]);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 7 }));
    assert_eq!(parent.answer().outcome, Outcome::Completed);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: u64::MAX }));
}

#[test]
fn cancelled_case_is_answered_once_and_in_its_turn() {
    let mut parent = Parent::ready(hello());
    let runs = [0, 1, 2].map(|n| parent.number(case(format!("print({n});"))));
    let [first, second, third] = runs.clone().map(|run| run.seq);
    let mut messages: Vec<_> = runs.map(ToWorker::Run).into();
    messages.push(ToWorker::Cancel { seq: second });
    // Said again it changes nothing.
    messages.push(ToWorker::Cancel { seq: second });
    parent.say_all(&messages);
    let answers = [(); 3].map(|()| parent.answer());
    assert_eq!(
        [0, 1, 2].map(|n: usize| answers[n].seq),
        [first, second, third]
    );
    assert_eq!(&answers[0].output[..], b"0\n");
    assert_eq!(
        (&answers[1].outcome, answers[1].output.len()),
        (&cancelled(), 0)
    );
    assert_eq!(&answers[2].output[..], b"2\n");
    let counters = parent.drain().counters;
    assert_eq!(counters.cases, 2, "one was not run");
}

#[test]
fn cancellation_that_comes_too_late_or_for_nobody_says_nothing() {
    let mut parent = Parent::ready(hello());
    let done = parent.run(case("1;")).seq;
    parent.say_all(&[
        ToWorker::Cancel { seq: done },
        ToWorker::Cancel { seq: Seq(4711) },
        ToWorker::Ping { token: 3 },
    ]);
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 3 }));
}

/// The worker has begun the case before the cancellation is sent.
#[test]
fn case_that_has_begun_is_answered_as_if_it_had_not_been_cancelled() {
    let mut parent = Parent::ready(hello());
    let seq = parent.ask(case("for (let i = 0; i < 3e6; i++); print('ran');"));
    assert_eq!(parent.hear(), Some(ToParent::Started { seq }));
    parent.say(&ToWorker::Cancel { seq });
    let finished = parent.answer();
    assert_eq!(&finished.output[..], b"ran\n");
    assert_eq!(parent.drain().reason, RetireReason::Drained);
}

#[test]
fn drain_answers_all_that_is_there_and_tells_what_was_done() {
    let mut parent = Parent::ready(hello());
    let mut messages: Vec<_> = [
        "1;",
        "$rewind.fault('null');",
        "throw 1;",
        "$rewind.fault('segv');",
        "$rewind.fault('hang');",
    ]
    .map(|source| {
        let mut run = parent.number(case(source));
        run.deadline_ms = 100;
        ToWorker::Run(run)
    })
    .into();
    messages.push(ToWorker::Drain);
    parent.say_all(&messages);
    let kinds = [(); 5].map(|()| parent.answer().outcome.kind());
    assert_eq!(
        kinds,
        ["completed", "crashed", "threw", "crashed", "timed-out"]
    );
    let retiring = parent.farewell();
    let counters = retiring.counters;
    assert_eq!(
        (retiring.reason, &*retiring.detail),
        (RetireReason::Drained, "")
    );
    assert_eq!(
        (counters.cases, counters.crashes, counters.timeouts),
        (5, 2, 1)
    );
    assert_eq!((counters.restores, counters.verifications), (5, 5));
    assert_eq!((counters.layers_built, counters.layers_evicted), (1, 0));
    assert!(
        counters.pages_restored > 0 && counters.rss_bytes > 1 << 20,
        "{counters:?}"
    );
}

#[test]
fn shutdown_ends_without_answering_what_has_not_begun() {
    let mut parent = Parent::ready(hello());
    let [first, second] = [0, 1].map(|_| parent.number(case("1;")));
    let seq = first.seq;
    parent.say_all(&[
        ToWorker::Run(first),
        ToWorker::Shutdown,
        ToWorker::Run(second),
    ]);
    assert_eq!(parent.answer().seq, seq);
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn end_of_the_stream_ends_the_worker_when_all_is_answered() {
    let mut parent = Parent::ready(hello());
    for _ in 0..20 {
        parent.ask(case("1;"));
    }
    parent.hang_up();
    for _ in 0..20 {
        assert_eq!(parent.answer().outcome, Outcome::Completed);
    }
    assert_eq!(parent.hear(), None);
    assert_eq!(parent.end(), (ExitStatus::Exited(0), String::new()));
}

#[test]
fn second_greeting_is_an_error() {
    let mut parent = Parent::ready(hello());
    parent.say(&ToWorker::Hello(hello()));
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("a second Hello"), "{text}");
}

#[test]
fn number_that_was_used_before_is_an_error() {
    let mut parent = Parent::ready(hello());
    let run = parent.number(case("1;"));
    parent.say(&ToWorker::Run(run.clone()));
    assert_eq!(parent.answer().outcome, Outcome::Completed);
    parent.say(&ToWorker::Run(run));
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("a second time"), "{text}");
}

/// What a stranger slipped in must not be taken for anything, nor undo what was answered.
#[test]
fn frame_of_a_stranger_ends_the_worker_after_what_was_said_before() {
    let mut parent = Parent::ready(hello());
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    parent.send(b"\x0d\x2a\x02\x08\x08\x79\x22\x4c\x55\xd9\x83\x70\xe9\x69");
    assert_eq!(parent.hear(), None);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(text.contains("its seal doesn't fit"), "{text}");
}
