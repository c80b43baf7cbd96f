//! Wire form of the answer to a case.

use bytes::Bytes;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Finished {
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
    #[prost(message, optional, tag = "2")]
    pub(crate) outcome: Option<Outcome>,
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) output: Bytes,
    #[prost(uint64, tag = "5")]
    pub(crate) output_dropped: u64,
    #[prost(string, repeated, tag = "6")]
    pub(crate) markers: Vec<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) phases: Option<Phases>,
    #[prost(message, optional, tag = "8")]
    pub(crate) memory: Option<MemoryUse>,
    #[prost(uint64, optional, tag = "9")]
    pub(crate) recovery: Option<u64>,
    #[prost(message, optional, tag = "12")]
    pub(crate) place: Option<Place>,
    #[prost(message, repeated, tag = "13")]
    pub(crate) notices: Vec<Notice>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Place {
    #[prost(uint64, tag = "1")]
    pub(crate) started: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) waited: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) prepared: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Outcome {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    pub(crate) kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Kind {
    #[prost(message, tag = "1")]
    Completed(Completed),
    #[prost(message, tag = "2")]
    Threw(Threw),
    #[prost(message, tag = "3")]
    Crashed(Crashed),
    #[prost(message, tag = "4")]
    TimedOut(TimedOut),
    #[prost(message, tag = "5")]
    Exited(Exited),
    #[prost(message, tag = "6")]
    OutOfMemory(OutOfMemory),
    #[prost(message, tag = "7")]
    Lost(Lost),
    #[prost(message, tag = "8")]
    HostError(HostError),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Completed {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Threw {
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) message: String,
    #[prost(string, tag = "4")]
    pub(crate) stack: String,
    #[prost(string, tag = "5")]
    pub(crate) phase: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Crashed {
    #[prost(sint32, tag = "1")]
    pub(crate) signal: i32,
    #[prost(sint32, tag = "2")]
    pub(crate) code: i32,
    #[prost(fixed64, tag = "3")]
    pub(crate) address: u64,
    #[prost(fixed64, tag = "4")]
    pub(crate) pc: u64,
    #[prost(bool, tag = "5")]
    pub(crate) stack_overflow: bool,
    #[prost(bool, tag = "6")]
    pub(crate) worker_died: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TimedOut {
    #[prost(enumeration = "TimeoutOrigin", tag = "1")]
    pub(crate) origin: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum TimeoutOrigin {
    Unspecified = 0,
    Deadline = 1,
    Watchdog = 2,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Exited {
    #[prost(sint32, tag = "1")]
    pub(crate) code: i32,
    #[prost(bool, tag = "2")]
    pub(crate) worker_died: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OutOfMemory {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Lost {
    #[prost(string, tag = "1")]
    pub(crate) reason: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HostError {
    #[prost(string, tag = "1")]
    pub(crate) kind: String,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Notice {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(uint32, tag = "2")]
    pub(crate) count: u32,
    #[prost(string, tag = "3")]
    pub(crate) text: String,
}

/// Nanoseconds each.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Phases {
    #[prost(uint64, tag = "1")]
    pub(crate) load: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) compile: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) execute: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) jobs: u64,
    #[prost(uint64, tag = "5")]
    pub(crate) capture: u64,
    #[prost(uint64, tag = "6")]
    pub(crate) restore: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MemoryUse {
    #[prost(uint64, tag = "1")]
    pub(crate) heap_peak: u64,
    #[prost(uint32, tag = "2")]
    pub(crate) dirty_pages: u32,
}
