//! How long a batch of messages takes to be written and to be read.

use divan::{Bencher, counter::ItemsCount};
use rewind_benches::{BATCH, answers, cases};
use rewind_protocol::{Decoder, encode_finished, encode_run};

const NONCE: u64 = 0x0123_4567_89ab_cdef;

fn main() {
    divan::main();
}

fn case_bytes() -> Vec<u8> {
    let mut out = Vec::new();
    for case in cases() {
        encode_run(&case, &mut out).expect("small enough");
    }
    out
}

fn answer_bytes() -> Vec<u8> {
    let mut out = Vec::new();
    for answer in answers() {
        encode_finished(&answer, NONCE, &mut out).expect("small enough");
    }
    out
}

#[divan::bench]
fn write_cases(bencher: Bencher<'_, '_>) {
    let batch = cases();
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| Vec::with_capacity(256 << 10))
        .bench_refs(|out| {
            for case in &batch {
                encode_run(case, out).expect("small enough");
            }
        });
}

#[divan::bench]
fn write_answers(bencher: Bencher<'_, '_>) {
    let batch = answers();
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| Vec::with_capacity(64 << 10))
        .bench_refs(|out| {
            for answer in &batch {
                encode_finished(answer, NONCE, out).expect("small enough");
            }
        });
}

#[divan::bench]
fn read_cases(bencher: Bencher<'_, '_>) {
    let bytes = case_bytes();
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| bytes.clone())
        .bench_values(|bytes| {
            let mut decoder = Decoder::for_worker();
            decoder.feed(bytes);
            let mut count = 0;
            while decoder.next().expect("good frames").is_some() {
                count += 1;
            }
            assert_eq!(count, BATCH);
        });
}

#[divan::bench]
fn read_answers(bencher: Bencher<'_, '_>) {
    let bytes = answer_bytes();
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| bytes.clone())
        .bench_values(|bytes| {
            let mut decoder = Decoder::for_parent(NONCE);
            decoder.feed(bytes);
            let mut count = 0;
            while decoder.next().expect("good frames").is_some() {
                count += 1;
            }
            assert_eq!(count, BATCH);
        });
}
