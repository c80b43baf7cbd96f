use super::*;
use crate::{
    CaseRecord, MemoryPeaks, Percentiles, RecyclingFigures, Retired, RunFacts, StopReason, Stopped,
    Verdict,
};
use bytes::Bytes;
use rewind_protocol::{
    CrashSite, ErrorPhase, Finished, MemoryUse, Nanos, Outcome, Phases, Seq, Thrown, TimeoutOrigin,
    Variant,
};
use std::time::Duration;

fn finished(outcome: Outcome, output: &str, us: u64) -> Finished {
    Finished {
        seq: Seq(0),
        outcome,
        notices: Vec::new(),
        output: Bytes::copy_from_slice(output.as_bytes()),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            load: Nanos(2_000),
            compile: Nanos(8_000),
            execute: Nanos(us * 1000),
            restore: Nanos(6_100),
            ..Phases::default()
        },
        memory: MemoryUse {
            heap_peak: 4096,
            dirty_pages: 37,
        },
    }
}

fn facts() -> RunFacts {
    RunFacts {
        build: String::new(),
        stages: Vec::new(),
        wall: Duration::from_millis(530),
        parent_cpu: Duration::from_millis(120),
        workers_cpu: Some(Duration::from_millis(940)),
        retired: vec![
            Retired {
                reason: "crash-limit".into(),
                count: 1,
            },
            Retired {
                reason: "died".into(),
                count: 2,
            },
        ],
        restarts: 3,
        recycling: Some(RecyclingFigures {
            handovers: 3,
            by_spare: 2,
            pause_us: Some(Percentiles {
                p50: 150.0,
                p90: 180.0,
                p99: 190.0,
                max: 190.0,
            }),
            pause_after_death_us: Some(Percentiles {
                p50: 21_000.0,
                p90: 21_000.0,
                p99: 21_000.0,
                max: 21_000.0,
            }),
            spares_started: 2,
            spares_failed: 0,
        }),
        guest: "quickjs 0.16.2".into(),
        tracking: "pagemap-scan".into(),
        tracking_reason: "the kernel offers it".into(),
        verifications: 1024,
        verifying: Duration::from_micros(1500),
        memory: MemoryPeaks {
            worker_rss: Some(45 << 20),
            parent_rss: Some(120 << 20),
        },
        shadow: None,
        bisected: None,
        planned: 0,
        stopped: None,
    }
}

/// A failure among others, and the attempt alone that was as expected.
#[test]
fn partial_case_is_told_with_both_sides_of_it() {
    let mut figures = Figures::new();
    let first = finished(threw(), "", 5);
    let record = |verdict, partial| CaseRecord {
        path: "test/a.js",
        variant: Variant::named(&"strict"),
        verdict,
        expected: false,
        why: "Test262Error: Expected 1, got 2",
        finished: Some(&first),
        worker: 1,
        worker_life: 0,
        attempt: 1,
        previous: None,
        partial,
        about: crate::About::default(),
    };
    figures.record(&record(Verdict::Fail, None));
    figures.record(&CaseRecord {
        attempt: 2,
        previous: Some(Verdict::Fail),
        ..record(Verdict::Pass, Some(rewind_verdict::FailureKind::Assert))
    });
    let summary = Summary::new(&figures, &RunFacts::default());
    let detail = Detail {
        slowest: 0,
        ..Detail::default()
    };
    let text = render(&summary, &figures, &detail, &Palette::plain());
    let shown: Vec<&str> = text.lines().take(3).chain(text.lines().last()).collect();
    assert_eq!(
        shown,
        [
            "PARTIAL  test/a.js strict",
            "         fail among others, as expected alone:",
            "         Test262Error: Expected 1, got 2",
            " FAILED  1 case: 0 passed, 1 failed, 0 crashed, 0 timed out, 0 lost, 0 skipped; \
             1 unexpected, 1 partial",
        ]
    );
}

struct Case {
    path: &'static str,
    verdict: Verdict,
    expected: bool,
    why: &'static str,
    finished: Option<Finished>,
    retry: Option<Verdict>,
}

fn case(path: &'static str, verdict: Verdict, why: &'static str, result: Finished) -> Case {
    Case {
        path,
        verdict,
        expected: false,
        why,
        finished: Some(result),
        retry: None,
    }
}

fn figures(cases: &[Case]) -> Figures {
    let mut figures = Figures::new();
    for case in cases {
        figures.record(&CaseRecord {
            path: case.path,
            variant: Variant::named(&"strict"),
            verdict: case.verdict,
            expected: case.expected,
            why: case.why,
            finished: case.finished.as_ref(),
            worker: 1,
            worker_life: 0,
            attempt: if case.retry.is_some() { 2 } else { 1 },
            previous: case.retry,
            partial: None,
            about: crate::About::default(),
        });
    }
    figures
}

