//! From corpus and options to a plan.

use crate::order::{arrange, weigh};
use crate::preamble::Preambles;
use crate::{Case, Plan, PlanError, PlanOptions, PreambleSpec, SkipReason, Skipped, Timings};
use rewind_corpus::{Expectation, ExpectationId, ExpectedOutcome};
use rewind_protocol::Variant;
use rewind_suite::{Suite, Variants};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Plan {
    /// Works out what to run of `suite`.
    ///
    /// A test that can't be read, or needs a source that isn't there, has cases all
    /// the same: see [`Plan::unreadable`].
    ///
    /// # Errors
    /// If a source isn't there that all tests need.
    pub fn new(suite: &dyn Suite, options: &PlanOptions<'_>) -> Result<Self, PlanError> {
        let mut building = Building::new(suite, options);
        for test in 0..suite.tests() {
            building.add(test);
        }
        building.finish()
    }
}

struct Building<'a> {
    suite: &'a dyn Suite,
    options: &'a PlanOptions<'a>,
    cases: Vec<Case>,
    skipped: Vec<Skipped>,
    unreadable: BTreeMap<u32, Arc<str>>,
}

/// A test in one of its variants.
struct Candidate<'a> {
    test: u32,
    path: &'a Arc<str>,
    variant: Variant,
}

impl<'a> Building<'a> {
    fn new(suite: &'a dyn Suite, options: &'a PlanOptions<'a>) -> Self {
        Self {
            suite,
            options,
            cases: Vec::with_capacity(suite.tests() as usize * 2),
            skipped: Vec::new(),
            unreadable: BTreeMap::new(),
        }
    }

    /// Adds a test in all variants that are wanted.
    fn add(&mut self, test: u32) {
        let path = &self.suite.path(test);
        let candidate = |variant| Candidate {
            test,
            path,
            variant,
        };
        let mut wanted = match self.suite.variants(test) {
            Variants::Of(wanted) => wanted,
            Variants::NotAskedFor(variant) => {
                if self.selects(test, path, variant) {
                    self.skip(&candidate(variant), SkipReason::Mode, None);
                }
                return;
            }
        };
        if let Some(reason) = self.suite.unreadable(test) {
            // Nobody knows its variants, and once is enough.
            let first = wanted.into_iter().flatten().next();
            wanted = [first, None];
            self.unreadable.insert(test, reason);
        }
        let test_skip = self.suite.skip(test);
        for variant in wanted.into_iter().flatten() {
            if !self.selects(test, path, variant) {
                continue;
            }
            let candidate = candidate(variant);
            let expectation = self.expectation(&candidate);
            let listed = self.listed_skip(&candidate, expectation);
            let skip = listed.or_else(|| test_skip.clone().map(|reason| (reason, None)));
            match skip {
                Some((reason, id)) => self.skip(&candidate, reason, id),
                None => self.run(&candidate, expectation),
            }
        }
    }

    /// Why people don't want the case run, and the expectation that says so, if it is one.
    fn listed_skip(
        &self,
        case: &Candidate<'_>,
        expectation: Option<(ExpectationId, &Expectation)>,
    ) -> Option<(SkipReason, Option<ExpectationId>)> {
        let expected = expectation.filter(|(_, entry)| entry.outcome == ExpectedOutcome::Skip);
        if let Some((id, entry)) = expected {
            let reason = Arc::from(entry.reason.as_str());
            return Some((SkipReason::List { reason }, Some(id)));
        }
        let listed = self.options.skip_list?.reason(case.path, case.variant)?;
        let reason = Arc::clone(listed);
        Some((SkipReason::List { reason }, None))
    }

    fn selects(&self, test: u32, path: &str, variant: Variant) -> bool {
        let filter = self.options.filter.as_ref();
        filter.is_none_or(|filter| filter.matches(self.suite, (test, path), variant))
    }

    fn expectation(&self, case: &Candidate<'_>) -> Option<(ExpectationId, &'a Expectation)> {
        let expectations = self.options.expectations?;
        let id = expectations.lookup_id(case.path, case.variant)?;
        Some((id, expectations.get(id)?))
    }

    fn skip(
        &mut self,
        case: &Candidate<'_>,
        reason: SkipReason,
        expectation: Option<ExpectationId>,
    ) {
        let shard = self.options.shard;
        if shard.is_none_or(|shard| shard.holds(case.path)) {
            self.skipped.push(Skipped {
                path: Arc::clone(case.path),
                variant: case.variant,
                reason,
                test: case.test,
                expectation,
            });
        }
    }

