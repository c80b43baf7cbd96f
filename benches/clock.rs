//! What timing the phases of every case costs: one reading of the clock, and all
//! that the host does about phases in a case, to be held beside the median case
//! that `rewind profile` tells.

use divan::{Bencher, black_box};
use rewind_guest::{Host, Phase};
use std::time::Instant;

fn main() {
    divan::main();
}

/// As a case that passes enters them, those that it is in already included.
const CASE: [Phase; 9] = [
    Phase::Load,
    Phase::Load,
    Phase::Compile,
    Phase::Execute,
    Phase::Jobs,
    Phase::Capture,
    Phase::Capture,
    Phase::Restore,
    Phase::Idle,
];

#[divan::bench]
fn reading() -> Instant {
    Instant::now()
}

#[divan::bench]
fn phases_of_a_case(bencher: Bencher<'_, '_>) {
    let host = Host::new();
    bencher.bench_local(|| {
        for phase in CASE {
            black_box(&host).enter(black_box(phase));
        }
        host.phases()
    });
}
