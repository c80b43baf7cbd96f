//! Which files of a folder are tests.
//!
//! Folders are read by a few threads that share one list of folders still to be
//! read; each file costs one `stat`, whose size and time are what the cache is
//! held against. Links to files are followed, links to folders are not (a loop
//! would never end). The result doesn't depend on who read what: it is sorted.
//!
//! Whatever is called as tests are and can't be one (a FIFO, a name that isn't
//! UTF-8) is found with the reason, as is a folder that can't be read: what isn't
//! looked at must not be taken for what is well. Only links that lead nowhere and
//! hidden files are passed over, and counted: editors leave both.

use crate::beside::Beside;
use crate::{CorpusError, Findings};
use memchr::memmem;
use rewind_protocol::path_text;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// Folder of the tests, below the root.
const TESTS: &str = "test";
/// Folder of what tests include.
const HARNESS: &str = "harness";
/// In the names of files that tests import.
const FIXTURE: &str = "_FIXTURE";
/// Folders that make a folder a test262 corpus.
const NEEDED: [&str; 2] = [HARNESS, TESTS];
/// More threads than this wait for the kernel's directory locks rather than help.
const MAX_THREADS: usize = 8;

/// Links that lead to each other in a circle; the number is that of Linux.
const ELOOP: i32 = 40;

const NS_PER_S: i64 = 1_000_000_000;

/// Stands for a time of change that nothing can be told from.
pub(crate) const NO_TIME: i64 = 0;

/// A file of a corpus, before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    /// Path relative to the root, with slashes; one that isn't UTF-8 as it is
    /// written ([`path_text::case_name`]).
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
    /// Why it can't be read, where looking at it has shown that already.
    pub problem: Option<Arc<str>>,
}

/// Whether a file of that name is there to be imported by tests, and never a test itself.
#[must_use]
pub fn is_fixture(file_name: &str) -> bool {
    file_name.contains(FIXTURE)
}

/// Whether a file of that name is a test.
fn is_test(file_name: &OsStr) -> bool {
    let name = file_name.as_bytes();
    name.ends_with(b".js") && memmem::find(name, FIXTURE.as_bytes()).is_none()
}

/// The tests of the corpus at `root` that lie at or below one of `selected`
/// (all of them if it's empty), sorted by path, each once.
///
/// A path may be relative to the current folder, to `root` or to its `test` folder.
///
/// # Errors
/// If `root` is no test262 corpus, a selected path doesn't exist or holds no
/// tests, or can't be read.
pub fn find_tests(root: &Path, selected: &[PathBuf]) -> Result<Vec<TestFile>, CorpusError> {
    let (mut files, _) = find_files(root, selected)?;
    files.retain(|file| file.is_test);
    Ok(files)
}

/// As [`find_tests`], with the files that tests may need among them: all of the
/// harness, and the fixtures in the folders selected.
pub(crate) fn find_files(
    root: &Path,
    selected: &[PathBuf],
) -> Result<(Vec<TestFile>, Findings), CorpusError> {
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
        start.folders.push(TESTS.into());
    }
    for path in selected {
        start.add(root, path)?;
    }
    start.folders.push(HARNESS.into());
    let Found {
        mut files,
        findings,
    } = walk(root, start.folders)?;
    files.extend(start.files);
    files.sort_unstable_by(|a, b| (&a.path, &a.problem).cmp(&(&b.path, &b.problem)));
    files.dedup_by(|a, b| a.path == b.path && a.problem == b.problem);
    Ok((files, findings))
}

/// Where a walk begins: paths relative to the root, with slashes.
#[derive(Default)]
struct Start {
    folders: Vec<PathBuf>,
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
        let name = found.file_name().unwrap_or_default();
        if is_fixture(&name.to_string_lossy()) {
            return Err(not_a_test("it is a fixture; name a test that imports it"));
        }
        if !is_test(name) {
            return Err(not_a_test(
                "it is no .js file; name a test or a folder of tests",
            ));
        }
        self.files.push(match fs::metadata(&absolute) {
            Ok(metadata) => test_file(&found, &metadata),
            Err(error) => unreadable(&found, &error.to_string()),
        });
        Ok(())
    }
}

/// The path below the root that `path` stands for; it exists and is the test
/// folder or lies below it.
fn resolve(root: &Path, path: &Path) -> Result<PathBuf, CorpusError> {
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
            Ok(below) if below.as_os_str().is_empty() => return Ok(TESTS.into()),
            Ok(below) if below.starts_with(TESTS) => return Ok(below.to_path_buf()),
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

/// A file that is called as tests are.
fn test_file(path: &Path, metadata: &fs::Metadata) -> TestFile {
    match what_else(metadata.file_type()) {
        Some(kind) => unreadable(path, &format!("it is {kind}, and no file")),
        None => found_file(path, metadata, true),
    }
}

/// What a thing is that can't be read as a file can.
fn what_else(kind: fs::FileType) -> Option<&'static str> {
    let kinds = [
        (kind.is_fifo(), "a FIFO"),
        (kind.is_socket(), "a socket"),
        (kind.is_block_device() || kind.is_char_device(), "a device"),
    ];
    let found = kinds.into_iter().find(|(is, _)| *is);
    found.map(|(_, name)| name)
}

