//! Wire form of what a worker tells its parent, but for the outcome of a case.

use super::outcome::Finished;
use super::to_worker::{Tracking, Version};

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ToParent {
    #[prost(fixed64, tag = "1")]
    pub(crate) nonce: u64,
    #[prost(oneof = "Body", tags = "2, 3, 4, 5, 6, 7, 8, 9, 10")]
    pub(crate) body: Option<Body>,
    #[prost(fixed64, tag = "15")]
    pub(crate) seal: u64,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Body {
    #[prost(message, tag = "2")]
    HelloReply(HelloReply),
    #[prost(message, tag = "3")]
    Ready(Ready),
    #[prost(message, tag = "4")]
    Started(Started),
    #[prost(message, tag = "5")]
    Finished(Finished),
    #[prost(message, tag = "6")]
    Pong(Pong),
    #[prost(message, tag = "7")]
    Diagnostic(Diagnostic),
    #[prost(message, tag = "8")]
    Retiring(Retiring),
    #[prost(message, tag = "9")]
    Refused(Refused),
    #[prost(message, tag = "10")]
    Withdrawn(Withdrawn),
}

/// Fields 1 to 3 stay as they are in every major version.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HelloReply {
    #[prost(fixed32, tag = "1")]
    pub(crate) magic: u32,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<Version>,
    #[prost(fixed64, tag = "3")]
    pub(crate) nonce: u64,
    #[prost(string, tag = "4")]
    pub(crate) guest_name: String,
    #[prost(string, tag = "5")]
    pub(crate) guest_version: String,
    #[prost(string, tag = "6")]
    pub(crate) build_id: String,
    #[prost(enumeration = "Tracking", tag = "7")]
    pub(crate) tracking: i32,
    #[prost(string, tag = "8")]
    pub(crate) tracking_reason: String,
    #[prost(uint32, tag = "9")]
    pub(crate) page_size: u32,
    #[prost(string, repeated, tag = "10")]
    pub(crate) capabilities: Vec<String>,
    #[prost(uint32, tag = "12")]
    pub(crate) pid: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Ready {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Started {
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Pong {
    #[prost(uint64, tag = "1")]
    pub(crate) token: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Diagnostic {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Retiring {
    #[prost(enumeration = "RetireReason", tag = "1")]
    pub(crate) reason: i32,
    #[prost(string, tag = "2")]
    pub(crate) detail: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) counters: Option<Counters>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum RetireReason {
    Unspecified = 0,
    Drained = 1,
    CrashLimit = 2,
    RssLimit = 3,
    ThreadsLeft = 4,
    VerificationFailed = 5,
    BetweenTestsFault = 6,
    Unrestorable = 7,
    Other = 8,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Counters {
    #[prost(uint64, tag = "1")]
    pub(crate) cases: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) crashes: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) timeouts: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) restores: u64,
    #[prost(uint64, tag = "5")]
    pub(crate) pages_restored: u64,
    #[prost(uint64, tag = "6")]
    pub(crate) rss_bytes: u64,
    #[prost(sint64, tag = "7")]
    pub(crate) rss_growth_kib: i64,
    #[prost(uint64, tag = "8")]
    pub(crate) layers_built: u64,
    #[prost(uint64, tag = "9")]
    pub(crate) layers_evicted: u64,
    #[prost(uint64, tag = "10")]
    pub(crate) verifications: u64,
    #[prost(uint64, tag = "11")]
    pub(crate) verify_ns: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Refused {
    #[prost(string, tag = "1")]
    pub(crate) reason: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Withdrawn {
    #[prost(uint64, repeated, tag = "1")]
    pub(crate) seqs: Vec<u64>,
}
