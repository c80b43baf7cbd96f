//! The entries of a list, and which of them a case is covered by.
//!
//! As with expectations, a line with the exact path goes before one with a glob,
//! and among globs the first in the file counts.

use super::ListProblem;
use super::line::{self, Line};
use crate::variants;
use crate::{CorpusError, list_file, toml_file};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rewind_protocol::Variant;
use std::collections::HashMap;
use std::path::Path;

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry<T> {
    /// Path relative to the root, or a glob of paths (`*` stays within a folder, `**` doesn't).
    pub pattern: String,
    /// The only variant it is for; `None` stands for all.
    pub variant: Option<Variant>,
    /// What the list says of it.
    pub says: T,
    /// Line of the file.
    pub line: u32,
}

impl<T> ListEntry<T> {
    fn covers(&self, variant: Variant) -> bool {
        self.variant.is_none_or(|only| only == variant)
    }
}

/// All lines of a list.
#[derive(Clone, Debug)]
pub(super) struct Entries<T> {
    all: Vec<ListEntry<T>>,
    /// Indices by exact path.
    exact: HashMap<String, Vec<usize>>,
    globs: GlobSet,
    /// Index of each glob's entry.
    of_globs: Vec<usize>,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            exact: HashMap::new(),
            globs: GlobSet::empty(),
            of_globs: Vec::new(),
        }
    }
}

impl<T> Entries<T> {
    /// Reads `file`; `says` makes of a line what the list says.
    pub(super) fn load(
        file: &Path,
        says: impl Fn(&Line<'_>) -> Result<T, ListProblem>,
    ) -> Result<Self, CorpusError> {
        Self::parse(&toml_file::read(file)?, file, says)
    }

    /// Reads `text`, that of `file`.
    pub(super) fn parse(
        text: &str,
        file: &Path,
        says: impl Fn(&Line<'_>) -> Result<T, ListProblem>,
    ) -> Result<Self, CorpusError> {
        let wrong = |line, problem: ListProblem| list_file::wrong(file, line, problem.to_string());
        let (mut entries, mut globs) = (Self::default(), GlobSetBuilder::new());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, text) in (1..).zip(text.lines()) {
            let read = line::read(text).and_then(|line| {
                line.map_or(Ok(()), |line| {
                    entries.add(&line, says(&line)?, number, &mut globs)
                })
            });
            read.map_err(|problem| wrong(number, problem))?;
        }
        entries.globs = globs.build().map_err(|error| {
            let (pattern, message) = ("".to_owned(), error.to_string());
            wrong(0, ListProblem::Glob { pattern, message })
        })?;
        Ok(entries)
    }

    fn add(
        &mut self,
        line: &Line<'_>,
        says: T,
        number: u32,
        globs: &mut GlobSetBuilder,
    ) -> Result<(), ListProblem> {
        let index = self.all.len();
        let entry = ListEntry {
            pattern: list_file::pattern(line.pattern).into_owned(),
            variant: line.variant,
            says,
            line: number,
        };
        if entry.pattern.contains(['*', '?', '[', '{', '\\']) {
            let glob = GlobBuilder::new(&entry.pattern)
                .literal_separator(true)
                .build();
            globs.add(glob.map_err(|error| ListProblem::Glob {
                pattern: entry.pattern.clone(),
                message: error.kind().to_string(),
            })?);
            self.of_globs.push(index);
        } else {
            self.refuse_twice(&entry)?;
            let same = self.exact.entry(entry.pattern.clone()).or_default();
            same.push(index);
        }
        self.all.push(entry);
        Ok(())
    }

    fn refuse_twice(&self, entry: &ListEntry<T>) -> Result<(), ListProblem> {
        let same = self.exact.get(&entry.pattern).into_iter().flatten();
        for other in same.filter_map(|&index| self.all.get(index)) {
            let both = |it: &Variant| entry.covers(*it) && other.covers(*it);
            if let Some(variant) = variants::ALL.into_iter().find(both) {
                return Err(ListProblem::Twice {
                    path: entry.pattern.clone(),
                    variant,
                    first: other.line,
                });
            }
        }
        Ok(())
    }

    /// The line that a case is covered by.
    pub(super) fn lookup(&self, path: &str, variant: Variant) -> Option<&ListEntry<T>> {
        if self.all.is_empty() {
            return None;
        }
        let covering = |&index: &usize| self.all.get(index).filter(|it| it.covers(variant));
        let exact = self.exact.get(path).into_iter().flatten();
        exact.into_iter().find_map(covering).or_else(|| {
            let matching = self.globs.matches(path).into_iter();
            matching
                .filter_map(|at| self.of_globs.get(at))
                .find_map(covering)
        })
    }

    /// All lines, in the order of the file.
    pub(super) fn all(&self) -> &[ListEntry<T>] {
        &self.all
    }

    /// Lines that name none of `paths`, in the order of the file.
    pub(super) fn unused<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Vec<&ListEntry<T>> {
        let mut open = vec![true; self.all.len()];
        if !open.is_empty() {
            for path in paths {
                let exact = self.exact.get(path).into_iter().flatten();
                let matching = self.globs.matches(path);
                let globs = matching.iter().filter_map(|&at| self.of_globs.get(at));
                for &index in exact.chain(globs) {
                    if let Some(open) = open.get_mut(index) {
                        *open = false;
                    }
                }
            }
        }
        let all = self.all.iter().zip(open);
        all.filter_map(|(entry, open)| open.then_some(entry))
            .collect()
    }
}
