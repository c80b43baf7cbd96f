//! The mappings of this process: has code changed them, and what to undo.
//!
//! ```text
//!   before the code   after it                cost
//!   sizes (statm)     sizes equal?  ── yes ─► nothing more          1 read
//!                          │ no
//!   full list         compare ─► unmap what is new,                 2 walks
//!                     protect as before what was protected anew,
//!                     compare again ─► equal, or say where not
//! ```
//!
//! /proc/self/statm has the pages mapped and the pages of writable private
//! memory: whatever is mapped, unmapped, or made read-only changes one of them.
//! What leaves both as they were (a page made executable, one mapping replaced
//! by another of its size) shows in a walk alone.
//!
//! Between [`Mappings::record`] and [`Mappings::put_back`] nothing but the code
//! in question may map memory; so nothing here allocates.

use crate::error::SysError;
use crate::{descriptors, pages};
use libc::c_int;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// Room for the text of a walk, in bytes.
const TEXT: usize = 1 << 20;
/// Room for mappings in a list.
const ENTRIES: usize = 8192;

/// Addresses from a first byte up to one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First address.
    pub start: usize,
    /// Address behind the last.
    pub end: usize,
}

impl Span {
    const fn holds(self, other: Self) -> bool {
        other.start >= self.start && other.end <= self.end
    }
}

/// The guest's heap, which changes without being a test's doing: it commits
/// memory by making it writable, and write tracking may protect it.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// All of the heap that is reserved.
    pub heap: Span,
    /// Where the part ends that can be written.
    pub committed: usize,
    /// Protections inside the heap are the host's affair: only what is mapped counts there.
    pub is_protected: bool,
}

/// Pages mapped, and pages of writable private memory.
type Sizes = (u64, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    span: Span,
    protection: c_int,
    /// Of device, inode, offset and name.
    backing: u64,
    /// The area of `brk`.
    is_break: bool,
}

/// The mappings as they should be. Lists longer than their room are cut off
/// alike, so that what lies beyond isn't looked at.
#[derive(Debug)]
pub struct Mappings {
    statm: File,
    maps: File,
    sizes: Sizes,
    text: Vec<u8>,
    /// Where the heap's writable part ended at the last record.
    committed: usize,
    recorded: Vec<Entry>,
    found: Vec<Entry>,
    break_end: usize,
}

fn open(path: &'static str) -> Result<File, SysError> {
    let file = File::open(path).map_err(|source| SysError {
        call: "open(/proc/self/…)",
        mend: "mount /proc",
        source,
    })?;
    Ok(File::from(descriptors::raise(OwnedFd::from(file))?))
}

fn read_failed(source: std::io::Error) -> SysError {
    SysError {
        call: "read(/proc/self/maps)",
        mend: "mount /proc",
        source,
    }
}

impl Mappings {
    /// A list that is recorded by the first [`Mappings::record`].
    ///
    /// # Errors
    /// When /proc isn't mounted.
    pub fn new() -> Result<Self, SysError> {
        Ok(Self {
            statm: open("/proc/self/statm")?,
            maps: open("/proc/self/maps")?,
            sizes: (0, 0),
            text: vec![0; TEXT],
            committed: 0,
            recorded: Vec::with_capacity(ENTRIES),
            found: Vec::with_capacity(ENTRIES),
            break_end: 0,
        })
    }

    /// Takes what is mapped now as what should be. Walks only if the sizes are
    /// others than last time.
    ///
    /// # Errors
    /// When /proc can't be read.
    pub fn record(&mut self, quiet: Quiet) -> Result<(), SysError> {
        let sizes = self.sizes(quiet)?;
        if sizes != self.sizes || quiet.committed != self.committed {
            let mut recorded = std::mem::take(&mut self.recorded);
            let walked = self.walk(quiet, &mut recorded);
            self.recorded = recorded;
            walked?;
            self.break_end = program_break(0);
            self.committed = quiet.committed;
            self.sizes = sizes;
        }
        Ok(())
    }

