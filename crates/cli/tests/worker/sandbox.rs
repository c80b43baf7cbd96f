//! What a test does to processes and objects that aren't its own, in a sandbox
//! and outside of one; and what is said where there is none to be had.

use crate::parent::{Parent, case, hello};
use crate::place::{Place, without_rights};
use crate::seccomp;
use crate::support::Corpus;
use rewind_protocol::{Finished, Hello, Outcome};
use rewind_sys::process::ExitStatus;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

/// The program, about to say something.
fn rewind(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
    command.args(words.split_whitespace());
    command
}

/// Why there is no sandbox here; `None` if there is.
fn refusal() -> Option<String> {
    let tried = rewind("worker --try-sandbox").output().expect("started");
    let said = String::from_utf8(tried.stderr).expect("UTF-8");
    (!tried.status.success()).then_some(said)
}

/// `true` where there is a sandbox. Where there is none a run must say so, and why.
fn available() -> bool {
    let Some(reason) = refusal() else {
        return true;
    };
    let said = Corpus::new(&[("a.js", "", "1;")]).rewind("run --sandbox");
    assert_eq!(said.code, Some(3), "{said:?}");
    let reason = reason.trim().trim_start_matches("error: failed to ");
    assert!(!reason.is_empty() && said.err.contains(reason), "{said:?}");
    false
}

fn actions(words: &[&str]) -> Parent {
    let hello = Hello {
        guest: "actions".to_owned(),
        ..hello()
    };
    Parent::greet_with(words, hello).0
}

fn scripts(words: &[&str]) -> Parent {
    Parent::greet_with(words, hello()).0
}

fn output(finished: &Finished) -> String {
    assert_eq!(finished.outcome, Outcome::Completed);
    String::from_utf8_lossy(&finished.output).into_owned()
}

/// Takes whatever has come.
fn received(socket: &UdpSocket) -> bool {
    socket.set_nonblocking(true).expect("non-blocking");
    socket.recv(&mut [0; 8]).is_ok()
}

#[test]
fn signals_and_debuggers_do_not_get_out_of_a_sandbox() {
    let mut victim = actions(&[]);
    let (own, other) = (std::process::id(), victim.child().pid());
    let reach = format!(
        "kill {other} 0\nkill {own} 0\ntrace {other}\ntrace {own}\n\
         kill {other} 9\nkill -1 9\nkill-parent 9\nprint-parent"
    );
    if available() {
        let mut parent = actions(&["--sandbox"]);
        for _ in 0..2 {
            assert_eq!(
                output(&parent.run(case(&*reach))),
                "kill errno 3\nkill errno 3\nptrace errno 3\nptrace errno 3\n\
                 kill errno 3\nkill errno 3\nkill worked\nparent 1\n"
            );
        }
        assert_eq!(parent.drain().counters.cases, 2);
    }
    assert_eq!(output(&victim.run(case("poke 1"))), "", "it lives");
    // Outside it does: otherwise this would prove nothing.
    let mut parent = actions(&[]);
    let reach = format!("kill {other} 0\nkill {own} 0\nkill {other} 9");
    assert_eq!(
        output(&parent.run(case(&*reach))),
        "kill worked\nkill worked\nkill worked\n"
    );
    assert_eq!(victim.end().0, ExitStatus::Signaled(libc::SIGKILL));
}

/// Workers of guests that reach the process take spaces of their own here.
fn has_own_spaces() -> bool {
    #[expect(unsafe_code, reason = "unshare has no safe wrapper here")]
    // SAFETY: takes a number, and concerns nobody but the thread that ends right after.
    let unshare = || unsafe { libc::unshare(libc::CLONE_NEWIPC) == 0 };
    std::thread::spawn(unshare).join().expect("a thread")
}

