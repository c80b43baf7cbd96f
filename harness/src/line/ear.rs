//! What a worker of the line dialect says, as messages of the native one.
//!
//! ```text
//!            START of the case      END            EXIT
//! between ──────────────────► open ─────► between ──────► leaving
//!    │    that is next              │
//!    └── END, another START ──► no sense to be made of it ◄── START
//! ```
//!
//! Frames have no seal and `BATCH_END` has no name, so the order is what is gone
//! by: a case begins under its own name when it is its turn, and ends once.

use super::answer::Output;
use rewind_protocol::line::{Exit, Frame, Frames, Piece};
use rewind_protocol::{Counters, PrintedNotice, RetireReason, Retiring, Seq, ToParent};
use std::collections::VecDeque;

/// Hears one worker.
#[derive(Debug)]
pub(crate) struct Ear {
    printed: &'static [PrintedNotice],
    frames: Frames,
    /// Cases that were sent and haven't begun, in their order.
    expected: VecDeque<(Seq, Box<[u8]>)>,
    open: Option<Seq>,
    output: Output,
    /// Cases that ended.
    answered: u64,
}

impl Ear {
    /// Hears a worker whose cases tell notices by these lines.
    pub(crate) fn new(printed: &'static [PrintedNotice]) -> Self {
        Self {
            printed,
            frames: Frames::default(),
            expected: VecDeque::new(),
            open: None,
            output: Output::default(),
            answered: 0,
        }
    }

    /// A case was sent under that name.
    pub(crate) fn expect(&mut self, seq: Seq, name: Box<[u8]>) {
        self.expected.push_back((seq, name));
    }

    pub(crate) fn feed(&mut self, read: &[u8]) {
        self.frames.feed(read);
    }

    /// The last words of a worker that ended, with status 0, because it was told to.
    pub(crate) fn drained(&self) -> Retiring {
        self.retiring(RetireReason::Drained, String::new())
    }

    /// The next message; an error if no sense can be made of what comes.
    pub(crate) fn next(&mut self) -> Result<Option<ToParent>, String> {
        loop {
            let frame = match self.frames.next() {
                None => return Ok(None),
                Some(Piece::Text(text)) => {
                    // Between cases it is nobody's.
                    if self.open.is_some() {
                        self.output.push(text);
                    }
                    continue;
                }
                Some(Piece::Frame(frame)) => frame,
            };
            match frame {
                Frame::Start(name) => {
                    let seq = begin(&mut self.expected, self.open, name)?;
                    self.open = Some(seq);
                    self.output.clear();
                    return Ok(Some(ToParent::Started { seq }));
                }
                Frame::End(end) => {
                    let seq = self
                        .open
                        .take()
                        .ok_or("it ends a case while none is open")?;
                    self.answered += 1;
                    let finished = self.output.answer(self.printed, seq, &end);
                    return Ok(Some(ToParent::Finished(Box::new(finished))));
                }
                Frame::Exit(exit) => return Ok(Some(self.leaves(exit))),
                Frame::StdinError { number, .. } => {
                    let text = format!("it could not read its input: error {number}");
                    return Ok(Some(ToParent::Diagnostic { text }));
                }
                Frame::UnexpectedExit { .. } => {
                    let text = "it ended otherwise than at the end of its input".to_owned();
                    return Ok(Some(ToParent::Diagnostic { text }));
                }
                Frame::ManifestEnd(_) => {}
            }
        }
    }

    fn leaves(&self, exit: Exit) -> ToParent {
        let reason = match exit {
            Exit::BetweenTests { .. } => RetireReason::BetweenTestsFault,
            Exit::CrashCount { .. } => RetireReason::CrashLimit,
            Exit::RssExceeded { .. } => RetireReason::RssLimit,
        };
        ToParent::Retiring(self.retiring(reason, exit.to_string()))
    }

    fn retiring(&self, reason: RetireReason, detail: String) -> Retiring {
        let counters = Counters {
            cases: self.answered,
            ..Counters::default()
        };
        Retiring {
            reason,
            detail,
            counters,
        }
    }
}

