//! Baselines through the program: what is compared, and when an update is refused.

mod support;

use support::{Corpus, Said};

const PASSES: (&str, &str, &str) = ("a/passes.js", "flags: [noStrict]", "1;");
const FAILS: (&str, &str, &str) = (
    "a/fails.js",
    "flags: [noStrict]",
    "throw new TypeError('no');",
);
const WRONG: (&str, &str, &str) = ("a/wrong.js", "flags: [noStrict]", "null.x;");
const UPDATE: &str = "run -j 1 --baseline known.txt --update-baseline";

fn good(path: &str) -> String {
    format!("corpus/test/{path}")
}

const GOOD: &str = "/*---\nflags: [noStrict]\n---*/\n1;\n";
const BAD: &str = "/*---\nflags: [noStrict]\n---*/\nthrow 1;\n";

/// The corpus with a baseline made from it.
fn with_baseline(tests: &[(&str, &str, &str)]) -> Corpus {
    let corpus = Corpus::new(tests);
    let said = corpus.rewind(UPDATE);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("baseline  made: known.txt"), "{said:?}");
    corpus
}

/// The update is refused for that reason alone, with exit code `code`, and the
/// file is as it was.
fn refused(corpus: &Corpus, words: &str, code: i32, reason: &str) -> Said {
    let before = corpus.read("known.txt");
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(code), "{said:?}");
    let refusals: Vec<_> = said
        .out
        .lines()
        .filter(|it| it.contains("REFUSED"))
        .collect();
    assert_eq!(refusals.len(), 1, "{said:?}");
    assert!(refusals[0].contains(reason), "{said:?}");
    assert_eq!(corpus.read("known.txt"), before);
    said
}

#[test]
fn first_update_makes_the_file_and_the_next_run_is_as_expected() {
    let corpus = with_baseline(&[PASSES, FAILS, WRONG]);
    let text = corpus.read("known.txt");
    let (header, entries) = text.split_once("\n\n").expect("a header");
    assert_eq!(
        entries,
        "test/a/fails.js sloppy fail\ntest/a/wrong.js sloppy fail\n"
    );
    let lines: Vec<_> = header.lines().collect();
    assert_eq!(lines[0], "rewind-baseline 1");
    assert!(lines[1].starts_with("engine: quickjs"), "{header}");
    assert!(
        lines[2].starts_with("corpus: 3 files, fingerprint "),
        "{header}"
    );
    assert_eq!(
        lines[3..],
        [
            "mode: both",
            "config: isolation checkpoint, deadline 10 s, heap cap 1024 MiB",
            "scope: all",
            "passes: 1"
        ]
    );
    let said = corpus.rewind("run --baseline known.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out
            .contains("0 new, 0 fixed, 0 stale, 0 flaky against the baseline"),
        "{said:?}"
    );
}

#[test]
fn update_takes_out_what_is_fixed_or_stale_keeps_comments_and_raises_the_minimum() {
    let corpus = with_baseline(&[
        PASSES,
        FAILS,
        WRONG,
        ("b/gone.js", "flags: [raw]", "throw 1;"),
    ]);
    let text = corpus.read("known.txt");
    let text = text.replace("test/a/wrong.js", "# null has no x\ntest/a/wrong.js");
    corpus.write("known.txt", &text);
    corpus.write(&good("a/fails.js"), GOOD);
    corpus.write(&good("b/new.js"), GOOD);
    std::fs::remove_file(corpus.path().join("corpus/test/b/gone.js")).expect("removed");
    let said = corpus.rewind(UPDATE);
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "   FIXED  test/a/fails.js sloppy fail\n",
        "   STALE  test/b/gone.js raw fail\n",
        "compared  0 new, 1 fixed, 1 stale, 0 flaky",
        "    note  the baseline's corpus is `4 files",
        "baseline  updated: known.txt, 1 entries, at least 3 passes",
    ] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    let text = corpus.read("known.txt");
    let (header, entries) = text.split_once("\n\n").expect("a header");
    assert!(header.ends_with("passes: 3"), "{header}");
    assert_eq!(entries, "# null has no x\ntest/a/wrong.js sloppy fail\n");
}

