//! Two verdicts for each test, and what becomes of those that differ.

use super::rules::{Explanation, Judge};
use crate::error::{Error, Result};
use crate::peer::{PeerResult, PeerVerdict};
use crate::rewind_run::Case;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A test with two verdicts.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Path relative to the root.
    pub path: String,
    /// run-test262's.
    pub peer: PeerResult,
    /// Ours; `None` if we have no answer for it at all.
    pub ours: Option<Case>,
    /// What explains it, once it is judged.
    pub explanation: Option<Explanation>,
}

impl Difference {
    /// Our verdict's name.
    pub(crate) fn our_verdict(&self) -> &str {
        self.ours
            .as_ref()
            .map_or("absent", |case| case.verdict.as_str())
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Tests compared.
    pub tests: usize,
    /// Tests with the same verdict, by that verdict.
    pub agreed: HashMap<String, usize>,
    /// The others, by path.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Compares. What one of the two did not answer is a difference as well.
    pub(crate) fn new(
        tests: &[String],
        theirs: &HashMap<String, PeerResult>,
        ours: &HashMap<String, Case>,
    ) -> Self {
        let mut comparison = Self {
            tests: tests.len(),
            ..Self::default()
        };
        for path in tests {
            let peer = theirs.get(path).cloned().unwrap_or_else(unanswered);
            let case = ours.get(path);
            match case {
                Some(case) if case.verdict == peer.verdict.class() => {
                    *comparison.agreed.entry(case.verdict.clone()).or_default() += 1;
                }
                _ => comparison.differences.push(difference(path, peer, case)),
            }
        }
        comparison.add_strangers(tests, ours);
        comparison
    }

    /// What we ran and should not have known as a test.
    fn add_strangers(&mut self, tests: &[String], ours: &HashMap<String, Case>) {
        let known: HashSet<&String> = tests.iter().collect();
        let mut strangers: Vec<&Case> = ours
            .values()
            .filter(|case| !known.contains(&case.path))
            .collect();
        strangers.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let strange = strangers
            .into_iter()
            .map(|case| difference(&case.path, unanswered(), Some(case)));
        self.differences.extend(strange);
    }

    /// Looks for what explains each difference.
    pub(crate) fn judge(&mut self, root: &Path, judge: &Judge<'_>) -> Result<()> {
        for difference in &mut self.differences {
            let path = root.join(&difference.path);
            let text = std::fs::read(&path).map_err(Error::file("read", &path))?;
            difference.explanation = judge.explain(difference, &text)?;
        }
        Ok(())
    }

    /// Differences that nothing explains.
    pub(crate) fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.explanation.is_none())
    }
}

fn unanswered() -> PeerResult {
    PeerResult {
        verdict: PeerVerdict::Skip,
        message: "not a test to run-test262".into(),
    }
}

fn difference(path: &str, peer: PeerResult, ours: Option<&Case>) -> Difference {
    Difference {
        path: path.to_owned(),
        peer,
        ours: ours.cloned(),
        explanation: None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::{Value, json};

    pub(crate) fn case(path: &str, verdict: &str, outcome: Value) -> Case {
        Case {
            path: path.into(),
            variant: "sloppy".into(),
            verdict: verdict.into(),
            outcome,
            why: String::new(),
            attempt: 1,
            partial: None,
            us: 0,
        }
    }

    pub(crate) fn peer(verdict: PeerVerdict, message: &str) -> PeerResult {
        PeerResult {
            verdict,
            message: message.into(),
        }
    }

    #[test]
    fn comparison_finds_differences_absent_answers_and_strangers() {
        let tests = ["a.js", "b.js", "c.js"].map(String::from);
        let theirs: HashMap<_, _> = tests
            .iter()
            .map(|test| (test.clone(), peer(PeerVerdict::Crash(11), "")))
            .collect();
        let ours = [
            ("a.js", "crash"),
            ("b.js", "pass"),
            ("x_FIXTURE.js", "pass"),
        ]
        .map(|(path, verdict)| (path.to_owned(), case(path, verdict, json!({}))))
        .into();
        let comparison = Comparison::new(&tests, &theirs, &ours);
        assert_eq!(comparison.agreed, [("crash".to_owned(), 1)].into());
        let found: Vec<_> = comparison
            .differences
            .iter()
            .map(|d| (d.path.as_str(), d.our_verdict()))
            .collect();
        assert_eq!(
            found,
            [
                ("b.js", "pass"),
                ("c.js", "absent"),
                ("x_FIXTURE.js", "pass")
            ]
        );
        assert_eq!(comparison.unexplained().count(), 3);
    }
}
