//! What is to be said of a case: by its suite, and by the lists that people keep
//! beside it.
//!
//! ```text
//! outcome ──► verdict, by what its suite says ──► expected?, by its list entry
//! ```
//!
//! The two steps don't mix: an entry that expects a crash makes the crash
//! expected, but it stays a crash. On the way to a pass nothing is allocated,
//! and the text of a reason is put together only when somebody shows it.

use crate::Why;
use rewind_corpus::{Expectation, ExpectedOutcome};
use rewind_protocol::{Finished, Outcome};
use rewind_suite::{FailureKind, Judged};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a run says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It did what it had to.
    Pass,
    /// It ended by itself, and not as it had to.
    Fail,
    /// It was not run, for a reason.
    Skip,
    /// A native fault ended it.
    Crash,
    /// Its deadline ended it.
    Timeout,
    /// Nobody knows what it did.
    Lost,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fail,
        Self::Skip,
        Self::Crash,
        Self::Timeout,
        Self::Lost,
    ];

    /// Lower-case name, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is expected of a case beside what its suite asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected<'a> {
    /// What people have listed about it.
    pub listed: Option<&'a Expectation>,
    /// Markers that it must tell through the host's service, besides passing.
    pub markers: &'a [String],
}

/// What is to be said of a case that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement<'a> {
    /// By what its suite says.
    pub verdict: Verdict,
    /// It passed with nothing listed, or ended as its entry says.
    pub expected: bool,
    /// Why it's this verdict.
    pub why: Why<'a>,
}

/// Judges a case, of which its suite says `judged`; `None` if the outcome speaks
/// for itself.
#[must_use]
#[inline]
pub fn judge<'a>(
    judged: Option<Judged<'a>>,
    expected: &Expected<'a>,
    finished: &'a Finished,
) -> Judgement<'a> {
    let why = match judged.map_or_else(|| why(&finished.outcome), Why::of) {
        Why::Passed => missing_marker(expected, finished).map_or(Why::Passed, Why::MarkerMissing),
        why => why,
    };
    let verdict = why.verdict();
    let listed = expected
        .listed
        .map(|entry| entry.outcome)
        .filter(|outcome| {
            // Entries that say so about a pass, or about a case that isn't run, add nothing here.
            !matches!(outcome, ExpectedOutcome::Pass | ExpectedOutcome::Skip)
        });
    match listed {
        None => Judgement {
            verdict,
            expected: verdict == Verdict::Pass,
            why,
        },
        Some(outcome) if meets(outcome, verdict, &finished.outcome) => Judgement {
            verdict,
            expected: true,
            why,
        },
        Some(outcome) => {
            let why = if why == Why::Passed {
                Why::PassedUnexpectedly(outcome)
            } else {
                why
            };
            Judgement {
                verdict,
                expected: false,
                why,
            }
        }
    }
}

/// The first marker that it had to tell and didn't. What it printed is no marker.
fn missing_marker<'a>(expected: &Expected<'a>, finished: &Finished) -> Option<&'a str> {
    let untold = |marker: &&String| !finished.markers.contains(marker);
    expected.markers.iter().find(untold).map(String::as_str)
}

/// What an outcome says by itself: a case that ended by itself has passed unless
/// its suite knows better.
fn why(outcome: &Outcome) -> Why<'_> {
    match outcome {
        Outcome::Completed => Why::Passed,
        Outcome::Threw { phase, thrown } => Why::of(Judged::Uncaught {
            kind: FailureKind::Runtime,
            phase: *phase,
            thrown,
        }),
        Outcome::Crashed(site) => Why::Crashed(*site),
        Outcome::TimedOut(origin) => Why::TimedOut(*origin),
        Outcome::Exited { code, .. } => Why::Exited(*code),
        Outcome::OutOfMemory => Why::OutOfMemory,
        Outcome::HostError { kind, message } => Why::HostError { kind, message },
        Outcome::Lost { reason } => Why::Lost(reason),
    }
}

/// Whether an outcome is the one that an entry names.
fn meets(listed: ExpectedOutcome, verdict: Verdict, outcome: &Outcome) -> bool {
    match (listed, outcome) {
        (ExpectedOutcome::Pass, _) => verdict == Verdict::Pass,
        (ExpectedOutcome::Fail, _) => verdict == Verdict::Fail,
        (ExpectedOutcome::Timeout, Outcome::TimedOut(_))
        | (ExpectedOutcome::OutOfMemory, Outcome::OutOfMemory) => true,
        (ExpectedOutcome::Crash { signal }, Outcome::Crashed(site)) => {
            signal.is_none_or(|signal| signal.0 == site.signal)
        }
        (ExpectedOutcome::Exit { code: wanted }, Outcome::Exited { code, .. }) => {
            wanted.is_none_or(|wanted| wanted == *code)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
