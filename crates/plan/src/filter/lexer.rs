//! From text to words and operators.

use super::FilterError;
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Or,
    And,
    Not,
    Open,
    Close,
    Word(Cow<'a, str>),
    End,
}

/// Yields tokens with the byte offset they begin at; [`Token::End`] for ever at the end.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<(usize, Token<'a>), FilterError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        let start = self.text.len() - trimmed.len();
        let Some(first) = trimmed.chars().next() else {
            return Ok((start, Token::End));
        };
        let (token, length) = match first {
            '|' => (Token::Or, 1),
            '&' => (Token::And, 1),
            '!' => (Token::Not, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => self.quoted(start, first, trimmed)?,
            _ => plain(trimmed),
        };
        self.at = start + length;
        Ok((start, token))
    }

    fn quoted(
        &self,
        start: usize,
        quote: char,
        text: &'a str,
    ) -> Result<(Token<'a>, usize), FilterError> {
        let inner = text.get(1..).unwrap_or_default();
        match inner.split_once(quote) {
            Some((word, _)) => Ok((Token::Word(Cow::Borrowed(word)), word.len() + 2)),
            None => Err(FilterError::at(
                self.text,
                start,
                "the quote is never closed",
            )),
        }
    }
}

/// A word up to a blank or an operator; `!` and braces may be inside, as globs have them.
fn plain(text: &str) -> (Token<'_>, usize) {
    let end = text
        .find(|c: char| c.is_whitespace() || "|&()\"'".contains(c))
        .unwrap_or(text.len());
    let (word, _) = text.split_at_checked(end).unwrap_or((text, ""));
    (Token::Word(Cow::Borrowed(word)), end)
}
