//! Profiles and traces of whole runs with real workers.

#[path = "../../report/tests/trace/checker.rs"]
mod checker;
mod support;

use checker::{Checked, Slice, check};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Corpus, Said};

const PASSES: (&str, &str, &str) = ("a/passes.js", "", "1;");
const BUSY: (&str, &str, &str) = (
    "a/busy.js",
    "flags: [noStrict]",
    "let text = ''; for (let i = 0; i < 20000; i++) text += i;",
);
const FAILS: (&str, &str, &str) = (
    "a/fails.js",
    "flags: [noStrict]",
    "throw new TypeError('no \"quotes\" \\u0001');",
);
const HANGS: (&str, &str, &str) = ("a/hangs.js", "flags: [onlyStrict]", "for (;;);");
const CRASHES: (&str, &str, &str) = (
    "a/crashes.js",
    "flags: [noStrict]",
    "$rewind.fault('null');",
);
/// While it waits, another worker may stand in.
const SLEEPS: (&str, &str, &str) = (
    "a/sleeps.js",
    "flags: [noStrict]",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);",
);
/// What nothing in the worker survives.
const KILLS: (&str, &str, &str) = (
    "a/kills.js",
    "flags: [noStrict]",
    "$rewind.fault('kill-self');",
);

/// The trace in a file of the corpus's folder.
fn trace(corpus: &Corpus, file: &str) -> Checked {
    check(&corpus.read(file)).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Slices of cases by track, name and variant, with how often each is there.
fn cases_of_trace(trace: &Checked) -> BTreeMap<String, u32> {
    let mut counted = BTreeMap::new();
    for slice in trace
        .slices
        .iter()
        .filter(|it| it.args.contains_key("verdict"))
    {
        let parent = slice.parent.as_deref().expect("within a life");
        let word = |name: &str| slice.args[name].as_str().expect("text");
        let (variant, verdict) = (word("variant"), word("verdict"));
        let attempt = &slice.args["attempt"];
        let key = format!("{parent} {} {variant} {verdict} {attempt}", slice.name);
        *counted.entry(key).or_default() += 1;
    }
    counted
}

/// The same of the lines for machines.
fn cases_of_lines(lines: &[Value]) -> BTreeMap<String, u32> {
    let mut counted = BTreeMap::new();
    let ran = |line: &&Value| line["type"] == "case" && line["attempt"] != 0;
    for line in lines.iter().filter(ran) {
        let word = |name: &str| line[name].as_str().expect("text");
        let (path, variant, verdict) = (word("path"), word("variant"), word("verdict"));
        let (slot, life, attempt) = (&line["worker"], &line["worker_life"], &line["attempt"]);
        let key = format!("worker {slot}.{life} {path} {variant} {verdict} {attempt}");
        *counted.entry(key).or_default() += 1;
    }
    counted
}

fn results(corpus: &Corpus) -> Vec<Value> {
    let text = corpus.read("out/results.ndjson");
    let parse = |line| serde_json::from_str(line).expect("a JSON object");
    text.lines().map(parse).collect()
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

fn total(lines: &[Value], phase: &str) -> f64 {
    let found = of_kind(lines, "phase");
    let found = found.iter().find(|line| line["phase"] == phase);
    found
        .and_then(|it| it["total_s"].as_f64())
        .expect("a total")
}

#[test]
fn trace_has_each_case_once_on_the_track_of_its_worker() {
    let corpus = Corpus::new(&[PASSES, BUSY, FAILS, HANGS, CRASHES, KILLS, SLEEPS]);
    let said = corpus.rewind(
        "run --faults --timeout 1 -j 1 --stand-ins 2 --repeat 2 --retries 1 --trace t.json --results out --format ndjson",
    );
    assert_eq!(said.code, Some(1), "{said:?}");
    let trace = trace(&corpus, "t.json");
    let lines = results(&corpus);
    let cases = cases_of_trace(&trace);
    assert_eq!(cases, cases_of_lines(&lines));
    assert_eq!(trace.other["cases"], cases.values().sum::<u32>());

    let instants: Vec<_> = trace.instants.iter().map(|(_, name)| &**name).collect();
    for wanted in [
        "SIGSEGV",
        "SIGKILL",
        "timed-out",
        "retry",
        "died",
        "drained",
    ] {
        assert!(instants.contains(&wanted), "{wanted} of {instants:?}");
    }
    let round = |name: &str| {
        trace
            .slices
            .iter()
            .any(|it| it.track == "run" && it.name == name)
    };
    assert!(round("run") && round("retries"));
    let left = |entry: &str| entry.starts_with('.') && entry.ends_with(".tmp");
    let names = std::fs::read_dir(corpus.path()).expect("a folder");
    let mut names = names.map(|it| it.expect("an entry").file_name().into_string());
    assert!(
        !names.any(|name| left(&name.expect("UTF-8"))),
        "only t.json is left"
    );
}

#[test]
fn phases_of_a_slice_are_those_of_the_results() {
    let corpus = Corpus::new(&[BUSY, FAILS]);
    corpus.rewind("run -j 1 --trace t.json --results out");
    let trace = trace(&corpus, "t.json");
    let lines = results(&corpus);
    let cases = of_kind(&lines, "case");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let path = case["path"].as_str().expect("text");
        let phases = case["phases"].as_object().expect("phases");
        let inner = |it: &&Slice| it.parent.as_deref() == Some(path);
        let told: BTreeMap<_, _> = trace
            .slices
            .iter()
            .filter(inner)
            .map(|it| (it.name.clone(), it.dur))
            .collect();
        let known: BTreeMap<_, _> = phases
            .iter()
            .map(|(name, us)| (name.clone(), us.as_f64().expect("a number")))
            .filter(|(_, us)| *us > 0.0)
            .collect();
        assert_eq!(told, known, "{path}");
        let case = trace.slices.iter().find(|it| it.name == path);
        let first = trace.slices.iter().find(inner);
        let began = |slice: Option<&Slice>| slice.map(|it| it.ts);
        assert_eq!(began(case), began(first), "{path}");
    }
}

#[test]
fn interrupted_run_leaves_a_whole_trace() {
    let corpus = Corpus::new(&[BUSY]);
    let mut command = corpus.command("run -j 1 --trace t.json --results out --repeat 100000");
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let begun = corpus.path().join(format!(".t.json.{}.tmp", child.id()));
    let patience = Instant::now() + Duration::from_secs(20);
    // It is written while the run goes on, as soon as there is much of it.
    let has_cases = || std::fs::metadata(&begun).is_ok_and(|file| file.len() > 0);
    while !has_cases() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(has_cases() && !corpus.path().join("t.json").exists());
    let pid = i32::try_from(child.id()).expect("a process id");
    // SAFETY: plain signal to a child of ours that has not been waited for.
    #[expect(unsafe_code, reason = "there is no other way to send a signal")]
    let sent = unsafe { libc::kill(pid, libc::SIGINT) };
    assert_eq!(sent, 0);
    let said = Said::of(child.wait_with_output().expect("waited for"));
    assert_eq!(said.code, Some(130), "{said:?}");
    let (trace, lines) = (trace(&corpus, "t.json"), results(&corpus));
    assert_eq!(cases_of_trace(&trace), cases_of_lines(&lines));
    let told = of_kind(&lines, "case").len();
    assert!((1..100_000).contains(&told), "{told} cases before the end");
}

#[test]
fn trace_that_cannot_be_written_ends_with_3_and_leaves_nothing() {
    let corpus = Corpus::new(&[PASSES]);
    let said = corpus.rewind("run --trace no/such/folder/t.json");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("no/such/folder"), "{said:?}");
    corpus.write("t.json/taken", "");
    // What is seen before anything runs is a wrong argument.
    let said = corpus.rewind("run --trace t.json");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--trace names a folder"), "{said:?}");
}

