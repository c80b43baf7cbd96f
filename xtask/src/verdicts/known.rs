//! The short list of differences that no rule explains but a person did.

use crate::error::{Error, Result};
use crate::fnmatch;
use serde::Deserialize;
use std::path::Path;

/// The list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Entries; the first that fits counts.
    #[serde(default, rename = "difference")]
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Glob over the path below the root.
    pub path: String,
    /// run-test262's verdict.
    pub peer: String,
    /// Our verdict.
    pub ours: String,
    /// Why they differ, and why that is right.
    pub reason: String,
}

impl Known {
    /// Reads the list; every entry needs a reason.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
        let content = |line, problem| Error::Content {
            path: path.to_path_buf(),
            line,
            problem,
        };
        let known: Self = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            content(before.matches('\n').count() + 1, error.message().to_owned())
        })?;
        if let Some(bare) = known
            .entries
            .iter()
            .find(|entry| entry.reason.trim().is_empty())
        {
            let at = text
                .lines()
                .position(|line| line.contains(&bare.path))
                .unwrap_or(0);
            return Err(content(
                at + 1,
                format!("{} has no reason; write one", bare.path),
            ));
        }
        Ok(known)
    }

    /// The entry for a difference.
    pub(crate) fn entry(&self, path: &str, peer: &str, ours: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.fits(path, peer, ours))
    }
}

impl Entry {
    /// It is about this difference.
    pub(crate) fn fits(&self, path: &str, peer: &str, ours: &str) -> bool {
        self.peer == peer && self.ours == ours && fnmatch::matches(&self.path, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Known> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.toml");
        std::fs::write(&path, text).expect("written");
        Known::read(&path)
    }

    #[test]
    fn entry_fits_path_and_both_verdicts() {
        let known = read(
            "[[difference]]\npath = \"test/a/*.js\"\npeer = \"pass\"\nours = \"fail\"\nreason = \"r\"\n",
        )
        .expect("a list");
        assert!(known.entry("test/a/x.js", "pass", "fail").is_some());
        assert!(known.entry("test/a/x.js", "fail", "pass").is_none());
        assert!(known.entry("test/b/x.js", "pass", "fail").is_none());
    }

    #[test]
    fn bad_lists_are_refused_with_their_line() {
        for (text, part) in [
            (
                "[[difference]]\npath = \"a\"\npeer = \"x\"\nours = \"y\"\nreason = \" \"\n",
                ":2: a has no reason",
            ),
            ("\n[[difference]]\nfoo = 1\n", ":3: "),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn list_of_the_repository_is_good() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer-differences.toml");
        Known::read(&path).expect("a good list");
    }
}
