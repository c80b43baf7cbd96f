//! Writing the file of texts anew: those that the old one has and that haven't
//! changed, then those that are read.

use crate::CorpusError;
use crate::cache::{Applied, Entry};
use crate::pack::{Pack, PackWriter, Place};
use std::path::{Path, PathBuf};

/// A file of texts on its way.
pub(crate) struct Renewal {
    writer: PackWriter,
    path: PathBuf,
    /// Entries of files that aren't among those of this run.
    others: Vec<Entry>,
}

impl Renewal {
    /// Begins with the texts that `old` has of `applied` and of `others`.
    pub(crate) fn begin(
        path: &Path,
        old: Option<&Pack>,
        applied: &mut Applied,
        mut others: Vec<Entry>,
    ) -> Result<Self, CorpusError> {
        let writer = PackWriter::begin(path).map_err(|source| CorpusError::Write {
            path: path.to_path_buf(),
            source,
        })?;
        applied.forget_unread();
        for entries in [&mut applied.entries, &mut others] {
            carry_over(&writer, old, entries);
        }
        Ok(Self {
            writer,
            path: path.to_path_buf(),
            others,
        })
    }

    pub(crate) const fn writer(&self) -> &PackWriter {
        &self.writer
    }

    /// Puts the file in its place, and gives back the entries of other files. If
    /// that fails, no text is kept.
    pub(crate) fn finish(
        mut self,
        entries: &mut [Entry],
    ) -> (Result<Option<Pack>, CorpusError>, Vec<Entry>) {
        let pack = self.writer.finish(&self.path);
        if !matches!(pack, Ok(Some(_))) {
            for entry in entries.iter_mut().chain(&mut self.others) {
                entry.place = Place::NONE;
            }
        }
        let pack = pack.map_err(|source| CorpusError::Write {
            path: self.path,
            source,
        });
        (pack, self.others)
    }
}

/// Writes what `old` has of `entries`.
fn carry_over(writer: &PackWriter, old: Option<&Pack>, entries: &mut [Entry]) {
    let mut shelf = writer.shelf();
    let mut text = Vec::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let place = std::mem::replace(&mut entry.place, Place::NONE);
        if !place.is_inside() {
            // One that is left out stays so.
            entry.place = place;
            continue;
        }
        text.resize(usize::try_from(entry.file.size).unwrap_or(0), 0);
        if old
            .and_then(|old| old.read(place, &mut text, entry.hash))
            .is_some()
        {
            shelf.add(index, &text);
        }
    }
    for (index, place) in shelf.finish() {
        if let Some(entry) = entries.get_mut(index) {
            entry.place = place;
        }
    }
}
