//! From corpus and options to a plan.

use crate::order::{arrange, weigh};
use crate::preamble::Preambles;
use crate::variants::{only_variant, variants as allowed};
use crate::{Case, Plan, PlanError, PlanOptions, PreambleSpec, SkipReason, Skipped, Timings};
use rewind_corpus::{
    Corpus, Expectation, ExpectationId, ExpectedOutcome, Flag, Flags, List, Test, variants,
};
use rewind_protocol::{Attributes, Variant};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

impl Plan {
    /// Works out what to run of `corpus`.
    ///
    /// A test that can't be read, or includes a harness file that isn't there, has
    /// cases all the same: see [`Plan::unreadable`].
    ///
    /// # Errors
    /// If a harness file isn't there that all tests need.
    pub fn new(corpus: &Corpus, options: &PlanOptions<'_>) -> Result<Self, PlanError> {
        let mut building = Building::new(corpus, options);
        for (index, test) in (0..).zip(&corpus.tests) {
            building.add(index, test);
        }
        building.finish()
    }
}

struct Building<'a> {
    corpus: &'a Corpus,
    options: &'a PlanOptions<'a>,
    /// Why tests with that list of features are skipped, once it was worked out.
    lacking: HashMap<List, Option<SkipReason>>,
    cases: Vec<Case>,
    skipped: Vec<Skipped>,
    unreadable: BTreeMap<u32, Arc<str>>,
}

impl<'a> Building<'a> {
    fn new(corpus: &'a Corpus, options: &'a PlanOptions<'a>) -> Self {
        Self {
            corpus,
            options,
            lacking: HashMap::new(),
            cases: Vec::with_capacity(corpus.tests.len() * 2),
            skipped: Vec::new(),
            unreadable: BTreeMap::new(),
        }
    }

    /// Adds a test in all variants that are wanted.
    fn add(&mut self, index: u32, test: &Test) {
        let mut wanted = allowed(test.meta.flags, self.options.mode);
        if let Some(reason) = &test.unreadable {
            // Nobody knows its variants, and once is enough.
            let first = wanted.into_iter().flatten().next();
            wanted = [first, None];
            self.unreadable.insert(index, Arc::clone(reason));
        }
        if wanted == [None, None] {
            let variant = only_variant(test.meta.flags).unwrap_or(variants::SLOPPY);
            if self.selects(test, variant) {
                self.skip(index, test, variant, SkipReason::Mode, None);
            }
            return;
        }
        let test_skip = self.skip_reason(test);
        for variant in wanted.into_iter().flatten() {
            if !self.selects(test, variant) {
                continue;
            }
            let expectation = self.expectation(test, variant);
            let listed = self.listed_skip(test, variant, expectation);
            let skip = listed.or_else(|| test_skip.clone().map(|reason| (reason, None)));
            match skip {
                Some((reason, id)) => self.skip(index, test, variant, reason, id),
                None => self.run(index, test, variant, expectation),
            }
        }
    }

    /// Why people don't want the case run, and the expectation that says so, if it is one.
    fn listed_skip(
        &self,
        test: &Test,
        variant: Variant,
        expectation: Option<(ExpectationId, &Expectation)>,
    ) -> Option<(SkipReason, Option<ExpectationId>)> {
        let expected = expectation.filter(|(_, entry)| entry.outcome == ExpectedOutcome::Skip);
        if let Some((id, entry)) = expected {
            let reason = Arc::from(entry.reason.as_str());
            return Some((SkipReason::List { reason }, Some(id)));
        }
        let reason = Arc::clone(self.options.skip_list?.reason(&test.path, variant)?);
        Some((SkipReason::List { reason }, None))
    }

    fn selects(&self, test: &Test, variant: Variant) -> bool {
        let filter = self.options.filter.as_ref();
        filter.is_none_or(|filter| filter.matches(self.corpus, test, variant))
    }

    fn expectation(
        &self,
        test: &Test,
        variant: Variant,
    ) -> Option<(ExpectationId, &'a Expectation)> {
        let expectations = self.options.expectations?;
        let id = expectations.lookup_id(&test.path, variant)?;
        Some((id, expectations.get(id)?))
    }

