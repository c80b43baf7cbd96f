//! Writes a corpus of many tiny tests, shaped as test262: `big-corpus FOLDER [FILES]`.
//!
//! There to see what a case costs the parent in memory: run the corpus with
//! `--mode both`, which makes two cases of each file, and divide what the
//! parent's peak has grown by, against a corpus of a few files, by the cases.

use std::fmt::Write;
use std::fs;
use std::io::{Error, Result};
use std::path::Path;

/// Files in a folder, about as many as in test262.
const EACH: u32 = 40;
/// Folders in a folder.
const BRANCHES: u32 = 25;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or_else(|| Error::other("name a folder"))?;
    let files = args.next().map_or(Ok(500_000), |files| files.parse());
    let root = Path::new(&folder);
    let harness = root.join("harness");
    fs::create_dir_all(&harness)?;
    for name in ["assert.js", "sta.js", "doneprintHandle.js"] {
        fs::write(harness.join(name), "\n")?;
    }
    write_tests(root, files.map_err(Error::other)?)
}

fn write_tests(root: &Path, files: u32) -> Result<()> {
    let mut text = String::new();
    for first in (0..files).step_by(EACH as usize) {
        let number = first / EACH;
        let (branch, leaf) = (number / BRANCHES, number % BRANCHES);
        let folder = root.join(format!(
            "test/built-ins/Part{branch}/prototype/method{leaf}"
        ));
        fs::create_dir_all(&folder)?;
        for file in first..files.min(first + EACH) {
            text.clear();
            // Writing to a string never fails.
            let _ = write!(text, "/*---\ndescription: number {file}\n---*/\n{file};\n");
            fs::write(folder.join(format!("S15.2.{file}_A1_T1.js")), &text)?;
        }
    }
    Ok(())
}
