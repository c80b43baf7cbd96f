//! Workers that can't be used, sources that can't be read, runs that are stopped.

use crate::common::{Bench, Told, is_lost};
use rewind_harness::{
    Death, Event, HarnessError, RunConfig, RunTotals, Stop, StopFlag, WorkerCommand,
};
use rewind_plan::CaseId;
use rewind_protocol::{Isolation, Outcome};
use std::time::{Duration, Instant};

/// The error of a run whose workers are started with these arguments.
fn no_worker(args: &[&str]) -> String {
    let bench = Bench::quiet(10);
    let mut config = bench.config(2, args);
    config.patience.start = Duration::from_millis(700);
    let (told, result) = bench.run(&config);
    assert!(told.answers.is_empty());
    let error = result.unwrap_err();
    match &error {
        HarnessError::NoWorker {
            in_a_row: 3,
            totals,
            ..
        } => {
            assert_eq!((totals.not_run, totals.answered, totals.cases), (10, 0, 10));
        }
        other => panic!("{other}"),
    }
    error.to_string()
}

#[track_caller]
fn assert_says(text: &str, part: &str) {
    assert!(text.contains(part), "{text}");
    let start = "keep a worker alive: 3 or more in a row ended before they had answered a case, \
                 and 10 cases were not run; the last one: worker ";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn worker_that_dies_before_its_greeting_is_an_error_with_its_last_words() {
    let text = no_worker(&["--stderr", "the engine is broken", "--boot", "exit:7"]);
    assert_says(
        &text,
        "did not start: it exited with status 7 before it had answered the greeting",
    );
    assert!(
        text.ends_with("it wrote to its standard error:\nthe engine is broken"),
        "{text}"
    );
}

#[test]
fn worker_that_is_killed_before_its_greeting_is_an_error() {
    assert_says(
        &no_worker(&["--boot", "kill:9"]),
        "it was killed by signal 9 before",
    );
}

#[test]
fn worker_that_never_greets_is_an_error() {
    assert_says(
        &no_worker(&["--boot", "hang"]),
        "it did not answer the greeting within 0.7 s",
    );
}

#[test]
fn worker_that_writes_garbage_is_an_error() {
    assert_says(
        &no_worker(&["--boot", "garbage"]),
        "broke the protocol and was killed: read the frame",
    );
}

#[test]
fn worker_that_closes_its_output_is_an_error() {
    assert_says(
        &no_worker(&["--boot", "close"]),
        "did not leave when it had to",
    );
}

#[test]
fn worker_that_refuses_is_an_error_with_its_reason() {
    let text = no_worker(&["--refuse", "this guest is not built in"]);
    assert_says(&text, "did not start: this guest is not built in");
}

#[test]
fn worker_of_another_version_is_an_error_with_both_versions() {
    assert_says(
        &no_worker(&["--major", "7"]),
        "speaks 2.0 and the other side 7.0; update",
    );
    assert_says(
        &no_worker(&["--major", "0"]),
        "speaks 2.0 and the other side 0.0; update",
    );
}

#[test]
fn worker_that_dies_right_after_its_greeting_is_an_error_and_blames_no_case() {
    let bench = Bench::quiet(100);
    let (told, result) = bench.run(&bench.config(1, &["--ready", "exit:1"]));
    assert!(told.deaths.iter().all(|(_, _, blamed, _)| blamed.is_none()));
    // Each is under suspicion in turn, until it is clear that it's the workers.
    assert!(
        told.answers
            .values()
            .flatten()
            .all(|(_, _, finished)| is_lost(finished))
    );
    assert!(
        (3..=30).contains(&told.deaths.len()),
        "{}",
        told.deaths.len()
    );
    let text = result.unwrap_err().to_string();
    assert!(text.contains("exited with status 1"), "{text}");
}

#[test]
fn executable_that_is_not_there_is_an_error_naming_it() {
    let bench = Bench::quiet(10);
    let mut config = bench.config(2, &[]);
    config.command = WorkerCommand::new("/nowhere/rewind", ["worker"]);
    let (_, result) = bench.run(&config);
    let text = result.unwrap_err().to_string();
    assert_says(
        &text,
        "did not start: /nowhere/rewind: call posix_spawn: No such file",
    );
}

#[test]
fn source_that_is_missing_spoils_its_case_alone() {
    let bench = Bench::quiet(20);
    std::fs::remove_file(bench.plan.root.join("case-7.js")).unwrap();
    let (told, totals) = bench.run(&bench.config(2, &[]));
    let totals = totals.unwrap();
    assert_eq!(
        (totals.answered, totals.unreadable, totals.not_run),
        (19, 1, 0)
    );
    assert!(
        told.unreadable[&7].contains("case-7.js: No such file"),
        "{}",
        told.unreadable[&7]
    );
}

#[test]
fn harness_file_that_is_missing_spoils_the_cases_that_need_it() {
    let bench = Bench::quiet(20);
    std::fs::remove_file(bench.plan.root.join("b.js")).unwrap();
    let (told, totals) = bench.run(&bench.config(2, &[]));
    // Preamble 1 needs it; preambles 0 and 2 and the bare engine don't.
    assert_eq!(totals.unwrap().unreadable, 5);
    assert!(
        told.unreadable
            .iter()
            .all(|(case, why)| case % 4 == 1 && why.contains("b.js"))
    );
}

#[test]
fn source_that_is_too_large_spoils_its_case_alone() {
    let bench = Bench::quiet(3);
    std::fs::write(bench.plan.root.join("case-1.js"), vec![b' '; 25 << 20]).unwrap();
    let (told, totals) = bench.run(&bench.config(1, &[]));
    assert_eq!(totals.unwrap().unreadable, 1);
    assert!(
        told.unreadable[&1].contains("a frame holds at most"),
        "{}",
        told.unreadable[&1]
    );
}

#[test]
fn large_source_arrives_whole() {
    let bench = Bench::quiet(40);
    for number in [3, 4, 30] {
        let path = bench.plan.root.join(format!("case-{number}.js"));
        std::fs::write(path, vec![b' '; 9 << 20]).unwrap();
    }
    let (told, totals) = bench.run(&bench.config(2, &[]));
    bench.check(&told, &totals.unwrap());
}

#[test]
fn plan_without_cases_starts_no_worker() {
    let bench = Bench::quiet(0);
    let (told, totals) = bench.run(&bench.config(2, &[]));
    assert_eq!((totals.unwrap().workers, told.ready.len()), (0, 0));
}

#[test]
fn cases_alone_have_a_worker_each() {
    let bench = Bench::quiet(12);
    let mut config = bench.config(2, &[]);
    config.setup.isolation = Isolation::Spawn;
    let (told, totals) = bench.run(&config);
    let totals = totals.unwrap();
    bench.check(&told, &totals);
    assert_eq!((totals.workers, totals.counters.cases), (12, 12));
    let mut workers: Vec<_> = told.answers.values().map(|answers| answers[0].1).collect();
    workers.sort();
    workers.dedup();
    assert_eq!(workers.len(), 12);
}

#[test]
fn first_stop_lets_running_cases_finish_and_starts_no_others() {
    let bench = Bench::quiet(50_000);
    let stop = StopFlag::new();
    let (told, totals) = bench.run_with(&bench.config(2, &["--case-us", "100"]), &stop, |event| {
        if matches!(event, Event::Answered { case, .. } if case.0 == 300) {
            stop.request();
        }
    });
    let totals = totals.unwrap();
    assert!(totals.interrupted);
    assert!(told.deaths.is_empty(), "{:?}", told.deaths);
    assert_eq!(totals.answered, told.answers.len());
    assert_eq!(totals.answered + totals.not_run, 50_000);
    assert!(totals.not_run > 0);
    assert!(
        told.answers
            .values()
            .flatten()
            .all(|(_, _, f)| f.outcome == Outcome::Completed)
    );
}

/// What a run is told to do once its first case runs.
fn when_it_runs(bench: &Bench, config: &RunConfig, act: impl Fn(&StopFlag)) -> (Told, RunTotals) {
    let (stop, mut acted) = (StopFlag::new(), false);
    let (told, totals) = bench.run_with(config, &stop, |event| {
        if matches!(event, Event::Tick { running } if !running.is_empty()) && !acted {
            acted = true;
            act(&stop);
        }
    });
    (told, totals.unwrap())
}

/// Cases of which the first goes on when others are taken back.
fn told_first(count: usize) -> Bench {
    let told = rewind_testkit::Script::in_source("fake begun told").unwrap();
    Bench::new(std::iter::once(told).chain(std::iter::repeat_n(None, count - 1)))
}

#[test]
fn first_stop_takes_back_what_was_sent_and_has_not_begun() {
    let bench = told_first(100);
    let (told, totals) = when_it_runs(&bench, &bench.config(1, &[]), StopFlag::request);
    assert!(
        totals.interrupted && told.deaths.is_empty(),
        "{:?}",
        told.deaths
    );
    assert_eq!(told.answers.keys().collect::<Vec<_>>(), [&0]);
    assert_eq!(
        (totals.answered, totals.not_run, totals.withdrawn),
        (1, 99, 0)
    );
}

#[test]
fn single_cases_are_withdrawn_wherever_they_are_and_the_others_run() {
    let bench = told_first(600);
    // The second was sent, the last not even dealt.
    let unwanted = [1, 5, 200, 599];
    let (told, totals) = when_it_runs(&bench, &bench.config(1, &[]), |stop| {
        stop.withdraw([0, 5, 599, 1, 200, 5, 4711].map(CaseId));
    });
    let mut withdrawn = told.withdrawn.clone();
    withdrawn.sort_unstable();
    assert_eq!(withdrawn, unwanted);
    let run = (0..600).filter(|case| !unwanted.contains(case));
    assert!(run.eq(told.answers.keys().copied()));
    assert_eq!(
        (totals.answered, totals.not_run, totals.withdrawn),
        (596, 0, 4)
    );
    assert!(!totals.interrupted && told.deaths.is_empty());
}

#[test]
fn cases_withdrawn_before_a_run_are_never_sent() {
    let bench = Bench::quiet(20);
    let stop = StopFlag::new();
    stop.withdraw((0..20).map(CaseId));
    let (told, totals) = bench.run_with(&bench.config(2, &[]), &stop, |_| {});
    assert_eq!((told.withdrawn.len(), told.answers.len()), (20, 0));
    assert_eq!(totals.unwrap().not_run, 0);
}

/// A worker that can't give anything back is killed between two cases.
#[test]
fn stop_kills_a_worker_that_gives_nothing_back_once_its_case_is_answered() {
    let script = |text| rewind_testkit::Script::in_source(text).unwrap();
    let hangs = std::iter::repeat_n(script("fake begun hang"), 9);
    let bench = Bench::new(std::iter::once(script("fake begun await")).chain(hangs));
    let mut config = bench.config(1, &["--keeps", "1"]);
    config.patience.stall = Duration::from_secs(3600);
    let (stop, mut looks) = (StopFlag::new(), std::collections::BTreeSet::new());
    let (told, totals) = bench.run_with(&config, &stop, |event| {
        let Event::Tick { running } = event else {
            return;
        };
        looks.extend(running.iter().map(|at| at.since));
        // Looks are ordered after the stop, and answered after it was heeded.
        match looks.len() {
            1 if stop.level() == Stop::No => stop.request(),
            5.. => bench.let_go(),
            _ => {}
        }
    });
    let totals = totals.unwrap();
    assert_eq!(told.answers.keys().collect::<Vec<_>>(), [&0]);
    assert_eq!(
        (totals.answered, totals.not_run, totals.worker_crashes()),
        (1, 9, 0)
    );
    assert_eq!(told.deaths[0].1, Death::Interrupted);
}

#[test]
fn second_stop_kills_workers_that_hang() {
    let bench = Bench::new([rewind_testkit::Script::in_source("fake begun hang").unwrap()]);
    let mut config = bench.config(1, &[]);
    config.patience.stall = Duration::from_secs(3600);
    let stop = StopFlag::new();
    let (told, totals) = bench.run_with(&config, &stop, |event| {
        if matches!(event, Event::Tick { running } if running.len() == 1) {
            stop.request();
        }
    });
    let totals = totals.unwrap();
    assert!(totals.interrupted);
    assert_eq!(
        (totals.answered, totals.not_run, totals.worker_crashes()),
        (0, 1, 0)
    );
    assert_eq!(told.deaths[0].1, Death::Interrupted);
}

#[test]
fn panic_in_the_event_handler_ends_the_workers() {
    let bench = Bench::quiet(1000);
    let config = bench.config(2, &["--case-us", "1000"]);
    let mut pids = Vec::new();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        bench.run_with(&config, &StopFlag::new(), |event| match event {
            Event::WorkerReady { reply, .. } => pids.push(reply.pid),
            Event::Answered { case, .. } if case.0 > 100 => panic!("as planned"),
            _ => {}
        })
    }));
    assert!(result.is_err() && !pids.is_empty());
    for pid in pids {
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }
}

