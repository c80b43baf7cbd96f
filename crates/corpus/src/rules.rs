//! The rules of test262: what an outcome means for a test.

use crate::Negative;
use crate::variants::{ASYNC_COMPLETED, ASYNC_FAILED, PARSE};
use rewind_protocol::{ErrorPhase, Finished, Outcome, Thrown};
use rewind_suite::{Detail, FailureKind, Judged, Wanted};

/// Name of the error that test262's assertions throw.
const ASSERTION: &str = "Test262Error";

/// What an outcome means for a test that must end with `negative`, if that is
/// one, and must say that it's done if it `is_async`. `None` if the outcome
/// speaks for itself.
#[must_use]
#[inline]
pub fn judged<'a>(
    negative: Option<Negative<'a>>,
    is_async: bool,
    finished: &'a Finished,
) -> Option<Judged<'a>> {
    match &finished.outcome {
        Outcome::Completed => Some(completed(negative, is_async, finished)),
        Outcome::Threw { phase, thrown } => Some(threw(negative, *phase, thrown)),
        _ => None,
    }
}

fn completed<'a>(
    negative: Option<Negative<'a>>,
    is_async: bool,
    finished: &'a Finished,
) -> Judged<'a> {
    if let Some(negative) = negative {
        return Judged::NothingThrown(wanted(negative));
    }
    if !is_async {
        return Judged::Passed;
    }
    if let Some(failed) = finished.notice(ASYNC_FAILED) {
        return async_failed(&failed.text);
    }
    let broken = |rule, detail| Judged::Failed {
        kind: FailureKind::Other,
        rule,
        detail,
    };
    match finished.notice(ASYNC_COMPLETED).map(|it| it.count) {
        None => broken("async test did not call $DONE", Detail::None),
        Some(1) => Judged::Passed,
        Some(times) => broken("async test called $DONE", Detail::Times(times)),
    }
}

fn async_failed(text: &str) -> Judged<'_> {
    let text = text.trim();
    Judged::Failed {
        kind: if text.starts_with(ASSERTION) {
            FailureKind::Assert
        } else {
            FailureKind::Runtime
        },
        rule: "async test failed:",
        detail: Detail::Text(text),
    }
}

fn threw<'a>(negative: Option<Negative<'a>>, phase: ErrorPhase, thrown: &'a Thrown) -> Judged<'a> {
    if phase == ErrorPhase::PREAMBLE {
        return Judged::Preamble(thrown);
    }
    match negative {
        None => Judged::Uncaught {
            kind: if phase == ErrorPhase::RUNTIME && thrown.name == ASSERTION {
                FailureKind::Assert
            } else {
                kind(phase)
            },
            phase,
            thrown,
        },
        Some(it) if it.phase.error_phase() == phase && it.type_name == thrown.name => {
            Judged::Passed
        }
        Some(negative) => Judged::OtherThrown {
            wanted: wanted(negative),
            phase,
            thrown,
        },
    }
}

fn wanted(negative: Negative<'_>) -> Wanted<'_> {
    let phase = negative.phase.error_phase();
    Wanted {
        name: negative.type_name,
        phase,
        kind: kind(phase),
    }
}

fn kind(phase: ErrorPhase) -> FailureKind {
    match phase {
        PARSE => FailureKind::Parse,
        ErrorPhase::RUNTIME => FailureKind::Runtime,
        _ => FailureKind::Other,
    }
}
