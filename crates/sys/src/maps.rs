//! The mappings of this process, from /proc/self/maps, for tests: they hold
//! what the program headers say against what the kernel mapped.

use crate::error::SysError;

/// One line of /proc/self/maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MapEntry {
    /// First address.
    pub(crate) start: usize,
    /// Address behind the last.
    pub(crate) end: usize,
    /// Its pages can be written.
    pub(crate) writable: bool,
    /// Writes are private to the process.
    pub(crate) private: bool,
    /// File, or pseudo-name in brackets; empty for anonymous memory.
    pub(crate) name: String,
}

/// All mappings, by address.
///
/// # Errors
/// When /proc isn't mounted.
pub(crate) fn read() -> Result<Vec<MapEntry>, SysError> {
    let text = std::fs::read_to_string("/proc/self/maps").map_err(|source| SysError {
        call: "read(/proc/self/maps)",
        mend: "mount /proc",
        source,
    })?;
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<MapEntry> {
    let mut rest = line;
    let mut field = || {
        let trimmed = rest.trim_start();
        let (word, tail) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
        rest = tail;
        word
    };
    let (range, mode) = (field(), field());
    let (_offset, _device, _inode) = (field(), field(), field());
    let (start, end) = range.split_once('-')?;
    Some(MapEntry {
        start: usize::from_str_radix(start, 16).ok()?,
        end: usize::from_str_radix(end, 16).ok()?,
        writable: mode.as_bytes().get(1) == Some(&b'w'),
        private: mode.as_bytes().get(3) == Some(&b'p'),
        name: rest.trim_start().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_keeps_names_with_spaces() {
        let line = "7f00-7f10 rw-p 00001000 fe:00 42                 /lib/with space.so (deleted)";
        let entry = parse(line).unwrap();
        assert_eq!((entry.start, entry.end), (0x7f00, 0x7f10));
        assert!(entry.writable && entry.private);
        assert_eq!(entry.name, "/lib/with space.so (deleted)");
        assert_eq!(parse("7f00-7f10 r--s 0 00:00 0 ").unwrap().name, "");
    }

    #[test]
    fn read_finds_this_test_itself() {
        let here = read as *const () as usize;
        assert!(
            read()
                .unwrap()
                .iter()
                .any(|entry| (entry.start..entry.end).contains(&here))
        );
    }
}
