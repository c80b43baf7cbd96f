//! A corpus, read: its tests with their metadata.

use crate::beside::Beside;
use crate::cache::{Cache, CacheUse, Entry};
use crate::discovery::find_files;
use crate::frontmatter::{Frontmatter, Negative};
use crate::names::Names;
use crate::pack::{Pack, is_worth_packing};
use crate::reading::read_all;
use crate::renewal::Renewal;
use crate::{CorpusConfig, CorpusError, Findings, Texts};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twox_hash::XxHash3_64;

/// Extension of the file of texts.
const TEXTS: &str = "texts";

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Path relative to the root, with slashes; its identity.
    pub path: Arc<str>,
    /// Size of its source, in bytes.
    pub size: u64,
    /// What it says about itself.
    pub meta: Frontmatter,
    /// Hash of its source; 0 where that can't be read.
    pub hash: u64,
    /// Why it can't be run: it couldn't be read, or what it says about itself not
    /// be understood. Such a test is planned and told as a failure of its own.
    pub unreadable: Option<Arc<str>>,
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
    /// The tests' sources as they were read, where they are kept.
    pub texts: Option<Texts>,
    /// What was passed over, and what nobody knows.
    pub findings: Findings,
}

impl Corpus {
    /// Finds the tests of a test262 corpus and reads their frontmatter.
    ///
    /// `paths` are files or folders relative to the current folder, to `root`
    /// or to `root/test`; with none, the whole corpus is meant.
    ///
    /// # Errors
    /// If `root` is no corpus, a path isn't there, or `rewind.toml` can't be
    /// understood. A test that can't be read is no error: it says so itself
    /// ([`Test::unreadable`]).
    pub fn discover(root: &Path, paths: &[PathBuf]) -> Result<Self, CorpusError> {
        let root = absolute(root)?;
        let (files, mut findings) = find_files(&root, paths)?;
        let (entries, names, _, more) = read_all(&root, Cache::default().apply(files), None);
        findings.add(more);
        Self::assemble(root, entries, names, None, findings)
    }

    /// As [`Corpus::discover`], but files that haven't changed since the cache
    /// at `cache` was written aren't read again. The cache is then brought up to
    /// date, and so is a file beside it, of the same name with the extension
    /// `texts`, with the texts of the tests ([`Corpus::texts`]). A file that is
    /// missing or damaged is made anew, and one that can't be written is told in
    /// [`CacheUse::problem`].
    ///
    /// # Errors
    /// As [`Corpus::discover`].
    pub fn discover_cached(
        root: &Path,
        paths: &[PathBuf],
        cache: &Path,
    ) -> Result<(Self, CacheUse), CorpusError> {
        let root = absolute(root)?;
        let texts = cache.with_extension(TEXTS);
        let ((old, pack), files) = std::thread::scope(|scope| {
            // One thread can go on while another waits for folders to be read.
            let old = Beside::begin(scope, || {
                let old = Cache::load(cache, &root);
                let pack = old.pack(&texts);
                (old, pack)
            });
            let files = find_files(&root, paths);
            (old.finish(), files)
        });
        let (files, mut findings) = files?;
        let mut applied = old.apply(files);
        let packed = if pack.is_some() { old.packed() } else { 0 };
        if pack.is_none() {
            applied.forget_places();
        }
        let all = paths.is_empty();
        let has_others = applied.has_others;
        // A cache that made no sense has no others either.
        let beside = |entries: &[Entry]| {
            if has_others && !all {
                old.entries_beside(entries)
            } else {
                Vec::new()
            }
        };
        let renewal = is_worth_packing(applied.lacking(), packed).then(|| {
            let others = beside(&applied.entries);
            Renewal::begin(&texts, pack.as_ref(), &mut applied, others)
        });
        let (renewal, mut problem) = apart(renewal.transpose());
        let writer = renewal.as_ref().map(Renewal::writer);
        let (mut entries, names, mut used, more) = read_all(&root, applied, writer);
        findings.add(more);
        let is_new = used.parsed > 0 || used.revalidated > 0 || (all && has_others);
        let (pack, others) = match renewal {
            Some(renewal) => {
                let (renewed, others) = renewal.finish(&mut entries);
                let (pack, failed) = apart(renewed);
                problem = failed;
                (pack, Some(others))
            }
            None => (pack, is_new.then(|| beside(&entries))),
        };
        if let Some(others) = others {
            let saved = Cache::save(cache, &root, &entries, &others, &names, pack.as_ref());
            problem = problem.or(saved.err());
        }
        used.problem = problem;
        let corpus = Self::assemble(root, entries, names, pack, findings)?;
        Ok((corpus, used))
    }

