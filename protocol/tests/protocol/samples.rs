//! One message of every kind and shape, with every field set to something of its own.

use bytes::Bytes;
use rewind_protocol::{
    Attributes, Counters, CrashSite, ErrorPhase, Finished, Hello, HelloReply, Isolation, MemoryUse,
    Nanos, Notice, Outcome, Phases, Place, Preamble, PreambleId, RetireReason, Retiring, Run, Seq,
    Source, Thrown, TimeoutOrigin, ToParent, ToWorker, Tracking, Variant, Verify, Version,
    Withdraw,
};

/// The nonce of every sample.
pub(crate) const NONCE: u64 = 0x0123_4567_89ab_cdef;

pub(crate) fn hello() -> Hello {
    Hello {
        version: Version { major: 2, minor: 0 },
        nonce: NONCE,
        root: b"/corpora/test262".to_vec(),
        guest: "quickjs".to_owned(),
        faults: true,
        markers: false,
        heap_cap: 256 << 20,
        tracking: Tracking::PagemapScan,
        verify: Verify::Sample,
        ledger: true,
        isolation: Isolation::Checkpoint,
        rss_soft_limit: 1 << 30,
        rss_hard_limit: 4 << 30,
        crash_limit: Some(10),
        layer_limit: 64,
        timeline: false,
    }
}

fn bare_hello() -> Hello {
    Hello {
        root: Vec::new(),
        guest: String::new(),
        faults: false,
        markers: false,
        heap_cap: 0,
        tracking: Tracking::Auto,
        verify: Verify::Off,
        ledger: false,
        isolation: Isolation::None,
        rss_soft_limit: 0,
        rss_hard_limit: 0,
        crash_limit: None,
        layer_limit: 1,
        ..hello()
    }
}

pub(crate) fn hello_reply() -> HelloReply {
    HelloReply {
        version: Version { major: 2, minor: 0 },
        nonce: NONCE,
        guest_name: "quickjs".to_owned(),
        guest_version: "0.16.2".to_owned(),
        build_id: "6d2f".to_owned(),
        tracking: Tracking::Mprotect,
        tracking_reason: "userfaultfd is refused here".to_owned(),
        page_size: 4096,
        capabilities: vec!["faults".to_owned(), "agents".to_owned()],
        pid: 4711,
    }
}

pub(crate) fn run(seq: u64) -> Run {
    Run {
        seq: Seq(seq),
        path: "test/language/expressions/addition/order.js".to_owned(),
        variant: Variant::named(&"strict"),
        preamble: PreambleId(3),
        source: Bytes::from_static(b"assert.sameValue(1 + 1, 2);\n"),
        deadline_ms: 10_000,
        attributes: Attributes::listed(&"async,cannot-block"),
    }
}

fn bare_run() -> Run {
    Run {
        seq: Seq(0),
        path: String::new(),
        variant: Variant::named(&"raw"),
        preamble: PreambleId::ENGINE,
        source: Bytes::new(),
        deadline_ms: 1,
        attributes: Attributes::NONE,
    }
}

fn preamble() -> Preamble {
    let source = |name: &str, text: &'static str| Source {
        name: name.to_owned(),
        text: Bytes::from_static(text.as_bytes()),
    };
    Preamble {
        id: PreambleId(1),
        parent: Some(PreambleId(0)),
        sources: vec![
            source("harness/assert.js", "function assert() {}"),
            source("harness/empty.js", ""),
        ],
    }
}

/// Every message to the worker, with the name of its golden file.
pub(crate) fn to_worker() -> Vec<(&'static str, ToWorker)> {
    vec![
        ("hello", ToWorker::Hello(hello())),
        ("hello-bare", ToWorker::Hello(bare_hello())),
        (
            "hello-markers",
            ToWorker::Hello(Hello {
                markers: true,
                ..bare_hello()
            }),
        ),
        ("preamble", ToWorker::Preamble(preamble())),
        (
            "preamble-bare",
            ToWorker::Preamble(Preamble {
                id: PreambleId(0),
                parent: None,
                sources: vec![],
            }),
        ),
        ("run-bare", ToWorker::Run(bare_run())),
        ("run", ToWorker::Run(run(300))),
        ("cancel", ToWorker::Cancel { seq: Seq(300) }),
        ("withdraw", ToWorker::Withdraw(Withdraw::All)),
        (
            "withdraw-cases",
            ToWorker::Withdraw(Withdraw::Cases(vec![Seq(3), Seq(300), Seq::MAX])),
        ),
        ("ping", ToWorker::Ping { token: u64::MAX }),
        ("drain", ToWorker::Drain),
        ("shutdown", ToWorker::Shutdown),
    ]
}

