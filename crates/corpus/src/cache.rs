//! The frontmatter of a corpus as it was read the last time.
//!
//! ```text
//! magic, version, length, checksum │ root │ names │ lists │ entries, sorted by path
//! ```
//!
//! A test whose size and time of change are still those of its entry isn't
//! opened at all; one whose time has changed is read and hashed, and keeps its
//! entry if the text is the same. The file is only ever a copy of what the
//! corpus says: whatever is odd about it, it is dropped and made anew.

mod codec;

use crate::discovery::{NO_TIME, TestFile};
use crate::frontmatter::Frontmatter;
use crate::names::Names;
use crate::{CorpusError, Test, write_atomically};
use codec::Decoded;
use std::cmp::Ordering;
use std::path::Path;
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
    /// Files that were read because their time had changed, and had the same text.
    pub revalidated: usize,
    /// Files that were read and parsed.
    pub parsed: usize,
    /// Why the cache couldn't be written; the next run will parse again.
    pub problem: Option<CorpusError>,
}

/// A file with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) file: TestFile,
    pub(crate) hash: u64,
    pub(crate) meta: Frontmatter,
    /// `hash` and `meta` were those of this path once.
    pub(crate) known: bool,
}

impl Entry {
    pub(crate) fn into_test(self) -> Test {
        let Self {
            file, hash, meta, ..
        } = self;
        Test {
            path: file.path,
            size: file.size,
            meta,
            hash,
        }
    }
}

/// What was read from a cache file; empty if there was none to use.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    names: Names,
    /// Sorted by path.
    entries: Vec<Entry>,
}

impl Cache {
    /// Reads the cache of the corpus at `root`; empty if that isn't possible.
    pub(crate) fn load(path: &Path, root: &Path) -> Self {
        let decoded = std::fs::read(path)
            .ok()
            .and_then(|bytes| codec::decode(&bytes, root));
        let Some(Decoded { names, entries }) = decoded else {
            return Self::default();
        };
        Self { names, entries }
    }

    /// Writes a cache of `entries` and `others` (both sorted by path, none in both).
    pub(crate) fn save(
        path: &Path,
        root: &Path,
        entries: &[Entry],
        others: &[Entry],
        names: &Names,
    ) -> Result<(), CorpusError> {
        let mut all: Vec<&Entry> = entries.iter().chain(others).collect();
        all.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let trusted = now.saturating_sub(RACY).as_nanos();
        let trusted = i64::try_from(trusted).unwrap_or(0);
        write_atomically(path, &codec::encode(root, names, &all, trusted))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Entries of files that aren't among `files`; kept for runs of the whole corpus.
    pub(crate) fn entries_beside(&self, files: &[TestFile]) -> Vec<Entry> {
        let mut files = files.iter().peekable();
        let mut beside = Vec::new();
        for entry in &self.entries {
            while files.next_if(|file| file.path < entry.file.path).is_some() {}
            if files.peek().is_none_or(|file| file.path != entry.file.path) {
                beside.push(entry.clone());
            }
        }
        beside
    }

    /// An entry for each of `files` (sorted by path), the names they refer to,
    /// and the indices of those that must be read.
    pub(crate) fn apply(self, files: Vec<TestFile>) -> (Vec<Entry>, Names, Vec<usize>) {
        let mut cached = self.entries.into_iter().peekable();
        let mut unread = Vec::new();
        let mut entries = Vec::with_capacity(files.len());
        for (index, file) in files.into_iter().enumerate() {
            while cached.next_if(|old| old.file.path < file.path).is_some() {}
            let old = cached.next_if(|old| old.file.path.cmp(&file.path) == Ordering::Equal);
            if old
                .as_ref()
                .is_none_or(|old| old.file != file || file.mtime_ns == NO_TIME)
            {
                unread.push(index);
            }
            entries.push(match old {
                Some(old) => Entry { file, ..old },
                None => Entry {
                    file,
                    hash: 0,
                    meta: Frontmatter::default(),
                    known: false,
                },
            });
        }
        (entries, self.names, unread)
    }
}
