//! Real workers of a real run, killed from outside at any moment: every case
//! has exactly one final answer, and each death is blamed on one case at most.
//!
//! A worker that is killed again and again before it has begun the case that it
//! was sent first gets that case lost, and tried once more alone: the lost
//! attempt is told, and isn't the answer.

use crate::support::Corpus;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const RUNS: u64 = 4;
/// Kills in each run.
const KILLS: usize = 28;
const TESTS: usize = 200;
/// How often each is run: enough to go on for a while after the last kill.
const ROUNDS: usize = 32;
/// Answers from one kill to the next.
const PACE: u64 = 60;
/// Answers after which the one killed last was a standby worker, whose place nobody
/// takes.
const STANDBY: u64 = 3 * PACE;

/// Quick cases: a fraction of a millisecond each.
fn corpus() -> Corpus {
    let paths: Vec<_> = (0..TESTS).map(|n| format!("quick/{n}.js")).collect();
    let code = "var sum = 0; for (let i = 0; i < 4000; i++) sum += i; print(sum); \
                if (globalThis.dirt) throw new Error('dirt'); globalThis.dirt = [sum];";
    let tests: Vec<_> = paths
        .iter()
        .map(|path| (path.as_str(), "flags: [noStrict]", code))
        .collect();
    Corpus::new(&tests)
}