pub(crate) fn finished(seq: u64, outcome: Outcome) -> Finished {
    Finished {
        seq: Seq(seq),
        outcome,
        notices: vec![Notice {
            name: "async-failure".to_owned(),
            count: 2,
            text: "late".to_owned(),
        }],
        output: Bytes::from_static(b"printed\n\xff"),
        output_dropped: 70_000,
        recovery: None,
        place: None,
        markers: vec!["fast-path-hit=add".to_owned(), String::new()],
        phases: Phases {
            load: Nanos(1_000),
            compile: Nanos(20_000),
            execute: Nanos(300_000),
            jobs: Nanos(4_000_000),
            capture: Nanos(50_000_000),
            restore: Nanos(600_000_000),
        },
        memory: MemoryUse {
            heap_peak: 1 << 20,
            dirty_pages: 37,
        },
    }
}

pub(crate) fn bare_finished(seq: u64) -> Finished {
    Finished {
        seq: Seq(seq),
        outcome: Outcome::Completed,
        notices: vec![],
        output: Bytes::new(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: vec![],
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}

fn finished_after_a_fault(seq: u64) -> Finished {
    Finished {
        recovery: Some(Nanos(43_000)),
        ..bare_finished(seq)
    }
}

fn finished_in_its_place(seq: u64) -> Finished {
    Finished {
        place: Some(Place {
            started: Nanos(86_400_000_000_000),
            waited: Nanos(250_000),
            prepared: Nanos(1_500_000),
        }),
        ..bare_finished(seq)
    }
}

fn outcomes() -> [(&'static str, Outcome); 8] {
    let thrown = Thrown {
        name: "TypeError".to_owned(),
        message: "x is not a function".to_owned(),
        stack: "    at <eval> (order.js:1)\n".to_owned(),
    };
    let site = CrashSite {
        signal: 11,
        code: -6,
        address: 0x7fff_0000_1000,
        pc: 0x5555_0000_2000,
        stack_overflow: true,
        worker_died: true,
    };
    [
        ("finished-completed", Outcome::Completed),
        (
            "finished-threw",
            Outcome::Threw {
                phase: ErrorPhase::RUNTIME,
                thrown,
            },
        ),
        ("finished-crashed", Outcome::Crashed(site)),
        (
            "finished-timed-out",
            Outcome::TimedOut(TimeoutOrigin::Deadline),
        ),
        (
            "finished-exited",
            Outcome::Exited {
                code: -1,
                worker_died: true,
            },
        ),
        ("finished-out-of-memory", Outcome::OutOfMemory),
        (
            "finished-lost",
            Outcome::Lost {
                reason: "the machine went down".to_owned(),
            },
        ),
        (
            "finished-host-error",
            Outcome::HostError {
                kind: "missing-module".to_owned(),
                message: "no module 'a.js' below the corpus root".to_owned(),
            },
        ),
    ]
}

fn retiring() -> Retiring {
    Retiring {
        reason: RetireReason::CrashLimit,
        detail: "10 crashes".to_owned(),
        counters: Counters {
            cases: 1,
            crashes: 10,
            timeouts: 3,
            restores: 4,
            pages_restored: 500,
            rss_bytes: 6 << 20,
            rss_growth_kib: -7,
            layers_built: 8,
            layers_evicted: 9,
            verifications: 11,
            verify_ns: 12,
        },
    }
}

/// Every message to the parent, with the name of its golden file.
pub(crate) fn to_parent() -> Vec<(&'static str, ToParent)> {
    let mut all = vec![
        ("hello-reply", ToParent::HelloReply(hello_reply())),
        ("ready", ToParent::Ready),
        ("started", ToParent::Started { seq: Seq(300) }),
        (
            "finished-bare",
            ToParent::Finished(Box::new(bare_finished(0))),
        ),
        (
            "finished-after-a-fault",
            ToParent::Finished(Box::new(finished_after_a_fault(299))),
        ),
        (
            "finished-in-its-place",
            ToParent::Finished(Box::new(finished_in_its_place(298))),
        ),
        (
            "withdrawn",
            ToParent::Withdrawn {
                seqs: vec![Seq(3), Seq(290), Seq::MAX],
            },
        ),
        ("withdrawn-none", ToParent::Withdrawn { seqs: vec![] }),
        ("pong", ToParent::Pong { token: u64::MAX }),
        (
            "diagnostic",
            ToParent::Diagnostic {
                text: "stdin: short read".to_owned(),
            },
        ),
        ("retiring", ToParent::Retiring(retiring())),
        (
            "refused",
            ToParent::Refused {
                reason: "no guest `v8` in this build".to_owned(),
            },
        ),
    ];
    let outcomes = (300_u64..).zip(outcomes());
    all.extend(outcomes.map(|(seq, (name, outcome))| {
        (name, ToParent::Finished(Box::new(finished(seq, outcome))))
    }));
    all
}
