//! What the dynamic linker has loaded: writable segments and thread-local blocks.

use crate::error::SysError;
use crate::maps::{self, MapEntry};
use crate::pages::PageRun;
use std::ffi::CStr;

/// Writable memory of a shared library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// File name of the library, without its folder.
    pub name: String,
    /// Its pages (data and bss together where they adjoin).
    pub pages: PageRun,
}

/// The calling thread's thread-local block of a shared library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsBlock {
    /// File name of the library, without its folder.
    pub name: String,
    /// Address of the block.
    pub start: usize,
    /// Its length in bytes.
    pub len: usize,
}

/// Writable private segments of every shared library, libc and ld.so among
/// them, but not of the executable itself, which is the host's.
///
/// # Errors
/// When /proc isn't mounted.
pub fn writable_segments() -> Result<Vec<Segment>, SysError> {
    let executable = std::env::current_exe().map_err(|source| SysError {
        call: "readlink(/proc/self/exe)",
        mend: "mount /proc",
        source,
    })?;
    Ok(collect(&maps::read()?, &executable.to_string_lossy()))
}

fn collect(entries: &[MapEntry], executable: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    // End and file of the last mapping that belongs to a file: a bss follows its file without a name.
    let mut last = (0, "");
    for entry in entries {
        let is_file = entry.name.starts_with('/');
        let is_bss = entry.name.is_empty() && entry.start == last.0;
        if is_file {
            last = (entry.end, entry.name.as_str());
        } else if is_bss {
            last.0 = entry.end;
        } else {
            continue;
        }
        if !entry.writable || !entry.private || last.1 == executable {
            continue;
        }
        match segments.last_mut() {
            Some(segment) if segment.pages.end == entry.start => segment.pages.end = entry.end,
            _ => segments.push(Segment {
                name: last.1.rsplit('/').next().unwrap_or(last.1).to_owned(),
                pages: PageRun::new(entry.start, entry.end),
            }),
        }
    }
    segments
}

/// The calling thread's thread-local blocks of every shared library (not the executable's).
#[must_use]
pub fn tls_blocks() -> Vec<TlsBlock> {
    let mut blocks = Vec::new();
    // SAFETY: the callback matches the type and the pointer stays valid for the whole call.
    unsafe { libc::dl_iterate_phdr(Some(collect_tls), (&raw mut blocks).cast()) };
    blocks
}

unsafe extern "C" fn collect_tls(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    blocks: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the dynamic linker passes a valid structure.
    let info = unsafe { &*info };
    // SAFETY: `tls_blocks` passed a pointer to its vector, used by nobody else now.
    let blocks = unsafe { &mut *blocks.cast::<Vec<TlsBlock>>() };
    // SAFETY: the name is a C string that lives as long as the library.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy();
    if name.is_empty() || info.dlpi_tls_data.is_null() {
        return 0;
    }
    // SAFETY: the headers are an array of `dlpi_phnum` entries.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    if let Some(header) = headers.iter().find(|header| header.p_type == libc::PT_TLS) {
        blocks.push(TlsBlock {
            name: name.rsplit('/').next().unwrap_or(&name).to_owned(),
            start: info.dlpi_tls_data as usize,
            len: usize::try_from(header.p_memsz).unwrap_or(0),
        });
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(start: usize, end: usize, writable: bool, name: &str) -> MapEntry {
        MapEntry { start, end, writable, private: true, name: name.to_owned() }
    }

    #[test]
    fn collect_joins_data_and_bss_and_leaves_the_executable_out() {
        let entries = [
            entry(0x1000, 0x2000, true, "/bin/x"),
            entry(0x2000, 0x3000, true, ""),
            entry(0x5000, 0x6000, false, "/lib/a.so"),
            entry(0x6000, 0x7000, true, "/lib/a.so"),
            entry(0x7000, 0x9000, true, ""),
            entry(0x9000, 0xa000, true, "[stack]"),
            entry(0xb000, 0xc000, true, ""),
        ];
        let segments = collect(&entries, "/bin/x");
        assert_eq!(
            segments,
            [Segment { name: "a.so".to_owned(), pages: PageRun::new(0x6000, 0x9000) }]
        );
    }

    #[test]
    fn libc_has_a_segment_and_a_thread_local_block_that_holds_errno() {
        assert!(writable_segments().unwrap().iter().any(|s| s.name.starts_with("libc.so")));
        // SAFETY: errno's address is always valid.
        let errno = unsafe { libc::__errno_location() } as usize;
        let blocks = tls_blocks();
        assert!(blocks.iter().any(|b| (b.start..b.start + b.len).contains(&errno)), "{blocks:?}");
    }
}