/// The case that begins under that name, if it may.
fn begin(
    expected: &mut VecDeque<(Seq, Box<[u8]>)>,
    open: Option<Seq>,
    name: &[u8],
) -> Result<Seq, String> {
    let told = || String::from_utf8_lossy(name).into_owned();
    if open.is_some() {
        let name = told();
        return Err(format!(
            "it starts {name:?} before it has ended the case before"
        ));
    }
    match expected.pop_front() {
        Some((seq, wanted)) if *wanted == *name => Ok(seq),
        Some((_, wanted)) => {
            let (name, wanted) = (told(), String::from_utf8_lossy(&wanted));
            Err(format!("it starts {name:?}, and {wanted:?} is next"))
        }
        None => Err(format!("it starts {:?}, which was not asked for", told())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::Outcome;

    const END: &str = "\x01BATCH_END 0 9 1 1 0 0 0 1 1 0 1 1 4\n";

    /// The messages, each in a word, or what makes no sense.
    fn hear(said: &str) -> Result<Vec<String>, String> {
        let mut ear = Ear::new(&[]);
        for (seq, name) in [(0, "a"), (1, "b")] {
            ear.expect(Seq(seq), name.as_bytes().into());
        }
        ear.feed(said.as_bytes());
        let mut messages = Vec::new();
        while let Some(message) = ear.next()? {
            messages.push(match message {
                ToParent::Started { seq } => format!("started {}", seq.0),
                ToParent::Finished(finished) => {
                    let output = String::from_utf8_lossy(&finished.output).into_owned();
                    let kind = finished.outcome.kind();
                    format!("{kind} {} {output:?}", finished.seq.0)
                }
                ToParent::Retiring(retiring) => {
                    format!("retiring {} {}", retiring.reason, retiring.counters.cases)
                }
                other => format!("{other:?}"),
            });
        }
        Ok(messages)
    }

    #[test]
    fn cases_are_answered_in_their_order_with_their_own_output() {
        let said = format!(
            "hello\n\x01BATCH_START a\nx\n\x02\x01BATCH_END 0 1\n{END}between\n\
             \x01BATCH_START b\n\x01BATCH_END 139 9 1 1 0 0 0 1 1 0 1 1 4 5 6\n\
             \x01BATCH_EXIT between_test_crash signal=11 tests=2\n"
        );
        let heard = hear(&said).unwrap();
        assert_eq!(
            heard,
            [
                "started 0",
                "completed 0 \"x\\n\\u{1}BATCH_END 0 1\\n\"",
                "started 1",
                "crashed 1 \"\"",
                "retiring between-tests-fault 2",
            ]
        );
    }

    #[test]
    fn frames_out_of_turn_make_no_sense() {
        for (said, why) in [
            (END.to_owned(), "none is open"),
            ("\x01BATCH_START b\n".to_owned(), "\"a\" is next"),
            (
                "\x01BATCH_START a\n\x01BATCH_START b\n".to_owned(),
                "before it has ended",
            ),
            (format!("\x01BATCH_START a\n{END}{END}"), "none is open"),
            (
                format!("\x01BATCH_START a\n{END}\x01BATCH_START a\n"),
                "\"b\" is next",
            ),
            (
                format!("\x01BATCH_START a\n{END}\x01BATCH_START b\n{END}\x01BATCH_START c\n"),
                "not asked for",
            ),
        ] {
            let error = hear(&said).unwrap_err();
            assert!(error.contains(why), "{said:?}: {error}");
        }
    }

    #[test]
    fn case_without_a_whole_end_stays_open() {
        let cut = END.trim_end();
        assert_eq!(
            hear(&format!("\x01BATCH_START a\n{cut}")).unwrap(),
            ["started 0"]
        );
        let heard = hear(&format!("\x01BATCH_START a\nno newline{END}")).unwrap();
        assert_eq!(heard, ["started 0"]);
    }

    #[test]
    fn unreadable_case_is_lost() {
        let finished = {
            let mut ear = Ear::new(&[]);
            ear.expect(Seq(3), b"a"[..].into());
            ear.feed(b"\x01BATCH_START a\ntoo large\n\x01BATCH_END 1 0\n");
            ear.next().unwrap();
            ear.next().unwrap()
        };
        let Some(ToParent::Finished(finished)) = finished else {
            panic!("not answered");
        };
        assert!(
            matches!(finished.outcome, Outcome::Lost { .. }),
            "{finished:?}"
        );
    }
}
