//! Limits of a case: whoever breaks one gets an honest answer, and the next
//! case finds everything as it was.

use crate::parent::{Parent, case, hello};
use crate::support::Corpus;
use rewind_protocol::{Finished, GroupName, Hello, Outcome, RetireReason, Run};
use rewind_sys::process::{self, ExitStatus, Identity, Realm, group};

/// A worker whose guest can do whatever a process can, with limits.
fn worker(words: &[&str]) -> Parent {
    let hello = Hello {
        guest: "actions".to_owned(),
        ..hello()
    };
    Parent::greet_with(words, hello).0
}

/// A case whose wall-clock time doesn't matter, however little of a processor it gets.
fn patient(source: &str) -> Run {
    Run {
        deadline_ms: 100_000,
        ..case(source)
    }
}

fn output(finished: &Finished) -> String {
    String::from_utf8_lossy(&finished.output).into_owned()
}

fn message(finished: &Finished) -> String {
    match &finished.outcome {
        Outcome::Threw { thrown, .. } => format!("{}: {}", thrown.name, thrown.message),
        other => panic!("no throw but {other:?}"),
    }
}

fn signal(finished: &Finished) -> i32 {
    match &finished.outcome {
        Outcome::Crashed(site) if !site.worker_died => site.signal,
        other => panic!("no crash but {other:?}"),
    }
}

/// The worker still serves, in the same process, and has nothing of what was taken.
fn unharmed(parent: &mut Parent, cases: u64) {
    let look = "print-descriptors\nprint-files\nprint-children\nprint-threads\n";
    let first = output(&parent.run(case(look)));
    let fresh = output(&worker(&[]).run(case(look)));
    assert_eq!(first, fresh);
    let work = parent.run(case("take-memory 4\ntake-descriptors 8\nfill-file small 1"));
    assert_eq!(work.outcome, Outcome::Completed);
    let retiring = parent.drain();
    assert_eq!(retiring.reason, RetireReason::Drained, "{retiring:?}");
    assert_eq!(retiring.counters.cases, cases + 2);
}

#[test]
fn memory_beyond_the_limit_is_refused_to_the_case_alone() {
    let mut parent = worker(&["--memory-limit", "64"]);
    for _ in 0..2 {
        let finished = parent.run(case("take-memory 1000"));
        assert_eq!(
            message(&finished),
            "ActionError: mmap: Cannot allocate memory"
        );
        let said = output(&finished);
        let taken: u64 = said
            .trim()
            .trim_start_matches("took ")
            .parse()
            .expect("a number");
        assert!((64..=128).contains(&taken), "{taken}");
    }
    unharmed(&mut parent, 2);
}

#[test]
fn descriptors_beyond_the_limit_are_refused_to_the_case_alone() {
    for (words, least) in [(&["--open-files-limit", "40"][..], 30), (&[], 1000)] {
        let mut parent = worker(words);
        let finished = parent.run(case("take-descriptors 5000"));
        assert_eq!(message(&finished), "ActionError: open: Too many open files");
        let said = output(&finished);
        let taken: u64 = said
            .trim()
            .trim_start_matches("took ")
            .parse()
            .expect("a number");
        assert!((least..least + 40).contains(&taken), "{taken}");
        unharmed(&mut parent, 1);
    }
}

#[test]
fn file_beyond_the_limit_ends_the_case_by_its_signal() {
    let mut parent = worker(&["--file-size-limit", "2"]);
    for _ in 0..2 {
        let finished = parent.run(case("fill-file large 3"));
        assert_eq!(signal(&finished), libc::SIGXFSZ, "{:?}", finished.outcome);
    }
    let finished = parent.run(case("ignore-signal 25\nfill-file large 3"));
    assert_eq!(message(&finished), "ActionError: write: File too large");
    assert_eq!(output(&finished), "took 512\n");
    unharmed(&mut parent, 3);
}

