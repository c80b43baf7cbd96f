//! The partial list: cases that failed among others and were as expected alone.
//!
//! ```text
//! rewind-partial 1
//!
//! # seen since the new parser
//! test/language/a.js strict assert
//! └ path ──────────┘ └ variant └ how it failed among others
//!   after test/language/b.js sloppy
//!   └ what has to run before it for that, if it was looked for and found
//! ```
//!
//! It excuses nothing: it says where isolation, order or chance has a hand in a
//! result. Each run rebuilds it, so that no entry outlives what it tells of;
//! comments of people stay.

use crate::lines::{self, Commented, push_line, unescaped};
use crate::{FailureKind, VerdictError};
use rewind_protocol::Variant;
use rewind_protocol::path_text::escaped;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;

const FIRST_LINE: &str = "rewind-partial 1";
/// What a line begins with that names a polluter of the case above it. A path that
/// begins with a space is written with a `\\` before it.
const AFTER: &str = "  after ";

/// A case that failed among others and was as expected alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialEntry {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// Its variant.
    pub variant: Variant,
    /// How it failed among others.
    pub kind: FailureKind,
    /// The cases that made it fail, in their order; empty where that isn't known.
    pub polluters: Vec<(Arc<str>, Variant)>,
    /// Comment lines above it, with their `#`; blank lines are empty.
    pub comments: Vec<String>,
}

/// The partial list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialList {
    /// Sorted by path and variant, each once.
    entries: Vec<PartialEntry>,
    /// Comment lines below the last entry.
    trailing: Vec<String>,
}

/// What rebuilding changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries that were not there before.
    pub added: usize,
    /// Entries that told of nothing any more.
    pub pruned: usize,
}

