//! Why there is no plan.

use std::path::PathBuf;

/// Why a plan, or a file about plans, can't be made or used. Completes "failed to …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A harness file isn't there that tests get without asking for it.
    #[error("find {}, which every test needs: add the file", file.display())]
    NoHarness {
        /// The file.
        file: PathBuf,
    },
    /// A shard that isn't `K/N` with 1 ≤ K ≤ N ≤ 10,000.
    #[error(
        "read the shard `{0}`: write it as K/N with K from 1 to N and N up to 10000, as in 2/8"
    )]
    Shard(String),
    /// The file of timings can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line of the file of timings makes no sense.
    #[error("read {}:{line}: {problem}; correct the line or delete the file to measure anew", path.display())]
    Timings {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: u32,
        /// What is wrong.
        problem: &'static str,
    },
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] rewind_corpus::CorpusError),
    /// The corpus has more cases than can be numbered.
    #[error("number the cases: there are more than 4,294,967,294; use --shard")]
    TooMany,
}
