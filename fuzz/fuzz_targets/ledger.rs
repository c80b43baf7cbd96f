//! A ledger that a guest has scribbled over: no panic, and never more than the
//! ring holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rewind_protocol::ledger::LEDGER_HEADER_WORDS;
use rewind_protocol::{LedgerReader, LedgerWriter};
use std::sync::atomic::{AtomicU64, Ordering};

const RING_WORDS: usize = 8;
const NONCE: u64 = 1;

fuzz_target!(|input: &[u8]| {
    let (header, scribbles) = input.split_at(input.len().min(8));
    let from = header
        .iter()
        .fold(0, |from, &byte| from << 8 | u64::from(byte));
    let words: Vec<_> = (0..LEDGER_HEADER_WORDS + RING_WORDS)
        .map(|_| AtomicU64::new(0))
        .collect();
    let mut ledger = LedgerWriter::new(&words, NONCE).expect("there is a ring");
    ledger
        .append(&[7; RING_WORDS * 8])
        .expect("it is as large as the ring");
    // Nine bytes each: which of the first 32 words, and what it becomes.
    for scribble in scribbles.chunks_exact(9) {
        let value = scribble[1..]
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte));
        words[usize::from(scribble[0] % 32)].store(value, Ordering::Relaxed);
    }
    let reader = LedgerReader::new(&words, NONCE).expect("there is a ring");
    let _ = reader.current();
    if let Ok(tail) = reader.tail(from) {
        assert!(tail.len() <= RING_WORDS * 8);
    }
});
