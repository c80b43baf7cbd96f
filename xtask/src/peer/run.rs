//! A verdict of run-test262 for every single test.
//!
//! It has no report for machines: a pass is silent, a skip mostly, some
//! failures are, and a crash or a hang ends the run with everything that is
//! still to come. So tests are run in lists, and a list is believed only if
//! what was printed agrees with its totals. Otherwise it is taken apart:
//!
//! ```text
//! list ── totals agree ──────► a verdict for each
//!   ├──── totals disagree ───► two halves, each run again
//!   └──── no totals ─────────► what ended │ the one it stopped at, alone │ the rest
//! ```
//!
//! For one test alone the totals, or the way it ended, are the verdict.

use super::output;
use super::process::{Run, Runner};
use super::{Configuration, PeerMetadata, order};
use crate::error::{Error, Result};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tests in a list: some 100 ms of work.
const LIST: usize = 400;

/// What run-test262 makes of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PeerVerdict {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It was not executed.
    Skip,
    /// A signal ended run-test262.
    Crash(i32),
    /// run-test262 gave up, with this status.
    Quit(i32),
    /// It ran without an end.
    Hang,
}

impl PeerVerdict {
    /// The class in our terms.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Crash(_) | Self::Quit(_) => "crash",
            Self::Hang => "timeout",
        }
    }
}

/// A verdict with what was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerResult {
    /// The verdict.
    pub verdict: PeerVerdict,
    /// First line of the failure's message; empty if none was printed.
    pub message: String,
}

/// Runs all `tests` (paths relative to `root`) and returns a result for each.
pub(crate) fn verdicts(
    program: &Path,
    root: &Path,
    configuration: &Configuration,
    tests: &[String],
    jobs: usize,
) -> Result<HashMap<String, PeerResult>> {
    let runner = Runner::new(program, root, configuration, Duration::from_secs(60))?;
    let session = Session {
        runner: &runner,
        configuration,
    };
    let shared = Mutex::new(Work {
        lists: lists(tests),
        results: HashMap::new(),
        busy: 0,
        failed: None,
    });
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| session.work(&shared));
        }
    });
    let work = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    match work.failed {
        Some(error) => Err(error),
        None => Ok(work.results),
    }
}

/// Sorted lists of which none holds two names that run-test262 takes for one.
fn lists(tests: &[String]) -> Vec<Vec<&str>> {
    let mut sorted: Vec<&str> = tests.iter().map(String::as_str).collect();
    sorted.sort_by(|a, b| order::compare(a, b).then_with(|| a.cmp(b)));
    let (mut kept, mut lists): (Vec<&str>, Vec<Vec<&str>>) = (Vec::new(), Vec::new());
    for test in sorted {
        match kept.last() {
            Some(last) if order::compare(last, test) == Ordering::Equal => lists.push(vec![test]),
            _ => kept.push(test),
        }
    }
    lists.extend(kept.chunks(LIST).map(<[&str]>::to_vec));
    lists
}

/// What the threads share.
struct Work<'t> {
    lists: Vec<Vec<&'t str>>,
    results: HashMap<String, PeerResult>,
    busy: usize,
    failed: Option<Error>,
}

/// What came of a list.
#[derive(Debug, Default)]
struct Step<'t> {
    results: Vec<(&'t str, PeerResult)>,
    again: Vec<Vec<&'t str>>,
}

#[derive(Clone, Copy)]
struct Session<'s> {
    runner: &'s Runner,
    configuration: &'s Configuration,
}

impl Session<'_> {
    fn work<'t>(self, shared: &Mutex<Work<'t>>) {
        let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let next = {
                let mut work = lock();
                if work.failed.is_some() || (work.lists.is_empty() && work.busy == 0) {
                    return;
                }
                let next = work.lists.pop();
                work.busy += usize::from(next.is_some());
                next
            };
            let Some(list) = next else {
                // Another thread's list may yet come apart.
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            let step = self.step(&list);
            let mut work = lock();
            work.busy -= 1;
            match step {
                Ok(step) => {
                    let named = step
                        .results
                        .into_iter()
                        .map(|(test, it)| (test.to_owned(), it));
                    work.results.extend(named);
                    work.lists.extend(step.again);
                }
                Err(error) => work.failed = Some(error),
            }
        }
    }

    fn step<'t>(self, list: &[&'t str]) -> Result<Step<'t>> {
        let skips = self.skips(list)?;
        Ok(digest(
            list,
            &skips,
            &self.runner.run(list)?,
            self.runner.root(),
        ))
    }

    /// The tests of the list that run-test262 will skip.
    fn skips<'t>(self, list: &[&'t str]) -> Result<HashSet<&'t str>> {
        let mut skips = HashSet::new();
        for test in list {
            let path = self.runner.root().join(test);
            let text = std::fs::read(&path).map_err(Error::file("read", &path))?;
            if PeerMetadata::parse(&text).is_skipped(self.configuration) {
                skips.insert(*test);
            }
        }
        Ok(skips)
    }
}

/// Turns a run of `list` into results, or into smaller lists to run again.
fn digest<'t>(list: &[&'t str], skips: &HashSet<&str>, run: &Run, root: &Path) -> Step<'t> {
    let failures = output::failures(&run.stdout, root, |name| list.contains(&name));
    let result = |test: &str| {
        let message = failures.get(test).cloned().unwrap_or_default();
        let verdict = match (skips.contains(test), failures.contains_key(test)) {
            (true, _) => PeerVerdict::Skip,
            (false, true) => PeerVerdict::Fail,
            (false, false) => PeerVerdict::Pass,
        };
        PeerResult { verdict, message }
    };
    match (run.totals, list) {
        (Some(totals), _) if agrees(totals, list, skips, failures.len(), &run.ended) => Step {
            results: list.iter().map(|test| (*test, result(test))).collect(),
            ..Step::default()
        },
        (_, [test]) => Step {
            results: vec![(
                *test,
                PeerResult {
                    verdict: alone(run),
                    ..result(test)
                },
            )],
            ..Step::default()
        },
        (Some(_), _) => Step {
            again: halves(list),
            ..Step::default()
        },
        (None, _) => Step {
            again: around_the_end(list, &run.ended),
            ..Step::default()
        },
    }
}

