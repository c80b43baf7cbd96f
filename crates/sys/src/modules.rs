//! What the dynamic linker has loaded: writable segments and thread-local blocks.

use crate::pages::{self, PageRun};
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

/// Writable segments of every shared library, libc and ld.so among them, as
/// their program headers give them: data and bss, without what the linker
/// makes read-only after relocation. The executable's own are the host's.
///
/// The headers are asked rather than /proc/self/maps: the kernel joins a bss
/// with whatever anonymous mapping happens to lie behind it, and that may be
/// the host's.
#[must_use]
pub fn writable_segments() -> Vec<Segment> {
    let mut segments = Vec::new();
    // SAFETY: the callback matches the type and the pointer stays valid for the whole call.
    unsafe { libc::dl_iterate_phdr(Some(collect_segments), (&raw mut segments).cast()) };
    segments
}

unsafe extern "C" fn collect_segments(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    segments: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the dynamic linker passes a valid structure.
    let info = unsafe { &*info };
    // SAFETY: `writable_segments` passed a pointer to its vector, used by nobody else now.
    let segments = unsafe { &mut *segments.cast::<Vec<Segment>>() };
    // SAFETY: it is the dynamic linker's structure.
    let Some((name, headers)) = (unsafe { library(info) }) else {
        return 0;
    };
    let base = usize::try_from(info.dlpi_addr).unwrap_or(0);
    let span = |header: &libc::Elf64_Phdr| {
        let start = base.wrapping_add(usize::try_from(header.p_vaddr).unwrap_or(0));
        (
            start,
            start.wrapping_add(usize::try_from(header.p_memsz).unwrap_or(0)),
        )
    };
    let relro = headers
        .iter()
        .find(|header| header.p_type == libc::PT_GNU_RELRO)
        .map(span);
    let writable = |header: &&libc::Elf64_Phdr| {
        header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W != 0
    };
    segments.extend(
        headers
            .iter()
            .filter(writable)
            .map(span)
            .filter_map(|segment| {
                let pages = without_relro(segment, relro);
                (!pages.is_empty()).then(|| Segment {
                    name: name.clone(),
                    pages,
                })
            }),
    );
    0
}

/// The pages of a segment that stay writable: RELRO is a part at its start, to a whole page.
fn without_relro((start, end): (usize, usize), relro: Option<(usize, usize)>) -> PageRun {
    let start = match relro {
        Some((from, to)) if from < end && to > start => pages::floor(to).max(pages::floor(start)),
        _ => pages::floor(start),
    };
    PageRun::new(start, pages::ceil(end))
}

/// File name and program headers of a shared library; `None` for the executable.
///
/// # Safety
/// `info` comes from the dynamic linker.
unsafe fn library(info: &libc::dl_phdr_info) -> Option<(String, &[libc::Elf64_Phdr])> {
    // SAFETY: the name is a C string that lives as long as the library.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy();
    if name.is_empty() {
        return None;
    }
    // SAFETY: the headers are an array of `dlpi_phnum` entries.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    Some((name.rsplit('/').next().unwrap_or(&name).to_owned(), headers))
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
    // SAFETY: it is the dynamic linker's structure.
    let Some((name, headers)) = (unsafe { library(info) }) else {
        return 0;
    };
    if info.dlpi_tls_data.is_null() {
        return 0;
    }
    if let Some(header) = headers.iter().find(|header| header.p_type == libc::PT_TLS) {
        blocks.push(TlsBlock {
            name,
            start: info.dlpi_tls_data as usize,
            len: usize::try_from(header.p_memsz).unwrap_or(0),
        });
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_relro_keeps_what_stays_writable() {
        let pages = |segment, relro| {
            let run = without_relro(segment, relro);
            (run.start, run.end)
        };
        assert_eq!(pages((0x1234, 0x4010), None), (0x1000, 0x5000));
        assert_eq!(
            pages((0x1234, 0x4010), Some((0x1234, 0x3000))),
            (0x3000, 0x5000)
        );
        assert_eq!(
            pages((0x1234, 0x2ff0), Some((0x1234, 0x3000))),
            (0x3000, 0x3000)
        );
        assert_eq!(
            pages((0x8000, 0x9000), Some((0x1234, 0x3000))),
            (0x8000, 0x9000)
        );
    }

    #[test]
    fn segments_are_mapped_private_and_writable() {
        let text = std::fs::read("/proc/self/maps").unwrap();
        let lines = || {
            let lines = text.split(|byte| *byte == b'\n');
            lines.filter_map(crate::maps::Line::parse)
        };
        for segment in writable_segments() {
            for page in (segment.pages.start..segment.pages.end).step_by(crate::PAGE_SIZE) {
                let mut holding = lines().filter(|line| (line.start..line.end).contains(&page));
                let line = holding.next().unwrap();
                let writable = line.access()[1];
                assert!(writable && line.is_private(), "{segment:?} {line:?}");
            }
        }
    }

    #[test]
    fn libc_has_a_segment_and_a_thread_local_block_that_holds_errno() {
        assert!(
            writable_segments()
                .iter()
                .any(|s| s.name.starts_with("libc.so"))
        );
        // SAFETY: errno's address is always valid.
        let errno = unsafe { libc::__errno_location() } as usize;
        let blocks = tls_blocks();
        assert!(
            blocks
                .iter()
                .any(|b| (b.start..b.start + b.len).contains(&errno)),
            "{blocks:?}"
        );
    }
}
