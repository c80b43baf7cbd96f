//! A corpus, read: its tests with their metadata.

use crate::cache::{Applied, Cache, CacheUse, Entry};
use crate::discovery::find_files;
use crate::frontmatter::{Frontmatter, FrontmatterError, Negative, parse_frontmatter};
use crate::names::{List, Names, Symbol};
use crate::{CorpusConfig, CorpusError, Place};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// More threads than this don't make reading a cold corpus faster.
const MAX_THREADS: usize = 8;

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Path relative to the root, with slashes; its identity.
    pub path: Arc<str>,
    /// Size of its source, in bytes.
    pub size: u64,
    /// What it says about itself.
    pub meta: Frontmatter,
    /// Hash of its source.
    pub hash: u64,
}

/// All tests of a corpus, or those selected of it.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// What `rewind.toml` at the root says.
    pub config: CorpusConfig,
    /// The tests, sorted by path.
    pub tests: Vec<Test>,
    /// Names of features, harness files and error types.
    pub names: Names,
    /// Hash of the paths and texts of the harness, and of the fixtures beside
    /// the tests.
    pub support: u64,
}

impl Corpus {
    /// Finds the tests of a test262 corpus and reads their frontmatter.
    ///
    /// `paths` are files or folders relative to the current folder, to `root`
    /// or to `root/test`; with none, the whole corpus is meant.
    ///
    /// # Errors
    /// If `root` is no corpus, a path isn't there, a file can't be read, or a
    /// frontmatter or `rewind.toml` can't be understood.
    pub fn discover(root: &Path, paths: &[PathBuf]) -> Result<Self, CorpusError> {
        let root = absolute(root)?;
        let files = find_files(&root, paths)?;
        let (entries, names, _) = read_all(&root, Cache::default().apply(files))?;
        Self::assemble(root, entries, names)
    }

    /// As [`Corpus::discover`], but files that haven't changed since the cache
    /// at `cache` was written aren't read again. The cache is then brought up
    /// to date; one that is missing or damaged is made anew, and one that can't
    /// be written is told in [`CacheUse::problem`].
    ///
    /// # Errors
    /// As [`Corpus::discover`].
    pub fn discover_cached(
        root: &Path,
        paths: &[PathBuf],
        cache: &Path,
    ) -> Result<(Self, CacheUse), CorpusError> {
        let root = absolute(root)?;
        let (old, files) = std::thread::scope(|scope| {
            // One thread can go on while another waits for folders to be read.
            let old = scope.spawn(|| Cache::load(cache, &root));
            let files = find_files(&root, paths);
            (old.join(), files)
        });
        let old = old.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let applied = old.apply(files?);
        let has_others = applied.has_others;
        let (entries, names, mut used) = read_all(&root, applied)?;
        let all = paths.is_empty();
        if used.parsed > 0 || used.revalidated > 0 || (all && has_others) {
            // A cache that made no sense has no others either.
            let unseen = if has_others && !all {
                old.entries_beside(&entries)
            } else {
                Vec::new()
            };
            used.problem = Cache::save(cache, &root, &entries, &unseen, &names).err();
        }
        Ok((Self::assemble(root, entries, names)?, used))
    }

    fn assemble(root: PathBuf, entries: Vec<Entry>, names: Names) -> Result<Self, CorpusError> {
        let config = CorpusConfig::load(&root)?;
        let mut tests = Vec::with_capacity(entries.len());
        let mut support = Vec::new();
        for entry in entries {
            if entry.file.is_test {
                tests.push(entry.into_test());
            } else {
                support.extend_from_slice(entry.file.path.as_bytes());
                support.extend_from_slice(&entry.hash.to_le_bytes());
            }
        }
        Ok(Self {
            root,
            config,
            tests,
            names,
            support: XxHash3_64::oneshot(&support),
        })
    }

    /// The harness files that a test asks for, in order.
    pub fn includes(&self, test: &Test) -> impl Iterator<Item = &str> + Clone {
        self.names.list(test.meta.includes)
    }

    /// The features that a test says it uses.
    pub fn features(&self, test: &Test) -> impl Iterator<Item = &str> + Clone {
        self.names.list(test.meta.features)
    }

