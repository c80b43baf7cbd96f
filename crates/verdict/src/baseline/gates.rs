//! When a run may replace a baseline: never where that could hide something.

use super::{Baseline, BaselineHeader};
use std::fmt;

/// What counts about a run that wants to replace a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunFigures {
    /// Cases that were planned and have no result: interrupted, or stopped.
    pub not_run: u64,
    /// Cases whose outcome isn't known.
    pub lost: u64,
    /// Isolation breaches: such verdicts are of the cases before them, too.
    pub breaches: u64,
    /// Workers that died, and not of a case that is listed to do that.
    pub worker_crashes: u64,
    /// Cases that crashed, and are listed nowhere.
    pub crashes: u64,
    /// Cases that are worse than the baseline, or not as listed.
    pub regressions: u64,
    /// Cases that passed.
    pub passes: u64,
}

/// Why a run may not replace a baseline. Completes "the baseline is not updated: …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The run covers something else than the baseline.
    OtherScope {
        /// Mode and scope of the baseline.
        baseline: String,
        /// Those of the run.
        run: String,
    },
    /// The run isn't complete; so many cases have no result.
    NotRun(u64),
    /// So many outcomes aren't known.
    Lost(u64),
    /// So many isolation breaches were found.
    Breaches(u64),
    /// So many workers died.
    WorkerCrashes(u64),
    /// So many cases crashed: no baseline takes a crash in by itself.
    Crashes(u64),
    /// So many cases got worse.
    Regressions(u64),
    /// Fewer cases passed than must.
    FewerPasses {
        /// In this run.
        passes: u64,
        /// At least, as the baseline says.
        minimum: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherScope { baseline, run } => write!(
                f,
                "it is of {baseline}, the run of {run}; run the same, or name another file"
            ),
            Self::NotRun(count) => write!(f, "cases not run: {count}; let the run finish"),
            Self::Lost(count) => write!(f, "results lost: {count}; run again"),
            Self::Breaches(count) => write!(
                f,
                "isolation breaches: {count}; find what came through (`rewind bisect`)"
            ),
            Self::WorkerCrashes(count) => write!(
                f,
                "workers that died: {count}; mend that, or list the cases they died of with a reason"
            ),
            Self::Crashes(count) => write!(
                f,
                "cases that crashed: {count}; list each with its reason (--expectations)"
            ),
            Self::Regressions(count) => write!(
                f,
                "cases that got worse: {count}; mend them, or enter them by hand with a reason"
            ),
            Self::FewerPasses { passes, minimum } => write!(
                f,
                "{passes} cases passed, {minimum} must; if tests were taken out, \
                 lower `passes:` by hand"
            ),
        }
    }
}

