//! Sources that are kept of a corpus, and not read from its files.

use crate::common::{Bench, Told};
use rewind_corpus::{Corpus, Test262};
use rewind_plan::{Plan, PlanOptions};
use std::path::Path;

const COUNT: usize = 100;

fn corpus(root: &Path) -> Plan {
    for folder in ["harness", "test"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for file in ["assert.js", "sta.js"] {
        std::fs::write(root.join("harness").join(file), "").unwrap();
    }
    for number in 0..COUNT {
        let path = root.join(format!("test/{number:03}.js"));
        std::fs::write(path, format!("// {number}")).unwrap();
    }
    let (corpus, used) = Corpus::discover_cached(root, &[], &root.join("cache")).unwrap();
    assert!(used.problem.is_none(), "{:?}", used.problem);
    let options = PlanOptions {
        texts: corpus.texts.clone(),
        ..PlanOptions::default()
    };
    Plan::new(&Test262::new(corpus), &options).unwrap()
}

#[test]
fn case_is_sent_as_its_corpus_was_read_and_from_its_file_if_that_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let bench = Bench::of(corpus(root));
    // Whoever reads this file loses the worker.
    std::fs::write(root.join("test/007.js"), "fake begun exit:3").unwrap();
    std::fs::remove_file(root.join("test/008.js")).unwrap();
    let run = || -> Told {
        let (told, ran) = bench.run(&bench.config(2, &[]));
        ran.unwrap();
        told
    };
    let told = run();
    let cases = bench.plan.cases.len();
    assert_eq!((told.answers.len(), told.unreadable.len()), (cases, 0));
    assert!(told.deaths.is_empty(), "{:?}", told.deaths);
    // A text that isn't what it was is none.
    let texts = root.join("cache.texts");
    let size = std::fs::metadata(&texts).unwrap().len();
    std::fs::write(&texts, vec![b'x'; usize::try_from(size).unwrap()]).unwrap();
    let told = run();
    let variants = cases / COUNT;
    assert_eq!(told.unreadable.len(), variants, "{:?}", told.unreadable);
    assert!(!told.deaths.is_empty());
}
