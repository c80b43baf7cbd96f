//! Markers that tests must tell: what shows that a test went the way it is
//! about, and didn't pass by another.
//!
//! ```text
//! # path, variant where only one is meant, marker
//! test/language/a.js fast-path-hit=array-push
//! test/language/a.js strict fast-path-note=bailed-out-once
//! ```

use crate::list_file::{self, wrong};
use crate::{CorpusError, Place, toml_file, variants};
use rewind_protocol::{Variant, path_text};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a marker begins with.
const KINDS: [&str; 2] = ["fast-path-hit=", "fast-path-note="];

/// The markers that each test must tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnose {
    file: PathBuf,
    /// By path: the first line that names it, and markers by variant.
    tests: HashMap<String, (u32, [Vec<String>; variants::ALL.len()])>,
}

impl Diagnose {
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
        let mut list = Self {
            file: file.to_path_buf(),
            tests: HashMap::new(),
        };
        for entry in list_file::entries(text) {
            list.add(entry.text, entry.line)
                .map_err(|problem| wrong(file, entry.line, problem))?;
        }
        Ok(list)
    }

    fn add(&mut self, text: &str, line: u32) -> Result<(), String> {
        let (rest, marker) = text
            .rsplit_once(char::is_whitespace)
            .ok_or("expected `PATH MARKER` or `PATH VARIANT MARKER`")?;
        let known = |kind: &str| marker.len() > kind.len() && marker.starts_with(kind);
        if !KINDS.iter().any(|kind| known(kind)) {
            return Err(format!(
                "`{marker}` is no marker: write `{}NAME`",
                KINDS.join("NAME` or `")
            ));
        }
        let (path, only) = path_and_variant(rest.trim_end());
        let path = path_text::unescaped(path).map_err(|error| error.to_string())?;
        let (_, markers) = self
            .tests
            .entry(path.into_owned())
            .or_insert_with(|| (line, Default::default()));
        let slots = variants::ALL.into_iter().zip(markers);
        for (_, slot) in slots.filter(|(variant, _)| only.is_none_or(|only| only == *variant)) {
            if slot.iter().any(|it| it == marker) {
                return Err(format!(
                    "`{marker}` is already asked of this test: take the line out"
                ));
            }
            slot.push(marker.to_owned());
        }
        Ok(())
    }

    /// The markers that the case must tell.
    #[must_use]
    pub fn markers(&self, path: &str, variant: Variant) -> &[String] {
        let slot = variants::ALL.iter().position(|it| *it == variant);
        let markers = self.tests.get(path).zip(slot);
        markers
            .and_then(|((_, markers), slot)| markers.get(slot))
            .map_or(&[], Vec::as_slice)
    }

    /// An error that names the first entry of a test which `is_there` doesn't know.
    ///
    /// # Errors
    /// [`CorpusError::List`], if there is one.
    pub fn check(&self, is_there: impl Fn(&str) -> bool) -> Result<(), CorpusError> {
        let missing = self.tests.iter().filter(|(path, _)| !is_there(path));
        match missing.min_by_key(|(_, (line, _))| *line) {
            None => Ok(()),
            Some((path, (line, _))) => Err(CorpusError::List {
                place: Place {
                    file: self.file.clone(),
                    line: *line,
                },
                problem: format!(
                    "the corpus has no test `{path}`: correct the path, or take the line out"
                ),
            }),
        }
    }
}

/// A path, and the variant behind it, if there is one.
fn path_and_variant(text: &str) -> (&str, Option<Variant>) {
    let split = text.rsplit_once(char::is_whitespace);
    let named = split.and_then(|(path, word)| {
        let variant = variants::of_name(word)?;
        Some((path.trim_end(), Some(variant)))
    });
    named.unwrap_or((text, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Diagnose, String> {
        Diagnose::parse(text, Path::new("d.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn markers_are_asked_of_all_variants_or_of_one() {
        let text = "# c\ntest/a b.js fast-path-hit=x\ntest/a b.js  strict \tfast-path-note=y\n";
        let list = parse(text).unwrap();
        let of = |variant| list.markers("test/a b.js", variant);
        assert_eq!(of(Variant::named(&"sloppy")), ["fast-path-hit=x"]);
        assert_eq!(
            of(Variant::named(&"strict")),
            ["fast-path-hit=x", "fast-path-note=y"]
        );
        assert!(
            list.markers("test/c.js", Variant::named(&"sloppy"))
                .is_empty()
        );
    }

    #[test]
    fn parse_wrong_line_names_it_and_the_mend() {
        for (text, wanted) in [
            ("\ntest/a.js", "d.txt:2: expected `PATH MARKER`"),
            (
                "a.js fast-path-hti=x",
                "`fast-path-hti=x` is no marker: write `fast-path-hit=NAME` or `fast-path-note=NAME`",
            ),
            ("a.js fast-path-hit=", "`fast-path-hit=` is no marker"),
            (
                "a.js fast-path-hit=x\na.js raw fast-path-hit=x",
                "d.txt:2: `fast-path-hit=x` is already asked",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn test_that_is_not_there_is_named_with_its_line() {
        let list =
            parse("a.js fast-path-hit=x\nc.js fast-path-hit=x\nb.js fast-path-hit=x").unwrap();
        assert!(list.check(|_| true).is_ok());
        let error = list.check(|path| path == "a.js").unwrap_err().to_string();
        assert!(
            error.contains("d.txt:2: the corpus has no test `c.js`"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "([a-z ]{0,9}fast-path-hit=[\\PC]?\n|[\\PC\n]*)*") {
            let _ = parse(&text);
        }
    }
}
