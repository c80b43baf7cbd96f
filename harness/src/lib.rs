//! The parent as a library: starts workers, deals cases out to them, watches
//! them, and sees to it that each case is answered exactly once, whatever dies.
//!
//! ```text
//!               tickets                 frames
//! ┌────────────┐ ─────► ┌───────────┐ ─────────► ┌────────┐
//! │ dispatcher │        │ executor  │            │ worker │   one thread and one
//! │ (caller's  │ ◄───── │ (a thread │ ◄───────── │        │   process for each slot
//! │  thread)   │ notes  │  of ours) │  frames,   └────────┘
//! └─────┬──────┘        └───────────┘  ledger
//!       ▼
//!    events, in one order
//! ```
//!
//! It judges nothing: whether an outcome is the right one is for others to say.

mod config;
mod dispatch;
mod error;
mod event;
mod executor;
mod job;
mod line;
mod pool;
mod queue;
mod recycling;
mod roll;
mod run;
mod source;
mod stop;
mod ticket;
mod totals;
mod workload;

pub use config::{Ahead, Dialect, GuestSetup, Patience, RunConfig, WorkerCommand};
pub use error::{HarnessError, LastWorker};
pub use event::{Death, Event, Running, WorkerId};
pub use pool::{
    Events, Pool, PoolBuilder, PoolError, PoolEvent, Reply, Request, RequestId, Settled, Ticket,
};
pub use recycling::{Limit, Limits, Pause, Recycling};
pub use run::{run, run_cases};
pub use stop::{Stop, StopFlag};
pub use totals::{Ending, RunTotals};

// What the items above consist of, so that an embedder imports this crate alone.
pub use bytes::Bytes;
pub use rewind_plan::CaseId;
pub use rewind_protocol::{
    Attributes, Counters, CrashSite, ErrorPhase, Finished, HelloReply, Isolation, MemoryUse, Nanos,
    Notice, Outcome, Phases, Place, PreambleId, RetireReason, Retiring, Source, Thrown,
    TimeoutOrigin, Tracking, Variant, Verify,
};
pub use rewind_sys::process::ExitStatus;