    /// Why no variant of the test can run.
    fn skip_reason(&mut self, test: &Test) -> Option<SkipReason> {
        if test.meta.flags.contains(Flag::CanBlockIsTrue) && !self.options.can_block {
            return Some(SkipReason::CanBlock);
        }
        let unsupported = self.options.unsupported?;
        let corpus = self.corpus;
        let lacking = self.lacking.entry(test.meta.features).or_insert_with(|| {
            corpus.names.list(test.meta.features).find_map(|name| {
                let reason = Arc::from(unsupported.reason(name)?);
                Some(SkipReason::Feature {
                    name: Arc::from(name),
                    reason,
                })
            })
        });
        let admits = |list: &rewind_corpus::Allowed| list.admits(&test.path);
        lacking
            .clone()
            .filter(|_| !self.options.allowed.is_some_and(admits))
    }

    fn skip(
        &mut self,
        index: u32,
        test: &Test,
        variant: Variant,
        reason: SkipReason,
        expectation: Option<ExpectationId>,
    ) {
        if self
            .options
            .shard
            .is_none_or(|shard| shard.holds(&test.path))
        {
            let path = Arc::clone(&test.path);
            self.skipped.push(Skipped {
                path,
                variant,
                reason,
                test: index,
                expectation,
            });
        }
    }

    fn run(
        &mut self,
        index: u32,
        test: &Test,
        variant: Variant,
        expectation: Option<(ExpectationId, &Expectation)>,
    ) {
        let usual = self.options.deadline_ms;
        let deadline = expectation
            .and_then(|(_, entry)| entry.deadline_ms)
            .or_else(|| {
                let slow = self.options.slow?;
                slow.deadline_ms(&test.path, variant, usual)
            });
        self.cases.push(Case {
            path: Arc::clone(&test.path),
            variant,
            preamble: None,
            attributes: attributes(test.meta.flags),
            deadline_ms: deadline.unwrap_or(usual).max(1),
            weight_us: 1,
            bytes: u32::try_from(test.size).unwrap_or(0),
            test: index,
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
            root: self.corpus.root.clone(),
            cases,
            preambles,
            skipped: self.skipped,
            texts: self.corpus.texts.clone(),
            unreadable: self.unreadable,
        })
    }
}

impl Building<'_> {
    /// Gives every case its preamble; returns those that are used, numbered in
    /// the order of the first path that uses them.
    fn preambles(&mut self) -> Result<Vec<PreambleSpec>, PlanError> {
        let mut preambles = Preambles::new(self.corpus);
        for case in &mut self.cases {
            let test = self.corpus.tests.get(case.test as usize);
            let Some(test) = test.filter(|test| test.unreadable.is_none()) else {
                continue;
            };
            match preambles.of(test)? {
                Ok(preamble) => case.preamble = preamble,
                Err(missing) => {
                    let reason = format!(
                        "it needs {missing}, which isn't there: add the file, or correct `includes`"
                    );
                    self.unreadable.insert(case.test, reason.into());
                }
            }
        }
        Ok(preambles.into_specs())
    }
}

fn attributes(flags: Flags) -> Attributes {
    variants::attributes(
        flags.contains(Flag::Async),
        flags.contains(Flag::CanBlockIsFalse),
    )
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
    use crate::testing::{corpus, names, plan};
    use crate::{Mode, Order, Shard};
    use rewind_corpus::{Allowed, Expectations, Unsupported};
    use std::path::Path;

    fn by_path() -> PlanOptions<'static> {
        PlanOptions {
            order: Order::Path,
            ..PlanOptions::default()
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
            &PlanOptions {
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
            &PlanOptions {
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
            &PlanOptions {
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
            &PlanOptions {
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
            &PlanOptions {
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
        let options = PlanOptions {
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
        let options = PlanOptions {
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
        let filter = Some("variant(strict) & !b.js".parse().unwrap());
        let plan = plan(
            &corpus,
            &PlanOptions {
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
            &PlanOptions {
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
                &PlanOptions {
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
                &PlanOptions {
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
