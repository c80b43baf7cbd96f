//! Why a run could not be done.

use crate::event::WorkerId;
use crate::totals::RunTotals;

/// The last worker of a slot that gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWorker {
    /// Which.
    pub worker: WorkerId,
    /// How it ended, as a clause without its subject.
    pub how: String,
    /// The end of what it wrote to its standard error.
    pub stderr_tail: String,
}

impl std::fmt::Display for LastWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "worker {} {}", self.worker, self.how)?;
        match self.stderr_tail.trim_end() {
            "" => Ok(()),
            tail => write!(f, "; it wrote to its standard error:\n{tail}"),
        }
    }
}

/// A run that our own machinery could not carry through.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// No worker can be kept alive. What is left was not run.
    #[error(
        "keep a worker alive: {in_a_row} or more in a row ended before they had answered a case, and \
         {} cases were not run; the last one: {last}", totals.not_run
    )]
    NoWorker {
        /// Workers that ended in a row.
        in_a_row: u32,
        /// The last of them.
        last: Box<LastWorker>,
        /// What was done until then.
        totals: Box<RunTotals>,
    },
    /// The system refused what a run can't do without.
    #[error("start the run: {0}")]
    System(#[from] rewind_sys::SysError),
    /// A thread could not be started.
    #[error("start a thread for a worker: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[source] std::io::Error),
}
