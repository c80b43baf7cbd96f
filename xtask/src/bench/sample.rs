//! A sample of tests that a plain shell can run: each as one file, with its
//! harness in front.

use crate::error::{Error, Result};
use crate::listing::Tree;
use crate::peer::{Configuration, PeerMetadata};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Flags of tests that need more than a script in a fresh context.
const SPECIAL: [&str; 4] = ["module", "raw", "async", "onlyStrict"];
/// What every test includes.
const ALWAYS: [&str; 2] = ["assert.js", "sta.js"];

/// Writes up to `count` files into `folder`, of tests spread evenly over `tests`.
pub(crate) fn write(
    tree: &Tree,
    configuration: &Configuration,
    tests: &[String],
    count: usize,
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    let mut plain = Vec::new();
    for test in tests {
        let source = read(&tree.root.join(test))?;
        let meta = PeerMetadata::parse(&source);
        if is_plain(&source, &meta, configuration) {
            plain.push((source, meta.includes));
        }
    }
    let step = plain.len().div_ceil(count.max(1)).max(1);
    let mut harness = HashMap::new();
    let mut files = Vec::new();
    for (index, (source, includes)) in plain.iter().step_by(step).enumerate() {
        let mut text = Vec::new();
        let names = ALWAYS
            .into_iter()
            .chain(includes.iter().map(String::as_str));
        for name in names {
            if !harness.contains_key(name) {
                harness.insert(
                    name.to_owned(),
                    read(&tree.root.join("harness").join(name))?,
                );
            }
            text.extend(harness.get(name).into_iter().flatten());
            text.push(b'\n');
        }
        text.extend(source);
        let file = folder.join(format!("sample-{index}.js"));
        std::fs::write(&file, text).map_err(Error::file("write", &file))?;
        files.push(file);
    }
    Ok(files)
}

/// A synchronous script that is to run to its end, and uses nothing of the host's.
fn is_plain(source: &[u8], meta: &PeerMetadata, configuration: &Configuration) -> bool {
    let hosted = source.windows(4).any(|part| part == b"$262");
    let special = meta
        .flags
        .iter()
        .any(|flag| SPECIAL.contains(&flag.as_str()));
    !hosted && !special && meta.negative.is_none() && !meta.is_skipped(configuration)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(Error::file("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_holds_plain_tests_behind_their_harness() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        for file in ["assert.js", "sta.js", "x.js"] {
            put(&format!("harness/{file}"), &format!("// {file}"));
        }
        put("test/a.js", "/*---\nincludes: [x.js]\n---*/\na;");
        put("test/b.js", "/*---\nflags: [module]\n---*/\nb;");
        put(
            "test/c.js",
            "/*---\nnegative:\n  phase: parse\n  type: SyntaxError\n---*/\nc;",
        );
        put("test/d.js", "$262.gc();");
        put("test/e.js", "e;");
        let tree = Tree::open(folder.path()).expect("a tree");
        let tests = tree.tests(&[]).expect("tests");
        let make = |count| {
            let files = write(
                &tree,
                &Configuration::default(),
                &tests,
                count,
                folder.path(),
            );
            let read = |file: &PathBuf| std::fs::read_to_string(file).expect("a file");
            files.expect("written").iter().map(read).collect::<Vec<_>>()
        };
        let all = make(10);
        assert_eq!(all.len(), 2);
        assert_eq!(
            all[0],
            "// assert.js\n// sta.js\n// x.js\n/*---\nincludes: [x.js]\n---*/\na;"
        );
        assert!(all[1].ends_with("\ne;"), "{}", all[1]);
        assert_eq!(make(1).len(), 1);
    }
}
