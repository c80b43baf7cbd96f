//! Faults of the worker's own: they are not the guest's, and nothing hides them.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{Hello, Outcome, Run, ToWorker, Tracking};
use rewind_sys::process::ExitStatus;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

const TIERS: [Tracking; 3] = [Tracking::PagemapScan, Tracking::Mprotect, Tracking::Copy];

/// Overwrites the code at which the worker will go on when what it waits for in
/// the kernel has come: code of the host, in this one process. A parent may.
fn poison(parent: &Parent, code: &[u8]) {
    let process = format!("/proc/{}", parent.child().pid().0);
    let at = loop {
        let call = fs::read_to_string(format!("{process}/syscall")).expect("what it waits for");
        let words: Vec<_> = call.split_whitespace().collect();
        // `running`, or the number of the call (0: read), six arguments, stack and code pointer.
        if let ["0", .., at] = words[..] {
            break u64::from_str_radix(at.trim_start_matches("0x"), 16).expect("an address");
        }
        std::thread::yield_now();
    };
    let memory = File::options()
        .write(true)
        .open(format!("{process}/mem"))
        .expect("its memory");
    memory.write_all_at(code, at).expect("written");
}

/// The handlers are installed, and have landed a fault of the guest before.
#[test]
fn fault_in_the_hosts_code_kills_the_worker() {
    // xor eax, eax; mov [rax], eax
    const WRITE_TO_NULL: &[u8] = &[0x31, 0xc0, 0x89, 0x00];
    // xor edx, edx; xor eax, eax; div eax
    const DIVIDE_BY_ZERO: &[u8] = &[0x31, 0xd2, 0x31, 0xc0, 0xf7, 0xf0];
    // ud2
    const ILLEGAL: &[u8] = &[0x0f, 0x0b];
    for tracking in TIERS {
        for (code, signal) in [(WRITE_TO_NULL, 11), (DIVIDE_BY_ZERO, 8), (ILLEGAL, 4)] {
            let mut parent = Parent::ready(Hello {
                tracking,
                ..hello()
            });
            let outcome = parent.run(case("$rewind.fault('null');")).outcome;
            assert_eq!(outcome.kind(), "crashed");
            assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
            poison(&parent, code);
            parent.say(&ToWorker::Ping { token: 1 });
            assert_eq!(parent.end().0, ExitStatus::Signaled(signal), "{tracking}");
            assert_eq!(parent.hear(), None, "nobody says anything after that");
        }
    }
}

/// What is sent by somebody strikes no instruction that could run again.
#[test]
fn fault_signal_sent_while_no_case_runs_kills_the_worker() {
    for tracking in TIERS {
        for signal in [11, 7, 8, 4, 6, 5, 31] {
            let mut parent = Parent::ready(Hello {
                tracking,
                ..hello()
            });
            let outcome = parent.run(case("$rewind.fault('null');")).outcome;
            assert_eq!(outcome.kind(), "crashed");
            parent.child().signal(signal).expect("signalled");
            assert_eq!(
                parent.end().0,
                ExitStatus::Signaled(signal),
                "{tracking}, {signal}"
            );
        }
    }
}

/// What a case writes to descriptor 2 is its own, and what the worker says there its parent's.
#[test]
fn last_words_of_the_worker_reach_its_parent_and_not_those_of_its_cases() {
    let mut parent = Parent::ready(hello());
    assert_eq!(
        parent.run(case("$rewind.fault('flood');")).outcome,
        Outcome::Completed
    );
    parent.send(&[0; 64]);
    let (status, text) = parent.end();
    assert_eq!(status, ExitStatus::Exited(3));
    assert!(
        text.starts_with("error: failed to read what the parent says"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

/// The timer of a case that is over may fire late: that is nobody's deadline.
#[test]
fn deadline_that_passes_while_no_case_runs_is_nobodys() {
    let mut parent = Parent::ready(hello());
    let deadline = std::time::Duration::from_secs(2);
    let quick = Run {
        deadline_ms: 2000,
        ..case("1;")
    };
    assert_eq!(parent.run(quick).outcome, Outcome::Completed);
    std::thread::sleep(deadline);
    assert_eq!(parent.drain().counters.timeouts, 0);
}
