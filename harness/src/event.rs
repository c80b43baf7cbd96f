//! What a run tells while it goes on, in one order for everybody.

use rewind_plan::CaseId;
use rewind_protocol::{Finished, HelloReply, Retiring};
use rewind_sys::process::ExitStatus;
use std::time::Duration;

/// One worker process of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId {
    /// Which of the run's places it has, from 0 to the number of workers less 1.
    pub slot: u32,
    /// How many workers had the place before it.
    pub life: u32,
}

impl WorkerId {
    /// The worker that has the place after it.
    pub(crate) const fn next(self) -> Self {
        Self {
            life: self.life + 1,
            ..self
        }
    }
}

impl std::fmt::Display for WorkerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.slot, self.life)
    }
}

/// Why a worker is no more that did not say it retires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// It never came up: could not be started, refused, or did not greet in time.
    Start(String),
    /// It ended.
    Ended(ExitStatus),
    /// It made no progress and was killed.
    Stalled,
    /// A case took its memory beyond the hard limit, and it was killed.
    TooLarge {
        /// Resident bytes when that was seen.
        resident: u64,
        /// The limit.
        limit: u64,
    },
    /// What it sent made no sense, and it was killed.
    Babbled(String),
    /// It had to leave, did not, and was killed.
    Stayed,
    /// The run was interrupted, and it was killed.
    Interrupted,
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(why) => write!(f, "did not start: {why}"),
            Self::Ended(status) => status.fmt(f),
            Self::Stalled => f.write_str("made no progress and was killed"),
            Self::TooLarge { resident, limit } => write!(
                f,
                "held {} MiB, more than {}, and was killed",
                resident >> 20,
                limit >> 20
            ),
            Self::Babbled(why) => write!(f, "broke the protocol and was killed: {why}"),
            Self::Stayed => f.write_str("did not leave when it had to and was killed"),
            Self::Interrupted => f.write_str("was killed because the run was interrupted"),
        }
    }
}

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which worker.
    pub worker: WorkerId,
    /// Its case.
    pub case: CaseId,
    /// For how long it has been at it.
    pub since: Duration,
    /// It has used next to no processor since the last time this was asked.
    pub asleep: bool,
}

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// A worker replied to the greeting.
    WorkerReady {
        /// Which.
        worker: WorkerId,
        /// What it said about itself.
        reply: Box<HelloReply>,
    },
    /// A case was answered, by its worker or, if that died, in its place.
    Answered {
        /// Which case.
        case: CaseId,
        /// 1, or 2 if the first time it was lost.
        attempt: u32,
        /// Who had it.
        worker: WorkerId,
        /// What happened; its `seq` counts within the worker.
        finished: Box<Finished>,
    },
    /// A case could not be sent, for its source or that of its preamble can't be
    /// read or is too large, or the plan says that it can't be run. It counts as settled.
    Unreadable {
        /// Which case.
        case: CaseId,
        /// Names the file and what is wrong with it.
        error: String,
    },
    /// A case was not run, for it was withdrawn before it began
    /// ([`StopFlag::withdraw`](crate::StopFlag::withdraw)). It counts as settled.
    Withdrawn {
        /// Which case.
        case: CaseId,
    },
    /// A worker has something to say to people.
    Diagnostic {
        /// Which worker.
        worker: WorkerId,
        /// What.
        text: String,
    },
    /// A worker said that it retires, and is gone.
    WorkerRetired {
        /// Which.
        worker: WorkerId,
        /// Its last words.
        retiring: Retiring,
        /// Cases that others will run.
        requeued: usize,
        /// Highest resident size it ever had, in bytes.
        peak_rss: u64,
    },
    /// A worker is gone without having said so.
    WorkerDied {
        /// Which.
        worker: WorkerId,
        /// How.
        death: Death,
        /// The case that it died of, which was answered before this event.
        blamed: Option<CaseId>,
        /// The case that it may have died of, which was not answered: it is run again
        /// by itself, and what becomes of it then is its answer.
        suspected: Option<CaseId>,
        /// Cases that others will run.
        requeued: usize,
        /// The end of what it wrote to its standard error.
        stderr_tail: String,
    },
    /// About 100 ms have passed.
    Tick {
        /// What each worker that is at a case is at, by slot. With more than 32
        /// workers they are asked by turns, and what is said here of one may be
        /// several ticks old.
        running: Vec<Running>,
    },
}
