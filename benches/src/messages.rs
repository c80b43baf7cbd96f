//! Messages as a run over test262 has them.

use bytes::Bytes;
use rewind_protocol::{
    Attributes, ErrorPhase, Finished, MemoryUse, Nanos, Outcome, Phases, PreambleId, Run, Seq,
    Thrown, Variant,
};

/// Messages in a batch: about what one write carries.
pub const BATCH: u64 = 64;

/// A batch of cases with sources of some 1,200 bytes, test262's median.
#[must_use]
pub fn cases() -> Vec<Run> {
    cases_of(35)
}

/// A batch of cases with sources of some 68 KiB, where sealing and copying are all.
#[must_use]
pub fn large_cases() -> Vec<Run> {
    cases_of(2000)
}

fn cases_of(lines: usize) -> Vec<Run> {
    let source = Bytes::from("assert.sameValue(1 + 1, 2, 'sum');\n".repeat(lines));
    let case = |number| Run {
        seq: Seq(number),
        path: format!("test/language/expressions/addition/S11.6.1_A1_T{number}.js"),
        variant: Variant::named(&"sloppy"),
        preamble: PreambleId(0),
        source: source.clone(),
        deadline_ms: 10_000,
        attributes: Attributes::NONE,
    };
    (0..BATCH).map(case).collect()
}

/// A batch of answers, of which one in sixteen threw.
#[must_use]
pub fn answers() -> Vec<Finished> {
    let answer = |number| Finished {
        seq: Seq(number),
        outcome: if number % 16 == 0 {
            threw()
        } else {
            Outcome::Completed
        },
        notices: Vec::new(),
        output: Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases {
            load: Nanos(900),
            compile: Nanos(6_100),
            execute: Nanos(14_200),
            jobs: Nanos(150),
            capture: Nanos(200),
            restore: Nanos(6_800),
        },
        memory: MemoryUse {
            heap_peak: 24 << 10,
            dirty_pages: 37,
        },
    };
    (0..BATCH).map(answer).collect()
}

fn threw() -> Outcome {
    Outcome::Threw {
        phase: ErrorPhase::RUNTIME,
        thrown: Thrown {
            name: "Test262Error".into(),
            message: "Expected SameValue(«1», «2») to be true".into(),
            stack: "    at assert.sameValue (harness/assert.js:60:13)\n    at <eval>:12:1\n".into(),
        },
    }
}
