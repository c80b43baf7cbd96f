//! Everything that can happen to a case, as its answer tells it.

use crate::parent::{Parent, case, hello};
use rewind_protocol::{ErrorPhase, Finished, Notice, Outcome, Run, TimeoutOrigin, Variant};

/// A case after which everything is as ever; fails if it isn't.
fn fine(parent: &mut Parent) {
    let finished = parent.run(case(
        "if (typeof leaked !== 'undefined') throw new Error('leaked'); var leaked = 1; print('fine');",
    ));
    assert_eq!(
        (finished.outcome, &finished.output[..]),
        (Outcome::Completed, &b"fine\n"[..])
    );
}

fn module(source: &str) -> Run {
    Run {
        variant: Variant::named(&"module"),
        ..case(source)
    }
}

/// Phase, name and message of what was thrown.
fn thrown(finished: Finished) -> (ErrorPhase, String, String) {
    match finished.outcome {
        Outcome::Threw { phase, thrown } => (phase, thrown.name, thrown.message),
        other => panic!("not thrown but {other:?}"),
    }
}

#[test]
fn errors_are_told_with_the_phase_they_struck_in() {
    let mut parent = Parent::ready(hello());
    let cases = [
        (
            case("throw new TypeError('no');"),
            ErrorPhase::RUNTIME,
            "TypeError",
            "no",
        ),
        (case("throw 17;"), ErrorPhase::RUNTIME, "", "17"),
        (
            case("let a; let a;"),
            ErrorPhase::named("parse"),
            "SyntaxError",
            "redefinition",
        ),
        (
            case("Promise.resolve(1).then(() => { print('job'); }); nowhere;"),
            ErrorPhase::RUNTIME,
            "ReferenceError",
            "nowhere",
        ),
        (
            module("await 1; throw new RangeError('late');"),
            ErrorPhase::RUNTIME,
            "RangeError",
            "late",
        ),
    ];
    for (run, phase, name, message) in cases {
        let text = String::from_utf8_lossy(&run.source).into_owned();
        let told = thrown(parent.run(run));
        assert_eq!(told.0, phase, "{text}: {told:?}");
        assert!(name.is_empty() || told.1 == name, "{text}: {told:?}");
        assert!(told.2.contains(message), "{text}: {told:?}");
        fine(&mut parent);
    }
}

/// Neither is thrown by the case, whatever the engine makes of it.
#[test]
fn errors_of_the_host_are_outcomes_of_their_own() {
    let mut parent = Parent::ready(hello());
    for (run, kind, message) in [
        (
            module("import { no } from './nowhere_FIXTURE.js';"),
            "missing-module",
            "nowhere_FIXTURE",
        ),
        (
            module("await new Promise(() => {});"),
            "pending-promise",
            "waits",
        ),
    ] {
        let Outcome::HostError {
            kind: told,
            message: text,
        } = parent.run(run).outcome
        else {
            panic!("{kind}: another outcome");
        };
        assert_eq!(told, kind);
        assert!(text.contains(message), "{text}");
        fine(&mut parent);
    }
}

#[test]
fn faults_are_told_with_their_signal_and_the_next_case_is_fine() {
    let mut parent = Parent::ready(hello());
    let faults = [
        ("null", 11),
        ("segv", 11),
        ("stack", 11),
        ("jump", 11),
        ("bus", 7),
        ("fpe", 8),
        ("ill", 4),
        ("trap", 5),
        ("sys", 31),
        ("abort", 6),
        ("stdio-lock", 11),
        ("malloc-lock", 11),
    ];
    for (kind, signal) in faults {
        let finished = parent.run(case(format!(
            "globalThis.leaked = 1; print('{kind}'); $rewind.fault('{kind}');"
        )));
        let Outcome::Crashed(site) = finished.outcome else {
            panic!("{kind}: not crashed but {:?}", finished.outcome);
        };
        assert_eq!((site.signal, site.worker_died), (signal, false), "{kind}");
        assert_eq!(site.stack_overflow, kind == "stack", "{kind}");
        assert_eq!(&finished.output[..], format!("{kind}\n").as_bytes());
        fine(&mut parent);
    }
    let counters = parent.drain().counters;
    assert_eq!(counters.crashes, faults.len() as u64);
    assert_eq!(counters.verifications, 2 * faults.len() as u64);
}

#[test]
fn exits_are_told_with_their_status() {
    let mut parent = Parent::ready(hello());
    for (kind, code) in [("exit", 3), ("_exit", 4), ("quick-exit", 6)] {
        let finished = parent.run(case(format!("$rewind.fault('{kind}');")));
        assert_eq!(
            finished.outcome,
            Outcome::Exited {
                code,
                worker_died: false
            },
            "{kind}"
        );
        fine(&mut parent);
    }
}

#[test]
fn hangs_end_at_the_deadline_of_the_case() {
    let mut parent = Parent::ready(hello());
    for source in [
        "for (;;);",
        "$rewind.fault('hang');",
        "$rewind.fault('sleep');",
        "function f() { Promise.resolve().then(f); } f();",
    ] {
        let run = Run {
            deadline_ms: 60,
            ..case(source)
        };
        let outcome = parent.run(run).outcome;
        assert_eq!(
            outcome,
            Outcome::TimedOut(TimeoutOrigin::Deadline),
            "{source}"
        );
        fine(&mut parent);
    }
    assert_eq!(parent.drain().counters.timeouts, 4);
}

