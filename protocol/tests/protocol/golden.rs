//! The bytes of every message, as they were when the version that has it was fixed.
//!
//! A file in `tests/golden` holds one frame in hexadecimal, its length first.
//! To add one for a new message, run the tests with `REWIND_GOLDEN=write`; to
//! change one is to break everyone who speaks the version.

use crate::samples::{self, NONCE};
use rewind_protocol::{Decoder, encode_to_parent, encode_to_worker};
use std::fmt::Write as _;
use std::path::PathBuf;

fn hex(frame: &[u8]) -> String {
    let mut text = String::new();
    for line in frame.chunks(32) {
        for byte in line {
            write!(text, "{byte:02x}").expect("a string takes everything");
        }
        text.push('\n');
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits"))
        .collect()
}

/// The frame in a golden file, after it was written if that is asked for.
fn golden(name: &str, frame: &[u8]) -> Vec<u8> {
    let file = format!("{name}.hex");
    let path = [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &file]
        .iter()
        .collect::<PathBuf>();
    if std::env::var("REWIND_GOLDEN").is_ok_and(|mode| mode == "write") && !path.exists() {
        std::fs::write(&path, hex(frame)).expect("the folder is there");
    }
    unhex(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}")))
}

#[test]
fn messages_to_the_worker_have_their_golden_bytes() {
    for (name, message) in samples::to_worker() {
        let mut frame = Vec::new();
        encode_to_worker(&message, &mut frame).unwrap();
        let golden = golden(name, &frame);
        assert_eq!(hex(&frame), hex(&golden), "{name}");
        let mut decoder = Decoder::for_worker();
        decoder.feed(golden);
        assert_eq!(decoder.next(), Ok(Some(message)), "{name}");
        assert_eq!(decoder.finish(), Ok(()), "{name}");
    }
}

#[test]
fn messages_to_the_parent_have_their_golden_bytes() {
    for (name, message) in samples::to_parent() {
        let mut frame = Vec::new();
        encode_to_parent(&message, NONCE, &mut frame).unwrap();
        let golden = golden(name, &frame);
        assert_eq!(hex(&frame), hex(&golden), "{name}");
        let mut decoder = Decoder::for_parent(NONCE);
        decoder.feed(golden);
        assert_eq!(decoder.next(), Ok(Some(message)), "{name}");
        assert_eq!(decoder.finish(), Ok(()), "{name}");
    }
}

/// Small enough to be followed by hand; protocol.md explains these bytes.
#[test]
fn a_ping_is_what_the_documentation_says() {
    let mut frame = Vec::new();
    encode_to_worker(&rewind_protocol::ToWorker::Ping { token: 7 }, &mut frame).unwrap();
    let (length, message) = frame.split_first().unwrap();
    let (fields, seal) = message.split_last_chunk::<8>().unwrap();
    assert_eq!(usize::from(*length), message.len());
    assert_eq!(fields, [0x2a, 2, 0x08, 7, 0x79]);
    let expected = rewind_protocol::codec::seal(0, &[0x2a, 2, 0x08, 7]);
    assert_eq!(u64::from_le_bytes(*seal), expected);
}