    /// Makes the next [`Mappings::record`] walk: the host changed mappings in a
    /// way that the sizes may not show.
    pub fn forget(&mut self) {
        self.sizes = (0, 0);
    }

    fn sizes(&self, quiet: Quiet) -> Result<Sizes, SysError> {
        let mut text = [0u8; 128];
        let length = self.statm.read_at(&mut text, 0).map_err(read_failed)?;
        let text = std::str::from_utf8(&text[..length]).unwrap_or_default();
        let mut words = text
            .split_ascii_whitespace()
            .map(|word| word.parse::<u64>().unwrap_or(0));
        let (size, data) = (words.next().unwrap_or(0), words.nth(4).unwrap_or(0));
        let own = (quiet.committed.saturating_sub(quiet.heap.start) / pages::PAGE_SIZE) as u64;
        Ok((
            size,
            if quiet.is_protected {
                0
            } else {
                data.saturating_sub(own)
            },
        ))
    }

    /// The sizes are others than at the last [`Mappings::record`].
    ///
    /// # Errors
    /// When /proc can't be read.
    pub fn changed(&self, quiet: Quiet) -> Result<bool, SysError> {
        Ok(self.sizes(quiet)? != self.sizes)
    }

    /// Compares the whole list and undoes what can be undone. `Some` is where
    /// the list still differs.
    ///
    /// # Errors
    /// When /proc can't be read.
    pub fn put_back(&mut self, quiet: Quiet) -> Result<Option<Span>, SysError> {
        let mut found = std::mem::take(&mut self.found);
        let result = self.put_back_in(quiet, &mut found);
        self.found = found;
        result
    }

    fn put_back_in(
        &mut self,
        quiet: Quiet,
        found: &mut Vec<Entry>,
    ) -> Result<Option<Span>, SysError> {
        self.move_commit(quiet);
        self.walk(quiet, found)?;
        if self.differs(found).is_none() {
            return Ok(None);
        }
        if program_break(0) != self.break_end {
            program_break(self.break_end);
            self.walk(quiet, found)?;
        }
        for (span, before, now) in Sweep::new(&self.recorded, found) {
            match (before, now) {
                // The heap is mapped for good; were some of it missing in the
                // list, then the list would be wrong.
                (None, Some(entry)) if !entry.is_break && !quiet.heap.holds(span) => unmap(span),
                (Some(_), Some(_)) if quiet.is_protected && quiet.heap.holds(span) => {}
                (Some(entry), Some(now)) if entry.protection != now.protection => {
                    protect(span, entry.protection);
                }
                _ => {}
            }
        }
        self.walk(quiet, found)?;
        Ok(self.differs(found))
    }

    /// The first stretch that isn't as recorded. Where one mapping is split in
    /// two alike, nothing differs.
    fn differs(&self, found: &[Entry]) -> Option<Span> {
        let kind = |entry: Option<Entry>| entry.map(|entry| (entry.protection, entry.backing));
        let mut sweep = Sweep::new(&self.recorded, found);
        sweep
            .find(|(_, before, now)| kind(*before) != kind(*now))
            .map(|(span, ..)| span)
    }

    /// The heap committed memory meanwhile: the recorded border moves along.
    fn move_commit(&mut self, quiet: Quiet) {
        let (old, new) = (self.committed, quiet.committed);
        self.committed = new;
        if quiet.is_protected || old == new {
            return;
        }
        for entry in &mut self.recorded {
            if entry.span.end == old && entry.span.start >= quiet.heap.start {
                entry.span.end = new;
            } else if entry.span.start == old {
                entry.span.start = new;
            }
        }
    }

    fn walk(&mut self, quiet: Quiet, entries: &mut Vec<Entry>) -> Result<(), SysError> {
        let mut length = 0;
        loop {
            let room = self.text.get_mut(length..).unwrap_or_default();
            let offset = length as u64;
            match self.maps.read_at(room, offset).map_err(read_failed)? {
                0 => break,
                got => length += got,
            }
        }
        entries.clear();
        let lines = self.text[..length].split(|byte| *byte == b'\n');
        for entry in lines.filter_map(parse) {
            for part in cut(entry, quiet).into_iter().flatten() {
                if entries.len() < ENTRIES {
                    entries.push(part);
                }
            }
        }
        Ok(())
    }
}

