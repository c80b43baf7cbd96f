//! `rewind run --shadow`: a leak that was made on purpose is found, and nothing
//! where there is none.

mod support;

use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use support::{Corpus, Said};

const META: &str = "flags: [noStrict]";
const POLLUTE: &str = "$rewind.slot(3, 7);";
const LOOK: &str = "if ($rewind.slot(3) == 7) { throw new TypeError('polluted'); }";

/// Quiet cases, of which the third pollutes and the seventh looks.
fn corpus() -> Corpus {
    let names: Vec<_> = (0..10).map(|n| format!("a/{n}.js")).collect();
    let code = |n| match n {
        2 => POLLUTE,
        6 => LOOK,
        _ => "1;",
    };
    let tests: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(n, name)| (name.as_str(), META, code(n)))
        .collect();
    with_faults(&tests)
}

fn with_faults(tests: &[(&str, &str, &str)]) -> Corpus {
    let corpus = Corpus::new(tests);
    corpus.write("corpus/rewind.toml", "[guest]\nfaults = true\n");
    corpus
}

fn run(corpus: &Corpus, words: &str) -> Said {
    corpus.rewind(&format!(
        "run -j 1 --stand-ins 0 --order path --no-cache --progress off --format ndjson {words}"
    ))
}

fn shadows(said: &Said) -> Vec<Value> {
    let lines = said.lines().into_iter();
    lines.filter(|line| line["type"] == "shadow").collect()
}

