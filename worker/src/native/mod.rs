//! The native dialect: messages in frames, answers in a ledger and a pipe.

mod inbox;
mod outbox;
mod parent;

pub(crate) use inbox::Inbox;
pub(crate) use outbox::Outbox;
pub(crate) use parent::NativeParent;
