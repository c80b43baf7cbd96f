//! Results of shards put together, and results of two runs compared.

mod support;

use serde_json::Value;
use support::{Corpus, Said};

/// Ninety cases: two thirds pass, one third fails, some are skipped.
fn corpus() -> Corpus {
    let names: Vec<String> = (0..45).map(|n| format!("a/{n:02}.js")).collect();
    let kinds = [
        ("", "1;"),
        ("flags: [noStrict]", "throw new TypeError('no');"),
        ("features: [Temporal]", "1;"),
    ];
    let tests: Vec<_> = names
        .iter()
        .zip(kinds.into_iter().cycle())
        .map(|(name, (meta, code))| (name.as_str(), meta, code))
        .collect();
    Corpus::new(&tests)
}

/// What must be the same whoever ran it: path, variant, verdict, reason.
fn results(corpus: &Corpus, folder: &str) -> Vec<String> {
    let text = corpus.read(&format!("{folder}/results.ndjson"));
    let lines = text
        .lines()
        .map(|line| -> Value { serde_json::from_str(line).expect("JSON") });
    let mut cases: Vec<_> = lines
        .filter(|line| line["type"] == "case")
        .map(|it| {
            format!(
                "{} {} {} {}",
                it["path"], it["variant"], it["verdict"], it["why"]
            )
        })
        .collect();
    cases.sort();
    cases
}

fn summary(corpus: &Corpus, folder: &str) -> Value {
    let text = corpus.read(&format!("{folder}/results.ndjson"));
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

fn run_shards(corpus: &Corpus, n: u32) {
    for k in 1..=n {
        let said = corpus.rewind(&format!("run --shard {k}/{n} --no-cache --results s{k}"));
        assert_eq!(said.code, Some(1), "{said:?}");
    }
}

fn refused(said: &Said, reason: &str) {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains(reason), "{said:?}");
}

