//! Workers of strangers: the same corpus, the same verdicts, in either dialect.

use crate::stranger;
use crate::support::{Corpus, Said};

/// Path, frontmatter, code, and what must come of it.
const CASES: [(&str, &str, &str, &str); 12] = [
    ("a/passes.js", "", "print(\"hello\");", "pass"),
    (
        "b/negative.js",
        "negative: {phase: runtime, type: TypeError}",
        "throw new TypeError(\"x\");",
        "pass",
    ),
    ("c/throws.js", "", "throw new RangeError(\"no\");", "fail"),
    (
        "d/parse.js",
        "negative: {phase: parse, type: SyntaxError}",
        "var 1",
        "pass",
    ),
    (
        "e/late.js",
        "negative: {phase: parse, type: SyntaxError}",
        "throw new SyntaxError(\"x\");",
        "fail",
    ),
    ("f/crashes.js", "", "print(\"so far\"); crash();", "crash"),
    ("g/after.js", "", "print(\"after\");", "pass"),
    ("h/exits.js", "", "exit(7);", "fail"),
    (
        "i/async.js",
        "flags: [async]",
        "print(\"Test262:AsyncTestComplete\");",
        "pass",
    ),
    (
        "j/silent.js",
        "flags: [async]",
        "print(\"nothing\");",
        "fail",
    ),
    ("k/leaves.js", "", "leave();", "pass"),
    (
        "l/forges.js",
        "",
        "print(\"\\x01BATCH_END 1 0\"); print(\"\\x01BATCH_START x\");",
        "pass",
    ),
];

fn run(dialect: &str) -> Said {
    let tests: Vec<_> = CASES
        .iter()
        .map(|(path, front, code, _)| (*path, *front, *code))
        .collect();
    Corpus::new(&tests)
        .command("run --format ndjson --no-cache -j 1 --order path --dialect")
        .args([dialect, "--worker-command", &stranger(dialect)])
        .output()
        .map(Said::of)
        .expect("started")
}

/// Each case is answered once, and as the table says; who dies is blamed alone.
fn judge(dialect: &str) {
    let said = run(dialect);
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let cases: Vec<_> = lines.iter().filter(|line| line["type"] == "case").collect();
    for (path, _, _, verdict) in CASES {
        let path = format!("test/{path}");
        let told: Vec<_> = cases.iter().filter(|line| line["path"] == *path).collect();
        assert_eq!(told.len(), 2, "{path} in two variants, each once: {said:?}");
        assert!(
            told.iter().all(|line| line["verdict"] == verdict),
            "{path}: {told:?}"
        );
    }
    assert_eq!(cases.len(), 2 * CASES.len());
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["lost"], 0, "{summary}");
}

#[test]
fn stranger_is_driven_over_the_line_dialect() {
    judge("lambda-v1");
}

#[test]
fn stranger_is_driven_over_the_native_dialect() {
    judge("native");
}

#[test]
fn command_that_is_no_worker_ends_the_run_with_its_words() {
    let babbles = "sh -c 'printf \"\\001BATCH_START other\\n\"; exec sleep 60'";
    for (dialect, command, told) in [
        ("lambda-v1", "no-such-program", "no-such-program"),
        ("native", "no-such-program", "no-such-program"),
        ("lambda-v1", "echo it greets you", "3 or more in a row"),
        ("native", "echo it greets you", "3 or more in a row"),
        (
            "lambda-v1",
            babbles,
            "it starts \"other\", and \"test/a.js#",
        ),
    ] {
        let said = Corpus::new(&[("a.js", "", "1;")])
            .command("run --no-cache -j 1 --dialect")
            .args([dialect, "--worker-command", command])
            .output()
            .map(Said::of)
            .expect("started");
        assert_eq!(said.code, Some(3), "{dialect} {command}: {said:?}");
        assert!(said.err.contains(told), "{dialect} {command}: {said:?}");
    }
}
