//! Conformance of the runner itself: a tree of tiny tests in test262's format,
//! and a model that says how each must end.
//!
//! ```text
//! corpus/ ─► rewind run --format ndjson ─► case lines ─┐
//!                                                      ├─ must be the same set
//! model.rs ─► lines that must come ────────────────────┘
//! ```
//!
//! Whole sets are compared: a case too many (a fixture that was run) is as wrong
//! as one too few. The set must be the same in any order and on any number of
//! workers, for a case knows nothing of those before it.

mod model;

use model::MODEL;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A case as it is compared: path, variant, verdict, outcome, reason.
type Line = [String; 5];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// The lines of a run over the corpus with further `words`, in their order.
fn run(words: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REWIND_") {
            command.env_remove(name);
        }
    }
    let said = command
        .current_dir(folder())
        .args("run --root corpus --format ndjson --no-cache".split(' '))
        // Its failures are meant, and so no regressions that want to be confirmed.
        .args(["--confirm-limit", "0"])
        .args(words.split(' '))
        .output()
        .expect("started");
    let err = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(1), "{err}");
    let out = String::from_utf8(said.stdout).expect("UTF-8");
    let parse = |line| serde_json::from_str(line).expect("a JSON object");
    out.lines().map(parse).collect()
}

fn cases(lines: &[Value]) -> BTreeSet<Line> {
    let mut all = BTreeSet::new();
    for line in lines.iter().filter(|line| line["type"] == "case") {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let outcome = &line["outcome"];
        let outcome = format!("{} {}", word(&outcome["kind"]), word(&outcome["phase"]));
        let mut why = word(&line["why"]);
        if line["verdict"] == "crash" {
            // Behind the signal comes an address.
            why.truncate(why.find(' ').unwrap_or(why.len()));
        }
        let case = [
            word(&line["path"]),
            word(&line["variant"]),
            word(&line["verdict"]),
            outcome.trim_end().to_owned(),
            why,
        ];
        assert!(all.insert(case.clone()), "reported twice: {case:?}");
    }
    all
}

/// Every line that a run in both variants must have.
fn wanted() -> BTreeSet<Line> {
    let mut all = BTreeSet::new();
    for rule in MODEL {
        for case in rule.cases {
            let path = format!("test/{}/{}", rule.folder, case.file);
            for variant in case.variants {
                let words = [*variant, case.verdict, case.outcome, case.why].map(str::to_owned);
                let [variant, verdict, outcome, why] = words;
                let line = [path.clone(), variant, verdict, outcome, why];
                assert!(all.insert(line), "{path} is in the model twice");
            }
        }
    }
    all
}

fn assert_same(found: &BTreeSet<Line>, wanted: &BTreeSet<Line>, words: &str) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let extra: Vec<_> = found.difference(wanted).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{words}: the model has, and the run has not: {missing:#?}\n\
         the run has, and the model has not: {extra:#?}"
    );
}

/// What a mode leaves of the model: the variants in `kept` are run; a file none
/// of whose variants is kept is told as skipped.
fn in_mode(kept: &[&str]) -> BTreeSet<Line> {
    let all = wanted();
    let mut left: BTreeSet<Line> = all
        .iter()
        .filter(|line| kept.contains(&&*line[1]))
        .cloned()
        .collect();
    let told: BTreeSet<String> = left.iter().map(|line| line[0].clone()).collect();
    for [path, variant, ..] in all {
        if !told.contains(&path) {
            let rest = ["skip", "skipped", "has no variant in this mode"].map(str::to_owned);
            let [verdict, outcome, why] = rest;
            left.insert([path, variant, verdict, outcome, why]);
        }
    }
    left
}

#[test]
fn run_in_both_variants_gives_exactly_the_model() {
    let lines = run("--mode both -j 1 --order path");
    let found = cases(&lines);
    assert_same(&found, &wanted(), "-j 1");
    let summary = lines.last().expect("a summary");
    for verdict in ["pass", "fail", "skip", "crash", "timeout", "lost"] {
        let count = found.iter().filter(|line| line[2] == verdict).count();
        assert_eq!(summary[verdict], count, "{verdict}: {summary}");
    }
}

#[test]
fn order_and_number_of_workers_change_nothing() {
    for words in [
        "-j 2 --order random --seed 1",
        "-j 2 --order random --seed 2",
        "-j 1 --order layer",
        "-j 3 --order slowest-first --tracking copy",
    ] {
        assert_same(&cases(&run(words)), &wanted(), words);
    }
}

/// The cases about fresh realms could not tell otherwise.
#[test]
fn without_isolation_the_cases_about_fresh_realms_fail() {
    let found = cases(&run("-j 1 --stand-ins 0 --order path --isolation none"));
    for path in ["test/realm/fresh-b.js", "test/module/registry-b.js"] {
        let failed = |line: &&Line| line[0] == path && line[2] == "fail";
        assert!(found.iter().any(|line| failed(&line)), "{path}: {found:#?}");
    }
}

#[test]
fn repeated_cases_end_the_same_way_each_time() {
    let lines = run("-j 1 --order path --repeat 3");
    let mut each: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "case" && line["verdict"] != "skip")
        .map(|line| format!("{} {} {}", line["path"], line["variant"], line["verdict"]))
        .collect();
    each.sort();
    let once = wanted().iter().filter(|line| line[2] != "skip").count();
    assert_eq!(each.len(), once * 3);
    assert!(
        each.chunks(3)
            .all(|three| three.iter().all(|it| *it == three[0]))
    );
}

#[test]
fn modes_run_the_variants_they_name() {
    let sloppy = in_mode(&["sloppy", "raw"]);
    assert_same(&cases(&run("--mode sloppy -j 1")), &sloppy, "sloppy");
    let strict = in_mode(&["strict", "module"]);
    assert_same(&cases(&run("--mode strict -j 1")), &strict, "strict");
    let all = wanted();
    let twice = |line: &Line| {
        let mut other = all.iter().filter(|it| it[0] == line[0]);
        other.any(|it| it[1] == "sloppy")
    };
    let once = all
        .iter()
        .filter(|line| line[1] != "strict" || !twice(line));
    let once = once.cloned().collect();
    assert_same(&cases(&run("--mode default -j 1")), &once, "default");
}

#[test]
fn every_rule_is_stated_in_the_docs_with_its_cases() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/test262.md");
    let docs = std::fs::read_to_string(docs).expect("docs/test262.md");
    for rule in MODEL {
        let row = format!("| `{}/` | {} |", rule.folder, rule.text);
        assert!(docs.contains(&row), "docs/test262.md has no row `{row}`");
    }
    let all = wanted();
    let files: BTreeSet<_> = all.iter().map(|line| &line[0]).collect();
    let counts = format!("{} tiny files, {} cases", files.len(), all.len());
    assert!(docs.contains(&counts), "docs/test262.md has not `{counts}`");
}
