//! What can be wrong with a stream, and with a message that is to go into one.

use super::MAX_FRAME;
use crate::case::Seq;
use crate::handshake::{HandshakeError, Version};
use crate::ledger::LedgerError;

/// Why a message could not be encoded or a stream not decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A message is too large to be sent.
    #[error("encode {what}: it takes {length} bytes and a frame holds at most {MAX_FRAME}")]
    Oversized {
        /// Which message; of a case, its number and path.
        what: String,
        /// Bytes it would take.
        length: usize,
    },
    /// A frame is not what it should be. The stream is of no use from here on.
    #[error("read the frame at byte {at} of the stream: {fault}")]
    Frame {
        /// Offset of the frame's first byte.
        at: u64,
        /// What is wrong with it.
        fault: FrameFault,
    },
    /// The stream ended inside a frame.
    #[error("read the frame at byte {at} of the stream: the stream ends {have} bytes into it")]
    Cut {
        /// Offset of the frame's first byte.
        at: u64,
        /// Bytes of it that came.
        have: u64,
    },
    /// The ledger can't complete the stream.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What is wrong with a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Its length can't be read.
    #[error(
        "its length is no varint of at most 4 bytes; \
         has something else than the protocol been written to the stream?"
    )]
    Length,
    /// It says that it is longer than a frame may be.
    #[error("it claims {0} bytes and may have at most {MAX_FRAME}")]
    TooLong(usize),
    /// It is too short for a seal, or the seal isn't where it belongs.
    #[error("it doesn't end in a seal; is the other side of an older kind?")]
    Unsealed,
    /// It was changed on its way, or was never sealed by the other side.
    #[error("its seal doesn't fit; something has cut the stream or written into it")]
    Seal,
    /// It carries another worker's nonce, or none.
    #[error("it carries the nonce {found:#x} and this worker's is another; it was forged")]
    Nonce {
        /// What it carries.
        found: u64,
    },
    /// It isn't protobuf.
    #[error("{0}")]
    Protobuf(#[from] prost::DecodeError),
    /// It holds no message, or one of a newer version.
    #[error("it holds no message that version {} knows", Version::CURRENT)]
    Unknown,
    /// A field is missing or out of its range.
    #[error("field `{field}` of {message} {problem}")]
    Field {
        /// Name of the message in `rewind.proto`.
        message: &'static str,
        /// Name of the field there.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// A field of the parent's greeting is missing or out of its range.
    #[error("{fault}")]
    Greeting {
        /// The parent's nonce, by which it can be refused.
        nonce: u64,
        /// What is wrong.
        fault: Box<FrameFault>,
    },
    /// The greeting is of another protocol.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// A case is sent or answered again.
    #[error("{message} comes a second time, or late, for case {}", seq.0)]
    Repeated {
        /// Name of the message in `rewind.proto`.
        message: &'static str,
        /// Which case.
        seq: Seq,
    },
}

impl FrameFault {
    pub(crate) const fn missing(message: &'static str, field: &'static str) -> Self {
        Self::Field {
            message,
            field,
            problem: "is missing",
        }
    }

    pub(crate) const fn field(
        message: &'static str,
        field: &'static str,
        problem: &'static str,
    ) -> Self {
        Self::Field {
            message,
            field,
            problem,
        }
    }
}
