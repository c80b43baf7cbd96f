//! Any message at all.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rewind_protocol::{
    Attributes, Counters, CrashSite, ErrorPhase, Finished, Hello, HelloReply, Isolation, MemoryUse,
    Nanos, Notice, Outcome, Phases, Place, Preamble, PreambleId, RetireReason, Retiring, Run, Seq,
    Source, Thrown, TimeoutOrigin, ToParent, ToWorker, Tracking, Variant, Verify, Version,
    Withdraw,
};

/// Texts of every length that matters to a length prefix.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => any::<String>(), 1 => "[a-z]{0,300}"]
}

fn blob() -> impl Strategy<Value = Bytes> {
    prop_oneof![8 => vec(any::<u8>(), 0..200), 1 => vec(any::<u8>(), 0..20_000)]
        .prop_map(Bytes::from)
}

/// Numbers of every magnitude.
fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64_u32).prop_map(|(value, shift)| value >> shift)
}

fn small() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0..32_u32).prop_map(|(value, shift)| value >> shift)
}

fn seq() -> impl Strategy<Value = Seq> {
    number().prop_map(|value| Seq(value & Seq::MAX.0))
}

fn version() -> impl Strategy<Value = Version> {
    small().prop_map(|minor| Version {
        major: Version::CURRENT.major,
        minor,
    })
}

const IN_USE: [Tracking; 3] = [Tracking::PagemapScan, Tracking::Mprotect, Tracking::Copy];

fn hello(nonce: u64) -> impl Strategy<Value = Hello> {
    let tracking = prop_oneof![Just(Tracking::Auto), select(&IN_USE)];
    let verify = select(&[Verify::Off, Verify::Sample, Verify::Always]);
    let isolation = select(&[
        Isolation::Checkpoint,
        Isolation::None,
        Isolation::Fork,
        Isolation::Spawn,
        Isolation::FreshContext,
    ]);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let modes = (tracking, verify, isolation, switches);
    let limits = (
        number(),
        number(),
        number(),
        option::of(number()),
        1..=u32::MAX,
        any::<bool>(),
    );
    (version(), text(), text(), modes, limits).prop_map(
        move |(version, root, guest, modes, limits)| {
            let (tracking, verify, isolation, (faults, markers, ledger)) = modes;
            let (heap_cap, rss_soft_limit, rss_hard_limit, crash_limit, layer_limit, timeline) =
                limits;
            Hello {
                version,
                nonce,
                root: root.into_bytes(),
                guest,
                faults,
                markers,
                heap_cap,
                tracking,
                verify,
                ledger,
                isolation,
                rss_soft_limit,
                rss_hard_limit,
                crash_limit,
                layer_limit,
                timeline,
            }
        },
    )
}

fn hello_reply(nonce: u64) -> impl Strategy<Value = HelloReply> {
    let names = (text(), text(), text(), text(), vec(text(), 0..4));
    let numbers = (version(), select(&IN_USE), small(), small());
    (names, numbers).prop_map(move |(names, numbers)| {
        let (guest_name, guest_version, build_id, tracking_reason, capabilities) = names;
        let (version, tracking, page_size, pid) = numbers;
        HelloReply {
            version,
            nonce,
            guest_name,
            guest_version,
            build_id,
            tracking,
            tracking_reason,
            page_size,
            capabilities,
            pid,
        }
    })
}

fn preamble() -> impl Strategy<Value = Preamble> {
    let source = (text(), blob()).prop_map(|(name, text)| Source { name, text });
    (0..u32::MAX, option::of(0..u32::MAX), vec(source, 0..4)).prop_map(|(id, parent, sources)| {
        let parent = parent.filter(|&parent| parent != id).map(PreambleId);
        Preamble {
            id: PreambleId(id),
            parent,
            sources,
        }
    })
}

