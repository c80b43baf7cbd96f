//! Lists that people keep, the confirmation of regressions, and what no run lets
//! pass: through the program, with real workers.

mod support;

use serde_json::Value;
use support::{Corpus, Said};

const RAW: &str = "flags: [raw]";
const SLOPPY: &str = "flags: [noStrict]";
const PASSES: (&str, &str, &str) = ("a/passes.js", SLOPPY, "1;");
const FAILS: (&str, &str, &str) = ("a/fails.js", SLOPPY, "throw new TypeError('no');");
/// Leaves something behind where nothing keeps cases apart.
const POLLUTER: (&str, &str, &str) = ("a/0.js", SLOPPY, "Array.prototype.polluted = 1;");
/// Fails behind the polluter, and passes alone.
const VICTIM: (&str, &str, &str) = (
    "a/1 x.js",
    SLOPPY,
    "if ([].polluted) { throw new Error('polluted'); }",
);
/// Crashes behind the polluter, and passes alone.
const CRASHES: (&str, &str, &str) = (
    "a/2.js",
    SLOPPY,
    "if ([].polluted) { $rewind.fault('segv'); }",
);
/// Nothing is known: every failure is a regression.
const EMPTY: &str = "rewind-baseline 1\nmode: both\n\n";
/// One after the other, with nothing to keep them apart.
const TOGETHER: &str =
    "run -j 1 --stand-ins 0 --order path --isolation none --baseline known.txt --faults";

fn corpus(tests: &[(&str, &str, &str)]) -> Corpus {
    let corpus = Corpus::new(tests);
    corpus.write("known.txt", EMPTY);
    corpus
}

/// Verdict, `expected` and `partial` of each attempt at a case.
fn attempts(said: &Said, path: &str) -> Vec<(String, bool, Option<String>)> {
    let lines = said.lines();
    let of_it = lines
        .iter()
        .filter(|line| line["type"] == "case" && line["path"] == path);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    of_it
        .map(|line| {
            let verdict = text(&line["verdict"]).expect("a verdict");
            let expected = line["expected"].as_bool().expect("a boolean");
            (verdict, expected, text(&line["partial"]))
        })
        .collect()
}

fn summary(said: &Said) -> Value {
    said.lines().pop().expect("a summary")
}

#[track_caller]
fn assert_says(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
}

