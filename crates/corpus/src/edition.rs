//! Which edition of a corpus is at hand, so that results of two can be told apart.

use crate::Corpus;
use std::fs;
use std::path::Path;

impl Corpus {
    /// A fingerprint of the paths and sources of all tests found, of the harness
    /// and of the fixtures beside them, behind `commit` and its id where the root
    /// is a git checkout.
    ///
    /// Costs no reading: the hash of each file is known.
    #[must_use]
    pub fn edition(&self) -> String {
        let (fingerprint, files) = (self.fingerprint(), self.tests.len());
        let commit = commit(&self.root).map_or_else(String::new, |id| format!("commit {id}, "));
        format!("{commit}{files} files, fingerprint {fingerprint:016x}")
    }
}

/// What is checked out at `root`; `None` where git's files don't say.
fn commit(root: &Path) -> Option<String> {
    let git = root.join(".git");
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else {
        return id(&head);
    };
    if let Ok(loose) = fs::read_to_string(git.join(name)) {
        return id(&loose);
    }
    let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
    let line = packed
        .lines()
        .find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
    line.and_then(id)
}

/// The text, if it is an object's name.
fn id(text: &str) -> Option<String> {
    let text = text.trim();
    let hex = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "be13516aabbccddeeff00112233445566778899a";

    fn corpus(files: &[(&str, &str)]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(folder.path().join("harness")).unwrap();
        let edition = Corpus::discover(folder.path(), &[]).unwrap().edition();
        (folder, edition)
    }

    #[test]
    fn edition_changes_with_a_path_or_a_source_and_with_nothing_else() {
        let first = corpus(&[("test/a.js", "1;"), ("test/b.js", "2;")]).1;
        assert_eq!(corpus(&[("test/b.js", "2;"), ("test/a.js", "1;")]).1, first);
        assert!(first.starts_with("2 files, fingerprint "), "{first}");
        assert_ne!(corpus(&[("test/a.js", "1;"), ("test/b.js", "3;")]).1, first);
        assert_ne!(corpus(&[("test/a.js", "1;"), ("test/c.js", "2;")]).1, first);
    }

    #[test]
    fn edition_changes_with_the_harness_and_with_fixtures() {
        let with = |path, text| corpus(&[("test/a/a.js", "1;"), (path, text)]).1;
        let plain = corpus(&[("test/a/a.js", "1;")]).1;
        for path in [
            "harness/assert.js",
            "harness/deep/x.js",
            "test/a/x_FIXTURE.js",
            "test/a/d.json",
        ] {
            let first = with(path, "1");
            assert!(first.starts_with("1 files, "), "it is no test: {first}");
            assert_ne!(first, plain, "{path}");
            assert_ne!(with(path, "2"), first, "{path}");
            assert_eq!(with(path, "1"), first, "{path}");
        }
        assert_eq!(with("test/a/.swap", "1"), plain);
        assert_eq!(with("README.md", "1"), plain);
    }

    #[test]
    fn edition_from_the_cache_is_the_same_and_notices_a_changed_fixture() {
        let files = [("test/a/a.js", "1;"), ("test/a/b_FIXTURE.js", "1;")];
        let (folder, first) = corpus(&files);
        let fixture = folder.path().join("test/a/b_FIXTURE.js");
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        let touch = |path: &Path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(long_ago).unwrap();
        };
        touch(&fixture);
        touch(&folder.path().join("test/a/a.js"));
        let cached = || {
            let cache = folder.path().join("cache");
            let (corpus, used) = Corpus::discover_cached(folder.path(), &[], &cache).unwrap();
            (corpus.edition(), used.reused)
        };
        assert_eq!(cached(), (first.clone(), 0));
        assert_eq!(cached(), (first.clone(), 2));
        fs::write(&fixture, "2;").unwrap();
        let (changed, reused) = cached();
        assert_ne!(changed, first);
        assert_eq!(reused, 1);
    }

    #[test]
    fn edition_names_the_commit_that_is_checked_out() {
        let wanted = format!("commit {ID}, 1 files, ");
        for git in [
            vec![(".git/HEAD", format!("{ID}\n"))],
            vec![
                (".git/HEAD", "ref: refs/heads/main\n".to_owned()),
                (".git/refs/heads/main", format!("{ID}\n")),
            ],
            vec![
                (".git/HEAD", "ref: refs/heads/main\n".to_owned()),
                (
                    ".git/packed-refs",
                    format!("# pack-refs\n{ID} refs/heads/main\n"),
                ),
            ],
        ] {
            let mut files: Vec<(&str, &str)> = vec![("test/a.js", "1;")];
            files.extend(git.iter().map(|(path, text)| (*path, text.as_str())));
            let edition = corpus(&files).1;
            assert!(edition.starts_with(&wanted), "{edition}");
        }
    }

    #[test]
    fn damaged_git_files_name_no_commit() {
        let edition = corpus(&[("test/a.js", "1;"), (".git/HEAD", "ref: refs/heads/none")]).1;
        assert!(edition.starts_with("1 files, "), "{edition}");
    }
}
