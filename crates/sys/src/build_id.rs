//! What the linker has named this executable by: a hash over all that it
//! linked, the engine's code and the flags it was compiled with among it.
//!
//! It is read from the program's own memory, where the note is loaded with the
//! code. No file is opened, for a worker may have none to open.

use std::sync::OnceLock;

/// Type of the note, and its owner.
const BUILD_ID: u32 = 3;
const OWNER: &[u8] = b"GNU\0";

/// The build id of the executable in lower-case hexadecimal; `None` if it was
/// linked without one (`-Wl,--build-id`).
#[must_use]
pub fn build_id() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND.get_or_init(find).as_deref()
}

fn find() -> Option<String> {
    let mut found: Option<String> = None;
    // SAFETY: the callback matches the type and the pointer stays valid for the whole call.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut found).cast()) };
    found
}

/// Looks at the first object alone, which is the executable.
unsafe extern "C" fn look(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    found: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the dynamic linker passes a valid structure.
    let info = unsafe { &*info };
    // SAFETY: `find` passed a pointer to its variable, used by nobody else now.
    let found = unsafe { &mut *found.cast::<Option<String>>() };
    if info.dlpi_phdr.is_null() {
        return 1;
    }
    // SAFETY: the headers are an array of `dlpi_phnum` entries.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let notes = headers.iter().filter(|it| it.p_type == libc::PT_NOTE);
    for header in notes {
        let start = info.dlpi_addr.wrapping_add(header.p_vaddr);
        let (Ok(start), Ok(len)) = (usize::try_from(start), usize::try_from(header.p_memsz)) else {
            continue;
        };
        let first = std::ptr::with_exposed_provenance(start);
        // SAFETY: the segment is mapped, readable and never changed, for as long as the program runs.
        let bytes: &[u8] = unsafe { std::slice::from_raw_parts(first, len) };
        let align = usize::try_from(header.p_align).unwrap_or(4);
        *found = found.take().or_else(|| in_notes(bytes, align));
    }
    1
}

/// The build id among notes, each aligned to `align` bytes (4, or 8).
fn in_notes(mut notes: &[u8], align: usize) -> Option<String> {
    loop {
        let (head, rest) = notes.split_first_chunk::<12>()?;
        let [name_len, len, kind] = words(head);
        let (name, rest) = padded(rest, name_len, 4)?;
        let (description, rest) = padded(rest, len, align.max(4))?;
        if kind == BUILD_ID && name == OWNER {
            let hex = description.iter().map(|byte| format!("{byte:02x}"));
            return Some(hex.collect());
        }
        notes = rest;
    }
}

/// The three numbers that a note begins with.
fn words(head: &[u8; 12]) -> [u32; 3] {
    let (words, _) = head.as_chunks::<4>();
    [0, 1, 2].map(|at| words.get(at).copied().map_or(0, u32::from_ne_bytes))
}

/// `len` bytes, and what follows them and their padding.
fn padded(bytes: &[u8], len: u32, align: usize) -> Option<(&[u8], &[u8])> {
    let len = usize::try_from(len).ok()?;
    let (taken, rest) = bytes.split_at_checked(len)?;
    let padding = len.next_multiple_of(align) - len;
    Some((taken, rest.get(padding..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(kind: u32, owner: &[u8], description: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [owner.len(), description.len()] {
            bytes.extend(u32::try_from(number).unwrap().to_ne_bytes());
        }
        bytes.extend(kind.to_ne_bytes());
        for part in [owner, description] {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn id_is_found_behind_other_notes() {
        let notes = [
            note(1, OWNER, &[0; 16]),
            note(3, b"Go\0", b"other"),
            note(3, OWNER, &[0xab, 0x01, 0xff]),
        ]
        .concat();
        assert_eq!(in_notes(&notes, 4).as_deref(), Some("ab01ff"));
    }

    #[test]
    fn notes_that_end_too_early_have_none() {
        let whole = note(3, OWNER, &[7; 20]);
        assert!(in_notes(&whole, 4).is_some());
        for len in 0..whole.len() {
            assert_eq!(in_notes(&whole[..len], 4), None, "{len} bytes");
        }
        assert_eq!(in_notes(&[0xff; 64], 4), None);
    }

    #[test]
    fn own_id_is_that_of_the_file() {
        let file = std::fs::read("/proc/self/exe").unwrap();
        let Some(id) = build_id() else {
            // Then the file must have none either.
            assert!(!file.windows(4).any(|it| it == OWNER) || !has_id_section(&file));
            return;
        };
        let bytes: Vec<u8> = (0..id.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap())
            .collect();
        let wanted = note(3, OWNER, &bytes);
        assert!(file.windows(wanted.len()).any(|it| it == wanted), "{id}");
    }

    fn has_id_section(file: &[u8]) -> bool {
        let name = b".note.gnu.build-id";
        file.windows(name.len()).any(|it| it == name)
    }
}
