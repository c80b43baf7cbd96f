//! The tiers: each gives the same answers, and one that can't be had is
//! refused or gone around.

use crate::parent::{Parent, case, corpus_root, hello};
use crate::seccomp;
use rewind_corpus::{Corpus, Expectations, Test262};
use rewind_plan::{Case, Order, Plan, PlanOptions};
use rewind_protocol::{
    CrashSite, Hello, Notice, Outcome, Preamble, PreambleId, Run, Seq, Source, ToParent, ToWorker,
    Tracking,
};
use std::collections::BTreeSet;

const TIERS: [Tracking; 3] = [Tracking::PagemapScan, Tracking::Mprotect, Tracking::Copy];
/// Cases that every tier is given.
const CASES: usize = 64;

/// Some cases of every part of the default corpus, in an order of their own,
/// without those that take long by design.
fn sample() -> Plan {
    let root = corpus_root();
    let corpus = Corpus::discover(&root, &[]).expect("the default corpus");
    let expectations = Expectations::load(&root.join("expectations.toml")).expect("expectations");
    let options = PlanOptions {
        order: Order::Random(262),
        expectations: Some(&expectations),
        ..PlanOptions::default()
    };
    let mut plan = Plan::new(&Test262::new(corpus), &options).expect("a plan");
    let slow = ["endless", "hang", "memory", "huge", "z-engine", "recursion"];
    let quick = |case: &Case| !slow.iter().any(|word| case.path.contains(word));
    let (faults, others): (Vec<_>, Vec<_>) = std::mem::take(&mut plan.cases)
        .into_iter()
        .filter(quick)
        .partition(|case| case.path.contains("/faults/"));
    let isolation = |case: &&Case| case.path.contains("/isolation/");
    plan.cases
        .extend(others.iter().filter(isolation).take(CASES / 4).cloned());
    plan.cases.extend(
        others
            .iter()
            .filter(|case| !isolation(case))
            .take(CASES / 2)
            .cloned(),
    );
    plan.cases.extend(faults.into_iter().take(CASES / 4));
    // Not one part after the other: a fault between any two.
    plan.cases.sort_by_key(|case| {
        case.test.wrapping_mul(2_654_435_761) ^ u32::from(case.variant.name().as_bytes()[1])
    });
    plan
}

fn preambles(plan: &Plan) -> impl Iterator<Item = ToWorker> {
    let text = |name: &str| {
        std::fs::read(plan.root.join(name))
            .expect("a harness file")
            .into()
    };
    (0..).zip(&plan.preambles).map(move |(id, spec)| {
        let source = |name: &std::sync::Arc<str>| Source {
            name: name.to_string(),
            text: text(name),
        };
        ToWorker::Preamble(Preamble {
            id: PreambleId(id),
            parent: spec.parent.map(PreambleId),
            sources: spec.sources.iter().map(source).collect(),
        })
    })
}

fn run_of(plan: &Plan, planned: &Case) -> Run {
    Run {
        seq: Seq(0),
        path: planned.path.to_string(),
        variant: planned.variant,
        preamble: planned.preamble.map_or(PreambleId::ENGINE, PreambleId),
        source: std::fs::read(plan.root.join(&*planned.path))
            .expect("a test")
            .into(),
        deadline_ms: planned.deadline_ms,
        attributes: planned.attributes,
    }
}

/// All of an answer that must not depend on where things lie in memory.
#[derive(Debug, PartialEq)]
struct Told {
    outcome: Outcome,
    notices: Vec<Notice>,
    output: bytes::Bytes,
    markers: Vec<String>,
}

fn answers(plan: &Plan, tracking: Tracking) -> Vec<Told> {
    let (mut parent, reply) = Parent::greet(Hello {
        tracking,
        ..hello()
    });
    assert_eq!(reply.tracking, tracking);
    parent.say_all(&preambles(plan).collect::<Vec<_>>());
    let mut told = Vec::with_capacity(plan.cases.len());
    for planned in &plan.cases {
        let mut finished = parent.run(run_of(plan, planned));
        if let Outcome::Crashed(site) = &mut finished.outcome {
            *site = CrashSite {
                address: 0,
                pc: 0,
                ..*site
            };
        }
        told.push(Told {
            outcome: finished.outcome,
            notices: finished.notices,
            output: finished.output,
            markers: finished.markers,
        });
    }
    let counters = parent.drain().counters;
    assert_eq!(
        (counters.cases, counters.verifications),
        (CASES as u64, CASES as u64),
        "{tracking}"
    );
    told
}

