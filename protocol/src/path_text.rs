//! A path in a line of text.
//!
//! ```text
//! test/a b.js          test/a b.js           as it is
//! test/a⏎b.js          test/a\nb.js          \n \r \t \\
//! test/a\xff.js        test/a\xff.js         \xHH: the byte HH
//! #a.js                \#a.js                and `\ ` for a blank in front
//! ```
//!
//! A file may be called anything that has no slash and no NUL in it: names with
//! line ends would break every list with a path a line, and those that aren't
//! UTF-8 can't be written down at all. Every text with paths in it (lists, timings,
//! baselines, what is shown) writes and reads them by this one code. What reads a
//! list of an older version finds what it wrote: a path of plain characters is
//! written as it is.
//!
//! The name of a case is text. That of a file whose path isn't UTF-8 is its path as
//! it is written here ([`case_name`]).

use std::borrow::Cow;
use std::fmt::Write as _;

/// A path that makes no sense as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathTextError;

impl core::fmt::Display for PathTextError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a `\\` in a path is written `\\\\`")
    }
}

impl core::error::Error for PathTextError {}

/// A path as it is written: one line, no comment, and no white space around it.
#[must_use]
pub fn escaped(path: &str) -> Cow<'_, str> {
    if is_plain(path) {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len() + 4);
    let last = path.chars().next_back().map_or(0, char::len_utf8);
    for (at, letter) in path.char_indices() {
        let (first, last) = (at == 0, at + last == path.len());
        push_letter(&mut text, letter, first, last);
    }
    Cow::Owned(text)
}

/// A path that needn't be UTF-8 as it is written.
#[must_use]
pub fn escaped_bytes(path: &[u8]) -> Cow<'_, str> {
    if let Ok(path) = str::from_utf8(path) {
        return escaped(path);
    }
    let mut text = String::with_capacity(path.len() + 4);
    let mut left = path.len();
    for chunk in path.utf8_chunks() {
        for letter in chunk.valid().chars() {
            let first = left == path.len();
            left -= letter.len_utf8();
            push_letter(&mut text, letter, first, left == 0);
        }
        left -= chunk.invalid().len();
        push_bytes(&mut text, chunk.invalid());
    }
    Cow::Owned(text)
}

/// The bytes of a path that was written.
///
/// # Errors
/// If there is a `\` that begins nothing.
pub fn unescaped_bytes(text: &str) -> Result<Cow<'_, [u8]>, PathTextError> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut path = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'\\' {
            let (meant, after) = meant(rest).ok_or(PathTextError)?;
            path.push(meant);
            rest = after;
        } else {
            path.push(byte);
        }
    }
    Ok(Cow::Owned(path))
}

/// The case that is meant by a path that was written.
///
/// # Errors
/// If there is a `\` that begins nothing.
pub fn unescaped(text: &str) -> Result<Cow<'_, str>, PathTextError> {
    match unescaped_bytes(text)? {
        Cow::Borrowed(_) => Ok(Cow::Borrowed(text)),
        Cow::Owned(path) => Ok(Cow::Owned(match String::from_utf8(path) {
            Ok(path) => path,
            Err(error) => escaped_bytes(error.as_bytes()).into_owned(),
        })),
    }
}

/// What the letters behind a `\` stand for, and what follows them.
#[must_use]
pub fn meant(behind: &[u8]) -> Option<(u8, &[u8])> {
    let (&letter, rest) = behind.split_first()?;
    Some(match letter {
        b'\\' | b'#' | b' ' => (letter, rest),
        b'n' => (b'\n', rest),
        b'r' => (b'\r', rest),
        b't' => (b'\t', rest),
        b'x' => {
            let (digits, rest) = rest.split_at_checked(2)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            let digits = str::from_utf8(digits).ok()?;
            (u8::from_str_radix(digits, 16).ok()?, rest)
        }
        _ => return None,
    })
}

