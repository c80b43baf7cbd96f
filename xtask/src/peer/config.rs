//! A configuration for run-test262, derived from the one it comes with.
//!
//! Taken over is the list of features alone. Left out are the files it excludes
//! and its list of known errors: both would hide verdicts.
//!
//! One of its lines, `Atomics=!tcc # …`, is not read as it is meant: run-test262
//! knows comments on lines of their own only, takes the comment for a part of
//! the value, and skips the feature. Comments are cut off here, so that every
//! feature that is meant to be run is run.

use crate::error::{Error, Result};
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

/// Which features run-test262 is told to run and to skip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Features to run, in the order of the file.
    pub enabled: Vec<String>,
    /// Features to skip.
    pub disabled: HashSet<String>,
}

impl Configuration {
    /// Reads the features of the configuration at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
        let configuration = Self::parse(&text);
        if configuration.enabled.is_empty() {
            return Err(Error::Content {
                path: path.to_path_buf(),
                line: 1,
                problem: "no feature in a section [features]".into(),
            });
        }
        Ok(configuration)
    }

    fn parse(text: &str) -> Self {
        let mut section = "";
        let mut configuration = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[') {
                section = name.split(']').next().unwrap_or_default();
            } else if section == "features" && !line.is_empty() && !line.starts_with(';') {
                configuration.feature(line);
            }
        }
        configuration
    }

    /// `name`, `name=yes` and `name=!tcc` (not with that compiler) are run; all else is skipped.
    fn feature(&mut self, line: &str) {
        let (name, value) = line
            .split_once('=')
            .map_or((line, "yes"), |(n, v)| (n.trim(), v.trim()));
        if matches!(value, "yes" | "!tcc") {
            self.enabled.push(name.to_owned());
        } else {
            self.disabled.insert(name.to_owned());
        }
    }

    /// The text of a configuration for the tree at `root`; the tests come in a list of their own.
    pub(crate) fn text(&self, root: &Path, verbose: bool) -> String {
        let mut text = String::from("[config]\nmode=default-nostrict\nasync=yes\nmodule=yes\n");
        let yes = if verbose { "yes" } else { "no" };
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "verbose={yes}\nharnessdir={}\n[features]",
            root.join("harness").display()
        );
        for name in &self.enabled {
            let _ = writeln!(text, "{name}");
        }
        let mut disabled: Vec<&String> = self.disabled.iter().collect();
        disabled.sort_unstable();
        for name in disabled {
            let _ = writeln!(text, "{name}=skip");
        }
        text
    }

    /// run-test262 runs tests of this feature.
    pub(crate) fn runs(&self, feature: &str) -> bool {
        self.enabled.iter().any(|name| name == feature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = "[config]\nmode=default\nerrorfile=known.txt\n[features]\n# list\nBigInt\n\
        Temporal=skip\nAtomics=!tcc # broken\nupsert = yes\nold=no\n[exclude]\ntest/staging/\n";

    #[test]
    fn parse_takes_features_and_cuts_comments() {
        let configuration = Configuration::parse(SHIPPED);
        assert_eq!(configuration.enabled, ["BigInt", "Atomics", "upsert"]);
        assert_eq!(
            configuration.disabled,
            ["Temporal", "old"].map(String::from).into()
        );
        assert!(configuration.runs("Atomics") && !configuration.runs("Temporal"));
    }

    #[test]
    fn text_has_no_exclusion_and_no_known_errors() {
        let text = Configuration::parse(SHIPPED).text("/corpus".as_ref(), true);
        insta::assert_snapshot!(text, @r"
        [config]
        mode=default-nostrict
        async=yes
        module=yes
        verbose=yes
        harnessdir=/corpus/harness
        [features]
        BigInt
        Atomics
        upsert
        Temporal=skip
        old=skip
        ");
    }

    #[test]
    fn read_without_features_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.conf");
        std::fs::write(&path, "[config]\nmode=default\n").expect("written");
        assert!(Configuration::read(&path).is_err());
    }
}
