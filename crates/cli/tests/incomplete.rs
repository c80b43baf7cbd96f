//! A run that didn't run everything never looks as if it had: in no form of report,
//! nor to whoever takes its results up. And what one report lost, the others have.

mod support;

use serde_json::Value;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use support::{Corpus, Said};

const FAILS: (&str, &str, &str) = ("a/0.js", "flags: [raw]", "throw new TypeError('no');");

/// So many cases, of which the first by path fails.
fn corpus(count: usize) -> Corpus {
    let names: Vec<String> = (1..count).map(|n| format!("b/{n:04}.js")).collect();
    let passes = names.iter().map(|it| (it.as_str(), "flags: [raw]", "1;"));
    let tests: Vec<_> = std::iter::once(FAILS).chain(passes).collect();
    Corpus::new(&tests)
}

fn lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect("a JSON object");
    text.lines().map(parse).collect()
}

/// Cases that have a line.
fn told(lines: &[Value]) -> u64 {
    let first = |line: &&Value| line["type"] == "case" && line["attempt"] == 1;
    lines.iter().filter(first).count() as u64
}

/// The report is of a part of `planned` cases, and its last line says so; gives how
/// many are missing.
fn assert_part(text: &str, planned: u64, reason: &str) -> u64 {
    let lines = lines(text);
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["complete"], false, "{summary}");
    assert_eq!(summary["reason"], reason, "{summary}");
    assert_eq!(summary["planned"], planned, "{summary}");
    assert_eq!(summary["interrupted"], reason == "interrupted");
    let not_run = planned - told(&lines);
    assert_eq!(summary["not_run"], not_run, "{summary}");
    assert_eq!(summary["cases"], planned - not_run, "{summary}");
    assert!(not_run > 0, "the run was cut short");
    not_run
}

/// All of `planned` cases are there, and the last line says so.
fn assert_whole(text: &str, planned: u64) -> Value {
    let lines = lines(text);
    let summary = lines.last().expect("a summary").clone();
    assert_eq!(summary["complete"], true, "{summary}");
    assert_eq!(summary["not_run"], 0, "{summary}");
    assert_eq!(summary["cases"], planned, "{summary}");
    assert_eq!(told(&lines), planned);
    summary
}

/// The JUnit report has an error that says that cases are missing.
fn assert_junit_of_part(xml: &str, reason: &str) {
    let error = format!("<error type=\"incomplete-{reason}\" message=");
    assert_eq!(xml.matches(&error).count(), 1, "{xml}");
    let tests = xml.matches("<testcase ").count();
    let head = format!("tests=\"{tests}\" failures=\"1\" errors=\"1\"");
    assert!(xml.contains(&head), "{xml}");
}

fn last(text: &str) -> &str {
    text.lines().last().expect("a line")
}

/// `words`, through a shell that does `before`.
fn through_shell(corpus: &Corpus, before: &str, words: &str) -> Said {
    let program = env!("CARGO_BIN_EXE_rewind");
    let mut command = Command::new("sh");
    let shell = format!("{before} exec {program} {words}");
    command.args(["-c", &shell]).current_dir(corpus.path());
    for (name, value) in corpus.command("").get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Said::of(command.output().expect("started"))
}

/// A program that is a worker at its first `good` starts, and then none any more.
fn failing_worker(corpus: &Corpus, good: u32) {
    let program = env!("CARGO_BIN_EXE_rewind");
    // A folder is made by one alone.
    let script = format!(
        "#!/bin/sh\nn=0\nwhile [ $n -lt {good} ]; do\n\
         mkdir \"$0.$n\" 2>/dev/null && exec {program} worker\nn=$((n + 1))\ndone\n\
         echo 'the licence has run out' >&2\nexit 7\n"
    );
    corpus.write("worker.sh", &script);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(corpus.path().join("worker.sh"), mode).expect("executable");
}

/// Nobody takes the results in `part` for those of a whole run.
fn assert_refused_as_whole(corpus: &Corpus, planned: u64) {
    let whole = corpus.rewind("run --results whole -j 2");
    assert_eq!(whole.code, Some(1), "{whole:?}");
    assert_whole(&corpus.read("whole/results.ndjson"), planned);
    assert_eq!(corpus.rewind("compare whole whole").code, Some(0));
    for words in [
        "compare whole part",
        "compare part whole",
        "compare --same part part",
        "run --rerun failed --results part",
    ] {
        let said = corpus.rewind(words);
        assert_eq!(said.code, Some(2), "{words}: {said:?}");
        let wanted = format!(" of {planned} cases were not run; finish that run first");
        assert!(said.err.contains(&wanted), "{words}: {said:?}");
    }
}

