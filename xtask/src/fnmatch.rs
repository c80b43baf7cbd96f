//! Globs over slash-separated paths: `*` stays within a segment, `**` crosses.

/// `path` fits `pattern`. `*` stands for any text without a slash, `**` for any
/// text at all, `?` for one character that is no slash; all else for itself.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    fits(pattern.as_bytes(), path.as_bytes())
}

fn fits(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|at| fits(rest, &path[at..])),
        [b'*', rest @ ..] => {
            let segment = path
                .iter()
                .position(|byte| *byte == b'/')
                .unwrap_or(path.len());
            (0..=segment).any(|at| fits(rest, &path[at..]))
        }
        [b'?', rest @ ..] => path
            .split_first()
            .is_some_and(|(first, tail)| *first != b'/' && fits(rest, tail)),
        [byte, rest @ ..] => path
            .split_first()
            .is_some_and(|(first, tail)| first == byte && fits(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stays_within_a_segment_and_two_cross() {
        assert!(matches("test/*/a.js", "test/x/a.js"));
        assert!(!matches("test/*/a.js", "test/x/y/a.js"));
        assert!(matches("test/**/a.js", "test/x/y/a.js"));
        assert!(matches("test/**", "test/x/y/a.js"));
        assert!(matches("a-?.js", "a-1.js"));
        assert!(!matches("a-?.js", "a-/.js"));
        assert!(!matches("a.js", "a.jsx"));
        assert!(!matches("a.jsx", "a.js"));
    }
}
