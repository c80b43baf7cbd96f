//! `rewind bisect`: the polluters of a leak that was made on purpose are named,
//! all of them and no others, also by a search that was stopped on the way.

#[path = "support/leaking.rs"]
mod leaking;
mod support;

use leaking::{DECOY, LOOK, POLLUTE, corpus, shell};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use support::{Corpus, Said};

/// Fails where slots 1 and 2 were.
const LOOK_AT_BOTH: &str =
    "if ($rewind.slot(1) && $rewind.slot(2)) { throw new RangeError('polluted'); }";

/// `count` quiet cases but for these, and a record of them on one worker that leaks.
fn recorded(count: usize, loud: &[(usize, &str)], words: &str) -> Corpus {
    let corpus = corpus(count, loud);
    let leak = if words.contains("--leak-page") {
        ""
    } else {
        "--leak-page uncovered"
    };
    let said = corpus.rewind(&format!(
        "run {leak} -j 1 --stand-ins 0 --order path --no-cache --results out {words}"
    ));
    assert_eq!(said.code, Some(1), "the victim fails: {said:?}");
    corpus
}

/// Two polluters, of which none does it alone, and one that does nothing.
fn pair(words: &str) -> Corpus {
    let loud = [
        (5, POLLUTE),
        (17, DECOY),
        (33, "$rewind.slot(2, 9);"),
        (45, LOOK_AT_BOTH),
    ];
    recorded(60, &loud, words)
}

fn bisect(corpus: &Corpus, victim: &str, words: &str) -> Said {
    let mut command = corpus.command(&format!("bisect out {words}"));
    Said::of(
        command
            .args(["--victim", victim])
            .output()
            .expect("started"),
    )
}

fn summary(said: &Said) -> Value {
    let summary = said.lines().pop().expect("a summary");
    assert_eq!(summary["type"], "summary", "{said:?}");
    summary
}

/// What was tried now and has an answer. A try without one, whose worker left for
/// what another program on this machine did, is made again.
fn answered(said: &Said) -> Vec<String> {
    let lines = said.lines();
    let tries = lines
        .iter()
        .filter(|it| it["type"] == "probe" && it["known"] == false && !it["end"].is_null());
    tries.map(|it| it["after"].to_string()).collect()
}

fn polluters(summary: &Value) -> Vec<String> {
    let list = summary["polluters"].as_array().expect("a list");
    let name = |it: &Value| format!("{} {}", it["path"], it["variant"]).replace('"', "");
    list.iter().map(name).collect()
}

#[test]
fn one_polluter_is_named_and_the_command_shows_it_again() {
    let corpus = recorded(40, &[(11, "$rewind.slot(1, 9);"), (30, LOOK)], "");
    let said = bisect(&corpus, "test/a/030.js", "");
    assert_eq!(said.code, Some(0), "{said:?}");
    let told: Vec<_> = said
        .out
        .lines()
        .filter(|it| !it.contains("tries"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    POLLUTER  test/a/011.js sloppy
      VICTIM  test/a/030.js sloppy
              alone: pass, completed
              after it: fail, threw TypeError
      replay  rewind replay out --only 'test/a/011.js sloppy' --only 'test/a/030.js sloppy'
    ");
    let command = told.last().and_then(|it| it.split_once("replay  "));
    let (_, command) = command.expect("a command");
    let said = shell(&corpus, command);
    assert_eq!(said.code, Some(0), "as recorded: {said:?}");
    assert!(said.out.contains("TypeError: polluted"), "{said:?}");
    assert!(
        said.err
            .contains("replayed  2 cases on 1 workers: 0 ended otherwise"),
        "{said:?}"
    );
    // And without the polluter it isn't there, so the command shows what it says.
    let said = shell(&corpus, "rewind replay out --only 'test/a/030.js sloppy'");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err
            .contains("DIFFER  test/a/030.js sloppy  fail → pass"),
        "{said:?}"
    );
}

#[test]
fn two_that_do_it_only_together_are_both_named_whatever_the_seed() {
    let corpus = pair("");
    let mut tried = Vec::new();
    for seed in 0..4 {
        let words = format!("--format ndjson --fresh --seed {seed}");
        let said = bisect(&corpus, "test/a/045.js sloppy", &words);
        assert_eq!(said.code, Some(0), "{said:?}");
        let summary = summary(&said);
        assert_eq!(
            polluters(&summary),
            ["test/a/005.js sloppy", "test/a/033.js sloppy"]
        );
        let end = |verdict: &str, outcome: &str| json!({"verdict": verdict, "outcome": outcome});
        assert_eq!(summary["alone"], end("pass", "completed"));
        assert_eq!(
            (&summary["with"]["name"], &summary["known"]),
            (&json!("RangeError"), &json!(0))
        );
        let again = shell(&corpus, summary["replay"].as_str().expect("a command"));
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.out.contains("RangeError: polluted"), "{again:?}");
        // No part of it is enough.
        for name in polluters(&summary) {
            let less = format!("rewind replay out --only '{name}' --only 'test/a/045.js sloppy'");
            assert_eq!(shell(&corpus, &less).code, Some(1), "{less}");
        }
        tried.push(answered(&said));
    }
    assert!(
        tried.windows(2).any(|pair| pair[0] != pair[1]),
        "seeds decide the order"
    );
    let again = bisect(
        &corpus,
        "test/a/045.js sloppy",
        "--format ndjson --fresh --seed 3",
    );
    assert_eq!(
        Some(&answered(&again)),
        tried.last(),
        "the same seed tries the same"
    );
}

