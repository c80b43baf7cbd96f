//! The frontmatter of a corpus as it was read the last time.
//!
//! ```text
//! magic, version, length, checksum │ root │ pack │ names │ lists │ entries, sorted by path
//! ```
//!
//! A test whose size and times of change are still those of its entry isn't
//! opened at all; one whose times have changed is read and hashed, and keeps its
//! entry if the text is the same. Texts are kept in a file beside
//! ([`crate::pack`]). The file is only ever a copy of what the corpus says:
//! whatever is odd about it, it is dropped and made anew.

mod codec;

use crate::discovery::TestFile;
use crate::frontmatter::Frontmatter;
use crate::names::Names;
use crate::pack::{Pack, Place};
use crate::{CorpusError, Test, write_atomically};
use codec::{Opened, Recalled};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file changed less than this before the cache is written may change again
/// within the same tick of the file system's clock: its time isn't believed, so
/// that the next run reads it and goes by its text.
const RACY: Duration = Duration::from_secs(2);

/// How much of a corpus the cache spared us to read.
#[derive(Debug, Default)]
pub struct CacheUse {
    /// Files that weren't opened.
    pub reused: usize,
    /// Files that were read because their times had changed, and had the same text.
    pub revalidated: usize,
    /// Tests that were read for their text alone, to keep it.
    pub packed: usize,
    /// Files that were read and parsed.
    pub parsed: usize,
    /// Tests that can't be read or understood; they are looked at in every run.
    pub unreadable: usize,
    /// Why the cache couldn't be written; the next run will parse again.
    pub problem: Option<CorpusError>,
}

/// A file with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) file: TestFile,
    pub(crate) hash: u64,
    /// Where its text is kept.
    pub(crate) place: Place,
    pub(crate) meta: Frontmatter,
    /// `hash` and `meta` were those of this path once.
    pub(crate) known: bool,
    /// Why it can't be run; of a test alone.
    pub(crate) unreadable: Option<Arc<str>>,
}

impl Entry {
    fn lacks_text(&self) -> bool {
        self.file.is_test && self.place == Place::NONE
    }

    pub(crate) fn into_test(self) -> Test {
        let Self {
            file,
            hash,
            meta,
            unreadable,
            ..
        } = self;
        Test {
            path: file.path,
            size: file.size,
            meta,
            hash,
            unreadable,
        }
    }
}

/// What was read from a cache file; nothing if there was none to use.
#[derive(Default)]
pub(crate) struct Cache(Option<Opened>);

/// What a cache says of some files.
pub(crate) struct Applied {
    /// One for each file.
    pub(crate) entries: Vec<Entry>,
    /// The names that entries refer to.
    pub(crate) names: Names,
    /// Indices of the files that must be read.
    pub(crate) unread: Vec<usize>,
    /// The cache has entries of other files as well.
    pub(crate) has_others: bool,
}

impl Applied {
    /// Tests whose text isn't kept.
    pub(crate) fn lacking(&self) -> usize {
        self.entries.iter().filter(|it| it.lacks_text()).count()
    }

    /// Indices of the files that have changed or aren't known (`true`), and of
    /// tests whose text isn't kept.
    pub(crate) fn unread_or_lacking(&self) -> Vec<(usize, bool)> {
        let mut unread = self.unread.iter().copied().peekable();
        let entries = self.entries.iter().enumerate();
        entries
            .filter_map(|(index, entry)| {
                let changed = unread.next_if_eq(&index).is_some();
                (changed || entry.lacks_text()).then_some((index, changed))
            })
            .collect()
    }

    /// The texts can't be had.
    pub(crate) fn forget_places(&mut self) {
        for entry in &mut self.entries {
            entry.place = Place::NONE;
        }
    }

    /// The texts of files that must be read are read again as well.
    pub(crate) fn forget_unread(&mut self) {
        for &index in &self.unread {
            if let Some(entry) = self.entries.get_mut(index) {
                entry.place = Place::NONE;
            }
        }
    }
}

