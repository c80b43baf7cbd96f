//! Names of suites and engines, which the packages between them must not know.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Packages that carry any suite's cases to any engine.
pub(crate) const PACKAGES: [&str; 9] = [
    "rewind-protocol",
    "rewind-guest",
    "rewind-worker",
    "rewind-harness",
    "rewind-plan",
    "rewind-verdict",
    "rewind-results",
    "rewind-campaign",
    "rewind-report",
];

/// Parts of words that stand for a suite or an engine wherever they are.
const PARTS: [&str; 8] = [
    "test262",
    "quickjs",
    "javascript",
    "ecmascript",
    "sloppy",
    "onlystrict",
    "nostrict",
    "frontmatter",
];

/// The same as words of their own, for they are parts of harmless ones.
const WORDS: [&str; 2] = ["strict", "qjs"];

/// The names in a file's code and comments, but for what is compiled for tests alone.
pub(crate) fn names_in(text: &str) -> BTreeSet<&'static str> {
    let text = without_tests(text).to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = text.split(|c| !is_word(c)).collect();
    let parts = PARTS.into_iter().filter(|part| text.contains(part));
    let whole = WORDS.into_iter().filter(|word| words.contains(word));
    parts.chain(whole).collect()
}

/// Tests are the last module of a file, or a file of their own.
fn without_tests(text: &str) -> &str {
    let tests = text
        .find("#[cfg(test)]\nmod tests {")
        .or_else(|| text.find("#[cfg(test)]\npub(crate) mod tests {"));
    tests.map_or(text, |at| &text[..at])
}

/// Every file of `source` that has such names, as paths below `root`, with them.
pub(crate) fn found(root: &Path, source: &Path) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(source).map_err(Error::file("list", source))? {
        let path = entry.map_err(Error::file("list", source))?.path();
        if path.is_dir() {
            lines.extend(found(root, &path)?);
            continue;
        }
        let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if is_tests || path.extension().is_none_or(|it| it != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let names = names_in(&text);
        if !names.is_empty() {
            let names: Vec<_> = names.into_iter().collect();
            let path = path.strip_prefix(root).unwrap_or(&path).display();
            lines.push(format!("{path}: {}", names.join(" ")));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_types_texts_and_comments() {
        let text = "/// As in QuickJS.\nstruct Test262Row; // strict\nlet x = \"sloppy\";";
        let expected = ["quickjs", "sloppy", "strict", "test262"];
        assert_eq!(names_in(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn harmless_words_and_tests_are_passed_over() {
        let text =
            "let strict_processes = restrict(strictly);\n#[cfg(test)]\nmod tests { // sloppy\n }";
        assert!(names_in(text).is_empty());
    }
}
