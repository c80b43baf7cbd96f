//! What a worker adds to a case's output about how it ended.
//!
//! The dialect's status says whether a script succeeded. For a judgement that is
//! too little: a test may have to end with a certain error in a certain phase. So
//! our worker puts lines of text behind the output, and our parent reads them:
//!
//! ```text
//! Notices done=1 failed=2:too\slate          what it told by name, if it told anything
//! Uncaught TypeError [runtime]: not so       with status 1: how it ended,
//! Uncaught pending-promise [host]: why       in one of these ways
//! Exited 3
//! Out of memory
//! ```
//!
//! They are the last lines, after all that the case printed, so that a case that
//! prints the like is not believed: whenever its own last lines would be read as
//! something else than the truth, the worker adds true ones. Which printed lines
//! stand for notices is for both sides to know ([`PrintedNotice`]): a worker that
//! adds nothing, because it is somebody else's, is then understood as well.

use crate::{ErrorPhase, MAX_NOTICES, Notice, PrintedNotice, Thrown};
use std::fmt::Write as _;

/// Begins the line of notices.
const NOTICES: &str = "Notices";

/// Stands where a throw has its phase, for an error that the host made itself.
const HOST: &str = "host";

/// How a case failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It threw. The stack isn't told.
    Threw(ErrorPhase, Thrown),
    /// The guest's host could not let it go on.
    HostError {
        /// What sort of error.
        kind: String,
        /// More of it, for people.
        message: String,
    },
    /// It ended its process with this status.
    Exited(i32),
    /// The engine ran out of memory.
    OutOfMemory,
}

impl Ending {
    fn line(&self) -> String {
        match self {
            Self::Exited(code) => format!("Exited {code}\n"),
            Self::OutOfMemory => "Out of memory\n".to_owned(),
            Self::Threw(phase, thrown) => uncaught(&thrown.name, phase.name(), &thrown.message),
            Self::HostError { kind, message } => uncaught(kind, HOST, message),
        }
    }
}

fn uncaught(name: &str, phase: &str, message: &str) -> String {
    let mut line = "Uncaught ".to_owned();
    put_escaped(name, &mut line);
    // Writing into a `String` has no way to fail.
    let _ = write!(line, " [{phase}]: ");
    put_escaped(message, &mut line);
    line.push('\n');
    line
}

/// What the output of a case says beyond what the case printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// How it failed; read only where its status says that it did.
    pub ending: Option<Ending>,
    /// What it told by name.
    pub notices: Vec<Notice>,
}

impl Remarks {
    /// Appends to what a case printed whatever is needed for [`Remarks::read`] to
    /// find this. `lines` are those that stand for notices.
    pub fn put(&self, lines: &[PrintedNotice], output: &mut Vec<u8>) {
        let (told, printed) = Self::read(lines, output, false);
        if told.notices != self.notices || printed != output.len() {
            start_line(output);
            output.extend_from_slice(notices_line(&self.notices).as_bytes());
        }
        if let Some(ending) = &self.ending {
            start_line(output);
            output.extend_from_slice(ending.line().as_bytes());
        }
    }

    /// Reads what is said at the end of `output`; with how many bytes of it the
    /// case printed itself. `failed` tells whether its status says so.
    #[must_use]
    pub fn read(lines: &[PrintedNotice], output: &[u8], failed: bool) -> (Self, usize) {
        let mut printed = output.len();
        let mut ending = None;
        if failed {
            let (start, line) = last_line(output);
            ending = read_ending(line);
            printed = if ending.is_some() { start } else { printed };
        }
        let before = output.get(..printed).unwrap_or_default();
        let (start, line) = last_line(before);
        let notices = match read_notices(line) {
            Some(notices) => {
                printed = start;
                notices
            }
            None => PrintedNotice::count(lines, before),
        };
        (Self { ending, notices }, printed)
    }
}

fn start_line(output: &mut Vec<u8>) {
    if output.last().is_some_and(|&last| last != b'\n') {
        output.push(b'\n');
    }
}

