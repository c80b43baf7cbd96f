//! What run-test262 takes a test's frontmatter to say.
//!
//! It reads no YAML: it looks for the first `/*-` of the file, and in that
//! comment for the first occurrence of each word, wherever that is. Its reading
//! is repeated here to know which tests it skips, and to find the tests that it
//! reads differently from what they say.

use super::Configuration;

/// A test's metadata as run-test262 has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PeerMetadata {
    /// Harness files beyond those every test gets, and before the one for `async`.
    pub includes: Vec<String>,
    /// Flags, known or not.
    pub flags: Vec<String>,
    /// Type of a negative test; `Some(None)` if it finds the word `negative:` alone.
    pub negative: Option<Option<String>>,
    /// Features.
    pub features: Vec<String>,
}

impl PeerMetadata {
    /// Reads a file's content.
    pub(crate) fn parse(file: &[u8]) -> Self {
        // The file is a C string to it.
        let file = file.split(|byte| *byte == 0).next().unwrap_or_default();
        let Some(comment) = comment(file) else {
            return Self::default();
        };
        let list = |tag: &str| after(comment, tag).map(options).unwrap_or_default();
        let negative = after(comment, "negative:").map(|rest| after(rest, "type:").map(type_name));
        Self {
            includes: list("includes:"),
            flags: list("flags:"),
            negative,
            features: list("features:"),
        }
    }

    /// It skips the test, for features it is told to skip or doesn't know.
    pub(crate) fn is_skipped(&self, configuration: &Configuration) -> bool {
        self.skipped_features(configuration).next().is_some()
    }

    /// The features for which it skips the test.
    pub(crate) fn skipped_features<'a>(
        &'a self,
        configuration: &'a Configuration,
    ) -> impl Iterator<Item = &'a str> {
        self.features
            .iter()
            .map(String::as_str)
            .filter(|name| !configuration.runs(name))
    }
}

/// The inside of the first comment that begins with `/*-` (but not `/*-/`).
fn comment(file: &[u8]) -> Option<&[u8]> {
    let start = file
        .windows(4)
        .position(|four| four.starts_with(b"/*-") && four[3] != b'/')?;
    let inner = file.get(start + 3..)?;
    let end = inner.windows(2).position(|two| two == b"*/")?;
    inner.get(..end)
}

/// What follows the first occurrence of `tag`.
fn after<'a>(text: &'a [u8], tag: &str) -> Option<&'a [u8]> {
    let at = text
        .windows(tag.len())
        .position(|part| part == tag.as_bytes())?;
    text.get(at + tag.len()..)
}

fn type_name(rest: &[u8]) -> String {
    let rest = rest.trim_ascii_start();
    let end = rest
        .iter()
        .position(|byte| b" \r\n".contains(byte))
        .unwrap_or(rest.len());
    String::from_utf8_lossy(&rest[..end]).into_owned()
}

/// Words of a list, in brackets or indented with dashes.
fn options(text: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'[' => depth += 1,
            b']' => {
                depth -= 1;
                if depth <= 0 {
                    break;
                }
            }
            b' ' | b'\t' | b'\r' | b',' | b'-' => {}
            b'\n' if depth > 0 || text.get(at + 1) == Some(&b' ') => {}
            b'\n' => break,
            _ => {
                let rest = &text[at..];
                let length = rest.iter().position(|byte| b" \t\r\n,]".contains(byte));
                let word = &rest[..length.unwrap_or(rest.len())];
                words.push(String::from_utf8_lossy(word).into_owned());
                at += word.len();
                continue;
            }
        }
        at += 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEST: &str = "// Copyright\n/*---\ndescription: >\n  text\nincludes: [a.js, b.js]\n\
        flags:\n  - module\n  - async\nnegative:\n  phase: parse\n  type: SyntaxError\n\
        features: [class-fields-public, Atomics,\n  x]\n---*/\nbody;\n";

    fn configuration() -> Configuration {
        Configuration {
            enabled: vec!["class-fields-public".into(), "x".into()],
            disabled: ["Atomics".to_owned()].into(),
        }
    }

    #[test]
    fn parse_reads_both_forms_of_list() {
        let metadata = PeerMetadata::parse(TEST.as_bytes());
        assert_eq!(metadata.includes, ["a.js", "b.js"]);
        assert_eq!(metadata.flags, ["module", "async"]);
        assert_eq!(metadata.negative, Some(Some("SyntaxError".into())));
        assert_eq!(metadata.features, ["class-fields-public", "Atomics", "x"]);
        assert!(metadata.is_skipped(&configuration()));
    }

    #[test]
    fn words_in_a_description_count_for_keys() {
        let text = "/*---\ninfo: has no flags: [module]\n  negative: of x\nflags: [raw]\n---*/";
        let metadata = PeerMetadata::parse(text.as_bytes());
        assert_eq!(metadata.flags, ["module"]);
        assert_eq!(metadata.negative, Some(None));
    }

    #[test]
    fn file_without_comment_is_a_plain_test() {
        assert_eq!(PeerMetadata::parse(b"/* x */ a"), PeerMetadata::default());
        assert_eq!(
            PeerMetadata::parse(b"/*--- flags: [raw]"),
            PeerMetadata::default()
        );
        assert!(!PeerMetadata::default().is_skipped(&configuration()));
    }

    proptest! {
        #[test]
        fn parse_takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = b"/*---\nflags:".to_vec();
            file.extend(bytes);
            for word in PeerMetadata::parse(&file).flags {
                prop_assert!(!word.is_empty());
            }
        }
    }
}
