//! Names of cases that say more than a name.
//!
//! The dialect has no place for a case's switches. They are put behind its name,
//! where a worker that knows nothing of them finds a name like any other:
//! `test/a.js#strict` and `test/b.js#sloppy,async`.

use crate::{CaseFlags, Variant};

/// Separates a name from the words behind it.
const BEHIND: u8 = b'#';
const ASYNC: &str = "async";
const CANNOT_BLOCK: &str = "cannot-block";

/// Which case a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// Path of the test; any bytes but newline and `:`.
    pub path: &'a [u8],
    /// Which of its executions. For people: a worker treats the source as it comes.
    pub variant: Variant,
    /// Its switches.
    pub flags: CaseFlags,
}

impl Label<'_> {
    /// Appends the name that says all this.
    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.path);
        out.push(BEHIND);
        out.extend_from_slice(self.variant.name().as_bytes());
        for (word, set) in [
            (ASYNC, self.flags.is_async),
            (CANNOT_BLOCK, self.flags.cannot_block),
        ] {
            if set {
                out.push(b',');
                out.extend_from_slice(word.as_bytes());
            }
        }
    }

    /// The switches that a name tells; those it doesn't are off, and words that
    /// are none are left alone.
    #[must_use]
    pub fn flags(name: &[u8]) -> CaseFlags {
        let behind = name.iter().rposition(|&byte| byte == BEHIND);
        let words = behind.and_then(|at| name.get(at + 1..)).unwrap_or_default();
        let says = |wanted: &str| {
            words
                .split(|&byte| byte == b',')
                .any(|word| word == wanted.as_bytes())
        };
        CaseFlags {
            is_async: says(ASYNC),
            cannot_block: says(CANNOT_BLOCK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_back_from_the_name() {
        for (is_async, cannot_block) in [(false, false), (true, false), (false, true), (true, true)]
        {
            let flags = CaseFlags {
                is_async,
                cannot_block,
            };
            let mut name = Vec::new();
            Label {
                path: b"test/a#async.js",
                variant: Variant::Strict,
                flags,
            }
            .put(&mut name);
            assert_eq!(Label::flags(&name), flags, "{name:?}");
        }
    }

    #[test]
    fn name_of_a_stranger_has_no_flags() {
        for name in [&b"a.js"[..], b"async", b"a#asynchronous", b"#", b""] {
            assert_eq!(Label::flags(name), CaseFlags::default(), "{name:?}");
        }
    }
}
