//! Why there are no scripts.

use std::path::PathBuf;

/// Why scripts can't be had. Completes "failed to …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// A path that was named can't be looked at.
    #[error("look at {}: {source}", path.display())]
    Look {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path that was named is neither a file nor a folder.
    #[error("run {}: it is neither a file nor a folder", .0.display())]
    Kind(PathBuf),
    /// A path that was named lies outside the root.
    #[error("run {}: it isn't below the root, {}", path.display(), root.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The root.
        root: PathBuf,
    },
    /// No path that was named has anything to run.
    #[error(
        "find a script: there is no file that ends in {endings} below {}; \
         name a file to run it whatever its ending is", root.display()
    )]
    None {
        /// The root.
        root: PathBuf,
        /// Endings that were looked for.
        endings: String,
    },
}
