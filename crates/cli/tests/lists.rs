//! Lists of people's: what the engine lacks, what is run all the same, and
//! markers that must appear.

mod support;

use serde_json::{Value, json};
use support::{Corpus, Said};

fn case<'a>(lines: &'a [Value], path: &str) -> &'a Value {
    let path = format!("test/{path}");
    lines
        .iter()
        .find(|it| it["path"] == path.as_str())
        .expect("a line")
}

fn refused(said: &Said, reason: &str) {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains(reason), "{said:?}");
}

/// Tests about markers; `$rewind` is there only if somebody asked for markers.
fn marked() -> Corpus {
    Corpus::new(&[
        (
            "hit.js",
            "flags: [raw]",
            "$rewind.marker('fast-path-hit=push');",
        ),
        (
            "two.js",
            "flags: [raw]",
            "$rewind.marker('fast-path-hit=a'); $rewind.marker('fast-path-note=b');",
        ),
        (
            "forged.js",
            "flags: [raw]",
            "print('fast-path-hit=push'); print('\\u0001fast-path-hit=push');",
        ),
        ("silent.js", "flags: [raw]", "1;"),
        ("fails.js", "flags: [raw]", "throw new TypeError('no');"),
        (
            "fault.js",
            "flags: [raw]",
            "if (typeof $rewind.fault !== 'undefined') throw 1;",
        ),
    ])
}

#[test]
fn pass_without_its_marker_is_a_failure_that_names_it() {
    let corpus = marked();
    corpus.write(
        "d.txt",
        "# the fast paths\ntest/hit.js fast-path-hit=push\ntest/two.js raw fast-path-note=b\n\
         test/forged.js fast-path-hit=push\ntest/silent.js fast-path-note=slow\n\
         test/fails.js fast-path-hit=never\n",
    );
    let said = corpus.rewind("run --diagnose d.txt --format ndjson -j 2");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let told = |path| {
        let line = case(&lines, path);
        (
            line["verdict"].clone(),
            line["why"].clone(),
            line["markers"].clone(),
        )
    };
    assert_eq!(
        told("hit.js"),
        (json!("pass"), Value::Null, json!(["fast-path-hit=push"]))
    );
    assert_eq!(
        told("two.js"),
        (
            json!("pass"),
            Value::Null,
            json!(["fast-path-hit=a", "fast-path-note=b"])
        )
    );
    let missing = |marker: &str| json!(format!("passed, but its marker `{marker}` is missing"));
    assert_eq!(
        told("forged.js"),
        (json!("fail"), missing("fast-path-hit=push"), Value::Null)
    );
    assert_eq!(
        told("silent.js"),
        (json!("fail"), missing("fast-path-note=slow"), Value::Null)
    );
    assert_eq!(
        told("fails.js").1,
        "TypeError: no",
        "what fails by itself says so"
    );
    assert_eq!(told("fault.js").0, "pass", "markers bring no faults along");
    assert_eq!(lines[0]["diagnose"], "d.txt");
}

#[test]
fn marker_of_the_case_before_in_the_same_worker_does_not_count() {
    let corpus = Corpus::new(&[(
        "a.js",
        "",
        "if ((function () { return this; })()) $rewind.marker('fast-path-hit=x');",
    )]);
    corpus.write("d.txt", "test/a.js fast-path-hit=x\n");
    let said =
        corpus.rewind("run --diagnose d.txt --format ndjson -j 1 --stand-ins 0 --order path");
    let verdicts: Vec<_> = said
        .lines()
        .iter()
        .filter(|it| it["type"] == "case")
        .map(|it| format!("{} {}", it["variant"], it["verdict"]))
        .collect();
    assert_eq!(verdicts, ["\"sloppy\" \"pass\"", "\"strict\" \"fail\""]);
    corpus.write("d.txt", "test/a.js sloppy fast-path-hit=x\n");
    assert_eq!(corpus.rewind("run --diagnose d.txt").code, Some(0));
}

#[test]
fn every_isolation_brings_markers_and_a_run_without_the_list_has_no_service() {
    let corpus = marked();
    corpus.write("d.txt", "test/hit.js fast-path-hit=push\n");
    for isolation in ["checkpoint", "fork", "spawn", "none"] {
        let said = corpus.rewind(&format!(
            "run test/hit.js --diagnose d.txt --isolation {isolation}"
        ));
        assert_eq!(said.code, Some(0), "{isolation}: {said:?}");
    }
    let said = corpus.rewind("run test/hit.js");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("$rewind is not defined"), "{said:?}");
}

