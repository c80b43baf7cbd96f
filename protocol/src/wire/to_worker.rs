//! Wire form of what a parent tells its worker.

use bytes::Bytes;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ToWorker {
    #[prost(oneof = "Body", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    pub(crate) body: Option<Body>,
    #[prost(fixed64, tag = "15")]
    pub(crate) seal: u64,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Body {
    #[prost(message, tag = "1")]
    Hello(Hello),
    #[prost(message, tag = "2")]
    Preamble(Preamble),
    #[prost(message, tag = "3")]
    Run(Run),
    #[prost(message, tag = "4")]
    Cancel(Cancel),
    #[prost(message, tag = "5")]
    Ping(Ping),
    #[prost(message, tag = "6")]
    Drain(Drain),
    #[prost(message, tag = "7")]
    Shutdown(Shutdown),
    #[prost(message, tag = "8")]
    Withdraw(Withdraw),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Version {
    #[prost(uint32, tag = "1")]
    pub(crate) major: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) minor: u32,
}

/// Fields 1 to 3 stay as they are in every major version.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Hello {
    #[prost(fixed32, tag = "1")]
    pub(crate) magic: u32,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<Version>,
    #[prost(fixed64, tag = "3")]
    pub(crate) nonce: u64,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) root: Vec<u8>,
    #[prost(string, tag = "5")]
    pub(crate) guest: String,
    #[prost(bool, tag = "6")]
    pub(crate) faults: bool,
    #[prost(uint64, tag = "7")]
    pub(crate) heap_cap: u64,
    #[prost(enumeration = "Tracking", tag = "8")]
    pub(crate) tracking: i32,
    #[prost(enumeration = "Verify", tag = "9")]
    pub(crate) verify: i32,
    #[prost(bool, tag = "10")]
    pub(crate) ledger: bool,
    #[prost(enumeration = "Isolation", tag = "11")]
    pub(crate) isolation: i32,
    #[prost(uint64, tag = "12")]
    pub(crate) rss_soft_limit: u64,
    #[prost(uint64, tag = "13")]
    pub(crate) rss_hard_limit: u64,
    #[prost(uint64, optional, tag = "14")]
    pub(crate) crash_limit: Option<u64>,
    #[prost(uint32, tag = "15")]
    pub(crate) layer_limit: u32,
    #[prost(bool, tag = "20")]
    pub(crate) markers: bool,
    #[prost(bool, tag = "24")]
    pub(crate) timeline: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Tracking {
    Unspecified = 0,
    Auto = 1,
    PagemapScan = 2,
    Mprotect = 3,
    Copy = 4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Verify {
    Unspecified = 0,
    Off = 1,
    Sample = 2,
    Always = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Isolation {
    Unspecified = 0,
    Checkpoint = 1,
    None = 2,
    Fork = 3,
    Spawn = 4,
    FreshContext = 5,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Preamble {
    #[prost(uint32, tag = "1")]
    pub(crate) id: u32,
    #[prost(uint32, optional, tag = "2")]
    pub(crate) parent: Option<u32>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) sources: Vec<Source>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Source {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) text: Bytes,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Run {
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
    #[prost(string, tag = "2")]
    pub(crate) path: String,
    #[prost(uint32, tag = "4")]
    pub(crate) preamble: u32,
    #[prost(bytes = "bytes", tag = "5")]
    pub(crate) source: Bytes,
    #[prost(uint32, tag = "6")]
    pub(crate) deadline_ms: u32,
    #[prost(string, tag = "9")]
    pub(crate) variant: String,
    #[prost(string, tag = "10")]
    pub(crate) attributes: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Cancel {
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Ping {
    #[prost(uint64, tag = "1")]
    pub(crate) token: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Drain {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Shutdown {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Withdraw {
    #[prost(uint64, repeated, tag = "1")]
    pub(crate) seqs: Vec<u64>,
    #[prost(bool, tag = "2")]
    pub(crate) all: bool,
}
