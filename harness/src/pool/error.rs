//! Why a pool can't do what it is asked for.

use std::path::PathBuf;
use std::sync::Arc;

/// A pool that can't be made, or does not take a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// There is no executable to start workers with.
    #[error(
        "find the `rewind` executable: it is not {looked}; name it by PoolBuilder::executable or \
         the environment variable REWIND_EXE, or install it"
    )]
    NoExecutable {
        /// Where it was looked for.
        looked: String,
    },
    /// The executable that was named can't be run.
    #[error("use {path} as the `rewind` executable ({named_by}): {why}")]
    BadExecutable {
        /// What was named.
        path: PathBuf,
        /// Who named it.
        named_by: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The pool has come to its end, and takes nothing more.
    #[error("submit to a pool that has ended: {why}")]
    Ended {
        /// Why it has.
        why: Arc<str>,
    },
    /// The pool has no such preamble.
    #[error("use preamble {0}: this pool has none such")]
    UnknownPreamble(u32),
    /// It has as many preambles, or requests that are not settled, as it can number.
    #[error("number one more: there are 2^32 - 1 already")]
    TooMany,
    /// The pool's thread could not be started.
    #[error("start the pool's thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(Arc<str>),
}
