use super::*;
use bytes::Bytes;
use rewind_protocol::{MemoryUse, Seq};

fn finished(us: u64) -> Finished {
    Finished {
        seq: Seq(0),
        outcome: Outcome::Completed,
        notices: Vec::new(),
        output: Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            execute: Nanos(us * 1000),
            ..Phases::default()
        },
        memory: MemoryUse::default(),
    }
}

fn record<'a>(
    path: &'a str,
    verdict: Verdict,
    expected: bool,
    result: &'a Finished,
) -> CaseRecord<'a> {
    CaseRecord {
        path,
        variant: Variant::named(&"sloppy"),
        verdict,
        expected,
        why: "",
        finished: Some(result),
        worker: 0,
        worker_life: 0,
        attempt: 1,
        previous: None,
        partial: None,
        about: crate::About::default(),
    }
}

#[test]
fn retry_replaces_the_attempt_before_and_stays_visible() {
    let mut figures = Figures::new();
    let result = finished(1);
    figures.record(&record("a", Verdict::Crash, false, &result));
    figures.record(&record("b", Verdict::Fail, false, &result));
    let again = |path, verdict, expected, previous| CaseRecord {
        attempt: 2,
        previous: Some(previous),
        ..record(path, verdict, expected, &result)
    };
    figures.record(&again("a", Verdict::Pass, true, Verdict::Crash));
    figures.record(&again("b", Verdict::Timeout, false, Verdict::Fail));
    let expected = Counts {
        pass: 1,
        timeout: 1,
        unexpected: 1,
        flaky: 1,
        attempts: 4,
        ..Counts::default()
    };
    assert_eq!(*figures.counts(), expected);
    assert_eq!(figures.counts().cases(), 2);
    let kept: Vec<_> = figures
        .failures()
        .iter()
        .map(|f| (f.path.as_str(), f.verdict, f.flaky, f.attempts))
        .collect();
    assert_eq!(
        kept,
        [
            ("a", Verdict::Crash, true, 2),
            ("b", Verdict::Timeout, false, 2)
        ]
    );
    assert_eq!(figures.failures_not_kept(), 0);
}

#[test]
fn partial_case_counts_as_it_ended_among_others_and_stays_unexpected() {
    let mut figures = Figures::new();
    let result = finished(1);
    for (path, verdict) in [("a", Verdict::Fail), ("b", Verdict::Crash)] {
        figures.record(&record(path, verdict, false, &result));
    }
    let alone = |path, previous, kind| CaseRecord {
        attempt: 2,
        previous: Some(previous),
        partial: Some(kind),
        ..record(path, Verdict::Pass, false, &result)
    };
    figures.record(&alone("a", Verdict::Fail, FailureKind::Assert));
    figures.record(&alone("b", Verdict::Crash, FailureKind::Crash));
    let expected = Counts {
        fail: 1,
        crash: 1,
        unexpected: 2,
        partial: 1,
        attempts: 4,
        ..Counts::default()
    };
    assert_eq!(
        *figures.counts(),
        expected,
        "a crash is a regression all the same"
    );
    let kept: Vec<_> = figures
        .failures()
        .iter()
        .map(|it| (it.verdict, it.partial, it.attempts))
        .collect();
    assert_eq!(
        kept,
        [
            (Verdict::Fail, Some(FailureKind::Assert), 2),
            (Verdict::Crash, Some(FailureKind::Crash), 2)
        ]
    );
}

#[test]
fn failures_beyond_the_limit_are_counted_and_not_kept() {
    let mut figures = Figures::new();
    let result = finished(1);
    let paths: Vec<String> = (0..FAILURES + 5).map(|n| n.to_string()).collect();
    for path in &paths {
        figures.record(&record(path, Verdict::Fail, false, &result));
    }
    assert_eq!(
        (figures.failures().len(), figures.failures_not_kept()),
        (FAILURES, 5)
    );
    let last = paths.last().expect("some");
    figures.record(&CaseRecord {
        attempt: 2,
        previous: Some(Verdict::Fail),
        ..record(last, Verdict::Pass, true, &result)
    });
    assert_eq!(
        figures.failures_not_kept(),
        5,
        "four failures and one flaky case"
    );
}

#[test]
fn slowest_are_kept_in_order() {
    let mut figures = Figures::new();
    for us in [5, 100, 1, 50, 50, 7, 8, 9, 10, 11, 12, 13, 2, 200] {
        figures.record(&record("x", Verdict::Pass, true, &finished(us)));
    }
    let spent: Vec<_> = figures
        .slowest()
        .iter()
        .map(|slow| slow.spent.as_micros())
        .collect();
    assert_eq!(spent, [200, 100, 50, 50, 13, 12, 11, 10, 9, 8]);
}

#[test]
fn restores_that_never_happened_have_no_percentiles() {
    let mut figures = Figures::new();
    figures.record(&record("x", Verdict::Lost, false, &finished(1)));
    assert_eq!(figures.restore_us(), None);
}

#[test]
fn percentiles_are_those_of_the_spans_recorded() {
    let mut figures = Figures::new();
    for us in 1..=100 {
        let mut result = finished(1);
        result.phases.restore = Nanos(us * 1000);
        figures.record(&record("x", Verdict::Pass, true, &result));
    }
    let spans = figures.restore_us().expect("some");
    for (got, want) in [
        (spans.p50, 50.0),
        (spans.p90, 90.0),
        (spans.p99, 99.0),
        (spans.max, 100.0),
    ] {
        assert!(
            (got / want - 1.0_f64).abs() < 0.01,
            "{got} instead of {want}"
        );
    }
}