/// The parts of a mapping before, inside and behind the heap: the kernel joins
/// the heap's with a neighbour's that is protected alike. Inside, who may read
/// and write is left out where that is write tracking's affair.
fn cut(entry: Entry, quiet: Quiet) -> [Option<Entry>; 3] {
    let heap = quiet.heap;
    let kept = if quiet.is_protected {
        libc::PROT_EXEC
    } else {
        !0
    };
    let part = |start: usize, end: usize, protection| {
        let span = Span {
            start: entry.span.start.max(start),
            end: entry.span.end.min(end),
        };
        (span.start < span.end).then_some(Entry {
            span,
            protection,
            ..entry
        })
    };
    [
        part(0, heap.start, entry.protection),
        part(heap.start, heap.end, entry.protection & kept),
        part(heap.end, usize::MAX, entry.protection),
    ]
}

/// One line of /proc/self/maps; `None` for the host's stack, which the kernel
/// lets grow, and for what isn't a line.
fn parse(line: &[u8]) -> Option<Entry> {
    let mut rest = line;
    let range = word(&mut rest)?;
    let dash = range.iter().position(|byte| *byte == b'-')?;
    let span = Span {
        start: hex(range.get(..dash)?)?,
        end: hex(range.get(dash + 1..)?)?,
    };
    let mode = word(&mut rest)?;
    if rest.ends_with(b"[stack]") {
        return None;
    }
    let has = |index: usize, letter: u8, bit: c_int| {
        if mode.get(index) == Some(&letter) {
            bit
        } else {
            0
        }
    };
    let protection = has(0, b'r', libc::PROT_READ)
        | has(1, b'w', libc::PROT_WRITE)
        | has(2, b'x', libc::PROT_EXEC);
    // Offset, device, inode and name, as they stand: but the offset of a part
    // that was split off grows with its address, so it is left out.
    word(&mut rest)?;
    let shared = [mode.get(3).copied().unwrap_or(0)];
    let backing = shared
        .iter()
        .chain(rest)
        .fold(0xcbf2_9ce4_8422_2325u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    Some(Entry {
        span,
        protection,
        backing,
        is_break: rest.ends_with(b"[heap]"),
    })
}

fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(rest.len());
    let (head, tail) = rest.split_at_checked(end)?;
    *rest = tail.get(1..).unwrap_or_default();
    (!head.is_empty()).then_some(head)
}

fn hex(digits: &[u8]) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Walks two lists at once: each stretch with what was there and what is.
struct Sweep<'a> {
    before: &'a [Entry],
    now: &'a [Entry],
    at: usize,
}

impl<'a> Sweep<'a> {
    const fn new(before: &'a [Entry], now: &'a [Entry]) -> Self {
        Self { before, now, at: 0 }
    }
}

/// What of the list is at or behind `at`.
fn skip(list: &mut &[Entry], at: usize) -> Option<Entry> {
    while let Some((first, rest)) = list.split_first() {
        if first.span.end > at {
            return Some(*first);
        }
        *list = rest;
    }
    None
}

impl Iterator for Sweep<'_> {
    type Item = (Span, Option<Entry>, Option<Entry>);

    fn next(&mut self) -> Option<Self::Item> {
        let (before, now) = (
            skip(&mut self.before, self.at),
            skip(&mut self.now, self.at),
        );
        let begins = |entry: &Option<Entry>| entry.map(|entry| entry.span.start.max(self.at));
        let start = [begins(&before), begins(&now)]
            .into_iter()
            .flatten()
            .min()?;
        let covers = |entry: Option<Entry>| entry.filter(|entry| entry.span.start <= start);
        let edge = |entry: Option<Entry>| {
            entry.map(|entry| {
                if entry.span.start > start {
                    entry.span.start
                } else {
                    entry.span.end
                }
            })
        };
        let end = [edge(before), edge(now)].into_iter().flatten().min()?;
        self.at = end;
        Some((Span { start, end }, covers(before), covers(now)))
    }
}

