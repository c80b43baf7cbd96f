//! Plain sources, without a harness: a folder, a file, and what stands beside them.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (path, text) in files {
        let path = folder.path().join("scripts").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
    folder
}

fn rewind(folder: &TempDir, words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REWIND_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder.path().join("scripts"))
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .args(words.split_whitespace())
        .output()
        .expect("started")
}

/// Verdict and reason of each case, by path and variant.
fn verdicts(output: &Output) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let out = String::from_utf8_lossy(&output.stdout);
    let lines = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let cases = lines.filter(|line: &Value| line["type"] == "case");
    cases
        .map(|case| {
            let name = format!("{} {}", text(&case["path"]), text(&case["variant"]));
            (name, (text(&case["verdict"]), text(&case["why"])))
        })
        .collect()
}

#[test]
fn folder_of_plain_sources_is_judged_by_what_they_say() {
    let folder = folder(&[
        ("ends.js", "console.log('one', 1); console.error('two')"),
        ("ends.out", "one 1\ntwo\n"),
        ("throws.js", "throw new RangeError('no')"),
        ("must-throw.js", "// expected error: TypeError\nnull.x"),
        (
            "must-not-parse.js",
            "// expected error: SyntaxError (parse)\nvar = 1",
        ),
        ("does-not-throw.js", "// expected error: TypeError\n1"),
        ("prints-else.js", "print(1)\nprint(2)"),
        ("prints-else.out", "1\n3\n"),
        (
            "sub/module.mjs",
            "import { x } from './x.mjs'; if (x !== await 1) throw x",
        ),
        ("sub/x.mjs", "export const x = 1"),
        ("sub/misspelt.js", "// expected eror: TypeError\nnull.x"),
        ("notes.txt", "no script"),
    ]);
    let output = rewind(&folder, "run . --format ndjson");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let verdicts = verdicts(&output);
    let told = |name: &str| {
        let (verdict, why) = verdicts.get(name).expect(name);
        (verdict.as_str(), why.as_str())
    };
    for name in [
        "ends.js sloppy",
        "must-throw.js sloppy",
        "must-not-parse.js sloppy",
        "sub/module.mjs module",
        "sub/x.mjs module",
    ] {
        assert_eq!(told(name).0, "pass", "{name}: {:?}", told(name));
    }
    assert_eq!(told("throws.js sloppy"), ("fail", "RangeError: no"));
    assert_eq!(
        told("does-not-throw.js sloppy"),
        ("fail", "expected TypeError (runtime), nothing was thrown")
    );
    assert_eq!(
        told("prints-else.js sloppy"),
        ("fail", "its output is another than expected, from line 2")
    );
    let (verdict, why) = told("sub/misspelt.js sloppy");
    assert!(
        verdict == "fail" && why.contains("line 1: `expected eror"),
        "{why}"
    );
    assert_eq!(verdicts.len(), 9);
}

#[test]
fn single_file_is_run_whatever_its_ending_is() {
    let folder = folder(&[
        ("a.js", "1"),
        ("b.test", "print('said')"),
        ("b.out", "said\n"),
    ]);
    let output = rewind(&folder, "run b.test --format ndjson");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let names: Vec<_> = verdicts(&output).into_keys().collect();
    assert_eq!(names, ["b.test sloppy"]);
}

#[test]
fn scripts_take_lists_filters_and_results_as_any_suite() {
    let folder = folder(&[("a.js", "throw 1"), ("b.js", "1"), ("c.js", "2")]);
    fs::write(
        folder.path().join("scripts/skip.txt"),
        "c.js -- not today\n",
    )
    .expect("file");
    let words = "run --root . --skip-list skip.txt --baseline known.txt --results ../results";
    let update = rewind(&folder, &format!("{words} --update-baseline"));
    assert_eq!(update.status.code(), Some(0), "{update:?}");
    let again = rewind(&folder, &format!("{words} --format ndjson"));
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    let found = verdicts(&again);
    let of = |name: &str| found.get(name).map(|(verdict, _)| verdict.as_str());
    assert_eq!(of("a.js sloppy"), Some("fail"));
    assert_eq!(of("b.js sloppy"), Some("pass"));
    assert_eq!(of("c.js sloppy"), Some("skip"));
    let header = fs::read_to_string(folder.path().join("results/results.ndjson")).expect("results");
    assert!(header.contains(r#""suite":"script""#), "{header}");
}

#[test]
fn mistakes_are_told_with_the_mend() {
    let folder = folder(&[("notes.txt", "no script")]);
    for (words, text) in [
        (
            "run --suite script",
            "there is no file that ends in .js or .mjs",
        ),
        ("run --suite script nope.js", "nope.js"),
        (
            "run --suite test262 notes.txt",
            "that has harness/ and test/",
        ),
        ("run notes.txt -E feature(x)", "use path or variant"),
    ] {
        let output = rewind(&folder, words);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words}: {err}");
        assert!(err.contains(text), "{words}: {err}");
    }
}