fn threw() -> Outcome {
    Outcome::Threw {
        phase: ErrorPhase::RUNTIME,
        thrown: Thrown {
            name: "Test262Error".into(),
            message: "Expected 1, got 2".into(),
            stack: "    at assert (harness/assert.js:12:9)\n    at <eval> (test/a.js:3:1)\n".into(),
        },
    }
}

fn crashed(worker_died: bool) -> Outcome {
    Outcome::Crashed(CrashSite {
        signal: 11,
        code: 1,
        address: 0x10,
        pc: 0x5555_1234,
        stack_overflow: false,
        worker_died,
    })
}

fn mixed() -> Figures {
    let overflow = Outcome::Crashed(CrashSite {
        signal: 99,
        code: 2,
        address: 0x7fff_0000,
        pc: 0,
        stack_overflow: true,
        worker_died: true,
    });
    let output = "one\ntwo \x1b[31mred\nthree\n4\n5\n6\n7\n8\n9\n10\n";
    figures(&[
        Case {
            expected: true,
            ..case(
                "test/ok.js",
                Verdict::Pass,
                "",
                finished(Outcome::Completed, "", 1_500_000),
            )
        },
        case(
            "test/a.js",
            Verdict::Fail,
            "Test262Error: Expected 1, got 2",
            finished(threw(), output, 20),
        ),
        case(
            "test/b.js",
            Verdict::Crash,
            "SIGSEGV at 0x10",
            finished(crashed(false), "", 30),
        ),
        case(
            "test/c.js",
            Verdict::Crash,
            "SIGSEGV at 0x10",
            finished(overflow, "", 40),
        ),
        case(
            "test/d.js",
            Verdict::Timeout,
            "took longer than 10 s",
            finished(Outcome::TimedOut(TimeoutOrigin::Watchdog), "", 10_000_000),
        ),
        case(
            "test/e.js",
            Verdict::Pass,
            "a failure was expected",
            finished(Outcome::Completed, "", 5),
        ),
        case(
            "test/f.js",
            Verdict::Fail,
            "wobbly",
            finished(threw(), "", 5),
        ),
        Case {
            expected: true,
            retry: Some(Verdict::Fail),
            ..case(
                "test/f.js",
                Verdict::Pass,
                "",
                finished(Outcome::Completed, "", 5),
            )
        },
        Case {
            expected: true,
            finished: None,
            ..case(
                "test/g.js",
                Verdict::Skip,
                "feature",
                finished(threw(), "", 5),
            )
        },
    ])
}