/// What the summary says of the second runs: sampled, compared, breaches, flaky, lost.
fn counts(said: &Said) -> [u64; 5] {
    let summary = said.lines().pop().expect("a summary");
    let counts = &summary["shadow"];
    ["sampled", "compared", "breaches", "flaky", "lost"].map(|key| {
        counts[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{key}: {summary}"))
    })
}

#[test]
fn leak_is_found_in_every_tier_and_the_same_cases_without_it_show_nothing() {
    let corpus = corpus();
    for tier in ["pagemap-scan", "mprotect", "copy"] {
        let said = run(&corpus, &format!("--shadow 1 --tracking {tier}"));
        assert_eq!(
            (said.code, counts(&said)),
            (Some(0), [10, 10, 0, 0, 0]),
            "{tier}: {said:?}"
        );
        assert!(shadows(&said).is_empty());
        for leak in ["uncovered", "missed"] {
            let words = format!("--shadow 1 --tracking {tier} --leak-page {leak}");
            let said = run(&corpus, &words);
            assert_eq!(
                (said.code, counts(&said)),
                (Some(5), [10, 10, 1, 0, 0]),
                "{words}: {said:?}"
            );
            let pass = json!({"verdict": "pass", "outcome": "completed"});
            let found = json!({
                "type": "shadow", "path": "test/a/6.js", "variant": "sloppy", "finding": "breach",
                "batch": {"verdict": "fail", "outcome": "threw", "name": "TypeError"},
                "alone": pass, "again": pass, "worker": 0, "worker_life": 0,
            });
            assert_eq!(shadows(&said), [found], "{words}");
        }
    }
}

#[test]
fn breach_is_told_to_people_and_build_servers_and_kept_in_the_record() {
    let corpus = corpus();
    let words = "run -j 1 --stand-ins 0 --order path --no-cache --leak-page uncovered --shadow 1 \
                 --results out --junit report.xml";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(5), "{said:?}");
    let told: Vec<_> = said
        .out
        .lines()
        .skip_while(|it| !it.contains("BREACH"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    BREACH  test/a/6.js sloppy
            in the batch: fail, threw TypeError; alone, twice: pass, completed
            it ran on worker 0.0
            polluter: test/a/2.js sloppy
            alone: pass, completed; after it: fail, threw TypeError
            rewind replay out --only 'test/a/2.js sloppy' --only 'test/a/6.js sloppy'
    BREACH  10 of 10 sampled cases compared with a run of their own: 1 ended otherwise in the batch, 0 are flaky
    ");
    let junit = corpus.read("report.xml");
    assert!(
        junit.contains(r#"<failure type="isolation-breach""#),
        "{junit}"
    );
    assert!(junit.contains(r#"tests="11" failures="2""#), "{junit}");
    let record = corpus.read("out/results.ndjson");
    assert!(
        record.contains(r#""shadow":1.0,"leak_page":"uncovered"}"#),
        "{record}"
    );
    assert_eq!(
        record.matches(r#"{"type":"shadow","#).count(),
        1,
        "{record}"
    );
    // A record with such lines is read like any other.
    let said = corpus.rewind("compare out out");
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = corpus.rewind("replay out");
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn shards_keep_their_breaches_when_they_are_merged() {
    let names: Vec<_> = (0..16).map(|n| format!("a/{n:02}.js")).collect();
    let code = |n| if n < 8 { POLLUTE } else { LOOK };
    let tests: Vec<_> = (0..)
        .zip(&names)
        .map(|(n, name)| (name.as_str(), META, code(n)))
        .collect();
    let corpus = with_faults(&tests);
    for k in 1..=2 {
        let words = format!("--leak-page uncovered --shadow 1 --shard {k}/2 --results s{k}");
        let said = run(&corpus, &words);
        assert_eq!(
            said.code,
            Some(5),
            "polluters and lookers in both: {said:?}"
        );
    }
    let said = corpus.rewind("merge s1 s2 --results whole");
    assert_eq!(said.code, Some(5), "{said:?}");
    let record = corpus.read("whole/results.ndjson");
    assert_eq!(
        record.matches(r#""finding":"breach""#).count(),
        8,
        "{record}"
    );
    assert!(record.contains(r#""breaches":8"#), "{record}");
}

#[test]
fn sample_is_as_large_as_asked_for_and_is_drawn_by_the_seed() {
    let corpus = corpus();
    for (rate, sampled) in [("0.05", 1), ("0.5", 5), ("0.51", 6)] {
        let said = run(&corpus, &format!("--shadow {rate}"));
        assert_eq!(
            (said.code, counts(&said)),
            (Some(0), [sampled, sampled, 0, 0, 0])
        );
    }
    let found = |seed: u32| {
        let words = format!("--leak-page uncovered --shadow 0.3 --seed {seed}");
        let said = run(&corpus, &words);
        let expected = if shadows(&said).is_empty() { 1 } else { 5 };
        assert_eq!(said.code, Some(expected), "{said:?}");
        expected
    };
    let all: Vec<_> = (0..12).map(found).collect();
    assert!(all.contains(&1) && all.contains(&5), "{all:?}");
    assert_eq!(
        all,
        (0..12).map(found).collect::<Vec<_>>(),
        "the same each time"
    );
}

#[test]
fn without_shadow_nothing_is_run_again_and_nothing_is_said_of_it() {
    for words in ["", "--shadow 0"] {
        let said = run(&corpus(), &format!("--leak-page uncovered {words}"));
        assert_eq!(said.code, Some(1), "{said:?}");
        let lines = said.lines();
        assert!(
            lines.iter().all(|line| line.get("shadow").is_none()),
            "{said:?}"
        );
        assert!(!said.err.contains("shadow"), "{said:?}");
    }
}

#[test]
fn what_an_isolation_of_none_lets_through_is_a_breach() {
    let tests = [
        ("a/0.js", META, "Array.prototype.polluted = 1;"),
        (
            "a/1.js",
            META,
            "if ([].polluted) { throw new RangeError(); }",
        ),
        ("a/2.js", META, "if ([].polluted) { print('seen'); }"),
    ];
    let said = run(&Corpus::new(&tests), "--isolation none --shadow 1");
    assert_eq!(
        (said.code, counts(&said)),
        (Some(5), [3, 3, 1, 0, 0]),
        "{said:?}"
    );
    for isolation in ["checkpoint", "fork", "spawn"] {
        let said = run(
            &Corpus::new(&tests),
            &format!("--isolation {isolation} --shadow 1"),
        );
        assert_eq!(
            (said.code, counts(&said)),
            (Some(0), [3, 3, 0, 0, 0]),
            "{said:?}"
        );
    }
}

/// It is the batch that is compared: that a retry passed alone makes it no better.
#[test]
fn case_that_passed_on_a_retry_is_a_breach_all_the_same() {
    let said = run(&corpus(), "--leak-page uncovered --shadow 1 --retries 1");
    assert_eq!(
        (said.code, counts(&said)),
        (Some(5), [10, 10, 1, 0, 0]),
        "{said:?}"
    );
    let summary = said.lines().pop().expect("a summary");
    assert_eq!(
        (&summary["flaky"], &summary["attempts"]),
        (&json!(1), &json!(11))
    );
}

/// What an interrupted run had finished is compared as if it had not been.
#[test]
fn resumed_run_compares_what_the_run_before_it_had_finished() {
    let corpus = corpus();
    let stopped = run(&corpus, "--leak-page uncovered --max-fail 1 --results part");
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    let said = run(&corpus, "--shadow 1 --resume --results part");
    assert_eq!(
        (said.code, counts(&said)),
        (Some(5), [10, 10, 1, 0, 0]),
        "{said:?}"
    );
    assert_eq!(shadows(&said)[0]["path"], "test/a/6.js");
}

#[test]
fn run_that_stops_early_has_no_second_runs() {
    let said = run(&corpus(), "--leak-page uncovered --shadow 1 --max-fail 1");
    assert_eq!(counts(&said)[1..], [0, 0, 0, 0], "{said:?}");
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn baseline_is_not_updated_by_a_run_with_a_breach() {
    let corpus = corpus();
    let words = "--shadow 1 --leak-page uncovered --baseline known --update-baseline";
    let said = run(&corpus, words);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(
        said.err
            .contains("known is not updated: isolation breaches: 1;"),
        "{said:?}"
    );
    assert!(!corpus.path().join("known").exists());
    let said = run(&corpus, "--shadow 1 --baseline known --update-baseline");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(corpus.path().join("known").exists());
}

/// What a verification sees depends on what the leak is. A page that is in the
/// checkpoint and not put back differs from its image. One that is in no
/// checkpoint has no image, and only second runs show it.
#[test]
fn verification_finds_the_page_that_is_missed_and_can_not_find_the_one_that_is_not_covered() {
    let verified = |leak: &str| {
        let words = format!("--leak-page {leak} --verify always");
        let said = run(&corpus(), &words);
        let summary = said.lines().pop().expect("a summary");
        assert_eq!(summary["verifications"], 10, "{summary}");
        (said.code, summary["retired"].clone())
    };
    let failed = json!([{"reason": "verification-failed", "count": 1}]);
    assert_eq!(verified("missed"), (Some(5), failed));
    assert_eq!(verified("uncovered"), (Some(1), json!([])));
}

/// One test that ends by the hour of a time zone that each process has for itself:
/// the first process runs the batch, the second is alone, the third alone again.
fn by_the_hour(hours: [u32; 3]) -> Said {
    let code = "switch (new Date(0).getHours()) {
        case 5: throw new TypeError();
        case 7: throw new RangeError();
    }";
    let corpus = Corpus::new(&[("a.js", META, code)]);
    let [first, second, third] = hours;
    let script = format!(
        "#!/bin/sh\necho >> started\nset -- \"$@\"\ncase $(wc -l < started) in\n\
         1) TZ=XXX-{first};; 2) TZ=XXX-{second};; *) TZ=XXX-{third};; esac\n\
         export TZ\nexec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_rewind")
    );
    corpus.write("worker.sh", &script);
    let file = corpus.path().join("worker.sh");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let words = format!("--shadow 1 --worker-exe {}", file.display());
    run(&corpus, &words)
}

#[test]
fn case_that_differs_from_itself_alone_is_flaky_and_no_breach() {
    for (hours, code, expected) in [
        ([0, 0, 5], 0, [1, 1, 0, 0, 0]),
        ([0, 5, 7], 0, [1, 1, 0, 1, 0]),
        ([0, 5, 0], 0, [1, 1, 0, 1, 0]),
        ([0, 5, 5], 5, [1, 1, 1, 0, 0]),
        // The verdict is the same, the error is not.
        ([7, 5, 5], 5, [1, 1, 1, 0, 0]),
    ] {
        let said = by_the_hour(hours);
        assert_eq!(
            (said.code, counts(&said)),
            (Some(code), expected),
            "{hours:?}: {said:?}"
        );
        let word = shadows(&said).pop().map(|line| line["finding"].clone());
        let expected = match expected {
            [_, _, 1, _, _] => Some(json!("breach")),
            [_, _, _, 1, _] => Some(json!("flaky")),
            _ => None,
        };
        assert_eq!(word, expected);
    }
}

#[test]
fn rate_that_is_no_share_is_refused() {
    for rate in ["1.5", "-1", "5%", "x"] {
        let said = corpus().rewind(&format!("run --shadow={rate}"));
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("use a number from 0 to 1"), "{said:?}");
    }
}
