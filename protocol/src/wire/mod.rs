//! The messages as they lie on the wire, and the way to and from the domain's types.
//!
//! `docs/rewind.proto` says the same for other languages; a test holds the two
//! against each other. A number that was once given out is never given to
//! another field. Nothing outside the crate may see these types.

mod greeting;
mod hot;
mod names;
mod outcome;
mod put;
mod read_outcome;
mod read_parent;
mod read_worker;
pub(crate) mod to_parent;
pub(crate) mod to_worker;
mod write;

pub(crate) use greeting::{hello_of_stranger, reply_of_stranger};
pub(crate) use hot::{FinishedFrame, RunFrame};
pub(crate) use put::Encode;
pub(crate) use to_parent::Body as ParentBody;
pub(crate) use to_parent::ToParent;
pub(crate) use to_worker::Body as WorkerBody;
pub(crate) use to_worker::ToWorker;
pub(crate) use {to_parent as parent, to_worker as worker};
