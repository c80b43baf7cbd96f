//! What a case costs its parent: `parent-cost FAKE_WORKER [CASES [WORKERS [files]]]`.
//!
//! The workers are fake, so that nothing but the parent's part is measured; the
//! sources are files of 2 KiB, each case another one than the case before. As in
//! a second run of a corpus, their texts are kept; with `files` they are read
//! from their files, as with `--no-cache`.

use rewind_corpus::Corpus;
use rewind_harness::{Event, RunConfig, StopFlag, WorkerCommand, run};
use rewind_plan::{Case, Plan};
use rewind_protocol::{Attributes, Variant};
use std::io::{Error, Result, Write, stdout};
use std::path::Path;

/// As the program has it: where hundreds of threads allocate, it shows.
#[global_allocator]
static HOST: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Files that the cases are spread over.
const FILES: u32 = 20_000;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |index: usize, default: u32| args.get(index).map_or(Ok(default), |arg| arg.parse());
    let worker = args
        .first()
        .ok_or_else(|| Error::other("name the fake worker's executable"))?;
    let cases = number(1, 200_000).map_err(Error::other)?;
    let workers = number(2, 1).map_err(Error::other)?;
    let folder = tempfile::tempdir()?;
    let mut plan = plan(folder.path(), cases)?;
    if args.get(3).is_some_and(|how| how == "files") {
        plan.texts = None;
    }
    let command = WorkerCommand::new(worker, std::iter::empty::<String>());
    let config = RunConfig::new(command, workers as usize);
    let mut answered = 0u32;
    let totals = run(&plan, &config, &StopFlag::new(), &mut |event| {
        answered += u32::from(matches!(event, Event::Answered { .. }));
    })
    .map_err(Error::other)?;
    let per_case =
        |time: std::time::Duration| time.as_secs_f64() * 1e6 / f64::from(answered.max(1));
    writeln!(
        stdout(),
        "{answered} cases, {workers} workers: parent's CPU {:.2} µs, workers' CPU {:.2} µs, wall {:.2} µs a case",
        per_case(totals.parent_cpu),
        per_case(totals.workers_cpu),
        per_case(totals.wall),
    )
}

fn plan(root: &Path, cases: u32) -> Result<Plan> {
    let path = |file: u32| format!("test/language/folder-{:03}/case-{file:05}.js", file / 100);
    std::fs::create_dir_all(root.join("harness"))?;
    for file in 0..FILES {
        let full = root.join(path(file));
        std::fs::create_dir_all(full.parent().unwrap_or(root))?;
        std::fs::write(full, "x".repeat(2048))?;
    }
    let case = |number: u32| Case {
        path: path(number % FILES).into(),
        variant: Variant::named(&"sloppy"),
        preamble: None,
        attributes: Attributes::NONE,
        deadline_ms: 10_000,
        weight_us: 20_000,
        bytes: 2048,
        test: number % FILES,
        round: 0,
        expectation: None,
    };
    let cache = root.join("cache");
    let discover = || Corpus::discover_cached(root, &[], &cache).map_err(Error::other);
    discover()?;
    let (corpus, _) = discover()?;
    Ok(Plan {
        root: root.to_owned(),
        texts: corpus.texts,
        cases: (0..cases).map(case).collect(),
        ..Plan::default()
    })
}
