use super::*;
use crate::{Retired, RunFacts};
use bytes::Bytes;
use rewind_protocol::{ErrorPhase, MemoryUse, Nanos, Seq, Variant};
use serde_json::{Value, json};
use std::io;

fn finished(outcome: Outcome) -> Finished {
    Finished {
        seq: Seq(7),
        outcome,
        notices: Vec::new(),
        output: Bytes::from_static(b"said \xff\n\x01"),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            load: Nanos(1_500),
            compile: Nanos(20_001),
            execute: Nanos(3_000_000),
            jobs: Nanos(0),
            capture: Nanos(999),
            restore: Nanos(6_100),
        },
        memory: MemoryUse {
            heap_peak: 65_536,
            dirty_pages: 37,
        },
    }
}

fn record<'a>(verdict: Verdict, finished: Option<&'a Finished>) -> CaseRecord<'a> {
    CaseRecord {
        path: "test/a \"b\".js",
        variant: Variant::named(&"sloppy"),
        verdict,
        expected: verdict == Verdict::Pass,
        why: if verdict == Verdict::Pass {
            ""
        } else {
            "because"
        },
        finished,
        worker: 3,
        worker_life: 0,
        attempt: 2,
        previous: None,
        partial: None,
        about: crate::About::default(),
    }
}

fn case(verdict: Verdict, outcome: Outcome) -> Value {
    line(&record(verdict, Some(&finished(outcome))))
}

