//! A baseline that can't be written whole, or whose writer is killed, leaves
//! the one before it. Both are done to a child, which is this test again.

use rewind_protocol::Variant;
use rewind_verdict::{Baseline, BaselineHeader, Class};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Names the file that a child is to write.
const CHILD: &str = "REWIND_TEST_BASELINE";
const ROUNDS: u64 = 40;

/// One of two baselines, told apart by their size and class.
fn baseline(class: Class, entries: usize) -> Baseline {
    let mut baseline = Baseline::new(BaselineHeader::default());
    let paths: Vec<Arc<str>> = (0..entries)
        .map(|at| Arc::from(format!("test/folder/{at:06}.js")))
        .collect();
    baseline.update(
        paths
            .iter()
            .map(|path| (path, Variant::named(&"strict"), Some(class))),
    );
    baseline
}

fn old() -> Baseline {
    baseline(Class::Fail, 10)
}

fn new() -> Baseline {
    baseline(Class::Crash, 20_000)
}

/// Runs `test` of this file in a child, through a shell that does `before`.
fn child(test: &str, file: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{before} exec \"$0\" --exact {test} --nocapture"))
        .arg(std::env::current_exe().expect("this program"))
        .env(CHILD, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn is_child() -> Option<String> {
    std::env::var(CHILD).ok()
}

#[test]
fn file_that_has_no_room_leaves_the_old_one() {
    if let Some(file) = is_child() {
        let error = new().save(Path::new(&file)).expect_err("no room");
        assert!(error.to_string().contains("baseline.txt"), "{error}");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("baseline.txt");
    old().save(&file).expect("written");
    let name = "file_that_has_no_room_leaves_the_old_one";
    // A limit on the size of files fails a write as a full disk does, halfway.
    let Output { status, stderr, .. } = child(name, &file, "trap '' 25; ulimit -f 8;")
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{said}");
    assert_eq!(Baseline::load(&file).expect("whole"), old());
    let left = std::fs::read_dir(folder.path()).expect("folder").count();
    assert_eq!(left, 1, "nothing else is left behind");
}

#[test]
fn kill_at_any_moment_leaves_the_old_or_the_new_one() {
    if let Some(file) = is_child() {
        let (old, new) = (old(), new());
        loop {
            new.save(Path::new(&file)).expect("written");
            old.save(Path::new(&file)).expect("written");
        }
    }
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("baseline.txt");
    old().save(&file).expect("written");
    let name = "kill_at_any_moment_leaves_the_old_or_the_new_one";
    let (old, new) = (old(), new());
    for round in 0..ROUNDS {
        let mut child = child(name, &file, "").spawn().expect("started");
        std::thread::sleep(Duration::from_millis(5 + round));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let found = Baseline::load(&file).expect("whole");
        assert!(found == old || found == new, "round {round}");
    }
}
