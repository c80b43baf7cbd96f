//! Whether a run did all that was planned, and if not, why.
//!
//! ```text
//! cases planned, cases with a result ─┐
//! why it was stopped, if it was ──────┴─► Completeness ─► every form of report, the exit code
//! ```
//!
//! It is worked out here and nowhere else, so that no form of report can call a
//! run whole that another calls cut short.

use crate::text::{Grouped, Many};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a run ended before its end; reported under its name in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// Somebody interrupted it.
    Interrupted,
    /// As many cases had ended unexpectedly as `--max-fail` allows.
    MaxFail,
    /// Workers kept ending before they had answered a case.
    NoWorker,
    /// None of the reports that were asked for could be written any more.
    NoReport,
    /// Another failure of the machinery.
    Machinery,
}

impl StopReason {
    /// People wanted it so; otherwise something broke.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        matches!(self, Self::Interrupted | Self::MaxFail)
    }

    /// Its name, as it is reported to machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::MaxFail => "max-fail",
            Self::NoWorker => "no-worker",
            Self::NoReport => "no-report",
            Self::Machinery => "machinery",
        }
    }
}

/// Shown as a clause for people.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "interrupted",
            Self::MaxFail => "--max-fail was reached",
            Self::NoWorker => "no worker could be kept alive",
            Self::NoReport => "no report could be written any more",
            Self::Machinery => "the run broke off",
        })
    }
}

/// That a run was stopped, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub reason: StopReason,
    /// What was said when it happened; empty if there is no more to say.
    pub detail: String,
}

impl Stopped {
    /// Stopped for `reason`, with no more to say.
    #[must_use]
    pub const fn by(reason: StopReason) -> Self {
        Self {
            reason,
            detail: String::new(),
        }
    }
}

/// How much of the plan was done. Its members are some of the report's last line.
///
/// Shown as a clause: `interrupted; 863 of 1,352 cases were not run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Each planned case has a result, and nothing that was to follow was cut short.
    pub complete: bool,
    /// Executions planned, retries and skips not counted.
    pub planned: u64,
    /// Of these: without any result, not even a lost one.
    pub not_run: u64,
    /// Why it is not complete; `None` if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<StopReason>,
    /// More about the reason; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Default for Completeness {
    /// Of a plan without cases.
    fn default() -> Self {
        Self::new(0, 0, None)
    }
}

impl Completeness {
    /// Of a run in which `settled` of the `planned` executions have a result.
    #[must_use]
    pub fn new(planned: u64, settled: u64, stopped: Option<Stopped>) -> Self {
        let not_run = planned.saturating_sub(settled);
        let stopped = match stopped {
            // It was reached by the last case, and stopped nothing.
            Some(it) if it.reason == StopReason::MaxFail && not_run == 0 => None,
            None if not_run > 0 => Some(Stopped {
                reason: StopReason::Machinery,
                detail: "nobody said why".to_owned(),
            }),
            other => other,
        };
        Self {
            complete: stopped.is_none(),
            planned,
            not_run,
            reason: stopped.as_ref().map(|it| it.reason),
            detail: stopped.map(|it| it.detail).unwrap_or_default(),
        }
    }

    /// The word for people: `None` if it is complete.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        let reason = self.reason?;
        Some(if reason.is_wanted() {
            "STOPPED"
        } else {
            "BROKEN"
        })
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(reason) = self.reason else {
            return f.write_str("complete");
        };
        write!(f, "{reason}")?;
        if self.not_run == 0 {
            return Ok(());
        }
        let (not_run, planned) = (Grouped(self.not_run), Many(self.planned, "case"));
        let were = if self.not_run == 1 { "was" } else { "were" };
        write!(f, "; {not_run} of {planned} {were} not run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(planned: u64, settled: u64, reason: Option<StopReason>) -> Completeness {
        Completeness::new(planned, settled, reason.map(Stopped::by))
    }

    #[test]
    fn run_is_complete_only_if_nothing_is_missing_and_nothing_stopped_it() {
        use StopReason::{Interrupted, Machinery, MaxFail, NoReport, NoWorker};
        assert!(of(3, 3, None).complete && of(0, 0, None).complete);
        assert!(of(3, 3, Some(MaxFail)).complete, "it stopped nothing");
        for reason in [Interrupted, NoWorker, NoReport, Machinery] {
            assert_eq!(of(3, 3, Some(reason)).reason, Some(reason));
            assert!(!of(3, 3, Some(reason)).complete, "what follows is missing");
        }
        let silent = of(3, 2, None);
        assert_eq!(
            (silent.complete, silent.not_run, silent.reason),
            (false, 1, Some(Machinery))
        );
    }

    #[test]
    fn clause_says_why_and_how_much_is_missing() {
        let shown = |planned, settled, reason| of(planned, settled, Some(reason)).to_string();
        assert_eq!(
            shown(1352, 489, StopReason::Interrupted),
            "interrupted; 863 of 1,352 cases were not run"
        );
        assert_eq!(
            shown(2, 1, StopReason::MaxFail),
            "--max-fail was reached; 1 of 2 cases was not run"
        );
        assert_eq!(
            shown(2, 2, StopReason::NoWorker),
            "no worker could be kept alive"
        );
        assert_eq!(of(2, 2, None).to_string(), "complete");
        let words = [StopReason::MaxFail, StopReason::NoReport].map(|it| of(1, 0, Some(it)).word());
        assert_eq!(words, [Some("STOPPED"), Some("BROKEN")]);
    }

    #[test]
    fn members_are_read_back_as_they_were_written() {
        let whole = json!({"complete": true, "planned": 7, "not_run": 0});
        assert_eq!(serde_json::to_value(of(7, 7, None)).ok(), Some(whole));
        let stopped = Stopped {
            reason: StopReason::NoWorker,
            detail: "it exited".to_owned(),
        };
        let part = Completeness::new(7, 3, Some(stopped));
        let value = serde_json::to_value(&part).expect("an object");
        assert_eq!(
            (&value["complete"], &value["not_run"], &value["reason"]),
            (&json!(false), &json!(4), &json!("no-worker"))
        );
        assert_eq!(
            serde_json::from_value::<Completeness>(value).ok(),
            Some(part)
        );
    }

    #[test]
    fn every_reason_has_one_name() {
        use StopReason::{Interrupted, Machinery, MaxFail, NoReport, NoWorker};
        for reason in [Interrupted, MaxFail, NoWorker, NoReport, Machinery] {
            assert_eq!(
                serde_json::to_value(reason).ok(),
                Some(json!(reason.name()))
            );
        }
    }
}