#[test]
fn foreign_worker_that_says_no_times_is_traced_by_the_arrival_of_its_answers() {
    let corpus = Corpus::new(&[PASSES, BUSY]);
    let said = corpus.rewind("run -j 1 --dialect lambda-v1 --trace t.json --results out");
    assert_eq!(said.code, Some(0), "{said:?}");
    let trace = trace(&corpus, "t.json");
    assert_eq!(cases_of_trace(&trace), cases_of_lines(&results(&corpus)));
    for isolation in ["fork", "spawn"] {
        let words = format!("run -j 2 --isolation {isolation} --trace t.json --results out");
        let said = corpus.rewind(&words);
        assert_eq!(said.code, Some(0), "{said:?}");
        let trace = self::trace(&corpus, "t.json");
        let (traced, told) = (cases_of_trace(&trace), cases_of_lines(&results(&corpus)));
        assert_eq!(traced, told, "{isolation}");
    }
}

#[test]
fn profile_adds_up_and_names_the_largest() {
    let corpus = Corpus::new(&[PASSES, BUSY, FAILS, KILLS]);
    let said =
        corpus.rewind("profile --faults -j 2 --stand-ins 0 --top 2 --format ndjson --results out");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let [about] = of_kind(&lines, "profile")[..] else {
        panic!("one line about the whole: {said:?}")
    };
    let numbers = (&about["attempts"], &about["timed"], &about["workers"]);
    assert_eq!(
        numbers,
        (&5.into(), &4.into(), &2.into()),
        "the killed one has no times"
    );

    let names: Vec<_> = of_kind(&lines, "phase")
        .iter()
        .map(|it| it["phase"].clone())
        .collect();
    let phases = ["load", "compile", "execute", "jobs", "capture", "restore"];
    assert_eq!(names[..6], phases);
    let sum: f64 = phases.iter().map(|phase| total(&lines, phase)).sum();
    assert!((sum - total(&lines, "all")).abs() < 1e-9, "{said:?}");

    let [places] = of_kind(&lines, "places")[..] else {
        panic!("one line about places: {said:?}")
    };
    let purposes = places.as_object().expect("an object").values();
    let spent: f64 = purposes.filter_map(Value::as_f64).sum();
    let wall = about["wall_s"].as_f64().expect("seconds");
    assert!((spent - 2.0 * wall).abs() < 1e-6, "{spent} of 2 × {wall}");
    assert!(
        places["fatal"].as_f64().is_some_and(|spent| spent > 0.0),
        "{places}"
    );

    let tops = of_kind(&lines, "top");
    let longest: Vec<_> = tops.iter().filter(|it| it["by"] == "execute").collect();
    assert_eq!(longest.len(), 2);
    assert_eq!(longest[0]["path"], "test/a/busy.js", "{longest:?}");
    assert_eq!(
        (&longest[0]["rank"], &longest[1]["rank"]),
        (&1.into(), &2.into())
    );
    let layers = of_kind(&lines, "layer");
    assert_eq!(
        (&layers[0]["layer"], &layers[0]["cases"]),
        (&"assert.js,sta.js".into(), &4.into())
    );
    assert!(
        said.err.contains("4 cases: ") || said.err.contains("5 cases: "),
        "{said:?}"
    );
}

