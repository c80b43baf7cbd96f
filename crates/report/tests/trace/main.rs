//! Traces, held against the rules of their format.

mod checker;

use checker::{Checked, check};
use proptest::prelude::*;
use rewind_harness::WorkerId;
use rewind_protocol::{
    CrashSite, Finished, MemoryUse, Nanos, Outcome, Phases, Place, Seq, Variant,
};
use rewind_report::{About, CaseRecord, Moment, Trace, Verdict};

const ORIGIN: Nanos = Nanos(1_000_000_000_000);

fn finished(outcome: Outcome, place: Option<Place>, phases: [u64; 6]) -> Finished {
    let [load, compile, execute, jobs, capture, restore] = phases.map(Nanos);
    Finished {
        seq: Seq(1),
        outcome,
        notices: Vec::new(),
        output: Vec::new().into(),
        output_dropped: 0,
        markers: Vec::new(),
        phases: Phases {
            load,
            compile,
            execute,
            jobs,
            capture,
            restore,
        },
        memory: MemoryUse {
            heap_peak: 4096,
            dirty_pages: 7,
        },
        recovery: None,
        place,
    }
}

fn at(began: u64) -> Option<Place> {
    Some(Place {
        started: Nanos(ORIGIN.0 + began),
        ..Place::default()
    })
}

fn record<'a>(path: &'a str, finished: &'a Finished, worker: WorkerId) -> CaseRecord<'a> {
    CaseRecord {
        path,
        variant: Variant::named(&"strict"),
        verdict: Verdict::Pass,
        expected: true,
        why: "",
        finished: Some(finished),
        worker: worker.slot,
        worker_life: worker.life,
        attempt: 1,
        previous: None,
        partial: None,
        about: About::default(),
    }
}

fn text(trace: Trace<Vec<u8>>, end: u64) -> String {
    let bytes = trace.end(Moment(end)).expect("written");
    String::from_utf8(bytes).expect("UTF-8")
}

fn checked(text: &str) -> Checked {
    check(text).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"))
}

fn worker(slot: u32, life: u32) -> WorkerId {
    WorkerId { slot, life }
}

#[test]
fn case_holds_its_phases_within_the_life_of_its_worker() {
    let mut trace = Trace::new(Vec::new(), ORIGIN);
    let ran = finished(
        Outcome::Completed,
        at(5_000_000),
        [100, 200, 300, 0, 50, 25],
    );
    trace.ready(worker(1, 0), 4711, Moment(4_000_000)).unwrap();
    trace
        .case(&record("test/a.js", &ran, worker(1, 0)), Moment(6_000_000))
        .unwrap();
    trace
        .left(worker(1, 0), "drained", Moment(7_000_000))
        .unwrap();
    let checked = checked(&text(trace, 8_000_000));
    let on_track: Vec<_> = checked
        .slices
        .iter()
        .filter(|slice| slice.track == "worker 1")
        .map(|slice| (slice.name.as_str(), slice.parent.as_deref(), slice.dur))
        .collect();
    let case = Some("test/a.js");
    assert_eq!(
        on_track,
        [
            ("worker 1.0", None, 0.0),
            ("start", Some("worker 1.0"), 3999.998),
            ("test/a.js", Some("worker 1.0"), 0.6755),
            ("load", case, 0.1),
            ("compile", case, 0.2),
            ("execute", case, 0.3),
            ("capture", case, 0.05),
            ("restore", case, 0.025),
        ]
    );
    let args = &checked.slices[3].args;
    assert_eq!(
        (&args["variant"], &args["dirty_pages"]),
        (&"strict".into(), &7.into())
    );
    assert_eq!(
        checked.instants,
        [("worker 1".to_owned(), "drained".to_owned())]
    );
    assert_eq!(checked.other["cases"], 1);
}

