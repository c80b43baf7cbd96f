//! Which edition of a corpus is at hand, so that results of two can be told apart.

use crate::Corpus;
use std::fs;
use std::path::Path;
use twox_hash::XxHash3_64;

impl Corpus {
    /// A fingerprint of the paths and sources of all tests found, behind
    /// `commit` and its id where the root is a git checkout.
    ///
    /// Costs no reading: the hash of each source is known. Harness files and
    /// fixtures aren't in it.
    #[must_use]
    pub fn edition(&self) -> String {
        let mut bytes = Vec::with_capacity(self.tests.len() * 96);
        for test in &self.tests {
            bytes.extend_from_slice(test.path.as_bytes());
            bytes.extend_from_slice(&test.hash.to_le_bytes());
        }
        let (fingerprint, files) = (XxHash3_64::oneshot(&bytes), self.tests.len());
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
