//! `rewind run` looks for what spoiled its partial cases and breaches by itself: the
//! true polluters of a leak made on purpose are named, in every report, and where
//! there is nothing to find that is said.

#[path = "support/leaking.rs"]
mod leaking;
mod support;

use leaking::{DECOY, LOOK, POLLUTE, corpus, shell};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use support::{Corpus, Said};

/// Nothing is known: every failure is a regression.
const EMPTY: &str = "rewind-baseline 1\nmode: both\n\n";
/// One worker that leaks, in the order of the paths.
const LEAKING: &str = "run --leak-page uncovered -j 1 --stand-ins 0 --order path --no-cache \
                       --baseline known.txt";

/// Such a corpus, of whose cases nothing is known.
fn unknown(count: usize, loud: &[(usize, &str)]) -> Corpus {
    let corpus = corpus(count, loud);
    corpus.write("known.txt", EMPTY);
    corpus
}

/// A polluter, a decoy and a victim among quiet cases.
fn polluted() -> Corpus {
    unknown(40, &[(5, DECOY), (11, POLLUTE), (30, LOOK)])
}

fn searches(said: &Said) -> Vec<Value> {
    let lines = said.lines().into_iter();
    lines.filter(|line| line["type"] == "bisected").collect()
}

fn summary(said: &Said) -> Value {
    said.lines().pop().expect("a summary")
}

fn json_file(corpus: &Corpus, path: &str) -> Value {
    serde_json::from_str(&corpus.read(path)).expect("JSON")
}

fn case(number: u32) -> Value {
    json!({"path": format!("test/a/{number:03}.js"), "variant": "sloppy"})
}

#[test]
fn polluter_of_a_partial_case_is_the_true_one_in_every_report() {
    let corpus = polluted();
    let said = corpus.rewind(&format!("{LEAKING} --results out --format ndjson"));
    assert_eq!(said.code, Some(5), "{said:?}");
    let pass = json!({"verdict": "pass", "outcome": "completed"});
    let fail = json!({"verdict": "fail", "outcome": "threw", "name": "TypeError"});
    let [found] = &searches(&said)[..] else {
        panic!("one search: {said:?}");
    };
    let replay = "rewind replay out --only 'test/a/011.js sloppy' --only 'test/a/030.js sloppy'";
    let probes = found["probes"].as_u64().expect("a number");
    let expected = json!({
        "type": "bisected", "path": "test/a/030.js", "variant": "sloppy", "cause": "partial",
        "result": "found", "why": null, "polluters": [case(11)], "predecessors": 30, "left": 1,
        "alone": pass, "with": fail, "probes": probes, "known": 0, "worker": 0,
        "worker_life": 0, "replay": replay,
    });
    assert_eq!(found, &expected);
    assert!((5..30).contains(&probes), "it halves: {probes}");
    let sums = json!({"searched": 1, "found": 1, "nothing": 0, "stopped": 0, "not_searched": 0});
    assert_eq!(summary(&said)["bisected"], sums);

    let told: Vec<_> = said
        .err
        .lines()
        .skip_while(|it| !it.contains("among others, not alone"))
        .take(5)
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
     PARTIAL  test/a/030.js sloppy: runtime among others, not alone
              polluter: test/a/011.js sloppy
              alone: pass, completed; after it: fail, threw TypeError
              rewind replay out --only 'test/a/011.js sloppy' --only 'test/a/030.js sloppy'
    bisected  cases: 1; polluters found for 1, none for 0, not finished: 0
    ");
    assert_eq!(
        corpus.read("out/partial.txt"),
        "rewind-partial 1\n\ntest/a/030.js sloppy runtime\n  after test/a/011.js sloppy\n"
    );
    let file = json_file(&corpus, "out/polluters.json");
    assert_eq!((&file["schema"], &file["found"]), (&json!(1), &json!(1)));
    assert_eq!(file["searches"][0]["polluters"], json!([case(11)]));
    let failures = json_file(&corpus, "out/failures.json");
    let blamed = &failures["cases"][0]["polluters"];
    assert_eq!(blamed, &json!(["test/a/011.js sloppy"]));
    let config = json_file(&corpus, "out/config.json");
    assert_eq!(config["execution"]["bisect_limit"], 10);

    // It is so: with these two cases it happens again, without the polluter not.
    let again = shell(&corpus, replay);
    assert_eq!(again.code, Some(0), "as recorded: {again:?}");
    assert!(again.out.contains("TypeError: polluted"), "{again:?}");
    let less = shell(&corpus, "rewind replay out --only 'test/a/030.js sloppy'");
    assert_eq!(less.code, Some(1), "{less:?}");
    let decoy = replay.replace("011", "005");
    assert_eq!(shell(&corpus, &decoy).code, Some(1));

    // The search of the record has nothing left to try.
    let record = corpus.rewind("bisect out --victim test/a/030.js --format ndjson");
    let of_record = summary(&record);
    assert_eq!(
        (
            &of_record["probes"],
            &of_record["known"],
            &of_record["polluters"]
        ),
        (&json!(0), &json!(probes), &json!([case(11)])),
        "{record:?}"
    );
    // And a record with such lines is one like any other.
    assert_eq!(corpus.rewind("compare --same out out").code, Some(0));
}

