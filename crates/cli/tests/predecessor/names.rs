//! Names never collide: a case is its path and its variant, and neither is ever
//! made into something else.

use crate::support::{Corpus, Said};
use std::collections::BTreeSet;

/// Paths that some way of making names alike would take for one another; every
/// second fails.
const PATHS: [&str; 14] = [
    "a/b_c.js",
    "a_b/c.js",
    "a/b/c.js",
    "a_b_c.js",
    "A/b_c.js",
    "a/B_C.js",
    "a/b-c.js",
    "a/b c.js",
    "a/b%20c.js",
    "a/b%c.js",
    "u/caf\u{e9}.js",
    "u/cafe\u{301}.js",
    "u/\u{212b}.js",
    "u/\u{c5}.js",
];

fn corpus() -> Corpus {
    let tests = (0..).zip(PATHS).map(|(number, path)| {
        let code = if number % 2 == 0 { "1;" } else { "throw 1;" };
        (path, "flags: [noStrict]", code)
    });
    Corpus::new(&tests.collect::<Vec<_>>())
}

/// Cases with that verdict in a report.
fn with_verdict(said: &Said, verdict: &str) -> BTreeSet<String> {
    let lines = said.lines();
    let those = lines.iter().filter(|line| line["verdict"] == verdict);
    let path = |line: &serde_json::Value| line["path"].as_str().map(str::to_owned);
    those.filter_map(path).collect()
}

fn wanted(fails: bool) -> BTreeSet<String> {
    let numbered = (0..).zip(PATHS);
    let those = numbered.filter(|(number, _)| (number % 2 == 1) == fails);
    those.map(|(_, path)| format!("test/{path}")).collect()
}

#[test]
fn names_never_collide_in_results() {
    let corpus = corpus();
    let said = corpus.rewind("run --format ndjson --results out --junit junit.xml");
    assert_eq!(with_verdict(&said, "fail"), wanted(true), "{said:?}");
    assert_eq!(with_verdict(&said, "pass"), wanted(false));
    // Each has its own timing, its own test case, and its own line among the failures.
    let timings = corpus.read("out/timings.txt");
    let junit = corpus.read("junit.xml");
    for path in PATHS {
        assert!(
            timings.contains(&format!("test/{path}")),
            "{path}: {timings}"
        );
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = format!("test/{folder}");
        let class = folder.trim_end_matches('/');
        let case = format!("classname=\"{class}\" name=\"{name} sloppy\"");
        assert_eq!(junit.matches(&case).count(), 1, "{case}");
    }
    let failures = corpus.read("out/failures.txt");
    assert_eq!(failures.lines().count(), PATHS.len() / 2);
    let again = corpus.rewind("compare out out --format ndjson");
    assert_eq!(again.code, Some(0), "{again:?}");
    let rerun = corpus.rewind("run --format ndjson --results out --rerun failed");
    assert_eq!(with_verdict(&rerun, "fail"), wanted(true), "{rerun:?}");
    assert!(with_verdict(&rerun, "pass").is_empty());
}

#[test]
fn names_never_collide_in_baselines_and_lists() {
    let corpus = corpus();
    let update = "run --baseline known.txt --update-baseline";
    assert_eq!(corpus.rewind(update).code, Some(0));
    let baseline = corpus.read("known.txt");
    let entries: BTreeSet<_> = baseline
        .lines()
        .filter_map(|line| line.strip_suffix(" sloppy fail"))
        .map(str::to_owned)
        .collect();
    assert_eq!(entries, wanted(true));
    let said = corpus.rewind("run --baseline known.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("0 new, 0 fixed, 0 stale"), "{said:?}");
    // Of each line its own case alone is skipped.
    for path in PATHS {
        corpus.write("skip.txt", &format!("test/{path} -- by its very name\n"));
        let said = corpus.rewind("run --skip-list skip.txt --format ndjson");
        let skipped = BTreeSet::from([format!("test/{path}")]);
        assert_eq!(with_verdict(&said, "skip"), skipped);
    }
}