#[test]
fn search_that_is_stopped_goes_on_where_it_was_and_finds_the_same() {
    let corpus = pair("");
    let said = bisect(&corpus, "test/a/045.js", "--format ndjson");
    let (whole, order) = (summary(&said), answered(&said));
    assert!(order.len() > 8, "{whole}");
    let (mut made, mut rounds) = (Vec::new(), 0);
    let last = loop {
        let fresh = if rounds == 0 { "--fresh" } else { "" };
        let said = bisect(
            &corpus,
            "test/a/045.js",
            &format!("--format ndjson --max-probes 4 {fresh}"),
        );
        let summary = summary(&said);
        assert_eq!(
            summary["known"],
            made.len(),
            "nothing is tried twice: {summary}"
        );
        made.extend(answered(&said));
        rounds += 1;
        if summary["result"] == "found" {
            break summary;
        }
        assert_eq!(
            (said.code, &summary["result"]),
            (Some(1), &json!("bound")),
            "{said:?}"
        );
        assert_eq!(summary["polluters"], json!([]), "not known yet");
        let notes: Value = serde_json::from_str(&corpus.read("out/bisect.json")).expect("whole");
        let noted = notes["tried"].as_object().map(|it| it.len());
        assert_eq!(noted, Some(made.len()), "each is noted");
    };
    assert!(rounds > 2);
    assert_eq!(made, order);
    for key in ["polluters", "alone", "with", "replay"] {
        assert_eq!(last[key], whole[key], "{key}");
    }
}

#[test]
fn search_that_is_killed_goes_on_where_it_was_and_finds_the_same() {
    let corpus = pair("");
    let mut child = corpus
        .command("bisect out --victim test/a/045.js --format ndjson")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    // Its first line, then tries: the notes of one are in place when the next is told.
    let told: Vec<_> = out.lines().take(6).collect();
    assert_eq!(told.len(), 6, "{told:?}");
    child.kill().expect("killed");
    child.wait().expect("gone");
    let said = bisect(&corpus, "test/a/045.js", "--format ndjson");
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert!(summary["known"].as_u64() >= Some(4), "{summary}");
    assert_eq!(
        polluters(&summary),
        ["test/a/005.js sloppy", "test/a/033.js sloppy"]
    );
}

#[test]
fn interrupted_search_says_so_and_goes_on() {
    // The victim hangs for a second in each try, so that there is time to interrupt it.
    let look = "if ($rewind.slot(1)) { for (;;); }";
    let corpus = recorded(12, &[(3, "$rewind.slot(1, 9);"), (9, look)], "--timeout 1");
    let mut child = corpus
        .command("bisect out --victim test/a/009.js --format ndjson")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut text = String::new();
    // The first line, and both tries alone; the one after all has begun or will.
    for _ in 0..3 {
        out.read_line(&mut text).expect("a line");
    }
    let interrupt = format!("kill -INT {}", child.id());
    assert_eq!(shell(&corpus, &interrupt).code, Some(0));
    let rest = Said::of({
        let mut output = child.wait_with_output().expect("ended");
        std::io::Read::read_to_end(&mut out, &mut output.stdout).expect("the rest");
        output
    });
    assert_eq!(rest.code, Some(130), "{rest:?}");
    assert_eq!(summary(&rest)["result"], "interrupted");
    let said = bisect(&corpus, "test/a/009.js", "--format ndjson");
    assert_eq!(
        (said.code, polluters(&summary(&said))),
        (Some(0), vec!["test/a/003.js sloppy".to_owned()])
    );
    assert!(summary(&said)["known"].as_u64() >= Some(2), "{said:?}");
    assert_eq!(summary(&said)["with"]["outcome"], "timed-out");
}

