//! A corpus that exists in memory alone, so that working out a plan of it does no I/O
//! but to look for the harness.

use rewind_corpus::{Corpus, CorpusConfig, Findings, Flag, Flags, Frontmatter, List, Names, Test};
use std::path::Path;

/// A corpus of `count` tests in folders of 128, of which some include harness
/// files, some are modules and some asynchronous. Its harness is the default corpus's.
#[must_use]
pub fn corpus_of(count: u64) -> Corpus {
    let mut names = Names::default();
    let mut list = |files: &[&str]| {
        let symbols: Vec<_> = files.iter().map(|file| names.intern(file)).collect();
        names.intern_list(&symbols)
    };
    let includes = [
        list(&[]),
        list(&["propertyHelper.js"]),
        list(&["compareArray.js", "propertyHelper.js"]),
    ];
    let features = list(&["class-fields-public", "Symbol.iterator"]);
    let tests = (0..count)
        .map(|number| test(number, includes, features))
        .collect();
    Corpus {
        root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus"),
        config: CorpusConfig::default(),
        tests,
        names,
        support: 0,
        texts: None,
        findings: Findings::default(),
    }
}

fn test(number: u64, includes: [List; 3], features: List) -> Test {
    let mut flags = Flags::default();
    match number % 16 {
        3 => flags.insert(Flag::Module),
        7 => flags.insert(Flag::Async),
        11 => flags.insert(Flag::OnlyStrict),
        _ => {}
    }
    let including = usize::try_from(number % 5).unwrap_or(0);
    Test {
        path: format!("test/folder-{:04}/test-{number:06}.js", number / 128).into(),
        size: 900 + number % 700,
        meta: Frontmatter {
            flags,
            includes: includes.get(including).copied().unwrap_or_default(),
            features,
            ..Frontmatter::default()
        },
        hash: number,
        unreadable: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_corpus::Test262;
    use rewind_plan::{Plan, PlanOptions};

    #[test]
    fn corpus_can_be_planned_and_has_several_preambles() {
        let suite = Test262::new(corpus_of(400));
        let plan = Plan::new(&suite, &PlanOptions::default()).expect("a plan");
        // Both variants, but one of modules and of tests for strict code alone.
        assert_eq!(plan.cases.len(), 2 * 400 - 50);
        assert!(plan.preambles.len() > 4, "{}", plan.preambles.len());
    }
}
