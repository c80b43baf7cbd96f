//! Fixed work without clocks, kernel or chance, so that its instructions can be
//! counted: `gate WORK`. Run by `cargo xtask perf-gate`.
//!
//! `nothing` does nothing: what it costs is the start of the process, and is
//! taken off the others. `faults` counts something else: it prints the page faults
//! of tests that use as much memory as the one before them.

use rewind_benches::{
    BATCH, Trace, answers, cases, corpus_of, large_cases, stack_of, string_of, zeroed_once,
};
use rewind_corpus::{Test262, parse_frontmatter, rules::judged};
use rewind_heap::Heap;
use rewind_plan::{Plan, PlanOptions};
use rewind_protocol::{Decoder, Run, encode_finished, encode_run};
use rewind_verdict::{Expected, Verdict, judge};
use std::hint::black_box;
use std::io::Write;
use std::iter;
use std::process::ExitCode;

type Work = (&'static str, fn() -> Option<u64>);

/// Each gives a number that depends on all that it did, `None` if something went wrong.
const WORKS: [Work; 8] = [
    ("nothing", || Some(0)),
    ("codec", codec),
    ("seal", || sent(&large_cases())),
    ("heap", heap),
    ("strings", || strings(20)),
    ("frontmatter", frontmatter),
    ("judge", judging),
    ("plan", plan),
];

const NONCE: u64 = 0x0123_4567_89ab_cdef;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    if name == "faults" {
        let told = faults().and_then(|count| writeln!(std::io::stdout(), "{count}").ok());
        return told.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let work = WORKS.iter().find(|(known, _)| *known == name);
    match work.and_then(|(_, work)| work()) {
        Some(number) => {
            black_box(number);
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

/// A batch of cases and of answers, there and back, 20 times.
fn codec() -> Option<u64> {
    let (cases, answers) = (cases(), answers());
    let mut count = 0;
    for _ in 0..20 {
        count += sent(&cases)?;
        let mut bytes = Vec::new();
        for answer in &answers {
            encode_finished(answer, NONCE, &mut bytes).ok()?;
        }
        let mut decoder = Decoder::for_parent(NONCE);
        decoder.feed(bytes);
        count += counted(iter::from_fn(|| decoder.next().transpose()))?;
    }
    (count == 40 * BATCH).then_some(count)
}

/// Sends cases to a worker's decoder; how many arrive.
fn sent(cases: &[Run]) -> Option<u64> {
    let mut bytes = Vec::new();
    for case in cases {
        encode_run(case, &mut bytes).ok()?;
    }
    let mut decoder = Decoder::for_worker();
    decoder.feed(bytes);
    counted(iter::from_fn(|| decoder.next().transpose()))
}

/// How many items there are; `None` if one is an error.
fn counted<T, E>(mut items: impl Iterator<Item = Result<T, E>>) -> Option<u64> {
    items.try_fold(0, |count, item| item.is_ok().then_some(count + 1))
}

/// A test's calls, 100 times, each ended by dropping what is left.
fn heap() -> Option<u64> {
    let heap = Heap::reserve(64 << 20).ok()?;
    heap.seal();
    let (state, trace) = (heap.snapshot(), Trace::of_a_script(2000));
    let mut peaks = 0;
    for _ in 0..100 {
        black_box(trace.replay(&heap));
        stack_of(&heap, 1000, 48);
        zeroed_once(&heap, 16 << 10);
        peaks += heap.peak_bytes() as u64;
        heap.put_back(&state);
    }
    Some(peaks)
}

/// As many tests that build a string of 8 MiB by appending.
fn strings(count: u64) -> Option<u64> {
    let heap = Heap::reserve(256 << 20).ok()?;
    heap.seal();
    let state = heap.snapshot();
    let mut peaks = 0;
    for _ in 0..count {
        string_of(&heap, 8 << 20);
        peaks += heap.peak_bytes() as u64;
        heap.put_back(&state);
    }
    Some(peaks)
}

/// Page faults of 20 such tests beyond those of three.
fn faults() -> Option<u64> {
    let so_far = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let behind_name = stat.rsplit_once(')')?.1;
        behind_name
            .split_ascii_whitespace()
            .nth(7)?
            .parse::<u64>()
            .ok()
    };
    let of = |count| {
        let before = so_far()?;
        strings(count)?;
        Some(so_far()? - before)
    };
    let few = of(3)?;
    Some(of(23)?.saturating_sub(few))
}

/// A test's source, with every key that frontmatter may have and some text around.
const SOURCE: &[u8] = b"// Copyright (C) 2026. All rights reserved.\n\
// This code is governed by the BSD license found in the LICENSE file.\n\n\
/*---\nesid: sec-addition-operator-plus\ndescription: >\n    The sum of two numbers, where\n    \
either is an object with a valueOf of its own\ninfo: |\n    AdditiveExpression :\n      \
AdditiveExpression + MultiplicativeExpression\n\n    1. Return EvaluateStringOrNumeric(...).\n\
includes: [propertyHelper.js, compareArray.js]\nflags: [onlyStrict, async]\n\
features:\n  - Symbol.toPrimitive\n  - BigInt\n\
negative:\n  phase: runtime\n  type: TypeError\n---*/\n\n\
assert.sameValue(1 + { valueOf() { return 2; } }, 3, 'sum');\n";

/// One source, 5,000 times.
fn frontmatter() -> Option<u64> {
    counted(iter::repeat_n(SOURCE, 5000).map(|source| parse_frontmatter(black_box(source))))
}

/// A batch of answers, 1,000 times.
fn judging() -> Option<u64> {
    let (answers, expected) = (answers(), Expected::default());
    let verdicts = iter::repeat_n(&answers, 1000)
        .flatten()
        .map(|answer| judge(judged(None, false, answer), black_box(&expected), answer).verdict);
    Some(verdicts.filter(|verdict| *verdict == Verdict::Pass).count() as u64)
}

/// A corpus of 10,000 tests, both variants.
fn plan() -> Option<u64> {
    let suite = Test262::new(corpus_of(10_000));
    let plan = Plan::new(&suite, &PlanOptions::default()).ok()?;
    Some(plan.cases.len() as u64)
}