#[test]
fn list_of_markers_that_makes_no_sense_is_refused() {
    let corpus = marked();
    corpus.write("d.txt", "\ntest/hit.js fast-path-hti=push\n");
    refused(
        &corpus.rewind("run --diagnose d.txt"),
        "read d.txt:2: `fast-path-hti=push` is no marker",
    );
    corpus.write("d.txt", "test/gone.js fast-path-hit=push\n");
    refused(
        &corpus.rewind("run --diagnose d.txt"),
        "read d.txt:1: the corpus has no test `test/gone.js`",
    );
    corpus.write("d.txt", "test/hit.js fast-path-hit=push\n");
    refused(
        &corpus.rewind("run --diagnose d.txt --dialect lambda-v1"),
        "the line dialect has no place for them",
    );
    refused(&corpus.rewind("run --diagnose none.txt"), "read none.txt");
}

fn lacking() -> Corpus {
    let corpus = Corpus::new(&[
        ("x/a.js", "features: [Temporal]\nflags: [raw]", "1;"),
        ("x/b.js", "features: [Temporal]\nflags: [raw]", "1;"),
        ("x/c.js", "features: [BigInt]\nflags: [raw]", "1;"),
        ("y/d.js", "flags: [raw]", "1;"),
    ]);
    let skip = "[[expect]]\npath = \"test/y/d.js\"\noutcome = \"skip\"\nreason = \"takes a day\"\n";
    corpus.write("e.toml", skip);
    corpus
}

#[test]
fn skips_say_whether_the_engine_lacks_something_or_people_decided() {
    let corpus = lacking();
    let said = corpus.rewind("run --format ndjson --expectations e.toml");
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines = said.lines();
    let feature = &case(&lines, "x/a.js")["outcome"];
    assert_eq!(
        (&feature["cause"], &feature["feature"]),
        (&json!("feature"), &json!("Temporal"))
    );
    assert!(
        feature["reason"]
            .as_str()
            .is_some_and(|it| it.starts_with("needs Temporal: "))
    );
    let exception = &case(&lines, "y/d.js")["outcome"];
    assert_eq!(exception["cause"], "exception");
    assert_eq!(exception["reason"], "excepted: takes a day");
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary["pass"], &summary["skip"]), (&json!(1), &json!(3)));
    assert_eq!(
        summary["skipped"],
        json!({"feature": 2, "exception": 1, "agent": 0, "mode": 0})
    );
    let tap = corpus.rewind("run --format tap --expectations e.toml").out;
    assert_eq!(tap.matches("# SKIP needs Temporal").count(), 2, "{tap}");
    assert_eq!(
        tap.matches("# SKIP excepted: takes a day").count(),
        1,
        "{tap}"
    );
}

#[test]
fn tests_on_the_allow_list_run_although_their_feature_is_lacking() {
    let corpus = lacking();
    corpus.write("allow.txt", "# done in part\ntest/x/a.js\n");
    let said = corpus.rewind("run --format ndjson --allow allow.txt --results out");
    let lines = said.lines();
    assert_eq!(case(&lines, "x/a.js")["verdict"], "pass");
    assert_eq!(case(&lines, "x/b.js")["verdict"], "skip");
    let config: Value = serde_json::from_str(&corpus.read("out/config.json")).expect("JSON");
    assert_eq!(config["selection"]["allowed"][0]["comment"], "done in part");
    corpus.write("allow.txt", "test/x/a.js\ntest/x/c.js\n");
    let said = corpus.rewind("run --allow allow.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err
            .contains("allow.txt:2: `test/x/c.js` admits no test that would be skipped"),
        "{said:?}"
    );
    corpus.write("allow.txt", "\n**/*.js\n");
    refused(
        &corpus.rewind("run --allow allow.txt"),
        "read allow.txt:2: `**/*.js` admits too much",
    );
}

#[test]
fn list_of_what_the_engine_lacks_may_be_another() {
    let corpus = lacking();
    corpus.write("lacks.txt", "# another engine\nBigInt: not yet\n");
    let said = corpus.rewind("list --format ndjson --unsupported lacks.txt");
    let lines = said.lines();
    assert_eq!(said.code, Some(0), "{said:?}");
    let told = |path| case(&lines, path).to_string();
    assert!(told("x/c.js").contains("needs BigInt: not yet"), "{said:?}");
    assert!(!told("x/a.js").contains("skip"), "{said:?}");
    corpus.write("lacks.txt", "BigInt\n");
    refused(
        &corpus.rewind("list --unsupported lacks.txt"),
        "read lacks.txt:1: `BigInt` has no reason",
    );
}
