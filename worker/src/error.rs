//! What can go wrong with the worker itself. A guest's failure is never one of these.

use rewind_checkpoint::CheckpointError;
use rewind_guard::GuardError;
use rewind_heap::HeapError;
use rewind_protocol::line::LineError;
use rewind_protocol::{CodecError, FrameFault, HandshakeError, LedgerError, RetireReason};
use rewind_sys::SysError;

/// Why the worker can't serve, or can't go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It was started with an argument it doesn't have.
    #[error(
        "understand the argument {0} (see `rewind worker --help`); a worker is started by its parent, as `rewind worker \
         --ledger-fd N`, or as `rewind worker --dialect lambda-v1 [--timeout=SECS] \
         [--no-hot-reload] [--diagnose] [--faults]`, either with [--sandbox [--keep PATH]…] \
         [--memory-limit MIB] [--cpu-limit SECS] [--file-size-limit MIB] [--process-limit N] \
         [--open-files-limit N]"
    )]
    Argument(String),
    /// The parent's stream is not what it should be.
    #[error("read what the parent says")]
    Codec(#[from] CodecError),
    /// The manifest is not what it should be.
    #[error(transparent)]
    Manifest(#[from] LineError),
    /// The versions don't fit.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// A field of the greeting is missing, or makes no sense.
    #[error("understand the greeting")]
    Greeting(#[source] Box<FrameFault>),
    /// The first message was no greeting.
    #[error("shake hands: the parent's first message is no Hello")]
    NoHello,
    /// A message that may not come now.
    #[error("go on: the parent sent {0} where it may not come")]
    Unexpected(&'static str),
    /// The books about forks are wrong.
    #[error("go on: there is {0}")]
    Fork(&'static str),
    /// The ledger can't be used.
    #[error("use the ledger")]
    Ledger(#[from] LedgerError),
    /// There is no guest of this name.
    #[error("find the guest {name:?}; this build has: {known}")]
    UnknownGuest {
        /// What was asked for.
        name: String,
        /// Those there are, parted by commas.
        known: String,
    },
    /// A fault of the worker was asked for that only builds for tests have.
    #[error(
        "inject faults by {0}: this build has none; make one with the feature `testing` \
         (`cargo build -p rewind --features testing`)"
    )]
    NoInjection(String),
    /// The guest did not come up.
    #[error("boot the guest: {0}")]
    Boot(String),
    /// The guest heap can't be made.
    #[error(transparent)]
    Heap(#[from] HeapError),
    /// The guard can't be installed.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The checkpoint failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// Reading from or writing to the parent failed.
    #[error("talk to the parent")]
    Pipe(#[source] std::io::Error),
}

impl WorkerError {
    /// It is to be told under the worker's seal: the worker or its parent failed,
    /// and no case did. What else there is means that nobody can be told.
    pub(crate) const fn is_of_the_worker(&self) -> bool {
        !matches!(
            self,
            Self::Codec(_) | Self::Manifest(_) | Self::NoHello | Self::Pipe(_)
        )
    }

    /// The error and its sources, in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = format!("failed to {self}");
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            let said = error.to_string();
            if !text.contains(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            source = error.source();
        }
        text
    }
}

/// Why the worker is to end by its own choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RetireRequest {
    pub(crate) reason: RetireReason,
    pub(crate) detail: String,
}

impl RetireRequest {
    pub(crate) fn new(reason: RetireReason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}