#[test]
fn files_messages_and_datagrams_do_not_get_out_of_a_sandbox() {
    let name = format!("rewind-sandbox-{}", std::process::id());
    let folder = tempfile::tempdir_in("/tmp").expect("folder");
    let kept = tempfile::tempdir_in("/tmp").expect("folder");
    let places = [
        Path::new("/dev/shm").join(&name),
        folder.path().join("escaped"),
        Path::new("/tmp").join(&name),
    ];
    let sealed = kept.path().join("escaped");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("socket");
    let port = socket.local_addr().expect("bound").port();
    #[expect(unsafe_code, reason = "System V queues have no safe wrapper")]
    // SAFETY: takes numbers.
    let queue = unsafe { libc::msgget(0x5eed_0001, libc::IPC_CREAT | 0o600) };
    assert_ne!(queue, -1, "a queue of messages");
    let reach = format!(
        "open-for-writing {}\nopen-for-writing {}\nopen-for-writing {}\n\
         open-for-writing {}\nsend-to {port}\nqueue-message {}",
        places[0].display(),
        places[1].display(),
        places[2].display(),
        sealed.display(),
        0x5eed_0001,
    );
    if available() {
        let keep = kept.path().to_str().expect("UTF-8");
        let mut parent = actions(&["--sandbox", "--keep", keep]);
        // 2: not there; 30: can only be read.
        assert_eq!(
            output(&parent.run(case(&*reach))),
            "open worked\nopen errno 2\nopen worked\nopen errno 30\n\
             sendto worked\nmsgget errno 2\n"
        );
        assert!(places.iter().chain([&sealed]).all(|place| !place.exists()));
        assert!(!received(&socket));
    }
    let mut parent = actions(&[]);
    // Who has the right to gets queues and /dev/shm of its own without a sandbox, too.
    let (queue_found, shared) = if has_own_spaces() {
        ("errno 2", 1)
    } else {
        ("worked", 0)
    };
    assert_eq!(
        output(&parent.run(case(&*reach))),
        format!(
            "open worked\nopen worked\nopen worked\nopen worked\n\
             sendto worked\nmsgget {queue_found}\n"
        )
    );
    let out: Vec<_> = places.iter().skip(shared).chain([&sealed]).collect();
    assert!(out.iter().all(|place| place.exists()));
    assert!(received(&socket));
    for place in out {
        std::fs::remove_file(place).expect("removed");
    }
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: the queue is this test's.
    unsafe {
        libc::msgctl(queue, libc::IPC_RMID, std::ptr::null_mut())
    };
}

#[test]
fn end_of_a_worker_in_a_sandbox_is_seen_as_it_was() {
    if !available() {
        return;
    }
    let ends = [
        ("kill-self", ExitStatus::Signaled(libc::SIGKILL)),
        ("raise:15", ExitStatus::Signaled(libc::SIGTERM)),
        ("raise:40", ExitStatus::Signaled(40)),
        ("raw-exit", ExitStatus::Exited(5)),
    ];
    for (fault, status) in ends {
        let mut parent = scripts(&["--sandbox"]);
        parent.ask(case(format!("$rewind.fault('{fault}');")));
        while parent.hear().is_some() {}
        assert_eq!(parent.end(), (status, String::new()), "{fault}");
    }
    let mut parent = scripts(&["--sandbox"]);
    let crashed = parent.run(case("$rewind.fault('null');"));
    assert_eq!(crashed.outcome.kind(), "crashed");
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    assert_eq!(parent.drain().counters.crashes, 1);
}

#[test]
fn what_a_case_leaves_in_a_sandbox_is_put_back() {
    if !available() {
        return;
    }
    let look = "print-descriptors\nprint-files\nprint-children\nprint-threads\nprint-cwd";
    let mut parent = actions(&["--sandbox"]);
    let before = output(&parent.run(case(look)));
    for leaves in [
        "take-processes 5",
        "make-file left\nmake-temporary-file left",
        "take-memory 4\ntake-descriptors 9\nchdir /",
    ] {
        assert_eq!(
            parent.run(case(leaves)).outcome,
            Outcome::Completed,
            "{leaves}"
        );
        assert_eq!(output(&parent.run(case(look))), before, "{leaves}");
    }
    // Rights of its own it has none to lose.
    let finished = parent.run(case("open-for-writing /proc/sys/kernel/core_pattern"));
    assert_eq!(output(&finished), "open errno 30\n");
    assert_eq!(parent.drain().counters.cases, 8);
}

/// Processes that descend from `process`, itself among them.
fn family(process: &str) -> Vec<String> {
    let listed = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let listed = listed.unwrap_or_default();
    let children = listed.split_whitespace().flat_map(family);
    std::iter::once(process.to_owned())
        .chain(children)
        .collect()
}

#[test]
fn nothing_of_a_sandbox_outlives_who_started_it() {
    if !available() {
        return;
    }
    let mut parent = actions(&["--sandbox"]);
    parent.ask(case("take-processes 3\nburn"));
    let process = parent.child().pid().to_string();
    // Outside, first, worker and three: the case says nothing when it has them.
    let all = loop {
        let all = family(&process);
        if all.len() == 6 {
            break all;
        }
        std::thread::yield_now();
    };
    parent.child().kill().expect("killed");
    assert_eq!(parent.end().0, ExitStatus::Signaled(libc::SIGKILL));
    let gone = |process: &String| {
        // A zombie that nobody has reaped yet runs nothing any more.
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
        stat.map_or(true, |stat| stat.contains(") Z "))
    };
    while !all.iter().all(gone) {
        std::thread::yield_now();
    }
}

