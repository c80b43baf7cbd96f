//! The executable's code in huge pages of this process's own.
//!
//! A fork leaves the pages of files out of the child's page tables, so that
//! there each piece of code (64 KiB at a time) is a fault anew. Page tables of
//! private memory are copied, and a huge page is one entry of them:
//!
//! ```text
//!   before   |──── code, from the file ─────────────────────────|
//!   after    |─ file ─|═ 2 MiB, huge ═|═ 2 MiB, huge ═|─ file ──|
//! ```
//!
//! Bytes, addresses and access are what they were; only what lies between two
//! boundaries of 2 MiB is moved. The file's name no longer stands at those
//! addresses in /proc/self/maps, so a profiler that goes by it has no names there.

use crate::error::{SysError, check};
use crate::maps::Line;
use crate::memory::{Access, Mapping, collapse};
use crate::pages::PageRun;

/// A huge page, in bytes.
const HUGE: usize = 2 << 20;

/// Moves the executable's code into huge pages where it fills them; how many.
///
/// This is advice: where the kernel has no huge page to give, code stays as it is.
///
/// # Errors
/// When /proc isn't mounted, or the kernel forbids private memory to be executed.
pub fn gather() -> Result<usize, SysError> {
    let Some(code) = own_code()? else {
        return Ok(0);
    };
    let mut moved = 0;
    let mut start = code.start.next_multiple_of(HUGE);
    while start + HUGE <= code.end {
        // SAFETY: `start..start + HUGE` lies within this executable's code, which
        // is never written to nor unmapped.
        if !unsafe { replace(start)? } {
            break;
        }
        moved += 1;
        start += HUGE;
    }
    Ok(moved)
}

/// The mapping of the executable that this code is in.
fn own_code() -> Result<Option<PageRun>, SysError> {
    let here = own_code as *const () as usize;
    let text = std::fs::read("/proc/self/maps").map_err(|source| SysError {
        call: "read(/proc/self/maps)",
        mend: "mount /proc",
        source,
    })?;
    let mut lines = text.split(|byte| *byte == b'\n').filter_map(Line::parse);
    let line = lines.find(|line| {
        (line.start..line.end).contains(&here)
            && line.is_private()
            && line.access() == [true, false, true]
    });
    Ok(line.map(|line| PageRun::new(line.start, line.end)))
}

/// Puts a copy in one huge page in the place of what is there; `false` if there
/// is no huge page to be had.
///
/// # Safety
/// `HUGE` bytes from `place` on are readable, and neither they nor their mapping
/// change meanwhile.
unsafe fn replace(place: usize) -> Result<bool, SysError> {
    let room = Mapping::anonymous(2 * HUGE, Access::ReadWrite)?;
    let start = room.address().next_multiple_of(HUGE);
    let copy = start as *mut u8;
    // SAFETY: the caller vouches for the source; the copy has room, for the mapping
    // has at least HUGE bytes behind the first boundary in it.
    unsafe { std::ptr::copy_nonoverlapping(place as *const u8, copy, HUGE) };
    // SAFETY: within the mapping, which is ours.
    if unsafe { collapse(PageRun::new(start, start + HUGE)) } != 1 {
        return Ok(false);
    }
    let access = libc::PROT_READ | libc::PROT_EXEC;
    // SAFETY: within the mapping, to which nothing refers.
    let allowed = unsafe { libc::mprotect(copy.cast(), HUGE, access) };
    check("mprotect(PROT_EXEC)", allowed)?;
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    // SAFETY: what is replaced has the same bytes and the same access, so that
    // code may run there throughout; the call puts one in place of the other at once.
    let moved = unsafe { libc::mremap(copy.cast(), HUGE, HUGE, flags, place as *mut u8) };
    if moved == libc::MAP_FAILED {
        return Err(SysError::last("mremap"));
    }
    // What is left of the room goes. The hole in it may be somebody's by now.
    let end = room.address() + room.len();
    room.leak();
    for (from, to) in [(end - 2 * HUGE, start), (start + HUGE, end)] {
        // SAFETY: these pages were the room's, and nothing refers to them.
        unsafe { libc::munmap(from as *mut libc::c_void, to - from) };
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_the_same_where_it_was_moved() {
        let code = own_code().unwrap().expect("this is code");
        let before: Vec<u8> = bytes(code).to_vec();
        let moved = gather().unwrap();
        assert!(moved <= code.bytes() / HUGE, "{moved}");
        assert!(bytes(code) == before);
        assert!(own_code().unwrap().is_some(), "what runs is code");
    }

    fn bytes(run: PageRun) -> &'static [u8] {
        // SAFETY: code of this executable, which is readable and never changes.
        unsafe { std::slice::from_raw_parts(run.start as *const u8, run.bytes()) }
    }
}
