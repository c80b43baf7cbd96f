//! Pages that this process shares with no other, which in a fork are those that
//! were written to since: by the child, or by its parent.
//!
//! `/proc/self/pagemap` tells it of each page without any rights (bit 56), so no
//! tracking has to be armed before the fork.

use crate::SysError;
use crate::maps::Line;
use crate::pages::{PAGE_SIZE, PageRun};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The page is there (Documentation/admin-guide/mm/pagemap.rst).
const PRESENT: u64 = 1 << 63;
/// It belongs to a file, or is shared on purpose.
const OF_A_FILE: u64 = 1 << 61;
/// It is mapped once only.
const EXCLUSIVE: u64 = 1 << 56;
/// Entries that are read at once.
const ENTRIES: usize = 512;

fn failed(call: &'static str, source: std::io::Error) -> SysError {
    SysError {
        call,
        mend: "mount /proc",
        source,
    }
}

/// Mappings that may be written to and whose writes nobody else sees, ascending.
///
/// # Errors
/// When /proc isn't mounted.
pub fn writable() -> Result<Vec<PageRun>, SysError> {
    let text = std::fs::read("/proc/self/maps")
        .map_err(|source| failed("read(/proc/self/maps)", source))?;
    let lines = text.split(|byte| *byte == b'\n').filter_map(Line::parse);
    let writable = lines.filter(|line| line.is_private() && line.access()[..2] == [true, true]);
    Ok(writable
        .map(|line| PageRun::new(line.start, line.end))
        .collect())
}

/// Appends the pages of `runs` that are this process's alone, at most `most` of them.
///
/// # Errors
/// When /proc isn't mounted.
pub fn exclusive(runs: &[PageRun], most: usize, found: &mut Vec<usize>) -> Result<(), SysError> {
    let pagemap = File::open("/proc/self/pagemap")
        .map_err(|source| failed("open(/proc/self/pagemap)", source))?;
    let mut entries = [0u8; ENTRIES * size_of::<u64>()];
    for run in runs {
        let mut page = run.start;
        while page < run.end {
            let wanted = ((run.end - page) / PAGE_SIZE).min(ENTRIES) * size_of::<u64>();
            let room = entries.get_mut(..wanted).unwrap_or_default();
            let offset = page / PAGE_SIZE * size_of::<u64>();
            let read = pagemap
                .read_at(room, offset as u64)
                .map_err(|source| failed("read(/proc/self/pagemap)", source))?;
            if read < size_of::<u64>() {
                break;
            }
            for entry in room.get(..read).unwrap_or_default().chunks_exact(8) {
                let entry = u64::from_ne_bytes(entry.try_into().unwrap_or_default());
                if entry & (PRESENT | OF_A_FILE | EXCLUSIVE) == PRESENT | EXCLUSIVE {
                    if found.len() == most {
                        return Ok(());
                    }
                    found.push(page);
                }
                page += PAGE_SIZE;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Access, Mapping};
    use crate::process::{ExitStatus, fork};
    use crate::signal::exit_now;

    #[test]
    fn in_a_child_what_it_wrote_is_its_alone() {
        let mapping = Mapping::anonymous(600 * PAGE_SIZE, Access::ReadWrite).unwrap();
        let start = mapping.address();
        let write = |page: usize, value: u8| {
            let byte = mapping.start().as_ptr().wrapping_add(page * PAGE_SIZE);
            // SAFETY: inside the mapping, which is writable and ours.
            unsafe { byte.write_volatile(value) };
        };
        for page in 0..599 {
            write(page, 1);
        }
        let runs = [PageRun::new(start, start + mapping.len())];
        let mut found = Vec::with_capacity(600);
        // A test has threads: the child may not allocate.
        // SAFETY: as said, it makes system calls and writes to memory of its own.
        let Some(mut child) = (unsafe { fork() }).unwrap() else {
            write(7, 2);
            write(598, 2);
            let told = exclusive(&runs, 600, &mut found).is_ok();
            let expected = [start + 7 * PAGE_SIZE, start + 598 * PAGE_SIZE];
            exit_now(i32::from(!told || found != expected))
        };
        assert_eq!(child.wait().unwrap().status, ExitStatus::Exited(0));
    }

    #[test]
    fn mappings_are_listed_if_they_can_be_written_to() {
        let mapping = Mapping::anonymous(4 * PAGE_SIZE, Access::ReadWrite).unwrap();
        let reserved = Mapping::anonymous(4 * PAGE_SIZE, Access::None).unwrap();
        let runs = writable().unwrap();
        let holds = |address: usize| {
            runs.iter()
                .any(|run| run.start <= address && address < run.end)
        };
        assert!(holds(mapping.address()));
        assert!(!holds(reserved.address()));
    }
}
