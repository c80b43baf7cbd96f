//! What came of looking for the cases that changed how another ended.
//!
//! ```text
//! found         these cases, the polluters, change it, and none can be left out
//! nothing       there is nothing to find, and why
//! bound         the bound on tries or time was reached; so many suspects are left
//! interrupted   somebody ended the run
//! ```

use crate::CaseEnd;
use rewind_protocol::Variant;
use serde::Serialize;
use std::fmt;

/// Why a case's polluters were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// It failed among others, and was as expected when it was run again alone.
    Partial,
    /// A second run in a process of its own ended otherwise.
    Breach,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchEnd {
    /// The polluters are known.
    Found,
    /// There is nothing to find.
    Nothing,
    /// As many tries were made, or as much time was taken, as may be.
    Bound,
    /// Somebody ended the run.
    Interrupted,
}

/// A case by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedCase {
    /// Path relative to the corpus root.
    pub path: String,
    /// How the source was treated; as text where it is serialised.
    #[serde(serialize_with = "crate::shadow::as_name")]
    pub variant: Variant,
}

impl fmt::Display for NamedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.variant)
    }
}

/// What came of the search for one case's polluters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BisectRecord {
    /// The case whose end was changed.
    #[serde(flatten)]
    pub victim: NamedCase,
    /// Why they were looked for.
    pub cause: Cause,
    /// How the search ended.
    pub result: SearchEnd,
    /// Why nothing was found, if so; for people.
    pub why: Option<String>,
    /// The cases that change it, in the order in which they ran; empty unless found.
    pub polluters: Vec<NamedCase>,
    /// How many cases ran before the victim in its process.
    pub predecessors: u64,
    /// How many of them are still suspected.
    pub left: u64,
    /// How the victim ends alone, as far as it was tried.
    pub alone: Option<CaseEnd>,
    /// How it ends after all of them, as far as it was tried.
    pub with: Option<CaseEnd>,
    /// Tries made in this run.
    pub probes: u32,
    /// Answers known from a run that was interrupted.
    pub known: u32,
    /// Place of the worker that the victim had in the batch.
    pub worker: u32,
    /// How many workers had that place before.
    pub worker_life: u32,
    /// The command that shows it again; where polluters are known and the run is recorded.
    pub replay: Option<String>,
}

impl BisectRecord {
    /// What came of it, a line for each polluter; for people.
    pub(crate) fn told(&self) -> Vec<String> {
        let victim = &self.victim;
        if self.result != SearchEnd::Found {
            let why = self.why.as_deref().unwrap_or_default();
            return vec![format!("NO POLLUTER of {victim}: {why}")];
        }
        let line = |polluter| format!("POLLUTER of {victim}: {polluter}");
        self.polluters.iter().map(line).collect()
    }
}

/// Figures of all searches of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BisectCounts {
    /// Cases whose polluters were looked for.
    pub searched: u64,
    /// Of these: polluters found.
    pub found: u64,
    /// Nothing to find.
    pub nothing: u64,
    /// Not over: bound reached, or interrupted.
    pub stopped: u64,
    /// Partial cases and breaches that were not looked into.
    pub not_searched: u64,
}

