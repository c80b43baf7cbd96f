//! Filter expressions: `-E 'language/ & !feature(BigInt) | flag(async)'`.
//!
//! ```text
//! or    = and { "|" and }
//! and   = not { "&" not }
//! not   = "!" not | "(" or ")" | name "(" word ")" | word
//! name  = path | variant | a predicate of the suite's
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
use rewind_protocol::Variant;
use rewind_suite::Suite;

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
    Variant(Variant),
    /// A predicate of the suite's.
    Has(&'static str, Pattern),
}

/// A word that is looked for.
#[derive(Clone, Debug)]
enum Pattern {
    /// Part of a path; all of any other name.
    Word(String),
    /// All of it.
    Glob(GlobMatcher),
}

impl Filter {
    /// Reads an expression about tests of `suite`.
    ///
    /// # Errors
    /// If it makes no sense, or names what the suite doesn't have.
    pub fn parse(text: &str, suite: &dyn Suite) -> Result<Self, FilterError> {
        Ok(Self {
            expression: parser::parse(text, suite)?,
        })
    }

    /// Whether a test of `suite`, by number and path, is selected in that variant.
    #[must_use]
    pub fn matches(&self, suite: &dyn Suite, test: (u32, &str), variant: Variant) -> bool {
        self.expression.matches(suite, test, variant)
    }
}

impl Expression {
    fn matches(&self, suite: &dyn Suite, test: (u32, &str), variant: Variant) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.matches(suite, test, variant)),
            Self::And(parts) => parts.iter().all(|part| part.matches(suite, test, variant)),
            Self::Not(inner) => !inner.matches(suite, test, variant),
            Self::Path(pattern) => pattern.matches_path(test.1),
            Self::Variant(wanted) => *wanted == variant,
            Self::Has(predicate, pattern) => {
                suite.has(test.0, predicate, &|word| pattern.matches_name(word))
            }
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
    use rewind_corpus::Test262;

    const TESTS: [(&str, &str); 4] = [
        ("language/a.js", "features: [BigInt]\nflags: [async]"),
        ("language/b/c d.js", "includes: [compareArray.js]"),
        ("built-ins/x.js", "features: [class-fields-private, Symbol]"),
        ("built-ins/y.js", ""),
    ];

    /// Read for a corpus without tests.
    fn parse(expression: &str) -> Result<Filter, FilterError> {
        let (_folder, corpus) = corpus(&[]);
        Filter::parse(expression, &Test262::new(corpus))
    }

    fn error(expression: &str) -> String {
        parse(expression).unwrap_err().to_string()
    }

    #[test]
    fn matches_follow_the_grammar() {
        let (_folder, corpus) = corpus(&TESTS);
        let suite = Test262::new(corpus);
        let select = |expression: &str| {
            let filter =
                Filter::parse(expression, &suite).unwrap_or_else(|error| panic!("{error}"));
            let selected = (0..suite.tests()).filter_map(|test| {
                let path = suite.path(test);
                let strict = Variant::named(&"strict");
                let letter = path.trim_end_matches(".js").chars().last().unwrap();
                filter
                    .matches(&suite, (test, &path), strict)
                    .then_some(letter)
            });
            selected.collect::<String>()
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
            let error = parse(expression).expect_err(expression);
            assert!(error.message.contains(message), "{expression}: {error}");
            assert_eq!(error.column, column, "{expression}: {error}");
        }
        let deep = "(".repeat(10_000);
        assert!(error(&deep).contains("nested too deeply"));
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "[a-z(|&!)\"'*{\\[ é]{0,40}") {
            let _ = parse(&text);
        }
    }
}
