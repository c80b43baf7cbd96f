//! Whole runs with real workers on a small corpus.

#![expect(unsafe_code, reason = "a disposition is set between fork and exec")]

mod support;

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use support::Corpus;

const PASSES: (&str, &str, &str) = ("a/passes.js", "", "1;");
const FAILS: (&str, &str, &str) = (
    "a/fails.js",
    "flags: [noStrict]",
    "print('said'); throw new TypeError('no');",
);
const HANGS: (&str, &str, &str) = ("a/hangs.js", "flags: [onlyStrict]", "for (;;);");

fn cases(lines: &[Value]) -> Vec<String> {
    let cases = lines.iter().filter(|line| line["type"] == "case");
    let mut named: Vec<_> = cases
        .map(|line| {
            let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{} {} {} {}",
                word("path"),
                word("variant"),
                word("verdict"),
                line["expected"]
            )
        })
        .collect();
    named.sort();
    named
}

#[test]
fn run_where_all_pass_exits_with_0_and_reports_every_case_once() {
    let said = Corpus::new(&[
        PASSES,
        ("a/module.js", "flags: [module]", "export default 1;"),
    ])
    .rewind("run --format ndjson -j 2");
    assert_eq!(said.code, Some(0), "{said:?}");
    let lines = said.lines();
    assert_eq!(
        cases(&lines),
        [
            "test/a/module.js module pass true",
            "test/a/passes.js sloppy pass true",
            "test/a/passes.js strict pass true",
        ]
    );
    let summary = lines.last().expect("a summary");
    assert_eq!(
        (&summary["cases"], &summary["pass"]),
        (&3.into(), &3.into())
    );
    assert!(
        summary["tracking"]
            .as_str()
            .is_some_and(|tier| !tier.is_empty()),
        "{summary}"
    );
}

#[test]
fn failure_and_timeout_exit_with_1_and_are_told_to_people() {
    let corpus = Corpus::new(&[PASSES, FAILS, HANGS]);
    let said = corpus.rewind("run --timeout 1 -j 1 --results out");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out.contains("FAIL  test/a/fails.js sloppy"),
        "{said:?}"
    );
    assert!(said.out.contains("TypeError: no"), "{said:?}");
    assert!(said.out.contains("| said"), "{said:?}");
    assert!(
        said.out.contains("TIMEOUT  test/a/hangs.js strict"),
        "{said:?}"
    );
    assert!(
        said.out
            .contains("4 cases: 2 passed, 1 failed, 0 crashed, 1 timed out"),
        "{said:?}"
    );
    let failures = corpus.read("out/failures.txt");
    assert_eq!(failures.lines().count(), 2, "{failures}");
    assert!(corpus.read("out/timings.txt").contains("test/a/hangs.js"));
}

#[test]
fn known_failures_are_expected_by_list_and_by_baseline() {
    let corpus = Corpus::new(&[PASSES, FAILS]);
    corpus.write(
        "known.toml",
        "[[expect]]\npath = \"test/a/fails.js\"\noutcome = \"fail\"\nreason = \"by design\"\n",
    );
    let listed = corpus.rewind("run --expectations known.toml --format ndjson");
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(cases(&listed.lines()).contains(&"test/a/fails.js sloppy fail true".to_owned()));
    corpus.write(
        "baseline.txt",
        "rewind-baseline 1\nengine: quickjs\ncorpus: none\nmode: both\n\n\
         test/a/fails.js sloppy fail\ntest/a/passes.js strict fail\n",
    );
    let known = corpus.rewind("run --baseline baseline.txt");
    assert_eq!(known.code, Some(0), "{known:?}");
    assert!(known.out.contains("0 new, 1 fixed, 0 stale"), "{known:?}");
}

