//! A worker that has retired and is still there: its successor already works
//! while it ends.
//!
//! It owes no answer any more, only its last words and its end. Who does not
//! end in time is killed.

use super::folder;
use super::link::Link;
use super::talk::Talk;
use crate::config::WorkerCommand;
use crate::event::{Death, WorkerId};
use crate::recycling::Limit;
use crate::ticket::{Left, What};
use rewind_protocol::{Retiring, ToParent};
use rewind_sys::pipe::{Interest, poll};
use rewind_sys::process::ExitStatus;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often it is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(20);

impl std::fmt::Debug for Grave {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Grave");
        debug.field("worker", &self.worker).finish_non_exhaustive()
    }
}

/// The worker, and why it had to go.
pub(super) struct Grave {
    pub(super) worker: WorkerId,
    pub(super) link: Link,
    pub(super) talk: Talk,
    /// When it must have ended.
    pub(super) until: Instant,
    /// What it had said already.
    pub(super) retiring: Option<Retiring>,
    /// The limit of ours that it reached.
    pub(super) limit: Option<Limit>,
}

impl Grave {
    /// It has ended, or has had its time. Waits at most so long.
    pub(super) fn is_over(&mut self, wait: Duration) -> bool {
        self.link.stderr.pump();
        let left = self.until.saturating_duration_since(Instant::now());
        let child = [(self.link.child.as_fd(), Interest::Read)];
        let ended = || !matches!(poll(&child, Some(wait.min(left))), Ok(0));
        left == Duration::ZERO || ended()
    }

    /// Kills what is left of it and says how it left.
    pub(super) fn close(mut self, command: &WorkerCommand, buffer: &mut [u8]) -> What {
        let late = Instant::now() >= self.until;
        let killed = self.link.child.kill_group();
        let ended = killed.and_then(|()| self.link.child.wait()).ok();
        folder::remove(command, self.link.child.pid());
        self.listen(buffer);
        let status = ended.map(|ended| ended.status);
        if status == Some(ExitStatus::Exited(0)) && self.retiring.is_none() {
            self.retiring = self.talk.drained();
        }
        let left = match (self.retiring, self.limit) {
            (Some(retiring), None) => Left::Retired(retiring),
            (Some(retiring), Some(limit)) => Left::Replaced { limit, retiring },
            (None, _) => Left::Died {
                death: match status {
                    Some(status) if !late => Death::Ended(status),
                    _ => Death::Stayed,
                },
                blamed: None,
                suspected: None,
                stderr_tail: self.link.stderr.text(),
            },
        };
        What::Left {
            left,
            requeued: 0,
            ended,
        }
    }

    /// Looks for last words in what it wrote, and in what it committed.
    fn listen(&mut self, buffer: &mut [u8]) {
        let mut intact = self.hear();
        while let Ok(Some(bytes)) = self.link.read(buffer) {
            if !intact {
                break;
            }
            self.talk.feed(bytes);
            intact = self.hear();
        }
        let (talk, nonce) = (&mut self.talk, self.link.nonce);
        let ledger = self.link.ledger();
        let completed = ledger.map(|ledger| talk.complete(&ledger, nonce));
        for message in completed.unwrap_or_default() {
            self.take(message);
        }
    }

    /// `false` if what it says makes no sense.
    fn hear(&mut self) -> bool {
        loop {
            match self.talk.next() {
                Ok(Some(message)) => self.take(message),
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    /// All its cases are answered, or somebody else's: nothing else counts.
    fn take(&mut self, message: ToParent) {
        if let ToParent::Retiring(retiring) = message {
            self.retiring.get_or_insert(retiring);
        }
    }
}