/// Verdict, expectedness and kind of outcome of each case of the default corpus.
fn verdicts(words: &str) -> BTreeMap<String, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let said = Corpus::new(&[]).rewind(&format!(
        "run --root {root} --no-cache -j 2 --format ndjson --progress off {words}"
    ));
    assert_eq!(said.code, Some(0), "{words}: {}", said.err);
    let lines = said.lines();
    let cases = lines.iter().filter(|line| line["type"] == "case");
    cases
        .map(|line| {
            let name = format!("{} {}", line["path"], line["variant"]);
            let outcome = &line["outcome"]["kind"];
            (
                name,
                format!("{} {} {outcome}", line["verdict"], line["expected"]),
            )
        })
        .collect()
}

#[test]
fn verdicts_in_a_sandbox_are_those_without() {
    if !available() {
        return;
    }
    let usual = verdicts("");
    assert!(usual.len() > 500, "only {} cases", usual.len());
    let sandboxed = verdicts("--sandbox");
    for (name, verdict) in &usual {
        assert_eq!(Some(verdict), sandboxed.get(name), "{name}");
    }
    assert_eq!(sandboxed.len(), usual.len());
}

#[test]
fn every_strategy_and_dialect_works_in_a_sandbox() {
    if !available() {
        return;
    }
    let corpus = Corpus::new(&[("a.js", "", "1;"), ("b.js", "", "throw 1;")]);
    for words in [
        "--isolation fork",
        "--isolation spawn",
        "--isolation none",
        "--tracking mprotect",
        "--tracking copy",
        "--dialect lambda-v1",
    ] {
        let said = corpus.rewind(&format!("run --sandbox --faults --format ndjson {words}"));
        assert_eq!(said.code, Some(1), "{words}: {said:?}");
        let summary = said.lines().pop().expect("a summary");
        let counts = ["pass", "fail", "lost"].map(|name| summary[name].as_u64());
        assert_eq!(counts, [Some(2), Some(2), Some(0)], "{words}: {said:?}");
    }
}

#[test]
fn user_without_rights_has_a_sandbox_or_hears_why_not() {
    let place = Place::of(Corpus::new(&[("a.js", "", "1;")]));
    let tried = place.says(without_rights(), "worker --try-sandbox");
    let run = "run --sandbox --faults --no-cache --format ndjson";
    let said = place.says(without_rights(), run);
    if tried.code == Some(0) {
        assert_eq!(said.code, Some(0), "{said:?}");
    } else {
        let reason = tried.err.trim().trim_start_matches("error: failed to ");
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains(reason), "{reason}: {said:?}");
    }
}

#[test]
fn refusal_names_who_refuses_and_the_mend() {
    let corpus = Corpus::new(&[("a.js", "", "1;")]);
    for (errno, said_by_system) in [
        (libc::EPERM, "Operation not permitted"),
        (libc::ENOSYS, "Function not implemented"),
    ] {
        seccomp::without_namespaces(errno, || {
            let said = corpus.rewind("run --sandbox");
            assert_eq!(said.code, Some(3), "{said:?}");
            assert!(
                said.err.starts_with(&format!(
                    "error: failed to shut the workers off (--sandbox): call unshare: \
                     {said_by_system}"
                )),
                "{said:?}"
            );
            assert!(said.err.contains("seccomp=unconfined"), "{said:?}");
            assert_eq!(corpus.rewind("run").code, Some(0), "without it all is well");
            let said = corpus.rewind("doctor --format ndjson");
            let lines = said.lines();
            let found = lines.iter().find(|line| line["name"] == "sandbox");
            let found: &Value = found.expect("a finding");
            assert_eq!(found["status"], "warn");
            let detail = found["detail"].as_str().expect("text");
            assert!(detail.contains("seccomp=unconfined"), "{detail}");
        });
    }
}

#[test]
fn doctor_tells_of_a_sandbox_what_a_run_finds() {
    let said = Corpus::new(&[]).rewind("doctor --format ndjson");
    let lines = said.lines();
    let found = lines.iter().find(|line| line["name"] == "sandbox");
    let expected = if refusal().is_none() { "ok" } else { "warn" };
    assert_eq!(found.expect("a finding")["status"], expected);
}
