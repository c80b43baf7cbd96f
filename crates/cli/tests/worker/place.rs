//! A corpus and a program that every user can reach, wherever the tests are built.

use crate::support::{Corpus, Said};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A user without rights, on every system.
const NOBODY: u32 = 65534;

pub(crate) struct Place {
    corpus: Corpus,
    exe: PathBuf,
}

impl Place {
    pub(crate) fn of(corpus: Corpus) -> Self {
        let open = |path: &Path| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("opened");
        };
        open(corpus.path());
        let exe = corpus.path().join("rewind");
        std::fs::copy(env!("CARGO_BIN_EXE_rewind"), &exe).expect("copied");
        open(&exe);
        Self { corpus, exe }
    }

    /// What the program says, as `user` if that is another than who runs the tests.
    pub(crate) fn says(&self, user: u32, words: &str) -> Said {
        let mut command = Command::new(&self.exe);
        command
            .env_clear()
            .current_dir(self.corpus.path())
            .args(words.split_whitespace());
        if user != rewind_sys::process::user() {
            command.uid(user).gid(user);
        }
        Said::of(command.output().expect("started"))
    }
}

/// Who runs the tests; root can become somebody without rights, everybody else
/// has none already.
pub(crate) fn without_rights() -> u32 {
    match rewind_sys::process::user() {
        0 => NOBODY,
        other => other,
    }
}