/// Where the last line starts, and the line without its newline.
fn last_line(output: &[u8]) -> (usize, &[u8]) {
    let whole = output.strip_suffix(b"\n").unwrap_or(output);
    let start = whole
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    (start, whole.get(start..).unwrap_or_default())
}

fn read_ending(line: &[u8]) -> Option<Ending> {
    let line = String::from_utf8_lossy(line);
    if line == "Out of memory" {
        return Some(Ending::OutOfMemory);
    }
    if let Some(code) = line.strip_prefix("Exited ") {
        return code.parse().ok().map(Ending::Exited);
    }
    let (name, rest) = line.strip_prefix("Uncaught ")?.split_once(" [")?;
    let (phase, message) = rest.split_once("]: ")?;
    let (name, message) = (unescaped(name), unescaped(message));
    if phase == HOST {
        return Some(Ending::HostError {
            kind: name,
            message,
        });
    }
    let phase = ErrorPhase::parse(phase).ok()?;
    let thrown = Thrown {
        name,
        message,
        stack: String::new(),
    };
    Some(Ending::Threw(phase, thrown))
}

fn notices_line(notices: &[Notice]) -> String {
    let mut line = NOTICES.to_owned();
    for Notice { name, count, text } in notices {
        // Writing into a `String` has no way to fail.
        let _ = write!(line, " {name}={count}");
        if !text.is_empty() {
            line.push(':');
            put_word(text, &mut line);
        }
    }
    line.push('\n');
    line
}

fn read_notices(line: &[u8]) -> Option<Vec<Notice>> {
    let line = str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    (words.next() == Some(NOTICES)).then_some(())?;
    let notices: Option<Vec<Notice>> = words.map(read_notice).collect();
    notices.filter(|notices| notices.len() <= MAX_NOTICES)
}

fn read_notice(word: &str) -> Option<Notice> {
    let (name, told) = word.split_once('=')?;
    let (count, text) = told.split_once(':').unwrap_or((told, ""));
    Notice::check(name).ok()?;
    Some(Notice {
        name: name.to_owned(),
        count: count.parse().ok().filter(|&count| count > 0)?,
        text: unescaped(text),
    })
}

/// As one word of the line of notices: without a space or a newline.
fn put_word(text: &str, line: &mut String) {
    for character in text.chars() {
        match character {
            ' ' => line.push_str("\\s"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\\' => line.push_str("\\\\"),
            other => line.push(other),
        }
    }
}

/// As one line without ` [`, which would end a name too early.
fn put_escaped(text: &str, line: &mut String) {
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\\' => line.push_str("\\\\"),
            '[' => line.push_str("\\["),
            other => line.push(other),
        }
    }
}

fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('s') => text.push(' '),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARSE: ErrorPhase = ErrorPhase::named("parse");
    /// The lines that stand for notices here.
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

    fn notice(name: &str, count: u32, text: &str) -> Notice {
        Notice {
            name: name.to_owned(),
            count,
            text: text.to_owned(),
        }
    }

    fn read(output: &[u8], failed: bool) -> (Remarks, usize) {
        Remarks::read(&LINES, output, failed)
    }

    fn put(remarks: &Remarks, printed: &str) -> String {
        let mut output = printed.as_bytes().to_vec();
        remarks.put(&LINES, &mut output);
        String::from_utf8(output).unwrap()
    }

    fn threw(phase: ErrorPhase, name: &str, message: &str) -> Option<Ending> {
        let thrown = Thrown {
            name: name.to_owned(),
            message: message.to_owned(),
            stack: String::new(),
        };
        Some(Ending::Threw(phase, thrown))
    }

    fn host_error(kind: &str, message: &str) -> Option<Ending> {
        Some(Ending::HostError {
            kind: kind.to_owned(),
            message: message.to_owned(),
        })
    }

    #[test]
    fn endings_are_told_in_a_last_line() {
        let cases = [
            (
                threw(ErrorPhase::RUNTIME, "TypeError", "not\nso"),
                "Uncaught TypeError [runtime]: not\\nso\n",
            ),
            (threw(PARSE, "", "7"), "Uncaught  [parse]: 7\n"),
            (
                host_error("pending-promise", "is [pending]"),
                "Uncaught pending-promise [host]: is \\[pending]\n",
            ),
            (Some(Ending::Exited(-3)), "Exited -3\n"),
            (Some(Ending::OutOfMemory), "Out of memory\n"),
        ];
        for (ending, line) in cases {
            let remarks = Remarks {
                ending,
                ..Remarks::default()
            };
            assert_eq!(put(&remarks, "said"), format!("said\n{line}"));
        }
    }

    #[test]
    fn notices_go_by_what_was_printed_where_that_is_true() {
        let printed = "a\nDone\n";
        let once = Remarks {
            ending: None,
            notices: vec![notice("done", 1, "")],
        };
        assert_eq!(put(&once, printed), printed);
        // Printed as a part of something, which counts for nothing.
        let none = Remarks::default();
        assert_eq!(put(&none, printed), format!("{printed}Notices\n"));
        // The sign itself is beyond what was kept of the output.
        assert_eq!(put(&once, "a"), "a\nNotices done=1\n");
    }

    #[test]
    fn what_a_case_prints_itself_is_not_believed() {
        let remarks = Remarks::default();
        let forged = "Notices done=1\n";
        let output = put(&remarks, forged);
        assert_eq!(read(output.as_bytes(), false), (remarks, forged.len()));
        let failed = Remarks {
            ending: threw(ErrorPhase::RUNTIME, "Error", ""),
            ..Remarks::default()
        };
        let output = put(&failed, "Uncaught SyntaxError [parse]: x");
        assert_eq!(Remarks::read(&LINES, output.as_bytes(), true).0, failed);
    }

    #[test]
    fn output_without_remarks_is_all_printed() {
        for output in [
            "",
            "a",
            "Uncaught Error: x\n",
            "Uncaught E [too late]: x\n",
            "Notices done\n",
            "Notices done=0\n",
            "Noticesdone=1\n",
            "Exited x\n",
        ] {
            let expected = (Remarks::default(), output.len());
            assert_eq!(read(output.as_bytes(), true), expected, "{output:?}");
        }
    }

    fn endings() -> impl Strategy<Value = Option<Ending>> {
        let phases = prop_oneof![
            Just(ErrorPhase::PREAMBLE),
            Just(PARSE),
            Just(ErrorPhase::RUNTIME)
        ];
        let text = || "[a\\[\\]:\n\r\\\\ ]{0,8}";
        prop_oneof![
            Just(None),
            any::<i32>().prop_map(|code| Some(Ending::Exited(code))),
            Just(Some(Ending::OutOfMemory)),
            (text(), text()).prop_map(|(kind, message)| host_error(&kind, &message)),
            (phases, text(), text())
                .prop_map(|(phase, name, message)| threw(phase, &name, &message)),
        ]
    }

    proptest! {
        #[test]
        fn remarks_come_back_whatever_was_printed(
            lines in proptest::collection::vec(prop_oneof![
                Just("Done"), Just("Failed:x"),
                Just("Notices done=1"), Just("Notices"), Just("Uncaught A [parse]: b"),
                Just("Exited 1"), Just(""), Just("a"),
            ], 0..6),
            newline in any::<bool>(),
            ending in endings(),
            done in 0u32..3,
            failed in 0u32..3,
            failure in "[a:=\n\\\\ ]{0,4}",
        ) {
            let mut printed = lines.join("\n");
            if newline {
                printed.push('\n');
            }
            let told = [notice("done", done, ""), notice("failed", failed, &failure)];
            let notices = told.into_iter().filter(|notice| notice.count > 0).collect();
            let remarks = Remarks { ending, notices };
            let output = put(&remarks, &printed);
            let (found, length) = read(output.as_bytes(), remarks.ending.is_some());
            prop_assert_eq!(found, remarks);
            let kept = &output[..length];
            prop_assert_eq!(kept.trim_end_matches('\n'), printed.trim_end_matches('\n'));
        }
    }
}