#[test]
fn regression_that_fails_alone_as_well_is_confirmed_and_exits_with_1() {
    let corpus = corpus(&[PASSES, FAILS]);
    let said = corpus.rewind("run --baseline known.txt --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    let failed = ("fail".to_owned(), false, None);
    assert_eq!(attempts(&said, "test/a/fails.js"), [failed.clone(), failed]);
    assert_says(&said.err, "confirming 1 regressions, each alone");
    assert_says(&said.err, "regressions: 1 failed alone as well; partial: 0");
}

#[test]
fn regression_that_passes_alone_is_partial_in_every_report_and_no_pass() {
    let corpus = corpus(&[POLLUTER, VICTIM, PASSES]);
    let words = format!("{TOGETHER} --results out --junit junit.xml --format");
    let said = corpus.rewind(&format!("{words} ndjson"));
    assert_eq!(said.code, Some(5), "a policy, not a test: {said:?}");
    assert_eq!(
        attempts(&said, "test/a/1 x.js"),
        [
            ("fail".to_owned(), false, None),
            ("pass".to_owned(), false, Some("runtime".to_owned())),
        ]
    );
    let figures = summary(&said);
    assert_eq!(
        ["pass", "fail", "unexpected", "partial", "flaky"].map(|key| figures[key].clone()),
        [2, 1, 1, 1, 0].map(Value::from)
    );
    // People are told how to find out more, in words that a shell takes.
    assert_says(&said.err, "PARTIAL  test/a/1 x.js sloppy");
    assert_says(
        &said.err,
        "rewind replay out --only 'test/a/0.js sloppy' --only 'test/a/1 x.js sloppy'\n",
    );
    assert_says(
        &said.err,
        "partial  out/partial.txt: 1 entries, 1 new, 0 pruned",
    );
    let partial = corpus.read("out/partial.txt");
    assert_eq!(
        partial,
        "rewind-partial 1\n\ntest/a/1 x.js sloppy runtime\n  after test/a/0.js sloppy\n"
    );
    let junit = corpus.read("junit.xml");
    assert_says(
        &junit,
        "<failure type=\"partial\" message=\"as expected alone",
    );
    let failures = corpus.read("out/failures.txt");
    assert_says(
        &failures,
        "partial\tsloppy\ttest/a/1 x.js\tas expected alone",
    );
    let tap = corpus.rewind(&format!("{words} tap"));
    assert_says(&tap.out, "not ok 4 - test/a/1 x.js sloppy (attempt 2)\n");
}

#[test]
fn partial_is_put_up_with_where_somebody_says_so() {
    let corpus = corpus(&[POLLUTER, VICTIM]);
    let said = corpus.rewind(&format!("{TOGETHER} --flaky allow"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_says(&said.out, "1 unexpected, 1 partial");
}

#[test]
fn partial_list_is_rebuilt_by_each_run_and_keeps_what_people_wrote() {
    let corpus = corpus(&[POLLUTER, VICTIM, PASSES]);
    corpus.write(
        "list.txt",
        "rewind-partial 1\n\n# ours\n\n# since May\ntest/a/1 x.js sloppy assert\n\
         test/a/passes.js sloppy timeout\ntest/gone.js raw other\n",
    );
    let words = format!("{TOGETHER} --partial list.txt");
    let said = corpus.rewind(&words);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert_eq!(
        corpus.read("list.txt"),
        "rewind-partial 1\n\n# ours\n\n# since May\ntest/a/1 x.js sloppy runtime\n  \
         after test/a/0.js sloppy\n"
    );
    assert_says(&said.out, "partial  list.txt: 1 entries, 0 new, 2 pruned");
    // It is in the list, and that excuses nothing.
    assert_eq!(corpus.rewind(&words).code, Some(5));
    // Of what isn't run, nothing is learnt.
    let said = corpus.rewind(&format!("{words} corpus/test/a/passes.js"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_says(&corpus.read("list.txt"), "test/a/1 x.js sloppy runtime\n");
    // With isolation the case passes at once, and its entry is gone.
    let said = corpus.rewind("run --baseline known.txt --partial list.txt");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(corpus.read("list.txt"), "rewind-partial 1\n\n# ours\n\n");
}

#[test]
fn crash_that_passes_alone_is_a_regression_all_the_same() {
    for retries in ["", " --retries 1"] {
        let corpus = corpus(&[POLLUTER, CRASHES]);
        let words = format!("{TOGETHER} --flaky allow --results out --format ndjson{retries}");
        let said = corpus.rewind(&words);
        assert_eq!(said.code, Some(1), "{said:?}");
        let figures = summary(&said);
        assert_eq!(
            ["pass", "crash", "unexpected", "partial", "flaky"].map(|key| figures[key].clone()),
            [1, 1, 1, 0, 0].map(Value::from)
        );
        assert_says(&said.err, "policy  cases: 1 crashed and are listed nowhere");
        assert_says(
            &corpus.read("out/partial.txt"),
            "test/a/2.js sloppy crash\n",
        );
    }
}

#[test]
fn partial_case_does_not_count_among_the_passes_that_a_baseline_needs() {
    let corpus = corpus(&[POLLUTER, VICTIM, PASSES]);
    let update = "run -j 1 --stand-ins 0 --order path --baseline new.txt --update-baseline";
    assert_eq!(corpus.rewind(update).code, Some(0));
    let said = corpus.rewind(&format!("{update} --isolation none"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert_says(&said.out, "new.txt is not updated: 2 cases passed, 3 must");
    assert!(!corpus.read("new.txt").contains("partial"));
}

#[test]
fn regressions_of_a_run_that_was_stopped_are_confirmed_when_it_is_resumed() {
    let corpus = corpus(&[POLLUTER, VICTIM, PASSES]);
    let words = format!("{TOGETHER} --results out");
    let said = corpus.rewind(&format!("{words} --max-fail 1"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_says(
        &said.out,
        "confirmed  none of 1 regressions: stopped before",
    );
    let said = corpus.rewind(&format!("{words} --resume"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert_says(&said.out, "1 unexpected, 1 partial");
    assert_says(
        &corpus.read("out/partial.txt"),
        "test/a/1 x.js sloppy runtime\n",
    );
}

#[test]
fn crash_is_excused_by_a_list_that_gives_its_reason_alone() {
    let corpus = corpus(&[("a.js", SLOPPY, "$rewind.fault('segv');")]);
    let words = "run --baseline known.txt --faults";
    assert_eq!(corpus.rewind(words).code, Some(1));
    // A line of the baseline without a word about it.
    corpus.write("known.txt", &format!("{EMPTY}test/a.js sloppy crash\n"));
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_says(
        &said.out,
        "NEW  test/a.js sloppy crash (listed without a reason)",
    );
    let explained = format!("{EMPTY}# the vendor knows of it\ntest/a.js sloppy crash\n");
    corpus.write("known.txt", &explained);
    assert_eq!(corpus.rewind(words).code, Some(0));
    corpus.write("known.txt", EMPTY);
    corpus.write(
        "list.toml",
        "[[expect]]\npath = \"test/a.js\"\noutcome = \"crash\"\nreason = \"by design\"\n",
    );
    let said = corpus.rewind(&format!("{words} --expectations list.toml"));
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn timeout_is_a_class_of_its_own() {
    let corpus = corpus(&[("a.js", SLOPPY, "for (;;);")]);
    corpus.write("known.txt", &format!("{EMPTY}test/a.js sloppy fail\n"));
    let said = corpus.rewind("run --baseline known.txt --timeout 1 --confirm-limit 0");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_says(&said.out, "NEW  test/a.js sloppy timeout (was fail)");
    assert_says(&said.out, "policy  cases: 1 ran out of time");
    corpus.write("known.txt", &format!("{EMPTY}test/a.js sloppy timeout\n"));
    let said = corpus.rewind("run --baseline known.txt --timeout 1");
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn confirmation_takes_the_first_by_path_up_to_its_limit_and_says_so() {
    let tests: Vec<_> = (0..5).map(|n| format!("{n}.js")).collect();
    let tests: Vec<_> = tests.iter().map(|it| (&**it, RAW, "throw 1;")).collect();
    let corpus = corpus(&tests);
    let said = corpus.rewind("run --baseline known.txt --confirm-limit 2 --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    let again: Vec<_> = tests
        .iter()
        .map(|(path, ..)| attempts(&said, &format!("test/{path}")).len())
        .collect();
    assert_eq!(again, [2, 2, 1, 1, 1]);
    assert_says(&said.err, "confirming 2 of 5 regressions");
    assert_says(&said.err, "--confirm-limit N takes more");
    assert_says(&said.err, "not run again: 3");
}

#[test]
fn nothing_is_confirmed_where_nothing_is_known_or_nobody_wants_it() {
    let corpus = corpus(&[FAILS]);
    for words in [
        "run --format ndjson",
        "run --format ndjson --baseline known.txt --confirm-limit 0",
    ] {
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert_eq!(attempts(&said, "test/a/fails.js").len(), 1, "{words}");
    }
}

#[test]
fn expired_expectation_excuses_nothing_and_is_told_with_its_owner() {
    let corpus = corpus(&[FAILS, ("b.js", RAW, "throw 1;")]);
    let entry = |path: &str, outcome: &str, expires: &str| {
        format!(
            "[[expect]]\npath = \"{path}\"\noutcome = \"{outcome}\"\nreason = \"known\"\n\
             owner = \"parser team\"\nexpires = \"{expires}\"\n"
        )
    };
    let all = |expires: &str| {
        entry("test/a/fails.js", "fail", expires) + &entry("test/b.js", "skip", expires)
    };
    corpus.write("list.toml", &all("9999-12-31"));
    let said = corpus.rewind("run --expectations list.toml");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_says(&said.out, "1 skipped; 0 unexpected");
    corpus.write("list.toml", &all("2020-01-01"));
    let said = corpus.rewind("run --expectations list.toml");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_says(&said.out, "0 skipped; 2 unexpected");
    assert_says(
        &said.err,
        "list.toml:1: the expectation for test/a/fails.js has expired and excuses nothing any \
         more (owner: parser team)",
    );
}

#[test]
fn skip_list_leaves_out_with_its_reason_and_refuses_one_without() {
    let corpus = corpus(&[PASSES, FAILS, ("b/x.js", RAW, "throw 1;")]);
    corpus.write(
        "skip.txt",
        "# not for us\ntest/a/fails.js sloppy -- needs a network\ntest/b/** -- takes all memory\n\
         test/gone.js -- nobody knows it any more\n",
    );
    let said = corpus.rewind("run --skip-list skip.txt --format ndjson");
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines = said.lines();
    let skipped = lines.iter().filter(|line| line["verdict"] == "skip");
    let skipped: Vec<_> = skipped
        .map(|line| format!("{} {}", line["path"], line["why"]))
        .collect();
    assert_eq!(
        skipped,
        [
            "\"test/a/fails.js\" \"excepted: needs a network\"",
            "\"test/b/x.js\" \"excepted: takes all memory\""
        ]
    );
    assert_says(
        &said.err,
        "skip.txt:4: no test is called `test/gone.js`; correct the line",
    );
    corpus.write("skip.txt", "# not for us\ntest/a/fails.js\n");
    let said = corpus.rewind("run --skip-list skip.txt");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_says(
        &said.err,
        "error: failed to read skip.txt:2: `test/a/fails.js` is skipped for no reason: write",
    );
}

#[test]
fn slow_list_gives_time_to_what_is_run_all_the_same() {
    // About 1.6 s of waiting, which no machine makes shorter.
    let waits = "const until = Date.now() + 1600; while (Date.now() < until);";
    let corpus = corpus(&[("a.js", SLOPPY, waits)]);
    let words = "run --baseline known.txt --timeout 1 --confirm-limit 0";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_says(&said.out, "TIMEOUT  test/a.js");
    corpus.write("slow.txt", "test/*.js -- 30 s\n");
    let said = corpus.rewind(&format!("{words} --slow slow.txt"));
    assert_eq!(said.code, Some(0), "{said:?}");
    corpus.write("slow.txt", "test/*.js -- an hour\n");
    let said = corpus.rewind(&format!("{words} --slow slow.txt"));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_says(
        &said.err,
        "slow.txt:1: `an hour` is no deadline: write seconds",
    );
}

#[test]
fn lists_are_named_by_the_project_and_by_the_corpus_too() {
    let corpus = corpus(&[PASSES, FAILS]);
    corpus.write("lists/skip.txt", "test/a/fails.js -- by the project\n");
    corpus.write(
        "rewind.toml",
        "[profile.default]\nskip-list = \"lists/skip.txt\"\n",
    );
    assert_eq!(corpus.rewind("run").code, Some(0));
    std::fs::remove_file(corpus.path().join("rewind.toml")).expect("removed");
    assert_eq!(corpus.rewind("run").code, Some(1));
    corpus.write("corpus/skip.txt", "test/a/fails.js -- by the corpus\n");
    corpus.write("corpus/rewind.toml", "[run]\nskip-list = \"skip.txt\"\n");
    assert_eq!(corpus.rewind("run").code, Some(0));
}

#[test]
fn partial_cases_are_run_by_rerun_and_come_through_merge_and_resume() {
    let corpus = corpus(&[POLLUTER, VICTIM, PASSES]);
    let said = corpus.rewind(&format!("{TOGETHER} --results out"));
    assert_eq!(said.code, Some(5), "{said:?}");
    // A run that was finished has nothing left to do, and ends as it ended.
    let resumed = corpus.rewind(&format!("{TOGETHER} --results out --resume"));
    assert_eq!(resumed.code, Some(5), "{resumed:?}");
    assert_says(&resumed.out, "2 passed, 1 failed");
    assert_says(&resumed.out, "1 unexpected, 1 partial");
    let said = corpus.rewind(&format!(
        "{TOGETHER} --shard 1/1 --results shard --no-cache"
    ));
    assert_eq!(said.code, Some(5), "{said:?}");
    let merged = corpus.rewind("merge shard --results whole");
    assert_eq!(merged.code, Some(5), "{merged:?}");
    assert_says(&merged.err, "1 unexpected, 1 partial");
    assert_says(&corpus.read("whole/failures.txt"), "partial\tsloppy");
    let again = corpus.rewind(&format!("{TOGETHER} --results out --rerun failed"));
    assert_eq!(again.code, Some(0), "without its polluter: {again:?}");
    assert_says(&again.out, "1 case: 1 passed");
}