impl BisectCounts {
    /// Counts one search.
    pub fn add(&mut self, end: SearchEnd) {
        self.searched += 1;
        *match end {
            SearchEnd::Found => &mut self.found,
            SearchEnd::Nothing => &mut self.nothing,
            SearchEnd::Bound | SearchEnd::Interrupted => &mut self.stopped,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{junit, tell_run};
    use crate::{Ndjson, RunFacts, Sink, Tap, Verdict};
    use rewind_protocol::Outcome;

    fn named(path: &str) -> NamedCase {
        NamedCase {
            path: path.to_owned(),
            variant: Variant::named(&"strict"),
        }
    }

    fn record(result: SearchEnd) -> BisectRecord {
        let end = |verdict| Some(CaseEnd::new(verdict, &Outcome::Completed));
        let found = result == SearchEnd::Found;
        BisectRecord {
            victim: named("test/b.js"),
            cause: Cause::Partial,
            result,
            why: (!found).then(|| "so\nit is".to_owned()),
            polluters: if found {
                vec![named("test/a.js")]
            } else {
                Vec::new()
            },
            predecessors: 7,
            left: u64::from(found),
            alone: end(Verdict::Pass),
            with: end(Verdict::Fail),
            probes: 9,
            known: 0,
            worker: 1,
            worker_life: 2,
            replay: found.then(|| "rewind replay out".to_owned()),
        }
    }

    /// What `sink` is told of a run with one search that found something and one that didn't.
    fn tell(sink: &mut impl Sink) {
        let ends = [SearchEnd::Found, SearchEnd::Nothing];
        let mut counts = BisectCounts::default();
        ends.into_iter().for_each(|end| counts.add(end));
        let facts = RunFacts {
            bisected: Some(counts),
            ..RunFacts::default()
        };
        tell_run(sink, &facts, |sink| {
            ends.into_iter()
                .try_for_each(|end| sink.bisected(&record(end)))
        });
    }

    #[test]
    fn ndjson_has_a_line_of_its_own_type_for_each_and_the_sums() {
        let mut report = Ndjson::new(Vec::new());
        tell(&mut report);
        let text = String::from_utf8(report.into_inner()).expect("UTF-8");
        let lines: Vec<_> = text.lines().skip(1).take(2).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"type":"bisected","path":"test/b.js","variant":"strict","cause":"partial","result":"found","why":null,"polluters":[{"path":"test/a.js","variant":"strict"}],"predecessors":7,"left":1,"alone":{"verdict":"pass","outcome":"completed"},"with":{"verdict":"fail","outcome":"completed"},"probes":9,"known":0,"worker":1,"worker_life":2,"replay":"rewind replay out"}
        {"type":"bisected","path":"test/b.js","variant":"strict","cause":"partial","result":"nothing","why":"so\nit is","polluters":[],"predecessors":7,"left":0,"alone":{"verdict":"pass","outcome":"completed"},"with":{"verdict":"fail","outcome":"completed"},"probes":9,"known":0,"worker":1,"worker_life":2,"replay":null}
        "#);
        let summary: serde_json::Value =
            serde_json::from_str(text.lines().last().expect("a summary")).expect("JSON");
        let sums = serde_json::json!({
            "searched": 2, "found": 1, "nothing": 1, "stopped": 0, "not_searched": 0
        });
        assert_eq!(summary["bisected"], sums);
    }

    #[test]
    fn tap_has_a_comment_of_one_line_for_each() {
        let mut tap = Tap::new(Vec::new());
        tell(&mut tap);
        let text = String::from_utf8(tap.into_inner()).expect("UTF-8");
        insta::assert_snapshot!(text, @r"
        TAP version 14
        # rewind  on 
        # POLLUTER of test/b.js strict: test/a.js strict
        # NO POLLUTER of test/b.js strict: so\nit is
        1..0
        ");
    }

    #[test]
    fn junit_tells_of_them_behind_the_cases() {
        let text = junit(tell);
        let from = text.find("<system-out>").expect("text of the suite");
        insta::assert_snapshot!(text.get(from..).unwrap_or_default(), @r"
        <system-out>POLLUTER of test/b.js strict: test/a.js strict
        shown again by: rewind replay out
        NO POLLUTER of test/b.js strict: so&#10;it is
        </system-out>
        </testsuite>
        </testsuites>
        ");
    }

    #[test]
    fn search_that_is_not_over_counts_as_stopped() {
        let mut counts = BisectCounts::default();
        counts.add(SearchEnd::Bound);
        counts.add(SearchEnd::Interrupted);
        assert_eq!((counts.searched, counts.stopped), (2, 2));
    }
}
