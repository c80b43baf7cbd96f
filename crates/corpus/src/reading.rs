//! Reading the files that the cache doesn't know, by a few threads.

use crate::Findings;
use crate::beside::Beside;
use crate::cache::{Applied, CacheUse, Entry};
use crate::frontmatter::{Frontmatter, FrontmatterError, FrontmatterProblem, parse_frontmatter};
use crate::names::{List, Names, Symbol};
use crate::pack::{PackWriter, Place as Kept, Shelf};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// More threads than this don't make reading a cold corpus faster.
const MAX_THREADS: usize = 8;

/// The entry of every file, from the cache where it still holds. With `writer`,
/// tests whose text isn't kept are read as well, and all that is read is kept.
pub(crate) fn read_all(
    root: &Path,
    applied: Applied,
    writer: Option<&PackWriter>,
) -> (Vec<Entry>, Names, CacheUse, Findings) {
    let unread = match writer {
        Some(_) => applied.unread_or_lacking(),
        None => applied.unread.iter().map(|&index| (index, true)).collect(),
    };
    let Applied {
        mut entries,
        mut names,
        ..
    } = applied;
    let mut used = CacheUse {
        reused: entries.len() - unread.len(),
        ..CacheUse::default()
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let share = unread.len().div_ceil(threads).max(1);
    let mut batches = Vec::new();
    std::thread::scope(|scope| {
        let entries = &entries;
        let running: Vec<_> = unread
            .chunks(share)
            .map(|part| Beside::begin(scope, move || Batch::read(root, entries, part, writer)))
            .collect();
        batches.extend(running.into_iter().map(Beside::finish));
    });
    let mut findings = Findings::default();
    for batch in batches {
        batch.merge(&mut entries, &mut names, &mut used, &mut findings);
    }
    (entries, names, used, findings)
}

/// Hash of a file that isn't a test, and nothing else: it has no frontmatter.
/// One that can't be read is missed by the test that needs it.
fn read_support(root: &Path, entry: &Entry, text: &mut Vec<u8>) -> (u64, Option<Frontmatter>) {
    text.clear();
    let read = File::open(root.join(&*entry.file.path)).and_then(|mut it| it.read_to_end(text));
    let hash = read.map_or(0, |_| XxHash3_64::oneshot(text));
    let same = entry.known && entry.hash == hash;
    (hash, (!same).then(Frontmatter::default))
}

/// A test that can't be read or understood.
struct Failure {
    index: usize,
    /// Of its text, as far as that could be read.
    hash: u64,
    reason: Arc<str>,
    unknown_flag: Option<Arc<str>>,
}

impl Failure {
    /// Without a text.
    fn unread(index: usize, reason: Arc<str>) -> Self {
        Self {
            index,
            hash: 0,
            reason,
            unknown_flag: None,
        }
    }

    fn frontmatter(index: usize, hash: u64, error: FrontmatterError) -> Self {
        let reason = Arc::from(format!("line {}: {error}", error.line));
        let unknown_flag = match error.problem {
            FrontmatterProblem::UnknownFlag(flag) => Some(Arc::from(flag)),
            _ => None,
        };
        Self {
            index,
            hash,
            reason,
            unknown_flag,
        }
    }
}

/// What one thread made of its share of the files.
#[derive(Default)]
struct Batch {
    /// Names of this batch alone.
    names: Names,
    read: Vec<Read>,
    /// Where texts were put, by index of the file.
    placed: Vec<(usize, Kept)>,
    failures: Vec<Failure>,
}

/// What came of a file.
struct Read {
    index: usize,
    /// The file had changed, or wasn't known.
    changed: bool,
    hash: u64,
    /// `None`: as it was.
    meta: Option<Frontmatter>,
}

impl Batch {
    fn read(
        root: &Path,
        entries: &[Entry],
        part: &[(usize, bool)],
        writer: Option<&PackWriter>,
    ) -> Self {
        let mut batch = Self::default();
        let mut shelf = writer.map(PackWriter::shelf);
        let mut text = Vec::new();
        let mut scratch = Vec::new();
        for &(index, changed) in part {
            let Some(entry) = entries.get(index) else {
                continue;
            };
            let result = if entry.file.is_test {
                batch.read_one(root, (index, entry), &mut text, &mut scratch)
            } else {
                Ok(read_support(root, entry, &mut text))
            };
            match result {
                Ok((hash, meta)) => {
                    if let Some(shelf) = shelf.as_mut().filter(|_| entry.file.is_test) {
                        shelf.add(index, &text);
                    }
                    batch.read.push(Read {
                        index,
                        changed,
                        hash,
                        meta,
                    });
                }
                Err(failure) => batch.failures.push(failure),
            }
        }
        batch.placed = shelf.map(Shelf::finish).unwrap_or_default();
        batch
    }

    fn read_one(
        &mut self,
        root: &Path,
        (index, entry): (usize, &Entry),
        text: &mut Vec<u8>,
        scratch: &mut Vec<Symbol>,
    ) -> Result<(u64, Option<Frontmatter>), Failure> {
        text.clear();
        if let Some(problem) = &entry.file.problem {
            return Err(Failure::unread(index, Arc::clone(problem)));
        }
        let path = root.join(&*entry.file.path);
        File::open(path)
            .and_then(|mut file| file.read_to_end(text))
            .map_err(|error| Failure::unread(index, Arc::from(error.to_string())))?;
        let hash = XxHash3_64::oneshot(text);
        if entry.known && entry.hash == hash {
            return Ok((hash, None));
        }
        let wrong = |error| Failure::frontmatter(index, hash, error);
        let parsed = parse_frontmatter(text).map_err(wrong)?;
        Ok((
            hash,
            Some(Frontmatter::intern(&parsed, &mut self.names, scratch)),
        ))
    }

    fn merge(
        self,
        entries: &mut [Entry],
        names: &mut Names,
        used: &mut CacheUse,
        findings: &mut Findings,
    ) {
        for failure in self.failures {
            used.unreadable += 1;
            if let Some(flag) = failure.unknown_flag {
                *findings.unknown_flags.entry(flag).or_default() += 1;
            }
            if let Some(entry) = entries.get_mut(failure.index) {
                entry.hash = failure.hash;
                entry.place = Kept::NONE;
                entry.meta = Frontmatter::default();
                entry.unreadable = Some(failure.reason);
            }
        }
        let symbols: Vec<Symbol> = self
            .names
            .strings()
            .iter()
            .map(|name| names.intern(name))
            .collect();
        let symbol = |old: Symbol| symbols.get(old.0 as usize).copied().unwrap_or(old);
        let mut lists = Vec::with_capacity(self.names.lists().len());
        for list in self.names.lists() {
            let renumbered: Vec<Symbol> = list.iter().map(|&old| symbol(old)).collect();
            lists.push(names.intern_list(&renumbered));
        }
        let list = |old: List| lists.get(old.0 as usize).copied().unwrap_or(List::EMPTY);
        for read in self.read {
            let Some(entry) = entries.get_mut(read.index) else {
                continue;
            };
            entry.hash = read.hash;
            let Some(meta) = read.meta else {
                used.revalidated += usize::from(read.changed);
                used.packed += usize::from(!read.changed);
                continue;
            };
            used.parsed += 1;
            entry.place = Kept::NONE;
            entry.meta = Frontmatter {
                negative: meta.negative.map(|(phase, name)| (phase, symbol(name))),
                includes: list(meta.includes),
                features: list(meta.features),
                ..meta
            };
        }
        for (index, place) in self.placed {
            if let Some(entry) = entries.get_mut(index) {
                entry.place = place;
            }
        }
    }
}
