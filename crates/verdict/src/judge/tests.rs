use super::*;
use crate::Class;
use proptest::prelude::*;
use rewind_corpus::{Expectations, Negative, NegativePhase, rules, variants};
use rewind_protocol::{CrashSite, MemoryUse, Notice, Phases, Seq, TimeoutOrigin, Variant};
use rewind_protocol::{ErrorPhase, Thrown};
use std::path::Path;

/// What a test of test262 has to do, and what is listed about it.
#[derive(Clone, Copy)]
struct TestExpectation<'a> {
    negative: Option<Negative<'a>>,
    is_async: bool,
    listed: Option<&'a Expectation>,
    markers: &'a [String],
}

fn judge<'a>(expected: &TestExpectation<'a>, finished: &'a Finished) -> Judgement<'a> {
    let judged = rules::judged(expected.negative, expected.is_async, finished);
    let beside = Expected {
        listed: expected.listed,
        markers: expected.markers,
    };
    super::judge(judged, &beside, finished)
}

const PLAIN: TestExpectation<'static> = TestExpectation {
    negative: None,
    is_async: false,
    listed: None,
    markers: &[],
};
const ASYNC: TestExpectation<'static> = TestExpectation {
    negative: None,
    is_async: true,
    listed: None,
    markers: &[],
};

fn negative(phase: NegativePhase) -> TestExpectation<'static> {
    TestExpectation {
        negative: Some(Negative {
            phase,
            type_name: "SyntaxError",
        }),
        ..PLAIN
    }
}

