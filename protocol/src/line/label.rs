//! Names of cases that say more than a name.
//!
//! The dialect has no place for a case's switches. They are put behind its name,
//! where a worker that knows nothing of them finds a name like any other:
//! `test/a.js#strict,deadline=10000` and `test/b.js#sloppy,deadline=500,async`.

use crate::{CaseFlags, Variant};
use std::io::Write as _;

/// Separates a name from the words behind it.
const BEHIND: u8 = b'#';
const ASYNC: &str = "async";
const CANNOT_BLOCK: &str = "cannot-block";
const DEADLINE: &str = "deadline=";

/// Which case a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// Path of the test; any bytes but newline and `:`.
    pub path: &'a [u8],
    /// Which of its executions. For people: a worker treats the source as it comes.
    pub variant: Variant,
    /// What a worker is to know besides.
    pub switches: Switches,
}

/// What the words behind a name say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Those of the case.
    pub flags: CaseFlags,
    /// Its deadline in ms, if it has one of its own; at least 1.
    pub deadline_ms: Option<u32>,
}

impl Label<'_> {
    /// Appends the name that says all this.
    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.path);
        out.push(BEHIND);
        out.extend_from_slice(self.variant.name().as_bytes());
        if let Some(deadline_ms) = self.switches.deadline_ms {
            // Writing into a `Vec` has no way to fail.
            let _ = write!(out, ",{DEADLINE}{deadline_ms}");
        }
        let flags = self.switches.flags;
        for (word, set) in [(ASYNC, flags.is_async), (CANNOT_BLOCK, flags.cannot_block)] {
            if set {
                out.push(b',');
                out.extend_from_slice(word.as_bytes());
            }
        }
    }
}

impl Switches {
    /// Those that a name tells. Words that are none are left alone.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let behind = name.iter().rposition(|&byte| byte == BEHIND);
        let words = behind.and_then(|at| name.get(at + 1..)).unwrap_or_default();
        let mut switches = Self::default();
        for word in words.split(|&byte| byte == b',') {
            if word == ASYNC.as_bytes() {
                switches.flags.is_async = true;
            } else if word == CANNOT_BLOCK.as_bytes() {
                switches.flags.cannot_block = true;
            } else if let Some(number) = word.strip_prefix(DEADLINE.as_bytes()) {
                let number = str::from_utf8(number)
                    .ok()
                    .and_then(|text| text.parse().ok());
                switches.deadline_ms = number.filter(|&number| number > 0);
            }
        }
        switches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn switches_come_back_from_the_name(
            path in "[a#=,./]{0,12}",
            is_async in any::<bool>(),
            cannot_block in any::<bool>(),
            deadline_ms in proptest::option::of(1..=u32::MAX),
        ) {
            let flags = CaseFlags { is_async, cannot_block };
            let switches = Switches { flags, deadline_ms };
            let label = Label { path: path.as_bytes(), variant: Variant::Strict, switches };
            let mut name = Vec::new();
            label.put(&mut name);
            prop_assert_eq!(Switches::of(&name), switches);
        }
    }

    #[test]
    fn label_has_the_form_that_the_document_shows() {
        let switches = Switches {
            flags: CaseFlags {
                is_async: true,
                cannot_block: true,
            },
            deadline_ms: Some(500),
        };
        let mut name = Vec::new();
        let label = Label {
            path: b"test/b.js",
            variant: Variant::Sloppy,
            switches,
        };
        label.put(&mut name);
        assert_eq!(name, b"test/b.js#sloppy,deadline=500,async,cannot-block");
    }

    #[test]
    fn name_of_a_stranger_has_no_switches() {
        for name in [
            "a.js",
            "async",
            "a#asynchronous",
            "#",
            "",
            "a#deadline=0",
            "a#deadline=x",
        ] {
            assert_eq!(
                Switches::of(name.as_bytes()),
                Switches::default(),
                "{name:?}"
            );
        }
    }
}
