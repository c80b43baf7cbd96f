//! Whatever happens while a results folder is filled, each of its files is the
//! old one or the new one, whole. It is done to a child, which is this test again.

use rewind_protocol::{Finished, MemoryUse, Nanos, Outcome, Phases, Seq, Variant};
use rewind_report::{
    About, CaseRecord, Figures, ReportError, ResultsFolder, RunFacts, RunHeader, Sink as _,
    Summary, Verdict, put_json,
};
use rewind_verdict::FailureKind;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names the folder that a child is to fill.
const CHILD: &str = "REWIND_TEST_RESULTS";
const ROUNDS: u64 = 30;
const JSON: [&str; 5] = [
    "config.json",
    "failures.json",
    "memory.json",
    "phases.json",
    "skips.json",
];

fn finished() -> Finished {
    Finished {
        seq: Seq(0),
        outcome: Outcome::Completed,
        notices: Vec::new(),
        output: bytes::Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            execute: Nanos(1_000_000),
            ..Phases::default()
        },
        memory: MemoryUse {
            heap_peak: 20 << 20,
            dirty_pages: 1,
        },
    }
}

/// What a run of so many failing cases leaves in `folder`.
fn fill(folder: &ResultsFolder, run: &str, cases: u32) -> Result<(), ReportError> {
    let mut sink = folder.sink()?;
    let header = RunHeader {
        started: run.to_owned(),
        ..RunHeader::default()
    };
    sink.begin(&header)?;
    let (finished, mut figures) = (finished(), Figures::new());
    for at in 0..cases {
        let record = CaseRecord {
            path: &format!("test/folder/{at:06}.js"),
            variant: Variant::named(&"strict"),
            verdict: Verdict::Fail,
            expected: false,
            why: "because it is so",
            finished: Some(&finished),
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: About {
                kind: Some(FailureKind::Assert),
                features: &["BigInt", "Proxy", "Reflect", "Symbol", "Temporal"],
                skip: None,
                died_before: None,
            },
        };
        figures.record(&record);
        sink.case(&record)?;
    }
    let summary = Summary::new(&figures, &RunFacts::default());
    sink.end(&summary, &figures)?;
    sink.take_lost().into_iter().try_for_each(Err)?;
    let words: Vec<u32> = (0..cases).collect();
    put_json(
        &folder.path().join("config.json"),
        run,
        &serde_json::json!({"command": words}),
    )
}

fn open(path: &Path) -> ResultsFolder {
    ResultsFolder::open(path).expect("nobody else is here")
}

/// The run that the report is of.
fn report_of(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("results.ndjson")).expect("it is there");
    let first = text.lines().next().expect("a first line");
    let head: serde_json::Value = serde_json::from_str(first).expect("JSON");
    head["started"].as_str().expect("a run").to_owned()
}

/// Panics unless every file is whole; gives the runs that they are of.
fn runs(folder: &Path) -> BTreeSet<String> {
    let mut runs = BTreeSet::new();
    for name in JSON {
        let text = fs::read_to_string(folder.join(name)).expect("it is there");
        let value: serde_json::Value = serde_json::from_str(&text).expect(name);
        runs.insert(value["run"].as_str().expect("a run").to_owned());
    }
    let text = fs::read_to_string(folder.join("results.ndjson")).expect("it is there");
    runs.insert(report_of(folder));
    let mut lines = text.lines();
    let last = lines.next_back().expect("a summary");
    assert!(last.starts_with("{\"type\":\"summary\"") && text.ends_with("}\n"));
    let failures = fs::read_to_string(folder.join("failures.txt")).expect("it is there");
    assert!(failures.ends_with("because it is so\n"), "{failures}");
    runs
}

/// Files that were being filled.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    });
    names.filter(|name| name.ends_with(".tmp")).collect()
}

/// `test` of this file in a child, through a shell that does `before`.
fn child(test: &str, folder: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{before} exec \"$0\" --exact {test} --nocapture"))
        .arg(std::env::current_exe().expect("this program"))
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn no_room_for_any_of_the_files_leaves_old_or_new_ones() {
    if let Ok(folder) = std::env::var(CHILD) {
        let filled = fill(&open(Path::new(&folder)), "new", 40);
        // What the parent learns from the exit code is whether there was room.
        assert!(filled.is_ok(), "no room: {filled:?}");
        return;
    }
    let name = "no_room_for_any_of_the_files_leaves_old_or_new_ones";
    let mut seen = BTreeSet::new();
    // Blocks of 512 bytes or of 1 KiB, by shell: from no room for the smallest
    // file to room for the largest.
    for blocks in [1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64, 256] {
        let folder = tempfile::tempdir().expect("folder");
        fill(&open(folder.path()), "old", 1).expect("written");
        // A limit on the size of files fails a write as a full disk does, halfway.
        let before = format!("trap '' 25; ulimit -f {blocks};");
        let ended = child(name, folder.path(), &before)
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&ended.stderr);
        let found = runs(folder.path());
        // Of a report without room, what was answered lies beside; of others, nothing.
        let half = left(folder.path());
        let report = |name: &String| name.starts_with(".results.ndjson.");
        assert!(half.len() <= 1 && half.iter().all(report), "{half:?}");
        assert!(half.is_empty() || report_of(folder.path()) == "old");
        if ended.status.success() {
            assert_eq!(found, BTreeSet::from(["new".to_owned()]), "{blocks} blocks");
        } else {
            assert!(said.contains("no room"), "{blocks} blocks: {said}");
            assert!(found.contains("old"), "{blocks} blocks: {found:?}");
        }
        seen.insert(found);
    }
    assert_eq!(seen.len(), 3, "none, some and all had room: {seen:?}");
}

#[test]
fn kill_at_any_moment_leaves_old_or_new_files() {
    if let Ok(folder) = std::env::var(CHILD) {
        let folder = open(Path::new(&folder));
        loop {
            fill(&folder, "new", 400).expect("written");
            fill(&folder, "old", 1).expect("written");
        }
    }
    let folder = tempfile::tempdir().expect("folder");
    fill(&open(folder.path()), "old", 1).expect("written");
    let name = "kill_at_any_moment_leaves_old_or_new_files";
    for round in 0..ROUNDS {
        let mut child = child(name, folder.path(), "").spawn().expect("started");
        std::thread::sleep(Duration::from_millis(5 + 3 * round));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert!(!runs(folder.path()).is_empty(), "round {round}");
    }
    // What lies around is cleared away, but for the report that may be resumed.
    drop(open(folder.path()));
    let left = left(folder.path());
    let report = |name: &String| name.starts_with(".results.ndjson.");
    assert!(left.iter().all(report), "{left:?}");
}