/// A test that can't be read, and why.
fn unreadable(path: &Path, problem: &str) -> TestFile {
    TestFile {
        path: Arc::from(path_text::case_name(path.as_os_str().as_bytes())),
        size: 0,
        mtime_ns: NO_TIME,
        ctime_ns: NO_TIME,
        is_test: true,
        problem: Some(Arc::from(problem)),
    }
}

fn found_file(path: &Path, metadata: &fs::Metadata, is_test: bool) -> TestFile {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime_ns = since
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or(NO_TIME);
    let Some(name) = path.to_str() else {
        return unreadable(path, "its path is not UTF-8: rename it, or the folder");
    };
    TestFile {
        path: Arc::from(name),
        size: metadata.len(),
        mtime_ns,
        ctime_ns: metadata
            .ctime()
            .wrapping_mul(NS_PER_S)
            .wrapping_add(metadata.ctime_nsec()),
        is_test,
        problem: None,
    }
}

/// What a thread has found.
#[derive(Default)]
struct Found {
    files: Vec<TestFile>,
    findings: Findings,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.findings.add(other.findings);
    }
}

/// Folders still to be read, shared by the threads of a walk.
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

struct QueueState {
    /// Each with whether somebody asked for it.
    folders: Vec<(PathBuf, bool)>,
    /// Threads that are reading a folder and may yet add others.
    reading: usize,
    failed: Option<CorpusError>,
}