#[test]
fn two_polluters_are_both_named_and_each_victim_has_its_own() {
    let both = "if ($rewind.slot(1) && $rewind.slot(2)) { throw new RangeError(); }";
    let loud = [
        (4, POLLUTE),
        (9, DECOY),
        (15, "$rewind.slot(2, 9);"),
        (20, both),
        (25, LOOK),
    ];
    let corpus = unknown(30, &loud);
    let said = corpus.rewind(&format!("{LEAKING} --format ndjson"));
    assert_eq!(said.code, Some(5), "{said:?}");
    let found: Vec<_> = searches(&said)
        .iter()
        .map(|it| (it["path"].clone(), it["polluters"].clone()))
        .collect();
    let expected = [
        (json!("test/a/020.js"), json!([case(4), case(15)])),
        (json!("test/a/025.js"), json!([case(4)])),
    ];
    assert_eq!(found, expected);
    // Without a record there is no command that repeats it.
    assert_eq!(searches(&said)[0]["replay"], Value::Null);
    assert!(
        said.err
            .contains("run with --results DIR to have a command that shows it again"),
        "{said:?}"
    );
}

#[test]
fn polluter_of_a_breach_is_named_where_no_list_knows_of_a_regression() {
    let corpus = polluted();
    let words = "run --leak-page uncovered -j 1 --stand-ins 0 --order path --no-cache --shadow 1 \
                 --results out --format ndjson";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(5), "{said:?}");
    let [found] = &searches(&said)[..] else {
        panic!("one search: {said:?}");
    };
    assert_eq!(
        (&found["cause"], &found["polluters"]),
        (&json!("breach"), &json!([case(11)]))
    );
    let again = shell(&corpus, found["replay"].as_str().expect("a command"));
    assert_eq!(again.code, Some(0), "{again:?}");
    // No partial case, so nothing to list.
    assert!(!corpus.path().join("out/partial.txt").exists());
    // A case that is both is searched once.
    let said = corpus.rewind(&format!("{LEAKING} --shadow 1 --format ndjson"));
    let causes: Vec<_> = searches(&said)
        .iter()
        .map(|it| it["cause"].clone())
        .collect();
    assert_eq!(causes, ["partial"]);
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
    file.display().to_string()
}

/// Fails in the hours with an odd number.
const BY_THE_HOUR: &str = "if (new Date(0).getHours() % 2) { throw new TypeError(); }";

/// The first worker runs the batch, the second the confirmation, the third and the
/// fourth are alone again, the fifth runs all.
#[test]
fn where_nothing_before_it_changes_the_case_it_is_said_why() {
    let why = |zone: &str| {
        let corpus = unknown(8, &[(2, DECOY), (5, BY_THE_HOUR)]);
        let exe = worker(&corpus, zone);
        let said = corpus.rewind(&format!(
            "{LEAKING} --worker-exe {exe} --results out --format ndjson"
        ));
        assert_eq!(said.code, Some(5), "{said:?}");
        let [search] = &searches(&said)[..] else {
            panic!("one search: {said:?}");
        };
        assert_eq!(
            (&search["result"], &search["polluters"], &search["replay"]),
            (&json!("nothing"), &json!([]), &Value::Null)
        );
        let why = search["why"].as_str().expect("a reason").to_owned();
        assert!(
            said.err.contains(&format!("no polluter: {why}")),
            "{said:?}"
        );
        assert_eq!(
            corpus.read("out/partial.txt"),
            "rewind-partial 1\n\ntest/a/005.js sloppy runtime\n"
        );
        why
    };
    let chance = why("$((n == 1))");
    assert!(
        chance.starts_with("it ends the same alone and after all 5 before it (pass, completed;"),
        "{chance}"
    );
    assert!(chance.contains("in the record: fail (runtime)"), "{chance}");
    let flaky = why("$((n == 1 || n == 4))");
    assert!(flaky.contains("it is flaky by itself"), "{flaky}");
    let first = unknown(2, &[(0, BY_THE_HOUR)]);
    let exe = worker(&first, "$((n == 1))");
    let said = first.rewind(&format!("{LEAKING} --worker-exe {exe} --format ndjson"));
    assert_eq!(
        searches(&said)[0]["why"],
        "nothing ran before it in its process"
    );
}

