//! The texts of a corpus's tests in one file beside the cache of frontmatter.
//!
//! ```text
//! magic, version, id, length │ text │ text │ …
//! ```
//!
//! Opening, reading and closing a file of a kilobyte costs several times what
//! reading that kilobyte from an open file does, and many small files are what a
//! disk is slowest at. The cache of frontmatter says where each text begins
//! ([`Place`]) and what its hash is; a text that hasn't that hash is none, so
//! that damage can cost time and nothing else. A file is never changed: one with
//! more texts takes its place, under another id.

use crate::atomic::Replacing;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use twox_hash::XxHash3_64;

const MAGIC: [u8; 8] = *b"rwnd-txt";
const VERSION: u32 = 1;
const HEADER: usize = MAGIC.len() + 4 + 8 + 8;

/// A larger text is left where it is: reading costs more than opening then.
const MAX_TEXT: usize = 256 << 10;
/// All texts together; what comes later is left where it is.
const MAX_PACK: u64 = 1 << 30;
/// Texts are written in pieces of this size, so that those of neighbouring
/// paths, which one thread reads, lie beside each other.
const PIECE: usize = 256 << 10;
/// What is lacking must be at least as many texts as this, and this part of
/// those that are there, before all are written anew.
const WORTH: (usize, usize) = (64, 8);

/// Where a text begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub(crate) u64);

impl Place {
    /// It isn't there.
    pub(crate) const NONE: Self = Self(0);
    /// Nor is it meant to be.
    const LEFT_OUT: Self = Self(1);

    pub(crate) const fn is_inside(self) -> bool {
        self.0 >= HEADER as u64
    }
}

/// Whether so many texts that are lacking are reason enough to write all anew.
pub(crate) const fn is_worth_packing(lacking: usize, packed: usize) -> bool {
    lacking >= WORTH.0 && lacking >= packed / WORTH.1
}

/// A file of texts.
#[derive(Debug)]
pub(crate) struct Pack {
    file: File,
    pub(crate) id: u64,
    /// Length of the file.
    pub(crate) size: u64,
}

impl Pack {
    /// Opens the file at `path` if it is the one with that id, and whole.
    pub(crate) fn open(path: &Path, id: u64) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut found = [0; HEADER];
        file.read_exact_at(&mut found, 0).ok()?;
        let size = file.metadata().ok()?.len();
        (found == header(id, size)).then_some(Self { file, id, size })
    }

    /// Reads the text at `place` into `text`, as long as that is; `None` if it
    /// isn't the one with that hash.
    pub(crate) fn read(&self, place: Place, text: &mut [u8], hash: u64) -> Option<()> {
        self.read_raw(place.0, text)?;
        (XxHash3_64::oneshot(text) == hash).then_some(())
    }

    /// Fills `into` with what lies at `at`.
    pub(crate) fn read_raw(&self, at: u64, into: &mut [u8]) -> Option<()> {
        self.file.read_exact_at(into, at).ok()
    }
}

fn header(id: u64, size: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let parts = MAGIC
        .into_iter()
        .chain(VERSION.to_le_bytes())
        .chain(id.to_le_bytes())
        .chain(size.to_le_bytes());
    header
        .iter_mut()
        .zip(parts)
        .for_each(|(to, from)| *to = from);
    header
}

/// A file of texts being written, by several threads.
pub(crate) struct PackWriter {
    id: u64,
    state: Mutex<Writing>,
}

struct Writing {
    file: Replacing,
    end: u64,
    failed: Option<std::io::Error>,
}

impl PackWriter {
    pub(crate) fn begin(path: &Path) -> std::io::Result<Self> {
        // Two runs must not come upon the same number: this one is random.
        let id = RandomState::new().hash_one(path).max(1);
        let mut file = Replacing::begin(path)?;
        file.file.write_all(&[0; HEADER])?;
        let state = Writing {
            file,
            end: HEADER as u64,
            failed: None,
        };
        Ok(Self {
            id,
            state: Mutex::new(state),
        })
    }

    /// For one thread.
    pub(crate) fn shelf(&self) -> Shelf<'_> {
        Shelf {
            writer: self,
            piece: Vec::new(),
            waiting: Vec::new(),
            placed: Vec::new(),
        }
    }

    /// Where the piece begins; `None` if there is no room for it.
    fn write(&self, piece: &[u8]) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let start = state.end;
        let end = start + piece.len() as u64;
        if end > MAX_PACK || state.failed.is_some() {
            return None;
        }
        if let Err(error) = state.file.file.write_all(piece) {
            state.failed = Some(error);
            return None;
        }
        state.end = end;
        Some(start)
    }

    /// Puts the file in its place, to be read from.
    pub(crate) fn finish(self, path: &Path) -> std::io::Result<Option<Pack>> {
        let Writing { file, end, failed } = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed {
            return Err(error);
        }
        file.file.write_all_at(&header(self.id, end), 0)?;
        file.commit()?;
        Ok(Pack::open(path, self.id))
    }
}

/// Texts that one thread has for the file.
pub(crate) struct Shelf<'a> {
    writer: &'a PackWriter,
    /// Texts that are yet to be written, one after the other.
    piece: Vec<u8>,
    /// Whose they are, and where in the piece they begin.
    waiting: Vec<(usize, usize)>,
    placed: Vec<(usize, Place)>,
}

impl Shelf<'_> {
    /// Takes the text of `whose`, a number that means something to the caller.
    pub(crate) fn add(&mut self, whose: usize, text: &[u8]) {
        if text.len() > MAX_TEXT {
            return self.placed.push((whose, Place::LEFT_OUT));
        }
        self.waiting.push((whose, self.piece.len()));
        self.piece.extend_from_slice(text);
        if self.piece.len() >= PIECE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let start = self.writer.write(&self.piece);
        let place = |at| start.map_or(Place::LEFT_OUT, |start| Place(start + at as u64));
        let placed = self.waiting.drain(..).map(|(whose, at)| (whose, place(at)));
        self.placed.extend(placed);
        self.piece.clear();
    }

    /// Where everybody's text came to lie.
    pub(crate) fn finish(mut self) -> Vec<(usize, Place)> {
        self.flush();
        self.placed
    }
}
