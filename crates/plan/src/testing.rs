//! A small corpus on disk, for this crate's tests.

use crate::{Case, Filter, Order, Plan, PlanError, PlanOptions, Shard, Timings};
use rewind_corpus::{
    Allowed, Corpus, Expectations, Mode, SkipList, SlowList, Test262, Unsupported,
};
use std::fs;
use tempfile::TempDir;

/// Harness files that exist.
const HARNESS: [&str; 6] = [
    "assert.js",
    "sta.js",
    "doneprintHandle.js",
    "propertyHelper.js",
    "compareArray.js",
    "sm/x.js",
];

/// A corpus whose tests are given as path below `test/` and frontmatter.
pub(crate) fn corpus(tests: &[(&str, &str)]) -> (TempDir, Corpus) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: String, text: String| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    HARNESS
        .iter()
        .for_each(|file| write(format!("harness/{file}"), String::new()));
    fs::create_dir_all(folder.path().join("test")).unwrap();
    for (path, meta) in tests {
        write(format!("test/{path}"), format!("/*---\n{meta}\n---*/"));
    }
    let corpus = Corpus::discover(folder.path(), &[]).unwrap();
    (folder, corpus)
}

/// What is asked of a corpus, and of the plan made of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) mode: Mode,
    pub(crate) filter: Option<&'a str>,
    pub(crate) shard: Option<Shard>,
    pub(crate) order: Order,
    pub(crate) deadline_ms: u32,
    pub(crate) repeat: u32,
    pub(crate) can_block: bool,
    pub(crate) unsupported: Option<&'a Unsupported>,
    pub(crate) allowed: Option<&'a Allowed>,
    pub(crate) expectations: Option<&'a Expectations>,
    pub(crate) slow: Option<&'a SlowList>,
    pub(crate) skip_list: Option<&'a SkipList>,
    pub(crate) timings: Option<&'a Timings>,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            mode: Mode::Both,
            filter: None,
            shard: None,
            order: Order::default(),
            deadline_ms: 10_000,
            repeat: 1,
            can_block: true,
            unsupported: None,
            allowed: None,
            expectations: None,
            slow: None,
            skip_list: None,
            timings: None,
        }
    }
}

/// The plan of `corpus`, which must work out.
pub(crate) fn plan(corpus: &Corpus, asked: &Asked<'_>) -> Plan {
    try_plan(corpus, asked).unwrap()
}

pub(crate) fn try_plan(corpus: &Corpus, asked: &Asked<'_>) -> Result<Plan, PlanError> {
    let mut suite = Test262::new(corpus.clone())
        .in_mode(asked.mode)
        .with_blocking(asked.can_block);
    if let Some(unsupported) = asked.unsupported {
        suite = suite.without(unsupported.clone(), asked.allowed.cloned());
    }
    let filter = asked.filter.map(|it| Filter::parse(it, &suite).unwrap());
    let options = PlanOptions {
        filter,
        shard: asked.shard,
        order: asked.order,
        deadline_ms: asked.deadline_ms,
        repeat: asked.repeat,
        expectations: asked.expectations,
        slow: asked.slow,
        skip_list: asked.skip_list,
        timings: asked.timings,
        ..PlanOptions::default()
    };
    Plan::new(&suite, &options)
}

/// `name variant` for each case, in order; the name is the path below `test/`.
pub(crate) fn names(cases: &[Case]) -> Vec<String> {
    let name = |case: &Case| format!("{} {}", case.path.trim_start_matches("test/"), case.variant);
    cases.iter().map(name).collect()
}
