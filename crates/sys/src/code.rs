//! The executable's code in huge pages of this process's own.
//!
//! A fork leaves the pages of files out of the child's page tables, so that
//! there each piece of code (64 KiB at a time) is a fault anew. Page tables of
//! private memory are copied, and a huge page is one entry of them:
//!
//! ```text
//!             0          2 MiB            4 MiB            6 MiB
//!   before   |─ constants ─|      |──── code ──────────────────────|
//!   after    |═ huge ══════|══════ huge ═|════ huge ═══|═══ huge ══|
//! ```
//!
//! Bytes, addresses and access are what they were. A huge page that reaches into
//! what was not mapped is zero there; none is made where something else is
//! mapped. The file's name no longer stands at those addresses in
//! /proc/self/maps, so a profiler that goes by it has no names there.

use crate::error::{SysError, check};
use crate::maps::Line;
use crate::memory::{Access, Mapping, collapse, mprotect};
use crate::pages::PageRun;

/// A huge page, in bytes.
const HUGE: usize = 2 << 20;

/// A mapping of the executable that is only read or executed, and how.
#[derive(Clone, Copy, Debug)]
struct Constant {
    run: PageRun,
    prot: libc::c_int,
}

/// Moves the executable's code and constants into huge pages; how many.
///
/// This is advice: where the kernel has no huge page to give, they stay as they are.
///
/// # Errors
/// When /proc isn't mounted, or the kernel forbids private memory to be executed.
pub fn gather() -> Result<usize, SysError> {
    let text = std::fs::read("/proc/self/maps").map_err(|source| SysError {
        call: "read(/proc/self/maps)",
        mend: "mount /proc",
        source,
    })?;
    let lines: Vec<Line<'_>> = text
        .split(|byte| *byte == b'\n')
        .filter_map(Line::parse)
        .collect();
    let mut moved = 0;
    for constant in constants(&lines) {
        for place in windows(constant.run, &lines) {
            if !replace(place, constant)? {
                return Ok(moved);
            }
            moved += 1;
        }
    }
    Ok(moved)
}

