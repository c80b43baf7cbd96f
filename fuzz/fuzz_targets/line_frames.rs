//! Anything at all as what a worker of the line dialect writes: no panic, the same
//! pieces however it is cut, and frames that are written as they were read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewind_fuzz::in_pieces;
use rewind_protocol::line::{Frame, Frames, Piece, Remarks};

/// The pieces as text, for they borrow from what is read into.
fn read(pieces: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
    let (mut frames, mut told) = (Frames::new(), Vec::new());
    for piece in pieces {
        frames.feed(&piece);
        while let Some(piece) = frames.next() {
            if let Piece::Frame(frame) = piece {
                let mut line = Vec::new();
                frame.put(&mut line);
                assert_eq!(line.strip_suffix(b"\n").and_then(Frame::parse), Some(frame));
            }
            told.push(format!("{piece:?}"));
        }
    }
    told.push(format!("{:?}", frames.rest()));
    told
}

fuzz_target!(|input: &[u8]| {
    let whole = in_pieces(input).flatten().collect();
    assert_eq!(read(in_pieces(input)), read([whole]));
    for failed in [false, true] {
        let (_, printed) = Remarks::read(input, failed);
        assert!(printed <= input.len());
    }
});