    fn run(&mut self, case: &Candidate<'_>, expectation: Option<(ExpectationId, &Expectation)>) {
        let usual = self.options.deadline_ms;
        let deadline = expectation
            .and_then(|(_, entry)| entry.deadline_ms)
            .or_else(|| {
                let slow = self.options.slow?;
                slow.deadline_ms(case.path, case.variant, usual)
            });
        self.cases.push(Case {
            path: Arc::clone(case.path),
            variant: case.variant,
            preamble: None,
            attributes: self.suite.attributes(case.test),
            deadline_ms: deadline.unwrap_or(usual).max(1),
            weight_us: 1,
            bytes: u32::try_from(self.suite.size(case.test)).unwrap_or(0),
            test: case.test,
            round: 0,
            expectation: expectation.map(|(id, _)| id),
        });
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        let timings = self.options.timings;
        weigh(&mut self.cases, timings);
        if let Some(shard) = self.options.shard {
            let measured =
                |timings: &Timings, case: &Case| timings.get(&case.path, case.variant).is_some();
            shard.keep(&mut self.cases, |case| {
                timings.is_some_and(|it| measured(it, case))
            });
        }
        let preambles = self.preambles()?;
        arrange(&mut self.cases, self.options.order, timings);
        let cases = repeat(self.cases, self.options.repeat)?;
        Ok(Plan {
            root: self.suite.root().to_path_buf(),
            cases,
            preambles,
            skipped: self.skipped,
            texts: self.options.texts.clone(),
            unreadable: self.unreadable,
        })
    }

    /// Gives every case its preamble; returns those that are used, numbered in
    /// the order of the first path that uses them.
    fn preambles(&mut self) -> Result<Vec<PreambleSpec>, PlanError> {
        let mut preambles = Preambles::new(self.suite);
        for case in &mut self.cases {
            if self.unreadable.contains_key(&case.test) {
                continue;
            }
            match preambles.of(case.test)? {
                Ok(preamble) => case.preamble = preamble,
                Err(missing) => {
                    let mend = self.suite.missing_source_mend();
                    let reason = format!("it needs {missing}, which isn't there: {mend}");
                    self.unreadable.insert(case.test, reason.into());
                }
            }
        }
        Ok(preambles.into_specs())
    }
}

