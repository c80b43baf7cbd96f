//! Plain lists, kept by hand: an entry a line, comments from `#` to the end of a
//! line of their own.
//!
//! ```text
//! # What is common to the entries below.
//!
//! # Comments directly above an entry are about it.
//! test/language/a.js
//! ```
//!
//! Paths are written as in all texts ([`path_text`]). Where globs are allowed a `\\`
//! may also stand before a character that would mean something in one.
//!
//! A comment stays with the entry below it; one that a blank line sets apart is
//! about the file.

use crate::{CorpusError, Place};
use rewind_protocol::path_text;
use std::borrow::Cow;
use std::path::Path;

/// A line that isn't blank and no comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListEntry<'a> {
    /// Line, counted from 1.
    pub(crate) line: u32,
    /// Without white space around it; never empty.
    pub(crate) text: &'a str,
    /// The comments directly above it, joined by spaces.
    pub(crate) comment: String,
}

/// The entries of a list, in order.
pub(crate) fn entries(text: &str) -> Vec<ListEntry<'_>> {
    let (mut entries, mut comment) = (Vec::new(), String::new());
    for (line, text) in (1..).zip(text.lines().map(str::trim)) {
        if let Some(words) = text.strip_prefix('#') {
            let space = if comment.is_empty() { "" } else { " " };
            comment.push_str(space);
            comment.push_str(words.trim());
        } else if text.is_empty() {
            comment.clear();
        } else {
            let comment = std::mem::take(&mut comment);
            entries.push(ListEntry {
                line,
                text,
                comment,
            });
        }
    }
    entries
}

/// Characters that mean something in a glob.
const GLOB: &[u8] = b"*?[]{}!,\\";

/// The pattern that is meant by one that was written: what the code of paths knows is
/// taken back, what only a glob knows stays.
pub(crate) fn pattern(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let (mut pattern, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, path_text::meant(rest)) {
            (b'\\', Some((meant, after))) => {
                rest = after;
                if GLOB.contains(&meant) {
                    pattern.push(b'\\');
                }
                pattern.push(meant);
            }
            // One that a glob takes.
            _ => pattern.push(byte),
        }
    }
    let mut text = String::with_capacity(pattern.len());
    for chunk in pattern.utf8_chunks() {
        text.push_str(chunk.valid());
        // Such a case is named as its path is written.
        let name = path_text::escaped_bytes(chunk.invalid());
        text.push_str(&name.replace('\\', "\\\\"));
    }
    Cow::Owned(text)
}

/// White space in front of which no `\\` stands ends `text`.
pub(crate) fn ends_in_space(text: &str) -> bool {
    let Some(before) = text.strip_suffix(char::is_whitespace) else {
        return false;
    };
    let marks = before.len() - before.trim_end_matches('\\').len();
    marks.is_multiple_of(2)
}

/// An error about `line` of `file`.
pub(crate) fn wrong(file: &Path, line: u32, problem: String) -> CorpusError {
    CorpusError::List {
        place: Place {
            file: file.to_path_buf(),
            line,
        },
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_stay_with_the_entry_below_them() {
        let text = "# the file\n\n# why\n#   and how\n  a b \nc\n# apart\n\nd\n# the end";
        let found: Vec<_> = entries(text)
            .into_iter()
            .map(|it| (it.line, it.text, it.comment))
            .collect();
        assert_eq!(
            found,
            [
                (5, "a b", "why and how".to_owned()),
                (6, "c", String::new()),
                (9, "d", String::new()),
            ]
        );
    }

    #[test]
    fn pattern_keeps_what_only_a_glob_knows() {
        for (written, meant) in [
            ("test/a*.js", "test/a*.js"),
            (r"test/\*.js", r"test/\*.js"),
            (r"a\nb\ c\#", "a\nb c#"),
            (r"a\\nb", r"a\\nb"),
            (r"a\x2ab", r"a\*b"),
            (r"a\xc3\xbcb", "aüb"),
            (r"a\xffb", r"a\\xffb"),
            (r"a\q\", r"a\q\"),
        ] {
            assert_eq!(pattern(written), meant, "{written}");
        }
    }

    #[test]
    fn space_behind_a_mark_ends_nothing() {
        assert!(ends_in_space("a ") && ends_in_space("a\\\\\t"));
        assert!(!ends_in_space("a") && !ends_in_space("a\\ ") && !ends_in_space(""));
    }

    proptest! {
        #[test]
        fn every_line_is_blank_a_comment_or_an_entry(text in "[a#\\- \n\r\t]*") {
            let plain = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
            let wanted: Vec<&str> = text.lines().filter(plain).map(str::trim).collect();
            let found: Vec<&str> = entries(&text).into_iter().map(|it| it.text).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
