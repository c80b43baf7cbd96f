//! The line dialect `lambda-v1`: what a worker that speaks it reads and writes.
//!
//! ```text
//! to the worker     harness:<len>            one line, then exactly len bytes,
//!                   source:<name>:<len>      then a newline
//! to the parent     0x01 BATCH_START <name>
//!                   what the case printed
//!                   0x01 BATCH_END <status> <elapsed> …
//! ```
//!
//! It carries less than the native dialect: no numbers, no thrown value, no seal.
//! What it lacks is put into text where that harms nobody who doesn't know of it:
//! see [`Remarks`] and [`Label`]. Nothing here does I/O, nothing waits, and how the
//! bytes were cut into pieces on their way makes no difference.

mod error;
mod escape;
mod frame;
mod frames;
mod label;
mod manifest;
mod remarks;
mod texts;

pub use error::LineError;
pub use escape::{escape, unescape_line};
pub use frame::{End, Exit, Figures, Frame, Status};
pub use frames::{Frames, Piece};
pub use label::{Label, Switches};
pub use manifest::{
    Header, Item, MAX_HEADER, MAX_PAYLOAD, Manifest, Payload, put_harness, put_source,
};
pub use remarks::{Ending, Remarks};
pub use texts::TextRules;

/// Name of the dialect, as on the command line.
pub const NAME: &str = "lambda-v1";

/// First byte of every line that isn't output.
const MARK: u8 = 0x01;
