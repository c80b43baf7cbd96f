use super::*;
use crate::RunFacts;
use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::events::Event;
use rewind_protocol::{MemoryUse, Nanos, Outcome, Phases, Seq, Variant};
use std::cell::RefCell;
use std::io::Cursor;
use std::time::Duration;

fn finished() -> Finished {
    Finished {
        seq: Seq(0),
        outcome: Outcome::Completed,
        notices: Vec::new(),
        output: Bytes::from_static(b"a<b>&\"\x1b\xff\n"),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            execute: Nanos(1_234_567),
            ..Phases::default()
        },
        memory: MemoryUse::default(),
    }
}

fn record<'a>(verdict: Verdict, expected: bool, finished: Option<&'a Finished>) -> CaseRecord<'a> {
    CaseRecord {
        path: "test/folder/a&b.js",
        variant: Variant::named(&"strict"),
        verdict,
        expected,
        why: "1 < 2",
        finished,
        worker: 0,
        worker_life: 0,
        attempt: 1,
        previous: None,
        partial: None,
        about: crate::About::default(),
    }
}

thread_local! {
    static COMMITTED: RefCell<String> = RefCell::default();
}

fn report(records: &[CaseRecord<'_>]) -> String {
    let mut junit = Junit::new(Cursor::new(Vec::new()), |out: Cursor<Vec<u8>>| {
        let text = String::from_utf8(out.into_inner()).expect("UTF-8");
        COMMITTED.set(text);
        Ok(())
    });
    junit.begin(&RunHeader::default()).expect("begin");
    for record in records {
        junit.case(record).expect("case");
    }
    let figures = Figures::new();
    let facts = RunFacts {
        wall: Duration::from_millis(1500),
        ..RunFacts::default()
    };
    junit
        .end(&Summary::new(&figures, &facts), &figures)
        .expect("end");
    COMMITTED.take()
}

#[test]
fn partial_case_is_a_failure_at_both_attempts() {
    let alone = CaseRecord {
        attempt: 2,
        previous: Some(Verdict::Fail),
        partial: Some(rewind_verdict::FailureKind::Assert),
        ..record(Verdict::Pass, false, None)
    };
    let text = report(&[record(Verdict::Fail, false, None), alone]);
    assert!(text.contains("failures=\"2\" errors=\"0\""), "{text}");
    assert!(
        text.contains("(attempt 2)\" time=\"0.000000000\"><failure type=\"partial\""),
        "{text}"
    );
}

#[test]
fn every_kind_of_case_is_well_formed_and_counted() {
    let result = finished();
    let done = Some(&result);
    let retry = CaseRecord {
        attempt: 2,
        previous: Some(Verdict::Fail),
        ..record(Verdict::Pass, true, done)
    };
    let text = report(&[
        record(Verdict::Pass, true, done),
        record(Verdict::Fail, false, done),
        record(Verdict::Pass, false, done),
        record(Verdict::Fail, true, done),
        record(Verdict::Skip, true, None),
        record(Verdict::Crash, false, done),
        record(Verdict::Timeout, false, done),
        record(Verdict::Lost, false, done),
        retry,
    ]);
    let mut reader = Reader::from_str(&text);
    loop {
        if reader.read_event().expect("well formed") == Event::Eof {
            break;
        }
    }
    let squeezed: Vec<_> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let squeezed = squeezed.join("\n");
    insta::assert_snapshot!(squeezed, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="rewind" tests="9" failures="2" errors="3" skipped="2" time="1.500">
    <testsuite name="rewind" tests="9" failures="2" errors="3" skipped="2" time="1.500" >
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"/>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><failure type="fail" message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><failure type="pass" message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><skipped message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.000000000"><skipped message="1 &lt; 2"/></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><error type="crash" message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><error type="timeout" message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict" time="0.001234567"><error type="lost" message="1 &lt; 2"/><system-out>a&lt;b&gt;&amp;&quot;��&#10;</system-out></testcase>
    <testcase classname="test/folder" name="a&amp;b.js strict (attempt 2)" time="0.001234567"/>
    </testsuite>
    </testsuites>
    "#);
}

#[test]
fn head_has_one_length_whatever_the_totals() {
    let most = Totals {
        tests: u64::MAX,
        failures: u64::MAX,
        errors: u64::MAX,
        skipped: u64::MAX,
    };
    let (least, most) = (head(&Totals::default(), 0.0), head(&most, 1e9));
    assert_eq!(least.len(), most.len());
}
