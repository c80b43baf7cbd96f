//! Our parent and our worker over the line dialect, held against the native one.

use crate::support::Corpus;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Verdict, expected or not, and reason, by path and variant.
type Verdicts = BTreeMap<(String, String), Vec<(String, bool, String)>>;

/// Runs those folders of the default corpus.
fn run(folders: &[String], words: &[&str]) -> Verdicts {
    let elsewhere = tempfile::tempdir().expect("folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REWIND_") {
            command.env_remove(name);
        }
    }
    let said = command
        .current_dir(elsewhere.path())
        .args(["run", "--format", "ndjson", "--no-cache", "-j", "2"])
        .args(words)
        .args(folders)
        .output()
        .expect("started");
    let err = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(0), "{err}");
    let out = String::from_utf8(said.stdout).expect("UTF-8");
    let mut verdicts = Verdicts::new();
    for line in out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a JSON object");
        if line["type"] != "case" {
            continue;
        }
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let mut why = word("why");
        if line["verdict"] == "crash" {
            // Behind the signal comes an address, which the dialect doesn't tell.
            why.truncate(why.find([' ', ',']).unwrap_or(why.len()));
        }
        let expected = line["expected"].as_bool().expect("a truth");
        let verdict = (word("verdict"), expected, why);
        verdicts
            .entry((word("path"), word("variant")))
            .or_default()
            .push(verdict);
    }
    verdicts
}

fn folders(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/test");
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(tests.canonicalize().expect("the corpus")).expect("a folder") {
        let entry = entry.expect("an entry");
        if wanted(&entry.file_name().to_string_lossy()) {
            folders.push(entry.path().display().to_string());
        }
    }
    assert!(!folders.is_empty());
    folders
}

#[test]
fn verdicts_over_the_line_dialect_are_those_of_the_native_one() {
    let folders = folders(|name| name != "faults");
    let native = run(&folders, &[]);
    let line = run(&folders, &["--dialect", "lambda-v1"]);
    assert!(native.len() > 400, "{}", native.len());
    assert_eq!(line, native);
}

#[test]
fn faults_are_survived_and_told_over_the_line_dialect() {
    let folder = folders(|name| name == "faults").concat();
    let files = [
        "abort",
        "crash-after-output",
        "exit",
        "fail-done-twice",
        "fail-never-done",
        "forge",
        "forge-then-crash",
        "forge-then-fail",
        "memory-uncaught",
        "z-globals",
        "z-jobs",
    ];
    let files = files.map(|name| format!("{folder}/{name}.js"));
    let native = run(&files, &[]);
    let line = run(&files, &["--dialect", "lambda-v1"]);
    assert!(native.len() > 11, "{}", native.len());
    assert_eq!(line, native);
}

#[test]
fn path_that_the_dialect_can_not_carry_fails_by_name_and_all_others_are_run() {
    let corpus = Corpus::new(&[("a:b.js", "", "1;"), ("c.js", "", "1;")]);
    let said = corpus.rewind("run --format ndjson -j 1 --dialect lambda-v1");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let verdict = |path: &str| {
        let of_path = lines.iter().filter(|line| line["path"] == path);
        let told: Vec<_> = of_path
            .map(|line| (line["verdict"].clone(), line["why"].clone()))
            .collect();
        format!("{told:?}")
    };
    assert!(
        verdict("test/a:b.js").contains("it has a `:` or a line break"),
        "{said:?}"
    );
    assert!(verdict("test/c.js").contains("pass"), "{said:?}");
}
