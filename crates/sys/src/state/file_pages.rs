//! Code and constants: pages of files that nobody writes to.
//!
//! They are in no checkpoint, for a program's writes to them are faults. Code
//! that makes them writable first, or that writes through /proc/self/mem, can
//! change them all the same, and then the page is no longer the file's: the
//! kernel has made a copy that belongs to the process alone. So nothing has to
//! be compared to find such pages, only asked which are *anonymous*.
//!
//! ```text
//!   recorded         now              what is done
//!   file's           file's           nothing
//!   file's           anonymous        dropped: the next look finds the file's again
//!   anonymous        either           compared with a copy, written back if it differs
//! ```
//!
//! The third line is for what the dynamic linker relocated before it protected
//! it, and for breakpoints of a debugger.

use crate::SysError;
use crate::descriptors::raise;
use crate::maps::Line;
use crate::memory::mprotect;
use crate::pages::{PAGE_SIZE, PageRun};
use crate::uffd::{PAGEMAP_SCAN, PmScanArg};
use libc::c_int;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

/// Of [`PmScanArg`]'s categories (include/uapi/linux/fs.h).
const IS_FILE: u64 = 1 << 2;
const IS_PRESENT: u64 = 1 << 3;
const IS_SWAPPED: u64 = 1 << 4;
/// Of an entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst).
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_A_FILE: u64 = 1 << 61;
/// Entries that are asked for at once.
const ENTRIES: usize = 512;

/// A mapping of a file that can't be written to.
#[derive(Clone, Copy, Debug)]
struct Place {
    run: PageRun,
    protection: c_int,
}

/// A stretch of pages that were anonymous when recorded.
#[derive(Debug)]
struct Copied {
    place: Place,
    bytes: Vec<u8>,
}

/// Pages of files as they were recorded.
#[derive(Debug)]
pub struct FilePages {
    pagemap: File,
    places: Vec<Place>,
    copied: Vec<Copied>,
    found: Vec<PageRun>,
}

fn failed(source: std::io::Error) -> SysError {
    SysError {
        call: "read(/proc/self/pagemap)",
        mend: "mount /proc",
        source,
    }
}

impl FilePages {
    /// Those of every private mapping of a file that can be read and not written to.
    ///
    /// # Errors
    /// When /proc isn't mounted.
    pub fn read() -> Result<Self, SysError> {
        let pagemap = File::open("/proc/self/pagemap").map_err(failed)?;
        let pagemap = File::from(raise(pagemap.into())?);
        let text = std::fs::read("/proc/self/maps").map_err(failed)?;
        let lines = text.split(|byte| *byte == b'\n').filter_map(Line::parse);
        let mut this = Self {
            pagemap,
            places: lines.filter_map(|line| Place::of(&line)).collect(),
            copied: Vec::new(),
            found: Vec::new(),
        };
        for place in &this.places {
            this.found.clear();
            anonymous(&this.pagemap, place.run, &mut this.found)?;
            let runs = this.found.iter().map(|run| Place {
                run: *run,
                ..*place
            });
            this.copied.extend(runs.map(Copied::of));
        }
        Ok(this)
    }

    /// Undoes every change; how many pages were changed.
    ///
    /// # Errors
    /// When the kernel doesn't let a page be put back.
    ///
    /// # Safety
    /// What was mapped when this was read is still mapped, with the same
    /// protections, and the code that runs is none of that which may have changed.
    pub unsafe fn put_back(&mut self) -> Result<usize, SysError> {
        let mut pages = 0;
        for place in &self.places {
            self.found.clear();
            anonymous(&self.pagemap, place.run, &mut self.found)?;
            for run in &self.found {
                for page in (run.start..run.end).step_by(PAGE_SIZE) {
                    if !self.copied.iter().any(|copied| copied.place.holds(page)) {
                        drop_page(page)?;
                        pages += 1;
                    }
                }
            }
        }
        for copied in &self.copied {
            // SAFETY: by the caller's promise.
            pages += unsafe { copied.put_back() }?;
        }
        Ok(pages)
    }
}

impl Place {
    fn of(line: &Line<'_>) -> Option<Self> {
        let [read, write, execute] = line.access();
        let execute = if execute { libc::PROT_EXEC } else { 0 };
        (read && !write && line.is_private() && line.is_of_a_file()).then(|| Self {
            run: PageRun::new(line.start, line.end),
            protection: libc::PROT_READ | execute,
        })
    }

