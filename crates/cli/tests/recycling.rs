//! Workers of a real run that are replaced, end for good, or take too much.

mod support;

use rewind_protocol::{FolderMarker, FolderName, FolderToken, MARKER_FILE, TEMPORARY_FOLDER};
use rewind_sys::process::Realm;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use support::{Corpus, Said};

/// `count` tests that find each other out if anything is left behind.
fn quick(count: usize) -> Vec<(String, String)> {
    let code = "if (globalThis.dirt) throw new Error('dirt'); globalThis.dirt = 1;";
    (0..count)
        .map(|n| (format!("quick/{n}.js"), code.to_owned()))
        .collect()
}

fn corpus(tests: &[(String, String)], frontmatter: &str) -> Corpus {
    let tests: Vec<_> = tests
        .iter()
        .map(|(path, code)| (path.as_str(), frontmatter, code.as_str()))
        .collect();
    Corpus::new(&tests)
}

fn summary(said: &Said) -> Value {
    said.lines().pop().expect("a summary")
}

/// Cases by verdict and, of those without a result, the reason.
fn verdicts(said: &Said) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for line in said.lines().iter().filter(|line| line["type"] == "case") {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = (word(&line["verdict"]), word(&line["outcome"]["reason"]));
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn started(counts: &Value, reason: &str) -> u64 {
    let reasons = counts["retired"].as_array().into_iter().flatten();
    let of_it = reasons.filter(|it| it["reason"] == reason);
    of_it.filter_map(|it| it["count"].as_u64()).sum()
}

#[test]
fn workers_at_their_limit_are_followed_by_spares_and_the_summary_says_so() {
    let corpus = corpus(&quick(200), "flags: [noStrict]");
    let words = "run --no-cache --format ndjson -j 1 --recycle-after 30";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert_eq!(summary["pass"], 200, "{summary}");
    assert_eq!(started(&summary, "case-limit"), 6, "{summary}");
    let recycling = &summary["recycling"];
    assert_eq!(
        (&recycling["handovers"], &recycling["by_spare"]),
        (&6.into(), &6.into())
    );
    assert_eq!(recycling["spares_started"], 6, "{summary}");
    let pause = &recycling["pause_us"];
    // Where one begins beside the other there is none: 0 is as good as any.
    let spans = ["p50", "p99", "max"].map(|member| pause[member].as_f64().expect("a number"));
    assert!(spans.is_sorted(), "{summary}");
    assert_eq!(recycling["pause_after_death_us"], Value::Null);
    let told = corpus.rewind(&words.replace("--format ndjson", ""));
    assert!(
        told.out
            .contains("recycle  6 handovers, 6 to a spare; pause p50"),
        "{told:?}"
    );
    assert!(told.out.contains("6 left: case-limit"), "{told:?}");
}

#[test]
fn workers_of_the_line_dialect_are_replaced_as_well() {
    let corpus = corpus(&quick(100), "flags: [noStrict]");
    let words = "run --no-cache --format ndjson -j 2 --recycle-after 15 --dialect lambda-v1";
    let said = corpus.rewind(words);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert_eq!(
        (&summary["pass"], &summary["lost"]),
        (&100.into(), &0.into())
    );
    assert!(started(&summary, "case-limit") >= 5, "{summary}");
    assert_eq!(started(&summary, "died"), 0, "{summary}");
}

/// A replay has no limits of its own: batches are as they were.
#[test]
fn replay_repeats_the_batches_of_the_record_and_no_others() {
    let crashes = (0..12).map(|n| (format!("quick/{n:03}.js"), "$rewind.fault('null');".into()));
    let others = (12..70).map(|n| (format!("quick/{n:03}.js"), "1;".to_owned()));
    let corpus = corpus(
        &crashes.chain(others).collect::<Vec<_>>(),
        "flags: [noStrict]",
    );
    let run = "run --no-cache --format ndjson --faults -j 1 --stand-ins 0 --order path \
               --results out --verify off";
    for (words, expected) in [
        ("--recycle-after none --crash-limit none", &[70][..]),
        // The crash limit divides the first batch, and moves no other.
        ("", &[10, 40, 20]),
    ] {
        let said = corpus.rewind(&format!("{run} {words}"));
        let recorded = batches(&said);
        assert_eq!(sizes(&recorded), expected, "{words}");
        let again = corpus.rewind("replay out --format ndjson");
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(batches(&again), recorded, "{words}");
    }
}

/// Every case by the place and the life of its worker, in the order of the answers.
fn batches(said: &Said) -> BTreeMap<(u64, u64), Vec<String>> {
    let mut batches: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in said.lines().iter().filter(|line| line["type"] == "case") {
        let number = |key: &str| line[key].as_u64().expect("a number");
        let name = format!("{} {}", line["path"], line["variant"]);
        let batch = batches.entry((number("worker"), number("worker_life")));
        batch.or_default().push(name);
    }
    batches
}

fn sizes(batches: &BTreeMap<(u64, u64), Vec<String>>) -> Vec<usize> {
    batches.values().map(Vec::len).collect()
}

#[test]
fn worker_runs_fifty_cases_where_nothing_proves_that_they_left_nothing() {
    let tests: Vec<_> = (0..120)
        .map(|n| (format!("quick/{n:03}.js"), "1;".to_owned()))
        .collect();
    let corpus = corpus(&tests, "flags: [noStrict]");
    let one = "run --no-cache --format ndjson -j 1 --stand-ins 0";
    for (words, expected) in [
        ("--verify off", &[50, 50, 20][..]),
        ("--isolation none", &[50, 50, 20]),
        ("--isolation none --verify always", &[50, 50, 20]),
        ("--isolation none --recycle-after 80", &[80, 40]),
        ("--isolation none --recycle-after none", &[120]),
        ("--verify off --recycle-after none", &[120]),
        ("--isolation fork --verify off", &[120]),
        ("", &[120]),
        ("--verify always", &[120]),
        ("--dialect lambda-v1", &[120]),
    ] {
        let said = corpus.rewind(&format!("{one} {words}"));
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(sizes(&batches(&said)), expected, "{words}");
    }
    // Whatever the number of workers, none of them runs more.
    for workers in [2, 3] {
        let words = format!("run --no-cache --format ndjson -j {workers} --isolation none");
        let said = corpus.rewind(&words);
        let sizes = sizes(&batches(&said));
        assert_eq!(sizes.iter().sum::<usize>(), 120, "{sizes:?}");
        assert!(sizes.iter().all(|size| *size <= 50), "{sizes:?}");
    }
}

#[test]
fn one_worker_has_the_same_batches_each_time_and_they_go_by_the_order() {
    let tests: Vec<_> = (0..130)
        .map(|n| (format!("quick/{n:03}.js"), "1;".to_owned()))
        .collect();
    let corpus = corpus(&tests, "flags: [noStrict]");
    let words = "run --no-cache --format ndjson -j 1 --stand-ins 0 --isolation none --order path";
    let found = batches(&corpus.rewind(words));
    assert_eq!(found, batches(&corpus.rewind(words)));
    let all: Vec<_> = found.values().flatten().cloned().collect();
    let mut sorted = all.clone();
    sorted.sort();
    assert_eq!((all.len(), all), (130, sorted));
}

#[test]
fn workers_of_others_in_the_line_dialect_run_fifty_cases_unless_somebody_says_otherwise() {
    let corpus = corpus(&quick(120), "flags: [noStrict]");
    let exe = env!("CARGO_BIN_EXE_rewind");
    let run = |dialect: &str, words: &str| {
        let mut command = corpus.command("run --no-cache --format ndjson -j 1");
        let worker = match dialect {
            "native" => format!("{exe} worker"),
            _ => format!("{exe} worker --dialect {dialect}"),
        };
        command.args(["--worker-command", &worker, "--dialect", dialect]);
        command.args(words.split_whitespace());
        let said = Said::of(command.output().expect("started"));
        assert_eq!(said.code, Some(0), "{said:?}");
        sizes(&batches(&said))
    };
    assert_eq!(run("lambda-v1", ""), [50, 50, 20]);
    assert_eq!(run("lambda-v1", "--recycle-after none"), [120]);
    // These are told how to verify.
    assert_eq!(run("native", ""), [120]);
    assert_eq!(run("native", "--verify off"), [50, 50, 20]);
}

#[test]
fn run_that_replaces_nobody_has_nothing_to_tell() {
    let corpus = corpus(&quick(50), "");
    let said = corpus.rewind("run --no-cache --format ndjson -j 2 --recycle-age 3600");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(summary(&said)["recycling"], Value::Null);
}

#[test]
fn crashes_are_limited_where_no_restore_is_verified() {
    let mut tests = quick(40);
    for n in 0..25 {
        tests.push((
            format!("quick/crash-{n}.js"),
            "$rewind.fault('null');".into(),
        ));
    }
    let corpus = corpus(&tests, "flags: [noStrict]");
    let words = "run --no-cache --format ndjson -j 1 --faults --verify";
    for (more, retired) in [(" off", 2), (" sample", 0), (" off --crash-limit 5", 5)] {
        let said = corpus.rewind(&format!("{words}{more}"));
        assert_eq!(said.code, Some(1), "{said:?}");
        let summary = summary(&said);
        assert_eq!(
            (&summary["pass"], &summary["crash"]),
            (&40.into(), &25.into())
        );
        assert_eq!(
            started(&summary, "crash-limit"),
            retired,
            "{more}: {summary}"
        );
    }
}

/// 256 MiB, and then for ever: only who looks while it runs can tell.
/// Where restores are verified, a worker may be spared an eighth of its limit so
/// that its successor begins in time; it never goes beyond.
#[test]
fn workers_come_to_their_crash_limit_or_near_it_and_never_beyond() {
    let crashes: Vec<_> = (0..300)
        .map(|n| {
            (
                format!("quick/{n:03}.js"),
                "$rewind.fault('null');".to_owned(),
            )
        })
        .collect();
    let corpus = corpus(&crashes, "flags: [raw]");
    let said = corpus.rewind("run --no-cache --format ndjson -j 1 --faults --crash-limit 40");
    let summary = summary(&said);
    assert_eq!(
        (&summary["crash"], &summary["lost"]),
        (&300.into(), &0.into())
    );
    let sizes = sizes(&batches(&said));
    let (last, before) = sizes.split_last().expect("a worker");
    assert!(
        *last <= 40 && before.iter().all(|it| (35..=40).contains(it)),
        "{sizes:?}"
    );
    assert_eq!(
        started(&summary, "crash-limit"),
        before.len() as u64,
        "{summary}"
    );
}

#[test]
fn case_that_takes_too_much_memory_ends_out_of_memory_while_it_runs() {
    let mut tests = quick(30);
    let code = "var all = []; for (let i = 0; i < 256; i++) all.push(new Uint8Array(1 << 20).fill(1)); \
                for (;;);";
    tests.push(("quick/grows.js".into(), code.into()));
    let corpus = corpus(&tests, "flags: [noStrict]");
    let said = corpus.rewind("run --no-cache --format ndjson -j 1 --rss-limit 128 --timeout 100");
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines = said.lines();
    let grown: Vec<_> = lines
        .iter()
        .filter(|line| line["path"] == "test/quick/grows.js")
        .collect();
    assert_eq!(grown.len(), 1);
    assert_eq!(grown[0]["outcome"]["kind"], "out-of-memory", "{}", grown[0]);
    let summary = summary(&said);
    assert_eq!(
        (&summary["pass"], &summary["lost"]),
        (&30.into(), &0.into())
    );
    // Once among others, and once by itself before that is laid to it.
    assert_eq!(started(&summary, "rss-limit-in-a-case"), 2, "{summary}");
    assert!(
        said.err.contains("MiB, more than 128, and was killed"),
        "{said:?}"
    );
}

/// What a case took and the restore gave back is no growth.
#[test]
fn memory_that_a_case_gives_back_ends_no_worker() {
    let mut tests = quick(30);
    let code = "new Uint8Array(80 << 20).fill(1);";
    tests.push(("quick/grows.js".into(), code.into()));
    let corpus = corpus(&tests, "flags: [noStrict]");
    let said = corpus.rewind("run --no-cache --format ndjson -j 1 --rss-limit 512");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(summary(&said)["retired"], Value::Array(Vec::new()));
}

/// With nothing put back, each case leaves 64 KiB.
#[test]
fn worker_that_grows_with_each_case_is_replaced() {
    let code = "globalThis.all ??= []; all.push(new Uint8Array(1 << 16).fill(1));";
    let tests: Vec<_> = (0..60)
        .map(|n| (format!("quick/{n}.js"), code.to_owned()))
        .collect();
    let corpus = corpus(&tests, "flags: [noStrict]");
    let words = "run --no-cache --format ndjson -j 1 --isolation none --recycle-after none \
                 --repeat 40 --growth-limit";
    for (limit, some) in [(32, true), (4096, false)] {
        let said = corpus.rewind(&format!("{words} {limit}"));
        assert_eq!(said.code, Some(0), "{said:?}");
        let summary = summary(&said);
        assert_eq!(
            started(&summary, "growth-limit") > 0,
            some,
            "{limit}: {summary}"
        );
    }
}

const DEADLY: &str = "$rewind.fault('kill-self');\n";

#[test]
fn preamble_that_ends_workers_loses_its_own_cases_and_no_others() {
    let tests = quick(60);
    let all: Vec<_> = tests
        .iter()
        .enumerate()
        .map(|(n, (path, code))| {
            let frontmatter = if n % 3 == 0 {
                "flags: [noStrict]\nincludes: [deadly.js]"
            } else {
                "flags: [noStrict]"
            };
            (path.as_str(), frontmatter, code.as_str())
        })
        .collect();
    let corpus = Corpus::new(&all);
    corpus.write("corpus/harness/deadly.js", DEADLY);
    for workers in [1, 2] {
        let words = format!("run --no-cache --format ndjson --faults -j {workers} --stand-ins 0");
        let said = corpus.rewind(&words);
        assert_eq!(said.code, Some(3), "{said:?}");
        let summary = summary(&said);
        assert_eq!(
            (&summary["pass"], &summary["lost"]),
            (&40.into(), &20.into())
        );
        assert_eq!(summary["crash"], 0, "no case is to blame: {summary}");
        let died = started(&summary, "died");
        // One more for each other worker that was at it at the same time.
        assert!((3..3 + workers).contains(&died), "{died} deaths: {summary}");
        let note = "its preamble harness/deadly.js ended 3 workers in a row";
        assert!(said.err.contains(note), "{said:?}");
        let lost = verdicts(&said);
        assert!(
            lost.keys()
                .filter(|(verdict, _)| verdict == "lost")
                .all(|(_, reason)| reason.contains("harness/deadly.js")
                    || reason.contains("preamble")),
            "{lost:?}"
        );
    }
}

#[test]
fn preamble_of_all_that_ends_workers_ends_the_run_at_once() {
    let corpus = corpus(&quick(500), "");
    corpus.write("corpus/harness/assert.js", DEADLY);
    let said = corpus.rewind("run --no-cache --format ndjson --faults -j 2 --stand-ins 0");
    assert_eq!(said.code, Some(3), "{said:?}");
    let summary = summary(&said);
    assert_eq!(
        (&summary["cases"], &summary["lost"]),
        (&1000.into(), &1000.into())
    );
    let died = started(&summary, "died");
    assert!((3..=4).contains(&died), "{died} deaths: {summary}");
    assert!(said.err.contains("mend that file"), "{said:?}");
}

/// That one is the worker's to survive and to tell.
#[test]
fn preamble_that_crashes_costs_no_worker() {
    let corpus = corpus(&quick(40), "flags: [noStrict]");
    corpus.write("corpus/harness/assert.js", "$rewind.fault('null');\n");
    let said = corpus.rewind("run --no-cache --format ndjson --faults -j 1");
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = summary(&said);
    assert_eq!(
        (&summary["crash"], &summary["restarts"]),
        (&40.into(), &0.into())
    );
    assert!(
        said.err.contains("the preamble harness/assert.js"),
        "{said:?}"
    );
}

#[test]
fn worker_command_that_ends_at_once_or_is_not_there_ends_the_run_at_once() {
    let corpus = corpus(&quick(40), "");
    let cases = [
        ("/bin/false", "exited with status 1"),
        ("/nowhere/worker", "exited with status 127"),
    ];
    for (command, why) in cases {
        for dialect in ["native", "lambda-v1"] {
            let words =
                format!("run --no-cache --dialect {dialect} --worker-command {command} -j 1");
            let said = corpus.rewind(&words);
            assert_eq!(said.code, Some(3), "{said:?}");
            assert!(
                said.err.contains("keep a worker alive: 3 or more in a row"),
                "{said:?}"
            );
            assert!(said.err.contains(why), "{said:?}");
        }
    }
}

#[test]
fn folder_of_a_worker_that_died_with_its_parent_is_removed_by_the_next_run() {
    let corpus = corpus(&quick(4), "");
    let realm = Realm::current().expect("/proc");
    let marker = FolderMarker {
        name: FolderName {
            // More than any process has.
            parent: i32::MAX,
            worker: i32::MAX,
            token: FolderToken([0x1d; 16]),
        },
        parent_started: 1,
        worker_started: 1,
        boot: realm.boot,
        namespace: realm.namespace,
    };
    let left = corpus.path().join("tmp").join(marker.name.to_string());
    fs::create_dir_all(left.join(TEMPORARY_FOLDER).join("deep")).expect("made");
    fs::write(left.join(MARKER_FILE), marker.to_string()).expect("written");
    for (path, mode) in [(left.clone(), 0o700), (left.join(MARKER_FILE), 0o600)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
    }
    let said = run_below(&corpus, "run --no-cache -j 1");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!left.exists());
}

#[test]
fn folder_of_a_user_stays_whatever_its_name_and_age() {
    let corpus = corpus(&quick(4), "");
    let names = ["rewind-2024-11", "rewind-2147483647-5"];
    let hours = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    for name in names {
        corpus.write(&format!("tmp/{name}/mydata/notes.txt"), "mine");
        corpus.write(&format!("tmp/{name}/work/notes.txt"), "mine");
        let folder = fs::File::open(corpus.path().join("tmp").join(name)).expect("folder");
        folder.set_modified(hours).expect("time");
    }
    for words in [
        "run --no-cache -j 1",
        "stress --faults null --count 20 --workers 1",
    ] {
        let said = run_below(&corpus, words);
        assert_eq!(said.code, Some(0), "{said:?}");
        for name in names {
            for inner in ["mydata", "work"] {
                let notes = corpus.read(&format!("tmp/{name}/{inner}/notes.txt"));
                assert_eq!(notes, "mine", "{words}");
            }
        }
    }
}

/// With `tmp` below the corpus as the temporary directory.
fn run_below(corpus: &Corpus, words: &str) -> Said {
    let mut command = corpus.command(words);
    command.env("TMPDIR", corpus.path().join("tmp"));
    Said::of(command.output().expect("started"))
}
