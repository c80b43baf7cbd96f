//! One line of a list, taken apart: path, variant, and what is said of them.

use super::ListProblem;
use crate::list_file::ends_in_space;
use crate::variants;
use rewind_protocol::Variant;

/// What stands between a path and what is said of it.
const MARK: &str = "--";

/// A line that is no comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Path or glob; never empty.
    pub(super) pattern: &'a str,
    /// The only variant that is meant.
    pub(super) variant: Option<Variant>,
    /// Behind the mark; `None` where there is no mark, or nothing behind it.
    pub(super) said: Option<&'a str>,
}

/// Takes a line apart; `None` for one that is blank or a comment.
pub(super) fn read(text: &str) -> Result<Option<Line<'_>>, ListProblem> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (front, said) = split(text);
    let (pattern, variant) = with_variant(front);
    if pattern.is_empty() {
        return Err(ListProblem::NoPath);
    }
    if pattern.starts_with('/') {
        return Err(ListProblem::Absolute(pattern.to_owned()));
    }
    Ok(Some(Line {
        pattern,
        variant,
        said: said.filter(|said| !said.is_empty()),
    }))
}

/// At the first mark that stands as a word of its own.
fn split(text: &str) -> (&str, Option<&str>) {
    let is_mark = |(at, _): &(usize, &str)| {
        let before = text.get(..*at).unwrap_or_default();
        let after = text.get(at + MARK.len()..).unwrap_or_default();
        (before.is_empty() || ends_in_space(before))
            && (after.is_empty() || after.starts_with(char::is_whitespace))
    };
    let Some((at, _)) = text.match_indices(MARK).find(is_mark) else {
        return (text, None);
    };
    let (front, rest) = text.split_at(at);
    (front.trim_end(), Some(rest.trim_start_matches(MARK).trim()))
}

/// No test's path ends in the name of a variant behind a space.
fn with_variant(front: &str) -> (&str, Option<Variant>) {
    let Some((path, last)) = front.rsplit_once(char::is_whitespace) else {
        return (front, None);
    };
    if !front.strip_suffix(last).is_some_and(ends_in_space) {
        return (front, None);
    }
    match variants::of_name(last) {
        Some(variant) => (path.trim_end(), Some(variant)),
        None => (front, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> Option<(&str, Option<&'static str>, Option<&str>)> {
        read(text)
            .unwrap()
            .map(|it| (it.pattern, it.variant.map(Variant::name), it.said))
    }

    #[test]
    fn line_is_taken_apart_at_its_mark_and_variant() {
        let cases = [
            ("test/a.js", ("test/a.js", None, None)),
            ("  test/a.js   ", ("test/a.js", None, None)),
            ("test/a.js strict", ("test/a.js", Some("strict"), None)),
            (
                "test/a b.js  raw -- it hangs -- always",
                ("test/a b.js", Some("raw"), Some("it hangs -- always")),
            ),
            ("test/a--b.js -- 90 s", ("test/a--b.js", None, Some("90 s"))),
            ("test/**/*.js --", ("test/**/*.js", None, None)),
            ("test/a.js\t--\tx y", ("test/a.js", None, Some("x y"))),
            (
                r"test/a\ -- b.js -- x y",
                (r"test/a\ -- b.js", None, Some("x y")),
            ),
            (r"test/a\ raw -- x y", (r"test/a\ raw", None, Some("x y"))),
        ];
        for (text, wanted) in cases {
            assert_eq!(parts(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn blank_lines_and_comments_are_none() {
        for text in ["", "  ", "# test/a.js", "  #"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn line_without_a_path_or_with_an_absolute_one_is_refused() {
        assert_eq!(read("-- why not"), Err(ListProblem::NoPath));
        assert_eq!(
            read("/test/a.js"),
            Err(ListProblem::Absolute("/test/a.js".to_owned()))
        );
    }

    proptest! {
        /// Whatever is said of it, a path comes out as it went in.
        #[test]
        fn path_and_words_come_out_as_they_went_in(
            path in "test/[a-z_.*-]{1,12}\\.js",
            said in "[a-z]{1,8}( [a-z]{1,8}){0,3}",
        ) {
            let text = format!("{path} -- {said}");
            prop_assert_eq!(parts(&text), Some((path.as_str(), None, Some(said.as_str()))));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = read(&text);
        }
    }
}
