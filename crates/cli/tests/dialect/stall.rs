//! A stranger that hangs, or talks for ever: killed by the parent's watchdog or
//! for its memory, and replaced.

use crate::stranger;
use rewind_harness::{Dialect, Event, RunConfig, StopFlag, WorkerCommand, run};
use rewind_plan::{Case, CaseId, Plan};
use rewind_protocol::{Attributes, Outcome, TimeoutOrigin, Variant};
use std::time::Duration;

const SOURCES: [&str; 5] = [
    "print(\"a\");",
    "hang();",
    "babble();",
    "swell();",
    "print(\"b\");",
];

/// What came of each case, and how many workers died.
fn outcomes(dialect: Dialect, name: &str) -> (Vec<(CaseId, Outcome)>, usize) {
    let root = tempfile::tempdir().expect("folder");
    let case = |number: usize| Case {
        path: format!("{number}.js").into(),
        variant: Variant::named(&"sloppy"),
        preamble: None,
        attributes: Attributes::NONE,
        deadline_ms: 200,
        weight_us: 1,
        bytes: 0,
        test: 0,
        round: 0,
        expectation: None,
    };
    for (number, source) in SOURCES.iter().enumerate() {
        std::fs::write(root.path().join(format!("{number}.js")), source).expect("a file");
    }
    let plan = Plan {
        root: root.path().to_owned(),
        cases: (0..SOURCES.len()).map(case).collect(),
        ..Plan::default()
    };
    let script = format!("exec {} \"$@\"", stranger(name));
    let command = WorkerCommand::new("/bin/sh", ["-c", &script, "worker"]);
    let mut config = RunConfig::new(command, 1);
    config.dialect = dialect;
    config.patience.stall = Duration::from_secs(5);
    config.patience.overrun = Duration::from_millis(200);
    config.setup.rss_hard_limit = 128 << 20;
    let mut answered = Vec::new();
    let totals = run(&plan, &config, &StopFlag::new(), &mut |event| {
        if let Event::Answered { case, finished, .. } = event {
            answered.push((case, finished.outcome.clone()));
        }
    });
    answered.sort_by_key(|(case, _)| *case);
    (answered, totals.expect("a run").worker_crashes())
}

#[test]
fn deadline_and_memory_hold_whatever_a_worker_says_and_blame_one_case_each() {
    let watchdog = Outcome::TimedOut(TimeoutOrigin::Watchdog);
    let expected = [
        (CaseId(0), Outcome::Completed),
        (CaseId(1), watchdog.clone()),
        (CaseId(2), watchdog),
        (CaseId(3), Outcome::OutOfMemory),
        (CaseId(4), Outcome::Completed),
    ];
    // In the line dialect a worker says itself what it is at. Where the ledger says
    // it, which a test can change, each is tried by itself before it is blamed.
    for (dialect, name, deaths) in [
        (Dialect::LambdaV1, "lambda-v1", 3),
        (Dialect::Native, "native", 6),
    ] {
        let (answered, died) = outcomes(dialect, name);
        assert_eq!(answered, expected, "{name}");
        assert_eq!(died, deaths, "{name}");
    }
}
