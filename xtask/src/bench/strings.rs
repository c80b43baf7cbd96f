//! Tests that are bound by the engine: strings of some MB that are built by
//! appending, and regular expressions with properties over them.
//!
//! A runner has nothing to gain in such tests and much to lose: they take a tenth
//! of a second each, and what they allocate is given back to the kernel, and
//! faulted in anew, by whoever is careless. They are made here, for the part of
//! test262 that has the like is not in every copy of it.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Where the tests are, below the root.
pub(super) const FOLDER: &str = "test/strings";

/// Of few code points, of many, in one block, and scattered.
const PROPERTIES: [&str; 24] = [
    "Any",
    "Assigned",
    "Alphabetic",
    "Cased",
    "Dash",
    "Emoji",
    "Grapheme_Base",
    "ID_Continue",
    "Ideographic",
    "Lowercase",
    "Math",
    "White_Space",
    "Cn",
    "Co",
    "L",
    "Lo",
    "M",
    "Nd",
    "Po",
    "So",
    "Script=Greek",
    "Script=Han",
    "Script_Extensions=Latn",
    "Script_Extensions=Arab",
];

/// The harness's part that every test includes; these tests need none of it.
const HARNESS: [&str; 3] = ["assert.js", "sta.js", "doneprintHandle.js"];

/// A test of one property: all planes in blocks of 256 code points, those whose
/// middle has the property in one string, the others in a second.
fn source(property: &str) -> String {
    format!(
        r"/*---
description: strings of some MB, and expressions with {property} over them
---*/
const has = /^\p{{{property}}}$/u;
let points = [];
function flush() {{
  const text = String.fromCodePoint.apply(null, points);
  points.length = 0;
  return text;
}}
function build(wanted) {{
  let text = '';
  for (let block = 0; block < 0x1100; block++) {{
    const first = block * 256;
    if (first >= 0xd800 && first < 0xe000) continue;
    if (has.test(String.fromCodePoint(first + 128)) !== wanted) continue;
    for (let at = first; at < first + 256; at++) {{
      points.push(at);
      if (points.length === 8192) text += flush();
    }}
  }}
  return text + flush();
}}
const inside = build(true), outside = build(false), all = inside + outside;
/^\p{{{property}}}+$/u.test(inside);
/^\P{{{property}}}+$/u.test(outside);
if (!/^[\p{{{property}}}\P{{{property}}}]*$/u.test(all)) throw new Error('inside and outside');
if (!/^\p{{Any}}*$/u.test(all)) throw new Error('Any');
if (all.length !== 2 * 1114112 - 65536 - 2048) throw new Error('length ' + all.length);
"
    )
}

/// Makes a tree of such tests in `folder`; its root.
pub(super) fn write(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("strings");
    let put = |path: PathBuf, text: &str| {
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = made.and_then(|()| std::fs::write(&path, text));
        written.map_err(Error::file("write", &path))
    };
    for name in HARNESS {
        put(root.join("harness").join(name), "// nothing\n")?;
    }
    for property in PROPERTIES {
        let name = format!("{}.js", property.replace('=', "-"));
        put(root.join(FOLDER).join(name), &source(property))?;
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Tree;

    #[test]
    fn tree_holds_a_test_for_each_property() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = Tree::open(&write(folder.path()).expect("written")).expect("a tree");
        let tests = tree.tests(&[FOLDER.to_owned()]).expect("tests");
        assert_eq!(tests.len(), PROPERTIES.len());
        assert!(tests.contains(&"test/strings/Script-Greek.js".to_owned()));
        let text = source("Script=Greek");
        assert!(
            text.contains(r"/^\p{Script=Greek}+$/u.test(inside)"),
            "{text}"
        );
    }
}
