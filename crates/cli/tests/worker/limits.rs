//! When a worker leaves by itself: always after the answer, and with the reason.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{
    CodecError, Hello, MAX_FRAME, Outcome, RetireReason, Run, ToWorker, encode_to_worker,
};

/// Sends `count` cases of one source together.
fn ask_all(parent: &mut Parent, count: usize, source: &str) {
    let run = |parent: &mut Parent| ToWorker::Run(parent.number(case(source)));
    let runs: Vec<_> = (0..count).map(|_| run(parent)).collect();
    parent.say_all(&runs);
}

#[test]
fn crash_limit_ends_the_worker_after_the_last_crash_is_answered() {
    let mut parent = Parent::ready(Hello {
        crash_limit: Some(3),
        ..hello()
    });
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    ask_all(&mut parent, 5, "$rewind.fault('fpe');");
    for _ in 0..3 {
        assert_eq!(parent.answer().outcome.kind(), "crashed");
    }
    let retiring = parent.farewell();
    assert_eq!(retiring.reason, RetireReason::CrashLimit);
    assert_eq!(retiring.detail, "3 crashes, the limit is 3");
    assert_eq!((retiring.counters.cases, retiring.counters.crashes), (4, 3));
}

#[test]
fn resident_memory_above_the_hard_limit_ends_the_worker() {
    let mut parent = Parent::ready(Hello {
        rss_soft_limit: 1,
        rss_hard_limit: 1 << 20,
        ..hello()
    });
    ask_all(&mut parent, 100, "1;");
    let mut answered = 0;
    let retiring = loop {
        match parent.hear() {
            Some(rewind_protocol::ToParent::Finished(_)) => answered += 1,
            Some(rewind_protocol::ToParent::Started { .. }) => {}
            Some(rewind_protocol::ToParent::Retiring(retiring)) => break retiring,
            other => panic!("neither answer nor farewell but {other:?}"),
        }
    };
    assert_eq!(retiring.reason, RetireReason::RssLimit);
    assert!(
        retiring.detail.ends_with("the limit is 1048576"),
        "{retiring:?}"
    );
    assert_eq!(retiring.counters.cases, answered);
    assert!((1..100).contains(&answered), "{answered}");
    assert_eq!(parent.hear(), None);
}

#[test]
fn memory_below_the_limits_does_not_end_the_worker() {
    let mut parent = Parent::ready(hello());
    ask_all(&mut parent, 200, "var all = new Array(1 << 16).fill(1);");
    for _ in 0..200 {
        assert_eq!(parent.answer().outcome, Outcome::Completed);
    }
    assert_eq!(parent.drain().reason, RetireReason::Drained);
}

#[test]
fn agents_that_can_be_ended_do_not_end_the_worker() {
    let mut parent = Parent::ready(hello());
    for _ in 0..3 {
        let finished = parent.run(case(
            "$262.agent.start('for (;;);'); $262.agent.start('for (;;);');",
        ));
        assert_eq!(finished.outcome, Outcome::Completed);
    }
    assert_eq!(parent.drain().counters.cases, 3);
}

#[test]
fn agents_that_outlive_their_case_end_the_worker_after_its_answer() {
    let sources = [
        "$262.agent.start('for (;;);'); $rewind.fault('null');",
        "$262.agent.start('for (;;);'); for (;;);",
    ];
    for (source, kind) in sources.into_iter().zip(["crashed", "timed-out"]) {
        let mut parent = Parent::ready(hello());
        let abandoned = parent.number(Run {
            deadline_ms: 100,
            ..case(source)
        });
        let seq = abandoned.seq;
        let next = parent.number(case("1;"));
        parent.say_all(&[ToWorker::Run(abandoned), ToWorker::Run(next)]);
        let finished = parent.answer();
        assert_eq!((finished.seq, finished.outcome.kind()), (seq, kind));
        let retiring = parent.farewell();
        assert_eq!(retiring.reason, RetireReason::ThreadsLeft);
        assert_eq!(retiring.detail, "1 threads of the guest did not end");
        assert_eq!(retiring.counters.cases, 1);
    }
}

#[test]
fn case_as_large_as_a_frame_may_be_is_run_and_a_larger_one_not_sent() {
    let mut parent = Parent::ready(hello());
    let mut source = vec![b' '; MAX_FRAME - 256];
    source.extend(b"print('the end');");
    let finished = parent.run(case(source.clone()));
    assert_eq!(&finished.output[..], b"the end\n");
    source.resize(MAX_FRAME, b' ');
    let error =
        encode_to_worker(&ToWorker::Run(case(source)), &mut Vec::new()).expect_err("too large");
    assert!(
        matches!(&error, CodecError::Oversized { what, .. } if what == "case 0 of test/case.js"),
        "{error}"
    );
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
}
