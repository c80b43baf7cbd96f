//! Which corpus is meant.
//!
//! ```text
//! --root DIR                        that one
//! PATHS that are there              the nearest folder above that has harness/ and test/
//! nothing, or PATHS that are not    the nearest folder at or above the current one that is a
//!                                   corpus, or holds one called corpus/
//! ```
//!
//! A root with neither of the two folders, and PATHS that are there with no such
//! folder above them, are plain scripts.

use crate::error::CliError;
use std::path::{Path, PathBuf};

const FOLDER: &str = "corpus";
/// Folders that make a folder a corpus.
const PARTS: [&str; 2] = ["harness", "test"];

/// Where the tests lie that are meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TestsAt {
    /// In the corpus with that root.
    Corpus(PathBuf),
    /// They are scripts, below that folder if one was named.
    Scripts(Option<PathBuf>),
}

/// What is meant by `root` and `paths`, seen from `here`.
pub(crate) fn locate(
    root: Option<&Path>,
    paths: &[PathBuf],
    here: &Path,
) -> Result<TestsAt, CliError> {
    if let Some(root) = root {
        let root = here.join(root);
        // Half a corpus is one with a fault, which reading it tells.
        let is_any = PARTS.into_iter().any(|name| root.join(name).is_dir());
        return Ok(if is_any || !root.is_dir() {
            TestsAt::Corpus(root)
        } else {
            TestsAt::Scripts(Some(root))
        });
    }
    let mut there = paths
        .iter()
        .map(|path| here.join(path))
        .filter(|path| path.exists())
        .peekable();
    if there.peek().is_some() && there.all(|path| above(&path).is_err()) {
        return Ok(TestsAt::Scripts(None));
    }
    locate_corpus(None, paths, here).map(TestsAt::Corpus)
}

/// The root of the corpus that is meant by `root` and `paths`, seen from `here`.
pub(crate) fn locate_corpus(
    root: Option<&Path>,
    paths: &[PathBuf],
    here: &Path,
) -> Result<PathBuf, CliError> {
    if let Some(root) = root {
        // Whether it is a corpus is found out when it is read.
        return Ok(here.join(root));
    }
    let mut found: Option<PathBuf> = None;
    for path in paths
        .iter()
        .map(|path| here.join(path))
        .filter(|path| path.exists())
    {
        let root = above(&path)?;
        match &found {
            Some(first) if *first != root => {
                return Err(CliError::TwoCorpora {
                    first: first.clone(),
                    second: root,
                });
            }
            _ => found = Some(root),
        }
    }
    match (found, paths) {
        (Some(root), _) => Ok(root),
        (None, []) => default(here),
        (None, [first, ..]) => default(here).map_err(|_none| CliError::NoPath(first.clone())),
    }
}

/// An error that says what is wrong with the way to `root`, unless it is a folder.
pub(crate) fn must_be_folder(root: &Path) -> Result<(), CliError> {
    let problem = match std::fs::metadata(root) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "is no folder".to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        Err(error) => format!("can't be looked at: {error}"),
    };
    Err(CliError::NoCorpus(format!("{} {problem}", root.display())))
}

/// The corpus that comes with this program.
pub(crate) fn is_built_in(root: &Path) -> bool {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(FOLDER);
    let [own, root] = [&own, root].map(|path| path.canonicalize().ok());
    own.is_some() && own == root
}

/// The nearest folder at or above `path` that is a corpus.
fn above(path: &Path) -> Result<PathBuf, CliError> {
    let path = path
        .canonicalize()
        .map_err(CliError::system("resolve a path named"))?;
    let root = path
        .ancestors()
        .find(|folder| is_corpus(folder))
        .map(Path::to_path_buf);
    root.ok_or_else(|| CliError::NoCorpus(format!("no folder above {} is one", path.display())))
}

/// The corpus of the repository that `here` lies in, or that this program was built from.
fn default(here: &Path) -> Result<PathBuf, CliError> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .chain(built_from.ancestors())
        .flat_map(|folder| [folder.to_owned(), folder.join(FOLDER)])
        .find(|folder| is_corpus(folder))
        .ok_or_else(|| CliError::NoCorpus(format!("there is none at or above {}", here.display())))
}

