//! The one error of every subcommand. Findings of a check are not errors: they
//! are printed, and make the exit code 1; an error makes it 2.

use std::path::{Path, PathBuf};

/// Shorthand of this package.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a subcommand could not do its work. Each text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Reading or writing something failed.
    #[error("{action} {path}")]
    File {
        /// What was tried: `read`, `write`, `create`…
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A program could not be started or waited for.
    #[error("run {program}")]
    Start {
        /// Which.
        program: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A program ended badly.
    #[error("run {program}: it ended with {status}{detail}")]
    Program {
        /// Which, with its arguments.
        program: String,
        /// Exit status, as text.
        status: String,
        /// The end of what it wrote, on lines of its own; may be empty.
        detail: String,
    },
    /// A file's content is not what it has to be.
    #[error("read {path}:{line}: {problem}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// The arguments or the surroundings don't fit.
    #[error("{0}")]
    Other(String),
    /// Standard output is gone.
    #[error("write to standard output")]
    Output(#[from] std::io::Error),
}

impl Error {
    /// Makes an [`Error::File`] out of an I/O error, for `map_err`.
    pub(crate) fn file(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

/// The error and all its causes in one line.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = format!("xtask: failed to {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_names_path_and_cause() {
        let error = Error::file("read", Path::new("docs/x.md"))(std::io::Error::other("gone"));
        assert_eq!(chain(&error), "xtask: failed to read docs/x.md: gone");
    }
}
