//! Features that an engine lacks, each with the reason it is skipped for.
//!
//! ```text
//! # a comment
//! Temporal: not implemented by this engine
//! ```

use crate::list_file::{self, wrong};
use crate::{CorpusError, toml_file};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

const QUICKJS_NG: &str = include_str!("../lists/quickjs-ng.txt");

/// What one engine lacks; the default lacks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsupported {
    /// Line and reason, by name.
    reasons: HashMap<String, (u32, String)>,
}

impl Unsupported {
    /// What the QuickJS-NG that ships with Rewind lacks.
    ///
    /// # Errors
    /// None, unless the list that is built in has been damaged.
    pub fn quickjs_ng() -> Result<Self, CorpusError> {
        Self::parse(QUICKJS_NG, Path::new("lists/quickjs-ng.txt"))
    }

    /// Reads a list from a file.
    ///
    /// # Errors
    /// If it can't be read or understood; names file and line.
    pub fn load(file: &Path) -> Result<Self, CorpusError> {
        Self::parse(&toml_file::read(file)?, file)
    }

    /// Reads `text`; `file` is named in errors.
    ///
    /// # Errors
    /// If it can't be understood; names file and line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, CorpusError> {
        let mut list = Self::default();
        for entry in list_file::entries(text) {
            list.add(entry.text, entry.line)
                .map_err(|problem| wrong(file, entry.line, problem))?;
        }
        Ok(list)
    }

    fn add(&mut self, text: &str, line: u32) -> Result<(), String> {
        let (name, reason) = text.split_once(':').unwrap_or((text, ""));
        let (name, reason) = (name.trim(), reason.trim());
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(format!(
                "`{name}` is no name of a feature: write `NAME: why the engine lacks it`"
            ));
        }
        if reason.is_empty() {
            return Err(format!(
                "`{name}` has no reason: write `{name}: why the engine lacks it`"
            ));
        }
        match self.reasons.entry(name.to_owned()) {
            Entry::Occupied(known) => {
                let (first, _) = known.get();
                Err(format!(
                    "`{name}` is already listed on line {first}: keep one of the two"
                ))
            }
            Entry::Vacant(free) => {
                free.insert((line, reason.to_owned()));
                Ok(())
            }
        }
    }

    /// Why tests that need `feature` are skipped; `None` if the engine has it.
    #[must_use]
    pub fn reason(&self, feature: &str) -> Option<&str> {
        self.reasons.get(feature).map(|(_, reason)| reason.as_str())
    }

    /// All names in the list, in no particular order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.reasons.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(text: &str) -> String {
        let error = Unsupported::parse(text, Path::new("l.txt"));
        error.expect_err("refused").to_string()
    }

    #[test]
    fn quickjs_ng_list_is_whole_and_gives_reasons() {
        let list = Unsupported::quickjs_ng().unwrap();
        assert_eq!(list.features().count(), 29);
        assert!(list.reason("Temporal").is_some());
        assert_eq!(list.reason("BigInt"), None);
    }

    #[test]
    fn parse_returns_names_with_their_reasons() {
        let text = "# c\n\nA.b-c : not: yet \nB: why\n";
        let list = Unsupported::parse(text, Path::new("l.txt")).unwrap();
        assert_eq!(list.reason("A.b-c"), Some("not: yet"));
        assert_eq!(list.reason("B"), Some("why"));
        assert_eq!(list.features().count(), 2);
    }

    #[test]
    fn parse_wrong_line_names_it_and_the_mend() {
        insta::assert_snapshot!(error("\nx\n"), @"read l.txt:2: `x` has no reason: write `x: why the engine lacks it`");
        insta::assert_snapshot!(error("x:  \n"), @"read l.txt:1: `x` has no reason: write `x: why the engine lacks it`");
        insta::assert_snapshot!(error("two words: y"), @"read l.txt:1: `two words` is no name of a feature: write `NAME: why the engine lacks it`");
        insta::assert_snapshot!(error("x: a\n#\nx: b"), @"read l.txt:3: `x` is already listed on line 1: keep one of the two");
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "[\\PC\n]*") {
            let _ = Unsupported::parse(&text, Path::new("l.txt"));
        }
    }
}
