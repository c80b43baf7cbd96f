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

/// Strings that grow to 8 MiB, an array that is cleared, and a sum over both.
const LARGE: &str = "var text = ''; while (text.length < 4 << 20) text += '\\u1234'.repeat(65536); \
    var bytes = new Uint8Array(4 << 20); \
    for (var at = 0; at < bytes.length; at += 4096) if (bytes[at]) throw 1; \
    for (var at = 0; at < bytes.length; at += 4096) bytes[at] = text.charCodeAt(at);";

/// Page faults that a process had which needed nothing from a disk.
fn faults(parent: &Parent) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", parent.child().pid()));
    let stat = stat.expect("the worker runs");
    let behind_name = stat.rsplit_once(')').expect("a name").1;
    let field = behind_name.split_ascii_whitespace().nth(7);
    field.and_then(|it| it.parse().ok()).expect("a number")
}

#[test]
fn case_takes_no_faults_for_memory_that_cases_before_it_used() {
    let (mut parent, _) = Parent::greet(hello());
    let mut run = |times| {
        for _ in 0..times {
            assert_eq!(parent.run(case(LARGE)).outcome, Outcome::Completed);
        }
        faults(&parent)
    };
    // Memory is kept once several cases used it.
    let warm = run(6);
    let steady = run(10) - warm;
    // Each uses more than 3,000 pages above the checkpoint.
    assert!(steady < 1000, "{steady} faults in ten cases");
}

/// A number of /proc/PID/statm, in bytes: 0 is what is mapped, 1 what is resident.
fn statm(parent: &Parent, field: usize) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/statm", parent.child().pid()));
    let text = text.expect("the worker runs");
    let pages = text.split_ascii_whitespace().nth(field);
    pages
        .and_then(|it| it.parse::<u64>().ok())
        .expect("a number")
        * 4096
}

#[test]
fn memory_of_a_large_case_is_given_back_when_none_has_needed_it_for_long() {
    let (mut parent, _) = Parent::greet(hello());
    // It is in use until the case ends; a block that is freed before is not kept
    // where it is that large.
    let large = "globalThis.large = new Uint8Array(200 << 20).fill(1);";
    // Several of them: what a single one used isn't kept at all.
    for _ in 0..6 {
        assert_eq!(parent.run(case(large)).outcome, Outcome::Completed);
    }
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    let kept = statm(&parent, 1);
    assert!(kept > 200 << 20, "{kept} bytes are kept for others like it");
    for _ in 0..128 {
        assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    }
    let small = statm(&parent, 1);
    assert!(small < 100 << 20, "{small} bytes after 129 small cases");
}

#[test]
fn address_space_of_a_worker_follows_the_cap_of_its_heap() {
    let [small, usual] = [64, 1024].map(|mebibytes| {
        let (parent, _) = Parent::greet(Hello {
            heap_cap: mebibytes << 20,
            ..hello()
        });
        statm(&parent, 0)
    });
    assert!(usual - small > 7 << 30, "{small} and {usual} bytes");
}
