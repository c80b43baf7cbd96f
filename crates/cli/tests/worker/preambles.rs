//! Layers: what cases find that run on a preamble, and what they are told if
//! it fails.

use crate::parent::{Parent, case, hello, preamble};
use rewind_protocol::{
    ErrorPhase, Finished, Hello, Outcome, PreambleId, RetireReason, Run, TimeoutOrigin, ToParent,
    ToWorker,
};

/// A case on a preamble.
fn on(id: u32, source: &str) -> Run {
    Run {
        preamble: PreambleId(id),
        ..case(source)
    }
}

fn declare(parent: &mut Parent, id: u32, below: Option<u32>, source: &str) {
    parent.say(&ToWorker::Preamble(preamble(id, below, source)));
}

fn said(finished: &Finished) -> &str {
    std::str::from_utf8(&finished.output).expect("UTF-8")
}

#[test]
fn preamble_that_was_never_sent_loses_the_case_alone() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 3, Some(4), "1;");
    for (id, missing) in [(9, 9), (3, 3)] {
        let outcome = parent.run(on(id, "1;")).outcome;
        let reason = format!("preamble {missing} was never sent");
        assert_eq!(outcome, Outcome::Lost { reason });
    }
    assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    // It may still come.
    declare(&mut parent, 4, None, "var four = 4;");
    assert_eq!(said(&parent.run(on(3, "print(four);"))), "4\n");
}

#[test]
fn tree_of_preambles_is_seen_by_each_case_as_its_own_branch() {
    let mut parent = Parent::ready(hello());
    declare(
        &mut parent,
        0,
        None,
        "var log = ['base']; print('not of any case');",
    );
    declare(&mut parent, 1, Some(0), "log.push('left');");
    declare(&mut parent, 2, Some(0), "log.push('right');");
    declare(&mut parent, 7, Some(2), "log.push('deep');");
    let branches = [
        (0, "base"),
        (1, "base,left"),
        (2, "base,right"),
        (7, "base,right,deep"),
    ];
    let mut random = 7_usize;
    for _ in 0..40 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let (id, expected) = branches[(random >> 33) % branches.len()];
        let finished = parent.run(on(id, "print(log.join()); log.push('dirt');"));
        assert_eq!(said(&finished), format!("{expected}\n"));
    }
    assert_eq!(said(&parent.run(case("print(typeof log);"))), "undefined\n");
    assert_eq!(parent.drain().counters.layers_built, 1 + 4);
}

#[test]
fn ping_is_answered_when_all_preambles_before_it_are_built() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 0, None, "var base = 1;");
    declare(&mut parent, 1, Some(0), "throw new Error('broken');");
    declare(&mut parent, 2, Some(0), "var more = base + 1;");
    parent.say(&ToWorker::Ping { token: 7 });
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 7 }));
    // The engine and all three, before there was a case.
    assert_eq!(parent.drain().counters.layers_built, 4);
}

#[test]
fn warm_worker_gives_each_case_its_own_layer() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 0, None, "var base = 1;");
    declare(&mut parent, 1, Some(0), "var more = base + 1;");
    parent.say(&ToWorker::Ping { token: 7 });
    assert_eq!(parent.hear(), Some(ToParent::Pong { token: 7 }));
    for _ in 0..2 {
        let source = "print(typeof base, typeof more); base = 'dirt';";
        assert_eq!(said(&parent.run(on(0, source))), "number undefined\n");
        assert_eq!(said(&parent.run(on(1, source))), "number number\n");
        assert_eq!(
            said(&parent.run(case("print(typeof base);"))),
            "undefined\n"
        );
    }
    assert_eq!(parent.drain().counters.layers_built, 3);
}

/// Nothing more may be built beside a thread that runs on.
#[test]
fn thread_that_a_preamble_leaves_ends_a_worker_that_makes_ready() {
    let mut parent = Parent::ready(hello());
    let source = "$262.agent.start('for (;;);'); $rewind.fault('null');";
    declare(&mut parent, 0, None, source);
    declare(&mut parent, 1, None, "1;");
    parent.say(&ToWorker::Ping { token: 7 });
    let retiring = parent.farewell();
    assert_eq!(retiring.reason, RetireReason::ThreadsLeft);
    assert_eq!(retiring.counters.layers_built, 2);
}

#[test]
fn preamble_that_throws_is_told_to_each_case_on_it_and_evaluated_once() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 0, None, "var sound = 1;");
    declare(
        &mut parent,
        1,
        Some(0),
        "globalThis.half = 1; throw new RangeError('broken');",
    );
    declare(&mut parent, 2, Some(1), "print('never');");
    for id in [1, 2, 1, 2] {
        let finished = parent.run(on(id, "print('never');"));
        let Outcome::Threw { phase, thrown } = finished.outcome else {
            panic!("not thrown but {:?}", finished.outcome);
        };
        assert_eq!(phase, ErrorPhase::PREAMBLE);
        assert_eq!((&*thrown.name, &*thrown.message), ("RangeError", "broken"));
        assert!(finished.output.is_empty());
        assert_eq!(
            said(&parent.run(on(0, "print(sound, typeof half);"))),
            "1 undefined\n"
        );
    }
    // The engine, the sound one, and the broken one once.
    assert_eq!(parent.drain().counters.layers_built, 3);
}

