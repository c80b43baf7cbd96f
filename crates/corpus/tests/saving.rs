//! A file that can't be written whole, or whose writer is killed, leaves the one
//! before it. Both are done to a child, which is this test again. Timings and the
//! cache of frontmatter are written so, and the texts of tests.

use rewind_corpus::{Corpus, write_atomically};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names the file that a child is to write.
const CHILD: &str = "REWIND_TEST_FILE";
const ROUNDS: u64 = 40;
const OLD: &[u8] = b"old";

fn new() -> Vec<u8> {
    b"new\n".repeat(250_000)
}

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

#[test]
fn file_that_has_no_room_leaves_the_old_one() {
    if let Ok(file) = std::env::var(CHILD) {
        let error = write_atomically(Path::new(&file), &new()).expect_err("no room");
        assert!(error.to_string().contains("timings.txt"), "{error}");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("timings.txt");
    write_atomically(&file, OLD).expect("written");
    let name = "file_that_has_no_room_leaves_the_old_one";
    // A limit on the size of files fails a write as a full disk does, halfway.
    let ended = child(name, &file, "trap '' 25; ulimit -f 8;").output();
    let ended = ended.expect("started");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert_eq!(std::fs::read(&file).expect("there"), OLD);
    let left = std::fs::read_dir(folder.path()).expect("folder").count();
    assert_eq!(left, 1, "nothing else is left behind");
}

#[test]
fn texts_that_have_no_room_leave_the_old_ones_and_are_told() {
    if let Ok(cache) = std::env::var(CHILD) {
        let cache = Path::new(&cache);
        let root = cache.parent().expect("a folder");
        let (corpus, used) = Corpus::discover_cached(root, &[], cache).expect("read");
        let problem = used.problem.expect("no room").to_string();
        assert!(problem.contains("cache.texts"), "{problem}");
        assert_eq!((corpus.tests.len(), corpus.texts.is_none()), (300, true));
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    for below in ["harness", "test"] {
        std::fs::create_dir(root.join(below)).expect("made");
    }
    let write = |numbers: std::ops::Range<u32>| {
        for number in numbers {
            let path = root.join(format!("test/{number:03}.js"));
            std::fs::write(path, format!("{number};\n").repeat(200)).expect("written");
        }
    };
    write(0..100);
    let cache = root.join("cache");
    Corpus::discover_cached(root, &[], &cache).expect("read");
    let old = std::fs::read(root.join("cache.texts")).expect("there");
    write(100..300);
    let name = "texts_that_have_no_room_leave_the_old_ones_and_are_told";
    let ended = child(name, &cache, "trap '' 25; ulimit -f 8;").output();
    let ended = ended.expect("started");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert_eq!(std::fs::read(root.join("cache.texts")).expect("there"), old);
    let left = std::fs::read_dir(root).expect("folder").count();
    assert_eq!(left, 4, "nothing else is left behind");
    let (corpus, used) = Corpus::discover_cached(root, &[], &cache).expect("read");
    assert!(used.problem.is_none(), "{:?}", used.problem);
    assert!(corpus.texts.is_some(), "with room again");
}

#[test]
fn kill_at_any_moment_leaves_the_old_or_the_new_one() {
    if let Ok(file) = std::env::var(CHILD) {
        let new = new();
        loop {
            write_atomically(Path::new(&file), &new).expect("written");
            write_atomically(Path::new(&file), OLD).expect("written");
        }
    }
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("timings.txt");
    write_atomically(&file, OLD).expect("written");
    let name = "kill_at_any_moment_leaves_the_old_or_the_new_one";
    let new = new();
    for round in 0..ROUNDS {
        let mut child = child(name, &file, "").spawn().expect("started");
        std::thread::sleep(Duration::from_millis(5 + round));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let found = std::fs::read(&file).expect("there");
        assert!(found == OLD || found == new, "round {round}");
    }
}
