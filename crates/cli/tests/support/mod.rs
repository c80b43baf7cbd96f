//! A small corpus in a folder of its own, and the program run on it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder that holds a corpus and whatever a run leaves there.
pub(crate) struct Corpus {
    folder: TempDir,
}

impl Corpus {
    /// A corpus with `tests`: path below `test/`, frontmatter, and code.
    pub(crate) fn new(tests: &[(&str, &str, &str)]) -> Self {
        let corpus = Self {
            folder: tempfile::tempdir().expect("folder"),
        };
        for name in ["assert.js", "sta.js", "doneprintHandle.js"] {
            corpus.write(
                &format!("corpus/harness/{name}"),
                "// nothing is needed of it here\n",
            );
        }
        for (path, frontmatter, code) in tests {
            let text = format!("/*---\ndescription: a test\n{frontmatter}\n---*/\n{code}\n");
            corpus.write(&format!("corpus/test/{path}"), &text);
        }
        corpus
    }

    /// Writes a file below the folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }

    /// Text of a file below the folder.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect("file")
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program, about to be run in the folder, with none of the caller's
    /// settings.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rewind"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("REWIND_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.path())
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .args(words.split_whitespace());
        command
    }

    /// What the program says to `words`.
    pub(crate) fn rewind(&self, words: &str) -> Said {
        Said::of(self.command(words).output().expect("started"))
    }
}

/// What a run of the program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Exit code.
    pub(crate) code: Option<i32>,
    /// What went to stdout.
    pub(crate) out: String,
    /// What went to stderr.
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The lines of stdout, each a JSON object.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let parse = |line| serde_json::from_str(line).expect("a JSON object");
        self.out.lines().map(parse).collect()
    }
}
