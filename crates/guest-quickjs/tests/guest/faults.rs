//! `$rewind`: each fault in a child process, seen from outside.

use crate::common::{Fixture, completed, sloppy, threw};
use rewind_guest::{Attributes, ErrorPhase, Variant};
use rewind_guest::{CaseInput, Evaluation, Guest};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

/// Names the fault in the child; the child is this file's `child` test.
const KIND: &str = "REWIND_TEST_FAULT";

#[test]
#[expect(unsafe_code, reason = "signal actions are the C library's")]
fn child() {
    let Ok(kind) = std::env::var(KIND) else {
        return;
    };
    // Some faults write to every descriptor: those that were inherited are
    // somebody else's.
    // SAFETY: nothing in this process uses a descriptor above the standard ones.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    // A default action for each signal, so that the parent sees the signal.
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the default action is always valid.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let fixture = Fixture::with(&[], true);
    let source = format!("$rewind.fault('{kind}')");
    if kind == "oom" {
        run_out_of_memory(&fixture, &source);
    }
    completed(&fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", &source));
}

/// Ends the process with 0 if the engine says that it had no memory left. Rust
/// has none either by then.
#[expect(unsafe_code, reason = "limits are the C library's")]
fn run_out_of_memory(fixture: &Fixture, source: &str) -> ! {
    let limit = libc::rlimit {
        rlim_cur: 1 << 30,
        rlim_max: 1 << 30,
    };
    // SAFETY: the limit is readable.
    let limited = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    let case = CaseInput {
        path: "a.js",
        source: source.as_bytes(),
        variant: Variant::named(&"sloppy"),
        attributes: Attributes::NONE,
    };
    let evaluation = fixture.guest.run(fixture.host, &case);
    let told = limited == 0 && evaluation == Evaluation::OutOfMemory;
    // SAFETY: callable at any time.
    unsafe { libc::_exit(i32::from(!told)) };
}

fn ended_by(kind: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::child", "--test-threads=1"])
        .env(KIND, kind)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[test]
fn faults_end_their_process_by_the_signal_they_promise() {
    for (kind, signal) in [
        ("null", libc::SIGSEGV),
        ("jump", libc::SIGSEGV),
        ("segv", libc::SIGSEGV),
        ("stack", libc::SIGSEGV),
        ("stdio-lock", libc::SIGSEGV),
        ("malloc-lock", libc::SIGSEGV),
        ("in-handler", libc::SIGSEGV),
        ("longjmp", libc::SIGSEGV),
        ("bus", libc::SIGBUS),
        ("fpe", libc::SIGFPE),
        ("ill", libc::SIGILL),
        ("trap", libc::SIGTRAP),
        ("sys", libc::SIGSYS),
        ("abort", libc::SIGABRT),
        ("double-free", libc::SIGABRT),
        ("kill-self", libc::SIGKILL),
        ("raise:15", libc::SIGTERM),
    ] {
        assert_eq!(ended_by(kind).signal(), Some(signal), "{kind}");
    }
}

#[test]
fn engine_without_memory_says_so() {
    assert_eq!(ended_by("oom").code(), Some(0));
}

#[test]
fn exits_end_their_process_with_the_code_they_promise() {
    for (kind, code) in [
        ("exit", 3),
        ("_exit", 4),
        ("raw-exit", 5),
        ("quick-exit", 6),
    ] {
        assert_eq!(ended_by(kind).code(), Some(code), "{kind}");
    }
}

#[test]
fn output_faults_return() {
    for kind in ["flood", "forge", "fd-leak", "fd-exhaust", "fork-bomb"] {
        assert_eq!(ended_by(kind).code(), Some(0), "{kind}");
    }
}

#[test]
fn unknown_kinds_are_refused_with_a_list() {
    let fixture = Fixture::with(&[], true);
    let attributes = Attributes::NONE;
    for kind in ["'tea'", "'raise:'", "'raise:x'", ""] {
        let source = format!("$rewind.fault({kind})");
        let seen = fixture.run(Variant::named(&"sloppy"), attributes, "a.js", &source);
        threw(&seen, ErrorPhase::RUNTIME, "TypeError");
        assert!(seen.message.contains("hang-blocked"), "{seen:#?}");
    }
}

#[test]
fn markers_reach_the_host() {
    let fixture = Fixture::with(&[], true);
    let source = "$rewind.marker('fast-path-hit=a'); $rewind.marker('b')";
    let seen = fixture.run(Variant::named(&"sloppy"), Attributes::NONE, "a.js", source);
    completed(&seen);
    assert_eq!(seen.markers, "fast-path-hit=a\nb\n");
}

#[test]
fn nothing_is_offered_unless_it_was_asked_for() {
    completed(&sloppy("assert.same(typeof $rewind, 'undefined')"));
}
