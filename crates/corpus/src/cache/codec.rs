//! The bytes of a cache file. Little-endian; lengths before what they count.
//!
//! A checksum guards against damage, and every number read is still checked
//! against the table it points into: a wrong one yields no cache, never a panic
//! or another test's metadata.

use super::Entry;
use crate::discovery::{NO_TIME, TestFile};
use crate::frontmatter::{Flags, Frontmatter, NegativePhase};
use crate::names::{List, Names, Symbol};
use crate::pack::Place;
use std::path::Path;
use std::sync::Arc;
use twox_hash::XxHash3_64;

const MAGIC: [u8; 8] = *b"rwnd-fmc";
/// Raised whenever the layout or the meaning of an entry changes.
const VERSION: u32 = 3;
/// Stands for "no negative" where a symbol would be.
const NO_SYMBOL: u32 = u32::MAX;

/// A cache file whose entries are still bytes: most runs need a part of them.
pub(super) struct Opened {
    pub(super) names: Names,
    /// Which file of texts the entries' places are of; 0 if there is none.
    pub(super) pack: u64,
    /// Entries whose text is in it.
    pub(super) packed: usize,
    file: Vec<u8>,
    /// Where the entries begin, and how many there are.
    entries: usize,
    count: u32,
}

/// An entry whose path has been looked at.
pub(super) struct Undecoded<'a> {
    pub(super) path: &'a [u8],
    rest: &'a [u8],
}

/// Bytes of an entry behind its path.
const REST: usize = 8 + 8 + 8 + 8 + 8 + 1 + 2 + 1 + 4 + 4 + 4;

/// Times of change at or after `trusted_ns` are written as [`NO_TIME`]; `pack` is
/// the file of texts that the entries' places are of.
pub(super) fn encode(
    root: &Path,
    names: &Names,
    entries: &[&Entry],
    trusted_ns: i64,
    pack: u64,
) -> Vec<u8> {
    let mut body = Writer(Vec::with_capacity(entries.len() * 160));
    body.bytes(root.as_os_str().as_encoded_bytes());
    body.u64(pack);
    body.count(entries.iter().filter(|it| it.place.is_inside()).count());
    body.count(names.strings().len());
    names
        .strings()
        .iter()
        .for_each(|name| body.bytes(name.as_bytes()));
    body.count(names.lists().len());
    for list in names.lists() {
        body.count(list.len());
        list.iter().for_each(|symbol| body.u32(symbol.0));
    }
    body.count(entries.len());
    entries
        .iter()
        .for_each(|entry| body.entry(entry, trusted_ns));
    let mut file = Writer(Vec::with_capacity(body.0.len() + 32));
    file.0.extend(MAGIC);
    file.u32(VERSION);
    file.u64(body.0.len() as u64);
    file.u64(XxHash3_64::oneshot(&body.0));
    file.0.extend(body.0);
    file.0
}

/// Checks the file as a whole, and reads what its entries refer to.
pub(super) fn open(file: Vec<u8>, root: &Path) -> Option<Opened> {
    let mut head = Reader(&file);
    let ours = head.take(MAGIC.len())? == MAGIC && head.u32()? == VERSION;
    let (length, checksum) = (head.u64()?, head.u64()?);
    let whole = length == head.0.len() as u64 && checksum == XxHash3_64::oneshot(head.0);
    let mut body = Reader(head.0);
    if !ours || !whole || body.bytes()? != root.as_os_str().as_encoded_bytes() {
        return None;
    }
    let pack = body.u64()?;
    let packed = body.u32()? as usize;
    let names = body.names()?;
    let count = body.u32()?;
    let entries = file.len() - body.0.len();
    Some(Opened {
        names,
        pack,
        packed,
        entries,
        count,
        file,
    })
}

impl Opened {
    /// Every entry in the order of the file; `None` where it ends too early.
    pub(super) fn entries(&self) -> impl Iterator<Item = Option<Undecoded<'_>>> {
        let mut body = Reader(self.file.get(self.entries..).unwrap_or_default());
        (0..self.count).map(move |_| {
            let path = body.bytes()?;
            let rest = body.take(REST)?;
            Some(Undecoded { path, rest })
        })
    }

    /// What an entry says; `None` if it points beyond the tables.
    pub(super) fn decode(&self, entry: &Undecoded<'_>) -> Option<Recalled> {
        Reader(entry.rest).entry(&self.names)
    }

    /// An entry as it was when the file was written.
    pub(super) fn restore(&self, entry: &Undecoded<'_>) -> Option<Entry> {
        let path = std::str::from_utf8(entry.path).ok()?;
        let Recalled {
            size,
            mtime_ns,
            ctime_ns,
            is_test,
            hash,
            place,
            meta,
        } = self.decode(entry)?;
        let file = TestFile {
            path: Arc::from(path),
            size,
            mtime_ns,
            ctime_ns,
            is_test,
            problem: None,
        };
        Some(Entry {
            file,
            hash,
            place,
            meta,
            known: true,
            unreadable: None,
        })
    }
}

