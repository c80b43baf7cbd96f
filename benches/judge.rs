//! How long the parent takes to judge a batch of answers, and to work out a plan.

use divan::{Bencher, black_box, counter::ItemsCount};
use rewind_benches::{BATCH, answers, corpus_of};
use rewind_corpus::{Test262, rules::judged};
use rewind_plan::{Plan, PlanOptions};
use rewind_verdict::{Expected, Verdict, judge};

fn main() {
    divan::main();
}

#[divan::bench]
fn batch_of_answers(bencher: Bencher<'_, '_>) {
    let (answers, expected) = (answers(), Expected::default());
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let verdicts = answers
            .iter()
            .map(|answer| judge(judged(None, false, answer), black_box(&expected), answer).verdict);
        verdicts.filter(|verdict| *verdict == Verdict::Pass).count()
    });
}

#[divan::bench(args = [1_000, 10_000], sample_count = 20)]
fn plan(bencher: Bencher<'_, '_>, tests: u64) {
    let (suite, options) = (Test262::new(corpus_of(tests)), PlanOptions::default());
    bencher
        .counter(ItemsCount::new(tests))
        .bench_local(|| Plan::new(&suite, &options).expect("a plan"));
}
