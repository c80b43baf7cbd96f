//! One script: what was found of it, and what an outcome means for it.

use crate::expectation::Expectation;
use rewind_protocol::{ErrorPhase, Finished, Outcome, Thrown, Variant};
use rewind_suite::{Detail, FailureKind, Judged, Wanted};
use std::sync::Arc;

/// A script that was read.
#[derive(Debug)]
pub(crate) struct Script {
    /// Below the root, with slashes.
    pub(crate) path: Arc<str>,
    pub(crate) variant: Variant,
    /// Bytes of its source.
    pub(crate) size: u64,
    /// Hash of its source and of what is expected of it.
    pub(crate) hash: u64,
    /// How it must end, or why it can't be run.
    pub(crate) expectation: Result<Expectation, Arc<str>>,
}

impl Script {
    /// What an outcome means; `None` if it speaks for itself.
    pub(crate) fn judge<'a>(&'a self, finished: &'a Finished) -> Option<Judged<'a>> {
        let expected = self.expectation.as_ref().ok()?;
        let judged = match &finished.outcome {
            Outcome::Completed => completed(expected),
            Outcome::Threw { phase, thrown } => threw(expected, *phase, thrown),
            Outcome::Exited { code, .. } => exited(expected, *code)?,
            _ => return None,
        };
        let output = expected.output.as_deref();
        Some(match (judged, output) {
            (Judged::Passed, Some(output)) => printed(output, finished),
            (judged, _) => judged,
        })
    }
}

fn completed(expected: &Expectation) -> Judged<'_> {
    match (&expected.error, expected.exit) {
        (Some(_), _) => wanted(expected).map_or(Judged::Passed, Judged::NothingThrown),
        (None, Some(status)) if status != 0 => other_status(status, 0),
        _ => Judged::Passed,
    }
}

fn threw<'a>(expected: &'a Expectation, phase: ErrorPhase, thrown: &'a Thrown) -> Judged<'a> {
    let Some((name, in_phase)) = &expected.error else {
        return Judged::Uncaught {
            kind: FailureKind::Runtime,
            phase,
            thrown,
        };
    };
    if *name == thrown.name && in_phase.is_none_or(|wanted| wanted == phase) {
        return Judged::Passed;
    }
    match wanted(expected) {
        Some(wanted) => Judged::OtherThrown {
            wanted,
            phase,
            thrown,
        },
        None => Judged::Passed,
    }
}

/// An exit that nobody expects speaks for itself.
fn exited(expected: &Expectation, code: i32) -> Option<Judged<'_>> {
    match expected.exit? {
        status if status == code => Some(Judged::Passed),
        status => Some(other_status(status, code)),
    }
}

fn other_status(wanted: i32, found: i32) -> Judged<'static> {
    Judged::Failed {
        kind: FailureKind::Runtime,
        rule: "expected exit status",
        detail: Detail::Differs {
            wanted: wanted.into(),
            found: found.into(),
        },
    }
}

fn wanted(expected: &Expectation) -> Option<Wanted<'_>> {
    let (name, phase) = expected.error.as_ref()?;
    Some(Wanted {
        name,
        phase: phase.unwrap_or(ErrorPhase::RUNTIME),
        kind: FailureKind::Runtime,
    })
}

