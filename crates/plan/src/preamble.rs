//! The tree of preambles: equal layers on equal layers are one.
//!
//! ```text
//! bare guest ── cases that need nothing
//! └─ layer 0 ── most cases
//!    ├─ layer 1 ── those that need more
//!    └─ layer 2
//!       └─ layer 3
//! ```

use crate::{PlanError, PreambleSpec};
use rewind_suite::{Layer, Suite};
use std::collections::HashMap;
use std::sync::Arc;

/// A source that isn't there, by its path below the root.
type Missing = Arc<str>;

/// The preambles met so far, and what each kind of test runs on.
pub(crate) struct Preambles<'a> {
    suite: &'a dyn Suite,
    specs: Vec<PreambleSpec>,
    by_spec: HashMap<PreambleSpec, u32>,
    by_kind: HashMap<u64, Result<Option<u32>, Missing>>,
}

impl<'a> Preambles<'a> {
    pub(crate) fn new(suite: &'a dyn Suite) -> Self {
        Self {
            suite,
            specs: Vec::new(),
            by_spec: HashMap::new(),
            by_kind: HashMap::new(),
        }
    }

    pub(crate) fn into_specs(self) -> Vec<PreambleSpec> {
        self.specs
    }

    /// The preamble that a test runs on, or what it needs and isn't there.
    pub(crate) fn of(&mut self, test: u32) -> Result<Result<Option<u32>, Missing>, PlanError> {
        let kind = self.suite.preamble_kind(test);
        if let Some(known) = self.by_kind.get(&kind) {
            return Ok(known.clone());
        }
        let preamble = self.make(self.suite.preamble(test))?;
        self.by_kind.insert(kind, preamble.clone());
        Ok(preamble)
    }

    fn make(&mut self, layers: Vec<Layer>) -> Result<Result<Option<u32>, Missing>, PlanError> {
        let mut top = None;
        for layer in layers {
            let needed_by_all = layer.needed_by_all;
            match self.layer(top, layer.sources)? {
                Ok(made) => top = made,
                Err(missing) if needed_by_all => {
                    let file = self.suite.root().join(&*missing);
                    return Err(PlanError::NoHarness { file });
                }
                missing => return Ok(missing),
            }
        }
        Ok(Ok(top))
    }

    /// The layer of `sources` on `parent`; `parent` itself if there are none.
    fn layer(
        &mut self,
        parent: Option<u32>,
        sources: Vec<Arc<str>>,
    ) -> Result<Result<Option<u32>, Missing>, PlanError> {
        if sources.is_empty() {
            return Ok(Ok(parent));
        }
        let spec = PreambleSpec { parent, sources };
        if let Some(&known) = self.by_spec.get(&spec) {
            return Ok(Ok(Some(known)));
        }
        if let Some(missing) = self.missing(&spec) {
            return Ok(Err(missing));
        }
        let index = u32::try_from(self.specs.len()).or(Err(PlanError::TooMany))?;
        self.by_spec.insert(spec.clone(), index);
        self.specs.push(spec);
        Ok(Ok(Some(index)))
    }

    /// The first file of a new layer that isn't there, or is no file.
    fn missing(&self, spec: &PreambleSpec) -> Option<Missing> {
        let is_there = |source: &&Arc<str>| self.suite.root().join(&***source).is_file();
        let mut missing = spec.sources.iter().filter(|source| !is_there(source));
        missing.next().cloned()
    }
}

#[cfg(test)]
mod tests {
    use crate::Plan;
    use crate::testing::{Asked, corpus, plan, try_plan};

    /// All sources that the first case of `path` runs on, from the bottom up.
    fn sources(plan: &Plan, path: &str) -> Vec<String> {
        let case = plan
            .cases
            .iter()
            .find(|case| case.path.ends_with(path))
            .unwrap();
        let mut layers = Vec::new();
        let mut next = case.preamble;
        while let Some(index) = next {
            let spec = &plan.preambles[index as usize];
            assert!(
                spec.parent.is_none_or(|parent| parent < index),
                "parents come first"
            );
            assert!(!spec.sources.is_empty());
            layers.push(
                spec.sources
                    .iter()
                    .map(|it| it.trim_start_matches("harness/").to_owned()),
            );
            next = spec.parent;
        }
        layers.into_iter().rev().flatten().collect()
    }