#[test]
fn searches_keep_to_their_limits_and_the_command_goes_on() {
    let corpus = unknown(30, &[(3, POLLUTE), (20, LOOK), (21, LOOK), (22, LOOK)]);
    let run = |words: &str| {
        let said = corpus.rewind(&format!("{LEAKING} --results out --format ndjson {words}"));
        assert_eq!(said.code, Some(5), "it decides nothing: {said:?}");
        said
    };
    let none = run("--bisect-limit 0");
    assert!(searches(&none).is_empty());
    let counts = &summary(&none)["bisected"];
    assert_eq!(
        (&counts["searched"], &counts["not_searched"]),
        (&json!(0), &json!(3))
    );
    assert!(
        none.err
            .contains("rewind bisect out --victim 'test/a/021.js sloppy'\n"),
        "{none:?}"
    );
    assert!(
        none.err.contains("not looked into: 3 (--bisect-limit 0)"),
        "{none:?}"
    );
    assert!(!corpus.path().join("out/bisect.json").exists());
    // The first by path, whoever was faster.
    let two = run("--bisect-limit 2");
    let paths: Vec<_> = searches(&two).iter().map(|it| it["path"].clone()).collect();
    assert_eq!(paths, ["test/a/020.js", "test/a/021.js"]);
    assert_eq!(summary(&two)["bisected"]["not_searched"], 1);
    // The notes of both are there.
    for victim in ["test/a/020.js", "test/a/021.js"] {
        let words = format!("bisect out --victim {victim} --format ndjson");
        let said = corpus.rewind(&words);
        let summary = summary(&said);
        assert_eq!(
            (&summary["probes"], &summary["polluters"]),
            (&json!(0), &json!([case(3)])),
            "{said:?}"
        );
    }

    let few = run("--bisect-probes 4 --bisect-limit 1");
    let search = &searches(&few)[0];
    assert_eq!(
        (&search["result"], &search["probes"], &search["polluters"]),
        (&json!("bound"), &json!(4), &json!([]))
    );
    let why = search["why"].as_str().expect("a reason");
    assert!(why.contains("--bisect-probes"), "{why}");
    assert_eq!(summary(&few)["bisected"]["stopped"], 1);
    assert!(few.err.contains("no polluter yet, "), "{few:?}");
    let on = corpus.rewind("bisect out --victim test/a/020.js --format ndjson");
    assert_eq!((on.code, &summary(&on)["known"]), (Some(0), &json!(4)));
    assert_eq!(summary(&on)["polluters"], json!([case(3)]));
}

/// Each try in which the victim hangs takes a second.
fn hanging() -> Corpus {
    let hang = "if ($rewind.slot(1)) { for (;;); }";
    unknown(12, &[(3, POLLUTE), (9, hang)])
}

#[test]
fn search_ends_when_its_time_is_over() {
    let said = hanging().rewind(&format!(
        "{LEAKING} --timeout 1 --bisect-time 1 --format ndjson"
    ));
    assert_eq!(said.code, Some(5), "{said:?}");
    let search = &searches(&said)[0];
    assert_eq!(search["result"], "bound", "{search}");
    let why = search["why"].as_str().expect("a reason");
    assert!(why.contains("--bisect-time"), "{why}");
}

#[test]
fn nothing_is_searched_where_no_search_can_be_made() {
    let corpus = unknown(8, &[(5, BY_THE_HOUR)]);
    let own = "run -j 1 --stand-ins 0 --order path --no-cache --baseline known.txt --results out \
               --format ndjson";
    let exe = worker(&corpus, "$((n == 6))");
    for (words, why) in [
        // The sixth worker has the sixth case.
        (
            format!("{own} --isolation spawn --worker-exe {exe}"),
            "each case has a process of its own",
        ),
        (
            format!("{own} --dialect lambda-v1 --worker-exe {exe}"),
            "the line dialect has no record to repeat",
        ),
    ] {
        // The line dialect has one worker for all.
        let first = if words.contains("lambda") { 5 } else { 0 };
        corpus.write("started", &"\n".repeat(first));
        let said = corpus.rewind(&words);
        assert_eq!(said.code, Some(5), "{said:?}");
        assert!(searches(&said).is_empty(), "{said:?}");
        assert!(
            said.err.contains(&format!("not looked into: 1 ({why})")),
            "{said:?}"
        );
        assert!(!said.err.contains("rewind bisect"), "{said:?}");
    }
    corpus.write("started", &"\n".repeat(5));
    let mut command = corpus.command(own);
    command.args(["--worker-command", &format!("{exe} worker")]);
    let said = Said::of(command.output().expect("started"));
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(
        said.err.contains("(the workers are not this program's)"),
        "{said:?}"
    );
}