fn printed<'a>(wanted: &[u8], finished: &Finished) -> Judged<'a> {
    if finished.output_dropped == 0 && *finished.output == *wanted {
        return Judged::Passed;
    }
    let lines = |text| <[u8]>::split(text, |&byte| byte == b'\n');
    let (ours, theirs) = (lines(wanted), lines(&finished.output));
    let same = ours.zip(theirs).take_while(|(a, b)| a == b).count();
    Judged::Failed {
        kind: FailureKind::Assert,
        rule: "its output is another than expected, from line",
        detail: Detail::Number(same as u64 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use rewind_protocol::{CrashSite, MemoryUse, Phases, Seq};

    fn ended(outcome: Outcome, output: &'static str) -> Finished {
        Finished {
            seq: Seq(0),
            outcome,
            notices: Vec::new(),
            output: Bytes::from_static(output.as_bytes()),
            output_dropped: 0,
            markers: Vec::new(),
            phases: Phases::default(),
            memory: MemoryUse::default(),
            recovery: None,
            place: None,
        }
    }

    fn threw(name: &str, phase: ErrorPhase) -> Outcome {
        let thrown = Thrown {
            name: name.to_owned(),
            ..Thrown::default()
        };
        Outcome::Threw { phase, thrown }
    }

    fn exited(code: i32) -> Outcome {
        Outcome::Exited {
            code,
            worker_died: false,
        }
    }

    fn script(expectation: Expectation) -> Script {
        Script {
            path: "a".into(),
            variant: Variant::named(&"plain"),
            size: 0,
            hash: 0,
            expectation: Ok(expectation),
        }
    }

    /// `None`: the outcome speaks for itself.
    fn passes(expectation: Expectation, finished: &Finished) -> Option<bool> {
        let script = script(expectation);
        let judged = script.judge(finished);
        judged.map(|judged| judged == Judged::Passed)
    }

    #[test]
    fn script_without_expectation_runs_to_its_end() {
        let none = Expectation::default;
        let runtime = threw("E", ErrorPhase::RUNTIME);
        assert_eq!(passes(none(), &ended(Outcome::Completed, "x")), Some(true));
        assert_eq!(passes(none(), &ended(runtime, "")), Some(false));
        for outcome in [
            exited(0),
            Outcome::Crashed(CrashSite::default()),
            Outcome::OutOfMemory,
        ] {
            assert_eq!(passes(none(), &ended(outcome, "")), None);
        }
    }

    #[test]
    fn error_is_met_by_its_name_and_its_phase_where_one_is_said() {
        let parse = ErrorPhase::named("parse");
        let error = |phase| Expectation {
            error: Some(("E".to_owned(), phase)),
            ..Expectation::default()
        };
        let found = |name, phase| ended(threw(name, phase), "");
        assert_eq!(passes(error(None), &found("E", parse)), Some(true));
        assert_eq!(passes(error(Some(parse)), &found("E", parse)), Some(true));
        let late = found("E", ErrorPhase::RUNTIME);
        assert_eq!(passes(error(Some(parse)), &late), Some(false));
        assert_eq!(passes(error(None), &found("F", parse)), Some(false));
        assert_eq!(
            passes(error(None), &ended(Outcome::Completed, "")),
            Some(false)
        );
        let crashed = ended(Outcome::Crashed(CrashSite::default()), "");
        assert_eq!(passes(error(None), &crashed), None);
    }

    #[test]
    fn exit_is_met_by_its_status_alone() {
        let exit = |status| Expectation {
            exit: Some(status),
            ..Expectation::default()
        };
        assert_eq!(passes(exit(3), &ended(exited(3), "")), Some(true));
        assert_eq!(passes(exit(3), &ended(exited(4), "")), Some(false));
        assert_eq!(passes(exit(3), &ended(Outcome::Completed, "")), Some(false));
        assert_eq!(passes(exit(0), &ended(Outcome::Completed, "")), Some(true));
    }

    #[test]
    fn output_is_compared_whole_and_its_first_difference_told() {
        let out = |text: &str| Expectation {
            output: Some(text.as_bytes().to_vec()),
            ..Expectation::default()
        };
        let printed = |text| ended(Outcome::Completed, text);
        assert_eq!(passes(out("a\nb\n"), &printed("a\nb\n")), Some(true));
        let script = script(out("a\nb\n"));
        for (text, line) in [("a\nc\n", 2), ("a\nb", 3), ("", 1), ("a\nb\nc", 3)] {
            let finished = printed(text);
            let Some(Judged::Failed { detail, .. }) = script.judge(&finished) else {
                panic!("{text:?} passes");
            };
            assert_eq!(detail, Detail::Number(line), "{text:?}");
        }
        let cut = Finished {
            output_dropped: 1,
            ..printed("a\nb\n")
        };
        assert_ne!(script.judge(&cut), Some(Judged::Passed));
    }
}
