//! A file that can't be written whole, or whose writer is killed, leaves the one
//! before it. Both are done to a child, which is this test again. Timings and the
//! cache of frontmatter are written so.

use rewind_corpus::write_atomically;
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