impl Baseline {
    /// Everything that forbids a run with these figures to replace this
    /// baseline; empty if nothing does. `header` is that of the run.
    #[must_use]
    pub fn refusals(&self, header: &BaselineHeader, figures: &RunFigures) -> Vec<Refusal> {
        let counted = [
            (figures.not_run, Refusal::NotRun as fn(u64) -> Refusal),
            (figures.lost, Refusal::Lost),
            (figures.breaches, Refusal::Breaches),
            (figures.worker_crashes, Refusal::WorkerCrashes),
            (figures.crashes, Refusal::Crashes),
            (figures.regressions, Refusal::Regressions),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let mut all: Vec<_> = self.other_scope(header).into_iter().collect();
        all.extend(counted.map(|(count, refusal)| refusal(count)));
        if figures.passes < self.header.passes {
            all.push(Refusal::FewerPasses {
                passes: figures.passes,
                minimum: self.header.passes,
            });
        }
        all
    }

    /// Header lines that an older file lacks say nothing.
    fn other_scope(&self, run: &BaselineHeader) -> Option<Refusal> {
        let differs = |ours: &str, theirs: &str| !ours.is_empty() && ours != theirs;
        let shown = |it: &BaselineHeader| format!("mode {}, scope {}", it.mode, it.scope);
        let other =
            differs(&self.header.mode, &run.mode) || differs(&self.header.scope, &run.scope);
        other.then(|| Refusal::OtherScope {
            baseline: shown(&self.header),
            run: shown(run),
        })
    }

    /// For people: where engine, corpus or configuration aren't those of the
    /// baseline, for then a difference may come from there.
    #[must_use]
    pub fn remarks(&self, run: &BaselineHeader) -> Vec<String> {
        let (ours, theirs) = (&self.header, run);
        let pairs = [
            ("engine", &ours.engine, &theirs.engine),
            ("corpus", &ours.corpus, &theirs.corpus),
            ("config", &ours.config, &theirs.config),
        ];
        let differing = pairs
            .into_iter()
            .filter(|(_, was, now)| !was.is_empty() && was != now);
        differing
            .map(|(key, was, now)| {
                format!("the baseline's {key} is `{was}`, that of this run `{now}`")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: RunFigures = RunFigures {
        not_run: 0,
        lost: 0,
        breaches: 0,
        worker_crashes: 0,
        crashes: 0,
        regressions: 0,
        passes: 10,
    };

    fn header(mode: &str, scope: &str) -> BaselineHeader {
        BaselineHeader {
            mode: mode.to_owned(),
            scope: scope.to_owned(),
            passes: 10,
            ..BaselineHeader::default()
        }
    }

    fn refused(figures: RunFigures) -> Vec<Refusal> {
        Baseline::new(header("both", "all")).refusals(&header("both", "all"), &figures)
    }

    #[test]
    fn run_without_fault_and_with_enough_passes_is_accepted() {
        assert_eq!(refused(GOOD), []);
        assert_eq!(refused(RunFigures { passes: 11, ..GOOD }), []);
    }

    #[test]
    fn each_gate_refuses_alone() {
        let gates = [
            (RunFigures { not_run: 2, ..GOOD }, Refusal::NotRun(2)),
            (RunFigures { lost: 1, ..GOOD }, Refusal::Lost(1)),
            (
                RunFigures {
                    breaches: 1,
                    ..GOOD
                },
                Refusal::Breaches(1),
            ),
            (
                RunFigures {
                    worker_crashes: 3,
                    ..GOOD
                },
                Refusal::WorkerCrashes(3),
            ),
            (RunFigures { crashes: 1, ..GOOD }, Refusal::Crashes(1)),
            (
                RunFigures {
                    regressions: 1,
                    ..GOOD
                },
                Refusal::Regressions(1),
            ),
            (
                RunFigures { passes: 9, ..GOOD },
                Refusal::FewerPasses {
                    passes: 9,
                    minimum: 10,
                },
            ),
        ];
        for (figures, refusal) in gates {
            assert_eq!(refused(figures), [refusal]);
        }
    }

    #[test]
    fn every_reason_is_told_at_once() {
        let figures = RunFigures {
            not_run: 1,
            lost: 2,
            breaches: 5,
            worker_crashes: 3,
            crashes: 1,
            regressions: 4,
            passes: 0,
        };
        let baseline = Baseline::new(header("both", "all"));
        let text: Vec<_> = baseline
            .refusals(&header("default", "test/a"), &figures)
            .iter()
            .map(ToString::to_string)
            .collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        it is of mode both, scope all, the run of mode default, scope test/a; run the same, or name another file
        cases not run: 1; let the run finish
        results lost: 2; run again
        isolation breaches: 5; find what came through (`rewind bisect`)
        workers that died: 3; mend that, or list the cases they died of with a reason
        cases that crashed: 1; list each with its reason (--expectations)
        cases that got worse: 4; mend them, or enter them by hand with a reason
        0 cases passed, 10 must; if tests were taken out, lower `passes:` by hand
        ");
    }

    #[test]
    fn scope_that_an_older_file_lacks_refuses_nothing() {
        let baseline = Baseline::new(BaselineHeader {
            passes: 10,
            ..header("both", "")
        });
        assert_eq!(baseline.refusals(&header("both", "test/a"), &GOOD), []);
    }

    #[test]
    fn other_engine_corpus_or_configuration_is_remarked() {
        let of = |engine: &str, corpus: &str| BaselineHeader {
            engine: engine.to_owned(),
            corpus: corpus.to_owned(),
            ..header("both", "all")
        };
        let baseline = Baseline::new(of("one 1", ""));
        assert!(baseline.remarks(&of("one 1", "commit a")).is_empty());
        let remarks = baseline.remarks(&of("one 2", "commit a"));
        assert_eq!(
            remarks,
            ["the baseline's engine is `one 1`, that of this run `one 2`"]
        );
    }
}
