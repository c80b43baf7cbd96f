//! Every isolation strategy and every tracking tier gives the verdicts of the default one.
//!
//! The tests are those of the default corpus that end in every way there is:
//! passing, failing in each phase, crashing, exiting, timing out.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Folders and files of the default corpus, relative to it.
const CHOSEN: [&str; 8] = [
    "test/agents",
    "test/async",
    "test/negative/resolution",
    "test/raw",
    "test/realms",
    "test/faults/exit.js",
    "test/faults/null-dereference.js",
    "test/faults/endless-loop.js",
];

/// Verdict of each case, and whether it was expected, by path and variant.
fn verdicts(options: &[&str]) -> BTreeMap<String, (String, Value)> {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let paths = CHOSEN.map(|path| format!("{corpus}/{path}"));
    let run = Command::new(env!("CARGO_BIN_EXE_rewind"))
        .args([
            "run",
            "--root",
            corpus,
            "--no-cache",
            "--format",
            "ndjson",
            "-j",
            "2",
        ])
        .args(options)
        .args(paths)
        .output()
        .expect("the binary starts");
    let text = String::from_utf8(run.stdout).expect("ndjson is UTF-8");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let cases = lines.filter(|line| line["type"] == "case");
    let verdicts: BTreeMap<_, _> = cases
        .map(|case| {
            let word = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
            let name = format!("{} {}", word("path"), word("variant"));
            (name, (word("verdict"), case["expected"].clone()))
        })
        .collect();
    let complaint = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(0), "{options:?}: {complaint}");
    assert!(
        verdicts.len() > 60,
        "{options:?}: only {} cases",
        verdicts.len()
    );
    verdicts
}

#[test]
fn every_strategy_gives_the_same_verdicts() {
    let usual = verdicts(&["--isolation", "checkpoint"]);
    for strategy in ["fork", "spawn", "fresh-context"] {
        assert_eq!(verdicts(&["--isolation", strategy]), usual, "{strategy}");
    }
}

#[test]
fn every_tier_gives_the_same_verdicts() {
    let usual = verdicts(&["--tracking", "auto"]);
    for tier in ["mprotect", "copy"] {
        assert_eq!(
            verdicts(&["--tracking", tier, "--verify", "always"]),
            usual,
            "{tier}"
        );
    }
}