    #[test]
    fn sources_come_in_the_order_that_test262_prescribes() {
        let (_folder, corpus) = corpus(&[
            ("plain.js", ""),
            ("async.js", "flags: [async]"),
            (
                "includes.js",
                "includes: [propertyHelper.js, compareArray.js]",
            ),
            (
                "reversed.js",
                "includes: [compareArray.js, propertyHelper.js]",
            ),
            ("both.js", "flags: [async]\nincludes: [sm/x.js]"),
            ("module.js", "flags: [module]\nincludes: [sm/x.js]"),
        ]);
        let plan = plan(&corpus, &Asked::default());
        assert_eq!(sources(&plan, "plain.js"), ["assert.js", "sta.js"]);
        assert_eq!(
            sources(&plan, "async.js"),
            ["assert.js", "sta.js", "doneprintHandle.js"]
        );
        let with = |names: &[&'static str]| [&["assert.js", "sta.js"], names].concat();
        assert_eq!(
            sources(&plan, "includes.js"),
            with(&["propertyHelper.js", "compareArray.js"])
        );
        assert_eq!(
            sources(&plan, "reversed.js"),
            with(&["compareArray.js", "propertyHelper.js"])
        );
        assert_eq!(
            sources(&plan, "both.js"),
            with(&["doneprintHandle.js", "sm/x.js"])
        );
        assert_eq!(sources(&plan, "module.js"), with(&["sm/x.js"]));
        let paths: Vec<&str> = plan.preambles[0].sources.iter().map(|it| &**it).collect();
        assert_eq!(paths, ["harness/assert.js", "harness/sta.js"]);
    }

    #[test]
    fn equal_preambles_are_one() {
        let (_folder, corpus) = corpus(&[
            ("1.js", "includes: [compareArray.js]"),
            ("2.js", "includes: [compareArray.js]"),
            ("3.js", "flags: [async]\nincludes: [compareArray.js]"),
            ("4.js", "includes: [assert.js, compareArray.js]"),
        ]);
        let plan = plan(&corpus, &Asked::default());
        // Base, base + compareArray, async, async + compareArray.
        assert_eq!(plan.preambles.len(), 4);
        let preamble = |at: u32| {
            plan.cases
                .iter()
                .find(|case| case.test == at)
                .unwrap()
                .preamble
        };
        assert_eq!(preamble(0), preamble(1));
        assert_eq!(preamble(0), preamble(3));
        assert_ne!(preamble(0), preamble(2));
    }

    #[test]
    fn files_mentioned_again_are_evaluated_once() {
        let (_folder, corpus) = corpus(&[
            ("base.js", "includes: [sta.js, assert.js]"),
            (
                "done.js",
                "flags: [async]\nincludes: [doneprintHandle.js, assert.js]",
            ),
            ("sync-done.js", "includes: [doneprintHandle.js]"),
            (
                "twice.js",
                "includes: [compareArray.js, assert.js, compareArray.js]",
            ),
        ]);
        let plan = plan(&corpus, &Asked::default());
        assert_eq!(sources(&plan, "base.js"), ["assert.js", "sta.js"]);
        let done = ["assert.js", "sta.js", "doneprintHandle.js"];
        assert_eq!(sources(&plan, "/done.js"), done);
        assert_eq!(sources(&plan, "sync-done.js"), done);
        assert_eq!(
            sources(&plan, "twice.js"),
            ["assert.js", "sta.js", "compareArray.js"]
        );
    }

    #[test]
    fn raw_tests_run_on_the_bare_engine() {
        let (_folder, corpus) = corpus(&[
            ("raw.js", "flags: [raw]"),
            ("raw-async.js", "flags: [raw, async]\nincludes: [sm/x.js]"),
            ("raw-module.js", "flags: [raw, module]"),
        ]);
        let plan = plan(&corpus, &Asked::default());
        assert_eq!(plan.cases.len(), 3);
        assert!(plan.cases.iter().all(|case| case.preamble.is_none()));
        assert!(plan.preambles.is_empty());
    }

    #[test]
    fn test_that_needs_what_is_not_there_says_so_and_spoils_no_other() {
        let (folder, corpus) = corpus(&[
            ("a.js", ""),
            ("b.js", "includes: [nowhere.js]\nflags: [onlyStrict]"),
        ]);
        let plan = plan(&corpus, &Asked::default());
        let reason = |path: &str| {
            let case = plan.cases.iter().find(|case| case.path.ends_with(path));
            plan.unreadable(case.unwrap()).map(|reason| &**reason)
        };
        let wanted =
            "it needs harness/nowhere.js, which isn't there: add the file, or correct `includes`";
        assert_eq!((reason("a.js"), reason("b.js")), (None, Some(wanted)));
        assert_eq!((plan.cases.len(), plan.preambles.len()), (3, 1));
        std::fs::remove_file(folder.path().join("harness/sta.js")).unwrap();
        let error = try_plan(&corpus, &Asked::default()).unwrap_err();
        let shown = error
            .to_string()
            .replace(&folder.path().display().to_string(), "ROOT");
        insta::assert_snapshot!(shown, @"find ROOT/harness/sta.js, which every test needs: add the file");
    }
}
