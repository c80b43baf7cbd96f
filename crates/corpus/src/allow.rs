//! Tests that are run although the engine lacks a feature they name: what
//! happens to work of a feature that is listed as lacking, and should keep to.
//!
//! ```text
//! # the constructor is there, and throws as it has to
//! test/built-ins/ShadowRealm/constructor.js
//! test/built-ins/Temporal/Duration/from/        all in this folder
//! test/built-ins/Temporal/*/length.js           * stays within a folder, ** doesn't
//! ```
//!
//! It admits what features would keep out, and nothing else: an expectation that
//! says to skip a test still does.

use crate::list_file::{self, ListEntry, wrong};
use crate::{Corpus, CorpusError, Place, Unsupported, toml_file};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::{Path, PathBuf};

/// A pattern must name so many folders before it leaves anything open.
const NARROW: usize = 2;

/// Tests that are run whatever features they need; the default admits none.
#[derive(Clone, Debug)]
pub struct Allowed {
    file: PathBuf,
    patterns: GlobSet,
    entries: Vec<Admission>,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Line, counted from 1.
    pub line: u32,
    /// As it stands there: a path, a folder with a slash at its end, or a glob.
    pub pattern: String,
    /// The comments above it; may be empty.
    pub comment: String,
}

impl Allowed {
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
        let mut patterns = GlobSetBuilder::new();
        let mut entries: Vec<Admission> = Vec::new();
        for entry in list_file::entries(text) {
            let problem = |problem| wrong(file, entry.line, problem);
            if let Some(first) = entries.iter().find(|it| it.pattern == entry.text) {
                let first = first.line;
                return Err(problem(format!(
                    "already listed on line {first}: keep one of the two"
                )));
            }
            patterns.add(glob(&entry).map_err(problem)?);
            entries.push(Admission {
                line: entry.line,
                pattern: entry.text.to_owned(),
                comment: entry.comment,
            });
        }
        let patterns = patterns
            .build()
            .map_err(|error| wrong(file, 0, error.to_string()))?;
        Ok(Self {
            file: file.to_path_buf(),
            patterns,
            entries,
        })
    }

    /// The test is run even if the engine lacks a feature that it names.
    #[must_use]
    pub fn admits(&self, path: &str) -> bool {
        self.patterns.is_match(path)
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Admission] {
        &self.entries
    }

    /// Entries that admit no test which would have been kept out: they have
    /// become needless, or have a mistake in them. `corpus` must be whole.
    #[must_use]
    pub fn needless(&self, corpus: &Corpus, unsupported: &Unsupported) -> Vec<(Place, &str)> {
        let mut needed = vec![false; self.entries.len()];
        for test in &corpus.tests {
            let lacks = |name| unsupported.reason(name).is_some();
            if !corpus.features(test).any(lacks) {
                continue;
            }
            for index in self.patterns.matches(&*test.path) {
                if let Some(needed) = needed.get_mut(index) {
                    *needed = true;
                }
            }
        }
        let unused = self.entries.iter().zip(needed).filter(|(_, used)| !used);
        let place = |entry: &Admission| Place {
            file: self.file.clone(),
            line: entry.line,
        };
        unused
            .map(|(entry, _)| (place(entry), entry.pattern.as_str()))
            .collect()
    }
}

/// The pattern of an entry, if it is narrow enough.
fn glob(entry: &ListEntry<'_>) -> Result<globset::Glob, String> {
    let text = &*list_file::pattern(entry.text);
    let open = text.find(['*', '?', '[', '{']).unwrap_or(text.len());
    let fixed = text.get(..open).unwrap_or(text);
    if fixed.matches('/').count() < NARROW {
        return Err(format!(
            "`{text}` admits too much: begin with `test/` and a folder in it"
        ));
    }
    let folder = text.ends_with('/');
    let pattern = if folder {
        format!("{text}**")
    } else {
        text.to_owned()
    };
    GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| format!("`{text}` is no glob: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str =
        "# whole\n\n# works by now\ntest/a/b.js\ntest/a/folder/\ntest/x/*/length.js\n";

    fn parse(text: &str) -> Result<Allowed, String> {
        Allowed::parse(text, Path::new("a.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn entries_admit_a_path_a_folder_or_a_glob_and_no_more() {
        let list = parse(LIST).unwrap();
        for path in [
            "test/a/b.js",
            "test/a/folder/c.js",
            "test/a/folder/deep/d.js",
            "test/x/Duration/length.js",
        ] {
            assert!(list.admits(path), "{path}");
        }
        for path in [
            "test/a/b.jsx",
            "test/a/b/b.js",
            "test/a/folder.js",
            "test/x/length.js",
            "test/x/a/b/length.js",
        ] {
            assert!(!list.admits(path), "{path}");
        }
        let first = &list.entries()[0];
        assert_eq!((first.line, &*first.comment), (4, "works by now"));
    }

    #[test]
    fn parse_wrong_line_names_it_and_the_mend() {
        for (text, wanted) in [
            (
                "\ntest/*.js",
                "a.txt:2: `test/*.js` admits too much: begin with",
            ),
            ("**", "a.txt:1: `**` admits too much"),
            ("test/", "a.txt:1: `test/` admits too much"),
            ("test/a/[", "a.txt:1: `test/a/[` is no glob"),
            (
                "test/a/b\n# x\ntest/a/b",
                "a.txt:3: already listed on line 1",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn needless_entries_are_those_that_admit_nothing_kept_out() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["harness", "test/a/folder", "test/x/y"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let lacking = "/*---\nfeatures: [Temporal]\n---*/";
        std::fs::write(folder.path().join("test/a/b.js"), lacking).unwrap();
        std::fs::write(folder.path().join("test/a/folder/c.js"), "").unwrap();
        let corpus = Corpus::discover(folder.path(), &[]).unwrap();
        let list = parse(LIST).unwrap();
        let unsupported = Unsupported::quickjs_ng().unwrap();
        let found: Vec<_> = list
            .needless(&corpus, &unsupported)
            .into_iter()
            .map(|(place, pattern)| format!("{place} {pattern}"))
            .collect();
        assert_eq!(
            found,
            ["a.txt:5 test/a/folder/", "a.txt:6 test/x/*/length.js"]
        );
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "[tes/a*?\\[\\]{}# \n]*") {
            let _ = parse(&text);
        }
    }
}