#[test]
fn summary_of_a_mixed_run() {
    let figures = mixed();
    let summary = Summary::new(&figures, &facts());
    let text = render(&summary, &figures, &Detail::default(), &Palette::plain());
    insta::assert_snapshot!(text, @r#"
       FAIL  test/a.js strict
             Test262Error: Expected 1, got 2
                 at assert (harness/assert.js:12:9)
                 at <eval> (test/a.js:3:1)
             | one
             | two \u{1b}[31mred
             | three
             | 4
             | 5
             | 6
             | 7
             | 8
             | and 2 more lines; --all-output shows them
      CRASH  test/b.js strict
             SIGSEGV at 0x10
             si_code 1, pc 0x55551234
      CRASH  test/c.js strict
             SIGSEGV at 0x10
             si_code 2
    TIMEOUT  test/d.js strict
             took longer than 10 s
      PASS!  test/e.js strict
             a failure was expected
      FLAKY  test/f.js strict
             fail at first, as expected at attempt 2
             wobbly

    slowest   10.00 s  test/d.js strict
               1.50 s  test/ok.js strict
              56.1 µs  test/c.js strict
              46.1 µs  test/b.js strict
              36.1 µs  test/a.js strict
       time  11.50 s in the workers: load 0.0 %, compile 0.0 %, execute 100.0 %, jobs 0.0 %, capture 0.0 %, restore 0.0 %
    restore  p50 6.1 µs, p90 6.1 µs, p99 6.1 µs, longest 6.1 µs; 37.0 pages dirtied on average
    checked  1,024 restores compared with the checkpoint, byte for byte, in 1.5 ms
      guest  quickjs 0.16.2
    tracked  by pagemap-scan: the kernel offers it
    workers  3 restarted; 1 left: crash-limit, 2 left: died
    recycle  3 handovers, 2 to a spare; pause p50 150.0 µs, p99 190.0 µs, longest 190.0 µs; after a death p50 21.0 ms, p99 21.0 ms, longest 21.0 ms
     memory  largest worker 45.0 MiB, parent 120.0 MiB
        run  8 executions in 530.0 ms (15 a second), 1.06 s of CPU
     FAILED  8 cases: 3 passed, 1 failed, 2 crashed, 1 timed out, 0 lost, 1 skipped; 5 unexpected, 1 flaky
    "#);
}

#[test]
fn summary_of_a_run_where_all_is_well_is_short() {
    let figures = figures(&[Case {
        expected: true,
        ..case(
            "test/ok.js",
            Verdict::Pass,
            "",
            finished(Outcome::Completed, "", 12),
        )
    }]);
    let facts = RunFacts {
        retired: Vec::new(),
        restarts: 0,
        recycling: None,
        ..facts()
    };
    let summary = Summary::new(&figures, &facts);
    let text = render(&summary, &figures, &Detail::default(), &Palette::plain());
    insta::assert_snapshot!(text, @r#"
    slowest   28.1 µs  test/ok.js strict
       time  28.1 µs in the workers: load 7.1 %, compile 28.5 %, execute 42.7 %, jobs 0.0 %, capture 0.0 %, restore 21.7 %
    restore  p50 6.1 µs, p90 6.1 µs, p99 6.1 µs, longest 6.1 µs; 37.0 pages dirtied on average
    checked  1,024 restores compared with the checkpoint, byte for byte, in 1.5 ms
      guest  quickjs 0.16.2
    tracked  by pagemap-scan: the kernel offers it
     memory  largest worker 45.0 MiB, parent 120.0 MiB
        run  1 execution in 530.0 ms (2 a second), 1.06 s of CPU
         OK  1 case: 1 passed, 0 failed, 0 crashed, 0 timed out, 0 lost, 0 skipped; 0 unexpected
    "#);
}

#[test]
fn skips_for_features_and_by_exception_are_told_apart() {
    let summary = Summary {
        skipped: crate::Skips {
            feature: 12_345,
            exception: 2,
            agent: 0,
            mode: 1,
        },
        ..Summary::new(&Figures::new(), &RunFacts::default())
    };
    let detail = Detail::default();
    let text = render(&summary, &Figures::new(), &detail, &Palette::plain());
    let line = text.lines().next();
    assert_eq!(
        line,
        Some(
            "skipped  12,345 for features that the engine lacks, 2 by exceptions that are \
             listed, 1 without a variant in this mode"
        )
    );
}

#[test]
fn summary_of_nothing_says_so() {
    let (figures, facts) = (
        Figures::new(),
        RunFacts {
            stopped: Some(Stopped::by(StopReason::Interrupted)),
            ..RunFacts::default()
        },
    );
    let summary = Summary::new(&figures, &facts);
    let text = render(&summary, &figures, &Detail::default(), &Palette::plain());
    insta::assert_snapshot!(text, @r#"
        run  0 executions in 0.0 µs (0 a second), 0.0 µs of CPU
    STOPPED  0 cases: 0 passed, 0 failed, 0 crashed, 0 timed out, 0 lost, 0 skipped; 0 unexpected
    "#);
}

#[test]
fn failures_beyond_the_limit_are_counted() {
    let figures = mixed();
    let summary = Summary::new(&figures, &facts());
    let detail = Detail {
        failures: 1,
        output_lines: 1,
        slowest: 0,
    };
    let text = render(&summary, &figures, &detail, &Palette::plain());
    let failures: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(failures.join("\n"), @r#"
     FAIL  test/a.js strict
           Test262Error: Expected 1, got 2
               at assert (harness/assert.js:12:9)
               at <eval> (test/a.js:3:1)
           | one
           | and 9 more lines; --all-output shows them
    FLAKY  test/f.js strict
           fail at first, as expected at attempt 2
           wobbly
           and 4 more; --results DIR lists all
    "#);
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let figures = mixed();
    let summary = Summary::new(&figures, &facts());
    let plain = render(&summary, &figures, &Detail::ALL, &Palette::plain());
    let coloured = render(&summary, &figures, &Detail::ALL, &Palette::coloured());
    assert_ne!(plain, coloured);
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').expect("the end of a colour").1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn what_is_as_expected_is_told_so_and_alarms_nobody() {
    let last = |summary: &Summary, palette: &Palette| {
        let text = render(summary, &Figures::new(), &Detail::default(), palette);
        text.lines().last().unwrap_or_default().trim().to_owned()
    };
    let fine = Summary {
        cases: 611,
        pass: 513,
        fail: 40,
        crash: 45,
        timeout: 13,
        as_expected: 98,
        ..Summary::default()
    };
    assert_eq!(
        last(&fine, &Palette::plain()),
        "OK  611 cases: 513 passed, 98 as expected (40 failed, 45 crashed, 13 timed out), \
         0 lost, 0 skipped; 0 unexpected"
    );
    let coloured = Palette::new(true);
    let alarm = format!("{}", coloured.bad);
    assert!(!last(&fine, &coloured).contains(&alarm));
    let worse = Summary {
        fail: 41,
        unexpected: 1,
        cases: 612,
        ..fine
    };
    assert_eq!(
        last(&worse, &Palette::plain()),
        "FAILED  612 cases: 513 passed, 41 failed, 45 crashed, 13 timed out, 0 lost, \
         0 skipped; 1 unexpected, 98 as expected"
    );
    assert!(last(&worse, &coloured).contains(&alarm));
}
