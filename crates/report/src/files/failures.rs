//! `failures.json`: what didn't pass, by kind, by folder and by feature.

use crate::text::prefix;
use crate::{BisectRecord, CaseRecord, Verdict};
use rewind_protocol::Variant;
use rewind_verdict::FailureKind;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Cases listed; of more only the counts are kept.
const LISTED: usize = 100_000;
/// Most bytes kept of a reason.
const WHY: usize = 500;
/// Parts of a path that make a category: `test/built-ins/Array`.
const DEPTH: usize = 3;

/// A case that didn't pass at least once.
#[derive(Serialize)]
struct Failed {
    path: Box<str>,
    variant: &'static str,
    /// Of the last attempt that didn't pass.
    verdict: Verdict,
    kind: Option<FailureKind>,
    expected: bool,
    /// It passed on a retry.
    flaky: bool,
    /// It was as expected when it was run again alone; it counts as it ended before.
    partial: bool,
    /// Path and variant of the cases that made it fail, where they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    polluters: Vec<String>,
    /// Attempts that didn't pass, of all rounds.
    failures: u32,
    features: Vec<Box<str>>,
    why: String,
}

/// Everything that didn't pass so far.
#[derive(Default)]
pub(super) struct Failures {
    /// In the order of first failures.
    cases: Vec<Failed>,
    by_case: HashMap<(Box<str>, Variant), usize>,
    not_listed: u64,
}

/// How many cases of a category didn't pass, and which.
#[derive(Default, Serialize)]
pub(super) struct Category<'a> {
    count: u64,
    unexpected: u64,
    /// Path and variant, with a space between.
    cases: Vec<CaseName<'a>>,
}

/// Shown as path and variant.
struct CaseName<'a>(&'a str, &'static str);

impl Serialize for CaseName<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.0, self.1))
    }
}

/// The file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    /// Cases that failed last, flaky ones not among them.
    count: u64,
    unexpected: u64,
    flaky: u64,
    /// Of `count`: as expected when they were run again alone.
    partial: u64,
    not_listed: u64,
    by_kind: BTreeMap<&'static str, u64>,
    by_path: BTreeMap<&'a str, Category<'a>>,
    by_feature: BTreeMap<&'a str, Category<'a>>,
    cases: &'a [Failed],
}

impl Failures {
    pub(super) fn record(&mut self, record: &CaseRecord<'_>) {
        if record.partial.is_some() {
            if let Some(known) = self.known(record) {
                known.partial = true;
            }
            return;
        }
        if record.verdict == Verdict::Pass {
            if record.previous.is_some() {
                self.passed_after_all(record);
            }
            return;
        }
        let key = (Box::from(record.path), record.variant);
        let known = self.by_case.get(&key).copied();
        if let Some(known) = known.and_then(|at| self.cases.get_mut(at)) {
            known.again(record);
        } else if self.cases.len() < LISTED {
            self.by_case.insert(key, self.cases.len());
            self.cases.push(Failed::new(record));
        } else {
            self.not_listed += 1;
        }
    }

    /// What made a case fail has been looked for.
    pub(super) fn bisected(&mut self, record: &BisectRecord) {
        let victim = &record.victim;
        let key = (Box::from(&*victim.path), victim.variant);
        let at = self.by_case.get(&key).copied();
        if let Some(known) = at.and_then(|at| self.cases.get_mut(at)) {
            known.polluters = record.polluters.iter().map(ToString::to_string).collect();
        }
    }

    fn passed_after_all(&mut self, record: &CaseRecord<'_>) {
        if let Some(known) = self.known(record) {
            known.flaky = true;
        }
    }

    fn known(&mut self, record: &CaseRecord<'_>) -> Option<&mut Failed> {
        let key = (Box::from(record.path), record.variant);
        let at = self.by_case.get(&key)?;
        self.cases.get_mut(*at)
    }

    pub(super) fn file(&self) -> File<'_> {
        let mut file = File {
            count: 0,
            unexpected: 0,
            flaky: 0,
            partial: 0,
            not_listed: self.not_listed,
            by_kind: FailureKind::ALL.map(|kind| (kind.name(), 0)).into(),
            by_path: BTreeMap::new(),
            by_feature: BTreeMap::new(),
            cases: &self.cases,
        };
        for case in &self.cases {
            if case.flaky {
                file.flaky += 1;
                continue;
            }
            file.count += 1;
            file.unexpected += u64::from(!case.expected);
            file.partial += u64::from(case.partial);
            let kind = case.kind.unwrap_or(FailureKind::Other).name();
            *file.by_kind.entry(kind).or_default() += 1;
            file.by_path
                .entry(folder(&case.path))
                .or_default()
                .add(case);
            for feature in &case.features {
                file.by_feature.entry(feature).or_default().add(case);
            }
        }
        file
    }
}

