//! What came of running cases a second time, each in a process of its own.
//!
//! ```text
//! batch = alone            nothing to tell
//! batch ≠ alone = again    breach: what ran before the case changed how it ended
//! batch ≠ alone ≠ again    flaky: it ends one way or the other by itself
//! ```

use crate::Verdict;
use rewind_protocol::{Outcome, Variant};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a case ended, as far as the same case must always end so: not what it
/// said, nor where it crashed, for such things differ from process to process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CaseEnd {
    /// Class of the result.
    pub verdict: Verdict,
    /// Class of the outcome: `completed`, `threw`, `crashed`, …
    pub outcome: String,
    /// Name of the thrown value's constructor, or the kind of a host's error;
    /// empty where there was neither, or it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl CaseEnd {
    /// That of a case with this verdict and outcome.
    #[must_use]
    pub fn new(verdict: Verdict, outcome: &Outcome) -> Self {
        let name = match outcome {
            Outcome::Threw { thrown, .. } => thrown.name.clone(),
            Outcome::HostError { kind, .. } => kind.clone(),
            _ => String::new(),
        };
        Self {
            verdict,
            outcome: outcome.kind().to_owned(),
            name,
        }
    }
}

impl fmt::Display for CaseEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.verdict, self.outcome)?;
        if self.name.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.name)
        }
    }
}

/// What a difference between the batch and a process of its own comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// The case ends one way by itself, and another after those before it.
    Breach,
    /// By itself, too, it doesn't always end the same.
    Flaky,
}

impl Finding {
    /// What it is, from how the case ended alone the first and the second time.
    #[must_use]
    pub fn of(alone: &CaseEnd, again: &CaseEnd) -> Self {
        if alone == again {
            Self::Breach
        } else {
            Self::Flaky
        }
    }

    /// Lower-case name, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breach => "breach",
            Self::Flaky => "flaky",
        }
    }
}

/// A case that ended otherwise in a process of its own than in the batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShadowRecord {
    /// Path relative to the corpus root.
    pub path: String,
    /// How the source was treated; as text where it is serialised.
    #[serde(serialize_with = "as_name")]
    pub variant: Variant,
    /// What it is.
    pub finding: Finding,
    /// How it ended among the others.
    pub batch: CaseEnd,
    /// How it ended alone.
    pub alone: CaseEnd,
    /// How it ended alone once more.
    pub again: CaseEnd,
    /// Place of the worker that it had in the batch.
    pub worker: u32,
    /// How many workers had that place before.
    pub worker_life: u32,
}

pub(crate) fn as_name<S: serde::Serializer>(variant: &Variant, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(variant.name())
}

impl ShadowRecord {
    /// For people, in one line: how it ended where.
    #[must_use]
    pub fn why(&self) -> String {
        let (batch, alone, again) = (&self.batch, &self.alone, &self.again);
        match self.finding {
            Finding::Breach => format!("in the batch: {batch}; alone, twice: {alone}"),
            Finding::Flaky => format!("in the batch: {batch}; alone: {alone}, then {again}"),
        }
    }
}

