//! `skips.json`: what was not run. Features that the engine lacks and what
//! people have excepted stand apart: the one list shrinks as the engine grows,
//! the other only by decision.

use crate::{CaseRecord, Skips, Summary};
use rewind_plan::SkipReason;
use serde::Serialize;
use std::collections::BTreeMap;

/// Exceptions listed; of more only the count is kept.
const LISTED: usize = 100_000;

#[derive(Default, Serialize)]
struct Feature {
    count: u64,
    reason: String,
}

#[derive(Serialize)]
struct Exception {
    path: String,
    variant: &'static str,
    reason: String,
}

/// What was skipped so far.
#[derive(Default)]
pub(super) struct Skipped {
    by_feature: BTreeMap<String, Feature>,
    exceptions: Vec<Exception>,
}

/// The file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    count: u64,
    by_cause: Skips,
    by_feature: &'a BTreeMap<String, Feature>,
    exceptions: &'a [Exception],
}

impl Skipped {
    pub(super) fn record(&mut self, record: &CaseRecord<'_>) {
        match record.about.skip {
            Some(SkipReason::Feature { name, reason }) => {
                if let Some(known) = self.by_feature.get_mut(&**name) {
                    known.count += 1;
                    return;
                }
                let (count, reason) = (1, reason.to_string());
                self.by_feature
                    .insert(name.to_string(), Feature { count, reason });
            }
            Some(SkipReason::List { reason }) if self.exceptions.len() < LISTED => {
                self.exceptions.push(Exception {
                    path: record.path.to_owned(),
                    variant: record.variant.name(),
                    reason: reason.to_string(),
                });
            }
            _ => {}
        }
    }

    pub(super) fn file(&self, summary: &Summary) -> File<'_> {
        File {
            count: summary.skip,
            by_cause: summary.skipped,
            by_feature: &self.by_feature,
            exceptions: &self.exceptions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{About, Figures, RunFacts, Verdict};
    use rewind_protocol::Variant;
    use serde_json::json;

    #[test]
    fn features_and_exceptions_stand_apart() {
        let lacking = |name: &str| SkipReason::Feature {
            name: name.into(),
            reason: "not there yet".into(),
        };
        let reasons = [
            lacking("Temporal"),
            lacking("Temporal"),
            lacking("ShadowRealm"),
            SkipReason::List {
                reason: "hangs".into(),
            },
            SkipReason::Mode,
        ];
        let (mut skipped, mut figures) = (Skipped::default(), Figures::new());
        for reason in &reasons {
            let record = CaseRecord {
                path: "test/a.js",
                variant: Variant::named(&"raw"),
                verdict: Verdict::Skip,
                expected: true,
                why: "",
                finished: None,
                worker: 0,
                worker_life: 0,
                attempt: 0,
                previous: None,
                partial: None,
                about: About {
                    skip: Some(reason),
                    ..About::default()
                },
            };
            skipped.record(&record);
            figures.record(&record);
        }
        let summary = Summary::new(&figures, &RunFacts::default());
        let file = serde_json::to_value(skipped.file(&summary)).expect("an object");
        assert_eq!(
            file,
            json!({
                "count": 5,
                "by_cause": {"feature": 3, "exception": 1, "agent": 0, "mode": 1},
                "by_feature": {
                    "ShadowRealm": {"count": 1, "reason": "not there yet"},
                    "Temporal": {"count": 2, "reason": "not there yet"},
                },
                "exceptions": [{"path": "test/a.js", "variant": "raw", "reason": "hangs"}],
            })
        );
    }
}