#[test]
fn names_of_hostile_tests_stay_names() {
    let names = [
        "a\",\"ph\":\"E\"},{\"x\":\"",
        "line\nbreak\u{0}\u{7f}\u{1b}[31m",
        "\\\\\"]}",
        "ü/😀.js",
        &"long/".repeat(1_000),
    ];
    let mut trace = Trace::new(Vec::new(), ORIGIN);
    for (number, name) in (1..).zip(names) {
        let ran = finished(Outcome::Completed, at(number * 10_000), [1; 6]);
        let mut record = record(name, &ran, worker(0, 0));
        (record.verdict, record.why) = (Verdict::Fail, name);
        trace.case(&record, Moment(number * 10_000 + 100)).unwrap();
    }
    trace.remark(names[0], Moment(60_000)).unwrap();
    let checked = checked(&text(trace, 100_000));
    let cases: Vec<_> = checked
        .slices
        .iter()
        .filter(|slice| slice.args.contains_key("verdict"))
        .collect();
    for (case, name) in cases.iter().zip(&names[..4]) {
        assert_eq!(
            (case.name.as_str(), &case.args["why"]),
            (*name, &(*name).into())
        );
    }
    assert_eq!((cases.len(), cases[4].name.len()), (5, 240));
}

#[test]
fn faults_retries_and_ends_are_instants() {
    let mut trace = Trace::new(Vec::new(), ORIGIN);
    let crashed = Outcome::Crashed(CrashSite {
        signal: 11,
        ..CrashSite::default()
    });
    let ran = finished(crashed, None, [0; 6]);
    trace
        .case(&record("a.js", &ran, worker(0, 0)), Moment(50_000))
        .unwrap();
    trace.left(worker(0, 0), "died", Moment(60_000)).unwrap();
    trace.round("retries", Moment(70_000)).unwrap();
    let mut again = record("a.js", &ran, worker(0, 0));
    again.attempt = 2;
    trace.case(&again, Moment(90_000)).unwrap();
    let checked = checked(&text(trace, 100_000));
    let names: Vec<_> = checked.instants.iter().map(|(_, name)| &**name).collect();
    assert_eq!(names, ["SIGSEGV", "died", "retry", "SIGSEGV"]);
    let second = checked.slices.iter().rfind(|slice| slice.name == "a.js");
    assert!(
        second.is_some_and(|it| it.ts > 70.0 && it.dur > 19.0),
        "{second:?}"
    );
}

#[test]
fn trace_without_a_case_is_sound() {
    let mut trace = Trace::new(Vec::new(), ORIGIN);
    trace
        .left(worker(0, 0), "did not start", Moment(5))
        .unwrap();
    trace
        .left(worker(0, 1), "did not start", Moment(5))
        .unwrap();
    let checked = checked(&text(trace, 5));
    assert_eq!(checked.instants.len(), 2);
}

#[test]
fn cases_beyond_the_limit_are_left_out_and_counted() {
    let mut trace = Trace::new(Vec::new(), ORIGIN).with_limit(100_000);
    let path = "test/built-ins/Array/prototype/some/15.4.4.17-7-c-iii-1.js";
    for number in 1..2_000 {
        let ran = finished(Outcome::Completed, at(number * 10_000), [1_234; 6]);
        trace
            .case(
                &record(path, &ran, worker(0, 0)),
                Moment(number * 10_000 + 9_000),
            )
            .unwrap();
    }
    let text = text(trace, 20_000_000);
    assert!(text.len() < 102_000, "{}", text.len());
    let checked = checked(&text);
    let cases = checked.slices.iter().filter(|it| it.name == path).count() as u64;
    assert_eq!(checked.other["cases"], cases);
    assert_eq!(checked.other["cases_left_out"], 1_999 - cases);
    // Of a case with the longest name and reason: nothing is without bounds.
    assert!(text.len() as u64 / cases < 1_000);
}