#[test]
fn cpu_time_beyond_the_limit_ends_the_case_by_its_signal() {
    let mut parent = worker(&["--cpu-limit", "1"]);
    for _ in 0..2 {
        let finished = parent.run(patient("burn"));
        assert_eq!(signal(&finished), libc::SIGXCPU, "{:?}", finished.outcome);
    }
    // The worker has used more than the limit by now, and goes on.
    unharmed(&mut parent, 2);
}

#[test]
fn cpu_time_of_threads_counts_and_they_end_with_their_worker() {
    let mut parent = worker(&["--cpu-limit", "1"]);
    let finished = parent.run(patient("take-threads 3\nburn"));
    assert_eq!(signal(&finished), libc::SIGXCPU, "{:?}", finished.outcome);
    assert_eq!(parent.farewell().reason, RetireReason::ThreadsLeft);
}

#[test]
fn output_beyond_what_is_kept_is_counted() {
    const MIB: u64 = 1 << 20;
    let mut parent = worker(&[]);
    for number in [1, 2] {
        let finished = parent.run(case(format!("fill-output {number} 3")));
        assert_eq!(finished.outcome, Outcome::Completed);
        assert_eq!(finished.output.len() as u64, MIB);
        assert_eq!(finished.output_dropped, 2 * MIB);
        assert!(finished.output.iter().all(|byte| *byte == b'x'));
    }
    // More than is even counted is refused to the case.
    let finished = parent.run(case("fill-output 1 5"));
    assert_eq!(finished.outcome.kind(), "threw");
    assert_eq!(finished.output_dropped, 3 * MIB);
    let finished = parent.run(case("write 1 word"));
    assert_eq!(
        (output(&finished).as_str(), finished.output_dropped),
        ("word", 0)
    );
    unharmed(&mut parent, 4);
}

/// The kernel holds users to the limit, and root where there are groups that
/// count processes. Where there are none, a worker of root's says so.
#[test]
fn processes_beyond_the_limit_are_refused_to_the_case_alone() {
    let words = ["--process-limit", "20"];
    if let Err(error) = group::attempt()
        && rewind_sys::process::user() == 0
    {
        let mut parent = Parent::start_with(&words);
        assert_eq!(parent.hear(), None);
        let (status, said) = parent.end();
        assert_eq!(status, ExitStatus::Exited(3));
        assert!(said.contains(&error.to_string()), "{said}");
        return;
    }
    let mut parent = worker(&words);
    for _ in 0..2 {
        let finished = parent.run(case("take-processes 60"));
        let refused = "ActionError: fork: Resource temporarily unavailable";
        assert_eq!(message(&finished), refused);
        assert!(output(&finished).starts_with("took "), "{finished:?}");
    }
    let name = group_of(&parent);
    unharmed(&mut parent, 2);
    group::remove(&name);
}

/// Processes that root's cases start without a limit are ended like all others.
#[test]
fn processes_that_stay_are_ended_without_a_limit_too() {
    let mut parent = worker(&[]);
    let finished = parent.run(case("take-processes 60"));
    assert_eq!(finished.outcome, Outcome::Completed);
    unharmed(&mut parent, 1);
}

/// A worker that dies with its children around it leaves none of them, nor the
/// group, where root's are counted.
#[test]
fn group_goes_with_its_worker() {
    let corpus = Corpus::new(&[(
        "a.js",
        "",
        "$rewind.fault('fork-bomb'); $rewind.fault('kill-self');",
    )]);
    let said = corpus.rewind("run --faults --process-limit 50 --format ndjson -j 1");
    if group::attempt().is_err() && rewind_sys::process::user() == 0 {
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains("mkdir(cgroup)"), "{said:?}");
        return;
    }
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.lines().pop().expect("a summary");
    let counts = ["crash", "lost"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(2), Some(0)], "{said:?}");
    // A sweep asks about each group that is there.
    let gone = std::cell::RefCell::new(Vec::new());
    group::sweep(|name| {
        let left = GroupName::parse(name).is_some_and(|it| !rewind_sys::process::exists(it.parent));
        if left {
            gone.borrow_mut().push(name.to_owned());
        }
        false
    });
    let gone = gone.into_inner();
    assert_eq!(gone, [""; 0], "groups of parents that are gone");
}