impl<'a> Category<'a> {
    fn add(&mut self, case: &'a Failed) {
        self.count += 1;
        self.unexpected += u64::from(!case.expected);
        self.cases.push(CaseName(&case.path, case.variant));
    }
}

impl Failed {
    fn new(record: &CaseRecord<'_>) -> Self {
        let mut case = Self {
            path: record.path.into(),
            variant: record.variant.name(),
            verdict: record.verdict,
            kind: None,
            expected: true,
            flaky: false,
            partial: false,
            polluters: Vec::new(),
            failures: 0,
            features: record.about.features.iter().map(|&it| it.into()).collect(),
            why: String::new(),
        };
        case.again(record);
        case
    }

    /// Another attempt didn't pass. Of several rounds, an unexpected one counts.
    fn again(&mut self, record: &CaseRecord<'_>) {
        let replaces = record.previous.is_some();
        self.failures += 1;
        if replaces || self.expected {
            self.verdict = record.verdict;
            self.kind = record.about.kind;
            self.expected = record.expected;
            let why = prefix(record.why.as_bytes(), WHY);
            self.why = String::from_utf8_lossy(why).into_owned();
        }
    }
}

/// The first folders of a path.
fn folder(path: &str) -> &str {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let end = ends.take(DEPTH).last().unwrap_or(0);
    path.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;
    use serde_json::{Value, json};

    fn failed<'a>(path: &'a str, kind: FailureKind, features: &'a [&'a str]) -> CaseRecord<'a> {
        CaseRecord {
            path,
            variant: Variant::named(&"strict"),
            verdict: Verdict::Fail,
            expected: false,
            why: "because",
            finished: None,
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: About {
                kind: Some(kind),
                features,
                skip: None,
                died_before: None,
            },
        }
    }

    fn value(all: &[CaseRecord<'_>]) -> Value {
        let mut failures = Failures::default();
        all.iter().for_each(|record| failures.record(record));
        serde_json::to_value(failures.file()).expect("an object")
    }

    #[test]
    fn failures_are_counted_and_listed_by_kind_folder_and_feature() {
        let listed = CaseRecord {
            expected: true,
            ..failed("test/built-ins/Array/from/b.js", FailureKind::Assert, &[])
        };
        let found = value(&[
            failed(
                "test/built-ins/Array/a.js",
                FailureKind::Assert,
                &["BigInt", "Proxy"],
            ),
            failed("test/language/c.js", FailureKind::Parse, &["BigInt"]),
            listed,
        ]);
        assert_eq!(
            (&found["count"], &found["unexpected"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(found["by_kind"]["assert"], 2);
        assert_eq!(found["by_kind"]["crash"], 0);
        assert_eq!(
            found["by_path"],
            json!({
                "test/built-ins/Array": {"count": 2, "unexpected": 1, "cases": [
                    "test/built-ins/Array/a.js strict", "test/built-ins/Array/from/b.js strict"
                ]},
                "test/language": {"count": 1, "unexpected": 1, "cases": ["test/language/c.js strict"]},
            })
        );
        assert_eq!(found["by_feature"]["BigInt"]["count"], 2);
        assert_eq!(
            found["by_feature"]["Proxy"]["cases"],
            json!(["test/built-ins/Array/a.js strict"])
        );
        assert_eq!(found["cases"][0]["kind"], "assert");
        assert_eq!(found["cases"][0]["why"], "because");
    }

    #[test]
    fn retry_that_passes_leaves_a_flaky_case_and_no_failure() {
        let first = failed("test/a.js", FailureKind::Crash, &[]);
        let retry = CaseRecord {
            verdict: Verdict::Pass,
            expected: true,
            previous: Some(Verdict::Fail),
            attempt: 2,
            ..first
        };
        let found = value(&[first, retry]);
        assert_eq!((&found["count"], &found["flaky"]), (&json!(0), &json!(1)));
        assert_eq!(found["by_path"], json!({}));
        assert_eq!(found["cases"][0]["flaky"], true);
    }

    #[test]
    fn case_of_several_rounds_is_there_once_with_all_its_failures() {
        let first = failed("test/a.js", FailureKind::Assert, &[]);
        let second = failed("test/a.js", FailureKind::Timeout, &[]);
        let found = value(&[first, second]);
        assert_eq!(found["cases"].as_array().map(Vec::len), Some(1));
        assert_eq!(found["cases"][0]["failures"], 2);
        assert_eq!(found["by_kind"]["assert"], 1);
    }

    #[test]
    fn folder_is_the_first_three_parts_at_most() {
        for (path, wanted) in [
            ("test/a/b/c/d.js", "test/a/b"),
            ("test/a/d.js", "test/a"),
            ("test/d.js", "test"),
            ("d.js", ""),
        ] {
            assert_eq!(folder(path), wanted);
        }
    }
}