    /// The error that a test must end with, if it's a negative one.
    #[must_use]
    pub fn negative(&self, test: &Test) -> Option<Negative<'_>> {
        let (phase, type_name) = test.meta.negative?;
        Some(Negative {
            phase,
            type_name: self.names.name(type_name),
        })
    }

    /// A hash of all paths and sources, harness and fixtures among them: equal
    /// for equal corpora, wherever they lie and whenever they were checked out.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let bytes: Vec<u8> = self
            .tests
            .iter()
            .flat_map(|test| [XxHash3_64::oneshot(test.path.as_bytes()), test.hash])
            .chain([self.support])
            .flat_map(u64::to_le_bytes)
            .collect();
        XxHash3_64::oneshot(&bytes)
    }
}

fn absolute(root: &Path) -> Result<PathBuf, CorpusError> {
    std::path::absolute(root).map_err(|source| CorpusError::Read {
        path: root.to_path_buf(),
        source,
    })
}

/// The entry of every file, from the cache where it still holds.
fn read_all(root: &Path, applied: Applied) -> Result<(Vec<Entry>, Names, CacheUse), CorpusError> {
    let Applied {
        mut entries,
        mut names,
        unread,
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
            .map(|part| scope.spawn(move || Batch::read(root, entries, part)))
            .collect();
        for thread in running {
            match thread.join() {
                Ok(batch) => batches.push(batch),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    check(root, &batches)?;
    for batch in batches {
        batch.merge(&mut entries, &mut names, &mut used);
    }
    Ok((entries, names, used))
}

/// The first failure of all batches, which are in the order of paths.
fn check(root: &Path, batches: &[Batch]) -> Result<(), CorpusError> {
    let mut failures = batches.iter().flat_map(|batch| &batch.failures);
    let Some(first) = failures.next() else {
        return Ok(());
    };
    let path = root.join(&*first.path);
    Err(match &first.cause {
        Cause::Frontmatter(error) => CorpusError::Frontmatter {
            place: Place {
                file: path,
                line: error.line,
            },
            error: error.clone(),
            others: failures.count(),
        },
        Cause::Io(error) => CorpusError::Read {
            path,
            source: copy_of(error),
        },
    })
}

/// `io::Error` isn't `Clone`; the kind and text are what matters of it.
fn copy_of(error: &std::io::Error) -> std::io::Error {
    match error.raw_os_error() {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::new(error.kind(), error.to_string()),
    }
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

enum Cause {
    Frontmatter(FrontmatterError),
    Io(std::io::Error),
}

struct Failure {
    path: Arc<str>,
    cause: Cause,
}

/// What one thread made of its share of the files.
#[derive(Default)]
struct Batch {
    /// Names of this batch alone.
    names: Names,
    /// Index of the file, hash of its text, and its metadata (`None`: as it was).
    read: Vec<(usize, u64, Option<Frontmatter>)>,
    failures: Vec<Failure>,
}

impl Batch {
    fn read(root: &Path, entries: &[Entry], indices: &[usize]) -> Self {
        let mut batch = Self::default();
        let mut text = Vec::new();
        let mut scratch = Vec::new();
        for &index in indices {
            let Some(entry) = entries.get(index) else {
                continue;
            };
            let result = if entry.file.is_test {
                batch.read_one(root, entry, &mut text, &mut scratch)
            } else {
                Ok(read_support(root, entry, &mut text))
            };
            match result {
                Ok((hash, meta)) => batch.read.push((index, hash, meta)),
                Err(cause) => {
                    batch.failures.push(Failure {
                        path: Arc::clone(&entry.file.path),
                        cause,
                    });
                }
            }
        }
        batch
    }

    fn read_one(
        &mut self,
        root: &Path,
        entry: &Entry,
        text: &mut Vec<u8>,
        scratch: &mut Vec<Symbol>,
    ) -> Result<(u64, Option<Frontmatter>), Cause> {
        text.clear();
        let path = root.join(&*entry.file.path);
        File::open(path)
            .and_then(|mut file| file.read_to_end(text))
            .map_err(Cause::Io)?;
        let hash = XxHash3_64::oneshot(text);
        if entry.known && entry.hash == hash {
            return Ok((hash, None));
        }
        let parsed = parse_frontmatter(text).map_err(Cause::Frontmatter)?;
        Ok((
            hash,
            Some(Frontmatter::intern(&parsed, &mut self.names, scratch)),
        ))
    }

    fn merge(self, entries: &mut [Entry], names: &mut Names, used: &mut CacheUse) {
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
        for (index, hash, meta) in self.read {
            let Some(entry) = entries.get_mut(index) else {
                continue;
            };
            entry.hash = hash;
            let Some(meta) = meta else {
                used.revalidated += 1;
                continue;
            };
            used.parsed += 1;
            entry.meta = Frontmatter {
                negative: meta.negative.map(|(phase, name)| (phase, symbol(name))),
                includes: list(meta.includes),
                features: list(meta.features),
                ..meta
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flag;
    use std::fs;
    use std::time::{Duration, SystemTime};
    use tempfile::TempDir;

    /// A corpus of files that nobody has touched for an hour.
    fn corpus(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("harness")).unwrap();
        fs::create_dir_all(folder.path().join("test/a")).unwrap();
        for (path, text) in files {
            write(folder.path(), path, text, 3600);
        }
        folder
    }

    fn write(root: &Path, path: &str, text: &str, age_s: u64) {
        let path = root.join(path);
        fs::write(&path, text).unwrap();
        let time = SystemTime::now() - Duration::from_secs(age_s);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }

    const ONE: &str = "/*---\nflags: [async]\nfeatures: [B, A]\nincludes: [x.js]\n---*/";
    const TWO: &str =
        "/*---\nfeatures: [B]\nnegative:\n  phase: runtime\n  type: RangeError\n---*/";
    const FILES: [(&str, &str); 3] = [
        ("test/a/1.js", ONE),
        ("test/a/2.js", TWO),
        ("test/b.js", "1;"),
    ];

    fn counts(used: &CacheUse) -> (usize, usize, usize) {
        assert!(used.problem.is_none(), "{:?}", used.problem);
        (used.reused, used.revalidated, used.parsed)
    }

    fn check(corpus: &Corpus) {
        let paths: Vec<&str> = corpus.tests.iter().map(|test| &*test.path).collect();
        assert_eq!(paths, ["test/a/1.js", "test/a/2.js", "test/b.js"]);
        let [one, two, plain] = &corpus.tests[..] else {
            panic!("three tests")
        };
        assert!(one.meta.flags.contains(Flag::Async));
        assert_eq!(corpus.features(one).collect::<Vec<_>>(), ["B", "A"]);
        assert_eq!(corpus.includes(one).collect::<Vec<_>>(), ["x.js"]);
        assert_eq!(corpus.features(two).collect::<Vec<_>>(), ["B"]);
        assert_eq!(
            corpus.negative(two).map(|it| it.type_name),
            Some("RangeError")
        );
        assert_eq!(plain.meta, Frontmatter::default());
        assert_eq!(plain.size, 2);
    }

    #[test]
    fn discover_returns_what_the_files_say() {
        let root = corpus(&FILES);
        check(&Corpus::discover(root.path(), &[]).unwrap());
    }

    #[test]
    fn discover_cached_second_time_opens_nothing() {
        let root = corpus(&FILES);
        let cache = root.path().join("cache/fm");
        let (first, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (0, 0, 3));
        // Another text of the same size and time: only who opens the file can tell.
        let path = root.path().join("test/b.js");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "2;").unwrap();
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
        let (second, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (3, 0, 0));
        check(&first);
        check(&second);
        assert_eq!(first.fingerprint(), second.fingerprint());
    }

    #[test]
    fn discover_cached_changed_text_is_parsed_and_changed_time_is_revalidated() {
        let root = corpus(&FILES);
        let cache = root.path().join("fm");
        let (before, _) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        write(root.path(), "test/a/1.js", ONE, 1800);
        write(root.path(), "test/b.js", "/*---\nflags: [raw]\n---*/", 1800);
        let (after, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (1, 1, 1));
        assert!(after.tests[2].meta.flags.contains(Flag::Raw));
        assert_eq!(
            after.features(&after.tests[0]).collect::<Vec<_>>(),
            ["B", "A"]
        );
        assert_ne!(before.fingerprint(), after.fingerprint());
        let (_, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (3, 0, 0));
    }

    #[test]
    fn discover_cached_file_changed_just_now_is_not_believed_by_its_time() {
        let root = corpus(&FILES);
        let cache = root.path().join("fm");
        write(root.path(), "test/b.js", "1;", 0);
        Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        let (_, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (2, 1, 0));
    }

    #[test]
    fn discover_cached_part_keeps_the_rest_of_the_cache() {
        let root = corpus(&FILES);
        let cache = root.path().join("fm");
        Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        write(root.path(), "test/a/3.js", "3;", 3600);
        let part = [PathBuf::from("test/a")];
        let (corpus, used) = Corpus::discover_cached(root.path(), &part, &cache).unwrap();
        assert_eq!((corpus.tests.len(), counts(&used)), (3, (2, 0, 1)));
        let (_, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (4, 0, 0));
        fs::remove_file(root.path().join("test/a/3.js")).unwrap();
        let (corpus, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (3, 0, 0));
        check(&corpus);
    }

    #[test]
    fn discover_cached_damaged_or_foreign_cache_is_made_anew() {
        let root = corpus(&FILES);
        let cache = root.path().join("fm");
        Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        let whole = fs::read(&cache).unwrap();
        for damaged in 0..=whole.len() {
            // Every length it can be cut to, and one flipped bit at every place.
            let mut bytes = whole.clone();
            match bytes.get_mut(damaged) {
                Some(byte) => *byte ^= 1,
                None => bytes.push(0),
            }
            for bytes in [&bytes[..], &whole[..damaged.min(whole.len() - 1)]] {
                assert_eq!(load(bytes, &cache, root.path()), 0, "damage at {damaged}");
            }
        }
        assert_eq!(load(&whole, &cache, Path::new("/elsewhere")), 0);
        assert_eq!(load(&whole, &cache, root.path()), 3);
        fs::write(&cache, &whole[1..]).unwrap();
        let (corpus, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (0, 0, 3));
        check(&corpus);
    }

    #[test]
    fn cache_that_points_beyond_its_tables_gives_no_test_another_ones_frontmatter() {
        let root = corpus(&FILES);
        let cache = root.path().join("fm");
        Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        let entries = Cache::load(&cache, root.path()).entries_beside(&[]);
        assert_eq!(entries.len(), 3);
        let nameless = || Cache::save(&cache, root.path(), &entries, &[], &Names::default());
        for part in ["test/a", "test/b.js"] {
            nameless().unwrap();
            Corpus::discover_cached(root.path(), &[part.into()], &cache).unwrap();
            check(&Corpus::discover_cached(root.path(), &[], &cache).unwrap().0);
        }
    }

    fn load(bytes: &[u8], cache: &Path, root: &Path) -> usize {
        fs::write(cache, bytes).unwrap();
        Cache::load(cache, root).entries_beside(&[]).len()
    }

    #[test]
    fn discover_cached_where_nothing_can_be_written_says_so_and_goes_on() {
        let root = corpus(&FILES);
        let (corpus, used) =
            Corpus::discover_cached(root.path(), &[], &root.path().join("test/b.js/fm")).unwrap();
        check(&corpus);
        assert!(
            matches!(used.problem, Some(CorpusError::Write { .. })),
            "{used:?}"
        );
    }

    #[test]
    fn discover_wrong_frontmatter_names_the_first_file_and_counts_the_others() {
        let root = corpus(&FILES);
        for name in ["test/a/4.js", "test/a/5.js", "test/c.js"] {
            write(root.path(), name, "1;\n/*---\nflags: [rwa]\n---*/", 3600);
        }
        let error = Corpus::discover(root.path(), &[]).unwrap_err().to_string();
        assert!(
            error.contains("test/a/4.js:3: unknown flag `rwa`"),
            "{error}"
        );
        assert!(error.ends_with("(and 2 more files)"), "{error}");
    }

    #[test]
    fn fingerprint_depends_on_paths_and_texts_alone() {
        let (one, other) = (corpus(&FILES), corpus(&FILES));
        write(other.path(), "test/b.js", "1;", 60);
        let print = |root: &TempDir| Corpus::discover(root.path(), &[]).unwrap().fingerprint();
        assert_eq!(print(&one), print(&other));
        fs::rename(
            other.path().join("test/b.js"),
            other.path().join("test/c.js"),
        )
        .unwrap();
        assert_ne!(print(&one), print(&other));
    }
}