fn walk(root: &Path, folders: Vec<PathBuf>) -> Result<Found, CorpusError> {
    let queue = Queue {
        state: Mutex::new(QueueState {
            folders: folders.into_iter().map(|folder| (folder, true)).collect(),
            reading: 0,
            failed: None,
        }),
        changed: Condvar::new(),
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let mut found = Found::default();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| Beside::begin(scope, || queue.work(root)))
            .collect();
        found = queue.work(root);
        let others = others.into_iter().map(Beside::finish);
        others.for_each(|more| found.add(more));
    });
    match queue
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .failed
    {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

impl Queue {
    /// Reads folders until none is left anywhere.
    fn work(&self, root: &Path) -> Found {
        let mut found = Found::default();
        while let Some((folder, asked)) = self.take() {
            let mut below = Vec::new();
            let failed = match read_folder(root, &folder, &mut below, &mut found) {
                Ok(()) => None,
                Err(source) if asked => Some(CorpusError::Read {
                    path: root.join(&folder),
                    source,
                }),
                Err(error) => {
                    // What lies in a folder of the harness is missed by who needs it.
                    if folder.starts_with(TESTS) {
                        let problem = format!("the folder can't be read: {error}");
                        found.files.push(unreadable(&folder, &problem));
                    }
                    None
                }
            };
            self.give(below, failed);
        }
        found
    }

    /// The next folder; waits while there is none but another thread may add one.
    fn take(&self) -> Option<(PathBuf, bool)> {
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
    fn give(&self, below: Vec<PathBuf>, error: Option<CorpusError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reading -= 1;
        let below = below.into_iter().map(|folder| (folder, false));
        state.folders.extend(below);
        state.failed = state.failed.take().or(error);
        self.changed.notify_all();
    }
}

fn read_folder(
    root: &Path,
    folder: &Path,
    below: &mut Vec<PathBuf>,
    found: &mut Found,
) -> io::Result<()> {
    let in_tests = folder.starts_with(TESTS);
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let is_hidden = name.as_bytes().starts_with(b".");
        if kind.is_dir() {
            below.push(folder.join(name));
        } else if in_tests && is_test(&name) {
            if is_hidden {
                found.findings.hidden += 1;
            } else {
                look_at_test(folder.join(name), &entry, kind.is_symlink(), found);
            }
        } else if !is_hidden
            && name.to_str().is_some()
            // What can't be looked at is missed by the test that needs it.
            && let Ok(metadata) = metadata(&entry, kind.is_symlink())
            && metadata.is_file()
            && let path = folder.join(name)
            && path.to_str().is_some()
        {
            found.files.push(found_file(&path, &metadata, false));
        }
    }
    Ok(())
}

fn look_at_test(path: PathBuf, entry: &DirEntry, link: bool, found: &mut Found) {
    match metadata(entry, link) {
        // A link to a folder; the folder itself lies elsewhere.
        Ok(metadata) if metadata.is_dir() => {}
        Ok(metadata) => found.files.push(test_file(&path, &metadata)),
        Err(error) if link && leads_nowhere(&error) => found.findings.links += 1,
        // It was taken away meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => found.files.push(unreadable(&path, &error.to_string())),
    }
}

/// Metadata of a file, or of a link's target.
fn metadata(entry: &DirEntry, link: bool) -> io::Result<fs::Metadata> {
    if link {
        fs::metadata(entry.path())
    } else {
        entry.metadata()
    }
}

fn leads_nowhere(error: &io::Error) -> bool {
    let no_way = matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    );
    no_way || error.raw_os_error() == Some(ELOOP)
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
        symlink("circle.js", root.path().join("test/circle.js")).unwrap();
        symlink("b/x.js/y.js", root.path().join("test/through.js")).unwrap();
        symlink("user@host.1:2", root.path().join("test/.#x.js")).unwrap();
        let (files, findings) = find_files(root.path(), &[]).unwrap();
        let tests: Vec<_> = files.iter().filter(|file| file.is_test).collect();
        assert_eq!(tests.len(), 1);
        assert_eq!(
            (&*tests[0].path, findings.links, findings.hidden),
            ("test/b/x.js", 3, 1)
        );
    }

    /// Paths that can't be read, with the reasons.
    fn problems(root: &Path, selected: &[PathBuf]) -> Vec<String> {
        let files = find_tests(root, selected).unwrap();
        let problems = files.iter().filter_map(|file| {
            let problem = file.problem.as_ref()?;
            Some(format!("{}: {problem}", file.path))
        });
        problems.collect()
    }

    #[test]
    fn names_that_are_no_utf8_are_told_of_tests_alone() {
        let root = corpus(&["test/b/x.js"]);
        let odd = |name: &[u8]| root.path().join("test").join(OsStr::from_bytes(name));
        fs::write(odd(b"\xff.js"), "").unwrap();
        fs::write(odd(b"\xff.txt"), "").unwrap();
        fs::write(odd(b"\xff_FIXTURE.js"), "").unwrap();
        fs::create_dir(odd(b"d\xff")).unwrap();
        fs::write(odd(b"d\xff/in.js"), "").unwrap();
        fs::write(odd(b"d\xff/in.txt"), "").unwrap();
        let reason = "its path is not UTF-8: rename it, or the folder";
        let wanted = ["test/d\\xff/in.js", "test/\\xff.js"].map(|path| format!("{path}: {reason}"));
        let mut found = problems(root.path(), &[]);
        found.sort();
        let mut sorted = wanted.clone();
        sorted.sort();
        assert_eq!(found, sorted);
        assert_eq!(find_tests(root.path(), &[]).unwrap().len(), 4);
        let named = [odd(b"\xff.js"), odd(b"d\xff")];
        assert_eq!(problems(root.path(), &named).len(), 2);
    }

    #[test]
    fn folder_that_cannot_be_read_is_found_unless_somebody_asked_for_it() {
        let root = corpus(&[]);
        let look = |folder: &str, asked| {
            let queue = Queue {
                state: Mutex::new(QueueState {
                    folders: vec![(PathBuf::from(folder), asked)],
                    reading: 0,
                    failed: None,
                }),
                changed: Condvar::new(),
            };
            let files = queue.work(root.path()).files;
            let files: Vec<_> = files.iter().map(|it| it.path.to_string()).collect();
            let failed = queue.state.into_inner().unwrap().failed;
            (files, failed.map(|error| error.to_string()))
        };
        let found = ["test/none".to_owned()].to_vec();
        assert_eq!(look("test/none", false), (found, None));
        assert_eq!(look("harness/none", false), (Vec::new(), None));
        let (files, failed) = look("test/none", true);
        assert!(files.is_empty() && failed.is_some_and(|it| it.contains("test/none")));
    }

    #[test]
    fn what_is_no_file_is_found_with_the_reason_and_not_opened() {
        use std::os::unix::net::UnixListener;
        let root = corpus(&[]);
        let fifo = root.path().join("test/fifo.js");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let _socket = UnixListener::bind(root.path().join("test/socket.js")).unwrap();
        std::os::unix::fs::symlink("/dev/null", root.path().join("test/null.js")).unwrap();
        let wanted = [
            "test/fifo.js: it is a FIFO, and no file",
            "test/null.js: it is a device, and no file",
            "test/socket.js: it is a socket, and no file",
        ];
        assert_eq!(problems(root.path(), &[]), wanted);
        assert_eq!(problems(root.path(), &[fifo]), wanted[..1]);
    }
}