    fn assemble(
        root: PathBuf,
        entries: Vec<Entry>,
        names: Names,
        pack: Option<Pack>,
        findings: Findings,
    ) -> Result<Self, CorpusError> {
        let config = CorpusConfig::load(&root)?;
        let mut tests = Vec::with_capacity(entries.len());
        let mut support = Vec::new();
        let mut places = Vec::new();
        for entry in entries {
            if entry.file.is_test {
                if pack.is_some() {
                    places.push((entry.place, entry.hash));
                }
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
            texts: pack.map(|pack| Texts::new(pack, places)),
            findings,
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

/// What came of something, and why nothing did.
fn apart<T>(result: Result<Option<T>, CorpusError>) -> (Option<T>, Option<CorpusError>) {
    match result {
        Ok(done) => (done, None),
        Err(error) => (None, Some(error)),
    }
}

fn absolute(root: &Path) -> Result<PathBuf, CorpusError> {
    std::path::absolute(root).map_err(|source| CorpusError::Read {
        path: root.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flag;
    use std::collections::BTreeMap;
    use std::fs::{self, File};
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
    fn discover_cached_second_time_opens_what_has_changed() {
        let root = corpus(&FILES);
        let cache = root.path().join("cache/fm");
        let (first, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (0, 0, 3));
        let (second, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(counts(&used), (3, 0, 0));
        // Another text of the same size, last changed at the same time.
        let path = root.path().join("test/b.js");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "2;").unwrap();
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
        let (third, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
        assert_eq!(
            counts(&used),
            (2, 0, 1),
            "nobody can set the time of this change"
        );
        assert_ne!(first.fingerprint(), third.fingerprint());
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
        let nameless = || Cache::save(&cache, root.path(), &entries, &[], &Names::default(), None);
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
    fn tests_that_cannot_be_understood_say_so_and_spoil_no_other() {
        let root = corpus(&FILES);
        let (cache, bad) = (root.path().join("fm"), "1;\n/*---\nflags: [rwa]\n---*/");
        let wrong = [
            ("test/a/4.js", bad),
            ("test/a/5.js", bad),
            ("test/c.js", "/*---\nflags: [raw]\nflags: [raw]\n---*/"),
            (
                "test/d.js",
                "/*---\nnegative:\n  phase: early\n  type: X\n---*/",
            ),
        ];
        for (path, text) in wrong {
            write(root.path(), path, text, 3600);
        }
        fs::write(root.path().join("features.txt"), "# all\nB # one\n").unwrap();
        for known in [0, 3] {
            let (corpus, used) = Corpus::discover_cached(root.path(), &[], &cache).unwrap();
            assert_eq!(counts(&used), (known, 0, 3 - known));
            assert_eq!(used.unreadable, 4);
            let unreadable = |test: &Test| {
                let reason = test.unreadable.as_ref()?;
                let (reason, _) = reason.rsplit_once(": ")?;
                Some(format!("{}: {reason}", test.path))
            };
            let found: Vec<_> = corpus.tests.iter().filter_map(unreadable).collect();
            let wanted = [
                "test/a/4.js: line 3: unknown flag `rwa`",
                "test/a/5.js: line 3: unknown flag `rwa`",
                "test/c.js: line 3: `flags` stands there twice",
                "test/d.js: line 3: unknown phase `early` of a negative test",
            ];
            assert_eq!(
                (found, corpus.tests.len()),
                (wanted.map(str::to_owned).into(), 7)
            );
            let flags = BTreeMap::from([(Arc::from("rwa"), 2)]);
            assert_eq!(corpus.findings.unknown_flags, flags);
            assert_eq!(corpus.unknown_features(), BTreeMap::from([("A", 1)]));
        }
        for (path, _) in wrong {
            fs::remove_file(root.path().join(path)).unwrap();
        }
        check(&Corpus::discover_cached(root.path(), &[], &cache).unwrap().0);
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