#[test]
fn profile_of_results_is_that_of_the_run_they_are_of() {
    let corpus = Corpus::new(&[PASSES, BUSY, FAILS]);
    let run = corpus.rewind("profile -j 1 --top 3 --format ndjson --results out");
    let read = corpus.rewind("profile --from out --top 3 --format ndjson");
    assert_eq!((run.code, read.code), (Some(1), Some(0)), "{read:?}");
    let (run, read) = (run.lines(), read.lines());
    for kind in ["phase", "memory", "top"] {
        let strip = |lines: &[Value]| -> Vec<String> {
            of_kind(lines, kind)
                .iter()
                .map(|it| it.to_string())
                .collect()
        };
        assert_eq!(strip(&run), strip(&read), "{kind}");
    }
    assert_eq!(read[0]["source"], "results");
    assert!(of_kind(&read, "places").is_empty(), "nobody knows");
}

#[test]
fn bad_usage_of_profile_exits_with_2_and_names_the_mend() {
    let corpus = Corpus::new(&[PASSES]);
    corpus.write("junk.ndjson", "{\"no\":\"report\"}\n");
    corpus.write(
        "old.ndjson",
        "{\"type\":\"run\",\"schema\":1,\"cases\":1}\n\
         {\"type\":\"case\",\"path\":\"test/a.js\",\"variant\":\"raw\",\"verdict\":\"pass\",\"expected\":true,\
         \"outcome\":{\"kind\":\"completed\"},\"us\":7,\"attempt\":1}\n\
         {\"type\":\"summary\",\"cases\":1}\n",
    );
    for (words, mend) in [
        ("profile --from nowhere", "nowhere"),
        ("profile --from junk.ndjson", "junk.ndjson:1"),
        ("profile --from old.ndjson", "run them again"),
        ("profile --from out --trace t.json", "--trace"),
        ("profile --format tap", "--format human"),
        ("profile --top many", "--top"),
    ] {
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(2), "{words}: {said:?}");
        assert!(said.err.contains(mend), "{words}: {said:?}");
        assert_eq!(said.out, "", "{words}");
    }
}
