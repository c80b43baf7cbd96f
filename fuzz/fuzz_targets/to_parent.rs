//! Anything at all as a worker's stream: no panic, and what decodes encodes
//! and decodes to the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewind_fuzz::{drain, in_pieces, sealed};
use rewind_protocol::{Decoder, encode_to_parent};

/// Zero, so that the input need not guess a nonce: an absent one fits.
const NONCE: u64 = 0;

fuzz_target!(|input: &[u8]| {
    let _ = drain(Decoder::for_parent(NONCE), in_pieces(input));
    for message in drain(Decoder::for_parent(NONCE), [sealed(NONCE, input)]) {
        let mut frame = Vec::new();
        encode_to_parent(&message, NONCE, &mut frame).expect("what came in a frame fits into one");
        assert_eq!(drain(Decoder::for_parent(NONCE), [frame]), [message]);
    }
});
