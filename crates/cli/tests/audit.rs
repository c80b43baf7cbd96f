//! The audit's table, held against what is promised of each kind.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use support::{Corpus, Said};

/// Kinds that the worker can't put back: it has to end.
const DETECTED: &[(&str, &str)] = &[
    ("host's descriptor replaced", "descriptors:"),
    ("host's descriptors closed", ""),
    ("host's timer deleted", "timers:"),
    ("guest page unmapped", "mappings:"),
    ("guest page mapped over", "mappings:"),
    ("thread left running", "threads:"),
    ("files, working directory removed", "files:"),
    ("restartable sequences registered", "restartable sequences:"),
    ("child of the worker's parent", "children:"),
    ("tracer", "tracer:"),
];
/// Kinds whose end depends on what this user, this kernel or this machine allows.
const EITHER: &[&str] = &[
    "resource limit, hard",
    "nice value",
    "io priority",
    "scheduler",
    "cpu affinity",
    "process group",
    "session",
    "capabilities",
    "effective user",
    "no_new_privs",
    "seccomp filter",
    "root folder",
    "mount namespace",
    "ipc namespace",
    "network namespace",
    "name namespace",
    "user namespace",
    "process namespace",
    "time namespace",
    "cgroup namespace",
    "capability bounding set",
    "effective group",
    "supplementary groups",
    "file system user",
    "secure bits",
    "io flusher",
    "memory merging",
    "write and execute denied",
    "memory locked",
    "core dump filter",
    "terminal",
    "asynchronous i/o",
    "i/o ring",
    "segment base",
    "segment table",
    "memory policy",
    "scheduling slice",
    "keyring",
    "barriers",
    "cpuid",
    "time stamp counter",
    "code patched by a file",
    "page guarded",
    "memory to come locked",
    "restartable sequences torn",
    "library loaded",
    // Restored where a worker may have objects of its own.
    "posix shared memory",
    "posix semaphore",
    "posix message queue",
    "semaphores",
    "message queue",
];

/// Objects of the whole system that one audit leaves on purpose would be seen
/// by another that runs at the same time.
static ALONE: Mutex<()> = Mutex::new(());

fn audit(words: &str) -> Said {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Corpus::new(&[]).rewind(&format!("audit --format ndjson {words}"))
}

fn rows(lines: &[Value]) -> BTreeMap<String, (String, String)> {
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = lines.iter().filter(|line| line["type"] == "row");
    rows.map(|row| {
        (
            word(row, "kind"),
            (word(row, "verdict"), word(row, "detail")),
        )
    })
    .collect()
}

/// What the model says is wrong with a row; empty if nothing is.
fn complaint(kind: &str, verdict: &str, detail: &str) -> String {
    let detected = DETECTED.iter().find(|(name, _)| *name == kind);
    let right = match detected {
        Some((_, named)) => verdict == "detected" && detail.contains(named),
        None if EITHER.contains(&kind) => !["silent", "broken"].contains(&verdict),
        None => verdict == "restored",
    };
    if right {
        String::new()
    } else {
        format!("{kind}: {verdict} {detail}\n")
    }
}

#[test]
fn every_kind_ends_as_the_model_says_and_none_in_silence() {
    let said = audit("");
    let rows = rows(&said.lines());
    let wrong: String = rows
        .iter()
        .map(|(kind, (verdict, detail))| complaint(kind, verdict, detail))
        .collect();
    assert_eq!(wrong, "", "{}", said.err);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(DETECTED.iter().all(|(kind, _)| rows.contains_key(*kind)));
    assert!(EITHER.iter().all(|kind| rows.contains_key(*kind)));
    assert!(rows.len() > 130, "{}", rows.len());
}

/// The other way of finding writes is made of protections, which tests change, too.
#[test]
fn protections_that_track_writes_hide_nothing() {
    let said = audit("--tracking mprotect");
    let rows = rows(&said.lines());
    // All of the heap is compared there after such a change.
    assert_eq!(rows["guest page mapped over"].0, "restored");
    let wrong: String = rows
        .iter()
        .filter(|(kind, _)| *kind != "guest page mapped over")
        .map(|(kind, (verdict, detail))| complaint(kind, verdict, detail))
        .collect();
    assert_eq!(wrong, "", "{}", said.err);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_kind_that_stays_in_silence_fails_the_audit_and_no_other_does() {
    let said = audit("--planted");
    assert_eq!(said.code, Some(5), "{said:?}");
    let silent: Vec<_> = rows(&said.lines())
        .into_iter()
        .filter(|(_, (verdict, _))| verdict == "silent")
        .collect();
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert_eq!(silent[0].0, "planted");
}

#[test]
fn scripts_reach_memory_alone_and_all_of_that_is_restored() {
    let said = audit("--guest quickjs");
    assert_eq!(said.code, Some(0), "{said:?}");
    let rows = rows(&said.lines());
    let of = |verdict: &str| rows.values().filter(|(found, _)| found == verdict).count();
    assert_eq!(
        (of("restored"), of("restored") + of("not-reachable")),
        (10, rows.len())
    );
    assert_eq!(rows["umask"].0, "not-reachable");
    assert_eq!(rows["prototypes"].0, "restored");
}

#[test]
fn workers_remove_their_folders_and_nothing_else() {
    let corpus = Corpus::new(&[]);
    let folder = corpus.path().join("temporary");
    corpus.write("temporary/witness", "somebody else's");
    corpus.write("temporary/rewind-2024-11/work/witness", "mine");
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut command = corpus.command("audit --format ndjson");
    let output = command.env("TMPDIR", &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let mut left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["rewind-2024-11", "witness"]);
    assert_eq!(corpus.read("temporary/rewind-2024-11/work/witness"), "mine");
    assert_eq!(corpus.read("temporary/witness"), "somebody else's");
}
