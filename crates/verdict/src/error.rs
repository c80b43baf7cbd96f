//! What can be wrong with a baseline or a partial list.

use std::path::PathBuf;

/// Why a baseline or a partial list can't be used. Completes "failed to …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// The file can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line makes no sense.
    #[error("read {}:{line}: {problem}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: u32,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// The file can't be written; what was there before is as it was.
    #[error("write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