/// The processes that any thread of `parent` has started and that run.
fn children(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task"));
    let mut all = Vec::new();
    for task in tasks.into_iter().flatten().flatten() {
        let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        all.extend(
            list.split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
    }
    all.sort_unstable();
    all
}

/// Kills one of the run's workers; `false` if that had ended already.
fn kill(pid: u32) -> bool {
    let sent = Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .output();
    sent.expect("kill is there").status.success()
}

/// Which life of each place the answers told last.
#[derive(Clone, Default, PartialEq)]
struct Lives(BTreeMap<u64, u64>);

impl Lives {
    fn note(&mut self, line: &Value) {
        if let (Some(place), Some(life)) = (line["worker"].as_u64(), line["worker_life"].as_u64()) {
            let last = self.0.entry(place).or_default();
            *last = life.max(*last);
        }
    }
}

/// Reads the report as it is written, and kills a worker now and then, going by
/// the number of answers; the lines, and how many were killed. None is killed
/// twice: it is a child until its parent has noticed. The next one is killed once
/// the successor of the last has answered a case: a run gives up on a place whose
/// workers die one after the other without an answer.
fn watch(run: &mut Child, mut random: u64) -> (Vec<Value>, usize) {
    let out = BufReader::new(run.stdout.take().expect("a pipe"));
    let mut seen = BTreeMap::new();
    let (mut lines, mut kills, mut next) = (Vec::<Value>::new(), 0, PACE);
    let (mut lives, mut at_kill) = (Lives::default(), None);
    for line in out.lines() {
        let line: Value = serde_json::from_str(&line.expect("UTF-8")).expect("JSON");
        lives.note(&line);
        lines.push(line);
        let told = lines.len() as u64;
        for pid in children(run.id()) {
            seen.entry(pid).or_insert(told);
        }
        let unanswered = at_kill.as_ref() == Some(&lives) && told < next + STANDBY;
        if kills == KILLS || told < next || unanswered {
            continue;
        }
        let alive = children(run.id());
        let settled = |pid: &&u32| {
            seen.get(*pid)
                .is_some_and(|since| since.saturating_add(PACE / 2) <= told)
        };
        let old: Vec<_> = alive.iter().filter(settled).collect();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let Some(pid) = old.get((random >> 33) as usize % old.len().max(1)) else {
            continue;
        };
        // Anywhere in a case, its restore or the time between.
        std::thread::sleep(std::time::Duration::from_micros((random >> 40) % 2000));
        if kill(**pid) {
            kills += 1;
            at_kill = Some(lives.clone());
            // Never old enough again.
            seen.insert(**pid, u64::MAX);
        }
        next = told + PACE + (random >> 20) % PACE;
    }
    (lines, kills)
}

/// The lines of the attempts that count: all but the lost ones that were made again.
fn finals(lines: &[Value]) -> Vec<&Value> {
    let cases = lines.iter().filter(|line| line["type"] == "case");
    let (first, again): (Vec<_>, Vec<_>) = cases.partition(|line| line["attempt"] == 1);
    let mut retried: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &again {
        assert_eq!(line["attempt"], 2, "{line}");
        *retried
            .entry(line["path"].as_str().expect("a path"))
            .or_default() += 1;
    }
    let is_lost = |line: &&Value| line["outcome"]["kind"] == "lost";
    let (lost, mut finals): (Vec<_>, Vec<_>) = first.into_iter().partition(is_lost);
    for line in lost {
        let again = retried.entry(line["path"].as_str().expect("a path"));
        let left = again.or_default();
        assert!(*left > 0, "lost and not tried again: {line}");
        *left -= 1;
    }
    let unasked: Vec<_> = retried.iter().filter(|(_, left)| **left > 0).collect();
    assert!(unasked.is_empty(), "tried again without need: {unasked:?}");
    finals.extend(again);
    finals
}

fn settled_once(finals: &[&Value]) {
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for line in finals {
        *answers
            .entry(line["path"].as_str().expect("a path"))
            .or_default() += 1;
    }
    assert_eq!(answers.len(), TESTS);
    let wrong: Vec<_> = answers
        .iter()
        .filter(|(_, count)| **count != ROUNDS)
        .collect();
    assert!(
        wrong.is_empty(),
        "answers that are missing or double: {wrong:?}"
    );
}

/// Each case passed, or is the one that its worker was killed in, twice if it is run
/// again by itself; how many of those there are.
fn blamed(finals: &[&Value], confirms: bool) -> usize {
    let mut blamed = 0;
    for line in finals {
        let again = &line["died_before"];
        if confirms {
            assert!(
                again.is_null() || again == "was killed by signal 9",
                "{line}"
            );
        }
        assert!(confirms || again.is_null(), "{line}");
        if line["verdict"] == "pass" {
            continue;
        }
        let outcome = &line["outcome"];
        assert_eq!(
            (&line["verdict"], &outcome["kind"]),
            (&"crash".into(), &"crashed".into()),
            "{line}"
        );
        assert_eq!(
            (&outcome["signal"], &outcome["worker_died"]),
            (&9.into(), &true.into()),
            "{line}"
        );
        assert!(!confirms || again.is_string(), "blamed at once: {line}");
        blamed += 1;
    }
    blamed
}

/// How many cases were run again by themselves.
fn tried(finals: &[&Value]) -> usize {
    let tried = finals.iter().filter(|line| line["died_before"].is_string());
    tried.count()
}

#[test]
fn kills_at_any_moment_lose_nothing_and_double_nothing() {
    let corpus = corpus();
    let (mut kills, mut blames, mut trials) = (0, 0, 0);
    for seed in 1..=RUNS {
        let confirms = seed % 2 == 0;
        let flag = if confirms { "" } else { "--no-confirm-deaths" };
        let words = format!(
            "run -j 2 --format ndjson --progress off --no-cache --repeat {ROUNDS} \
             --results out {flag}"
        );
        let mut run = corpus
            .command(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let (lines, killed) = watch(&mut run, seed);
        let code = run.wait().expect("ended").code();
        let kept = corpus.read("out/results.ndjson");
        assert_eq!(
            kept.lines().count(),
            lines.len(),
            "the file has what was written to stdout"
        );
        let finals = finals(&lines);
        settled_once(&finals);
        let crashed = blamed(&finals, confirms);
        assert!(
            crashed <= killed,
            "{crashed} cases blamed for {killed} kills"
        );
        assert_eq!(code, Some(if crashed > 0 { 1 } else { 0 }));
        let summary = lines.last().expect("a summary");
        assert_eq!(
            (&summary["lost"], &summary["crash"]),
            (&0.into(), &crashed.into()),
            "{summary}"
        );
        assert_eq!(summary["cases"], TESTS * ROUNDS, "{summary}");
        let died: u64 = summary["retired"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|retired| retired["reason"] == "died" || retired["reason"] == "not-started")
            .filter_map(|retired| retired["count"].as_u64())
            .sum();
        let spares = summary["recycling"]["spares_failed"].as_u64();
        assert_eq!(
            died + spares.unwrap_or(0),
            killed as u64,
            "each death is in the report: {summary}"
        );
        kills += killed;
        blames += if confirms { 0 } else { crashed };
        trials += tried(&finals);
    }
    assert!(kills >= 100, "only {kills} kills");
    assert!(blames > 0, "no kill struck a case that was running");
    assert!(trials > 0, "and none where that is to be confirmed");
}
