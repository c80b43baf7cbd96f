//! Runs that build on an earlier one: resumed, of what failed, replayed.

mod support;

use serde_json::Value;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;
use support::Corpus;

/// `count` cases of every sort, and one that fails first of all.
fn corpus(count: usize) -> Corpus {
    let names: Vec<String> = (0..count).map(|n| format!("a/{n:04}.js")).collect();
    let kinds = [
        ("flags: [noStrict]", "throw new TypeError('no'); // \u{fc}"),
        ("flags: [onlyStrict]", "1;"),
        (
            "flags: [noStrict, async]",
            "print('Test262:AsyncTestComplete');",
        ),
        (
            "flags: [noStrict, async]",
            "print('Test262:AsyncTestFailure:Test262Error: x');",
        ),
        ("flags: [module]", "export {};"),
        (
            "flags: [raw]\nnegative:\n  phase: parse\n  type: SyntaxError",
            "let let;",
        ),
        ("features: [Temporal]", "1;"),
        ("flags: [noStrict]", "$rewind.fault('segv');"),
    ];
    let tests: Vec<_> = names
        .iter()
        .zip(kinds.into_iter().cycle())
        .map(|(name, (meta, code))| (name.as_str(), meta, code))
        .collect();
    let corpus = Corpus::new(&tests);
    corpus.write("corpus/rewind.toml", "[guest]\nfaults = true\n");
    corpus
}

