//! How long a worker takes to put an answer into the ledger, beside its notes
//! of what is running.

use divan::{Bencher, counter::BytesCount};
use rewind_protocol::{LEDGER_WORDS, LedgerWriter, Seq};
use std::sync::atomic::AtomicU64;

fn main() {
    divan::main();
}

fn words() -> Vec<AtomicU64> {
    (0..LEDGER_WORDS).map(|_| AtomicU64::new(0)).collect()
}

#[divan::bench(args = [64, 1000, 65_536])]
fn append(bencher: Bencher<'_, '_>, bytes: usize) {
    let words = words();
    let mut ledger = LedgerWriter::new(&words, 1).expect("room for a ring");
    let frame = vec![0x5a; bytes];
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| ledger.append(&frame).expect("it fits the ring"));
}

#[divan::bench]
fn notes_of_a_case(bencher: Bencher<'_, '_>) {
    let words = words();
    let ledger = LedgerWriter::new(&words, 1).expect("room for a ring");
    bencher.bench_local(|| {
        ledger.begin(Seq(7));
        ledger.restoring(Seq(7));
        ledger.idle(Seq(7));
    });
}