#[test]
fn run_that_max_fail_stopped_is_told_as_a_part_by_every_report() {
    let corpus = corpus(900);
    let run = "run --order path -j 1 --max-fail 1 --junit out.xml --results part";
    let said = corpus.rewind(&format!("{run} --format ndjson"));
    assert_eq!(said.code, Some(1), "{said:?}");
    let not_run = assert_part(&said.out, 900, "max-fail");
    let wanted = format!("STOPPED  --max-fail was reached; {not_run} of 900 cases were not run; ");
    assert!(last(&said.err).starts_with(&wanted), "{said:?}");
    assert!(last(&said.err).contains("--resume"), "{said:?}");
    assert_eq!(
        assert_part(&corpus.read("part/results.ndjson"), 900, "max-fail"),
        not_run
    );
    assert_junit_of_part(&corpus.read("out.xml"), "max-fail");
    let failures = corpus.read("part/failures.txt");
    assert!(
        last(&failures).starts_with("incomplete\t-\t-\t"),
        "{failures}"
    );
    let skips: Value = serde_json::from_str(&corpus.read("part/skips.json")).expect("JSON");
    assert_eq!(
        (&skips["complete"], &skips["not_run"]),
        (&false.into(), &not_run.into())
    );
    let said = corpus.rewind("run --order path -j 1 --max-fail 1 --format tap");
    assert_eq!(said.code, Some(1), "{said:?}");
    let bail = "Bail out! --max-fail was reached; ";
    assert!(last(&said.out).starts_with(bail), "{said:?}");
    assert!(!said.out.contains("\n1.."), "{said:?}");
    assert_refused_as_whole(&corpus, 900);
}

#[test]
fn limit_of_failures_that_the_last_case_reaches_stops_nothing() {
    let corpus = corpus(1);
    let said = corpus.rewind("run --max-fail 1 --format ndjson");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(told(&said.lines()), 1);
    assert_whole(&said.out, 1);
}

