//! Names of cases that say more than a name.
//!
//! The dialect has no place for a case's switches. They are put behind its name,
//! where a worker that knows nothing of them finds a name like any other:
//! `test/a#strict,deadline=10000` and `test/b#plain,deadline=500,quiet`.

use crate::{Attributes, Variant};
use std::io::Write as _;

/// Separates a name from the words behind it.
const BEHIND: u8 = b'#';
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
    pub attributes: Attributes,
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
        for word in self.switches.attributes.names() {
            out.push(b',');
            out.extend_from_slice(word.as_bytes());
        }
    }
}

impl Switches {
    /// Those that a name tells, of the attributes in `known`. Words that are
    /// none are left alone: the name may be a stranger's.
    #[must_use]
    pub fn of(name: &[u8], known: &[&str]) -> Self {
        let behind = name.iter().rposition(|&byte| byte == BEHIND);
        let words = behind.and_then(|at| name.get(at + 1..)).unwrap_or_default();
        let mut switches = Self::default();
        let mut attributes = Vec::new();
        for word in words.split(|&byte| byte == b',') {
            if let Some(&word) = known.iter().find(|known| known.as_bytes() == word) {
                attributes.push(word);
            } else if let Some(number) = word.strip_prefix(DEADLINE.as_bytes()) {
                let number = str::from_utf8(number)
                    .ok()
                    .and_then(|text| text.parse().ok());
                switches.deadline_ms = number.filter(|&number| number > 0);
            }
        }
        if !attributes.is_empty() {
            switches.attributes = Attributes::parse(&attributes.join(",")).unwrap_or_default();
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
            attributes in proptest::sample::select(&["", "one", "two", "one,two"]),
            deadline_ms in proptest::option::of(1..=u32::MAX),
        ) {
            let attributes = Attributes::parse(attributes).unwrap();
            let switches = Switches { attributes, deadline_ms };
            let label = Label { path: path.as_bytes(), variant: Variant::named(&"strict"), switches };
            let mut name = Vec::new();
            label.put(&mut name);
            prop_assert_eq!(Switches::of(&name, &["one", "two"]), switches);
        }
    }

    #[test]
    fn label_has_the_form_that_the_document_shows() {
        let switches = Switches {
            attributes: Attributes::listed(&"async,cannot-block"),
            deadline_ms: Some(500),
        };
        let mut name = Vec::new();
        let label = Label {
            path: b"test/b.js",
            variant: Variant::named(&"sloppy"),
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
                Switches::of(name.as_bytes(), &["async"]),
                Switches::default(),
                "{name:?}"
            );
        }
    }
}
