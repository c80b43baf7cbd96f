//! The part of YAML that frontmatter is written in: lines with an indentation,
//! lists in brackets or in dashes, plain and quoted words, comments.
//!
//! ```text
//! flags: [raw, module]     # a list in brackets, which may go on for several lines
//! features:
//!   - BigInt               # or in dashes
//! negative:                # or nested keys
//!   phase: parse
//! info: |                  # a block whose lines are not looked at
//!   anything: at all
//! ```
//!
//! Everything borrows from the text: no escapes are undone, for the names that
//! matter contain none.

use super::parse::FrontmatterProblem as Problem;

/// A line that is neither blank nor a comment alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, the first of the block being 0.
    pub(super) number: u32,
    /// Blanks before its text.
    pub(super) indent: usize,
    /// Its text, without blanks around it.
    pub(super) text: &'a str,
}

/// The lines of a block, with LF, CRLF or CR between them.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: Option<&'a str>,
    next_number: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(block: &'a str) -> Self {
        Self {
            rest: Some(block),
            next_number: 0,
        }
    }

    /// The next line, whatever is in it.
    fn any(&mut self) -> Option<Line<'a>> {
        let rest = self.rest?;
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        let (line, after) = match end.and_then(|end| rest.split_at_checked(end)) {
            None => (rest, None),
            Some((line, after)) => {
                let after = after.strip_prefix("\r\n").or_else(|| after.get(1..));
                (line, after)
            }
        };
        self.rest = after;
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        let text = line.trim_start_matches([' ', '\t']);
        Some(Line {
            number,
            indent: line.len() - text.len(),
            text: text.trim_end(),
        })
    }

    /// The next line, if `wanted` accepts it; otherwise it stays the next.
    pub(super) fn next_if(&mut self, wanted: impl FnOnce(&Line<'a>) -> bool) -> Option<Line<'a>> {
        let before = self.clone();
        let line = self.next();
        if line.as_ref().is_some_and(wanted) {
            return line;
        }
        *self = before;
        None
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let line = self.any()?;
            if !is_blank(line.text) {
                return Some(line);
            }
        }
    }
}

/// Nothing, or nothing but a comment.
fn is_blank(text: &str) -> bool {
    text.is_empty() || text.starts_with('#')
}

/// A word of a list or a value, with the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) line: u32,
}

/// Splits `key: value`; the value may be empty and may end in a comment.
pub(super) fn key_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'));
    let separated = value.is_empty() || value.starts_with([' ', '\t']);
    (plain && separated).then(|| (key, value.trim_start()))
}

/// The text of `- text`.
pub(super) fn dash_item(text: &str) -> Option<&str> {
    let item = text.strip_prefix('-')?;
    (item.is_empty() || item.starts_with([' ', '\t'])).then(|| item.trim_start())
}

/// A value of one word: quoted, or plain up to a comment.
pub(super) fn scalar(text: &str) -> Result<&str, Problem> {
    let (word, rest) = word(text, &[])?;
    if is_blank(rest.trim_start()) {
        Ok(word)
    } else {
        Err(Problem::AfterValue)
    }
}

/// Takes a word that ends before any of `ends`; returns it and what follows.
fn word<'a>(text: &'a str, ends: &[char]) -> Result<(&'a str, &'a str), Problem> {
    if let Some(quote) = text
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    {
        let inner = text.get(1..).unwrap_or_default();
        return inner.split_once(quote).ok_or(Problem::Quote);
    }
    let comment = text.match_indices('#').map(|(at, _)| at).find(|&at| {
        at == 0
            || text
                .as_bytes()
                .get(at - 1)
                .is_some_and(u8::is_ascii_whitespace)
    });
    let end = text
        .find(ends)
        .into_iter()
        .chain(comment)
        .min()
        .unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    Ok((word.trim_end(), rest))
}

/// Reads a list in brackets; `first` is the rest of the line after `[`, and
/// `lines` yields those after it.
pub(super) fn bracket_list<'a>(
    first: Line<'a>,
    lines: &mut Lines<'a>,
    words: &mut Vec<Word<'a>>,
) -> Result<(), (u32, Problem)> {
    let mut line = first;
    loop {
        match bracket_line(line, words) {
            Ok(true) => return Ok(()),
            Ok(false) => line = lines.next().ok_or((first.number, Problem::Bracket))?,
            Err(problem) => return Err((line.number, problem)),
        }
    }
}

/// Reads one line of a list in brackets; true if the list ends on it.
fn bracket_line<'a>(line: Line<'a>, words: &mut Vec<Word<'a>>) -> Result<bool, Problem> {
    let mut rest = line.text.trim_start();
    loop {
        if is_blank(rest) {
            return Ok(false);
        }
        if let Some(after) = rest.strip_prefix(']') {
            return if is_blank(after.trim_start()) {
                Ok(true)
            } else {
                Err(Problem::AfterValue)
            };
        }
        let (text, after) = word(rest, &[',', ']', '['])?;
        if after.starts_with('[') || text.is_empty() {
            return Err(Problem::ListShape);
        }
        words.push(Word {
            text,
            line: line.number,
        });
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if is_blank(after) || after.starts_with(']') => after,
            None => return Err(Problem::ListShape),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_lf_crlf_or_cr() {
        let lines: Vec<_> = Lines::new("a\n  b\r\n\r\n# c\r d \n").collect();
        let shown: Vec<_> = lines
            .iter()
            .map(|it| (it.number, it.indent, it.text))
            .collect();
        assert_eq!(shown, [(0, 0, "a"), (1, 2, "b"), (4, 1, "d")]);
    }

    #[test]
    fn next_if_refused_line_stays() {
        let mut lines = Lines::new("a\nb");
        assert_eq!(lines.next_if(|line| line.text == "b"), None);
        assert_eq!(lines.next().map(|line| line.text), Some("a"));
        assert_eq!(
            lines
                .next_if(|line| line.text == "b")
                .map(|line| line.number),
            Some(1)
        );
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn scalar_leaves_comments_and_quotes_out() {
        assert_eq!(scalar("SyntaxError # why").unwrap(), "SyntaxError");
        assert_eq!(scalar("a#b").unwrap(), "a#b");
        assert_eq!(scalar("\"a # b\"").unwrap(), "a # b");
        assert_eq!(scalar("'a' b").unwrap_err(), Problem::AfterValue);
        assert_eq!(scalar("'a").unwrap_err(), Problem::Quote);
    }
}