fn is_corpus(folder: &Path) -> bool {
    PARTS.into_iter().all(|name| folder.join(name).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn corpus(at: &Path) -> PathBuf {
        fs::create_dir_all(at.join("harness")).expect("folder");
        fs::create_dir_all(at.join("test/language")).expect("folder");
        fs::write(at.join("test/language/a.js"), "").expect("file");
        at.canonicalize().expect("there")
    }

    #[test]
    fn named_root_is_taken_as_it_is() {
        let root = locate_corpus(Some(Path::new("c")), &["x".into()], Path::new("/d"));
        assert_eq!(root.expect("found"), Path::new("/d/c"));
    }

    #[test]
    fn path_that_is_there_leads_to_the_corpus_above_it() {
        let folder = tempfile::tempdir().expect("folder");
        let expected = corpus(&folder.path().join("c"));
        for path in ["c/test/language/a.js", "c/test", "c"] {
            let root = locate_corpus(None, &[path.into()], folder.path()).expect("found");
            assert_eq!(root, expected, "{path}");
        }
    }

    #[test]
    fn paths_of_two_corpora_are_refused() {
        let folder = tempfile::tempdir().expect("folder");
        corpus(&folder.path().join("c"));
        corpus(&folder.path().join("d"));
        let error = locate_corpus(None, &["c/test".into(), "d/test".into()], folder.path());
        assert!(matches!(error, Err(CliError::TwoCorpora { .. })));
    }

    #[test]
    fn folder_named_corpus_above_is_the_default() {
        let folder = tempfile::tempdir().expect("folder");
        let expected = corpus(&folder.path().join(FOLDER));
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).expect("folder");
        for paths in [vec![], vec![PathBuf::from("language/a.js")]] {
            let root = locate_corpus(None, &paths, &deep).expect("found");
            assert_eq!(root.canonicalize().expect("there"), expected);
        }
        let inside = locate_corpus(None, &[], &expected.join("test/language")).expect("found");
        assert_eq!(inside, expected);
    }

    #[test]
    fn root_that_is_no_folder_is_told_as_such() {
        let folder = tempfile::tempdir().expect("folder");
        let told = |path: &Path| must_be_folder(path).map_err(|error| error.to_string());
        assert_eq!(told(folder.path()), Ok(()));
        let missing = told(&folder.path().join("nope")).expect_err("missing");
        assert!(missing.contains("nope does not exist"), "{missing}");
        fs::write(folder.path().join("file"), "").expect("file");
        let file = told(&folder.path().join("file")).expect_err("a file");
        assert!(file.contains("file is no folder"), "{file}");
    }

    #[test]
    fn own_corpus_is_known_from_any_side() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
        assert!(is_built_in(&own.join("test/..")));
        assert!(!is_built_in(&own.join("test")));
    }

    #[test]
    fn what_lies_in_no_corpus_is_scripts() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("a.js"), "").expect("file");
        corpus(&folder.path().join("c"));
        let found = |root: Option<&str>, paths: &[&str]| {
            let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
            locate(root.map(Path::new), &paths, folder.path()).ok()
        };
        let below = |name: &str| folder.path().join(name);
        assert_eq!(found(None, &["a.js"]), Some(TestsAt::Scripts(None)));
        assert_eq!(
            found(Some("."), &[]),
            Some(TestsAt::Scripts(Some(below("."))))
        );
        assert_eq!(found(Some("c"), &[]), Some(TestsAt::Corpus(below("c"))));
        // Whatever is wrong with these is told when they are read.
        assert_eq!(
            found(Some("nope"), &[]),
            Some(TestsAt::Corpus(below("nope")))
        );
        assert_eq!(found(None, &["a.js", "c/test"]), None);
    }

    #[test]
    fn path_outside_any_corpus_is_refused_if_it_must_be_of_one() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("a.js"), "").expect("file");
        let error = locate_corpus(None, &["a.js".into()], folder.path()).expect_err("refused");
        assert!(matches!(error, CliError::NoCorpus(_)), "{error}");
    }
}
