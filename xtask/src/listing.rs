//! Which files of a test262 tree are tests.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A test262 tree.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Its root, absolute, with every link resolved.
    pub root: PathBuf,
}

impl Tree {
    /// Checks that `root` holds `harness` and `test`.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let root = root.canonicalize().map_err(Error::file("open", root))?;
        for part in ["harness", "test"] {
            if !root.join(part).is_dir() {
                return Err(Error::Other(format!(
                    "use {} as a test262 tree: it has no folder {part}; name the folder above it",
                    root.display()
                )));
            }
        }
        Ok(Self { root })
    }

    /// Tests below `paths` (below `test` if there is none), as paths relative
    /// to the root with slashes, sorted, each once.
    pub(crate) fn tests(&self, paths: &[String]) -> Result<Vec<String>> {
        let all = ["test".to_owned()];
        let paths = if paths.is_empty() { &all } else { paths };
        let mut found = Vec::new();
        for path in paths {
            self.collect(Path::new(path.trim_end_matches('/')), &mut found)?;
        }
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Err(Error::Other(format!(
                "find a test below {}: mend --paths",
                paths.join(", ")
            )));
        }
        Ok(found)
    }

    fn collect(&self, path: &Path, found: &mut Vec<String>) -> Result<()> {
        let full = self.root.join(path);
        if !full.is_dir() {
            // A missing file is found out when it is read; its name is what was asked for.
            full.metadata().map_err(Error::file("open", &full))?;
            found.extend(test_name(path));
            return Ok(());
        }
        for entry in std::fs::read_dir(&full).map_err(Error::file("list", &full))? {
            let entry = entry.map_err(Error::file("list", &full))?;
            let inner = path.join(entry.file_name());
            let kind = entry.file_type().map_err(Error::file("open", &full))?;
            if kind.is_dir() {
                self.collect(&inner, found)?;
            } else {
                found.extend(test_name(&inner));
            }
        }
        Ok(())
    }
}

/// The path as text, if it is a test: `.js`, and no `_FIXTURE`.
fn test_name(path: &Path) -> Option<String> {
    let name = path.to_str()?;
    (name.ends_with(".js") && !name.contains("_FIXTURE")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_sorted_and_fixtures_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [
            "harness/assert.js",
            "test/b.js",
            "test/a/x.js",
            "test/a/x_FIXTURE.js",
            "test/a/y.md",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            std::fs::write(path, "").expect("written");
        }
        let tree = Tree::open(folder.path()).expect("a tree");
        assert_eq!(
            tree.tests(&[]).expect("tests"),
            ["test/a/x.js", "test/b.js"]
        );
        assert_eq!(
            tree.tests(&["test/a/".into(), "test/a/x.js".into()])
                .expect("tests"),
            ["test/a/x.js"]
        );
        assert!(tree.tests(&["test/none".into()]).is_err());
        assert!(Tree::open(&folder.path().join("test")).is_err());
    }
}
