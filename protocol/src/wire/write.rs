//! From the domain's types to the wire, for the messages that come seldom.

use super::names::Named;
use super::to_parent as parent;
use super::to_worker as worker;
use crate::case::{Preamble, Source};
use crate::handshake::{MAGIC, Version};
use crate::message::{Counters, Hello, HelloReply, Retiring, Withdraw};

impl From<Version> for worker::Version {
    fn from(version: Version) -> Self {
        Self {
            major: version.major,
            minor: version.minor,
        }
    }
}

impl From<&Withdraw> for worker::Withdraw {
    fn from(withdraw: &Withdraw) -> Self {
        let seqs = match withdraw {
            Withdraw::All => Vec::new(),
            Withdraw::Cases(seqs) => seqs.iter().map(|seq| seq.0).collect(),
        };
        Self {
            seqs,
            all: *withdraw == Withdraw::All,
        }
    }
}

impl From<&Hello> for worker::Hello {
    fn from(hello: &Hello) -> Self {
        Self {
            magic: MAGIC,
            version: Some(hello.version.into()),
            nonce: hello.nonce,
            root: hello.root.clone(),
            guest: hello.guest.clone(),
            faults: hello.faults,
            markers: hello.markers,
            heap_cap: hello.heap_cap,
            tracking: hello.tracking.number(),
            verify: hello.verify.number(),
            ledger: hello.ledger,
            isolation: hello.isolation.number(),
            rss_soft_limit: hello.rss_soft_limit,
            rss_hard_limit: hello.rss_hard_limit,
            crash_limit: hello.crash_limit,
            layer_limit: hello.layer_limit,
            timeline: hello.timeline,
        }
    }
}

impl From<&Preamble> for worker::Preamble {
    fn from(preamble: &Preamble) -> Self {
        Self {
            id: preamble.id.0,
            parent: preamble.parent.map(|parent| parent.0),
            sources: preamble.sources.iter().map(worker::Source::from).collect(),
        }
    }
}

impl From<&Source> for worker::Source {
    fn from(source: &Source) -> Self {
        Self {
            name: source.name.clone(),
            text: source.text.clone(),
        }
    }
}

impl From<&HelloReply> for parent::HelloReply {
    fn from(reply: &HelloReply) -> Self {
        Self {
            magic: MAGIC,
            version: Some(reply.version.into()),
            nonce: reply.nonce,
            guest_name: reply.guest_name.clone(),
            guest_version: reply.guest_version.clone(),
            build_id: reply.build_id.clone(),
            tracking: reply.tracking.number(),
            tracking_reason: reply.tracking_reason.clone(),
            page_size: reply.page_size,
            capabilities: reply.capabilities.clone(),
            pid: reply.pid,
        }
    }
}

impl From<&Retiring> for parent::Retiring {
    fn from(retiring: &Retiring) -> Self {
        Self {
            reason: retiring.reason.number(),
            detail: retiring.detail.clone(),
            counters: Some(retiring.counters.into()),
        }
    }
}

impl From<Counters> for parent::Counters {
    fn from(counters: Counters) -> Self {
        Self {
            cases: counters.cases,
            crashes: counters.crashes,
            timeouts: counters.timeouts,
            restores: counters.restores,
            pages_restored: counters.pages_restored,
            rss_bytes: counters.rss_bytes,
            rss_growth_kib: counters.rss_growth_kib,
            layers_built: counters.layers_built,
            layers_evicted: counters.layers_evicted,
            verifications: counters.verifications,
            verify_ns: counters.verify_ns,
        }
    }
}