fn run() -> impl Strategy<Value = Run> {
    let variant = select(&["plain", "strict", "a-b_9"]);
    let variant = variant.prop_map(|name| Variant::parse(name).expect("it is a name"));
    let attributes = select(&["", "one", "one,two"]);
    let attributes = attributes.prop_map(|list| Attributes::parse(list).expect("they are names"));
    (
        seq(),
        text(),
        variant,
        any::<u32>(),
        blob(),
        1..=u32::MAX,
        attributes,
    )
        .prop_map(
            |(seq, path, variant, preamble, source, deadline_ms, attributes)| {
                let preamble = PreambleId(preamble);
                Run {
                    seq,
                    path,
                    variant,
                    preamble,
                    source,
                    deadline_ms,
                    attributes,
                }
            },
        )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let phase = select(&["preamble", "parse", "runtime"]).prop_map(ErrorPhase::named);
    let threw =
        (phase, text(), text(), text()).prop_map(|(phase, name, message, stack)| Outcome::Threw {
            phase,
            thrown: Thrown {
                name,
                message,
                stack,
            },
        });
    let origin = select(&[TimeoutOrigin::Deadline, TimeoutOrigin::Watchdog]);
    let exited = (any::<i32>(), any::<bool>())
        .prop_map(|(code, worker_died)| Outcome::Exited { code, worker_died });
    prop_oneof![
        Just(Outcome::Completed),
        threw,
        crash_site().prop_map(Outcome::Crashed),
        origin.prop_map(Outcome::TimedOut),
        exited,
        Just(Outcome::OutOfMemory),
        (text(), text()).prop_map(|(kind, message)| Outcome::HostError { kind, message }),
        text().prop_map(|reason| Outcome::Lost { reason }),
    ]
}

fn crash_site() -> impl Strategy<Value = CrashSite> {
    let flags = (any::<bool>(), any::<bool>());
    (any::<i32>(), any::<i32>(), number(), number(), flags).prop_map(
        |(signal, code, address, pc, (stack_overflow, worker_died))| CrashSite {
            signal,
            code,
            address,
            pc,
            stack_overflow,
            worker_died,
        },
    )
}

fn phases() -> impl Strategy<Value = Phases> {
    [(); 6].map(|()| number().prop_map(Nanos)).prop_map(
        |[load, compile, execute, jobs, capture, restore]| Phases {
            load,
            compile,
            execute,
            jobs,
            capture,
            restore,
        },
    )
}

fn notices() -> impl Strategy<Value = Vec<Notice>> {
    vec((1..=u32::MAX, text()), 0..=rewind_protocol::MAX_NOTICES).prop_map(|told| {
        let notice = |(index, (count, text))| Notice {
            name: format!("notice-{index}"),
            count,
            text,
        };
        (0..).zip(told).map(|it: (u32, _)| notice(it)).collect()
    })
}

fn finished() -> impl Strategy<Value = Finished> {
    let memory = (number(), small()).prop_map(|(heap_peak, dirty_pages)| MemoryUse {
        heap_peak,
        dirty_pages,
    });
    let said = (notices(), blob(), number(), vec(text(), 0..4));
    let recovery = proptest::option::of(number().prop_map(Nanos));
    let spans = [number(), number(), number()];
    let place = spans.prop_map(|spans| spans.map(Nanos));
    let place = proptest::option::of(place.prop_map(|[started, waited, prepared]| Place {
        started,
        waited,
        prepared,
    }));
    let cost = (phases(), memory, recovery, place);
    (seq(), outcome(), said, cost).prop_map(|(seq, outcome, said, cost)| {
        let (phases, memory, recovery, place) = cost;
        let (notices, output, output_dropped, markers) = said;
        Finished {
            seq,
            outcome,
            notices,
            output,
            output_dropped,
            markers,
            phases,
            memory,
            recovery,
            place,
        }
    })
}

