//! `cargo xtask peer-verdicts`: our verdicts against run-test262's, case by case.
//!
//! Both run the same engine, so wherever they differ, one of the two runners
//! treats the test otherwise. Each difference must be explained by a rule that
//! finds its evidence in the test, in the outcome or in a run of its own, or by
//! an entry with a reason in `xtask/peer-differences.toml`.

mod compare;
mod known;
mod referee;
mod report;
mod rules;

use crate::error::{Error, Result};
use crate::listing::Tree;
use crate::peer::{self, Configuration};
use crate::rewind_run::{self, Case, Line};
use crate::workspace::Metadata;
use compare::Comparison;
use known::Known;
use referee::Referee;
use rules::Judge;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Root of a test262 tree
    #[arg(long)]
    root: PathBuf,
    /// Files and folders below the root; the whole of `test` if none is named
    #[arg(long, num_args = 1..)]
    paths: Vec<String>,
    /// Our binary; by default the release build in cargo's target folder
    #[arg(long)]
    rewind: Option<PathBuf>,
    /// Take our verdicts from this report of `--mode default` instead of running anything of ours
    #[arg(long, conflicts_with = "rewind")]
    ndjson: Option<PathBuf>,
    /// Write the comparison as markdown
    #[arg(long)]
    report: Option<PathBuf>,
    /// Processes of each runner at a time; by default the number of processors
    #[arg(long, short)]
    jobs: Option<usize>,
}

/// Runs both, prints the table; `true` if every difference is explained.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> Result<bool> {
    let metadata = Metadata::members()?;
    let known = Known::read(&metadata.workspace_root.join("xtask/peer-differences.toml"))?;
    let tree = Tree::open(&options.root)?;
    let tests = tree.tests(&options.paths)?;
    let peers = peer::build(out)?;
    let configuration = Configuration::read(&peers.shipped_conf)?;
    let jobs = options.jobs.unwrap_or_else(processors);

    let ours = ours(options, &metadata, &tree, jobs)?;
    let theirs = peer::verdicts(&peers.run_test262, &tree.root, &configuration, &tests, jobs)?;
    let referee = Referee::new(&peers.run_test262, &tree.root)?;
    let judge = Judge {
        configuration: &configuration,
        known: &known,
        referee: &referee,
    };
    let mut comparison = Comparison::new(&tests, &theirs, &ours);
    comparison.judge(&tree.root, &judge)?;

    report::table(&comparison, out)?;
    if options.paths.is_empty() {
        report::stale(&known, &comparison, out)?;
    }
    if let Some(path) = &options.report {
        let text = report::markdown(&comparison, &peers.engine);
        std::fs::write(path, text).map_err(Error::file("write", path))?;
    }
    Ok(comparison.unexplained().next().is_none())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Our verdict for each path: that of the last attempt.
fn ours(
    options: &Options,
    metadata: &Metadata,
    tree: &Tree,
    jobs: usize,
) -> Result<HashMap<String, Case>> {
    let lines = match &options.ndjson {
        Some(path) => rewind_run::read(path)?,
        None => {
            let release = metadata.target_directory.join("release/rewind");
            let program = options.rewind.clone().unwrap_or(release);
            run_rewind(&program, tree, &options.paths, jobs)?
        }
    };
    by_path(lines)
}

fn by_path(lines: Vec<Line>) -> Result<HashMap<String, Case>> {
    let mut cases: HashMap<String, Case> = HashMap::new();
    for line in lines {
        let Line::Case(case) = line else { continue };
        match cases.get(&case.path) {
            Some(other) if other.variant != case.variant => {
                return Err(Error::Other(format!(
                    "compare {}: it was run in several variants; use a report of --mode default",
                    case.path
                )));
            }
            Some(other) if other.attempt > case.attempt => {}
            _ => {
                cases.insert(case.path.clone(), case);
            }
        }
    }
    Ok(cases)
}

fn run_rewind(program: &Path, tree: &Tree, paths: &[String], jobs: usize) -> Result<Vec<Line>> {
    let scratch = tempfile::tempdir().map_err(Error::file("create a folder for", program))?;
    let path = scratch.path().join("run.ndjson");
    let stdout = File::create(&path).map_err(Error::file("create", &path))?;
    let name = program.display().to_string();
    let output = Command::new(program)
        .args(["run", "--mode", "default", "--format", "ndjson", "-j"])
        .arg(jobs.to_string())
        .arg("--root")
        .arg(&tree.root)
        .args(paths)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .map_err(|source| Error::Start {
            program: format!(
                "{name} (build it with `cargo build --release`, or name it with --rewind)"
            ),
            source,
        })?;
    // 0: all as expected; 1: some test failed, which is what is compared here.
    if !matches!(output.status.code(), Some(0 | 1)) {
        let text = String::from_utf8_lossy(&output.stderr);
        let tail = text.lines().rev().take(10).collect::<Vec<_>>();
        let detail = tail.iter().rev().map(|line| format!("\n{line}")).collect();
        return Err(Error::Program {
            program: name,
            status: output.status.to_string(),
            detail,
        });
    }
    rewind_run::read(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(path: &str, variant: &str, verdict: &str, attempt: u64) -> String {
        format!(
            r#"{{"type":"case","path":"{path}","variant":"{variant}","verdict":"{verdict}","attempt":{attempt}}}"#
        )
    }

    #[test]
    fn by_path_takes_the_last_attempt() {
        let text = [
            case("a.js", "sloppy", "crash", 1),
            case("a.js", "sloppy", "pass", 2),
        ]
        .join("\n");
        let lines = rewind_run::parse("x".as_ref(), &text).expect("lines");
        assert_eq!(by_path(lines).expect("cases")["a.js"].verdict, "pass");
    }

    #[test]
    fn by_path_refuses_two_variants() {
        let text = [
            case("a.js", "sloppy", "pass", 1),
            case("a.js", "strict", "pass", 1),
        ]
        .join("\n");
        let lines = rewind_run::parse("x".as_ref(), &text).expect("lines");
        assert!(
            by_path(lines)
                .expect_err("refused")
                .to_string()
                .contains("--mode default")
        );
    }
}