fn ended(outcome: Outcome) -> Finished {
    Finished {
        seq: Seq(0),
        outcome,
        notices: Vec::new(),
        output: bytes::Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}

fn threw(phase: ErrorPhase, name: &str) -> Finished {
    let thrown = Thrown {
        name: name.to_owned(),
        message: "oops".to_owned(),
        stack: String::new(),
    };
    ended(Outcome::Threw { phase, thrown })
}

fn signalled(completed: u32, failed: u32) -> Finished {
    let told = [
        (variants::ASYNC_COMPLETED, completed, ""),
        (variants::ASYNC_FAILED, failed, " Test262Error: wrong"),
    ];
    let told = told.into_iter().filter(|(_, count, _)| *count > 0);
    let notices = told.map(|(name, count, text)| Notice {
        name: name.to_owned(),
        count,
        text: text.to_owned(),
    });
    Finished {
        notices: notices.collect(),
        ..ended(Outcome::Completed)
    }
}

fn crashed(signal: i32) -> Finished {
    ended(Outcome::Crashed(CrashSite {
        signal,
        ..CrashSite::default()
    }))
}

/// Verdict, whether it was expected, and the reason.
fn shown(expected: &TestExpectation<'_>, finished: &Finished) -> (Verdict, bool, String) {
    let judgement = judge(expected, finished);
    (
        judgement.verdict,
        judgement.expected,
        judgement.why.to_string(),
    )
}

fn failed(expected: &TestExpectation<'_>, finished: &Finished) -> String {
    let (verdict, as_expected, why) = shown(expected, finished);
    assert_eq!((verdict, as_expected), (Verdict::Fail, false), "{why}");
    why
}

fn passes(expected: &TestExpectation<'_>, finished: &Finished) -> bool {
    let judgement = judge(expected, finished);
    assert_eq!(judgement.expected, judgement.verdict == Verdict::Pass);
    judgement.verdict == Verdict::Pass
}

#[test]
fn completed_plain_test_passes() {
    assert!(passes(&PLAIN, &ended(Outcome::Completed)));
}

#[test]
fn uncaught_exception_fails() {
    assert_eq!(
        failed(&PLAIN, &threw(ErrorPhase::RUNTIME, "TypeError")),
        "TypeError: oops"
    );
    assert_eq!(
        failed(&PLAIN, &threw(ErrorPhase::named("parse"), "SyntaxError")),
        "SyntaxError: oops (parse)"
    );
}

#[test]
fn uncaught_exception_fails_an_async_test_that_completed() {
    let mut finished = threw(ErrorPhase::RUNTIME, "TypeError");
    finished.notices = signalled(1, 0).notices;
    assert_eq!(failed(&ASYNC, &finished), "TypeError: oops");
}

#[test]
fn negative_passes_on_that_error_in_that_phase() {
    for phase in [
        NegativePhase::Parse,
        NegativePhase::Resolution,
        NegativePhase::Runtime,
    ] {
        assert!(passes(
            &negative(phase),
            &threw(phase.error_phase(), "SyntaxError")
        ));
    }
}

#[test]
fn negative_in_another_phase_fails() {
    let phases = [
        NegativePhase::Parse,
        NegativePhase::Resolution,
        NegativePhase::Runtime,
    ];
    for wanted in phases {
        for other in phases.into_iter().filter(|&other| other != wanted) {
            let finished = threw(other.error_phase(), "SyntaxError");
            assert!(
                !passes(&negative(wanted), &finished),
                "{wanted} and {other}"
            );
        }
    }
    let why = failed(
        &negative(NegativePhase::Parse),
        &threw(ErrorPhase::RUNTIME, "SyntaxError"),
    );
    assert_eq!(why, "expected SyntaxError (parse), got SyntaxError: oops");
}

#[test]
fn negative_type_is_compared_whole() {
    for name in [
        "TypeError",
        "Syntax",
        "SyntaxErrors",
        "MySyntaxError",
        "syntaxerror",
        "SyntaxError ",
        "",
    ] {
        let finished = threw(ErrorPhase::named("parse"), name);
        assert!(
            !passes(&negative(NegativePhase::Parse), &finished),
            "{name:?}"
        );
    }
    // The type in the message is no type.
    let mut finished = threw(ErrorPhase::named("parse"), "Error");
    if let Outcome::Threw { thrown, .. } = &mut finished.outcome {
        thrown.message = "SyntaxError".to_owned();
        thrown.stack = "SyntaxError: x".to_owned();
    }
    assert!(!passes(&negative(NegativePhase::Parse), &finished));
}

#[test]
fn negative_that_completes_fails() {
    let why = failed(
        &negative(NegativePhase::Runtime),
        &ended(Outcome::Completed),
    );
    assert_eq!(why, "expected SyntaxError (runtime), nothing was thrown");
}

/// A kind or a message that names the declared error among them.
fn host_error(kind: &str, message: &str) -> Outcome {
    Outcome::HostError {
        kind: kind.to_owned(),
        message: message.to_owned(),
    }
}

#[test]
fn crash_timeout_exit_host_error_and_lost_never_satisfy_a_negative() {
    let outcomes = [
        (Outcome::Crashed(CrashSite::default()), Verdict::Crash),
        (Outcome::TimedOut(TimeoutOrigin::Deadline), Verdict::Timeout),
        (Outcome::TimedOut(TimeoutOrigin::Watchdog), Verdict::Timeout),
        (
            Outcome::Exited {
                code: 0,
                worker_died: false,
            },
            Verdict::Fail,
        ),
        (Outcome::OutOfMemory, Verdict::Fail),
        (host_error("SyntaxError", "SyntaxError"), Verdict::Fail),
        (
            Outcome::Lost {
                reason: "SyntaxError".to_owned(),
            },
            Verdict::Lost,
        ),
    ];
    for (outcome, verdict) in outcomes {
        let finished = ended(outcome);
        for expected in [PLAIN, ASYNC, negative(NegativePhase::Runtime)] {
            let judgement = judge(&expected, &finished);
            assert_eq!((judgement.verdict, judgement.expected), (verdict, false));
        }
    }
}

#[test]
fn async_completed_once_passes() {
    assert!(passes(&ASYNC, &signalled(1, 0)));
}

#[test]
fn async_silent_fails() {
    assert_eq!(
        failed(&ASYNC, &signalled(0, 0)),
        "async test did not call $DONE"
    );
}

#[test]
fn async_completed_twice_fails() {
    assert_eq!(
        failed(&ASYNC, &signalled(2, 0)),
        "async test called $DONE 2 times"
    );
}

#[test]
fn async_failure_fails_even_if_it_completed_too() {
    let text = "async test failed: Test262Error: wrong";
    assert_eq!(failed(&ASYNC, &signalled(0, 1)), text);
    assert_eq!(failed(&ASYNC, &signalled(1, 1)), text);
}

#[test]
fn what_a_test_prints_counts_for_async_tests_alone() {
    assert!(passes(&PLAIN, &signalled(0, 1)));
    assert!(passes(&PLAIN, &signalled(2, 0)));
    // And never as output: only the counted signal does.
    let mut finished = signalled(0, 0);
    finished.output = bytes::Bytes::from_static(b"Test262:AsyncTestComplete\n");
    assert!(!passes(&ASYNC, &finished));
}

#[test]
fn async_negative_goes_by_the_negative_rule() {
    let expected = TestExpectation {
        is_async: true,
        ..negative(NegativePhase::Parse)
    };
    assert!(passes(
        &expected,
        &threw(ErrorPhase::named("parse"), "SyntaxError")
    ));
    assert!(!passes(&expected, &signalled(1, 0)));
}

#[test]
fn harness_file_that_throws_fails_even_a_negative() {
    let finished = threw(ErrorPhase::PREAMBLE, "SyntaxError");
    let why = "harness file threw SyntaxError: oops";
    assert_eq!(failed(&PLAIN, &finished), why);
    for phase in [
        NegativePhase::Parse,
        NegativePhase::Resolution,
        NegativePhase::Runtime,
    ] {
        assert_eq!(failed(&negative(phase), &finished), why);
    }
}

fn listed(outcome: &str) -> Expectations {
    let text = format!("[[expect]]\npath = \"x\"\nreason = \"r\"\noutcome = {outcome}\n");
    Expectations::parse(&text, Path::new("e.toml")).unwrap()
}

/// Verdict and whether it's as listed, for a test with an entry of `outcome`.
fn with_entry(outcome: &str, finished: &Finished) -> (Verdict, bool) {
    let entries = listed(outcome);
    let expected = TestExpectation {
        listed: entries.lookup("x", Variant::named(&"sloppy")),
        ..PLAIN
    };
    let judgement = judge(&expected, finished);
    (judgement.verdict, judgement.expected)
}

#[test]
fn listed_outcome_is_expected_and_keeps_its_verdict() {
    let exit = |code| {
        ended(Outcome::Exited {
            code,
            worker_died: false,
        })
    };
    let timeout = ended(Outcome::TimedOut(TimeoutOrigin::Watchdog));
    let memory = ended(Outcome::OutOfMemory);
    let error = threw(ErrorPhase::RUNTIME, "Error");
    let done = ended(Outcome::Completed);
    for (entry, finished, verdict, expected) in [
        ("\"crash\"", &crashed(11), Verdict::Crash, true),
        (
            "\"crash\"\nsignal = \"SIGSEGV\"",
            &crashed(11),
            Verdict::Crash,
            true,
        ),
        (
            "\"crash\"\nsignal = \"SIGBUS\"",
            &crashed(11),
            Verdict::Crash,
            false,
        ),
        ("\"crash\"", &timeout, Verdict::Timeout, false),
        ("\"timeout\"", &timeout, Verdict::Timeout, true),
        ("\"timeout\"", &crashed(9), Verdict::Crash, false),
        ("\"exit\"", &exit(3), Verdict::Fail, true),
        ("\"exit\"\ncode = 3", &exit(3), Verdict::Fail, true),
        ("\"exit\"\ncode = 4", &exit(3), Verdict::Fail, false),
        ("\"exit\"", &error, Verdict::Fail, false),
        ("\"out-of-memory\"", &memory, Verdict::Fail, true),
        ("\"out-of-memory\"", &error, Verdict::Fail, false),
        ("\"fail\"", &error, Verdict::Fail, true),
        ("\"fail\"", &exit(1), Verdict::Fail, true),
        ("\"fail\"", &crashed(11), Verdict::Crash, false),
        (
            "\"fail\"",
            &ended(Outcome::Lost {
                reason: String::new(),
            }),
            Verdict::Lost,
            false,
        ),
        ("\"pass\"", &done, Verdict::Pass, true),
        ("\"pass\"", &error, Verdict::Fail, false),
        ("\"skip\"", &done, Verdict::Pass, true),
        ("\"skip\"", &error, Verdict::Fail, false),
    ] {
        assert_eq!(
            with_entry(entry, finished),
            (verdict, expected),
            "{entry}: {finished:?}"
        );
    }
}

#[test]
fn pass_of_a_test_listed_otherwise_is_unexpected() {
    let entries = listed("\"crash\"\nsignal = \"SIGSEGV\"");
    let expected = TestExpectation {
        listed: entries.lookup("x", Variant::named(&"raw")),
        ..PLAIN
    };
    let why = "passed, but is listed as crash (SIGSEGV)".to_owned();
    assert_eq!(
        shown(&expected, &ended(Outcome::Completed)),
        (Verdict::Pass, false, why)
    );
}

#[test]
fn reasons_say_what_happened() {
    let site = CrashSite {
        signal: 11,
        code: 1,
        address: 0x10,
        stack_overflow: true,
        ..CrashSite::default()
    };
    let died = CrashSite {
        signal: 6,
        worker_died: true,
        ..CrashSite::default()
    };
    let unnamed = Outcome::Threw {
        phase: ErrorPhase::RUNTIME,
        thrown: Thrown::default(),
    };
    let outcomes = [
        Outcome::Crashed(site),
        Outcome::Crashed(died),
        Outcome::TimedOut(TimeoutOrigin::Deadline),
        Outcome::TimedOut(TimeoutOrigin::Watchdog),
        Outcome::Exited {
            code: 3,
            worker_died: false,
        },
        Outcome::OutOfMemory,
        host_error("missing-module", "no module 'a.js'"),
        host_error("unsettled", ""),
        Outcome::Lost {
            reason: "the worker was killed".to_owned(),
        },
        unnamed,
    ];
    let shown = outcomes
        .map(|outcome| shown(&PLAIN, &ended(outcome)).2)
        .join("\n");
    insta::assert_snapshot!(shown, @r"
    SIGSEGV, stack overflow at 0x10
    SIGABRT, the worker died of it
    took longer than its deadline
    took longer than its deadline and had to be killed
    exited with status 3
    ran out of guest memory
    host error missing-module: no module 'a.js'
    host error unsettled
    lost: the worker was killed
    a value without a name
    ");
}

#[test]
fn every_failure_has_its_kind_and_class() {
    let assertion = threw(ErrorPhase::RUNTIME, "Test262Error");
    let lost = ended(Outcome::Lost {
        reason: String::new(),
    });
    let exit = ended(Outcome::Exited {
        code: 0,
        worker_died: false,
    });
    let parse = negative(NegativePhase::Parse);
    for (expected, finished, kind, class) in [
        (
            PLAIN,
            ended(Outcome::TimedOut(TimeoutOrigin::Deadline)),
            FailureKind::Timeout,
            Class::Timeout,
        ),
        (PLAIN, crashed(11), FailureKind::Crash, Class::Crash),
        (PLAIN, lost, FailureKind::Missing, Class::Lost),
        (
            PLAIN,
            threw(ErrorPhase::named("parse"), "SyntaxError"),
            FailureKind::Parse,
            Class::Fail,
        ),
        (
            parse,
            ended(Outcome::Completed),
            FailureKind::Parse,
            Class::Fail,
        ),
        (PLAIN, assertion, FailureKind::Assert, Class::Fail),
        (ASYNC, signalled(0, 1), FailureKind::Assert, Class::Fail),
        (
            PLAIN,
            threw(ErrorPhase::RUNTIME, "TypeError"),
            FailureKind::Runtime,
            Class::Fail,
        ),
        (ASYNC, signalled(0, 0), FailureKind::Other, Class::Fail),
        (PLAIN, exit, FailureKind::Other, Class::Exit),
        (
            PLAIN,
            ended(host_error("unsettled", "")),
            FailureKind::Other,
            Class::Fail,
        ),
        (
            PLAIN,
            ended(Outcome::OutOfMemory),
            FailureKind::Other,
            Class::OutOfMemory,
        ),
    ] {
        let why = judge(&expected, &finished).why;
        assert_eq!(
            (why.kind(), Class::of(&why)),
            (Some(kind), Some(class)),
            "{why}"
        );
    }
    let passed = ended(Outcome::Completed);
    let why = judge(&PLAIN, &passed).why;
    assert_eq!((why.kind(), Class::of(&why)), (None, None));
}

#[test]
fn pass_needs_every_marker_that_is_asked_for_and_a_failure_stays_what_it_is() {
    let asked = ["fast-path-hit=a", "fast-path-note=b"].map(str::to_owned);
    let wanted = TestExpectation {
        markers: &asked,
        ..PLAIN
    };
    let told = |markers: &[&str], outcome| {
        let mut finished = ended(outcome);
        finished.markers = markers.iter().map(|&it| it.to_owned()).collect();
        // What is printed is no marker.
        finished.output = bytes::Bytes::from_static(b"fast-path-hit=a\nfast-path-note=b\n");
        let judgement = judge(&wanted, &finished);
        (
            judgement.verdict,
            judgement.expected,
            judgement.why.kind(),
            judgement.why.to_string(),
        )
    };
    let passed = told(
        &["x", "fast-path-note=b", "fast-path-hit=a"],
        Outcome::Completed,
    );
    assert_eq!((passed.0, passed.1), (Verdict::Pass, true));
    let missing = told(
        &["fast-path-hit=a", "fast-path-note=bb"],
        Outcome::Completed,
    );
    assert_eq!(
        missing,
        (
            Verdict::Fail,
            false,
            Some(FailureKind::Other),
            "passed, but its marker `fast-path-note=b` is missing".to_owned()
        )
    );
    let crashed = told(&[], Outcome::Crashed(CrashSite::default()));
    assert_eq!(crashed.0, Verdict::Crash);
}

proptest! {
    #[test]
    fn a_negative_passes_for_its_own_name_alone(name in "[A-Za-z]{0,12}", wanted in "[A-Za-z]{1,12}") {
        let phase = NegativePhase::Runtime;
        let expected = TestExpectation {
            negative: Some(Negative { phase, type_name: &wanted }),
            ..PLAIN
        };
        prop_assert_eq!(passes(&expected, &threw(ErrorPhase::RUNTIME, &name)), name == wanted);
        prop_assert!(passes(&expected, &threw(ErrorPhase::RUNTIME, &wanted)));
    }
}