/// With 8 MiB there is not enough for either case; with it gone the next has all of it again.
#[test]
fn heap_that_runs_out_is_told_and_the_next_case_has_all_of_it_again() {
    let mut hello = hello();
    hello.heap_cap = 8 << 20;
    let mut parent = Parent::ready(hello);
    let hoard = "var all = []; for (;;) all.push(new Uint8Array(65536));";
    let half = "var kept = []; for (let i = 0; i < 48; i++) kept.push(new Uint8Array(65536));";
    for source in [hoard, "$rewind.fault('oom');", hoard] {
        assert_eq!(
            parent.run(case(source)).outcome,
            Outcome::OutOfMemory,
            "{source}"
        );
        assert_eq!(
            parent.run(case(half)).outcome,
            Outcome::Completed,
            "after {source}"
        );
        fine(&mut parent);
    }
    let peak = parent.run(case(half)).memory.heap_peak;
    assert!((3 << 20..8 << 20).contains(&peak), "{peak}");
}

/// The engine leaves it to its host to throw for a shared buffer.
#[test]
fn shared_buffer_beyond_the_cap_is_out_of_memory_and_can_be_caught() {
    let mut hello = hello();
    hello.heap_cap = 8 << 20;
    let mut parent = Parent::ready(hello);
    for source in [
        "new SharedArrayBuffer(1.5 * 2 ** 30);",
        "new SharedArrayBuffer(4, { maxByteLength: 1.5 * 2 ** 30 });",
        "new SharedArrayBuffer(2 ** 25);",
    ] {
        assert_eq!(
            parent.run(case(source)).outcome,
            Outcome::OutOfMemory,
            "{source}"
        );
        fine(&mut parent);
    }
    let caught = "try { new SharedArrayBuffer(1.5 * 2 ** 30); } \
        catch (error) { print(error.name, error.message); }";
    let finished = parent.run(case(caught));
    assert_eq!(
        (finished.outcome, &finished.output[..]),
        (Outcome::Completed, &b"InternalError out of memory\n"[..])
    );
}

#[test]
fn what_a_case_says_of_itself_arrives_with_its_answer_alone() {
    let mut parent = Parent::ready(hello());
    let talkative = "print('one', 2); print('Test262:AsyncTestComplete'); \
        print('Test262:AsyncTestFailure:Test262Error: why'); print('Test262:AsyncTestFailure:again'); \
        $rewind.marker('fast-path-hit=a'); $rewind.marker('b');";
    let finished = parent.run(case(talkative));
    assert_eq!(finished.markers, ["fast-path-hit=a", "b"]);
    let notice = |name: &str, count, text: &str| Notice {
        name: name.to_owned(),
        count,
        text: text.to_owned(),
    };
    assert_eq!(
        finished.notices,
        [
            notice("async-completed", 1, ""),
            notice("async-failed", 2, "Test262Error: why"),
        ]
    );
    assert!(
        finished
            .output
            .starts_with(b"one 2\nTest262:AsyncTestComplete\n")
    );
    assert!(finished.memory.dirty_pages > 0 && finished.phases.total().0 > 0);
    let silent = parent.run(case("1;"));
    assert_eq!((silent.output.len(), silent.markers.len()), (0, 0));
    assert_eq!(silent.notices, []);
}

#[test]
fn output_beyond_a_mebibyte_is_counted_and_not_kept() {
    const SAID: usize = 3 << 20;
    let mut parent = Parent::ready(hello());
    let flood = "var line = 'x'.repeat(1023); for (let i = 0; i < 3072; i++) print(line);";
    let finished = parent.run(case(flood));
    assert_eq!(finished.outcome, Outcome::Completed);
    assert_eq!(finished.output.len(), 1 << 20);
    assert_eq!(finished.output_dropped, (SAID - (1 << 20)) as u64);
    assert!(
        finished
            .output
            .chunks(1024)
            .all(|line| line[..1023] == [b'x'; 1023] && line[1023] == b'\n')
    );
    let next = parent.run(case("print('short');"));
    assert_eq!(
        (&next.output[..], next.output_dropped),
        (&b"short\n"[..], 0)
    );
}

#[test]
fn source_of_a_mebibyte_is_run_to_its_last_byte() {
    let mut parent = Parent::ready(hello());
    let mut source = "//".to_owned();
    source.extend(std::iter::repeat_n('.', 1 << 20));
    source.push_str("\nprint('the end');");
    let finished = parent.run(case(source.clone()));
    assert_eq!(
        (finished.outcome, &finished.output[..]),
        (Outcome::Completed, &b"the end\n"[..])
    );
    source.push_str(" nowhere;");
    assert_eq!(thrown(parent.run(case(source))).1, "ReferenceError");
    fine(&mut parent);
}

/// What a case forges on the descriptors it can reach is its output, or nobody's.
#[test]
fn forged_frames_change_no_answer() {
    let mut parent = Parent::ready(hello());
    for _ in 0..3 {
        let outcome = parent
            .run(case("$rewind.fault('forge'); $rewind.fault('flood');"))
            .outcome;
        assert_eq!(outcome, Outcome::Completed);
        fine(&mut parent);
    }
    assert_eq!(parent.drain().counters.cases, 6);
}
