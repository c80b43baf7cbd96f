//! The skip list: tests that aren't run, each with a reason in prose. What
//! nobody can explain is run.

use super::entries::Entries;
use super::line::Line;
use super::{ListEntry, ListProblem};
use crate::CorpusError;
use rewind_protocol::Variant;
use std::path::Path;
use std::sync::Arc;

/// Tests that aren't run, and why.
#[derive(Clone, Debug, Default)]
pub struct SkipList(Entries<Arc<str>>);

impl SkipList {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or a line makes no sense; names file and line.
    pub fn load(file: &Path) -> Result<Self, CorpusError> {
        Entries::load(file, reason).map(Self)
    }

    /// Reads `text`; `file` is named in errors.
    ///
    /// # Errors
    /// If a line makes no sense; names file and line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, CorpusError> {
        Entries::parse(text, file, reason).map(Self)
    }

    /// Why a case isn't run; `None` if it is.
    #[must_use]
    pub fn reason(&self, path: &str, variant: Variant) -> Option<&Arc<str>> {
        self.0.lookup(path, variant).map(|entry| &entry.says)
    }

    /// All lines, in the order of the file, with their reasons.
    #[must_use]
    pub fn entries(&self) -> &[ListEntry<Arc<str>>] {
        self.0.all()
    }

    /// Lines that name none of `paths`.
    pub fn unused<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Vec<&ListEntry<Arc<str>>> {
        self.0.unused(paths)
    }
}

/// A single word (`flaky`, `TODO`, `broken`) tells nobody anything.
fn reason(line: &Line<'_>) -> Result<Arc<str>, ListProblem> {
    let Some(said) = line.said else {
        let path = line.pattern.to_owned();
        return Err(ListProblem::NoReason { path });
    };
    let words = said.split_whitespace();
    let words = words.filter(|word| word.contains(char::is_alphabetic));
    if words.count() < 2 {
        return Err(ListProblem::NotProse(said.to_owned()));
    }
    Ok(Arc::from(said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rewind_protocol::path_text;

    fn parse(text: &str) -> Result<SkipList, String> {
        SkipList::parse(text, Path::new("skip.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn listed_cases_have_their_reason() {
        let list = parse(
            "test/a.js strict -- asks for 9 GB\n\n# all of these\ntest/x/** -- needs a network\n",
        )
        .unwrap();
        let why = |path, variant| list.reason(path, variant).map(|it| &**it);
        assert_eq!(
            why("test/a.js", Variant::named(&"strict")),
            Some("asks for 9 GB")
        );
        assert_eq!(why("test/a.js", Variant::named(&"sloppy")), None);
        assert_eq!(
            why("test/x/y/z.js", Variant::named(&"raw")),
            Some("needs a network")
        );
    }

    #[test]
    fn line_without_a_reason_in_prose_is_an_error_with_file_line_and_mend() {
        for (text, wanted) in [
            (
                "test/a.js",
                "read skip.txt:2: `test/a.js` is skipped for no reason: write `test/a.js -- ` and why",
            ),
            (
                "test/a.js --",
                "skip.txt:2: `test/a.js` is skipped for no reason",
            ),
            (
                "test/a.js -- TODO",
                "skip.txt:2: `TODO` is no reason: say in a few words",
            ),
            ("test/a.js -- 12 -- ?", "skip.txt:2: `12 -- ?` is no reason"),
        ] {
            let error = parse(&format!("# why\n{text}\n")).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    proptest! {
        /// A path with each letter written so that it stands for itself.
        #[test]
        fn any_path_is_found_as_it_is_written(path in "([a-c/ #\\n\\r\\\\*-]|\\PC){1,9}") {
            let letter = |letter: char| match letter {
                '*' | '?' | '[' | ']' | '{' | '}' | '!' | ',' => format!("\\{letter}"),
                _ => path_text::escaped(&letter.to_string()).into_owned(),
            };
            let text: String = path.chars().map(letter).collect();
            prop_assume!(!path.starts_with('/'));
            let list = parse(&format!("{text} -- it hangs")).unwrap();
            prop_assert!(list.reason(&path, Variant::named(&"raw")).is_some(), "{}", text);
            prop_assert!(list.unused([&*path]).is_empty());
        }
    }
}
