//! One bad file is an error of that file, and stops no other: it is named, counts as
//! a failure with its reason, and lists may excuse it.

mod support;

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::process::Command;
use support::{Corpus, Said};

/// A case that can't be run, by its path, with the reason that is told.
const BAD: [(&str, &str); 7] = [
    (
        "test/early.js",
        "line 3: unknown phase `early` of a negative test",
    ),
    ("test/fifo.js", "it is a FIFO, and no file"),
    ("test/flag.js", "line 3: unknown flag `rwa`"),
    ("test/flag2.js", "line 3: unknown flag `rwa`"),
    (
        "test/include.js",
        "it needs harness/none.js, which isn't there",
    ),
    ("test/o\\xff.js", "its path is not UTF-8"),
    ("test/twice.js", "line 4: `flags` stands there twice"),
];

/// Two tests that pass among files of every bad kind.
fn corpus() -> Corpus {
    let corpus = Corpus::new(&[
        ("a/good.js", "flags: [raw]\nfeatures: [Odd]", "1;"),
        ("z.js", "flags: [raw]\nfeatures: [Odd, Known]", "1;"),
        (
            "include.js",
            "includes: [none.js]\nflags: [onlyStrict]",
            "1;",
        ),
    ]);
    let bad = |name: &str, lines: &str| {
        corpus.write(
            &format!("corpus/test/{name}"),
            &format!("/*---\nesid: x\n{lines}\n---*/"),
        );
    };
    bad("flag.js", "flags: [rwa]");
    bad("flag2.js", "flags: [rwa]");
    bad("early.js", "negative: {phase: early, type: SyntaxError}");
    bad("twice.js", "flags: [raw]\nflags: [raw]");
    corpus.write("corpus/features.txt", "# all that there are\nKnown\n");
    let tests = corpus.path().join("corpus/test");
    symlink("user@host.12:34", tests.join(".#z.js")).expect("link");
    symlink("nowhere.js", tests.join("dangling.js")).expect("link");
    fs::write(tests.join(".z.js"), "throw 1;").expect("file");
    fs::write(tests.join(OsStr::from_bytes(b"o\xff.js")), "throw 1;").expect("file");
    let fifo = Command::new("mkfifo").arg(tests.join("fifo.js")).status();
    assert!(fifo.expect("mkfifo").success());
    corpus
}

fn cases(said: &Said) -> Vec<Value> {
    let lines = said.lines().into_iter();
    lines.filter(|line| line["type"] == "case").collect()
}

#[test]
fn every_bad_file_is_a_failure_of_its_own_and_the_others_run() {
    let corpus = corpus();
    // The second run has the cache.
    for _ in 0..2 {
        let said = corpus.rewind("run --root corpus --format ndjson --retries 2 --workers 1");
        assert_eq!(said.code, Some(1), "{said:?}");
        let cases = cases(&said);
        assert_eq!(cases.len(), BAD.len() + 2, "each once: {said:?}");
        for (path, reason) in BAD {
            let told = cases.iter().find(|it| it["path"] == path).expect(path);
            let outcome = &told["outcome"];
            assert_eq!(
                (&told["verdict"], &told["attempt"]),
                (&"fail".into(), &1.into())
            );
            assert_eq!(
                (&outcome["kind"], &outcome["error"]),
                (&"host-error".into(), &"unreadable".into())
            );
            let message = outcome["message"].as_str().expect("a reason");
            assert!(message.contains(reason), "{path}: {message}");
        }
        for remark in [
            "note: passed over: 1 link, to nowhere\n",
            "note: passed over: 2 hidden files, as",
            "note: can't be read: 6 tests;",
            "note: unknown flag `rwa` in 2 tests",
            "note: unknown feature `Odd` in 2 tests",
        ] {
            assert_eq!(
                said.err.matches(remark).count(),
                1,
                "{remark}: {}",
                said.err
            );
        }
    }
}

#[test]
fn bad_files_are_listed_and_named_alone() {
    let corpus = corpus();
    let listed = corpus.rewind("list --root corpus");
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let line = "test/flag.js sloppy (can't be run: line 3: unknown flag `rwa`: use raw,";
    assert!(listed.out.contains(line), "{listed:?}");
    for (path, code) in [
        ("test/a", 0),
        ("test/z.js", 0),
        ("test/fifo.js", 1),
        ("test/flag.js", 1),
    ] {
        let said = corpus.rewind(&format!("run --root corpus {path}"));
        assert_eq!(said.code, Some(code), "{path}: {said:?}");
    }
}

#[test]
fn lists_excuse_bad_files() {
    let corpus = corpus();
    let mut listed = String::new();
    for (path, _) in BAD.iter().filter(|(path, _)| *path != "test/flag2.js") {
        let entry = format!(
            "[[expect]]\npath = {path:?}\noutcome = \"fail\"\nreason = \"known to be bad\"\n"
        );
        listed.push_str(&entry);
    }
    corpus.write("e.toml", &listed);
    corpus.write("skip.txt", "test/flag2.js -- a flag of tomorrow\n");
    let excused = "--expectations e.toml --skip-list skip.txt";
    let said = corpus.rewind(&format!("run --root corpus {excused} --format ndjson"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let skipped = cases(&said)
        .into_iter()
        .find(|it| it["path"] == "test/flag2.js");
    assert_eq!(skipped.expect("told")["verdict"], "skip");
    // A test that is expected to crash is as bad as any.
    corpus.write("e.toml", &listed.replace("\"fail\"", "\"crash\""));
    assert_eq!(
        corpus.rewind(&format!("run --root corpus {excused}")).code,
        Some(1)
    );
    // As is one that no baseline has.
    let known = "run --root corpus --baseline b.txt";
    assert_eq!(
        corpus.rewind(&format!("{known} --update-baseline")).code,
        Some(0)
    );
    assert!(
        corpus
            .read("b.txt")
            .contains("\ntest/o\\\\xff.js sloppy fail\n")
    );
    assert_eq!(corpus.rewind(known).code, Some(0));
    corpus.write("corpus/test/new.js", "/*---\nflags: [rwa]\n---*/");
    let said = corpus.rewind(known);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("test/new.js"), "{said:?}");
}

#[test]
fn second_run_of_all_kinds_takes_bad_files_as_they_are() {
    let corpus = corpus();
    let first = corpus.rewind("run --root corpus --results out --junit j.xml");
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(corpus.read("out/failures.txt").contains("test/o\\\\xff.js"));
    assert!(corpus.read("j.xml").contains("unknown flag `rwa`"));
    for words in [
        "run --root corpus --results out --resume",
        "run --root corpus --results out --rerun failed",
        "run --root corpus --format tap --shadow 1",
        "run --root corpus --shard 1/1",
    ] {
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(1), "{words}: {said:?}");
    }
    let replayed = corpus.rewind("replay out");
    assert!(
        replayed.err.contains(" 0 ended otherwise, 0 are gone"),
        "{replayed:?}"
    );
}