#[test]
fn every_tier_gives_the_same_answers() {
    let plan = sample();
    assert_eq!(plan.cases.len(), CASES);
    let reference = answers(&plan, Tracking::Copy);
    let kinds: BTreeSet<_> = reference.iter().map(|told| told.outcome.kind()).collect();
    assert!(
        kinds.is_superset(&BTreeSet::from(["completed", "threw", "crashed"])),
        "{kinds:?}"
    );
    for tracking in TIERS {
        for (planned, (told, expected)) in plan
            .cases
            .iter()
            .zip(answers(&plan, tracking).iter().zip(&reference))
        {
            // Not by `assert_eq`: an output may take a mebibyte.
            assert!(
                told == expected,
                "{} {} by {tracking}: {:?} where copy has {:?}, {} bytes of output and {}",
                planned.path,
                planned.variant,
                told.outcome,
                expected.outcome,
                told.output.len(),
                expected.output.len()
            );
        }
    }
}

#[test]
fn tier_that_is_asked_for_is_in_use_and_says_so() {
    for tracking in TIERS {
        let (_parent, reply) = Parent::greet(Hello {
            tracking,
            ..hello()
        });
        assert_eq!(reply.tracking, tracking);
        assert_eq!(
            reply.tracking_reason,
            format!("--tracking {tracking} was asked for")
        );
    }
}

#[test]
fn tier_that_can_not_be_had_is_refused_with_the_mend() {
    seccomp::without_userfaultfd(|| {
        let mut parent = Parent::start();
        parent.say(&ToWorker::Hello(Hello {
            tracking: Tracking::PagemapScan,
            ..hello()
        }));
        match parent.hear() {
            Some(ToParent::Refused { reason }) => {
                assert!(reason.starts_with("failed to call userfaultfd"), "{reason}");
                assert!(reason.contains("or use --tracking mprotect"), "{reason}");
            }
            other => panic!("not refused but {other:?}"),
        }
        assert_eq!(parent.hear(), None);
    });
}

#[test]
fn auto_goes_around_a_tier_that_can_not_be_had_and_says_why() {
    seccomp::without_userfaultfd(|| {
        let (mut parent, reply) = Parent::greet(hello());
        assert_eq!(reply.tracking, Tracking::Mprotect);
        assert!(
            reply
                .tracking_reason
                .contains("pagemap-scan is not to be had"),
            "{reply:?}"
        );
        assert!(reply.tracking_reason.contains("seccomp"), "{reply:?}");
        for _ in 0..10 {
            let dirty = parent.run(case(
                "if (globalThis.dirt) throw 1; globalThis.dirt = []; $rewind.fault('null');",
            ));
            assert_eq!(dirty.outcome.kind(), "crashed");
        }
        assert_eq!(parent.drain().counters.verifications, 10);
    });
}

/// Where pages can't be given back, what lies above the checkpoint stays as it
/// was written, and stays usable: a large case is no reason for others to crash.
#[test]
fn worker_whose_memory_can_not_be_given_back_says_so_and_answers_rightly() {
    seccomp::without(libc::SYS_madvise, None, libc::EPERM, || {
        for tracking in TIERS {
            let (mut parent, reply) = Parent::greet(Hello {
                tracking,
                rss_soft_limit: 1 << 20,
                ..hello()
            });
            assert!(
                reply.tracking_reason.contains("memory is not given back"),
                "{reply:?}"
            );
            for mebibytes in [70, 1, 90] {
                let code = format!(
                    "var all = new Uint8Array({mebibytes} << 20); \
                     for (var at = 0; at < all.length; at += 4096) if (all[at]) throw 1; \
                     all.fill(7);"
                );
                assert_eq!(parent.run(case(code)).outcome, Outcome::Completed);
            }
            assert_eq!(parent.drain().counters.verifications, 3, "{tracking}");
        }
    });
}