fn group_of(parent: &Parent) -> String {
    let own = Identity::of(process::own()).expect("/proc");
    let name = GroupName {
        parent: own.pid.0,
        parent_started: own.started,
        worker: parent.child().pid().0,
        namespace: Realm::current().expect("/proc").namespace,
    };
    name.to_string()
}

#[test]
fn child_that_exits_or_faults_does_not_go_on_as_the_worker() {
    let mut parent = worker(&[]);
    for action in ["child-exits", "child-faults"] {
        let finished = parent.run(case(action));
        assert_eq!(finished.outcome, Outcome::Completed, "{action}");
    }
    unharmed(&mut parent, 2);
}

#[test]
fn limits_given_to_a_run_reach_its_workers_and_a_replay() {
    let corpus = Corpus::new(&[
        ("cpu.js", "flags: [raw]", "$rewind.fault('hang');"),
        (
            "memory.js",
            "flags: [raw]",
            "var all = []; for (;;) all.push(new Array(1 << 16).fill(1));",
        ),
        ("next.js", "flags: [raw]", "1;"),
    ]);
    let limits = "--cpu-limit 1 --memory-limit 32";
    let words = "--faults --timeout 100 -j 1 --format ndjson --order path --results out";
    let run = corpus.rewind(&format!("run {limits} {words}"));
    let again = corpus.rewind("replay out --format ndjson");
    // A replay is content where it finds what was recorded.
    for (said, code) in [(run, 1), (again, 0)] {
        assert_eq!(said.code, Some(code), "{said:?}");
        let lines = said.lines();
        assert_eq!(lines[0]["limits"], "--memory-limit 32 --cpu-limit 1");
        let told = |name: &str| {
            let path = format!("test/{name}.js");
            let line = lines.iter().find(|line| line["path"] == *path);
            let line = line.unwrap_or_else(|| panic!("no {path}: {said:?}"));
            format!("{} {}", line["verdict"], line["why"])
        };
        assert_eq!(told("cpu"), "\"crash\" \"SIGXCPU, beyond --cpu-limit\"");
        assert_eq!(told("memory"), "\"fail\" \"ran out of guest memory\"");
        assert_eq!(told("next"), "\"pass\" null");
        let summary = lines.last().expect("a summary");
        assert_eq!(
            (&summary["restarts"], &summary["lost"]),
            (&0.into(), &0.into())
        );
    }
}

#[test]
fn worker_goes_first_where_memory_runs_out() {
    let mut parent = worker(&[]);
    assert_eq!(parent.run(case("poke 1")).outcome, Outcome::Completed);
    let file = format!("/proc/{}/oom_score_adj", parent.child().pid());
    let said = std::fs::read_to_string(file).expect("a running worker");
    assert_eq!(said.trim(), "500");
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    let corpus = Corpus::new(&[("a.js", "", "1;")]);
    for (words, mend) in [
        ("--cpu-limit 0", "use a number from 1, or `none`"),
        ("--memory-limit lots", "use a number from 1, or `none`"),
        ("--process-limit", "a value is required"),
        ("--sandbox --worker-command x", "cannot be used with"),
        (
            "--file-size-limit 1 --worker-command x",
            "cannot be used with",
        ),
    ] {
        let said = corpus.rewind(&format!("run {words}"));
        assert_eq!(said.code, Some(2), "{words}: {said:?}");
        assert!(said.err.contains(mend), "{words}: {said:?}");
    }
    corpus.write("rewind.toml", "[profile.default]\ncpu-limit = 3\n");
    let said = corpus.rewind("run --worker-command x");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--cpu-limit 3 is for this"), "{said:?}");
    let said = corpus.rewind("run --format ndjson");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.lines()[0]["limits"], "--cpu-limit 3");
}
