//! Reading TOML so that every complaint names a file and a line.

use crate::{CorpusError, Place};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Parses `text`, which was read from `file`.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T, CorpusError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(text, span.start));
        let place = Place {
            file: file.to_path_buf(),
            line,
        };
        CorpusError::Toml {
            place,
            message: error.message().trim_end().to_owned(),
        }
    })
}

/// Reads a file whole.
pub(crate) fn read(file: &Path) -> Result<String, CorpusError> {
    std::fs::read_to_string(file).map_err(|source| CorpusError::Read {
        path: file.to_path_buf(),
        source,
    })
}

/// Line of the byte at `offset`, counted from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX - 1) + 1
}
