//! Runs that build on an earlier one: resumed, of what failed, or replayed.
//!
//! All three read the report that the earlier run left, and refuse one that was
//! made otherwise than this run would be.

pub(super) mod record;
mod replay;
mod rerun;
mod resume;
mod revive;

pub(crate) use replay::replay;
pub(super) use rerun::keep_failed;
pub(super) use resume::Done;
pub(super) use revive::Revived;
