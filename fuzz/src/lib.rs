//! What the fuzz targets share.

use rewind_protocol::Decoder;
use rewind_protocol::codec::{Incoming, SEAL_KEY, seal};

/// The input in pieces: its first byte says of which size.
pub fn in_pieces(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let (size, stream) = input
        .split_first()
        .map_or((1, input), |(&size, rest)| (size, rest));
    stream.chunks(usize::from(size).max(1)).map(<[u8]>::to_vec)
}

/// A frame of the fields given with a seal that fits, so that what lies behind
/// the seal is reached.
pub fn sealed(key: u64, fields: &[u8]) -> Vec<u8> {
    let mut length = fields.len() + 9;
    let mut frame = Vec::new();
    while length >= 0x80 {
        frame.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    frame.push(length.to_le_bytes()[0]);
    frame.extend_from_slice(fields);
    frame.push(SEAL_KEY);
    frame.extend_from_slice(&seal(key, fields).to_le_bytes());
    frame
}

/// All messages of a stream, up to its end or its first error.
pub fn drain<M: Incoming>(
    mut decoder: Decoder<M>,
    pieces: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<M> {
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        while let Ok(Some(message)) = decoder.next() {
            messages.push(message);
        }
    }
    assert!(decoder.consumed() <= decoder.received());
    messages
}
