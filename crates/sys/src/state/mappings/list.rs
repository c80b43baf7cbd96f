//! The list of mappings, held against the one that was recorded.

use super::entry::{Entry, Quiet, Ring, Span, cut};
use super::sweep::Sweep;
use crate::error::SysError;
use crate::maps::Line;
use crate::memory::mprotect;
use crate::{descriptors, pages};
use libc::c_int;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// Room for the text of a walk, in bytes.
const TEXT: usize = 1 << 20;
/// Room for mappings in a list.
const ENTRIES: usize = 8192;

/// Pages mapped, and pages of writable private memory.
type Sizes = (u64, u64);

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
    /// the list still differs, or where a ring was through which the kernel may
    /// still write to memory.
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
        let mut ring = None;
        for (span, before, now) in Sweep::new(&self.recorded, found) {
            if let (None, Some(entry)) = (before, now) {
                match entry.ring {
                    Some(Ring::Aio) => end_aio(span),
                    Some(Ring::Uring) => ring = Some(span),
                    None => {}
                }
            }
            match (before, now) {
                // The heap is mapped for good; were some of it missing in the
                // list, then the list would be wrong.
                (None, Some(entry)) if !entry.is_break && !quiet.heap.holds(span) => unmap(span),
                // Only the right to execute is looked at here; the rest is for
                // the tracker, which is told that protections were changed.
                (Some(entry), Some(now))
                    if quiet.is_protected
                        && quiet.heap.holds(span)
                        && entry.protection != now.protection =>
                {
                    protect(span, libc::PROT_READ | libc::PROT_WRITE);
                }
                (Some(entry), Some(now)) if entry.protection != now.protection => {
                    protect(span, entry.protection);
                }
                _ => {}
            }
        }
        self.walk(quiet, found)?;
        Ok(ring.or(self.differs(found)))
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
        for entry in lines
            .filter_map(Line::parse)
            .filter_map(|line| Entry::of(&line))
        {
            for part in cut(entry, quiet).into_iter().flatten() {
                if entries.len() < ENTRIES {
                    entries.push(part);
                }
            }
        }
        Ok(())
    }
}

fn unmap(span: Span) {
    // SAFETY: the mapping came after the list was recorded, and the caller of
    // `put_back` vouches that only code which is over had made mappings since.
    unsafe { libc::munmap(span.start as *mut libc::c_void, span.end - span.start) };
}

/// Ends the context whose ring this is, and waits for what is under way in it.
fn end_aio(span: Span) {
    // SAFETY: the kernel knows a context by its ring's address, and checks it.
    unsafe { libc::syscall(libc::SYS_io_destroy, span.start) };
}

fn protect(span: Span, protection: c_int) {
    // SAFETY: gives a mapping the protection that it had when recorded.
    unsafe { mprotect(span.start, span.end - span.start, protection) };
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
            ring: None,
        }
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
}
