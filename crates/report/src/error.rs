//! Why a report could not be made.

use crate::Holder;
use std::io;
use std::path::{Path, PathBuf};

/// Why a report could not be made; each completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A stream (stdout, or a file that is being filled) took no more bytes.
    #[error("write the {what}: {source}")]
    Write {
        /// Which report: `ndjson report`, `summary`.
        what: &'static str,
        /// What the system said: disk full, reader gone.
        source: io::Error,
    },
    /// A file or folder could not be made, locked or put in place.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was tried: `create`, `rename into place`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another run writes into the same results folder.
    #[error(
        "use the results folder {}: another run is writing into it{}; \
         wait for that run or name another folder", path.display(), named(holder.as_ref())
    )]
    Busy {
        /// The folder.
        path: PathBuf,
        /// That run, where it has said who it is.
        holder: Option<Holder>,
    },
    /// What lies there is not ours to replace.
    #[error("write into {}: {problem}", path.display())]
    Occupied {
        /// The file or folder that was named for it.
        path: PathBuf,
        /// What is there, and the remedy.
        problem: String,
    },
    /// A value could not be written as JSON.
    #[error("write the {what} as JSON: {source}")]
    Json {
        /// Which part: `first line`, `summary`.
        what: &'static str,
        /// What the serialiser said.
        source: serde_json::Error,
    },
}

impl ReportError {
    /// Turns a failed write into an error that names the report.
    pub(crate) fn write(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write { what, source }
    }

    /// Turns a failed file operation into an error that names the file.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

fn named(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |holder| format!(" ({holder})"))
}