#[test]
fn stderr_of_any_length_holds_no_worker_up() {
    let bench = Bench::quiet(200);
    let text = "x".repeat(100_000);
    let (told, totals) = bench.run(&bench.config(1, &["--stderr", &text]));
    bench.check(&told, &totals.unwrap());
}

/// The parent of the test below: runs cases that hang until it is killed.
#[test]
#[ignore = "a child of parent_that_dies_takes_its_workers_along"]
fn child_that_runs_cases_that_hang() {
    let hang = rewind_testkit::Script::in_source("fake begun hang").unwrap();
    let bench = Bench::new([hang, hang]);
    let mut config = bench.config(2, &[]);
    config.patience.stall = Duration::from_secs(60);
    let _ = bench.run_with(&config, &StopFlag::new(), |event| {
        if let Event::WorkerReady { reply, .. } = event {
            println!("\nworker {}", reply.pid);
        }
    });
}

#[test]
fn parent_that_dies_takes_its_workers_along() {
    use std::io::BufRead;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "failing::child_that_runs_cases_that_hang",
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let pids: Vec<String> = lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("worker ").map(str::to_owned))
        .take(2)
        .collect();
    assert_eq!(pids.len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    // Somebody else reaps them, when it pleases: dead is enough.
    let dead = |pid: &String| match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with(['Z', 'X'])),
        Err(_) => true,
    };
    let start = Instant::now();
    while !pids.iter().all(dead) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{pids:?} live on"
        );
        std::thread::yield_now();
    }
}
