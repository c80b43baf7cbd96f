//! What a trace costs the parent: a batch of answers written as slices with
//! their phases, to nowhere.

use divan::{Bencher, counter::ItemsCount};
use rewind_benches::{BATCH, answers, cases};
use rewind_protocol::{Nanos, Place};
use rewind_report::{About, CaseRecord, Moment, Trace, Verdict};
use std::io;

fn main() {
    divan::main();
}

#[divan::bench]
fn batch_of_answers(bencher: Bencher<'_, '_>) {
    let (cases, mut answers) = (cases(), answers());
    let mut trace = Trace::new(io::sink(), Nanos(0)).with_limit(u64::MAX);
    let mut now = 1_000_000;
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for (case, answer) in cases.iter().zip(&mut answers) {
            now += 40_000;
            answer.place = Some(Place {
                started: Nanos(now),
                ..Place::default()
            });
            let record = CaseRecord {
                path: &case.path,
                variant: case.variant,
                verdict: Verdict::Pass,
                expected: true,
                why: "",
                finished: Some(answer),
                worker: 0,
                worker_life: 0,
                attempt: 1,
                previous: None,
                partial: None,
                about: About::default(),
            };
            trace
                .case(&record, Moment(now + 40_000))
                .expect("nowhere takes everything");
        }
    });
}
