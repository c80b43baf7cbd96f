//! One JSON object, put in place whole.

use crate::{AtomicFile, ReportError};
use serde::Serialize;
use std::io::Write as _;
use std::path::Path;

/// Version of the files' formats.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Headed<'a, T> {
    schema: u32,
    run: &'a str,
    #[serde(flatten)]
    body: &'a T,
}

/// Writes `body`, an object, to `path`, with the version of its format and
/// `run`, when the run began, in front. What was there before stays until the
/// new file is whole.
///
/// # Errors
/// When it can't be written; then the old file is as it was.
pub fn put_json(path: &Path, run: &str, body: &impl Serialize) -> Result<(), ReportError> {
    let mut file = AtomicFile::create(path)?;
    let headed = Headed {
        schema: SCHEMA,
        run,
        body,
    };
    serde_json::to_writer_pretty(&mut file, &headed).map_err(|error| failed(path, error))?;
    file.write_all(b"\n")
        .map_err(ReportError::file("write", path))?;
    file.commit()
}

/// What the system refused is told as such.
fn failed(path: &Path, error: serde_json::Error) -> ReportError {
    if error.is_io() {
        ReportError::file("write", path)(error.into())
    } else {
        ReportError::Json {
            what: "results file",
            source: error,
        }
    }
}
