//! A small corpus on disk, for this crate's tests.

use crate::{Case, Plan, PlanOptions};
use rewind_corpus::Corpus;
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

/// The plan of `corpus`, which must work out.
pub(crate) fn plan(corpus: &Corpus, options: &PlanOptions<'_>) -> Plan {
    Plan::new(corpus, options).unwrap()
}

/// `name variant` for each case, in order; the name is the path below `test/`.
pub(crate) fn names(cases: &[Case]) -> Vec<String> {
    let name = |case: &Case| format!("{} {}", case.path.trim_start_matches("test/"), case.variant);
    cases.iter().map(name).collect()
}