    const fn holds(&self, page: usize) -> bool {
        page >= self.run.start && page < self.run.end
    }
}

impl Copied {
    fn of(place: Place) -> Self {
        // SAFETY: mapped and readable, and not written to by anybody.
        let bytes = unsafe { at(place.run) }.to_vec();
        Self { place, bytes }
    }

    /// # Safety
    /// As [`FilePages::put_back`].
    unsafe fn put_back(&self) -> Result<usize, SysError> {
        // SAFETY: by the caller's promise.
        let now = unsafe { at(self.place.run) };
        let pages = self.bytes.chunks(PAGE_SIZE).zip(now.chunks(PAGE_SIZE));
        let changed = pages.filter(|(was, is)| was != is).count();
        if changed == 0 {
            return Ok(0);
        }
        let Place { run, protection } = self.place;
        // SAFETY: what may be done with the pages stays possible.
        if unsafe { mprotect(run.start, run.bytes(), protection | libc::PROT_WRITE) } != 0 {
            return Err(SysError::last("mprotect"));
        }
        // SAFETY: as long as the copy, writable now, and apart from it.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.bytes.as_ptr(),
                run.start as *mut u8,
                self.bytes.len(),
            );
        }
        // SAFETY: the protection that the pages had.
        if unsafe { mprotect(run.start, run.bytes(), protection) } != 0 {
            return Err(SysError::last("mprotect"));
        }
        Ok(changed)
    }
}

/// # Safety
/// The pages are mapped and readable, and nobody writes to them meanwhile.
unsafe fn at(run: PageRun) -> &'static [u8] {
    // SAFETY: by the caller's promise.
    unsafe { std::slice::from_raw_parts(run.start as *const u8, run.bytes()) }
}

/// Drops the process's own copy of a file's page.
fn drop_page(page: usize) -> Result<(), SysError> {
    // SAFETY: a page of a private mapping of a file: it is read from there anew.
    let dropped =
        unsafe { libc::madvise(page as *mut libc::c_void, PAGE_SIZE, libc::MADV_DONTNEED) };
    crate::error::check("madvise(MADV_DONTNEED)", dropped).map(drop)
}

/// Appends the pages of `run` that belong to no file, as runs.
fn anonymous(pagemap: &File, run: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
    match scan(pagemap, run, found) {
        Some(()) => Ok(()),
        // Before Linux 6.7.
        None => look(pagemap, run, found),
    }
}

/// By `PAGEMAP_SCAN`; `None` where the kernel has no such thing.
fn scan(pagemap: &File, run: PageRun, found: &mut Vec<PageRun>) -> Option<()> {
    const ROOM: usize = 64;
    let mut start = run.start;
    while start < run.end {
        let mut room = [const { PageRun::new(0, 0) }; ROOM];
        // Entries of the kernel's have a third word, and `PageRun` mirrors them.
        let mut argument = PmScanArg {
            size: size_of::<PmScanArg>() as u64,
            start: start as u64,
            end: run.end as u64,
            vec: room.as_mut_ptr() as u64,
            vec_len: ROOM as u64,
            category_inverted: IS_FILE,
            category_mask: IS_FILE,
            category_anyof_mask: IS_PRESENT | IS_SWAPPED,
            return_mask: IS_FILE,
            ..PmScanArg::default()
        };
        // SAFETY: `vec` has room for `vec_len` entries.
        let filled = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut argument) };
        let filled = usize::try_from(filled).ok()?;
        found.extend_from_slice(room.get(..filled)?);
        let walked = usize::try_from(argument.walk_end).ok()?;
        if walked <= start {
            return None;
        }
        start = walked;
    }
    Some(())
}

