//! The parent's side of the line dialect: what a worker is written, and what is
//! made of what it writes.
//!
//! ```text
//! cases ──► Mouth: harness where it changes, source ──► worker
//! messages of the native dialect ◄── Ear: frames, output, remarks ◄──┘
//! ```
//!
//! Above this nothing knows which dialect is spoken: an answer is an answer, the
//! case between its start and its end is the one a dead worker is blamed with.

mod answer;
mod ear;
mod mouth;

pub(crate) use ear::Ear;
pub(crate) use mouth::Mouth;
