//! Which files of a folder are tests.
//!
//! Folders are read by a few threads that share one list of folders still to be
//! read; each file costs one `stat`, whose size and time are what the cache is
//! held against. Links to files are followed, links to folders are not (a loop
//! would never end). The result doesn't depend on who read what: it is sorted.

use crate::CorpusError;
use crate::beside::Beside;
use std::fs::{self, DirEntry};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// Folder of the tests, below the root.
const TESTS: &str = "test";
/// Folder of what tests include.
const HARNESS: &str = "harness";
/// Folders that make a folder a test262 corpus.
const NEEDED: [&str; 2] = [HARNESS, TESTS];
/// More threads than this wait for the kernel's directory locks rather than help.
const MAX_THREADS: usize = 8;

const NS_PER_S: i64 = 1_000_000_000;

/// Stands for a time of change that nothing can be told from.
pub(crate) const NO_TIME: i64 = 0;

/// A file of a corpus, before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// Bytes.
    pub size: u64,
    /// Last change, in ns since 1970; 0 where there is no such time to go by.
    pub mtime_ns: i64,
    /// Last change of text or anything else about it, in ns since 1970. Nobody
    /// can set it, so it tells of a change that left size and `mtime_ns` alone.
    pub ctime_ns: i64,
    /// It is a test. If not, it is a file that tests may need: one of the
    /// harness, or a fixture.
    pub is_test: bool,
}

/// Whether a file of that name is there to be imported by tests, and never a test itself.
#[must_use]
pub fn is_fixture(file_name: &str) -> bool {
    file_name.contains("_FIXTURE")
}

/// Whether a file of that name is a test.
fn is_test(file_name: &str) -> bool {
    file_name.ends_with(".js") && !is_fixture(file_name)
}

/// The tests of the corpus at `root` that lie at or below one of `selected`
/// (all of them if it's empty), sorted by path, each once.
///
/// A path may be relative to the current folder, to `root` or to its `test` folder.
///
/// # Errors
/// If `root` is no test262 corpus, a selected path doesn't exist or holds no
/// tests, or a folder can't be read.
pub fn find_tests(root: &Path, selected: &[PathBuf]) -> Result<Vec<TestFile>, CorpusError> {
    let mut files = find_files(root, selected)?;
    files.retain(|file| file.is_test);
    Ok(files)
}

/// As [`find_tests`], with the files that tests may need among them: all of the
/// harness, and the fixtures in the folders selected.
pub(crate) fn find_files(root: &Path, selected: &[PathBuf]) -> Result<Vec<TestFile>, CorpusError> {
    if let Some(missing) = NEEDED
        .into_iter()
        .find(|folder| !root.join(folder).is_dir())
    {
        return Err(CorpusError::NotTest262 {
            root: root.to_path_buf(),
            missing,
        });
    }
    let mut start = Start::default();
    if selected.is_empty() {
        start.folders.push(TESTS.to_owned());
    }
    for path in selected {
        start.add(root, path)?;
    }
    start.folders.push(HARNESS.to_owned());
    let mut files = walk(root, start.folders)?;
    files.extend(start.files);
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

/// Where a walk begins: paths relative to the root, with slashes.
#[derive(Default)]
struct Start {
    folders: Vec<String>,
    files: Vec<TestFile>,
}

impl Start {
    /// Adds a path that somebody asked for.
    fn add(&mut self, root: &Path, path: &Path) -> Result<(), CorpusError> {
        let not_a_test = |why| CorpusError::NotATest {
            path: path.to_path_buf(),
            why,
        };
        let found = resolve(root, path)?;
        let absolute = root.join(&found);
        if absolute.is_dir() {
            self.folders.push(found);
            return Ok(());
        }
        let name = found.rsplit('/').next().unwrap_or_default();
        if is_fixture(name) {
            return Err(not_a_test("it is a fixture; name a test that imports it"));
        }
        if !is_test(name) {
            return Err(not_a_test(
                "it is no .js file; name a test or a folder of tests",
            ));
        }
        let metadata = fs::metadata(&absolute).map_err(|source| CorpusError::Read {
            path: absolute,
            source,
        })?;
        self.files.push(test_file(found, &metadata, true));
        Ok(())
    }
}

/// The path below the root that `path` stands for, with slashes; it exists and
/// is the test folder or lies below it.
fn resolve(root: &Path, path: &Path) -> Result<String, CorpusError> {
    let read = |path: &Path| {
        let path = path.to_path_buf();
        move |source| CorpusError::Read { path, source }
    };
    let real_root = fs::canonicalize(root).map_err(read(root))?;
    let mut outside = false;
    for candidate in [
        path.to_path_buf(),
        root.join(path),
        root.join(TESTS).join(path),
    ] {
        let Ok(real) = fs::canonicalize(&candidate) else {
            continue;
        };
        match real.strip_prefix(&real_root) {
            Ok(below) if below.as_os_str().is_empty() => return Ok(TESTS.to_owned()),
            Ok(below) if below.starts_with(TESTS) => return with_slashes(below),
            _ => outside = true,
        }
    }
    let path = path.to_path_buf();
    if outside {
        let why =
            "it isn't below the corpus's `test` folder; name a path that is, or another --root";
        return Err(CorpusError::NotATest { path, why });
    }
    Err(CorpusError::NoSuchPath {
        path,
        root: root.to_path_buf(),
    })
}

fn with_slashes(path: &Path) -> Result<String, CorpusError> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| CorpusError::NotUtf8 {
            path: path.to_path_buf(),
        })
}

