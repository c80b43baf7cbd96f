//! Resident memory of workers, as the kernel tells it.

use rewind_sys::PAGE_SIZE;
use std::fs;
use std::process;

/// Resident bytes of the process `pid`, if it is a child of this one: a worker
/// says its number itself, and in a namespace of its own it is another's.
pub(super) fn of_child(pid: u32) -> Option<u64> {
    of_stat(
        &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?,
        process::id(),
    )
}

/// Resident bytes of this process.
pub(super) fn own() -> Option<u64> {
    rewind_sys::probe::resident_bytes()
}

/// Reads a line of `/proc/PID/stat`; see proc_pid_stat(5). The name, second of
/// the fields, may hold anything, so they are counted behind its last bracket.
fn of_stat(text: &str, parent: u32) -> Option<u64> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // Of what is left the state is the first, the parent the second.
    let ppid: u32 = fields.nth(1)?.parse().ok()?;
    // Field 24 of all is the 22nd behind the name, and two are taken.
    let pages: u64 = fields.nth(19)?.parse().ok()?;
    (ppid == parent).then_some(pages.saturating_mul(PAGE_SIZE as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    #[test]
    fn stat_of_a_child_gives_its_resident_pages_whatever_its_name() {
        let line =
            "77 (a ) R 5) S 42 1 1 0 -1 0 10 11 12 13 14 15 16 17 18 19 20 21 22 23000 300 25";
        assert_eq!(of_stat(line, 42), Some(300 * PAGE_SIZE as u64));
        assert_eq!(of_stat(line, 5), None, "another's child");
        assert_eq!(of_stat("77 (a) S 42", 42), None);
    }

    #[test]
    fn child_of_this_process_is_measured_and_others_are_not() {
        let mut child = process::Command::new("cat")
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .spawn()
            .expect("started");
        // What comes back shows that it runs.
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(b"!").expect("written");
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut [0]).expect("read");
        let resident = of_child(child.id());
        child.kill().expect("killed");
        child.wait().expect("waited for");
        assert!(resident.is_some_and(|bytes| bytes >= PAGE_SIZE as u64));
        assert_eq!(of_child(process::id()), None, "it is not its own child");
        assert!(own().is_some_and(|bytes| bytes > 1 << 20));
    }
}