#[test]
fn regression_is_told_as_new_and_refuses_the_update() {
    let corpus = with_baseline(&[PASSES, FAILS, ("b.js", "flags: [noStrict]", "1;")]);
    // One is mended and another broken, so that enough pass all the same.
    corpus.write(&good("a/passes.js"), BAD);
    corpus.write(&good("a/fails.js"), GOOD);
    let said = refused(&corpus, UPDATE, 5, "cases that got worse: 1");
    assert!(
        said.out
            .contains("     NEW  test/a/passes.js sloppy fail\n"),
        "{said:?}"
    );
    let said = corpus.rewind("run --baseline known.txt");
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn change_of_class_is_new() {
    let corpus = with_baseline(&[PASSES, FAILS]);
    corpus.write(
        &good("a/fails.js"),
        "/*---\nflags: [noStrict]\n---*/\nfor (;;);\n",
    );
    let words = format!("{UPDATE} --timeout 1");
    let said = refused(&corpus, &words, 5, "cases that got worse: 1");
    assert!(
        said.out
            .contains("NEW  test/a/fails.js sloppy timeout (was fail)"),
        "{said:?}"
    );
}

#[test]
fn fewer_passes_than_ever_refuse_the_update() {
    let corpus = with_baseline(&[PASSES, FAILS, ("b.js", "flags: [noStrict]", "1;")]);
    std::fs::remove_file(corpus.path().join("corpus/test/b.js")).expect("removed");
    refused(&corpus, UPDATE, 5, "1 cases passed, 2 must");
}

#[test]
fn lost_results_refuse_the_update() {
    let corpus = with_baseline(&[FAILS]);
    // A worker that breaks the protocol is ended, which is no outcome of its case.
    corpus.write(
        &good("a/forges.js"),
        &GOOD.replace("1;", "$rewind.fault('forge-host');"),
    );
    let before = corpus.read("known.txt");
    let said = corpus.rewind(&format!("{UPDATE} --faults --format ndjson"));
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(said.lines().last().expect("a summary")["lost"], 1);
    assert!(said.err.contains("results lost: 1"), "{said:?}");
    assert_eq!(corpus.read("known.txt"), before);
}

#[test]
fn interrupted_or_stopped_runs_refuse_the_update() {
    let rest: Vec<String> = (0..2000).map(|n| format!("b/{n}.js")).collect();
    let mut tests = vec![PASSES];
    tests.extend(
        rest.iter()
            .map(|path| (path.as_str(), "flags: [noStrict]", "1;")),
    );
    let corpus = with_baseline(&tests);
    corpus.write(&good("a/passes.js"), BAD);
    let before = corpus.read("known.txt");
    let said = corpus.rewind(&format!("{UPDATE} --order path --max-fail 1"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains("cases not run: "), "{said:?}");
    assert_eq!(corpus.read("known.txt"), before);
}

#[test]
fn dead_worker_refuses_the_update_unless_its_case_is_listed() {
    let fault = "$rewind.fault('kill-self');";
    let corpus = Corpus::new(&[PASSES, ("a/dies.js", "flags: [noStrict]", fault)]);
    let faults = format!("{UPDATE} --faults");
    let said = corpus.rewind(&faults);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains("workers that died: 1"), "{said:?}");
    assert!(!corpus.path().join("known.txt").exists());
    corpus.write(
        "list.toml",
        "[[expect]]\npath = \"test/a/dies.js\"\noutcome = \"crash\"\nreason = \"kills itself\"\n",
    );
    let said = corpus.rewind(&format!("{faults} --expectations list.toml"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let text = corpus.read("known.txt");
    assert!(
        text.ends_with("passes: 1\n\n"),
        "what is listed is no entry: {text}"
    );
}

#[test]
fn crash_is_never_entered_by_itself() {
    let corpus = Corpus::new(&[
        PASSES,
        ("a/b.js", "flags: [noStrict]", "$rewind.fault('segv');"),
    ]);
    let said = corpus.rewind(&format!("{UPDATE} --faults"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains("cases that crashed: 1"), "{said:?}");
    assert!(!corpus.path().join("known.txt").exists());
    // By hand it can be.
    corpus.write(
        "known.txt",
        "rewind-baseline 1\nmode: both\n\n# until it is mended\ntest/a/b.js sloppy crash\n",
    );
    let said = corpus.rewind(&format!("{UPDATE} --faults"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        corpus
            .read("known.txt")
            .contains("# until it is mended\ntest/a/b.js sloppy crash\n")
    );
}

#[test]
fn other_scope_or_mode_refuses_the_update() {
    let corpus = with_baseline(&[PASSES, FAILS, ("b.js", "flags: [noStrict]", "1;")]);
    let said = corpus.rewind(&format!("{UPDATE} corpus/test/a"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.out.contains("scope test/a; run the same"), "{said:?}");
    refused(
        &corpus,
        &format!("{UPDATE} --mode default"),
        5,
        "it is of mode both, scope all, the run of mode default, scope all",
    );
}

#[test]
fn regression_that_passes_on_retry_stays_visible_and_is_pruned_by_the_next_pass() {
    // Fails in the batch, after the case before it; passes alone.
    let polluter = (
        "a/0.js",
        "flags: [noStrict]",
        "Array.prototype.polluted = 1;",
    );
    let victim = (
        "a/1.js",
        "flags: [noStrict]",
        "if ([].polluted) { throw new Error('polluted'); }",
    );
    let corpus = Corpus::new(&[polluter, victim]);
    let words = format!("{UPDATE} --stand-ins 0 --order path --isolation none --retries 1");
    let said = corpus.rewind(&words);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        corpus
            .read("known.txt")
            .ends_with("test/a/1.js sloppy partial\n")
    );
    let said = corpus.rewind(&words);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out.contains("   FLAKY  test/a/1.js sloppy partial\n"),
        "{said:?}"
    );
    assert!(
        said.out.contains("1 flaky against the baseline"),
        "{said:?}"
    );
    let refusing = corpus.rewind(&format!("{words} --flaky refuse"));
    assert_eq!(refusing.code, Some(5), "{refusing:?}");
    let said = corpus.rewind(&format!("{UPDATE} --retries 1"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out.contains("   FIXED  test/a/1.js sloppy partial\n"),
        "{said:?}"
    );
    assert!(!corpus.read("known.txt").contains("test/a/1.js"));
}

#[test]
fn update_without_a_name_or_with_a_damaged_file_is_bad_usage() {
    let corpus = Corpus::new(&[PASSES]);
    let said = corpus.rewind("run --update-baseline");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--baseline FILE"), "{said:?}");
    let said = corpus.rewind("run --baseline none.txt");
    assert_eq!(said.code, Some(2), "{said:?}");
    corpus.write(
        "known.txt",
        "rewind-baseline 1\nmode: both\n\ntest/a.js sloppy\n",
    );
    let said = corpus.rewind(UPDATE);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.err
            .contains("known.txt:4: expected `PATH VARIANT CLASS`"),
        "{said:?}"
    );
    assert!(corpus.read("known.txt").ends_with("test/a.js sloppy\n"));
}