/// The name of the case whose file has that path: the path, if it is UTF-8.
#[must_use]
pub fn case_name(path: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(path) {
        Ok(path) => Cow::Borrowed(path),
        Err(_) => escaped_bytes(path),
    }
}

/// It is written as it is.
fn is_plain(path: &str) -> bool {
    let at_an_end = |letter: Option<char>| letter.is_none_or(|it| !it.is_whitespace());
    // Most paths are of nothing else.
    let simple = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\';
    (path.bytes().all(simple) || !path.contains(must_escape))
        && !path.starts_with('#')
        && at_an_end(path.chars().next())
        && at_an_end(path.chars().next_back())
}

/// It would end the line, or change what is seen of it.
fn must_escape(letter: char) -> bool {
    letter == '\\' || letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn push_letter(text: &mut String, letter: char, first: bool, last: bool) {
    match letter {
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '#' if first => text.push_str("\\#"),
        ' ' if first && !last => text.push_str("\\ "),
        _ if must_escape(letter) || ((first || last) && letter.is_whitespace()) => {
            let mut bytes = [0; 4];
            push_bytes(text, letter.encode_utf8(&mut bytes).as_bytes());
        }
        _ => text.push(letter),
    }
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing into a `String` has no way to fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn path_is_written_in_one_line() {
        for (path, wanted) in [
            ("test/a b.js", "test/a b.js"),
            ("test/ü €.js", "test/ü €.js"),
            ("a\nb raw fail\r\\", "a\\nb raw fail\\r\\\\"),
            ("# c", "\\# c"),
            (" c ", "\\ c\\x20"),
            (" ", "\\x20"),
            ("a\t\u{1b}[31m\u{85}", "a\\t\\x1b[31m\\xc2\\x85"),
            ("\u{3000}a\u{2028}", "\\xe3\\x80\\x80a\\xe2\\x80\\xa8"),
            ("", ""),
        ] {
            assert_eq!(escaped(path), wanted);
            assert_eq!(unescaped(wanted).as_deref(), Ok(path));
        }
    }

    #[test]
    fn path_that_is_no_text_is_written_by_its_bytes() {
        let path = b"test/\xff\xc3\n\xe2\x82.js";
        let wanted = "test/\\xff\\xc3\\n\\xe2\\x82.js";
        assert_eq!(escaped_bytes(path), wanted);
        assert_eq!(unescaped_bytes(wanted).as_deref(), Ok(&path[..]));
        assert_eq!(case_name(path), wanted);
        // Either way of writing it means the same case.
        assert_eq!(unescaped(wanted).as_deref(), Ok(wanted));
        assert_eq!(unescaped(&escaped(wanted)).as_deref(), Ok(wanted));
        assert_eq!(case_name("a\nb".as_bytes()), "a\nb");
    }

    #[test]
    fn backslash_that_begins_nothing_is_refused() {
        for text in ["a\\", "\\q", "\\x", "\\x1", "\\xg0", "\\x+1", "\\x\u{e9}"] {
            assert_eq!(unescaped_bytes(text), Err(PathTextError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_from_one_line(path in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = escaped_bytes(&path);
            prop_assert!(!text.contains(char::is_control), "{}", text);
            prop_assert_eq!(text.trim(), &*text);
            prop_assert!(!text.starts_with('#'));
            prop_assert_eq!(unescaped_bytes(&text), Ok(Cow::Borrowed(&path[..])));
        }

        #[test]
        fn any_path_comes_back_from_one_line(path in "([a-z/ #\\n\\r\\\\\\t]|\\PC|\\p{Zs})*") {
            let text = escaped(&path);
            prop_assert_eq!(text.lines().count(), usize::from(!path.is_empty()));
            prop_assert_eq!(&*escaped_bytes(path.as_bytes()), &*text);
            prop_assert_eq!(unescaped(&text), Ok(Cow::Borrowed(&*path)));
        }

        #[test]
        fn no_text_panics(text in "[\\\\xnrt0-9a-f\\PC]*") {
            let _ = (unescaped(&text), unescaped_bytes(&text));
        }
    }
}