/// Page by page.
fn look(pagemap: &File, run: PageRun, found: &mut Vec<PageRun>) -> Result<(), SysError> {
    let mut entries = [0u8; ENTRIES * size_of::<u64>()];
    let mut page = run.start;
    while page < run.end {
        let wanted = ((run.end - page) / PAGE_SIZE).min(ENTRIES) * size_of::<u64>();
        let room = entries.get_mut(..wanted).unwrap_or_default();
        let offset = page / PAGE_SIZE * size_of::<u64>();
        pagemap.read_exact_at(room, offset as u64).map_err(failed)?;
        for entry in room.chunks_exact(size_of::<u64>()) {
            let entry = u64::from_ne_bytes(entry.try_into().unwrap_or_default());
            if entry & (PRESENT | SWAPPED) != 0 && entry & OF_A_FILE == 0 {
                found.push(PageRun::new(page, page + PAGE_SIZE));
            }
            page += PAGE_SIZE;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Pages of a file, mapped as a library's code is.
    fn mapped(pages: usize) -> Place {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'f'; pages * PAGE_SIZE]).unwrap();
        let protection = libc::PROT_READ | libc::PROT_EXEC;
        // SAFETY: a new mapping, which is never unmapped.
        let start = unsafe {
            let (length, flags) = (pages * PAGE_SIZE, libc::MAP_PRIVATE);
            libc::mmap(
                std::ptr::null_mut(),
                length,
                protection,
                flags,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(start, libc::MAP_FAILED);
        let start = start as usize;
        Place {
            run: PageRun::new(start, start + pages * PAGE_SIZE),
            protection,
        }
    }

    fn patch(place: Place, page: usize, byte: u8) {
        let writable = place.protection | libc::PROT_WRITE;
        for (protection, writes) in [(writable, true), (place.protection, false)] {
            // SAFETY: the test's own mapping.
            let done = unsafe { mprotect(place.run.start, place.run.bytes(), protection) };
            assert_eq!(done, 0);
            if writes {
                // SAFETY: writable now.
                unsafe { ((place.run.start + page * PAGE_SIZE) as *mut u8).write_volatile(byte) };
            }
        }
    }

    fn bytes(place: Place) -> Vec<u8> {
        // SAFETY: the test's own mapping.
        unsafe { at(place.run) }
            .iter()
            .step_by(PAGE_SIZE)
            .copied()
            .collect()
    }

    /// Of this test's mapping alone: other tests map files, too.
    fn only(place: Place, mut all: FilePages) -> FilePages {
        all.places.retain(|found| place.holds(found.run.start));
        all.copied
            .retain(|found| place.holds(found.place.run.start));
        all
    }

    #[test]
    fn put_back_finds_what_was_patched_and_keeps_what_was_before() {
        let place = mapped(4);
        patch(place, 1, b'r');
        let mut recorded = only(place, FilePages::read().unwrap());
        assert_eq!(recorded.copied.len(), 1);
        // SAFETY: the test's own mapping.
        assert_eq!(unsafe { recorded.put_back() }.unwrap(), 0);
        patch(place, 1, b'x');
        patch(place, 3, b'y');
        assert_eq!(bytes(place), b"fxfy");
        // SAFETY: as above.
        assert_eq!(unsafe { recorded.put_back() }.unwrap(), 2);
        assert_eq!(bytes(place), b"frff");
        drop_page(place.run.start + PAGE_SIZE).unwrap();
        assert_eq!(bytes(place), b"ffff", "dropped by code");
        // SAFETY: as above.
        assert_eq!(unsafe { recorded.put_back() }.unwrap(), 1);
        assert_eq!(bytes(place), b"frff");
    }

    #[test]
    fn both_ways_of_looking_find_the_same() {
        let place = mapped(8);
        for page in [0, 1, 5, 7] {
            patch(place, page, b'x');
        }
        let pagemap = File::open("/proc/self/pagemap").unwrap();
        let pages = |runs: Vec<PageRun>| -> Vec<usize> {
            let each = |run: PageRun| (run.start..run.end).step_by(PAGE_SIZE);
            let number = |page: usize| (page - place.run.start) / PAGE_SIZE;
            runs.into_iter().flat_map(each).map(number).collect()
        };
        let (mut looked, mut scanned) = (Vec::new(), Vec::new());
        look(&pagemap, place.run, &mut looked).unwrap();
        assert_eq!(pages(looked), [0, 1, 5, 7]);
        match scan(&pagemap, place.run, &mut scanned) {
            Some(()) => assert_eq!(pages(scanned), [0, 1, 5, 7]),
            None => println!("skipped: PAGEMAP_SCAN needs Linux 6.7"),
        }
    }

    #[test]
    fn own_code_is_among_them_and_relocated_constants_are_copied() {
        let recorded = FilePages::read().unwrap();
        let here = FilePages::read as *const () as usize;
        assert!(recorded.places.iter().any(|place| place.holds(here)));
        assert!(!recorded.copied.is_empty());
    }
}