fn test_file(path: String, metadata: &fs::Metadata, is_test: bool) -> TestFile {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime_ns = since
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or(NO_TIME);
    TestFile {
        path: Arc::from(path),
        size: metadata.len(),
        mtime_ns,
        ctime_ns: metadata
            .ctime()
            .wrapping_mul(NS_PER_S)
            .wrapping_add(metadata.ctime_nsec()),
        is_test,
    }
}

/// Folders still to be read, shared by the threads of a walk.
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

struct QueueState {
    folders: Vec<String>,
    /// Threads that are reading a folder and may yet add others.
    reading: usize,
    failed: Option<CorpusError>,
}

fn walk(root: &Path, folders: Vec<String>) -> Result<Vec<TestFile>, CorpusError> {
    let queue = Queue {
        state: Mutex::new(QueueState {
            folders,
            reading: 0,
            failed: None,
        }),
        changed: Condvar::new(),
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let mut files = Vec::new();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| Beside::begin(scope, || queue.work(root)))
            .collect();
        files = queue.work(root);
        files.extend(others.into_iter().flat_map(Beside::finish));
    });
    match queue
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .failed
    {
        Some(error) => Err(error),
        None => Ok(files),
    }
}

impl Queue {
    /// Reads folders until none is left anywhere.
    fn work(&self, root: &Path) -> Vec<TestFile> {
        let mut files = Vec::new();
        while let Some(folder) = self.take() {
            let mut below = Vec::new();
            let read = read_folder(root, &folder, &mut below, &mut files);
            self.give(below, read.err());
        }
        files
    }

    /// The next folder; waits while there is none but another thread may add one.
    fn take(&self) -> Option<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.failed.is_some() {
                return None;
            }
            if let Some(folder) = state.folders.pop() {
                state.reading += 1;
                return Some(folder);
            }
            if state.reading == 0 {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends what [`Queue::take`] began.
    fn give(&self, below: Vec<String>, error: Option<CorpusError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reading -= 1;
        state.folders.extend(below);
        state.failed = state.failed.take().or(error);
        self.changed.notify_all();
    }
}

fn read_folder(
    root: &Path,
    folder: &str,
    folders: &mut Vec<String>,
    files: &mut Vec<TestFile>,
) -> Result<(), CorpusError> {
    let absolute = root.join(folder);
    let failed = |source| CorpusError::Read {
        path: absolute.clone(),
        source,
    };
    let in_tests = folder.starts_with(TESTS);
    for entry in fs::read_dir(&absolute).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            // Nothing can name it, so nothing can need it.
            let is_script = in_tests && name.as_encoded_bytes().ends_with(b".js");
            if !kind.is_dir() && !is_script {
                continue;
            }
            return Err(CorpusError::NotUtf8 { path: entry.path() });
        };
        if kind.is_dir() {
            folders.push(format!("{folder}/{name}"));
        } else if in_tests && is_test(name) {
            if let Some(metadata) = file_metadata(&entry, kind.is_symlink())? {
                files.push(test_file(format!("{folder}/{name}"), &metadata, true));
            }
        } else if !name.starts_with('.')
            // What can't be looked at is missed by the test that needs it.
            && let Ok(Some(metadata)) = file_metadata(&entry, kind.is_symlink())
        {
            files.push(test_file(format!("{folder}/{name}"), &metadata, false));
        }
    }
    Ok(())
}