impl Cache {
    /// Reads the cache of the corpus at `root`; empty if that isn't possible.
    pub(crate) fn load(path: &Path, root: &Path) -> Self {
        let file = std::fs::read(path).ok();
        Self(file.and_then(|bytes| codec::open(bytes, root)))
    }

    /// The texts that its entries' places are of.
    pub(crate) fn pack(&self, path: &Path) -> Option<Pack> {
        let opened = self.0.as_ref().filter(|opened| opened.pack != 0)?;
        Pack::open(path, opened.pack)
    }

    /// How many those are.
    pub(crate) fn packed(&self) -> usize {
        self.0.as_ref().map_or(0, |opened| opened.packed)
    }

    /// Writes a cache of `entries` and `others` (both sorted by path, none in both).
    pub(crate) fn save(
        path: &Path,
        root: &Path,
        entries: &[Entry],
        others: &[Entry],
        names: &Names,
        pack: Option<&Pack>,
    ) -> Result<(), CorpusError> {
        let all = entries.iter().chain(others);
        let mut all: Vec<&Entry> = all.filter(|it| it.unreadable.is_none()).collect();
        all.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let trusted = now.saturating_sub(RACY).as_nanos();
        let trusted = i64::try_from(trusted).unwrap_or(0);
        let pack = pack.map_or(0, |pack| pack.id);
        write_atomically(path, &codec::encode(root, names, &all, trusted, pack))
    }

    /// Entries of files that aren't among `files` (sorted by path); kept for runs
    /// of the whole corpus.
    pub(crate) fn entries_beside(&self, files: &[Entry]) -> Vec<Entry> {
        let Some(opened) = &self.0 else {
            return Vec::new();
        };
        let mut files = files.iter().map(|it| it.file.path.as_bytes()).peekable();
        let mut beside = Vec::new();
        for entry in opened.entries().map_while(|entry| entry) {
            while files.next_if(|path| *path < entry.path).is_some() {}
            if files.peek().is_none_or(|path| *path != entry.path) {
                beside.extend(opened.restore(&entry));
            }
        }
        beside
    }

    /// What is known of each of `files` (sorted by path).
    pub(crate) fn apply(&self, files: Vec<TestFile>) -> Applied {
        let recalled = self.0.as_ref().and_then(|opened| {
            let (recalled, others) = recall(opened, &files)?;
            Some((opened.names.clone(), recalled, others))
        });
        let (names, recalled, has_others) = recalled.unwrap_or_default();
        let mut recalled = recalled.into_iter();
        let mut unread = Vec::new();
        let mut entries = Vec::with_capacity(files.len());
        for (index, file) in files.into_iter().enumerate() {
            let old = recalled.next().flatten();
            if !old.as_ref().is_some_and(|old| old.is_of(&file)) {
                unread.push(index);
            }
            let known = old.is_some();
            let (hash, place, meta) = old
                .map(|old| (old.hash, old.place, old.meta))
                .unwrap_or_default();
            entries.push(Entry {
                file,
                hash,
                place,
                meta,
                known,
                unreadable: None,
            });
        }
        Applied {
            entries,
            names,
            unread,
            has_others,
        }
    }
}

/// What is said of each of `files` (sorted by path), and whether anything is of
/// other files; `None` if the cache makes no sense. Entries that aren't sorted
/// are overlooked, never taken for others.
fn recall(opened: &Opened, files: &[TestFile]) -> Option<(Vec<Option<Recalled>>, bool)> {
    let mut recalled: Vec<Option<Recalled>> = Vec::with_capacity(files.len());
    let mut others = false;
    let mut left = files.iter().map(|it| it.path.as_bytes()).peekable();
    for entry in opened.entries() {
        let entry = entry?;
        while left.next_if(|path| *path < entry.path).is_some() {
            recalled.push(None);
        }
        if left.next_if(|path| *path == entry.path).is_some() {
            recalled.push(Some(opened.decode(&entry)?));
        } else {
            others = true;
        }
    }
    Some((recalled, others))
}