fn agrees(
    totals: output::Totals,
    list: &[&str],
    skips: &HashSet<&str>,
    failures: usize,
    ended: &[String],
) -> bool {
    ended.len() == list.len()
        && totals.skipped == skips.len()
        && totals.executed + totals.skipped == list.len()
        && totals.failed == failures
}

/// The verdict of a list of one, from the totals or from how it ended.
fn alone(run: &Run) -> PeerVerdict {
    match (run.totals, run.status) {
        (Some(totals), _) if totals.failed > 0 => PeerVerdict::Fail,
        (Some(totals), _) if totals.executed > 0 => PeerVerdict::Pass,
        (Some(_), _) => PeerVerdict::Skip,
        (None, None) => PeerVerdict::Hang,
        (None, Some(status)) => match status.signal() {
            Some(signal) => PeerVerdict::Crash(signal),
            None => PeerVerdict::Quit(status.code().unwrap_or(-1)),
        },
    }
}

fn halves<'t>(list: &[&'t str]) -> Vec<Vec<&'t str>> {
    let (left, right) = list.split_at(list.len() / 2);
    vec![left.to_vec(), right.to_vec()]
}

/// Tests that ended, the first that did not, and those after it. What ended is
/// run again too: what it printed was lost with the process.
fn around_the_end<'t>(list: &[&'t str], ended: &[String]) -> Vec<Vec<&'t str>> {
    let ended: HashSet<&str> = ended.iter().map(String::as_str).collect();
    let (done, open): (Vec<&str>, Vec<&str>) = list.iter().partition(|test| ended.contains(**test));
    let Some((stopped_at, rest)) = open.split_first() else {
        return halves(list);
    };
    let parts = [done, vec![stopped_at], rest.to_vec()];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::output::Totals;
    use super::*;
    use std::process::ExitStatus;

    const LIST_OF_4: [&str; 4] = ["test/a.js", "test/b.js", "test/c.js", "test/d.js"];

    fn run(stdout: &str, ended: &[&str], totals: Option<(usize, usize, usize)>) -> Run {
        Run {
            stdout: stdout.into(),
            ended: ended.iter().map(|test| (*test).to_owned()).collect(),
            totals: totals.map(|(failed, executed, skipped)| Totals {
                failed,
                executed,
                skipped,
            }),
            status: Some(ExitStatus::from_raw(0)),
        }
    }

    fn verdicts_of(step: &Step<'_>) -> Vec<PeerVerdict> {
        step.results
            .iter()
            .map(|(_, result)| result.verdict)
            .collect()
    }

    #[test]
    fn list_with_totals_that_agree_is_believed() {
        let run = run("/c/test/b.js:3: Error: x\n", &LIST_OF_4, Some((1, 3, 1)));
        let step = digest(&LIST_OF_4, &["test/c.js"].into(), &run, "/c".as_ref());
        use PeerVerdict::{Fail, Pass, Skip};
        assert_eq!(verdicts_of(&step), [Pass, Fail, Skip, Pass]);
        assert_eq!(step.results[1].1.message, "Error: x");
        assert!(step.again.is_empty());
    }

    #[test]
    fn list_with_a_silent_failure_is_halved() {
        let run = run("", &LIST_OF_4, Some((1, 4, 0)));
        let step = digest(&LIST_OF_4, &HashSet::new(), &run, "/c".as_ref());
        assert!(step.results.is_empty());
        assert_eq!(step.again, [&LIST_OF_4[..2], &LIST_OF_4[2..]]);
    }

    #[test]
    fn list_of_one_takes_the_totals() {
        let list = ["test/a.js"];
        for (totals, verdict) in [
            ((1, 1, 0), PeerVerdict::Fail),
            ((0, 0, 1), PeerVerdict::Skip),
        ] {
            let run = run("", &list, Some(totals));
            let step = digest(&list, &HashSet::new(), &run, "/c".as_ref());
            assert_eq!(verdicts_of(&step), [verdict]);
        }
    }

    #[test]
    fn list_that_was_cut_off_is_taken_apart_where_it_stopped() {
        let run = run("", &LIST_OF_4[..2], None);
        let step = digest(&LIST_OF_4, &HashSet::new(), &run, "/c".as_ref());
        assert_eq!(
            step.again,
            [&LIST_OF_4[..2], &LIST_OF_4[2..3], &LIST_OF_4[3..]]
        );
    }

    #[test]
    fn list_of_one_that_was_cut_off_takes_the_way_it_ended() {
        let list = ["test/a.js"];
        let mut cut = run("", &[], None);
        for (status, verdict) in [
            (Some(ExitStatus::from_raw(11)), PeerVerdict::Crash(11)),
            (Some(ExitStatus::from_raw(1 << 8)), PeerVerdict::Quit(1)),
            (None, PeerVerdict::Hang),
        ] {
            cut.status = status;
            let step = digest(&list, &HashSet::new(), &cut, "/c".as_ref());
            assert_eq!(verdicts_of(&step), [verdict]);
        }
    }

    #[test]
    fn lists_part_names_that_count_as_one() {
        let tests = ["a10.js", "a9.js", "a09.js"].map(String::from);
        assert_eq!(lists(&tests), [vec!["a9.js"], vec!["a09.js", "a10.js"]]);
    }
}
