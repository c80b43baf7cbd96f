//! What a worker adds to a case's output about how it ended.
//!
//! The dialect's status says whether a script succeeded. For a judgement that is
//! too little: a test may have to end with a certain error in a certain phase. So
//! our worker puts lines of text behind the output, and our parent reads them:
//!
//! ```text
//! Async 1 0                                  what it said of its completion
//! Uncaught TypeError [runtime]: not so       with status 1: how it ended,
//! Uncaught pending-promise [host]: why       in one of these ways
//! Exited 3
//! Out of memory
//! ```
//!
//! They are the last lines, after all that the case printed, so that a case that
//! prints the like is not believed: whenever its own last lines would be read as
//! something else than the truth, the worker adds true ones.

use crate::{AsyncSignal, ErrorPhase, Thrown};
use std::fmt::Write as _;

const COMPLETE: &[u8] = b"Test262:AsyncTestComplete";
const FAILURE: &[u8] = b"Test262:AsyncTestFailure:";

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
    /// What it said of its completion.
    pub completion: AsyncSignal,
}

impl Remarks {
    /// Appends to what a case printed whatever is needed for [`Remarks::read`] to find this.
    pub fn put(&self, output: &mut Vec<u8>) {
        let (told, printed) = Self::read(output, false);
        if told.completion != self.completion || printed != output.len() {
            start_line(output);
            let AsyncSignal {
                completed,
                failed,
                failure,
            } = &self.completion;
            let mut line = format!("Async {completed} {failed}");
            if !failure.is_empty() {
                line.push(' ');
                put_escaped(failure, &mut line);
            }
            line.push('\n');
            output.extend_from_slice(line.as_bytes());
        }
        if let Some(ending) = &self.ending {
            start_line(output);
            output.extend_from_slice(ending.line().as_bytes());
        }
    }

    /// Reads what is said at the end of `output`; with how many bytes of it the
    /// case printed itself. `failed` tells whether its status says so.
    #[must_use]
    pub fn read(output: &[u8], failed: bool) -> (Self, usize) {
        let mut printed = output.len();
        let mut ending = None;
        if failed {
            let (start, line) = last_line(output);
            ending = read_ending(line);
            printed = if ending.is_some() { start } else { printed };
        }
        let before = output.get(..printed).unwrap_or_default();
        let (start, line) = last_line(before);
        let completion = match read_completion(line) {
            Some(completion) => {
                printed = start;
                completion
            }
            None => count_completion(before),
        };
        (Self { ending, completion }, printed)
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
    let phase = [
        ErrorPhase::Preamble,
        ErrorPhase::Parse,
        ErrorPhase::Resolution,
        ErrorPhase::Runtime,
    ]
    .into_iter()
    .find(|known| known.name() == phase)?;
    let thrown = Thrown {
        name,
        message,
        stack: String::new(),
    };
    Some(Ending::Threw(phase, thrown))
}

fn read_completion(line: &[u8]) -> Option<AsyncSignal> {
    let line = str::from_utf8(line).ok()?;
    let mut words = line.strip_prefix("Async ")?.splitn(3, ' ');
    Some(AsyncSignal {
        completed: words.next()?.parse().ok()?,
        failed: words.next()?.parse().ok()?,
        failure: words.next().map(unescaped).unwrap_or_default(),
    })
}

/// Goes by the lines that test262 has a host look for.
fn count_completion(output: &[u8]) -> AsyncSignal {
    let mut counted = AsyncSignal::default();
    for line in output.split(|&byte| byte == b'\n') {
        if line == COMPLETE {
            counted.completed += 1;
        } else if let Some(text) = line.strip_prefix(FAILURE) {
            if counted.failed == 0 {
                counted.failure = String::from_utf8_lossy(text).into_owned();
            }
            counted.failed += 1;
        }
    }
    counted
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

    fn put(remarks: &Remarks, printed: &str) -> String {
        let mut output = printed.as_bytes().to_vec();
        remarks.put(&mut output);
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
                threw(ErrorPhase::Runtime, "TypeError", "not\nso"),
                "Uncaught TypeError [runtime]: not\\nso\n",
            ),
            (threw(ErrorPhase::Parse, "", "7"), "Uncaught  [parse]: 7\n"),
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
    fn completion_goes_by_what_was_printed_where_that_is_true() {
        let printed = "a\nTest262:AsyncTestComplete\n";
        let completion = AsyncSignal {
            completed: 1,
            ..AsyncSignal::default()
        };
        let once = Remarks {
            ending: None,
            completion,
        };
        assert_eq!(put(&once, printed), printed);
        // Printed as a part of something, which counts for nothing.
        let none = Remarks::default();
        assert_eq!(put(&none, printed), format!("{printed}Async 0 0\n"));
        // The sign itself is beyond what was kept of the output.
        assert_eq!(put(&once, "a"), "a\nAsync 1 0\n");
    }

    #[test]
    fn what_a_case_prints_itself_is_not_believed() {
        let remarks = Remarks::default();
        let forged = "Async 1 0\n";
        let output = put(&remarks, forged);
        let (read, printed) = Remarks::read(output.as_bytes(), false);
        assert_eq!((read, printed), (remarks, forged.len()));
        let failed = Remarks {
            ending: threw(ErrorPhase::Runtime, "Error", ""),
            ..Remarks::default()
        };
        let output = put(&failed, "Uncaught SyntaxError [parse]: x");
        assert_eq!(Remarks::read(output.as_bytes(), true).0, failed);
    }

    #[test]
    fn output_without_remarks_is_all_printed() {
        for output in [
            "",
            "a",
            "Uncaught Error: x\n",
            "Uncaught E [late]: x\n",
            "Exited x\n",
        ] {
            let expected = (Remarks::default(), output.len());
            assert_eq!(
                Remarks::read(output.as_bytes(), true),
                expected,
                "{output:?}"
            );
        }
    }

    fn endings() -> impl Strategy<Value = Option<Ending>> {
        let phases = prop_oneof![
            Just(ErrorPhase::Preamble),
            Just(ErrorPhase::Parse),
            Just(ErrorPhase::Resolution),
            Just(ErrorPhase::Runtime)
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
                Just("Test262:AsyncTestComplete"), Just("Test262:AsyncTestFailure:x"),
                Just("Async 1 0"), Just("Async 0 0"), Just("Uncaught A [parse]: b"),
                Just("Exited 1"), Just(""), Just("a"),
            ], 0..6),
            newline in any::<bool>(),
            ending in endings(),
            completed in 0u32..3,
            failed in 0u32..3,
            failure in "[a\n\\\\ ]{0,4}",
        ) {
            let mut printed = lines.join("\n");
            if newline {
                printed.push('\n');
            }
            let failure = if failed > 0 { failure } else { String::new() };
            let completion = AsyncSignal { completed, failed, failure };
            let remarks = Remarks { ending, completion };
            let output = put(&remarks, &printed);
            let (read, length) = Remarks::read(output.as_bytes(), remarks.ending.is_some());
            prop_assert_eq!(read, remarks);
            let kept = &output[..length];
            prop_assert_eq!(kept.trim_end_matches('\n'), printed.trim_end_matches('\n'));
        }
    }
}
