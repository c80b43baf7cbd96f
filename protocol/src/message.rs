//! The messages of both directions, as the rest of the system sees them.
//!
//! Plain values: what they look like as bytes is the business of
//! [`codec`](crate::codec), and in which order they may come that of the two
//! sessions. Nothing here may depend on either.

use crate::case::{Preamble, Run, Seq};
use crate::handshake::Version;
use crate::outcome::Finished;

/// The capability of a worker that takes [`ToWorker::Withdraw`].
const WITHDRAW: &str = "withdraw";

/// What a parent tells its worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToWorker {
    /// The first message, sent once: who is there and how the worker is to behave.
    Hello(Hello),
    /// Sources that later cases run on.
    Preamble(Preamble),
    /// A case to run. Answered by exactly one [`ToParent::Finished`].
    Run(Run),
    /// Don't start the case, if it hasn't started. It is answered all the same.
    Cancel {
        /// Which.
        seq: Seq,
    },
    /// Take back cases that have not begun. Answered at once, between two cases,
    /// by one [`ToParent::Withdrawn`]. Only to a worker that [can](HelloReply::withdraws).
    Withdraw(Withdraw),
    /// Answered by a [`ToParent::Pong`] with the same token, between two cases,
    /// when all preambles that came before it are built (or have failed).
    Ping {
        /// Any number.
        token: u64,
    },
    /// No more cases will come: answer those that are here, say
    /// [`ToParent::Retiring`] and end.
    Drain,
    /// End now, without answering the cases that have not started.
    Shutdown,
}

/// Which cases are to be withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdraw {
    /// All that were sent before.
    All,
    /// These, at least one. Numbers that were never sent or are answered count for nothing.
    Cases(Vec<Seq>),
}

/// What a worker tells its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToParent {
    /// Answer to [`ToWorker::Hello`].
    HelloReply(HelloReply),
    /// The guest is up and cases will be run.
    Ready,
    /// A case began. Sent only where no ledger is shared, which tells the same for less.
    Started {
        /// Which.
        seq: Seq,
    },
    /// The answer to a [`ToWorker::Run`].
    Finished(Box<Finished>),
    /// The answer to a [`ToWorker::Withdraw`], and the only one to each of these
    /// cases: they have not begun, and won't. Every other case that was to be
    /// withdrawn had begun or was answered.
    Withdrawn {
        /// Which, in the order of sending; there may be none.
        seqs: Vec<Seq>,
    },
    /// Answer to [`ToWorker::Ping`].
    Pong {
        /// The token of the ping.
        token: u64,
    },
    /// Something that a person should see; no answer to anything.
    Diagnostic {
        /// One line or several, without a final newline.
        text: String,
    },
    /// The last message of a worker that ends by its own choice.
    Retiring(Retiring),
    /// Instead of [`HelloReply`]: the worker won't serve this parent, and ends.
    Refused {
        /// Why, for people.
        reason: String,
    },
}

/// How the writes of a case are found, so that they can be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// The best that the kernel offers. A request only: never what is in use.
    #[default]
    Auto,
    /// Asynchronous write-protection by userfaultfd, read through `PAGEMAP_SCAN`.
    PagemapScan,
    /// Pages made read-only; each first write is a signal.
    Mprotect,
    /// Nothing is tracked: the whole image is compared and copied.
    Copy,
}

impl Tracking {
    /// Lower-case name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::PagemapScan => "pagemap-scan",
            Self::Mprotect => "mprotect",
            Self::Copy => "copy",
        }
    }
}

impl core::fmt::Display for Tracking {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// How often the worker proves that a restore was exact, by hashing the guest's pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verify {
    /// Never.
    #[default]
    Off,
    /// After some restores.
    Sample,
    /// After every restore.
    Always,
}

impl Verify {
    /// Lower-case name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sample => "sample",
            Self::Always => "always",
        }
    }
}

impl core::fmt::Display for Verify {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// What keeps cases of one worker apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// The guest is put back to its checkpoint after each.
    #[default]
    Checkpoint,
    /// Nothing: each case finds what the one before left behind.
    None,
    /// Each case runs in a fork of the worker, which stays at the checkpoint.
    Fork,
    /// Each case has a worker of its own, which retires after it.
    Spawn,
    /// Each case has an engine and a preamble of its own, made anew in the worker
    /// and given back afterwards, as runners without a checkpoint do it. There
    /// to be measured against.
    FreshContext,
}

impl Isolation {
    /// Lower-case name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::None => "none",
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::FreshContext => "fresh-context",
        }
    }
}