#[test]
fn merged_shards_equal_the_whole_in_any_order() {
    let corpus = corpus();
    run_shards(&corpus, 3);
    let said = corpus.rewind("run --no-cache --results whole");
    assert_eq!(said.code, Some(1), "{said:?}");
    let said = corpus.rewind("merge s3 s1 s2/results.ndjson --results merged");
    assert_eq!(said.code, Some(1), "as the whole: {said:?}");
    assert_eq!(results(&corpus, "merged"), results(&corpus, "whole"));
    let (merged, whole) = (summary(&corpus, "merged"), summary(&corpus, "whole"));
    for key in [
        "cases",
        "pass",
        "fail",
        "skip",
        "lost",
        "unexpected",
        "attempts",
    ] {
        assert_eq!(merged[key], whole[key], "{key}");
    }
    let failures = |folder: &str| {
        let text = corpus.read(&format!("{folder}/failures.txt"));
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(failures("merged"), failures("whole"));
    let first = corpus.read("merged/results.ndjson");
    corpus.rewind("merge s1 s2 s3 --results merged");
    assert_eq!(corpus.read("merged/results.ndjson"), first);
    assert!(first.starts_with("{\"type\":\"run\","), "{first}");
    let said = corpus.rewind("compare whole merged");
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn shards_that_are_missing_doubled_or_of_another_division_are_refused() {
    let corpus = corpus();
    run_shards(&corpus, 3);
    refused(&corpus.rewind("merge s1 s3 --results m"), "2/3 missing");
    refused(
        &corpus.rewind("merge s1 s2 s2 s3 --results m"),
        "shard 2 of 3 is there twice",
    );
    corpus.rewind("run --shard 1/2 --no-cache --results half");
    refused(
        &corpus.rewind("merge s2 half --results m"),
        "the first of 3",
    );
    corpus.rewind("run --no-cache --results whole");
    refused(&corpus.rewind("merge whole --results m"), "is of no shard");
    assert!(!corpus.path().join("m").exists());
}

#[test]
fn shards_that_overlap_leave_out_or_differ_are_refused() {
    let corpus = corpus();
    run_shards(&corpus, 2);
    let second = corpus.read("s2/results.ndjson");
    let moved = corpus.read("s1/results.ndjson");
    let moved = moved.lines().nth(1).expect("a case");
    // One case less, so that the counts agree.
    let mut lines: Vec<&str> = second.lines().collect();
    lines[1] = moved;
    corpus.write("s2/results.ndjson", &(lines.join("\n") + "\n"));
    refused(
        &corpus.rewind("merge s1 s2 --results m"),
        "is in s1/results.ndjson and in s2/",
    );
    lines.remove(1);
    corpus.write("s2/results.ndjson", &(lines.join("\n") + "\n"));
    refused(
        &corpus.rewind("merge s1 s2 --results m"),
        "1 cases of s2/results.ndjson have no result",
    );
    corpus.rewind("run --shard 2/2 --no-cache --timeout 5 --results s2");
    refused(
        &corpus.rewind("merge s1 s2 --results m"),
        "`timeout_s` is 10.0",
    );
    corpus.rewind("run --shard 2/2 --no-cache --results s2");
    corpus.write("corpus/test/a/99.js", "1;\n");
    corpus.rewind("run --shard 2/2 --no-cache --results s2");
    refused(&corpus.rewind("merge s1 s2 --results m"), "`corpus` is ");
}

#[test]
fn damaged_reports_are_refused_with_file_and_line() {
    let corpus = corpus();
    run_shards(&corpus, 1);
    let text = corpus.read("s1/results.ndjson");
    corpus.write("cut", &text[..text.len() / 2]);
    refused(&corpus.rewind("compare s1 cut"), "failed to read cut:");
    corpus.write(
        "no-end",
        &text[..text.rfind("{\"type\":\"summary\"").expect("a summary")],
    );
    refused(
        &corpus.rewind("compare s1 no-end"),
        "ends without a summary",
    );
    corpus.write("other", "hello\n");
    refused(
        &corpus.rewind("compare other s1"),
        "failed to read other:1: it does not begin",
    );
    refused(&corpus.rewind("compare none s1"), "failed to read none");
}

#[test]
fn comparison_tells_what_changed_and_fails_on_regressions_alone() {
    let corpus = corpus();
    corpus.rewind("run --no-cache --results before");
    corpus.write("corpus/test/a/00.js", "throw 1;\n");
    corpus.write(
        "corpus/test/a/01.js",
        "/*---\nflags: [noStrict]\n---*/\n1;\n",
    );
    corpus.write(
        "corpus/test/a/04.js",
        "/*---\nflags: [noStrict]\n---*/\nfor (;;);\n",
    );
    std::fs::remove_file(corpus.path().join("corpus/test/a/44.js")).expect("removed");
    corpus.rewind("run --no-cache --timeout 1 --results after");
    let said = corpus.rewind("compare before after");
    assert_eq!(said.code, Some(1), "{said:?}");
    let quiet: Vec<_> = said
        .out
        .lines()
        .filter(|it| !it.contains("SLOWER"))
        .collect();
    assert_eq!(
        quiet[..6],
        [
            "     NEW  test/a/00.js sloppy  pass → fail",
            "     NEW  test/a/00.js strict  pass → fail",
            " CHANGED  test/a/04.js sloppy  fail → timeout",
            "   FIXED  test/a/01.js sloppy  fail → pass",
            "   STALE  test/a/44.js sloppy  skip → gone",
            "   STALE  test/a/44.js strict  skip → gone",
        ]
    );
    let said = corpus.rewind("compare before after --format ndjson");
    let lines = said.lines();
    assert_eq!(lines[0]["type"], "compare");
    assert_eq!(lines[1]["kind"], "new");
    let last = lines.last().expect("a summary");
    assert_eq!(
        (&last["regressions"], &last["stale"]),
        (&3.into(), &2.into())
    );
    // The other way round the new failures are fixed; a timeout that fails is a change.
    std::fs::remove_file(corpus.path().join("corpus/test/a/04.js")).expect("removed");
    corpus.rewind("run --no-cache --results better");
    let said = corpus.rewind("compare after better");
    assert_eq!(said.code, Some(0), "{said:?}");
    // What is better isn't the same.
    let said = corpus.rewind("compare --same after better");
    assert_eq!(said.code, Some(1), "{said:?}");
    let said = corpus.rewind("compare --same before before");
    assert_eq!(said.code, Some(0), "{said:?}");
}
