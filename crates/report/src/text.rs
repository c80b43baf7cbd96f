//! Text of tests, made safe and short enough to show.

use std::fmt::{self, Write};

/// Bytes of unknown origin as text for a terminal: what is not UTF-8 becomes
/// U+FFFD, and control characters are shown as escapes, so that a test can't
/// move the cursor, change colours or forge a line.
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '\t' || !character.is_control() {
                    f.write_char(character)?;
                } else {
                    write!(f, "{}", character.escape_default())?;
                }
            }
            if !chunk.invalid().is_empty() {
                f.write_char('\u{fffd}')?;
            }
        }
        Ok(())
    }
}

/// The first `limit` bytes at most, never cutting a character in half.
pub(crate) fn prefix(bytes: &[u8], limit: usize) -> &[u8] {
    if bytes.len() <= limit {
        return bytes;
    }
    let is_continuation = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    // A character has at most three continuation bytes.
    let cut = (limit.saturating_sub(3)..=limit)
        .rev()
        .find(|at| !is_continuation(*at));
    bytes.get(..cut.unwrap_or(limit)).unwrap_or_default()
}

/// A number with its thousands set apart: `40,253`.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// So many of a thing, in its singular or plural: `1 case`, `2 cases`.
pub(crate) struct Many(pub(crate) u64, pub(crate) &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", Grouped(self.0), self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_as_escapes() {
        assert_eq!(
            Shown(b"a\x1b[31mb\r\tc\xff").to_string(),
            "a\\u{1b}[31mb\\r\tc\u{fffd}"
        );
    }

    #[test]
    fn prefix_never_cuts_a_character() {
        let text = "aé€😀".as_bytes();
        for limit in 0..=text.len() + 1 {
            let cut = prefix(text, limit);
            assert!(cut.len() <= limit);
            assert!(std::str::from_utf8(cut).is_ok(), "cut at {limit}");
        }
        assert_eq!(prefix(text, 3), "aé".as_bytes());
        assert_eq!(prefix(b"\x80\x80\x80\x80\x80\x80", 5).len(), 5);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1000, 40_253, 1_234_567]
            .map(|n| Grouped(n).to_string())
            .into();
        assert_eq!(shown, ["0", "999", "1,000", "40,253", "1,234,567"]);
    }
}
