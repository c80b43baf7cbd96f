//! From tokens to an expression, by recursive descent.

use super::lexer::{Lexer, Token};
use super::{Expression, FilterError, Pattern};
use globset::GlobBuilder;
use rewind_protocol::Variant;
use rewind_suite::Suite;

/// Deeper nesting is refused rather than risking the stack.
const MAX_DEPTH: u32 = 100;

pub(super) fn parse(text: &str, suite: &dyn Suite) -> Result<Expression, FilterError> {
    let mut parser = Parser {
        suite,
        lexer: Lexer::new(text),
        depth: 0,
    };
    let expression = parser.or()?;
    match parser.lexer.next()? {
        (_, Token::End) => Ok(expression),
        (at, Token::Close) => Err(parser.error(at, "this `)` closes nothing")),
        (at, _) => Err(parser.error(at, "expected `&` or `|` before this")),
    }
}

struct Parser<'a> {
    suite: &'a dyn Suite,
    lexer: Lexer<'a>,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn error(&self, at: usize, message: impl Into<String>) -> FilterError {
        FilterError::at(self.lexer.text, at, message)
    }

    /// Takes the next token if it is `wanted`; returns where it stands.
    fn take(&mut self, wanted: &Token<'_>) -> Result<Option<usize>, FilterError> {
        let mut ahead = self.lexer.clone();
        let (at, token) = ahead.next()?;
        if token != *wanted {
            return Ok(None);
        }
        self.lexer = ahead;
        Ok(Some(at))
    }

    fn or(&mut self) -> Result<Expression, FilterError> {
        let first = self.and()?;
        let mut parts = vec![first];
        while self.take(&Token::Or)?.is_some() {
            parts.push(self.and()?);
        }
        Ok(single_or(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, FilterError> {
        let first = self.not()?;
        let mut parts = vec![first];
        while self.take(&Token::And)?.is_some() {
            parts.push(self.not()?);
        }
        Ok(single_or(parts, Expression::And))
    }

    fn not(&mut self) -> Result<Expression, FilterError> {
        let (at, token) = self.lexer.next()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(at, "nested too deeply"));
        }
        let expression = match token {
            Token::Not => Expression::Not(Box::new(self.not()?)),
            Token::Open => {
                let inner = self.or()?;
                self.close(at)?;
                inner
            }
            Token::Word(word) => match self.take(&Token::Open)? {
                Some(open) => self.function(at, &word, open)?,
                None => Expression::Path(self.pattern(at, &word)?),
            },
            Token::Or | Token::And | Token::Close | Token::End => {
                return Err(self.error(at, "expected part of a path, a function, `!` or `(`"));
            }
        };
        self.depth -= 1;
        Ok(expression)
    }

    /// Takes the `)` that belongs to the `(` at `open`.
    fn close(&mut self, open: usize) -> Result<(), FilterError> {
        match self.lexer.next()? {
            (_, Token::Close) => Ok(()),
            (_, Token::End) => Err(self.error(open, "`(` is never closed")),
            (at, _) => Err(self.error(at, "expected `)`, `&` or `|` before this")),
        }
    }

    /// Reads what follows `name(`; the two begin at `at` and `open`.
    fn function(&mut self, at: usize, name: &str, open: usize) -> Result<Expression, FilterError> {
        let (argument_at, token) = self.lexer.next()?;
        let Token::Word(word) = token else {
            return Err(self.error(argument_at, format!("expected a word, as in {name}(word)")));
        };
        let expression = match name {
            "path" => Expression::Path(self.pattern(argument_at, &word)?),
            "variant" => Expression::Variant(self.variant(argument_at, &word)?),
            _ => self.predicate(at, name, (argument_at, &word))?,
        };
        self.close(open)?;
        Ok(expression)
    }

    fn variant(&self, at: usize, word: &str) -> Result<Variant, FilterError> {
        let all = self.suite.all_variants();
        let found = all.iter().find(|variant| variant.name() == word);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|variant| variant.name()).collect();
            self.error(at, format!("unknown variant: use {}", or(&names)))
        })
    }

    /// Reads `name(word)` as the suite's.
    fn predicate(
        &self,
        at: usize,
        name: &str,
        (word_at, word): (usize, &str),
    ) -> Result<Expression, FilterError> {
        let own = self.suite.predicates();
        let Some(predicate) = own.iter().find(|own| **own == name) else {
            let known = [&["path"], own, &["variant"]].concat();
            return Err(self.error(at, format!("unknown function: use {}", or(&known))));
        };
        let checked = self.suite.check_predicate(predicate, word);
        checked.map_err(|problem| self.error(word_at, problem))?;
        Ok(Expression::Has(predicate, self.pattern(word_at, word)?))
    }

    fn pattern(&self, at: usize, word: &str) -> Result<Pattern, FilterError> {
        if word.is_empty() {
            return Err(self.error(at, "an empty word matches everything: leave it out"));
        }
        if !word.contains(['*', '?', '[', '{']) {
            return Ok(Pattern::Word(word.to_owned()));
        }
        let glob = GlobBuilder::new(word).literal_separator(true).build();
        let glob = glob.map_err(|error| self.error(at, format!("no glob: {}", error.kind())))?;
        Ok(Pattern::Glob(glob.compile_matcher()))
    }
}

/// The words, as alternatives.
fn or(words: &[&str]) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn single_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}