#[test]
fn workers_that_stop_starting_leave_a_part_in_every_report() {
    let corpus = corpus(40);
    failing_worker(&corpus, 3);
    let run = "run --order path -j 1 --isolation spawn --worker-command ./worker.sh";
    let words = format!("{run} --junit out.xml --results part --format ndjson");
    let said = corpus.rewind(&words);
    assert_eq!(said.code, Some(3), "{said:?}");
    let not_run = assert_part(&said.out, 40, "no-worker");
    assert_eq!(
        assert_part(&corpus.read("part/results.ndjson"), 40, "no-worker"),
        not_run
    );
    assert_junit_of_part(&corpus.read("out.xml"), "no-worker");
    let wanted = format!(" BROKEN  no worker could be kept alive; {not_run} of 40 cases");
    assert!(last(&said.err).starts_with(&wanted), "{said:?}");
    let errors = said.err.matches("the licence has run out").count();
    assert_eq!(errors, 1, "{said:?}");
    assert!(last(&said.out).contains("the licence has run out"));
    assert_refused_as_whole(&corpus, 40);
    // With workers again, the rest is run.
    failing_worker(&corpus, 1000);
    let said = corpus.rewind(&format!("{run} --results part --resume"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_whole(&corpus.read("part/results.ndjson"), 40);
}

#[test]
fn worker_that_is_not_there_is_told_once_and_nothing_looks_well() {
    let corpus = corpus(20);
    let said = corpus.rewind("run -j 2 --worker-command /nope/worker --results part");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(said.err.matches("/nope/worker").count(), 1, "{said:?}");
    let wanted = " BROKEN  no worker could be kept alive; 20 of 20 cases were not run; ";
    assert!(last(&said.out).starts_with(wanted), "{said:?}");
    assert!(!said.out.contains(" OK  "), "{said:?}");
    assert_part(&corpus.read("part/results.ndjson"), 20, "no-worker");
    let tap = corpus.rewind("run -j 2 --worker-command /nope/worker --format tap");
    assert_eq!(
        last(&tap.out),
        "Bail out! no worker could be kept alive; 20 of 20 cases were not run"
    );
    let words = "run --worker-command /nope/worker --baseline b.txt --update-baseline";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.out.contains("REFUSED  b.txt is not updated"),
        "{said:?}"
    );
    assert!(!corpus.path().join("b.txt").exists());
}

#[test]
fn address_space_that_is_too_small_is_told_once() {
    let corpus = corpus(5);
    let said = through_shell(&corpus, "ulimit -v 500000;", "run -j 1 --format ndjson");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_part(&said.out, 5, "no-worker");
    assert_eq!(
        said.err.matches("for the guest heap").count(),
        1,
        "{said:?}"
    );
    assert!(last(&said.err).starts_with(" BROKEN  "), "{said:?}");
}

#[test]
fn reader_that_goes_away_loses_neither_results_nor_other_reports() {
    let corpus = corpus(1200);
    let mut child = corpus
        .command("run -j 1 --format ndjson --results out --junit out.xml")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // More than a pipe holds is to come when the reader goes.
    let mut first = [0_u8; 1];
    let mut out = child.stdout.take().expect("a pipe");
    out.read_exact(&mut first).expect("the first line");
    drop(out);
    let said = Said::of(child.wait_with_output().expect("ended"));
    assert_eq!(said.code, Some(3), "{said:?}");
    let errors = said.err.matches("failed to write the ndjson report: ");
    assert_eq!(errors.count(), 1, "{said:?}");
    let wanted = " BROKEN  every case was run, but 1 report could not be written: ";
    assert!(last(&said.err).starts_with(wanted), "{said:?}");
    let summary = assert_whole(&corpus.read("out/results.ndjson"), 1200);
    assert_eq!(summary["reports_lost"], 1);
    let xml = corpus.read("out.xml");
    assert!(xml.contains("tests=\"1200\" failures=\"1\" errors=\"0\""));
    assert_eq!(xml.matches("<testcase ").count(), 1200);
}

#[test]
fn reader_that_goes_away_ends_a_run_that_nobody_else_hears() {
    let corpus = corpus(2000);
    for format in ["ndjson", "tap"] {
        let mut child = corpus
            .command(&format!("run -j 1 --format {format}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        // What is still to come by then is far more than a pipe holds, or a worker is sent.
        drop(child.stdout.take());
        let said = Said::of(child.wait_with_output().expect("ended"));
        assert_eq!(said.code, Some(3), "{said:?}");
        assert_eq!(
            said.err.matches("failed to write the").count(),
            1,
            "{said:?}"
        );
        let wanted = " BROKEN  no report could be written any more; ";
        assert!(last(&said.err).starts_with(wanted), "{said:?}");
        assert!(
            last(&said.err).contains(" of 2,000 cases were not run"),
            "{said:?}"
        );
    }
}

#[test]
fn file_beyond_its_limit_is_an_error_and_no_end_by_a_signal() {
    let corpus = Corpus::new(&[(
        "a.js",
        "flags: [raw]",
        "print('x'.repeat(16000)); throw new TypeError('no');",
    )]);
    // The limit leaves room for what parent and workers share, which is a file as well.
    let words = "run --results out --repeat 1200 -j 1 --format ndjson";
    let said = through_shell(&corpus, "ulimit -f 16384;", words);
    assert_eq!(said.code, Some(3), "{said:?}");
    let errors = said.err.matches("failed to write the ndjson report: ");
    assert_eq!(errors.count(), 1, "{}", said.err);
    // Standard output is a pipe, and has them all.
    assert_whole(&said.out, 1200);
    assert!(!corpus.path().join("out/results.ndjson").exists());
    assert!(!corpus.path().join("out/failures.json").exists());
    let said = corpus.rewind("compare out out");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("the run broke off; "), "{said:?}");
}

#[test]
fn trace_without_room_leaves_everything_else() {
    let corpus = corpus(200);
    let words = "run -j 1 --repeat 100 --trace trace.json --format ndjson";
    let said = through_shell(&corpus, "ulimit -f 16384;", words);
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert_eq!(
        said.err.matches("failed to write").count(),
        1,
        "{}",
        said.err
    );
    assert!(!corpus.path().join("trace.json").exists());
    assert_whole(&said.out, 20_000);
    let wanted = " BROKEN  every case was run, but 1 report could not be written: ";
    assert!(last(&said.err).starts_with(wanted), "{}", said.err);
}