/// Starts a run whose search takes seconds, and waits until it has an answer.
fn searching(corpus: &Corpus) -> Child {
    let words = format!("{LEAKING} --timeout 1 --results out --format ndjson");
    let mut child = corpus
        .command(&words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let notes = corpus.path().join("out/bisect.json");
    while !notes.exists() {
        let ended = child.try_wait().expect("asked");
        assert!(ended.is_none(), "it ended before there was an answer");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

fn assert_goes_on(corpus: &Corpus) {
    let words = format!("{LEAKING} --timeout 1 --results out --resume --format ndjson");
    let said = corpus.rewind(&words);
    assert_eq!(said.code, Some(5), "{said:?}");
    let search = &searches(&said)[0];
    assert_eq!(
        (&search["result"], &search["polluters"]),
        (&json!("found"), &json!([case(3)]))
    );
    assert!(search["known"].as_u64() >= Some(1), "{search}");
    let attempts = said
        .lines()
        .iter()
        .filter(|it| it["type"] == "case")
        .count();
    assert_eq!(attempts, 13, "no case is there twice: {said:?}");
}

#[test]
fn interrupted_search_is_reported_as_such_and_resumed_with_the_run() {
    let corpus = hanging();
    let child = searching(&corpus);
    let interrupt = format!("kill -INT {}", child.id());
    assert_eq!(shell(&corpus, &interrupt).code, Some(0));
    let said = Said::of(child.wait_with_output().expect("ended"));
    assert_eq!(said.code, Some(130), "{said:?}");
    assert_eq!(searches(&said)[0]["result"], "interrupted");
    assert_eq!(summary(&said)["bisected"]["stopped"], 1);
    assert_goes_on(&corpus);
}

#[test]
fn killed_search_is_resumed_with_the_run() {
    let corpus = hanging();
    let mut child = searching(&corpus);
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert_goes_on(&corpus);
}

#[test]
fn answers_are_taken_over_by_a_run_that_is_resumed_and_by_no_other() {
    let corpus = polluted();
    let run = |words: &str| {
        let said = corpus.rewind(&format!("{LEAKING} --results out --format ndjson {words}"));
        assert_eq!(said.code, Some(5), "{said:?}");
        let search = searches(&said).pop().expect("a search");
        assert_eq!(search["polluters"], json!([case(11)]), "{search}");
        (search["probes"].as_u64(), search["known"].as_u64())
    };
    let made = run("");
    assert_eq!(made.1, Some(0));
    assert_eq!(run("--resume"), (Some(0), made.0), "nothing is left to try");
    assert_eq!(run(""), made, "another run has answers of its own");
    corpus.write("out/bisect.json", "{");
    assert_eq!(
        run("--resume"),
        made,
        "notes that make no sense are left away"
    );
}

/// Names tell the rounds apart, so that the command repeats the one that is meant.
#[test]
fn case_of_several_rounds_is_searched_and_replayed_by_its_time() {
    let corpus = unknown(4, &[(1, LOOK), (2, POLLUTE)]);
    let said = corpus.rewind(&format!(
        "{LEAKING} --repeat 2 --results out --format ndjson"
    ));
    assert_eq!(said.code, Some(5), "{said:?}");
    for search in searches(&said) {
        assert_eq!(search["result"], "found", "{said:?}");
        let replay = search["replay"].as_str().expect("a command");
        assert!(replay.contains('#'), "{replay}");
        let again = shell(&corpus, replay);
        assert_eq!(again.code, Some(0), "{again:?}");
    }
    assert!(!searches(&said).is_empty(), "{said:?}");
}

#[test]
fn shards_keep_what_they_found_when_they_are_merged() {
    let loud: Vec<_> = (0..8)
        .map(|n| (n, POLLUTE))
        .chain((8..16).map(|n| (n, LOOK)))
        .collect();
    let corpus = unknown(16, &loud);
    for k in 1..=2 {
        let said = corpus.rewind(&format!("{LEAKING} --shard {k}/2 --results s{k}"));
        assert_eq!(said.code, Some(5), "{said:?}");
    }
    let said = corpus.rewind("merge s1 s2 --results whole");
    assert_eq!(said.code, Some(5), "{said:?}");
    let record = corpus.read("whole/results.ndjson");
    assert_eq!(
        record.matches(r#""type":"bisected""#).count(),
        8,
        "{record}"
    );
    assert!(record.contains(r#""bisected":{"found":8,"#), "{record}");
}