#[test]
fn what_nothing_before_it_changes_is_said_to_be_so() {
    let corpus = pair("");
    for (victim, why) in [
        ("test/a/000.js", "nothing ran before it in its process"),
        (
            "test/a/044.js",
            "it ends the same alone and after all 44 before it (pass, completed;",
        ),
    ] {
        let said = bisect(&corpus, victim, "");
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(
            said.out
                .starts_with(&format!(" NOTHING  {victim} sloppy: {why}")),
            "{said:?}"
        );
        let said = bisect(&corpus, victim, "--format ndjson");
        let summary = summary(&said);
        assert_eq!(
            (&summary["result"], &summary["replay"]),
            (&json!("nothing"), &Value::Null)
        );
        assert!(
            summary["why"]
                .as_str()
                .is_some_and(|it| it.starts_with(why)),
            "{summary}"
        );
    }
}

/// A worker that runs in another time zone each time: `zone` is a shell's word for
/// the hour, made of the number `n` of workers so far.
fn worker(corpus: &Corpus, zone: &str) -> String {
    let script = format!(
        "#!/bin/sh\necho >> started\nn=$(wc -l < started)\nTZ=XXX-{zone}\nexport TZ\n\
         exec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_rewind")
    );
    corpus.write("worker.sh", &script);
    let file = corpus.path().join("worker.sh");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("executable");
    format!("--format ndjson --worker-exe {}", file.display())
}

#[test]
fn victim_that_is_flaky_alone_is_said_to_be_so() {
    let by_the_hour = "if (new Date(0).getHours() % 2) { throw new TypeError(); }";
    let corpus = recorded(3, &[(1, by_the_hour), (2, "throw 1;")], "");
    let words = worker(&corpus, "$n");
    let said = bisect(&corpus, "test/a/001.js", &words);
    assert_eq!(said.code, Some(1), "{said:?}");
    let why = summary(&said)["why"].to_string();
    assert!(why.contains("it is flaky by itself"), "{said:?}");
}

/// The first two workers run the victim alone, the third all before it.
#[test]
fn try_whose_worker_dies_is_made_again_and_given_up_when_it_always_does() {
    let loud = [
        (2, "$rewind.slot(1, 9);"),
        (
            4,
            "if (new Date(0).getHours()) { $rewind.fault('kill-self'); }",
        ),
        (7, LOOK),
    ];
    let corpus = recorded(9, &loud, "");
    let said = bisect(&corpus, "test/a/007.js", &worker(&corpus, "$((n == 3))"));
    let failed = said
        .lines()
        .into_iter()
        .filter(|it| it["type"] == "probe" && it["end"].is_null())
        .map(|it| it["why"].to_string());
    let failed: Vec<_> = failed.collect();
    assert!(
        failed.len() == 1 && failed[0].contains("signal 9"),
        "{failed:?}"
    );
    assert_eq!(
        polluters(&summary(&said)),
        ["test/a/002.js sloppy"],
        "{said:?}"
    );
    std::fs::remove_file(corpus.path().join("started")).expect("removed");
    let words = worker(&corpus, "$((n >= 3))");
    let said = bisect(&corpus, "test/a/007.js", &format!("{words} --fresh"));
    let summary = summary(&said);
    assert_eq!(
        (said.code, &summary["probes"]),
        (Some(1), &json!(5)),
        "{said:?}"
    );
    let why = summary["why"].to_string();
    assert!(
        why.contains("after all 7 before it the process was gone"),
        "{why}"
    );
}

#[test]
fn notes_of_what_has_changed_since_are_not_used() {
    let corpus = recorded(20, &[(4, "$rewind.slot(1, 9);"), (15, LOOK)], "");
    let said = bisect(&corpus, "test/a/015.js", "");
    assert_eq!(said.code, Some(0), "{said:?}");
    corpus.write(
        "corpus/test/a/004.js",
        "/*---\nflags: [noStrict]\n---*/\n1;\n",
    );
    let said = bisect(&corpus, "test/a/015.js", "");
    assert_eq!(said.code, Some(1), "the polluter is mended: {said:?}");
    assert!(said.err.contains("note: the corpus is now"), "{said:?}");
    assert!(
        said.out
            .contains("it ends the same alone and after all 15 before it"),
        "{said:?}"
    );
    assert!(
        said.out.contains("in the record: fail, threw TypeError"),
        "{said:?}"
    );
    corpus.write("out/bisect.json", "{");
    let said = bisect(&corpus, "test/a/015.js", "");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.err.contains("out/bisect.json:1: ") && said.err.contains("--fresh"),
        "{said:?}"
    );
}

