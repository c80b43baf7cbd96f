//! Lines of /proc/self/maps. Nothing here allocates: a line is looked at where
//! the kernel wrote it.

/// One mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// First address.
    pub(crate) start: usize,
    /// Address behind the last.
    pub(crate) end: usize,
    /// `rwxp`, a dash for each that isn't so; `s` for shared.
    mode: [u8; 4],
    /// Device, inode and name, as they stand.
    pub(crate) backing: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads one line, without its end.
    pub(crate) fn parse(line: &'a [u8]) -> Option<Self> {
        let mut rest = line;
        let range = word(&mut rest)?;
        let dash = range.iter().position(|byte| *byte == b'-')?;
        let mode = word(&mut rest)?.first_chunk().copied()?;
        let _offset = word(&mut rest)?;
        Some(Self {
            start: hex(range.get(..dash)?)?,
            end: hex(range.get(dash + 1..)?)?,
            mode,
            backing: rest,
        })
    }

    /// Its pages can be read, written, executed.
    pub(crate) const fn access(&self) -> [bool; 3] {
        let [read, write, execute, _] = self.mode;
        [read == b'r', write == b'w', execute == b'x']
    }

    /// A file is behind it.
    pub(crate) fn is_of_a_file(&self) -> bool {
        let mut words = self.backing.split(|byte| *byte == b' ');
        words.nth(1).is_some_and(|inode| inode != b"0")
    }

    /// Writes are private to the process.
    pub(crate) const fn is_private(&self) -> bool {
        self.mode[3] == b'p'
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_parsed_and_its_name_may_have_spaces() {
        let text = b"7f00-7f10 rw-p 00001000 fe:00 42                 /lib/with space.so (deleted)";
        let line = Line::parse(text).unwrap();
        assert_eq!((line.start, line.end), (0x7f00, 0x7f10));
        assert_eq!(line.access(), [true, true, false]);
        assert!(line.is_private());
        assert!(line.is_of_a_file());
        assert!(
            !Line::parse(b"7f00-7f10 rw-p 0 00:00 0 ")
                .unwrap()
                .is_of_a_file()
        );
        assert!(line.backing.starts_with(b"fe:00 42 "));
        assert!(line.backing.ends_with(b" /lib/with space.so (deleted)"));
        let shared = Line::parse(b"7f00-7f10 r-xs 0 00:00 0 ").unwrap();
        assert_eq!(
            (shared.is_private(), shared.access()),
            (false, [true, false, true])
        );
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in ["", "7f00", "7f00-7f10", "7f00-7f10 rw", "x-y rw-p 0 0 0"] {
            assert_eq!(Line::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn own_code_is_found_in_the_list() {
        let here = Line::parse as *const () as usize;
        let text = std::fs::read("/proc/self/maps").unwrap();
        let mut lines = text.split(|byte| *byte == b'\n').filter_map(Line::parse);
        let line = lines.find(|line| (line.start..line.end).contains(&here));
        assert_eq!(line.unwrap().access(), [true, false, true]);
    }
}