/// Mappings of the file that this code is in, as far as nobody may write there.
fn constants(lines: &[Line<'_>]) -> Vec<Constant> {
    let here = gather as *const () as usize;
    let own = lines
        .iter()
        .find(|line| (line.start..line.end).contains(&here));
    let Some(own) = own.filter(|own| own.access() == [true, false, true]) else {
        return Vec::new();
    };
    let of_the_file = lines
        .iter()
        .filter(|line| line.backing == own.backing && line.is_private());
    of_the_file
        .filter_map(|line| {
            let prot = match line.access() {
                [true, false, true] => libc::PROT_READ | libc::PROT_EXEC,
                [true, false, false] => libc::PROT_READ,
                _ => return None,
            };
            let run = PageRun::new(line.start, line.end);
            Some(Constant { run, prot })
        })
        .collect()
}

/// Where huge pages can take the place of `run`, or of a part of it that fills
/// more than a quarter of one, without anything else in the way.
fn windows(run: PageRun, lines: &[Line<'_>]) -> Vec<usize> {
    let first = run.start / HUGE * HUGE;
    let free = |place: usize| {
        let others = lines.iter().filter(|line| line.start != run.start);
        let mut others = others.filter(|line| line.start < place + HUGE && place < line.end);
        others.next().is_none()
    };
    let part = |place: usize| run.end.min(place + HUGE) - run.start.max(place);
    (first..run.end)
        .step_by(HUGE)
        .filter(|place| part(*place) > HUGE / 4 && free(*place))
        .collect()
}

/// Takes `start..end` if nothing is mapped there, so that nobody else can; `false`
/// if it can't be had. What is taken is for [`replace`] to fill.
fn claim(start: usize, end: usize) -> bool {
    if start == end {
        return true;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let wanted = start as *mut libc::c_void;
    // SAFETY: with this flag nothing that exists is replaced.
    let got = unsafe { libc::mmap(wanted, end - start, libc::PROT_NONE, flags, -1, 0) };
    got == wanted
}

/// Puts a copy in one huge page in the place of what is there; `false` if there
/// is no huge page to be had.
fn replace(place: usize, constant: Constant) -> Result<bool, SysError> {
    let room = Mapping::anonymous(2 * HUGE, Access::ReadWrite)?;
    let start = room.address().next_multiple_of(HUGE);
    let copy = start as *mut u8;
    let from = constant.run.start.max(place);
    let bytes = constant.run.end.min(place + HUGE) - from;
    let to = copy.wrapping_add(from - place);
    // SAFETY: the source is mapped from a file that executes, readable, and never
    // written to; the copy has room, for HUGE bytes lie behind the first boundary
    // in the mapping, and the part is within `place..place + HUGE`.
    unsafe { std::ptr::copy_nonoverlapping(from as *const u8, to, bytes) };
    // SAFETY: within the mapping, which is ours.
    if unsafe { collapse(PageRun::new(start, start + HUGE)) } != 1 {
        return Ok(false);
    }
    if !claim(place, from) || !claim(from + bytes, place + HUGE) {
        return Ok(false);
    }
    // SAFETY: within the mapping, to which nothing refers.
    let allowed = unsafe { mprotect(start, HUGE, constant.prot) };
    check("mprotect(PROT_EXEC)", allowed)?;
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    // SAFETY: what is replaced has the same bytes and the same access, so that
    // code may run there throughout, for the call puts one in place of the other
    // at once; what else lies there was claimed.
    let moved = unsafe { libc::mremap(copy.cast(), HUGE, HUGE, flags, place as *mut u8) };
    if moved == libc::MAP_FAILED {
        return Err(SysError::last("mremap"));
    }
    // What is left of the room goes. The hole in it may be somebody's by now.
    let (first, end) = (room.address(), room.address() + room.len());
    room.leak();
    for (from, to) in [(first, start), (start + HUGE, end)] {
        // SAFETY: these pages were the room's, and nothing refers to them.
        unsafe { libc::munmap(from as *mut libc::c_void, to - from) };
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    fn line(start: usize, end: usize) -> Vec<u8> {
        format!("{start:x}-{end:x} r-xp 0 fe:00 42 /x").into_bytes()
    }

    #[test]
    fn huge_pages_fit_between_what_else_is_mapped() {
        let mega = 1 << 20;
        let lines = [(3, 9), (14, 15), (12, 13)].map(|(a, b)| line(a * mega, b * mega));
        let lines: Vec<_> = lines.iter().filter_map(|line| Line::parse(line)).collect();
        let of = |a: usize, b: usize| windows(PageRun::new(a * mega, b * mega), &lines);
        let free = [2, 4, 6, 8].map(|place| place * mega);
        assert_eq!(of(3, 9), free, "what begins and ends within one is enough");
        assert_eq!(of(12, 13), [12 * mega]);
        let close = [(3, 9), (2, 3)].map(|(a, b)| line(a * mega, b * mega));
        let close: Vec<_> = close.iter().filter_map(|line| Line::parse(line)).collect();
        let run = PageRun::new(3 * mega, 9 * mega);
        assert_eq!(windows(run, &close), [4, 6, 8].map(|place| place * mega));
        let small = PageRun::new(3 * mega, 3 * mega + 4096);
        assert!(windows(small, &[]).is_empty(), "not worth a huge page");
    }

    #[test]
    fn code_and_constants_are_the_same_where_they_were_moved() {
        let text = std::fs::read("/proc/self/maps").unwrap();
        let lines = text.split(|byte| *byte == b'\n').filter_map(Line::parse);
        let before = constants(&lines.collect::<Vec<_>>());
        assert!(before.len() >= 2, "{before:?}");
        let copies: Vec<Vec<u8>> = before.iter().map(|it| bytes(it.run).to_vec()).collect();
        let moved = gather().unwrap();
        let most: usize = before.iter().map(|it| it.run.bytes() / HUGE + 2).sum();
        assert!(moved <= most, "{moved}");
        for (constant, copy) in before.iter().zip(&copies) {
            assert!(bytes(constant.run) == copy, "{constant:?}");
        }
    }

    #[test]
    fn part_of_a_file_takes_a_huge_page_and_keeps_its_bytes_and_access() {
        if !kernel_has_huge_pages() {
            return;
        }
        let text: Vec<u8> = (0..HUGE).map(|at| (at % 251) as u8).collect();
        let path = std::env::temp_dir().join(format!("rewind-code-{}", std::process::id()));
        std::fs::write(&path, &text).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        // Far below where the kernel maps what has no address: no other test gets there.
        let place = 1 << 40;
        let start = place + HUGE / 4;
        for prot in [libc::PROT_READ, libc::PROT_READ | libc::PROT_EXEC] {
            let len = HUGE / 2;
            let flags = libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE;
            // SAFETY: nothing is mapped there now.
            let mapped = unsafe {
                let wanted = start as *mut libc::c_void;
                libc::mmap(wanted, len, prot, flags, file.as_raw_fd(), 0)
            };
            assert_eq!(mapped as usize, start);
            let run = PageRun::new(start, start + len);
            assert!(replace(place, Constant { run, prot }).unwrap());
            assert!(bytes(run) == &text[..len]);
            let maps = std::fs::read("/proc/self/maps").unwrap();
            let lines = maps.split(|byte| *byte == b'\n');
            let line = lines
                .filter_map(Line::parse)
                .find(|line| line.start == place);
            let executes = prot & libc::PROT_EXEC != 0;
            assert_eq!(line.unwrap().access(), [true, false, executes]);
            // SAFETY: the test's own, and no longer used.
            unsafe { libc::munmap(place as *mut libc::c_void, HUGE) };
        }
    }

    /// Loud where it hasn't, for then there is nothing to see.
    fn kernel_has_huge_pages() -> bool {
        let room = Mapping::anonymous(2 * HUGE, Access::ReadWrite).unwrap();
        let start = room.address().next_multiple_of(HUGE);
        // SAFETY: within the mapping.
        unsafe { (start as *mut u8).write_bytes(1, HUGE) };
        // SAFETY: within the mapping, which is ours.
        let has = unsafe { collapse(PageRun::new(start, start + HUGE)) } == 1;
        if !has {
            println!("skipped: no huge page to be had");
        }
        has
    }

    fn bytes(run: PageRun) -> &'static [u8] {
        // SAFETY: constants of this executable, which are readable and never change.
        unsafe { std::slice::from_raw_parts(run.start as *const u8, run.bytes()) }
    }
}