#[test]
fn case_is_named_by_variant_and_by_the_time_that_it_ran() {
    let tests = [
        ("a.js", "", "if ([].polluted) { throw new TypeError(); }"),
        ("b.js", "flags: [noStrict]", "Array.prototype.polluted = 1;"),
    ];
    let corpus = Corpus::new(&tests);
    let said = corpus.rewind(
        "run -j 1 --stand-ins 0 --order path --repeat 2 --no-cache --isolation none --results out --format ndjson",
    );
    assert_eq!(said.code, Some(1), "{said:?}");
    // Each round goes by path, so that b is before a only in the second.
    let several = bisect(&corpus, "test/a.js", "");
    assert_eq!(several.code, Some(2), "{several:?}");
    assert!(
        several
            .err
            .contains("name one of `test/a.js sloppy`, `test/a.js strict`"),
        "{several:?}"
    );
    for (victim, name) in [
        ("test/a.js sloppy", "test/a.js sloppy#2"),
        ("test/a.js strict#2", "test/a.js strict#2"),
    ] {
        let said = bisect(&corpus, victim, "");
        assert_eq!(said.code, Some(0), "{said:?}");
        let replay = format!("rewind replay out --only 'test/b.js sloppy#1' --only '{name}'");
        assert!(
            said.out.ends_with(&format!("  replay  {replay}\n")),
            "{said:?}"
        );
        let again = shell(&corpus, &replay);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.err.contains("replayed  2 cases"), "{again:?}");
    }
    let first = bisect(&corpus, "test/a.js sloppy#1", "");
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.out.contains("nothing ran before it"), "{first:?}");
}

#[test]
fn case_that_is_not_in_the_record_has_a_code_of_its_own() {
    let corpus = pair("");
    let said = bisect(&corpus, "test/a/999.js", "");
    assert_eq!(said.code, Some(4), "{said:?}");
    let said = corpus.rewind("bisect nowhere --victim x");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("nowhere"), "{said:?}");
}

#[test]
fn leak_that_a_verification_would_end_is_found_too() {
    let loud = [(2, "$rewind.slot(1, 9);"), (8, LOOK)];
    let corpus = recorded(10, &loud, "--leak-page missed");
    let said = bisect(&corpus, "test/a/008.js", "--format ndjson");
    let summary = summary(&said);
    assert_eq!(polluters(&summary), ["test/a/002.js sloppy"], "{said:?}");
    let again = shell(&corpus, summary["replay"].as_str().expect("a command"));
    assert_eq!(again.code, Some(0), "{again:?}");
}

/// The limits of workers whose restores aren't verified are not for tries, nor for
/// the replay of what they found.
#[test]
fn many_cases_and_crashes_before_the_victim_end_no_try() {
    let crash = "$rewind.fault('null');";
    let crashes = (10..25).map(|at| (at, crash));
    let loud: Vec<_> = crashes
        .chain([(3, "$rewind.slot(1, 9);"), (70, LOOK)])
        .collect();
    let corpus = recorded(75, &loud, "");
    let said = bisect(&corpus, "test/a/070.js", "--format ndjson");
    assert_eq!(said.lines()[0]["predecessors"], 70, "{said:?}");
    let summary = summary(&said);
    assert_eq!(polluters(&summary), ["test/a/003.js sloppy"], "{said:?}");
    let again = shell(&corpus, summary["replay"].as_str().expect("a command"));
    assert_eq!(again.code, Some(0), "{again:?}");
}

/// The worker that dies, the one that its case is tried in alone, and the one that
/// runs the rest: only what ran in the victim's process counts.
#[test]
fn only_what_ran_in_the_process_of_the_victim_is_searched() {
    let loud = [
        (1, "$rewind.slot(1, 9);"),
        (3, "$rewind.fault('kill-self');"),
        (6, "$rewind.slot(1, 9);"),
        (9, LOOK),
    ];
    let corpus = recorded(12, &loud, "");
    let said = bisect(&corpus, "test/a/009.js", "--format ndjson");
    let lines = said.lines();
    assert_eq!(
        (&lines[0]["worker_life"], &lines[0]["predecessors"]),
        (&json!(2), &json!(5))
    );
    assert_eq!(
        polluters(&summary(&said)),
        ["test/a/006.js sloppy"],
        "{said:?}"
    );
}
