//! What a case tells its host by a name that guest and suite agree on, beside
//! what it prints: that it is done, say. Kept in host memory, so that nothing a
//! case does later takes it back, and counted, so that twice isn't once.

use crate::NameError;
use crate::name::is_name_of;

/// Most different notices of one case.
pub const MAX_NOTICES: usize = 4;

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notice {
    /// Its name.
    pub name: String,
    /// How often it was told; at least 1.
    pub count: u32,
    /// What was said with it the first time; may be empty.
    pub text: String,
}

impl Notice {
    /// Checks a name that came from elsewhere.
    ///
    /// # Errors
    /// If it can't be one.
    pub fn check(name: &str) -> Result<(), NameError> {
        if is_name_of(name) {
            Ok(())
        } else {
            Err(NameError::Form(name.to_owned()))
        }
    }
}

/// A line that stands for a notice where a guest has no other way to tell one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintedNotice {
    /// Name of the notice.
    pub name: &'static str,
    /// The line, without its newline.
    pub line: &'static str,
    /// The line may go on; what follows is the notice's text.
    pub with_text: bool,
}

impl PrintedNotice {
    /// The notice's text, if `line` stands for it.
    #[must_use]
    pub fn text<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let text = line.strip_prefix(self.line.as_bytes())?;
        (self.with_text || text.is_empty()).then_some(text)
    }

    /// The notices that `output` holds by these lines, in their order.
    #[must_use]
    pub fn count(lines: &[Self], output: &[u8]) -> Vec<Notice> {
        let mut notices = Vec::new();
        for kind in lines {
            let mut found = output
                .split(|&byte| byte == b'\n')
                .filter_map(|line| kind.text(line));
            let Some(first) = found.next() else { continue };
            notices.push(Notice {
                name: kind.name.to_owned(),
                count: u32::try_from(found.count() + 1).unwrap_or(u32::MAX),
                text: String::from_utf8_lossy(first).into_owned(),
            });
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [PrintedNotice; 2] = [
        PrintedNotice {
            name: "done",
            line: "Done",
            with_text: false,
        },
        PrintedNotice {
            name: "failed",
            line: "Failed:",
            with_text: true,
        },
    ];

    #[test]
    fn printed_notices_are_whole_lines_or_begin_them() {
        let output = b"Done\nnot Done\nDone.\nFailed:one\nFailed:two\nDone";
        let notice = |name: &str, count, text: &str| Notice {
            name: name.to_owned(),
            count,
            text: text.to_owned(),
        };
        assert_eq!(
            PrintedNotice::count(&LINES, output),
            [notice("done", 2, ""), notice("failed", 2, "one")]
        );
        assert_eq!(PrintedNotice::count(&LINES, b"nothing"), []);
        assert_eq!(PrintedNotice::count(&[], output), []);
    }
}
