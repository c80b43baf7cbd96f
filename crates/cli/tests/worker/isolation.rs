//! Isolation as a whole run shows it: pairs of tests of which one pollutes and
//! the other looks, in random orders, on one worker, on every tier.

use crate::support::{Corpus, Said};
use serde_json::Value;

const TIERS: [&str; 3] = ["pagemap-scan", "mprotect", "copy"];

/// Runs the pairs on one worker.
fn run(words: &str) -> Said {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    Corpus::new(&[]).rewind(&format!(
        "run test/isolation --root {root} --no-cache -j 1 --stand-ins 0 --format ndjson \
         --progress off {words}"
    ))
}

fn summary(lines: &[Value]) -> &Value {
    let last = lines.last().expect("a summary");
    assert_eq!(last["type"], "summary");
    last
}

/// Cases in the order they were run in.
fn order(lines: &[Value]) -> Vec<String> {
    let cases = lines.iter().filter(|line| line["type"] == "case");
    cases
        .map(|line| format!("{} {}", line["path"], line["variant"]))
        .collect()
}

#[test]
fn polluters_are_not_seen_whatever_the_order_and_the_tier() {
    for tier in TIERS {
        let mut orders = Vec::new();
        for seed in [1, 2, 3] {
            let said = run(&format!(
                "--order random --seed {seed} --verify always --tracking {tier}"
            ));
            let lines = said.lines();
            let unexpected: Vec<_> = lines
                .iter()
                .filter(|line| line["expected"] == false)
                .map(|line| [&line["path"], &line["variant"], &line["why"]])
                .collect();
            assert_eq!(
                (said.code, unexpected),
                (Some(0), Vec::new()),
                "{tier}, seed {seed}: {}",
                said.err.lines().last().unwrap_or_default()
            );
            let summary = summary(&lines);
            assert_eq!(
                (&summary["tracking"], &summary["lost"]),
                (&tier.into(), &0.into())
            );
            let (cases, proven) = (&summary["cases"], &summary["verifications"]);
            assert!(cases.as_u64() >= Some(60), "{summary}");
            assert_eq!(proven, cases, "every restore is compared");
            assert!(
                said.err.contains("restores compared with the checkpoint"),
                "{}",
                said.err
            );
            orders.push(order(&lines));
        }
        assert!(
            orders[0] != orders[1] && orders[1] != orders[2],
            "orders of their own"
        );
    }
}

/// Without isolation, and each polluter before its observer: otherwise the pairs would prove nothing.
#[test]
fn polluters_are_seen_where_nothing_keeps_cases_apart() {
    let said = run("--order path --isolation none --confirm-limit 1000");
    assert_eq!(said.code, Some(5), "{said:?}");
    let lines = said.lines();
    let seen = summary(&lines)["unexpected"].as_u64().expect("a number");
    assert!(seen >= 20, "only {seen} of the observers saw anything");
    // Alone, none of them sees a thing.
    assert_eq!(summary(&lines)["partial"], seen);
}

#[test]
fn verification_is_as_often_as_asked_for() {
    for (words, header, least, most) in [
        ("--verify off", "off", 0, 0),
        ("--verify sample", "sample", 1, 1),
        ("", "sample", 1, 1),
        ("--verify always", "always", 60, 1000),
    ] {
        let said = run(words);
        assert_eq!(said.code, Some(0), "{said:?}");
        let lines = said.lines();
        assert_eq!(lines[0]["verify"], header, "{words}");
        let count = summary(&lines)["verifications"].as_u64().expect("a number");
        assert!((least..=most).contains(&count), "{words}: {count}");
    }
}

#[test]
fn failure_of_the_worker_itself_is_no_exit_of_its_case_and_is_told() {
    let corpus = Corpus::new(&[("a.js", "flags: [raw]", "1;")]);
    let command = corpus.command("run --no-cache -j 1 --progress off --format ndjson");
    // Too few descriptors for a worker, and enough for its parent.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(corpus.path());
    let said = Said::of(shell.output().expect("started"));
    assert_eq!(said.code, Some(3), "{said:?}");
    let lines = said.lines();
    let cases: Vec<_> = lines.iter().filter(|line| line["type"] == "case").collect();
    assert_eq!(cases.len(), 2, "an attempt, and one more alone");
    for case in cases {
        assert_eq!(case["outcome"]["kind"], "lost", "{case}");
        let reason = case["outcome"]["reason"].as_str().expect("a reason");
        assert!(reason.contains("failed to "), "{reason}");
        assert!(reason.contains("ulimit -n"), "the mend is told: {reason}");
    }
}