impl PartialList {
    /// Reads a file; one that isn't there, or is empty, is an empty list.
    ///
    /// # Errors
    /// If it can't be read or understood; names file and line.
    pub fn load(path: &Path) -> Result<Self, VerdictError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(VerdictError::Read {
                path: path.to_path_buf(),
                source,
            }),
        }
    }

    /// Reads `text`; `path` is named in errors.
    ///
    /// # Errors
    /// If it can't be understood; names file and line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, VerdictError> {
        let wrong = |line, problem| VerdictError::Baseline {
            path: path.to_path_buf(),
            line,
            problem,
        };
        let mut list = Self::default();
        let mut lines = (1..).zip(text.lines()).peekable();
        match lines.next() {
            None => return Ok(list),
            Some((_, FIRST_LINE)) => {}
            Some(_) => {
                let problem =
                    format!("expected `{FIRST_LINE}`: name a partial list, or a new file");
                return Err(wrong(1, problem));
            }
        }
        // The one that `to_text` writes.
        lines.next_if(|(_, line)| line.is_empty());
        let mut seen: BTreeMap<(Arc<str>, Variant), u32> = BTreeMap::new();
        for (number, line) in lines {
            if line.is_empty() || line.starts_with('#') {
                list.trailing.push(line.to_owned());
                continue;
            }
            if let Some(name) = line.strip_prefix(AFTER) {
                // A comment between the two would belong to neither.
                let above = list.entries.last_mut();
                let above = above.filter(|_| list.trailing.is_empty()).ok_or_else(|| {
                    let problem = "there is no case right above that this one comes after";
                    wrong(number, problem.to_owned())
                })?;
                let polluter = polluter(name).map_err(|problem| wrong(number, problem))?;
                above.polluters.push(polluter);
                continue;
            }
            let mut entry = entry(line).map_err(|problem| wrong(number, problem))?;
            if let Some(first) = seen.insert((Arc::clone(&entry.path), entry.variant), number) {
                let problem = format!("already listed on line {first}: keep one of the two");
                return Err(wrong(number, problem));
            }
            entry.comments = std::mem::take(&mut list.trailing);
            list.entries.push(entry);
        }
        list.sort();
        Ok(list)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n\n");
        for entry in &self.entries {
            for comment in &entry.comments {
                push_line(&mut text, comment);
            }
            let path = escaped(&entry.path);
            // Writing to a string doesn't fail.
            let _ = writeln!(text, "{path} {} {}", entry.variant, entry.kind);
            for (path, variant) in &entry.polluters {
                let _ = writeln!(text, "{AFTER}{} {variant}", escaped(path));
            }
        }
        for comment in &self.trailing {
            push_line(&mut text, comment);
        }
        text
    }

    /// Its entries, sorted by path and variant.
    #[must_use]
    pub fn entries(&self) -> &[PartialEntry] {
        &self.entries
    }

    /// Makes it what a run found: `results` says of each case that was run how it
    /// failed among others if it was as expected alone, `None` of all that
    /// passed at once or failed alone as well. Of several rounds, one that failed
    /// is enough.
    ///
    /// `whole`: these are all cases that there are; if not, an entry without a
    /// result stays, for the run says nothing about it.
    pub fn rebuild<'a>(
        &mut self,
        results: impl IntoIterator<Item = (&'a Arc<str>, Variant, Option<FailureKind>)>,
        whole: bool,
    ) -> Rebuilt {
        let mut found: BTreeMap<(Arc<str>, Variant), FailureKind> = BTreeMap::new();
        let mut ran = vec![false; self.entries.len()];
        for (path, variant, kind) in results {
            if let Some(ran) = self.position(path, variant).and_then(|at| ran.get_mut(at)) {
                *ran = true;
            }
            if let Some(kind) = kind {
                found.insert((Arc::clone(path), variant), kind);
            }
        }
        let (before, mut ran) = (self.entries.len(), ran.into_iter());
        lines::keep(&mut self.entries, &mut self.trailing, |entry| {
            let ran = ran.next().unwrap_or_default();
            match found.remove(&(Arc::clone(&entry.path), entry.variant)) {
                None => !ran && !whole,
                Some(kind) => {
                    entry.kind = kind;
                    // Of another run: this one may tell of others, or of none.
                    entry.polluters.clear();
                    true
                }
            }
        });
        let pruned = before - self.entries.len();
        let added = found
            .into_iter()
            .map(|((path, variant), kind)| PartialEntry {
                path,
                variant,
                kind,
                polluters: Vec::new(),
                comments: Vec::new(),
            });
        self.entries.extend(added);
        let added = self.entries.len() - (before - pruned);
        self.sort();
        Rebuilt { added, pruned }
    }

    /// Says which cases make an entry's case fail; nothing if there is no such entry.
    pub fn blame(
        &mut self,
        path: &str,
        variant: Variant,
        polluters: impl IntoIterator<Item = (Arc<str>, Variant)>,
    ) {
        let at = self.position(path, variant);
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            entry.polluters = polluters.into_iter().collect();
        }
    }

    fn position(&self, path: &str, variant: Variant) -> Option<usize> {
        let key = (path, variant);
        let at = self
            .entries
            .binary_search_by(|entry| (&*entry.path, entry.variant).cmp(&key));
        at.ok()
    }

    fn sort(&mut self) {
        self.entries
            .sort_by(|a, b| (&a.path, a.variant).cmp(&(&b.path, b.variant)));
    }

    /// Writes it: what is at `path` is the old file or the new one, whole,
    /// whatever happens meanwhile.
    ///
    /// # Errors
    /// If the file can't be written; then the old one is as it was.
    pub fn save(&self, path: &Path) -> Result<(), VerdictError> {
        lines::replace(path, self.to_text().as_bytes()).map_err(|source| VerdictError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

impl Commented for PartialEntry {
    fn comments(&mut self) -> &mut Vec<String> {
        &mut self.comments
    }
}

fn entry(line: &str) -> Result<PartialEntry, String> {
    let mut parts = line.trim_end().rsplitn(3, ' ');
    let (kind, variant, path) = (parts.next(), parts.next(), parts.next());
    let (Some(kind), Some(variant), Some(path)) = (kind, variant, path) else {
        return Err("expected `PATH VARIANT KIND`".to_owned());
    };
    let kind = FailureKind::from_name(kind).ok_or_else(|| {
        let known = FailureKind::ALL.map(FailureKind::name).join(", ");
        format!("unknown kind `{kind}`: use {known}")
    })?;
    Ok(PartialEntry {
        path: unescaped(path)?,
        variant: lines::variant(variant)?,
        kind,
        polluters: Vec::new(),
        comments: Vec::new(),
    })
}

fn polluter(name: &str) -> Result<(Arc<str>, Variant), String> {
    let (path, variant) = name
        .trim_end()
        .rsplit_once(' ')
        .ok_or("expected `  after PATH VARIANT`")?;
    Ok((unescaped(path)?, lines::variant(variant)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RAW: Variant = Variant::named(&"raw");

    fn read(entries: &str) -> Result<PartialList, String> {
        let text = format!("{FIRST_LINE}\n\n{entries}");
        PartialList::parse(&text, Path::new("p.txt")).map_err(|error| error.to_string())
    }

    /// Entries and comments after a run, and what was said of it.
    fn rebuilt(
        before: &str,
        results: &[(&str, Option<FailureKind>)],
        whole: bool,
    ) -> (String, Rebuilt) {
        let mut list = read(before).unwrap();
        let results: Vec<_> = results
            .iter()
            .map(|&(path, kind)| (Arc::from(path), kind))
            .collect();
        let said = list.rebuild(results.iter().map(|(path, kind)| (path, RAW, *kind)), whole);
        let text = list.to_text();
        (text.split_once("\n\n").unwrap().1.to_owned(), said)
    }

    #[test]
    fn entry_goes_with_the_first_run_in_which_its_case_is_not_partial() {
        let results = [
            ("again", Some(FailureKind::Timeout)),
            ("new", Some(FailureKind::Crash)),
            ("passes", None),
        ];
        let before = "again raw assert\nelsewhere raw other\npasses raw assert\n";
        let (text, said) = rebuilt(before, &results, false);
        assert_eq!(
            text,
            "again raw timeout\nelsewhere raw other\nnew raw crash\n"
        );
        assert_eq!(
            said,
            Rebuilt {
                added: 1,
                pruned: 1
            }
        );
        let (text, said) = rebuilt(before, &results, true);
        assert_eq!(
            text, "again raw timeout\nnew raw crash\n",
            "no such case any more"
        );
        assert_eq!(
            said,
            Rebuilt {
                added: 1,
                pruned: 2
            }
        );
    }

    #[test]
    fn one_round_that_failed_is_enough() {
        let rounds = [("a", None), ("a", Some(FailureKind::Assert)), ("a", None)];
        assert_eq!(rebuilt("", &rounds, true).0, "a raw assert\n");
    }

    #[test]
    fn comments_stay_with_their_entry_and_those_about_the_file_stay() {
        let text = "# about the file\n\n# about a\na raw assert\n# about b\nb raw other\n# end\n";
        let a = ("a", Some(FailureKind::Assert));
        let b = ("b", Some(FailureKind::Other));
        assert_eq!(rebuilt(text, &[a, b], true).0, text);
        assert_eq!(
            rebuilt(text, &[b], true).0,
            "# about the file\n\n# about b\nb raw other\n# end\n"
        );
        assert_eq!(rebuilt(text, &[], true).0, "# about the file\n\n# end\n");
    }

    #[test]
    fn polluters_are_those_of_the_last_run_alone() {
        let text = "# ours\na raw assert\n  after b c.js raw\n  after d raw\nz raw other\n";
        let mut list = read(text).unwrap();
        assert_eq!(list.to_text(), format!("{FIRST_LINE}\n\n{text}"));
        let z = (Arc::from("z"), RAW);
        list.blame("a", RAW, [z.clone()]);
        list.blame("nobody", RAW, [z]);
        let blamed = "# ours\na raw assert\n  after z raw\nz raw other\n";
        assert_eq!(list.to_text(), format!("{FIRST_LINE}\n\n{blamed}"));
        let a = ("a", Some(FailureKind::Assert));
        assert_eq!(
            rebuilt(text, &[a], false).0,
            "# ours\na raw assert\nz raw other\n"
        );
        assert_eq!(rebuilt(text, &[], false).0, text, "it wasn't run");
    }

    #[test]
    fn wrong_line_names_file_line_and_mend() {
        for (entry, wanted) in [
            ("a raw", "read p.txt:3: expected `PATH VARIANT KIND`"),
            (
                "a raw fail",
                "p.txt:3: unknown kind `fail`: use timeout, crash, missing",
            ),
            ("  after b raw", "p.txt:3: there is no case right above"),
            (
                "a raw assert\n# x\n  after b raw",
                "p.txt:5: there is no case right",
            ),
            (
                "a raw assert\n  after b",
                "p.txt:4: expected `  after PATH VARIANT`",
            ),
            (
                "a raw assert\n  after b lazy",
                "p.txt:4: unknown variant `lazy`",
            ),
            ("a lazy assert", "p.txt:3: unknown variant `lazy`"),
            ("\\q raw assert", "p.txt:3: a `\\` in a path is written"),
            (
                "a raw assert\na raw other",
                "p.txt:4: already listed on line 3",
            ),
        ] {
            let error = read(entry).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
        let other = PartialList::parse("test/a.js\n", Path::new("p.txt")).unwrap_err();
        assert!(
            other
                .to_string()
                .contains("p.txt:1: expected `rewind-partial 1`"),
            "{other}"
        );
    }

    #[test]
    fn file_that_is_not_there_or_empty_is_an_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("partial.txt");
        assert_eq!(PartialList::load(&path).unwrap(), PartialList::default());
        std::fs::write(&path, "").unwrap();
        assert_eq!(PartialList::load(&path).unwrap(), PartialList::default());
        assert!(PartialList::load(folder.path()).is_err());
    }

    proptest! {
        /// Paths that differ in anything stay apart, and come back as they were.
        #[test]
        fn list_is_read_back_from_its_text(
            paths in proptest::collection::btree_set("(  after )?[#a-c\\\\ \n\r/_\u{e9}\u{301}]{1,6}x", 0..6),
        ) {
            let mut list = PartialList::default();
            let paths: Vec<Arc<str>> = paths.iter().map(|it| Arc::from(it.as_str())).collect();
            let kind = Some(FailureKind::Assert);
            list.rebuild(paths.iter().map(|path| (path, RAW, kind)), true);
            if let (Some(first), Some(last)) = (paths.first(), paths.last()) {
                list.blame(first, RAW, [(Arc::clone(last), RAW), (Arc::clone(first), RAW)]);
            }
            prop_assert_eq!(list.entries().len(), paths.len());
            let back = PartialList::parse(&list.to_text(), Path::new("p.txt")).unwrap();
            prop_assert_eq!(back, list);
        }
    }
}