#[test]
fn checker_refuses_what_breaks_the_format() {
    let mut trace = Trace::new(Vec::new(), ORIGIN);
    for began in [10_000, 20_000] {
        let ran = finished(Outcome::Completed, at(began), [100; 6]);
        trace
            .case(&record("a", &ran, worker(0, 0)), Moment(began + 1_000))
            .unwrap();
    }
    let sound = text(trace, 30_000);
    check(&sound).expect("sound");
    let from = sound.find("\"ts\":10.1005").expect("a phase");
    let second = sound.replacen("\"ts\":20.0005", "\"ts\":9.0005", 1);
    for (broken, wanted) in [
        (sound[..from].to_owned(), "EOF"),
        (
            sound.replacen("\"dur\":0.6005", "\"dur\":0.4005", 1),
            "crosses",
        ),
        (
            sound.replacen("\"dur\":0.100}", "\"dur\":0.101}", 1),
            "crosses",
        ),
        (second, "something later"),
        (
            sound.replacen("\"ph\":\"E\"", "\"ph\":\"i\"", 1),
            "no scope",
        ),
        (
            sound.replacen("\"ph\":\"X\"", "\"ph\":\"x\"", 1),
            "unknown ph",
        ),
        (
            sound.replacen("\"thread_name\"", "\"thread_game\"", 1),
            "no known metadata",
        ),
        (
            sound.replacen("\"tid\":2,\"name\":\"a\"", "\"tid\":9,\"name\":\"a\"", 1),
            "no name",
        ),
        (
            sound.replacen("\"name\":\"load\"", "\"nome\":\"load\"", 1),
            "no name",
        ),
        (
            sound.replacen("\"displayTimeUnit\":\"ns\"", "\"displayTimeUnit\":\"s\"", 1),
            "Unit",
        ),
    ] {
        let error = check(&broken).expect_err(wanted);
        assert!(error.contains(wanted), "{error} instead of {wanted}");
    }
}

/// Something that a run tells its trace.
#[derive(Clone, Debug)]
enum Told {
    Ready(u32),
    Case(Option<(u64, u64, u64)>, [u64; 6]),
    Left,
    Round,
    Count(u64),
}

fn span() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..2_000_000_u64, 1 => Just(0), 1 => any::<u64>()]
}

fn told() -> impl Strategy<Value = Told> {
    let place = proptest::option::of((span(), span(), span()));
    let phases = [span(), span(), span(), span(), span(), span()];
    prop_oneof![
        2 => (0..3_u32).prop_map(Told::Ready),
        8 => (place, phases).prop_map(|(place, phases)| Told::Case(place, phases)),
        2 => Just(Told::Left),
        1 => Just(Told::Round),
        1 => any::<u64>().prop_map(Told::Count),
    ]
}

proptest! {
    #[test]
    fn whatever_is_told_gives_a_sound_trace_with_each_case_once(
        all in proptest::collection::vec((told(), 0..3_u32, 0..3_u32, 0..500_000_u64), 0..60)
    ) {
        let mut trace = Trace::new(Vec::new(), ORIGIN).with_stand_ins_from(2);
        let (mut now, mut cases) = (0, 0_usize);
        for (told, slot, life, later) in all {
            now += later;
            let worker = worker(slot, life);
            match told {
                Told::Ready(pid) => trace.ready(worker, pid, Moment(now)),
                Told::Left => trace.left(worker, "left", Moment(now)),
                Told::Round => trace.round("retries", Moment(now)),
                Told::Count(value) => trace.count("cases left", &[("n", value)], Moment(now)),
                Told::Case(place, phases) => {
                    cases += 1;
                    let place = place.map(|(ago, waited, prepared)| Place {
                        started: Nanos((ORIGIN.0 + now).saturating_sub(ago)),
                        waited: Nanos(waited),
                        prepared: Nanos(prepared),
                    });
                    let ran = finished(Outcome::Completed, place, phases);
                    trace.case(&record("case", &ran, worker), Moment(now))
                }
            }.expect("a vector takes everything");
        }
        let text = text(trace, now);
        let checked = check(&text).map_err(|wrong| TestCaseError::fail(format!("{wrong}\n{text}")))?;
        let found = checked.slices.iter().filter(|slice| slice.name == "case");
        prop_assert_eq!(found.clone().count(), cases);
        for slice in found {
            let parent = slice.parent.clone().unwrap_or_default();
            prop_assert!(parent.starts_with(&format!("{}.", slice.track)), "{} in {}", slice.track, parent);
        }
    }
}
