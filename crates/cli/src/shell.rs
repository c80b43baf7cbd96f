//! Commands as people can give them to a shell.

use std::borrow::Cow;

/// `word` as one word of a POSIX shell.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn shell_reads_back_what_was_quoted(word in "[^\0]{0,12}") {
            let script = format!("printf %s {}", quoted(&word));
            let said = Command::new("/bin/sh").arg("-c").arg(script).output();
            prop_assert_eq!(said.expect("a shell").stdout, word.into_bytes());
        }
    }
}