fn line(record: &CaseRecord<'_>) -> Value {
    let mut buffer = Vec::new();
    push_case(&mut buffer, record);
    assert_eq!(buffer.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert_eq!(buffer.last(), Some(&b'\n'));
    serde_json::from_slice(&buffer).expect("valid JSON")
}

#[test]
fn partial_case_says_how_it_failed_among_others() {
    let result = finished(Outcome::Completed);
    let alone = CaseRecord {
        previous: Some(Verdict::Timeout),
        expected: false,
        partial: Some(rewind_verdict::FailureKind::Timeout),
        why: "as expected alone",
        ..record(Verdict::Pass, Some(&result))
    };
    let line = line(&alone);
    assert_eq!(
        (&line["verdict"], &line["expected"], &line["partial"]),
        (&json!("pass"), &json!(false), &json!("timeout"))
    );
    assert_eq!(line["why"], "as expected alone");
}

#[test]
fn passed_case_has_every_member_of_the_contract_and_no_output() {
    assert_eq!(
        case(Verdict::Pass, Outcome::Completed),
        json!({
            "type": "case", "path": "test/a \"b\".js", "variant": "sloppy",
            "verdict": "pass", "expected": true, "outcome": {"kind": "completed"},
            "us": 3028,
            "phases": {
                "load": 1.5, "compile": 20.001, "execute": 3000.0, "jobs": 0.0,
                "capture": 0.999, "restore": 6.1
            },
            "dirty_pages": 37, "heap_peak": 65536, "worker": 3, "worker_life": 0, "attempt": 2
        })
    );
}

#[test]
fn failed_case_says_why_and_what_it_printed() {
    let value = case(Verdict::Fail, Outcome::Completed);
    assert_eq!(value["why"], "because");
    assert_eq!(value["output"], "said \u{fffd}\n\u{1}");
    assert_eq!(value.get("output_missing"), None);
}

#[test]
fn every_outcome_is_told_in_full() {
    let thrown = Thrown {
        name: "E".into(),
        message: "m".into(),
        stack: "s".into(),
    };
    let site = CrashSite {
        signal: 11,
        code: -6,
        address: u64::MAX,
        pc: 0x10,
        stack_overflow: true,
        worker_died: false,
    };
    let told = [
        Outcome::Completed,
        Outcome::Threw {
            phase: ErrorPhase::named("resolution"),
            thrown,
        },
        Outcome::Threw {
            phase: ErrorPhase::named("parse"),
            thrown: Thrown::default(),
        },
        Outcome::Crashed(site),
        Outcome::Crashed(CrashSite { signal: 64, ..site }),
        Outcome::TimedOut(TimeoutOrigin::Deadline),
        Outcome::TimedOut(TimeoutOrigin::Watchdog),
        Outcome::Exited {
            code: -1,
            worker_died: true,
        },
        Outcome::OutOfMemory,
        Outcome::HostError {
            kind: "missing-module".into(),
            message: "no a.js".into(),
        },
        Outcome::Lost {
            reason: "died".into(),
        },
    ]
    .map(|outcome| case(Verdict::Fail, outcome)["outcome"].clone());
    let crash = |signal: i32| {
        json!({
            "kind": "crashed", "signal": signal, "code": -6, "address": "0xffffffffffffffff",
            "pc": "0x10", "stack_overflow": true, "worker_died": false
        })
    };
    let mut named = crash(11);
    named["signal_name"] = json!("SIGSEGV");
    assert_eq!(
        Value::from(told.to_vec()),
        json!([
            {"kind": "completed"},
            {"kind": "threw", "phase": "resolution", "name": "E", "message": "m", "stack": "s"},
            {"kind": "threw", "phase": "parse", "name": "", "message": ""},
            named,
            crash(64),
            {"kind": "timed-out", "origin": "deadline"},
            {"kind": "timed-out", "origin": "watchdog"},
            {"kind": "exited", "code": -1, "worker_died": true},
            {"kind": "out-of-memory"},
            {"kind": "host-error", "error": "missing-module", "message": "no a.js"},
            {"kind": "lost", "reason": "died"},
        ])
    );
}

#[test]
fn skip_is_a_case_line_with_the_same_members_and_its_reason() {
    let skip = line(&record(Verdict::Skip, None));
    assert_eq!(skip["verdict"], "skip");
    assert_eq!(
        skip["outcome"],
        json!({"kind": "skipped", "reason": "because"})
    );
    let passed = case(Verdict::Pass, Outcome::Completed);
    for member in passed.as_object().expect("object").keys() {
        assert!(skip.get(member).is_some(), "{member} is missing");
    }
}

#[test]
fn long_output_is_cut_and_what_is_missing_is_counted() {
    let mut result = finished(Outcome::Completed);
    result.output = Bytes::from("é".repeat(OUTPUT_LIMIT));
    result.output_dropped = 5;
    let value = line(&record(Verdict::Fail, Some(&result)));
    assert_eq!(value["output"].as_str().map(str::len), Some(OUTPUT_LIMIT));
    assert_eq!(value["output_missing"], OUTPUT_LIMIT + 5);
}

#[test]
fn failure_says_of_which_kind_and_skip_says_for_which_cause() {
    let result = finished(Outcome::Completed);
    let mut failed = record(Verdict::Fail, Some(&result));
    failed.about.kind = Some(rewind_verdict::FailureKind::Assert);
    assert_eq!(line(&failed)["failure"], "assert");
    let passed = line(&record(Verdict::Pass, Some(&result)));
    assert_eq!(passed.get("failure"), None);
    let reason = SkipReason::Feature {
        name: "Temporal".into(),
        reason: "not there".into(),
    };
    let mut skipped = record(Verdict::Skip, None);
    skipped.about.skip = Some(&reason);
    assert_eq!(
        line(&skipped)["outcome"],
        json!({"kind": "skipped", "reason": "because", "cause": "feature", "feature": "Temporal"})
    );
}

#[test]
fn markers_are_listed_where_there_are_any() {
    let mut result = finished(Outcome::Completed);
    result.markers = vec!["fast-path-hit=a".into()];
    let value = line(&record(Verdict::Pass, Some(&result)));
    assert_eq!(value["markers"], json!(["fast-path-hit=a"]));
}

#[test]
fn report_begins_with_the_run_and_ends_with_the_summary() {
    let mut report = Ndjson::new(Vec::new());
    report
        .begin(&RunHeader {
            workers: 2,
            stand_ins: 4,
            ..RunHeader::default()
        })
        .expect("begin");
    let result = finished(Outcome::Completed);
    report
        .case(&record(Verdict::Pass, Some(&result)))
        .expect("case");
    let mut figures = Figures::new();
    figures.record(&record(Verdict::Pass, Some(&result)));
    let facts = RunFacts {
        retired: vec![Retired {
            reason: "rss-limit".into(),
            count: 1,
        }],
        ..RunFacts::default()
    };
    report
        .end(&Summary::new(&figures, &facts), &figures)
        .expect("end");
    let text = String::from_utf8(report.into_inner()).expect("UTF-8");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(
        text.starts_with("{\"type\":\"run\",\"schema\":1,"),
        "{text}"
    );
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["workers"], 2);
    assert_eq!(lines[1]["type"], "case");
    let summary = &lines[2];
    assert_eq!(
        (
            &summary["type"],
            &summary["cases"],
            &summary["pass"],
            &summary["lost"]
        ),
        (&json!("summary"), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(
        summary["retired"],
        json!([{"reason": "rss-limit", "count": 1}])
    );
    for member in [
        "wall_s",
        "cpu_s",
        "restarts",
        "recycling",
        "tracking",
        "tracking_reason",
        "verifications",
        "verify_s",
        "flaky",
    ] {
        assert!(summary.get(member).is_some(), "{member} is missing");
    }
    let p50 = summary["restore_us"]["p50"].as_f64().expect("a number");
    assert!((p50 / 6.1 - 1.0).abs() < 0.01, "{p50}");
}

/// Takes so many bytes, then says that the disk is full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn full_disk_is_an_error_as_soon_as_lines_are_written() {
    let mut report = Ndjson::new(Full(200_000));
    report.begin(&RunHeader::default()).expect("begin");
    let result = finished(Outcome::Completed);
    let record = record(Verdict::Pass, Some(&result));
    let failed = (0..2_000)
        .find_map(|_| report.case(&record).err())
        .expect("the disk is full");
    assert!(
        failed.to_string().starts_with("write the ndjson report: "),
        "{failed}"
    );
}
