//! Filter expressions: `-E 'language/ & !feature(BigInt) | flag(async)'`.
//!
//! ```text
//! or    = and { "|" and }
//! and   = not { "&" not }
//! not   = "!" not | "(" or ")" | name "(" word ")" | word
//! name  = path | feature | flag | include | variant
//! ```
//!
//! A word is part of a path, or a glob of whole paths if it holds `*`, `?`,
//! `[` or `{`; in quotes it may hold blanks and operators. `!` binds tightest,
//! `|` least.

mod error;
mod lexer;
mod parser;

pub use error::FilterError;

use globset::GlobMatcher;
use rewind_corpus::{Corpus, Flag, List, Test};
use rewind_protocol::Variant;
use std::str::FromStr;

/// A parsed filter expression.
#[derive(Clone, Debug)]
pub struct Filter {
    expression: Expression,
}

#[derive(Clone, Debug)]
enum Expression {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    Path(Pattern),
    Feature(Pattern),
    Include(Pattern),
    Flag(Flag),
    Variant(Variant),
}

/// A word that is looked for.
#[derive(Clone, Debug)]
enum Pattern {
    /// Part of a path; all of any other name.
    Word(String),
    /// All of it.
    Glob(GlobMatcher),
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            expression: parser::parse(text)?,
        })
    }
}

impl Filter {
    /// Whether a test of `corpus` in that variant is selected.
    #[must_use]
    pub fn matches(&self, corpus: &Corpus, test: &Test, variant: Variant) -> bool {
        self.expression.matches(corpus, test, variant)
    }
}

impl Expression {
    fn matches(&self, corpus: &Corpus, test: &Test, variant: Variant) -> bool {
        let any = |pattern: &Pattern, list: List| {
            corpus
                .names
                .list(list)
                .any(|name| pattern.matches_name(name))
        };
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.matches(corpus, test, variant)),
            Self::And(parts) => parts.iter().all(|part| part.matches(corpus, test, variant)),
            Self::Not(inner) => !inner.matches(corpus, test, variant),
            Self::Path(pattern) => pattern.matches_path(&test.path),
            Self::Feature(pattern) => any(pattern, test.meta.features),
            Self::Include(pattern) => any(pattern, test.meta.includes),
            Self::Flag(flag) => test.meta.flags.contains(*flag),
            Self::Variant(wanted) => *wanted == variant,
        }
    }
}

impl Pattern {
    fn matches_path(&self, path: &str) -> bool {
        match self {
            Self::Word(word) => path.contains(word),
            Self::Glob(glob) => glob.is_match(path),
        }
    }

    fn matches_name(&self, name: &str) -> bool {
        match self {
            Self::Word(word) => name == word,
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::corpus;
    use proptest::prelude::*;

    const TESTS: [(&str, &str); 4] = [
        ("language/a.js", "features: [BigInt]\nflags: [async]"),
        ("language/b/c d.js", "includes: [compareArray.js]"),
        ("built-ins/x.js", "features: [class-fields-private, Symbol]"),
        ("built-ins/y.js", ""),
    ];

    fn error(expression: &str) -> String {
        expression.parse::<Filter>().unwrap_err().to_string()
    }

    #[test]
    fn matches_follow_the_grammar() {
        let (_folder, corpus) = corpus(&TESTS);
        let select = |expression: &str| {
            let filter: Filter = expression.parse().unwrap_or_else(|error| panic!("{error}"));
            let selected = corpus
                .tests
                .iter()
                .filter(|test| filter.matches(&corpus, test, Variant::named(&"strict")));
            let letter = |test: &Test| test.path.trim_end_matches(".js").chars().last().unwrap();
            selected.map(letter).collect::<String>()
        };
        // Sorted by path: x, y, a, d.
        for (expression, wanted) in [
            ("language", "ad"),
            ("language/a.js", "a"),
            ("test/*/*.js", "xya"),
            ("test/**/?.js", "xya"),
            ("**/{x,a}.js", "xa"),
            ("path(built-ins)", "xy"),
            ("\"c d\"", "d"),
            ("'c d' | y", "yd"),
            ("feature(BigInt)", "a"),
            ("feature(Big)", ""),
            ("feature(class-*)", "x"),
            ("include(compareArray.js)", "d"),
            ("flag(async)", "a"),
            ("variant(strict)", "xyad"),
            ("variant(sloppy)", ""),
            ("!language", "xy"),
            ("! ! language", "ad"),
            ("language & !flag(async)", "d"),
            ("x.js | language & flag(async)", "xa"),
            ("(x.js | language) & !flag(async)", "xd"),
            ("!(x.js|y.js)&!a.js", "d"),
            ("a.js | x.js | y.js", "xya"),
        ] {
            assert_eq!(select(expression), wanted, "{expression}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        insta::assert_snapshot!(error("language & feature(BigInt"), @r"
        read the filter: `(` is never closed
          language & feature(BigInt
                            ^
        ");
        insta::assert_snapshot!(error("é & flags(raw)"), @r"
        read the filter: unknown function: use path, feature, flag, include or variant
          é & flags(raw)
              ^
        ");
        insta::assert_snapshot!(error("flag(Raw)"), @r"
        read the filter: unknown flag: use one of raw, module, async, onlyStrict, noStrict, generated, CanBlockIsTrue, CanBlockIsFalse, non-deterministic
          flag(Raw)
               ^
        ");
        insta::assert_snapshot!(error("a b"), @r"
        read the filter: expected `&` or `|` before this
          a b
            ^
        ");
    }

    #[test]
    fn every_error_has_its_message() {
        for (expression, column, message) in [
            ("", 0, "expected part of a path"),
            ("a |", 3, "expected part of a path"),
            ("a & & b", 4, "expected part of a path"),
            ("(a | b", 0, "`(` is never closed"),
            ("a)", 1, "this `)` closes nothing"),
            ("(a b)", 3, "expected `)`"),
            ("a | \"b", 4, "never closed"),
            ("feature()", 8, "expected a word, as in feature(word)"),
            ("variant(lazy)", 8, "unknown variant"),
            ("x{a", 0, "no glob"),
            ("\"\"", 0, "empty word"),
        ] {
            let error = expression.parse::<Filter>().expect_err(expression);
            assert!(error.message.contains(message), "{expression}: {error}");
            assert_eq!(error.column, column, "{expression}: {error}");
        }
        let deep = "(".repeat(10_000);
        assert!(error(&deep).contains("nested too deeply"));
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "[a-z(|&!)\"'*{\\[ é]{0,40}") {
            let _ = text.parse::<Filter>();
        }
    }
}