impl core::fmt::Display for Isolation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// The parent's first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Newest version that the parent speaks.
    pub version: Version,
    /// Number that every frame of this worker will carry. Drawn at random for
    /// each worker and told to nobody else, so that bytes which a case forges
    /// are recognised.
    pub nonce: u64,
    /// Folder that case paths are relative to; it needn't be UTF-8.
    pub root: Vec<u8>,
    /// Short name of the guest wanted: `quickjs`.
    pub guest: String,
    /// Give cases the service that raises native faults on demand.
    pub faults: bool,
    /// Give cases the service that tells markers; `faults` gives it as well.
    pub markers: bool,
    /// Most bytes the guest heap may grow to.
    pub heap_cap: u64,
    /// How writes are to be found.
    pub tracking: Tracking,
    /// How often a restore is proven.
    pub verify: Verify,
    /// A ledger is shared: its descriptor was inherited.
    pub ledger: bool,
    /// What keeps cases apart.
    pub isolation: Isolation,
    /// Resident bytes above which the worker gives memory back to the kernel.
    pub rss_soft_limit: u64,
    /// Resident bytes above which it retires.
    pub rss_hard_limit: u64,
    /// Crashes after which it retires; `None` is no limit.
    pub crash_limit: Option<u64>,
    /// Most checkpoint layers kept at once; at least 1.
    pub layer_limit: u32,
    /// Answers are to say when their case began: [`crate::Finished::place`].
    pub timeline: bool,
}

/// The worker's answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloReply {
    /// The version both will speak.
    pub version: Version,
    /// The nonce of the [`Hello`].
    pub nonce: u64,
    /// Short name of the guest.
    pub guest_name: String,
    /// Version of the engine, as it reports it.
    pub guest_version: String,
    /// Names the exact build of the worker.
    pub build_id: String,
    /// The tracking in use; never [`Tracking::Auto`].
    pub tracking: Tracking,
    /// Why this one, for people.
    pub tracking_reason: String,
    /// Bytes in a page.
    pub page_size: u32,
    /// What this worker and its guest can do beyond the version it speaks.
    pub capabilities: Vec<String>,
    /// The worker's process.
    pub pid: u32,
}

impl HelloReply {
    /// What a worker can do of which the `guest` says that it can do this: the
    /// guest's words, and the worker's own.
    #[must_use]
    pub fn capabilities(guest: &[&str]) -> Vec<String> {
        let all = guest.iter().chain([&WITHDRAW]);
        all.map(|&name| name.to_owned()).collect()
    }

    /// The worker can give back cases that it has not begun.
    #[must_use]
    pub fn withdraws(&self) -> bool {
        self.can(WITHDRAW)
    }

    /// Worker or guest have that capability.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name == capability)
    }
}

/// Why a worker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetireReason {
    /// It was told to.
    Drained,
    /// It survived as many crashes as it was allowed to.
    CrashLimit,
    /// Its resident memory passed the hard limit.
    RssLimit,
    /// Threads of the guest would not end.
    ThreadsLeft,
    /// A restore was not exact.
    VerificationFailed,
    /// A native fault struck while no case was running.
    BetweenTestsFault,
    /// Something that a case did can't be put back in place.
    Unrestorable,
    /// Something else; see the detail.
    Other,
}

impl RetireReason {
    /// Lower-case name, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::CrashLimit => "crash-limit",
            Self::RssLimit => "rss-limit",
            Self::ThreadsLeft => "threads-left",
            Self::VerificationFailed => "verification-failed",
            Self::BetweenTestsFault => "between-tests-fault",
            Self::Unrestorable => "unrestorable",
            Self::Other => "other",
        }
    }
}

impl core::fmt::Display for RetireReason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// A worker's last words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retiring {
    /// Why.
    pub reason: RetireReason,
    /// What is known beyond the reason, for people; may be empty.
    pub detail: String,
    /// What it did in its life.
    pub counters: Counters,
}

/// What a worker did in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Cases answered, those included whose preamble had failed.
    pub cases: u64,
    /// Native faults survived.
    pub crashes: u64,
    /// Cases ended at their deadline.
    pub timeouts: u64,
    /// Restores done.
    pub restores: u64,
    /// Pages copied back by them.
    pub pages_restored: u64,
    /// Resident bytes at the end.
    pub rss_bytes: u64,
    /// Growth of resident memory since the 512th case, or since the first
    /// checkpoint if it ran fewer, in KiB; may be negative. Both are taken with
    /// spare memory given back.
    pub rss_growth_kib: i64,
    /// Checkpoint layers built.
    pub layers_built: u64,
    /// Layers dropped to keep to the limit.
    pub layers_evicted: u64,
    /// Restores that were proven exact.
    pub verifications: u64,
    /// Time that the proofs took, in ns.
    pub verify_ns: u64,
}
