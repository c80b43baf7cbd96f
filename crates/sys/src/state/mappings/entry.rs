//! One mapping as it is compared, and what of it belongs to the heap.

use crate::maps::Line;
use libc::c_int;

/// Addresses from a first byte up to one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First address.
    pub start: usize,
    /// Address behind the last.
    pub end: usize,
}

impl Span {
    pub(super) const fn holds(self, other: Self) -> bool {
        other.start >= self.start && other.end <= self.end
    }
}

/// The guest's heap, which changes without being a test's doing: it commits
/// memory by making it writable, and write tracking may protect it.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// All of the heap that is reserved.
    pub heap: Span,
    /// Where the part ends that can be written.
    pub committed: usize,
    /// Protections inside the heap are the host's affair: only what is mapped counts there.
    pub is_protected: bool,
}

/// One mapping, as far as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) span: Span,
    pub(super) protection: c_int,
    /// Of device, inode and name, and whether it is shared.
    pub(super) backing: u64,
    /// The area of `brk`.
    pub(super) is_break: bool,
    /// The kernel may write to memory for it at any time.
    pub(super) ring: Option<Ring>,
}

/// What asynchronous input and output goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// Of io_setup(2): it can be ended, and what is under way waited for.
    Aio,
    /// Of io_uring_setup(2): what is under way ends some time after its descriptor is closed.
    Uring,
}

impl Ring {
    fn of(backing: &[u8]) -> Option<Self> {
        let is = |name: &[u8]| backing.windows(name.len()).any(|part| part == name);
        match () {
            () if is(b"/[aio]") => Some(Self::Aio),
            () if is(b"anon_inode:[io_uring]") => Some(Self::Uring),
            () => None,
        }
    }
}

impl Entry {
    /// Of a line of /proc/self/maps; `None` for the host's stack, which the
    /// kernel lets grow.
    pub(super) fn of(line: &Line<'_>) -> Option<Self> {
        if line.backing.ends_with(b"[stack]") {
            return None;
        }
        let bits = [libc::PROT_READ, libc::PROT_WRITE, libc::PROT_EXEC];
        let allowed = bits.into_iter().zip(line.access());
        // The offset of a part that was split off grows with its address, so
        // it is left out.
        let shared = [u8::from(!line.is_private())];
        let backing = shared
            .iter()
            .chain(line.backing)
            .fold(0xcbf2_9ce4_8422_2325u64, |sum, byte| {
                (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Some(Self {
            span: Span {
                start: line.start,
                end: line.end,
            },
            protection: allowed.fold(0, |sum, (bit, has)| if has { sum | bit } else { sum }),
            backing,
            is_break: line.backing.ends_with(b"[heap]"),
            ring: Ring::of(line.backing),
        })
    }
}

/// The parts of a mapping before, inside and behind the heap: the kernel joins
/// the heap's with a neighbour's that is protected alike. Inside, who may read
/// and write is left out where that is write tracking's affair.
pub(super) fn cut(entry: Entry, quiet: Quiet) -> [Option<Entry>; 3] {
    let heap = quiet.heap;
    let kept = if quiet.is_protected {
        libc::PROT_EXEC
    } else {
        !0
    };
    let part = |start: usize, end: usize, protection| {
        let span = Span {
            start: entry.span.start.max(start),
            end: entry.span.end.min(end),
        };
        (span.start < span.end).then_some(Entry {
            span,
            protection,
            ..entry
        })
    };
    [
        part(0, heap.start, entry.protection),
        part(heap.start, heap.end, entry.protection & kept),
        part(heap.end, usize::MAX, entry.protection),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[u8]) -> Option<Entry> {
        Entry::of(&Line::parse(line)?)
    }

    #[test]
    fn parse_leaves_the_stack_out_and_tells_backings_apart() {
        let line = b"7f0000-7f2000 r-xp 00001000 fe:00 42      /lib/x.so";
        let entry = parse(line).unwrap();
        assert_eq!(
            entry.span,
            Span {
                start: 0x7f_0000,
                end: 0x7f_2000
            }
        );
        assert_eq!(entry.protection, libc::PROT_READ | libc::PROT_EXEC);
        let other = parse(b"7f0000-7f2000 r-xp 00001000 fe:00 42      /lib/y.so").unwrap();
        assert_ne!(entry.backing, other.backing);
        let later = parse(b"7f1000-7f2000 r-xp 00002000 fe:00 42      /lib/x.so").unwrap();
        assert_eq!(entry.backing, later.backing);
        assert_eq!(
            parse(b"7ff000-7ff100 rw-p 00000000 00:00 0       [stack]"),
            None
        );
        assert!(
            parse(b"7f0000-7f1000 rw-p 00000000 00:00 0       [heap]")
                .unwrap()
                .is_break
        );
        let ring = |line: &[u8]| parse(line).unwrap().ring;
        let aio = b"7f0000-7f1000 rw-s 00000000 00:11 7      /[aio] (deleted)";
        assert_eq!(ring(aio), Some(Ring::Aio));
        let uring = b"7f0000-7f1000 rw-s 00000000 00:11 7    anon_inode:[io_uring]";
        assert_eq!(ring(uring), Some(Ring::Uring));
        assert_eq!(entry.ring, None);
        assert_eq!(parse(b""), None);
    }
}
