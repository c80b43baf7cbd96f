//! From an outcome to what the dialect can say of it.

use crate::error::RetireRequest;
use rewind_protocol::line::{Ending, Exit, Frame, Remarks, Status, escape};
use rewind_protocol::{Notice, Outcome, PrintedNotice, RetireReason};

/// What is to be said of an outcome.
pub(super) enum Told {
    /// The case was run. With status 1, the ending goes behind its output.
    Ran(Status, Option<Ending>),
    /// It was not, for this reason.
    NotRun(String),
}

impl Told {
    pub(super) fn of(outcome: Outcome) -> Self {
        let failed = |ending| Self::Ran(Status::FAILED, Some(ending));
        match outcome {
            Outcome::Completed => Self::Ran(Status::PASSED, None),
            Outcome::Threw { phase, thrown } => failed(Ending::Threw(phase, thrown)),
            Outcome::Crashed(site) => Self::Ran(Status::crashed(site.signal), None),
            Outcome::TimedOut(_) => Self::Ran(Status::TIMED_OUT, None),
            Outcome::Exited { code, .. } => failed(Ending::Exited(code)),
            Outcome::OutOfMemory => failed(Ending::OutOfMemory),
            Outcome::HostError { kind, message } => failed(Ending::HostError { kind, message }),
            Outcome::Lost { reason } => Self::NotRun(reason),
        }
    }
}

/// Appends what a case printed and the host noticed, as lines that no frame looks like.
pub(super) fn put_output(
    output: &[u8],
    markers: &[String],
    (ending, notices): (Option<Ending>, Vec<Notice>),
    printed: &[PrintedNotice],
    out: &mut Vec<u8>,
) {
    let mut output = output.to_vec();
    for marker in markers {
        output.extend_from_slice(marker.as_bytes());
        output.push(b'\n');
    }
    Remarks { ending, notices }.put(printed, &mut output);
    escape(&output, out);
}

/// Appends why the worker leaves. Memory in bytes.
pub(super) fn put_exit(
    request: &RetireRequest,
    rss: u64,
    rss_limit: u64,
    tests: u64,
    out: &mut Vec<u8>,
) {
    let exit = match request.reason {
        RetireReason::RssLimit => Exit::RssExceeded {
            rss_mb: rss >> 20,
            rss_limit_mb: rss_limit >> 20,
            tests,
        },
        // Whatever else it is, the guest can't be put back in place, and no signal struck.
        _ => Exit::BetweenTests { signal: 0, tests },
    };
    Frame::Exit(exit).put(out);
}
