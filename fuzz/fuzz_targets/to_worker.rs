//! Anything at all as a parent's stream: no panic, and what decodes encodes
//! and decodes to the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewind_fuzz::{drain, in_pieces, sealed};
use rewind_protocol::codec::WORKER_KEY;
use rewind_protocol::{Decoder, encode_to_worker};

fuzz_target!(|input: &[u8]| {
    let _ = drain(Decoder::for_worker(), in_pieces(input));
    for message in drain(Decoder::for_worker(), [sealed(WORKER_KEY, input)]) {
        let mut frame = Vec::new();
        encode_to_worker(&message, &mut frame).expect("what came in a frame fits into one");
        assert_eq!(drain(Decoder::for_worker(), [frame]), [message]);
    }
});