/// The whole list `times` times over, round after round.
fn repeat(mut cases: Vec<Case>, times: u32) -> Result<Vec<Case>, PlanError> {
    let once = cases.len();
    let all = once.saturating_mul(times.max(1) as usize);
    if u32::try_from(all).is_err() {
        return Err(PlanError::TooMany);
    }
    cases.reserve(all - once);
    for round in 1..times {
        let again = cases
            .iter()
            .take(once)
            .cloned()
            .map(|case| Case { round, ..case });
        let again: Vec<Case> = again.collect();
        cases.extend(again);
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Asked, corpus, names, plan};
    use crate::{Order, Shard};
    use rewind_corpus::{Allowed, Expectations, Mode, Unsupported, variants};
    use std::path::Path;

    fn by_path() -> Asked<'static> {
        Asked {
            order: Order::Path,
            ..Asked::default()
        }
    }

    fn reasons(plan: &Plan) -> Vec<String> {
        let line = |it: &Skipped| format!("{} {}: {}", it.path, it.variant, it.reason);
        plan.skipped.iter().map(line).collect()
    }

    #[test]
    fn cases_carry_what_the_test_says() {
        let (_folder, corpus) = corpus(&[
            ("a.js", "flags: [async, noStrict]"),
            ("b.js", "flags: [CanBlockIsFalse, module]"),
        ]);
        let plan = plan(
            &corpus,
            &Asked {
                deadline_ms: 0,
                ..by_path()
            },
        );
        assert_eq!(names(&plan.cases), ["a.js sloppy", "b.js module"]);
        let [a, b] = &plan.cases[..] else {
            panic!("two cases")
        };
        assert_eq!(a.attributes, variants::attributes(true, false));
        assert_eq!(b.attributes, variants::attributes(false, true));
        assert_eq!((a.test, b.test, a.deadline_ms), (0, 1, 1));
        assert_eq!(plan.root, corpus.root);
        assert_eq!(plan.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn tests_with_a_feature_that_is_lacking_are_skipped_with_the_reason() {
        let (_folder, corpus) = corpus(&[
            ("a.js", "features: [BigInt, Temporal]"),
            ("b.js", "features: [BigInt]"),
            ("c.js", "features: [Temporal.Now]"),
        ]);
        let text = "Temporal: not there yet";
        let unsupported = Unsupported::parse(text, Path::new("l.txt")).unwrap();
        let plan = plan(
            &corpus,
            &Asked {
                unsupported: Some(&unsupported),
                ..by_path()
            },
        );
        assert_eq!(
            names(&plan.cases),
            ["b.js sloppy", "b.js strict", "c.js sloppy", "c.js strict"]
        );
        insta::assert_debug_snapshot!(reasons(&plan), @r#"
        [
            "test/a.js sloppy: needs Temporal: not there yet",
            "test/a.js strict: needs Temporal: not there yet",
        ]
        "#);
    }

    #[test]
    fn tests_that_are_allowed_run_and_their_neighbours_do_not() {
        let (_folder, corpus) = corpus(&[
            ("x/a.js", "features: [Temporal]\nflags: [raw]"),
            ("x/b.js", "features: [Temporal]\nflags: [raw]"),
            ("x/c.js", "features: [Temporal]\nflags: [raw]"),
        ]);
        let unsupported = Unsupported::quickjs_ng().unwrap();
        let allowed = Allowed::parse("test/x/a.js\ntest/x/c.js", Path::new("a.txt")).unwrap();
        let text = "[[expect]]\npath = \"test/x/c.js\"\noutcome = \"skip\"\nreason = \"hangs\"\n";
        let expectations = Expectations::parse(text, Path::new("e.toml")).unwrap();
        let plan = plan(
            &corpus,
            &Asked {
                unsupported: Some(&unsupported),
                allowed: Some(&allowed),
                expectations: Some(&expectations),
                ..by_path()
            },
        );
        assert_eq!(names(&plan.cases), ["x/a.js raw"]);
        let causes = plan
            .skipped
            .iter()
            .map(|it| (&it.path[5..], it.reason.cause()));
        let causes: Vec<_> = causes.collect();
        assert_eq!(causes, [("x/b.js", "feature"), ("x/c.js", "exception")]);
    }

    #[test]
    fn can_block_decides_on_tests_that_need_it() {
        let (_folder, corpus) = corpus(&[
            ("a.js", "flags: [CanBlockIsTrue, noStrict]"),
            ("b.js", "flags: [CanBlockIsFalse, noStrict]"),
        ]);
        assert_eq!(
            names(&plan(&corpus, &by_path()).cases),
            ["a.js sloppy", "b.js sloppy"]
        );
        let plan = plan(
            &corpus,
            &Asked {
                can_block: false,
                ..by_path()
            },
        );
        assert_eq!(names(&plan.cases), ["b.js sloppy"]);
        assert_eq!(
            reasons(&plan),
            ["test/a.js sloppy: needs an agent that may block"]
        );
    }

    #[test]
    fn tests_without_a_variant_in_the_mode_are_told() {
        let (_folder, corpus) = corpus(&[("a.js", "flags: [noStrict]"), ("b.js", "")]);
        let plan = plan(
            &corpus,
            &Asked {
                mode: Mode::Strict,
                ..by_path()
            },
        );
        assert_eq!(names(&plan.cases), ["b.js strict"]);
        assert_eq!(
            reasons(&plan),
            ["test/a.js sloppy: has no variant in this mode"]
        );
    }

    #[test]
    fn expectations_skip_and_set_deadlines_and_are_found_from_the_case() {
        let (_folder, corpus) = corpus(&[("a.js", ""), ("b.js", ""), ("c.js", "")]);
        let text = "[[expect]]\npath = \"test/a.js\"\noutcome = \"skip\"\nvariants = [\"strict\"]\nreason = \"hangs\"\n\
            [[expect]]\npath = \"test/b.js\"\noutcome = \"crash\"\ndeadline_ms = 300\nreason = \"faults\"\n";
        let expectations = Expectations::parse(text, Path::new("e.toml")).unwrap();
        let options = Asked {
            mode: Mode::Both,
            deadline_ms: 5000,
            expectations: Some(&expectations),
            ..by_path()
        };
        let plan = plan(&corpus, &options);
        let shown: Vec<_> = plan
            .cases
            .iter()
            .map(|it| (&it.path[5..], it.deadline_ms, it.expectation))
            .collect();
        let second = Some(ExpectationId(1));
        assert_eq!(
            shown,
            [
                ("a.js", 5000, None),
                ("b.js", 300, second),
                ("b.js", 300, second),
                ("c.js", 5000, None),
                ("c.js", 5000, None)
            ]
        );
        assert_eq!(reasons(&plan), ["test/a.js strict: excepted: hangs"]);
        assert_eq!(plan.skipped[0].expectation, Some(ExpectationId(0)));
    }

    #[test]
    fn slow_list_relaxes_deadlines_and_skip_list_leaves_out_with_its_reason() {
        let raw = "flags: [raw]";
        let (_folder, corpus) =
            corpus(&[("a.js", raw), ("b.js", raw), ("c.js", raw), ("d.js", raw)]);
        let text = "[[expect]]\npath = \"test/b.js\"\noutcome = \"fail\"\ndeadline_ms = 300\nreason = \"x\"";
        let expectations = Expectations::parse(text, Path::new("e.toml")).unwrap();
        let slow = "test/a.js -- 90 s\ntest/*.js\n";
        let slow = rewind_corpus::SlowList::parse(slow, Path::new("slow.txt")).unwrap();
        let skip = "test/d.js -- takes the network down\n";
        let skip = rewind_corpus::SkipList::parse(skip, Path::new("skip.txt")).unwrap();
        let options = Asked {
            deadline_ms: 5000,
            expectations: Some(&expectations),
            slow: Some(&slow),
            skip_list: Some(&skip),
            ..by_path()
        };
        let plan = plan(&corpus, &options);
        let deadlines: Vec<_> = plan.cases.iter().map(|it| it.deadline_ms).collect();
        assert_eq!(deadlines, [90_000, 300, 60_000]);
        assert_eq!(
            reasons(&plan),
            ["test/d.js raw: excepted: takes the network down"]
        );
    }

    #[test]
    fn filter_leaves_out_without_telling() {
        let (_folder, corpus) = corpus(&[("a.js", ""), ("b.js", "features: [Temporal]")]);
        let unsupported = Unsupported::quickjs_ng().unwrap();
        let filter = Some("variant(strict) & !b.js");
        let plan = plan(
            &corpus,
            &Asked {
                filter,
                unsupported: Some(&unsupported),
                ..by_path()
            },
        );
        assert_eq!(names(&plan.cases), ["a.js strict"]);
        assert!(plan.skipped.is_empty());
    }

    #[test]
    fn repeat_runs_the_whole_list_round_after_round() {
        let (_folder, corpus) = corpus(&[("a.js", "flags: [raw]"), ("b.js", "flags: [raw]")]);
        let plan = plan(
            &corpus,
            &Asked {
                repeat: 3,
                ..by_path()
            },
        );
        let rounds: Vec<_> = plan
            .cases
            .iter()
            .map(|it| (it.round, &it.path[5..]))
            .collect();
        let wanted = [
            (0, "a.js"),
            (0, "b.js"),
            (1, "a.js"),
            (1, "b.js"),
            (2, "a.js"),
            (2, "b.js"),
        ];
        assert_eq!(rounds, wanted);
    }

    #[test]
    fn shards_share_out_cases_and_skips_without_loss() {
        let tests: Vec<(String, &str)> = (0..60)
            .map(|at| {
                (
                    format!("{at}.js"),
                    if at % 5 == 0 {
                        "features: [Temporal]"
                    } else {
                        ""
                    },
                )
            })
            .collect();
        let tests: Vec<(&str, &str)> = tests.iter().map(|(path, meta)| (&**path, *meta)).collect();
        let (_folder, corpus) = corpus(&tests);
        let unsupported = Unsupported::quickjs_ng().unwrap();
        let run = |shard| {
            plan(
                &corpus,
                &Asked {
                    shard,
                    unsupported: Some(&unsupported),
                    ..by_path()
                },
            )
        };
        let whole = run(None);
        let parts = [1, 2, 3].map(|k| run(Shard::new(k, 3)));
        assert!(parts.iter().all(|part| !part.cases.is_empty()));
        let mut cases: Vec<_> = parts.iter().flat_map(|part| names(&part.cases)).collect();
        let mut skipped: Vec<_> = parts.iter().flat_map(reasons).collect();
        cases.sort();
        skipped.sort();
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        assert_eq!(cases, sorted(names(&whole.cases)));
        assert_eq!(skipped, sorted(reasons(&whole)));
    }

    #[test]
    fn test_that_cannot_be_read_is_one_case_and_lists_are_about_it() {
        let early = "negative:\n  phase: early\n  type: SyntaxError";
        let (_folder, corpus) = corpus(&[
            ("a.js", early),
            ("b.js", "flags: [raw]"),
            ("c.js", early),
            ("d.js", early),
        ]);
        let listed = "[[expect]]\npath = \"test/c.js\"\noutcome = \"skip\"\nreason = \"old\"\n\
                      [[expect]]\npath = \"test/d.js\"\noutcome = \"fail\"\nreason = \"old\"\n";
        let expectations = Expectations::parse(listed, Path::new("e.toml")).unwrap();
        for (mode, variant) in [(Mode::Both, "sloppy"), (Mode::Strict, "strict")] {
            let plan = plan(
                &corpus,
                &Asked {
                    mode,
                    expectations: Some(&expectations),
                    ..by_path()
                },
            );
            let unreadable: Vec<_> = plan
                .cases
                .iter()
                .filter(|case| plan.unreadable(case).is_some())
                .map(|case| (&*case.path, case.variant.name(), case.expectation))
                .collect();
            let second = Some(ExpectationId(1));
            assert_eq!(
                unreadable,
                [("test/a.js", variant, None), ("test/d.js", variant, second)]
            );
            let skipped = plan.skipped.iter().any(|it| &*it.path == "test/c.js");
            assert!(skipped, "{mode:?}");
        }
    }
}