/// Figures of all second runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShadowCounts {
    /// Cases that were to be run a second time.
    pub sampled: u64,
    /// Cases that were, and both times have an answer.
    pub compared: u64,
    /// Isolation breaches.
    pub breaches: u64,
    /// Cases that end differently by themselves.
    pub flaky: u64,
    /// Second runs without an answer, by our fault.
    pub lost: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{junit, tell_run};
    use crate::{Ndjson, RunFacts, Sink, Tap};
    use rewind_protocol::{ErrorPhase, Thrown};

    fn threw(name: &str, message: &str) -> Outcome {
        Outcome::Threw {
            phase: ErrorPhase::RUNTIME,
            thrown: Thrown {
                name: name.to_owned(),
                message: message.to_owned(),
                stack: message.to_owned(),
            },
        }
    }

    #[test]
    fn ends_differ_by_verdict_class_and_error_and_by_nothing_else() {
        let end = |outcome: &Outcome| CaseEnd::new(Verdict::Fail, outcome);
        assert_eq!(end(&threw("A", "x")), end(&threw("A", "y")));
        assert_ne!(end(&threw("A", "x")), end(&threw("B", "x")));
        assert_ne!(end(&threw("", "x")), end(&Outcome::Completed));
        let pass = CaseEnd::new(Verdict::Pass, &Outcome::Completed);
        assert_ne!(pass, end(&Outcome::Completed));
        let host = |kind: &str| {
            end(&Outcome::HostError {
                kind: kind.to_owned(),
                message: String::new(),
            })
        };
        assert_ne!(host("A"), host("B"));
        assert_ne!(host("A"), end(&threw("A", "")));
        assert_eq!(end(&threw("A", "x")).to_string(), "fail, threw A");
        assert_eq!(pass.to_string(), "pass, completed");
    }

    #[test]
    fn end_is_read_as_it_was_written() {
        for outcome in [threw("TypeError", ""), Outcome::OutOfMemory] {
            let end = CaseEnd::new(Verdict::Fail, &outcome);
            let text = serde_json::to_string(&end).expect("JSON");
            assert_eq!(serde_json::from_str::<CaseEnd>(&text).ok(), Some(end));
        }
    }

    #[test]
    fn only_what_is_the_same_alone_is_a_breach() {
        let pass = CaseEnd::new(Verdict::Pass, &Outcome::Completed);
        let fail = CaseEnd::new(Verdict::Fail, &threw("Error", ""));
        assert_eq!(Finding::of(&pass, &pass), Finding::Breach);
        assert_eq!(Finding::of(&pass, &fail), Finding::Flaky);
    }

    fn record(finding: Finding) -> ShadowRecord {
        let pass = CaseEnd::new(Verdict::Pass, &Outcome::Completed);
        let batch = CaseEnd::new(Verdict::Fail, &threw("E\n", ""));
        let again = match finding {
            Finding::Breach => pass.clone(),
            Finding::Flaky => batch.clone(),
        };
        ShadowRecord {
            path: "test/a&b.js".to_owned(),
            variant: Variant::named(&"sloppy"),
            finding,
            batch,
            alone: pass,
            again,
            worker: 3,
            worker_life: 1,
        }
    }

    /// What `sink` is told of a run that found one of each.
    fn tell(sink: &mut impl Sink) {
        tell_run(sink, &RunFacts::default(), |sink| {
            let findings = [Finding::Breach, Finding::Flaky].into_iter();
            findings.map(record).try_for_each(|it| sink.shadow(&it))
        });
    }

    #[test]
    fn ndjson_has_a_line_of_its_own_type_for_each() {
        let mut report = Ndjson::new(Vec::new());
        tell(&mut report);
        let text = String::from_utf8(report.into_inner()).expect("UTF-8");
        let line = text.lines().nth(1).expect("a second line");
        insta::assert_snapshot!(line, @r#"{"type":"shadow","path":"test/a&b.js","variant":"sloppy","finding":"breach","batch":{"verdict":"fail","outcome":"threw","name":"E\n"},"alone":{"verdict":"pass","outcome":"completed"},"again":{"verdict":"pass","outcome":"completed"},"worker":3,"worker_life":1}"#);
    }

    #[test]
    fn junit_counts_a_breach_as_a_failure_and_a_flaky_case_as_skipped() {
        let text = junit(tell);
        assert!(
            text.contains(r#"tests="2" failures="1" errors="0" skipped="1""#),
            "{text}"
        );
        let cases: Vec<_> = text
            .lines()
            .filter(|it| it.starts_with("<testcase"))
            .collect();
        insta::assert_snapshot!(cases.join("\n"), @r#"
        <testcase classname="test" name="a&amp;b.js sloppy (shadow)" time="0"><failure type="isolation-breach" message="in the batch: fail, threw E&#10;; alone, twice: pass, completed"/></testcase>
        <testcase classname="test" name="a&amp;b.js sloppy (shadow)" time="0"><skipped message="flaky: in the batch: fail, threw E&#10;; alone: pass, completed, then fail, threw E&#10;"/></testcase>
        "#);
    }

    #[test]
    fn tap_has_a_comment_of_one_line_for_each() {
        let mut tap = Tap::new(Vec::new());
        tell(&mut tap);
        let text = String::from_utf8(tap.into_inner()).expect("UTF-8");
        insta::assert_snapshot!(text, @r"
        TAP version 14
        # rewind  on 
        # BREACH test/a&b.js sloppy: in the batch: fail, threw E\n; alone, twice: pass, completed
        # FLAKY test/a&b.js sloppy: in the batch: fail, threw E\n; alone: pass, completed, then fail, threw E\n
        1..0
        ");
    }
}
