//! What the worker asks of, and says to, whoever started it: the one seam for all
//! dialects.
//!
//! ```text
//!   session ──► Parent ◄── backends     native: frames and a ledger
//!                  │                    line:   a manifest and lines
//!                  └── pipes
//! ```
//!
//! A dialect turns its own words into the messages of the protocol, and answers
//! into its own words; it decides nothing else.

use crate::WorkerError;
use crate::error::RetireRequest;
use crate::timeline::Begun;
use rewind_checkpoint::TierChoice;
use rewind_guest::Description;
use rewind_protocol::{Counters, Finished, PreambleId, Run, Seq, ToParent, ToWorker};
use std::time::Instant;

/// The answer to a case.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and a box would be an allocation for each case"
)]
#[derive(Debug)]
pub(crate) enum Answer {
    /// As the worker has it.
    Told(Finished),
    /// One frame of the native dialect, sealed in a process of the case's own.
    Sealed { seq: Seq, frame: Vec<u8> },
}

impl Answer {
    /// Bytes of guest memory that the case took at most; 0 where it took none of
    /// this process's.
    pub(crate) fn heap_peak(&self) -> u64 {
        match self {
            Self::Told(finished) => finished.memory.heap_peak,
            Self::Sealed { .. } => 0,
        }
    }
}

/// What a case that runs may say, and may know of the next one.
pub(crate) trait CaseObserver {
    /// A preamble that the case needs is about to be built: that isn't the case's doing.
    fn preparing(&mut self, seq: Seq, preamble: PreambleId) -> Result<(), WorkerError>;

    /// The case is about to run.
    fn begin(&mut self, seq: Seq) -> Result<(), WorkerError>;

    /// It was taken up at `at`; what is to be kept of that, if anybody wants to know.
    fn taken_up(&mut self, at: Instant) -> Option<Begun>;

    /// The case has ended; the guest is being put back.
    fn restoring(&mut self, seq: Seq);

    /// Preamble of the next case, if that is here already.
    fn next_preamble(&self) -> Option<PreambleId>;

    /// The next case if it has arrived, without waiting for it.
    fn next_case(&mut self) -> Result<Option<&Run>, WorkerError>;

    /// Says something to people.
    fn remark(&mut self, text: String) -> Result<(), WorkerError>;
}

/// The other end, as the session sees it.
pub(crate) trait Parent: CaseObserver {
    /// Says what came up, and that it is ready.
    fn greet(&mut self, guest: &Description, tier: &TierChoice) -> Result<(), WorkerError>;

    /// Between two cases: does what may not wait until all cases here have run.
    fn look(&mut self) -> Result<(), WorkerError>;

    /// It wants the worker to end at once.
    fn has_shut_down(&self) -> bool;

    /// The next message that has arrived, without waiting.
    fn next_here(&mut self) -> Result<Option<ToWorker>, WorkerError>;

    /// Waits for a message; `false` if none will come.
    fn wait(&mut self) -> Result<bool, WorkerError>;

    /// Says anything but the answer to a case; it goes out with the next flush.
    fn send(&mut self, message: &ToParent) -> Result<(), WorkerError>;

    /// Answers a case. `resident` is the memory of the worker in bytes, where it
    /// was looked at.
    fn answer(&mut self, answer: Answer, resident: Option<u64>) -> Result<(), WorkerError>;

    /// Writes what is gathered, as far as it is taken.
    fn flush(&mut self) -> Result<(), WorkerError>;

    /// Writes all there is, however long that takes.
    fn finish(&mut self) -> Result<(), WorkerError>;

    /// Memory counts as warm from now on: touches what would be touched later.
    fn warm_up(&self);

    /// No other case will begin.
    fn last_has_ended(&self);

    /// Says last words: why the worker leaves.
    fn retire(&mut self, request: RetireRequest, counters: Counters) -> Result<(), WorkerError>;

    /// Says last words: the worker itself failed.
    fn give_up(&mut self, error: &WorkerError, counters: Counters) -> Result<(), WorkerError>;
}
