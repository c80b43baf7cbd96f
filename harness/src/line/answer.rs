//! From what a worker wrote about a case to an answer.

use bytes::Bytes;
use rewind_protocol::line::{End, Ending, Figures, Remarks, Status};
use rewind_protocol::{
    CrashSite, ErrorPhase, Finished, MemoryUse, Outcome, PrintedNotice, Seq, Thrown, TimeoutOrigin,
};

/// Bytes kept of a case's output: what a worker of ours keeps, and room for its remarks.
const KEPT: usize = (1 << 20) + (256 << 10);
/// Bytes kept of what comes after that.
const TAIL: usize = 128 << 10;

/// What a case has printed so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    kept: Vec<u8>,
    /// The end of what didn't fit: remarks may be in it.
    tail: Vec<u8>,
    /// Bytes that were in `tail` and had to go.
    dropped: u64,
}

impl Output {
    pub(super) fn push(&mut self, text: &[u8]) {
        if self.tail.is_empty() && self.kept.len() + text.len() <= KEPT {
            self.kept.extend_from_slice(text);
            return;
        }
        self.tail.extend_from_slice(text);
        // Cut rarely, so that each byte is moved a few times at most.
        if self.tail.len() > 4 * TAIL {
            let over = self.tail.len() - TAIL;
            self.tail.drain(..over);
            self.dropped += over as u64;
        }
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.tail.clear();
        self.dropped = 0;
    }

    /// The answer to the case that printed this.
    pub(super) fn answer(&mut self, printed: &[PrintedNotice], seq: Seq, end: &End) -> Finished {
        self.kept.append(&mut self.tail);
        let failed = end.status == Status::FAILED;
        let (remarks, length) = Remarks::read(printed, &self.kept, failed);
        let text = self.kept.get(..length).unwrap_or_default();
        let outcome = match &end.figures {
            None => not_run(text),
            Some(_) => outcome(end.status, remarks.ending, text),
        };
        Finished {
            seq,
            outcome,
            notices: remarks.notices,
            output: Bytes::copy_from_slice(text),
            output_dropped: self.dropped,
            markers: Vec::new(),
            phases: end
                .figures
                .as_ref()
                .map(Figures::phases)
                .unwrap_or_default(),
            memory: MemoryUse::default(),
            recovery: None,
            place: None,
        }
    }
}

fn outcome(status: Status, ending: Option<Ending>, text: &[u8]) -> Outcome {
    if let Some(signal) = status.signal() {
        return Outcome::Crashed(CrashSite {
            signal,
            ..CrashSite::default()
        });
    }
    match status {
        Status::PASSED => Outcome::Completed,
        Status::TIMED_OUT => Outcome::TimedOut(TimeoutOrigin::Deadline),
        Status::FAILED => match ending {
            Some(Ending::Threw(phase, thrown)) => Outcome::Threw { phase, thrown },
            Some(Ending::HostError { kind, message }) => Outcome::HostError { kind, message },
            Some(Ending::OutOfMemory) => Outcome::OutOfMemory,
            Some(Ending::Exited(code)) => exited(code),
            None => Outcome::Threw {
                phase: ErrorPhase::RUNTIME,
                thrown: Thrown {
                    message: last_line(text),
                    ..Thrown::default()
                },
            },
        },
        Status(other) => exited(i32::try_from(other).unwrap_or(i32::MAX)),
    }
}

const fn exited(code: i32) -> Outcome {
    Outcome::Exited {
        code,
        worker_died: false,
    }
}

/// An end without figures: the worker could not read the case.
fn not_run(text: &[u8]) -> Outcome {
    let why = last_line(text);
    let reason = format!("the worker could not read it: {why}");
    Outcome::Lost { reason }
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().last().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, status: u32, figures: bool) -> Finished {
        let mut output = Output::default();
        output.push(text.as_bytes());
        let end = End {
            status: Status(status),
            elapsed_us: 1,
            figures: figures.then(Figures::default),
        };
        output.answer(&[], Seq(4), &end)
    }

    #[test]
    fn statuses_become_outcomes() {
        let outcome = |text, status| answer(text, status, true).outcome;
        assert_eq!(outcome("", 0), Outcome::Completed);
        assert_eq!(outcome("", 124), Outcome::TimedOut(TimeoutOrigin::Deadline));
        assert!(matches!(outcome("", 139), Outcome::Crashed(site) if site.signal == 11));
        assert_eq!(outcome("Exited 3\n", 1), exited(3));
        assert_eq!(outcome("Exited 3\n", 0), Outcome::Completed);
        assert_eq!(outcome("", 7), exited(7));
        assert_eq!(outcome("Out of memory\n", 1), Outcome::OutOfMemory);
        assert_eq!(
            outcome("Uncaught pending-promise [host]: m\n", 1),
            Outcome::HostError {
                kind: "pending-promise".to_owned(),
                message: "m".to_owned(),
            }
        );
        let Outcome::Threw { phase, thrown } = outcome("a\nUncaught E [parse]: m\n", 1) else {
            panic!("no throw");
        };
        assert_eq!(
            (phase, &*thrown.name, &*thrown.message),
            (ErrorPhase::named("parse"), "E", "m")
        );
    }

    #[test]
    fn failure_that_tells_nothing_matches_no_negative_test() {
        let Outcome::Threw { thrown, .. } = answer("said\nSyntaxError: x\n", 1, true).outcome
        else {
            panic!("no throw");
        };
        assert_eq!((&*thrown.name, &*thrown.message), ("", "SyntaxError: x"));
    }

    #[test]
    fn case_that_was_not_run_is_lost_whatever_its_status() {
        for status in [0, 1, 124] {
            let finished = answer("no such file\n", status, false);
            let Outcome::Lost { reason } = finished.outcome else {
                panic!("not lost");
            };
            assert_eq!(reason, "the worker could not read it: no such file");
        }
    }

    #[test]
    fn remarks_behind_a_flood_are_found_and_the_flood_is_cut() {
        let line = "x".repeat(999) + "\n";
        let mut output = Output::default();
        for _ in 0..4_000 {
            output.push(line.as_bytes());
        }
        output.push(b"Notices done=1\n");
        let end = End {
            status: Status::PASSED,
            elapsed_us: 1,
            figures: Some(Figures::default()),
        };
        let finished = output.answer(&[], Seq(0), &end);
        assert_eq!(finished.notice("done").unwrap().count, 1);
        assert!(finished.output.len() < KEPT + 5 * TAIL);
        assert_eq!(
            finished.output.len() as u64 + finished.output_dropped,
            4_000_000
        );
        output.clear();
        assert_eq!(output.answer(&[], Seq(1), &end).output.len(), 0);
    }
}
