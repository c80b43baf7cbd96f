//! From the wire to what a worker tells its parent; what it sent is judged here.

use super::names::Named;
use super::read_worker::{seq, seqs, version_of};
use super::to_parent as wire;
use super::to_parent::Body;
use crate::codec::FrameFault;
use crate::handshake::Version;
use crate::message::{Counters, HelloReply, RetireReason, Retiring, ToParent, Tracking};

impl TryFrom<wire::ToParent> for ToParent {
    type Error = FrameFault;

    fn try_from(frame: wire::ToParent) -> Result<Self, FrameFault> {
        Ok(match frame.body.ok_or(FrameFault::Unknown)? {
            Body::HelloReply(reply) => Self::HelloReply(reply.try_into()?),
            Body::Ready(_) => Self::Ready,
            Body::Started(started) => Self::Started {
                seq: seq(started.seq, "Started")?,
            },
            Body::Finished(finished) => Self::Finished(Box::new(finished.try_into()?)),
            Body::Pong(pong) => Self::Pong { token: pong.token },
            Body::Diagnostic(diagnostic) => Self::Diagnostic {
                text: diagnostic.text,
            },
            Body::Retiring(retiring) => Self::Retiring(retiring.try_into()?),
            Body::Refused(refused) => Self::Refused {
                reason: refused.reason,
            },
            Body::Withdrawn(withdrawn) => Self::Withdrawn {
                seqs: seqs(&withdrawn.seqs, "Withdrawn")?,
            },
        })
    }
}

impl TryFrom<wire::HelloReply> for HelloReply {
    type Error = FrameFault;

    fn try_from(reply: wire::HelloReply) -> Result<Self, FrameFault> {
        let version = version_of(reply.magic, reply.version, "HelloReply")?;
        if version.major != Version::CURRENT.major {
            return Ok(Self::of_stranger(version, reply.nonce));
        }
        let tracking = Tracking::read(reply.tracking, "HelloReply", "tracking")?;
        if tracking == Tracking::Auto {
            let problem = "is `auto`, which is a request and never in use";
            return Err(FrameFault::field("HelloReply", "tracking", problem));
        }
        Ok(Self {
            version,
            nonce: reply.nonce,
            guest_name: reply.guest_name,
            guest_version: reply.guest_version,
            build_id: reply.build_id,
            tracking,
            tracking_reason: reply.tracking_reason,
            page_size: reply.page_size,
            capabilities: reply.capabilities,
            pid: reply.pid,
        })
    }
}

impl HelloReply {
    /// All that is known of a worker of another major version.
    pub(super) fn of_stranger(version: Version, nonce: u64) -> Self {
        Self {
            version,
            nonce,
            guest_name: String::new(),
            guest_version: String::new(),
            build_id: String::new(),
            tracking: Tracking::Copy,
            tracking_reason: String::new(),
            page_size: 0,
            capabilities: Vec::new(),
            pid: 0,
        }
    }
}

impl TryFrom<wire::Retiring> for Retiring {
    type Error = FrameFault;

    fn try_from(retiring: wire::Retiring) -> Result<Self, FrameFault> {
        Ok(Self {
            reason: RetireReason::read(retiring.reason, "Retiring", "reason")?,
            detail: retiring.detail,
            counters: retiring.counters.unwrap_or_default().into(),
        })
    }
}

impl From<wire::Counters> for Counters {
    fn from(counters: wire::Counters) -> Self {
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