fn retiring() -> impl Strategy<Value = Retiring> {
    use RetireReason::{
        BetweenTestsFault, CrashLimit, Drained, Other, RssLimit, ThreadsLeft, Unrestorable,
        VerificationFailed,
    };
    let reason = select(&[
        Drained,
        CrashLimit,
        RssLimit,
        ThreadsLeft,
        VerificationFailed,
        BetweenTestsFault,
        Unrestorable,
        Other,
    ]);
    (reason, text(), [(); 10].map(|()| number()), any::<i64>()).prop_map(
        |(reason, detail, numbers, rss_growth_kib)| {
            let [
                cases,
                crashes,
                timeouts,
                restores,
                pages_restored,
                rss_bytes,
                ..,
            ] = numbers;
            let [.., layers_built, layers_evicted, verifications, verify_ns] = numbers;
            let counters = Counters {
                cases,
                crashes,
                timeouts,
                restores,
                pages_restored,
                rss_bytes,
                rss_growth_kib,
                layers_built,
                layers_evicted,
                verifications,
                verify_ns,
            };
            Retiring {
                reason,
                detail,
                counters,
            }
        },
    )
}

fn withdraw() -> impl Strategy<Value = Withdraw> {
    prop_oneof![
        Just(Withdraw::All),
        vec(seq(), 1..4).prop_map(Withdraw::Cases),
    ]
}

/// Any message to the worker.
pub(crate) fn to_worker(nonce: u64) -> impl Strategy<Value = ToWorker> {
    prop_oneof![
        1 => hello(nonce).prop_map(ToWorker::Hello),
        1 => preamble().prop_map(ToWorker::Preamble),
        3 => run().prop_map(ToWorker::Run),
        1 => seq().prop_map(|seq| ToWorker::Cancel { seq }),
        1 => withdraw().prop_map(ToWorker::Withdraw),
        1 => number().prop_map(|token| ToWorker::Ping { token }),
        1 => Just(ToWorker::Drain),
        1 => Just(ToWorker::Shutdown),
    ]
}

/// Any message of the worker that has the nonce given.
pub(crate) fn to_parent(nonce: u64) -> impl Strategy<Value = ToParent> {
    prop_oneof![
        1 => hello_reply(nonce).prop_map(ToParent::HelloReply),
        1 => Just(ToParent::Ready),
        1 => seq().prop_map(|seq| ToParent::Started { seq }),
        5 => finished().prop_map(|finished| ToParent::Finished(Box::new(finished))),
        1 => vec(seq(), 0..3).prop_map(|mut seqs| {
            seqs.sort_unstable();
            seqs.dedup();
            ToParent::Withdrawn { seqs }
        }),
        1 => number().prop_map(|token| ToParent::Pong { token }),
        1 => text().prop_map(|text| ToParent::Diagnostic { text }),
        1 => retiring().prop_map(ToParent::Retiring),
        1 => text().prop_map(|reason| ToParent::Refused { reason }),
    ]
}

/// Messages to the worker in an order that it accepts: cases count upwards.
pub(crate) fn stream_to_worker(nonce: u64) -> impl Strategy<Value = Vec<ToWorker>> {
    vec(to_worker(nonce), 1..8).prop_map(|mut messages| {
        for (seq, message) in (0..).zip(&mut messages) {
            if let ToWorker::Run(run) = message {
                run.seq = Seq(run.seq.0 % 1000 + seq * 1000);
            }
        }
        messages
    })
}

/// Messages to the parent in which every case is answered at most once.
pub(crate) fn stream_to_parent(nonce: u64) -> impl Strategy<Value = Vec<ToParent>> {
    vec(to_parent(nonce), 1..8).prop_map(|mut messages| {
        for (seq, message) in (0..).zip(&mut messages) {
            match message {
                ToParent::Finished(finished) => {
                    finished.seq = Seq(finished.seq.0 % 1000 + seq * 1000);
                }
                ToParent::Withdrawn { seqs } => {
                    for (within, it) in (0..).zip(seqs) {
                        *it = Seq(it.0 % 100 + within * 100 + seq * 1000);
                    }
                }
                _ => {}
            }
        }
        messages
    })
}