fn report(corpus: &Corpus, folder: &str) -> Vec<Value> {
    let text = corpus.read(&format!("{folder}/results.ndjson"));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Everything about the cases that doesn't depend on time, place and luck.
fn results(corpus: &Corpus, folder: &str) -> Vec<String> {
    let lines = report(corpus, folder);
    let mut cases: Vec<_> = lines
        .into_iter()
        .filter(|line| line["type"] == "case")
        .map(|mut line| {
            for key in [
                "us",
                "phases",
                "dirty_pages",
                "heap_peak",
                "worker",
                "worker_life",
                "recovery_us",
            ] {
                line.as_object_mut().expect("an object").remove(key);
            }
            if let Some(outcome) = line["outcome"].as_object_mut() {
                outcome.remove("address");
                outcome.remove("pc");
            }
            if line["verdict"] == "crash" {
                line["why"] = "SIGSEGV".into();
            }
            line.to_string()
        })
        .collect();
    cases.sort();
    cases
}

fn assert_equals_whole(corpus: &Corpus, folder: &str) {
    let said = corpus.rewind("run -j 2 --order path --results whole");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(results(corpus, folder), results(corpus, "whole"));
    let last = |folder: &str| report(corpus, folder).pop().expect("a summary");
    let (resumed, whole) = (last(folder), last("whole"));
    for key in [
        "cases",
        "pass",
        "fail",
        "skip",
        "crash",
        "lost",
        "unexpected",
        "attempts",
    ] {
        assert_eq!(resumed[key], whole[key], "{key}");
    }
    let failures = |folder: &str| {
        corpus
            .read(&format!("{folder}/failures.txt"))
            .lines()
            .count()
    };
    assert_eq!(failures(folder), failures("whole"));
}

#[test]
fn resumed_run_equals_one_that_was_not_stopped() {
    let corpus = corpus(2400);
    let said = corpus.rewind("run -j 2 --order path --max-fail 3 --results part");
    assert_eq!(said.code, Some(1), "{said:?}");
    let before = results(&corpus, "part");
    let resumed = corpus.rewind("run -j 2 --order path --resume --results part");
    assert_eq!(resumed.code, Some(1), "{resumed:?}");
    let after = results(&corpus, "part");
    assert!(before.len() < after.len(), "the first was stopped early");
    assert!(
        before.iter().all(|case| after.contains(case)),
        "nothing is lost"
    );
    assert_equals_whole(&corpus, "part");
    // And once more: there is nothing left to do.
    let again = corpus.rewind("run -j 2 --order path --resume --results part");
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(results(&corpus, "part"), after);
}

#[test]
fn killed_run_can_be_resumed() {
    let corpus = corpus(4000);
    let mut child = corpus
        .command("run -j 1 --order path --results part --format ndjson --progress off")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    // When so much was told, some of it is in the folder as well.
    let mut told = vec![0_u8; 400 << 10];
    child
        .stdout
        .as_mut()
        .expect("a pipe")
        .read_exact(&mut told)
        .expect("that much");
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(!corpus.path().join("part/results.ndjson").exists());
    // Its workers go by themselves.
    std::thread::sleep(Duration::from_millis(50));
    let said = corpus.rewind("run -j 2 --order path --resume --results part --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_equals_whole(&corpus, "part");
    let left = std::fs::read_dir(corpus.path().join("part")).expect("folder");
    let left: Vec<_> = left
        .map(|it| {
            it.expect("entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.ends_with(".tmp") && name.contains("results"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn resume_of_another_run_is_refused() {
    let corpus = corpus(16);
    corpus.rewind("run --results part");
    let said = corpus.rewind("run --resume --mode default --results part");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("its `mode` is \"both\""), "{said:?}");
    corpus.write("corpus/test/a/new.js", "1;\n");
    let said = corpus.rewind("run --resume --results part");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("its `corpus` is"), "{said:?}");
    let said = corpus.rewind("run --resume");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--results DIR"), "{said:?}");
}

#[test]
fn rerun_failed_runs_what_failed_and_nothing_else() {
    let corpus = corpus(16);
    corpus.rewind("run --results out");
    let fails = "/*---\nflags: [noStrict]\n---*/\n1;\n";
    corpus.write("corpus/test/a/0000.js", fails);
    let said = corpus.rewind("run --rerun failed --results out --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    let mut ran: Vec<_> = said
        .lines()
        .iter()
        .filter(|line| line["type"] == "case")
        .map(|line| {
            format!(
                "{} {}",
                line["path"].as_str().expect("a path"),
                line["verdict"]
            )
        })
        .collect();
    ran.sort();
    assert_eq!(
        ran,
        [
            "test/a/0000.js \"pass\"",
            "test/a/0003.js \"fail\"",
            "test/a/0007.js \"crash\"",
            "test/a/0008.js \"fail\"",
            "test/a/0011.js \"fail\"",
            "test/a/0015.js \"crash\"",
        ]
    );
    let said = corpus.rewind("run --rerun failed --results out corpus/test/a/0001.js");
    assert_eq!(said.code, Some(4), "{said:?}");
}

/// Who ran what, in which order.
fn history(lines: &[Value]) -> Vec<(u64, u64, Vec<String>)> {
    let mut workers = std::collections::BTreeMap::new();
    for line in lines.iter().filter(|line| line["attempt"] == 1) {
        let number = |key: &str| line[key].as_u64().expect("a number");
        let key = (number("worker"), number("worker_life"));
        let cases: &mut Vec<String> = workers.entry(key).or_default();
        cases.push(format!(
            "{} {} {}",
            line["path"], line["variant"], line["verdict"]
        ));
    }
    let flat = |((slot, life), cases)| (slot, life, cases);
    workers.into_iter().map(flat).collect()
}

#[test]
fn replay_repeats_each_worker_case_by_case() {
    let corpus = corpus(200);
    corpus.write(
        "corpus/test/a/0050.js",
        "/*---\nflags: [noStrict]\n---*/\n$rewind.fault('kill-self');\n",
    );
    corpus.rewind("run -j 3 --order random --seed 7 --results out");
    let recorded = history(&report(&corpus, "out"));
    assert!(recorded.len() > 3, "one worker was followed by another");
    let said = corpus.rewind("replay out --format ndjson");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err.contains("0 ended otherwise, 0 are gone"),
        "{said:?}"
    );
    assert_eq!(history(&said.lines()), recorded);
}

#[test]
fn replay_shows_again_what_one_case_does_to_the_next() {
    let corpus = Corpus::new(&[
        (
            "a/0.js",
            "flags: [noStrict]",
            "Array.prototype.polluted = 1;",
        ),
        (
            "a/1.js",
            "flags: [noStrict]",
            "if ([].polluted) { throw new Error('polluted'); }",
        ),
        ("a/2.js", "flags: [noStrict]", "1;"),
    ]);
    let said = corpus.rewind("run -j 1 --stand-ins 0 --order path --isolation none --results out");
    assert_eq!(said.code, Some(1), "{said:?}");
    let said = corpus.rewind("replay out --until test/a/1.js");
    assert_eq!(said.code, Some(0), "as recorded: {said:?}");
    assert!(said.out.contains("Error: polluted"), "{said:?}");
    assert!(
        said.err.contains("replayed  2 cases on 1 workers"),
        "{said:?}"
    );
    corpus.write(
        "corpus/test/a/0.js",
        "/*---\nflags: [noStrict]\n---*/\n1;\n",
    );
    let said = corpus.rewind("replay out");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err.contains("DIFFER  test/a/1.js sloppy  fail → pass"),
        "{said:?}"
    );
    assert!(said.err.contains("note: the corpus is now"), "{said:?}");
    let said = corpus.rewind("replay out --until test/a/9.js");
    assert_eq!(said.code, Some(4), "{said:?}");
}