fn unmap(span: Span) {
    // SAFETY: the mapping came after the list was recorded, and the caller of
    // `put_back` vouches that only code which is over had made mappings since.
    unsafe { libc::munmap(span.start as *mut libc::c_void, span.end - span.start) };
}

fn protect(span: Span, protection: c_int) {
    // SAFETY: gives a mapping the protection that it had when recorded.
    unsafe {
        libc::mprotect(
            span.start as *mut libc::c_void,
            span.end - span.start,
            protection,
        )
    };
}

/// Sets the end of the `brk` area, if it isn't 0; where it is then.
fn program_break(end: usize) -> usize {
    // SAFETY: 0 only asks; otherwise the area goes back to where it was recorded.
    let end = unsafe { libc::syscall(libc::SYS_brk, end) };
    usize::try_from(end).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(start: usize, end: usize, protection: c_int) -> Entry {
        Entry {
            span: Span { start, end },
            protection,
            backing: 0,
            is_break: false,
        }
    }

    #[test]
    fn sweep_tells_what_came_went_and_changed() {
        let before = [entry(10, 20, 3), entry(30, 40, 3)];
        let now = [entry(12, 15, 3), entry(15, 20, 1), entry(25, 35, 3)];
        let told: Vec<_> = Sweep::new(&before, &now)
            .map(|(span, before, now)| {
                (
                    span.start,
                    span.end,
                    before.map(|e| e.protection),
                    now.map(|e| e.protection),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (10, 12, Some(3), None),
                (12, 15, Some(3), Some(3)),
                (15, 20, Some(3), Some(1)),
                (25, 30, None, Some(3)),
                (30, 35, Some(3), Some(3)),
                (35, 40, Some(3), None),
            ]
        );
    }

    /// Where a heap begins behind memory that is protected alike, the kernel
    /// shows one mapping.
    #[test]
    fn a_heap_that_is_joined_with_its_neighbour_commits_without_a_difference() {
        let heap = Span { start: 20, end: 90 };
        let quiet = |committed| Quiet {
            heap,
            committed,
            is_protected: false,
        };
        let list = |committed| {
            [entry(10, committed, 3), entry(committed, 95, 0)]
                .map(|entry| cut(entry, quiet(committed)))
                .into_iter()
                .flatten()
                .flatten()
                .collect::<Vec<_>>()
        };
        let mut mappings = Mappings::new().unwrap();
        (mappings.recorded, mappings.committed) = (list(40), 40);
        mappings.move_commit(quiet(60));
        assert_eq!(mappings.recorded, list(60));
        assert_eq!(mappings.differs(&list(60)), None);
    }

    #[test]
    fn parse_leaves_the_stack_out_and_tells_backings_apart() {
        let line = b"7f0000-7f2000 r-xp 00001000 fe:00 42      /lib/x.so";
        let entry = parse(line).unwrap();
        assert_eq!(
            entry.span,
            Span {
                start: 0x7f_0000,
                end: 0x7f_2000
            }
        );
        assert_eq!(entry.protection, libc::PROT_READ | libc::PROT_EXEC);
        let other = parse(b"7f0000-7f2000 r-xp 00001000 fe:00 42      /lib/y.so").unwrap();
        assert_ne!(entry.backing, other.backing);
        let later = parse(b"7f1000-7f2000 r-xp 00002000 fe:00 42      /lib/x.so").unwrap();
        assert_eq!(entry.backing, later.backing);
        assert_eq!(
            parse(b"7ff000-7ff100 rw-p 00000000 00:00 0       [stack]"),
            None
        );
        assert!(
            parse(b"7f0000-7f1000 rw-p 00000000 00:00 0       [heap]")
                .unwrap()
                .is_break
        );
        assert_eq!(parse(b""), None);
    }
}
