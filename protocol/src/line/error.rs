//! What can be wrong with a manifest.

/// Why a manifest can't be read on, or an item can't be put into one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A header line has no end.
    #[error(
        "read header {number} of the manifest: no newline within {max} bytes; is the length of the \
         payload before it right?"
    )]
    LongHeader {
        /// Counted from 1.
        number: u64,
        /// Most bytes of a header line, its newline included.
        max: usize,
    },
    /// A header line that is none.
    #[error(
        "read header {number} of the manifest: {text:?} is none; write harness:LEN, \
         source:NAME[:PATH]:LEN, module-source:NAME[:PATH]:LEN, batch-boundary:ID or document:PATH"
    )]
    BadHeader {
        /// Counted from 1.
        number: u64,
        /// The line, as far as it is of use.
        text: String,
    },
    /// What follows a payload isn't a newline.
    #[error(
        "read item {number} of the manifest: its payload of {length} bytes isn't followed by a \
         newline; the length must be that of the payload in bytes"
    )]
    NoNewline {
        /// Of its header, counted from 1.
        number: u64,
        /// As its header says.
        length: u64,
    },
    /// The input ended inside an item.
    #[error("read item {number} of the manifest: the input ends inside of it")]
    CutShort {
        /// Of its header, counted from 1.
        number: u64,
    },
    /// A name or path that the dialect can't carry.
    #[error("put {text:?} into a manifest: it has a `:` or a line break; rename it")]
    Uncarried {
        /// The name or path.
        text: String,
    },
    /// A payload or a header beyond the limits.
    #[error("put {what} of {length} bytes into a manifest: at most {max} are carried")]
    TooLarge {
        /// The payload or the header.
        what: &'static str,
        /// Its bytes.
        length: usize,
        /// The limit.
        max: usize,
    },
}
