//! Features that an engine lacks, each with the reason it is skipped for.

use crate::{CorpusError, toml_file};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

const QUICKJS_NG: &str = include_str!("../lists/quickjs-ng.toml");

/// A feature and why tests that need it are skipped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsupportedFeature {
    /// Name, as in test262's `features.txt`.
    pub feature: String,
    /// Why, in prose.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    unsupported: Vec<UnsupportedFeature>,
}

/// What one engine lacks; the default lacks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsupported {
    reasons: HashMap<String, String>,
}

impl Unsupported {
    /// What the QuickJS-NG that ships with Rewind lacks.
    ///
    /// # Errors
    /// None, unless the list that is built in has been damaged.
    pub fn quickjs_ng() -> Result<Self, CorpusError> {
        Self::parse(QUICKJS_NG, Path::new("lists/quickjs-ng.toml"))
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
        let raw: RawFile = toml_file::parse(text, file)?;
        let reasons = raw
            .unsupported
            .into_iter()
            .map(|it| (it.feature, it.reason))
            .collect();
        Ok(Self { reasons })
    }

    /// Why tests that need `feature` are skipped; `None` if the engine has it.
    #[must_use]
    pub fn reason(&self, feature: &str) -> Option<&str> {
        self.reasons.get(feature).map(String::as_str)
    }

    /// All names in the list, in no particular order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.reasons.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quickjs_ng_list_is_whole_and_gives_reasons() {
        let list = Unsupported::quickjs_ng().unwrap();
        assert_eq!(list.features().count(), 29);
        assert!(
            list.features()
                .all(|name| list.reason(name).is_some_and(|why| !why.trim().is_empty()))
        );
        assert!(list.reason("Temporal").is_some());
        assert_eq!(list.reason("BigInt"), None);
    }

    #[test]
    fn parse_entry_without_reason_names_the_line() {
        let error = Unsupported::parse("\n[[unsupported]]\nfeature = \"x\"\n", Path::new("l.toml"));
        insta::assert_snapshot!(error.unwrap_err().to_string(), @"read l.toml:2: missing field `reason`");
    }
}
