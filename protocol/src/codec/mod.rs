//! Frames: what lies in the pipes between parent and worker.
//!
//! ```text
//! frame:   length (varint, 1 to 4 bytes) | message (length bytes)
//! message: protobuf fields … | 0x79 | seal (8 bytes, least significant first)
//! ```
//!
//! The last field of every message is its [`seal()`]. It is an ordinary fixed64
//! field number 15, so that any protobuf library reads a message as it is, and
//! it is checked before anything else of the message is looked at: bytes that
//! were lost, doubled or slipped in end the stream rather than change a
//! message. On the way to the parent it is keyed with the worker's nonce, which
//! a guest doesn't know.
//!
//! Nothing here reads or writes a descriptor, and nothing trusts a length
//! before it was held against [`MAX_FRAME`].

mod answered;
mod complete;
mod decoder;
mod encode;
mod error;
mod incoming;
mod input;
mod seal;

pub use decoder::Decoder;
pub use encode::{encode_finished, encode_run, encode_to_parent, encode_to_worker};
pub use error::{CodecError, FrameFault};
pub use incoming::Incoming;
pub use seal::{SEAL_BYTES, SEAL_KEY, WORKER_KEY, seal};

/// Most bytes in a message, its seal included; its length prefix is not counted.
pub const MAX_FRAME: usize = 24 << 20;
