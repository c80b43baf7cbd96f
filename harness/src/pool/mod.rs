//! Running cases for a program that embeds Rewind: no plan, no corpus, no end
//! before it is asked for.
//!
//! ```text
//!  caller's threads        the pool's thread            its workers
//! ┌───────────────┐ Run   ┌───────────────────┐ Order  ┌───────────┐
//! │ Pool, Ticket  │ ────► │ dispatcher of run │ ─────► │ executors │
//! │               │ ◄──── │                   │ ◄───── │           │
//! └───────────────┘ Reply └───────────────────┘  Note  └───────────┘
//! ```
//!
//! It is the same machinery that runs a plan ([`run`](crate::run())), fed by a
//! channel: whatever holds there for exactly one answer, blame, retries and the
//! replacing of workers holds here. Everything belongs to the [`Pool`]: there is
//! no global state, and no signal is handled.

mod builder;
mod error;
mod event;
mod executable;
mod handle;
mod reply;
mod request;
mod requests;
mod serve;
mod ticket;

pub use builder::PoolBuilder;
pub use error::PoolError;
pub use event::{Events, PoolEvent};
pub use handle::Pool;
pub use reply::{Reply, RequestId, Settled};
pub use request::Request;
pub use ticket::Ticket;