#[test]
fn retries_are_reported_as_further_attempts() {
    let said = Corpus::new(&[PASSES, FAILS]).rewind("run --format ndjson --retries 2");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let attempts: Vec<_> = lines
        .iter()
        .filter(|line| line["path"] == "test/a/fails.js")
        .map(|line| line["attempt"].clone())
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
    let summary = lines.last().expect("a summary");
    assert_eq!(
        (&summary["cases"], &summary["attempts"]),
        (&3.into(), &5.into()),
        "{summary}"
    );
}

#[test]
fn max_fail_stops_the_run_and_says_so() {
    let rest: Vec<String> = (0..2000).map(|n| format!("b/{n}.js")).collect();
    let mut tests = vec![FAILS];
    tests.extend(
        rest.iter()
            .map(|path| (path.as_str(), "flags: [noStrict]", "1;")),
    );
    let said = Corpus::new(&tests).rewind("run --order path -j 1 --max-fail 1");
    assert_eq!(said.code, Some(1), "{said:?}");
    let last = said.out.lines().last().expect("a line");
    let wanted = "STOPPED  --max-fail was reached; ";
    assert!(last.starts_with(wanted), "{said:?}");
    assert!(last.contains(" of 2,001 cases were not run; "), "{said:?}");
    assert!(!said.out.contains(" 2,001 cases:"), "{said:?}");
}

#[test]
fn tap_and_junit_have_every_case() {
    let corpus = Corpus::new(&[PASSES, FAILS]);
    let said = corpus.rewind("run --format tap --junit out.xml");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out.starts_with("TAP version 14\n") && said.out.ends_with("1..3\n"),
        "{said:?}"
    );
    assert!(said.err.contains("3 cases: 2 passed, 1 failed"), "{said:?}");
    let xml = corpus.read("out.xml");
    assert_eq!(xml.matches("<testcase ").count(), 3, "{xml}");
    assert!(xml.contains("tests=\"3\" failures=\"1\""), "{xml}");
}

#[test]
fn interrupt_exits_with_130_and_what_is_finished_is_written() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        interrupted_by(signal);
    }
}

/// Whoever started the tests may have ignored SIGHUP (`nohup`), and a run would
/// leave it so.
fn heeding_hangups(command: &mut Command) -> &mut Command {
    let heed = || {
        // SAFETY: async-signal-safe, and no handler of ours is replaced.
        let before = unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
        if before == libc::SIG_ERR {
            return Err(std::io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: between fork and exec it makes the one call above.
    unsafe { command.pre_exec(heed) }
}

fn interrupted_by(signal: &str) {
    let corpus = Corpus::new(&[PASSES, HANGS]);
    let mut command = corpus.command("run --timeout 120 -j 1 --order path --format ndjson");
    let mut child = heeding_hangups(&mut command)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut out = child.stdout.take().expect("a pipe");
    let mut err = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // The first line is written before any case begins, and signals are heeded by then.
    let mut first = [0_u8; 1];
    out.read_exact(&mut first).expect("the first line");
    let pid = child.id().to_string();
    let send = || {
        let sent = Command::new("kill").args([signal, &pid]).output();
        assert!(sent.is_ok(), "kill is there");
    };
    send();
    // If nothing had begun there is nothing to kill, and nothing may be said of it.
    let is_stopping = err.any(|line| line.expect("text").starts_with("stopping: "));
    if is_stopping {
        send();
    }
    let rest_of_err = std::thread::spawn(move || err.count());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("the report");
    rest_of_err.join().expect("read to its end");
    assert_eq!(child.wait().expect("ended").code(), Some(130), "{rest}");
    let last: Value = rest
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("JSON");
    assert_eq!(
        (&last["type"], &last["interrupted"]),
        (&"summary".into(), &true.into())
    );
    assert_eq!(
        (&last["complete"], &last["reason"], &last["planned"]),
        (&false.into(), &"interrupted".into(), &3.into())
    );
    let told = rest.matches("{\"type\":\"case\"").count();
    assert_eq!(last["not_run"], 3 - told, "{last}");
}