/// Metadata of a file, of a link's target; `None` if that is no file.
fn file_metadata(entry: &DirEntry, link: bool) -> Result<Option<fs::Metadata>, CorpusError> {
    let metadata = if link {
        fs::metadata(entry.path())
    } else {
        entry.metadata()
    };
    let metadata = metadata.map_err(|source| CorpusError::Read {
        path: entry.path(),
        source,
    })?;
    Ok(metadata.is_file().then_some(metadata))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn corpus(files: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files.iter().chain(&["harness/assert.js", "test/z.js"]) {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "1;").unwrap();
        }
        folder
    }

    fn paths(root: &Path, selected: &[&str]) -> Vec<String> {
        let selected: Vec<PathBuf> = selected.iter().map(PathBuf::from).collect();
        let files = find_tests(root, &selected).unwrap();
        files.iter().map(|file| file.path.to_string()).collect()
    }

    fn error(root: &Path, selected: &str) -> String {
        find_tests(root, &[PathBuf::from(selected)])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn find_all_returns_tests_alone_sorted_by_path() {
        let root = corpus(&[
            "test/b/x.js",
            "test/b-c.js",
            "test/b/x_FIXTURE.js",
            "test/b/_FIXTURE_x.js",
            "test/b/data.json",
            "test/b/x.mjs",
            "test/a/deep/er/y.js",
            "harness/h.js",
        ]);
        let wanted = [
            "test/a/deep/er/y.js",
            "test/b-c.js",
            "test/b/x.js",
            "test/z.js",
        ];
        assert_eq!(paths(root.path(), &[]), wanted);
        let file = find_tests(root.path(), &[]).unwrap().remove(0);
        assert_eq!(file.size, 2);
        assert!(file.mtime_ns > 0);
    }

    #[test]
    fn find_selected_accepts_paths_from_root_or_test_or_absolute() {
        let root = corpus(&["test/b/x.js", "test/b/y.js", "test/harness/h.js"]);
        let b = ["test/b/x.js", "test/b/y.js"];
        for selected in ["test/b", "b", "test/b/", "./test/../test/b"] {
            assert_eq!(paths(root.path(), &[selected]), b, "{selected}");
        }
        let absolute = root.path().join("test/b/y.js");
        assert_eq!(
            paths(root.path(), &[absolute.to_str().unwrap()]),
            ["test/b/y.js"]
        );
        assert_eq!(paths(root.path(), &["harness"]), ["test/harness/h.js"]);
        assert_eq!(paths(root.path(), &["test"]).len(), 4);
        assert_eq!(
            paths(root.path(), &[root.path().to_str().unwrap()]).len(),
            4
        );
    }

    #[test]
    fn find_selected_twice_returns_each_test_once() {
        let root = corpus(&["test/b/x.js"]);
        assert_eq!(
            paths(root.path(), &["b", "b/x.js", "test"]),
            ["test/b/x.js", "test/z.js"]
        );
    }

    #[test]
    fn find_what_is_no_test_names_path_and_mend() {
        let root = corpus(&["test/b/x_FIXTURE.js", "test/b/x.json", "harness/only.js"]);
        assert!(error(root.path(), "test/nowhere").starts_with("find test/nowhere: neither below"));
        assert!(error(root.path(), "b/x_FIXTURE.js").contains("b/x_FIXTURE.js: it is a fixture"));
        assert!(error(root.path(), "b/x.json").contains("it is no .js file"));
        assert!(
            error(root.path(), "harness/only.js")
                .contains("isn't below the corpus's `test` folder")
        );
        let elsewhere = corpus(&[]);
        let path = elsewhere.path().join("test/z.js");
        assert!(error(root.path(), path.to_str().unwrap()).contains("isn't below"));
    }

    #[test]
    fn find_in_a_folder_that_is_no_corpus_names_what_it_lacks() {
        let root = corpus(&[]);
        let error = error(&root.path().join("test"), "x");
        assert!(error.contains("no folder `harness`"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_to_folders_are_not() {
        use std::os::unix::fs::symlink;
        let root = corpus(&["test/b/x.js"]);
        symlink(
            root.path().join("test/z.js"),
            root.path().join("test/link.js"),
        )
        .unwrap();
        symlink(root.path().join("test"), root.path().join("test/b/loop")).unwrap();
        symlink(
            root.path().join("test/b"),
            root.path().join("test/folder.js"),
        )
        .unwrap();
        assert_eq!(
            paths(root.path(), &[]),
            ["test/b/x.js", "test/link.js", "test/z.js"]
        );
        fs::remove_file(root.path().join("test/z.js")).unwrap();
        let error = find_tests(root.path(), &[]).unwrap_err().to_string();
        assert!(error.contains("link.js"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_utf8_is_an_error() {
        use std::os::unix::ffi::OsStrExt as _;
        let root = corpus(&[]);
        let name = std::ffi::OsStr::from_bytes(b"\xff.js");
        fs::write(root.path().join("test").join(name), "").unwrap();
        let error = find_tests(root.path(), &[]).unwrap_err();
        assert!(matches!(error, CorpusError::NotUtf8 { .. }), "{error}");
    }
}