/// What an entry says of its path.
pub(super) struct Recalled {
    size: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    is_test: bool,
    pub(super) hash: u64,
    pub(super) place: Place,
    pub(super) meta: Frontmatter,
}

impl Recalled {
    /// The file has changed since by nothing that a `stat` shows.
    pub(super) fn is_of(&self, file: &TestFile) -> bool {
        let same = (self.size, self.mtime_ns, self.ctime_ns, self.is_test);
        same == (file.size, file.mtime_ns, file.ctime_ns, file.is_test) && file.mtime_ns != NO_TIME
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// A length; one beyond 32 bits makes a cache that doesn't decode.
    fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    fn entry(&mut self, entry: &Entry, trusted_ns: i64) {
        let Entry {
            file,
            hash,
            place,
            meta,
            ..
        } = entry;
        self.bytes(file.path.as_bytes());
        self.u64(file.size);
        let mtime_ns = if file.mtime_ns < trusted_ns {
            file.mtime_ns
        } else {
            NO_TIME
        };
        self.0.extend(mtime_ns.to_le_bytes());
        self.0.extend(file.ctime_ns.to_le_bytes());
        self.u64(*hash);
        self.u64(place.0);
        self.0.push(u8::from(file.is_test));
        self.0.extend(meta.flags.bits().to_le_bytes());
        let (phase, name) = match meta.negative {
            None => (0, NO_SYMBOL),
            Some((phase, name)) => (phase_number(phase), name.0),
        };
        self.0.push(phase);
        self.u32(name);
        self.u32(meta.includes.0);
        self.u32(meta.features.0);
    }
}

const fn phase_number(phase: NegativePhase) -> u8 {
    match phase {
        NegativePhase::Parse => 1,
        NegativePhase::Resolution => 2,
        NegativePhase::Runtime => 3,
    }
}

fn phase_of(number: u8) -> Option<NegativePhase> {
    [
        NegativePhase::Parse,
        NegativePhase::Resolution,
        NegativePhase::Runtime,
    ]
    .into_iter()
    .find(|&phase| phase_number(phase) == number)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.take(count as usize)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// Rebuilds the tables; entries must come out under the numbers they had.
    fn names(&mut self) -> Option<Names> {
        let mut names = Names::default();
        for number in 0..self.u32()? {
            (names.intern(self.text()?) == Symbol(number)).then_some(())?;
        }
        let mut symbols = Vec::new();
        for number in 0..self.u32()? {
            symbols.clear();
            for _ in 0..self.u32()? {
                symbols.push(self.symbol(&names)?);
            }
            (names.intern_list(&symbols) == List(number)).then_some(())?;
        }
        Some(names)
    }

    fn symbol(&mut self, names: &Names) -> Option<Symbol> {
        self.u32()
            .filter(|&number| (number as usize) < names.strings().len())
            .map(Symbol)
    }

    fn list(&mut self, names: &Names) -> Option<List> {
        self.u32()
            .filter(|&number| (number as usize) < names.lists().len())
            .map(List)
    }

    fn entry(&mut self, names: &Names) -> Option<Recalled> {
        let size = self.u64()?;
        let mtime_ns = i64::from_le_bytes(self.array()?);
        let ctime_ns = i64::from_le_bytes(self.array()?);
        let hash = self.u64()?;
        let place = Place(self.u64()?);
        let [is_test] = self.array()?;
        let flags = Flags::from_bits(u16::from_le_bytes(self.array()?))?;
        let [phase] = self.array()?;
        let negative = if phase == 0 {
            (self.u32()? == NO_SYMBOL).then_some(None)?
        } else {
            Some((phase_of(phase)?, self.symbol(names)?))
        };
        let includes = self.list(names)?;
        let features = self.list(names)?;
        let meta = Frontmatter {
            flags,
            negative,
            includes,
            features,
        };
        Some(Recalled {
            size,
            mtime_ns,
            ctime_ns,
            is_test: is_test != 0,
            hash,
            place,
            meta,
        })
    }
}
