//! Commands as people can give them to a shell.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// `word` as one word of a POSIX shell.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// `path` as one word of a POSIX shell, whatever bytes it has.
pub(crate) fn quoted_path(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) if !text.contains(char::is_control) => quoted(text),
        _ => Cow::Owned(printed(path.as_os_str().as_bytes())),
    }
}

/// As `printf` writes it: on one line. A path that ends in a line end loses it.
/// A hyphen is written by its number, for at the start it would begin an option.
fn printed(bytes: &[u8]) -> String {
    let mut word = String::from("\"$(printf '");
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"_./:=,+@ ".contains(&byte) {
            word.push(char::from(byte));
        } else {
            // Writing into a `String` has no way to fail.
            let _ = write!(word, "\\{byte:03o}");
        }
    }
    word.push_str("')\"");
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;
    use std::process::Command;

    #[test]
    fn path_that_looks_like_an_option_is_read_back() {
        let bytes = b"-v\x7f";
        let word = quoted_path(Path::new(OsStr::from_bytes(bytes))).into_owned();
        let script = format!("printf %s {word}");
        let said = Command::new("/bin/sh").arg("-c").arg(script).output();
        assert_eq!(said.expect("a shell").stdout, bytes);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn shell_reads_back_what_was_quoted(word in "[^\0]{0,12}") {
            let script = format!("printf %s {}", quoted(&word));
            let said = Command::new("/bin/sh").arg("-c").arg(script).output();
            prop_assert_eq!(said.expect("a shell").stdout, word.into_bytes());
        }

        #[test]
        fn shell_reads_back_any_path(
            // A folder's name that ends in a line end is beyond what a shell can say.
            bytes in prop::collection::vec(1..=u8::MAX, 1..12).prop_filter("", |it| !it.ends_with(b"\n"))
        ) {
            let path = Path::new(OsStr::from_bytes(&bytes));
            let word = quoted_path(path);
            prop_assert!(!word.contains(char::is_control));
            let script = format!("printf %s {word}");
            let said = Command::new("/bin/sh").arg("-c").arg(script).output();
            prop_assert_eq!(said.expect("a shell").stdout, bytes);
        }
    }
}