#[test]
fn preamble_that_does_not_parse_is_an_error_in_the_preamble() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 0, None, "let let");
    let outcome = parent.run(on(0, "1;")).outcome;
    assert!(
        matches!(&outcome, Outcome::Threw { phase: ErrorPhase::PREAMBLE, thrown } if thrown.name == "SyntaxError"),
        "{outcome:?}"
    );
}

#[test]
fn preamble_that_crashes_or_exits_is_told_to_each_case_on_it() {
    let mut parent = Parent::ready(hello());
    declare(
        &mut parent,
        0,
        None,
        "globalThis.half = 1; $rewind.fault('null');",
    );
    declare(&mut parent, 1, None, "$rewind.fault('exit');");
    for _ in 0..3 {
        let outcome = parent.run(on(0, "1;")).outcome;
        assert!(
            matches!(&outcome, Outcome::Crashed(site) if site.signal == 11),
            "{outcome:?}"
        );
        let outcome = parent.run(on(1, "1;")).outcome;
        assert_eq!(
            outcome,
            Outcome::Exited {
                code: 3,
                worker_died: false
            }
        );
        assert_eq!(
            said(&parent.run(case("print(typeof half);"))),
            "undefined\n"
        );
    }
    let remarks = [
        "the preamble harness/0.js crashed, and so do all cases on it",
        "the preamble harness/1.js exited, and so do all cases on it",
    ];
    assert_eq!(parent.remarks, remarks, "once each");
    let retiring = parent.drain();
    assert_eq!(retiring.reason, RetireReason::Drained);
    assert_eq!((retiring.counters.cases, retiring.counters.crashes), (9, 1));
}

#[test]
fn preamble_that_hangs_is_told_to_each_case_on_it_and_waited_for_once() {
    let mut parent = Parent::ready(hello());
    declare(&mut parent, 0, None, "for (;;);");
    for _ in 0..3 {
        let outcome = parent.run(on(0, "1;")).outcome;
        assert_eq!(outcome, Outcome::TimedOut(TimeoutOrigin::Deadline));
        assert_eq!(parent.run(case("1;")).outcome, Outcome::Completed);
    }
    assert_eq!(parent.drain().counters.layers_built, 2);
}

#[test]
fn preamble_that_takes_all_memory_is_told_and_gives_it_back() {
    let mut parent = Parent::ready(Hello {
        heap_cap: 16 << 20,
        ..hello()
    });
    declare(
        &mut parent,
        0,
        None,
        "var all = []; for (;;) all.push(new Uint8Array(65536));",
    );
    declare(&mut parent, 1, None, "var kept = new Uint8Array(8 << 20);");
    for _ in 0..2 {
        assert_eq!(parent.run(on(0, "1;")).outcome, Outcome::OutOfMemory);
        assert_eq!(said(&parent.run(on(1, "print(kept.length);"))), "8388608\n");
    }
}

/// A thread of a preamble that failed runs on: nothing may be put back under it.
#[test]
fn preamble_that_leaves_a_thread_behind_ends_the_worker_after_the_answer() {
    let mut parent = Parent::ready(hello());
    declare(
        &mut parent,
        0,
        None,
        "$262.agent.start('for (;;);'); $rewind.fault('null');",
    );
    let first = parent.number(on(0, "1;"));
    let second = parent.number(case("1;"));
    parent.say_all(&[ToWorker::Run(first), ToWorker::Run(second)]);
    let finished = parent.answer();
    assert!(
        matches!(finished.outcome, Outcome::Crashed(_)),
        "{finished:?}"
    );
    assert_eq!(parent.farewell().reason, RetireReason::ThreadsLeft);
}

/// With room for one layer each change of preamble evicts the one before.
#[test]
fn results_are_right_with_room_for_one_layer() {
    const SETS: u32 = 12;
    let mut parent = Parent::ready(Hello {
        layer_limit: 1,
        ..hello()
    });
    declare(&mut parent, 0, None, "var base = 'base';");
    for id in 1..=SETS {
        let source = format!(
            "var set = base + {id}; var list = Array.from({{ length: {id} * 500 }}, () => ({{ id: {id} }}));"
        );
        declare(&mut parent, id, Some(0), &source);
    }
    for round in 0..3 {
        for id in 1..=SETS {
            let id = (id * 5 + round) % SETS + 1;
            let source = "print(set, list.length, list.every((x) => x.id === list[0].id), typeof dirt); var dirt = 1; list.length = 0; base = 0;";
            let finished = parent.run(on(id, source));
            assert_eq!(
                said(&finished),
                format!("base{id} {} true undefined\n", id * 500)
            );
        }
        assert_eq!(
            said(&parent.run(on(0, "print(base, typeof set);"))),
            "base undefined\n"
        );
        assert_eq!(
            said(&parent.run(case("print(typeof base);"))),
            "undefined\n"
        );
    }
    let counters = parent.drain().counters;
    assert!(
        counters.layers_evicted >= u64::from(3 * SETS) - 2,
        "{counters:?}"
    );
    assert!(
        counters.layers_built > counters.layers_evicted,
        "{counters:?}"
    );
}
