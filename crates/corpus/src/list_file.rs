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
//! A comment stays with the entry below it; one that a blank line sets apart is
//! about the file.

use crate::{CorpusError, Place};
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
