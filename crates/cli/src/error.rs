//! Why a command could not be carried out, for people: what, where, and the mend.

use crate::exit::ExitCode;
use rewind_corpus::CorpusError;
use rewind_harness::HarnessError;
use rewind_plan::{FilterError, PlanError};
use rewind_report::{Completeness, ReportError};
use rewind_suite_script::ScriptError;
use rewind_verdict::VerdictError;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

/// Why a command could not be carried out. Completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// No folder was named and none was found.
    #[error("find a corpus: {0}; name a folder with --root DIR that has harness/ and test/")]
    NoCorpus(String),
    /// What was named is not there.
    #[error(
        "find {}: there is no such file or folder; paths are relative to the current folder \
         or to the corpus", .0.display()
    )]
    NoPath(PathBuf),
    /// Paths of two corpora.
    #[error("run {} and {} together: they are two corpora; run one after the other",
        first.display(), second.display())]
    TwoCorpora {
        /// Root of the first path.
        first: PathBuf,
        /// Root of another.
        second: PathBuf,
    },
    /// The project's `rewind.toml` can't be read or understood.
    #[error("read {}: {message}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the place.
        message: String,
    },
    /// The system refused something that the command needs.
    #[error("{action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The filter can't be understood.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The corpus or a file about it can't be read or understood.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// Scripts can't be had.
    #[error(transparent)]
    Scripts(#[from] ScriptError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The run could not be carried through.
    #[error(transparent)]
    Harness(#[from] HarnessError),
    /// A baseline can't be read.
    #[error(transparent)]
    Verdict(#[from] VerdictError),
    /// A file can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A report that was written earlier makes no sense.
    #[error("read {}:{line}: {problem}", path.display())]
    BadReport {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: u32,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// An earlier run can't be taken up.
    #[error("take up {}: {problem}", path.display())]
    Resume {
        /// Its report.
        path: PathBuf,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// Results that are to be taken for those of a whole run are not.
    #[error(
        "take {} for the results of a whole run: {run}; finish that run first \
         (the command that began it, with --resume)", path.display()
    )]
    Incomplete {
        /// Its report.
        path: PathBuf,
        /// What is missing, and why.
        run: Box<Completeness>,
    },
    /// Which results are meant was not said.
    #[error("find the run before: name its results folder with --results DIR")]
    NoResults,
    /// Results are not those of the shards of one whole.
    #[error("merge the results: {0}")]
    Merge(String),
    /// What is to be looked for in a record can't be.
    #[error("look for what changes a case: {0}")]
    Bisect(String),
    /// Which baseline to update was not said.
    #[error("update the baseline: name it with --baseline FILE")]
    NoBaseline,
    /// Markers were asked for of workers that can't tell them.
    #[error(
        "ask for markers: the line dialect has no place for them but the output, where a test \
         could print them too; leave --diagnose or --dialect away"
    )]
    DiagnoseDialect,
    /// There is no such profile.
    #[error("profile the run: {0}")]
    Profiling(String),
    /// A report could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Workers can't be shut off here.
    #[error("shut the workers off (--sandbox): {0}")]
    Sandbox(String),
    /// Limits were asked for that only this program's workers know.
    #[error(
        "limit what a worker of others may do: {0} is for this program's own workers; leave \
         --worker-command out, or the limits in the profile"
    )]
    ForeignLimits(String),
    /// No case is left by what was asked for.
    #[error("find a test: {0}")]
    NoTests(String),
}

impl CliError {
    /// The exit code that says so.
    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            // What can't be written is no bad usage, and something was run.
            Self::Plan(PlanError::Write(_)) | Self::Verdict(VerdictError::Write { .. }) => {
                ExitCode::Machinery
            }
            Self::NoCorpus(_)
            | Self::Scripts(_)
            | Self::NoPath(_)
            | Self::TwoCorpora { .. }
            | Self::Profile { .. }
            | Self::Filter(_)
            | Self::Corpus(_)
            | Self::Plan(_)
            | Self::NoBaseline
            | Self::DiagnoseDialect
            | Self::ForeignLimits(_)
            | Self::Read { .. }
            | Self::BadReport { .. }
            | Self::Merge(_)
            | Self::Profiling(_)
            | Self::Bisect(_)
            | Self::Resume { .. }
            | Self::Incomplete { .. }
            | Self::NoResults
            | Self::Verdict(_)
            | Self::Report(ReportError::Busy { .. } | ReportError::Occupied { .. }) => {
                ExitCode::Usage
            }
            Self::System { .. } | Self::Harness(_) | Self::Report(_) | Self::Sandbox(_) => {
                ExitCode::Machinery
            }
            Self::NoTests(_) => ExitCode::NoTests,
        }
    }

    /// Turns a system error into one that says what was tried.
    pub(crate) const fn system(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { action, source }
    }

    /// The text for stderr: what failed, and its causes unless they are in it already.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("error: failed to {self}\n");
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.contains(&said) {
                // Writing into a `String` has no way to fail.
                let _ = writeln!(text, "  because: {said}");
            }
            cause = error.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let error = CliError::from(PlanError::Read {
            path: PathBuf::from("timings"),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        });
        insta::assert_snapshot!(error.render(), @r#"
        error: failed to read timings
          because: permission denied
        "#);
        let error = CliError::system("read stdin")(io::ErrorKind::BrokenPipe.into());
        insta::assert_snapshot!(error.render(), @r#"error: failed to read stdin: broken pipe"#);
    }

    #[test]
    fn usage_errors_and_failures_of_machinery_have_codes_of_their_own() {
        let usage = CliError::NoPath(PathBuf::from("x"));
        let busy = CliError::from(ReportError::Busy {
            path: PathBuf::from("x"),
            holder: None,
        });
        let broken = CliError::system("read stdin")(io::ErrorKind::BrokenPipe.into());
        let none = CliError::NoTests("the filter leaves none".to_owned());
        let full = CliError::from(VerdictError::Write {
            path: PathBuf::from("known.txt"),
            source: io::ErrorKind::StorageFull.into(),
        });
        assert_eq!(full.exit_code(), ExitCode::Machinery);
        assert_eq!(
            [usage, busy, broken, none].map(|error| error.exit_code()),
            [
                ExitCode::Usage,
                ExitCode::Usage,
                ExitCode::Machinery,
                ExitCode::NoTests
            ]
        );
    }
}
