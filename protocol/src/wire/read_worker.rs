//! From the wire to what a parent tells its worker; what it sent is judged here.

use super::names::Named;
use super::to_worker as wire;
use super::to_worker::Body;
use crate::case::{Preamble, PreambleId, Run, Seq, Source};
use crate::codec::FrameFault;
use crate::handshake::{HandshakeError, MAGIC, Version};
use crate::message::{Hello, Isolation, ToWorker, Tracking, Verify, Withdraw};
use crate::{Attributes, NameError, Variant};

impl TryFrom<wire::ToWorker> for ToWorker {
    type Error = FrameFault;

    fn try_from(frame: wire::ToWorker) -> Result<Self, FrameFault> {
        Ok(match frame.body.ok_or(FrameFault::Unknown)? {
            Body::Hello(hello) => Self::Hello(hello.try_into()?),
            Body::Preamble(preamble) => Self::Preamble(preamble.try_into()?),
            Body::Run(run) => Self::Run(run.try_into()?),
            Body::Cancel(cancel) => Self::Cancel {
                seq: seq(cancel.seq, "Cancel")?,
            },
            Body::Ping(ping) => Self::Ping { token: ping.token },
            Body::Drain(_) => Self::Drain,
            Body::Shutdown(_) => Self::Shutdown,
            Body::Withdraw(withdraw) => Self::Withdraw(withdraw.try_into()?),
        })
    }
}

/// A case's number, if it is one that a ledger can hold.
pub(super) fn seq(number: u64, message: &'static str) -> Result<Seq, FrameFault> {
    if number > Seq::MAX.0 {
        return Err(FrameFault::field(message, "seq", "is above 2^62 - 1"));
    }
    Ok(Seq(number))
}

/// The numbers of cases, if each is one.
pub(super) fn seqs(numbers: &[u64], message: &'static str) -> Result<Vec<Seq>, FrameFault> {
    let above = |&number: &u64| number > Seq::MAX.0;
    if numbers.iter().any(above) {
        let problem = "holds a number above 2^62 - 1";
        return Err(FrameFault::field(message, "seqs", problem));
    }
    Ok(numbers.iter().map(|&number| Seq(number)).collect())
}

/// The version in a greeting, once the magic before it is right.
pub(super) fn version_of(
    magic: u32,
    version: Option<wire::Version>,
    message: &'static str,
) -> Result<Version, FrameFault> {
    if magic != MAGIC {
        return Err(HandshakeError::Magic { found: magic }.into());
    }
    let wire::Version { major, minor } = version.ok_or(FrameFault::missing(message, "version"))?;
    Ok(Version { major, minor })
}

impl TryFrom<wire::Hello> for Hello {
    type Error = FrameFault;

    fn try_from(hello: wire::Hello) -> Result<Self, FrameFault> {
        let version = version_of(hello.magic, hello.version, "Hello")?;
        if version.major != Version::CURRENT.major {
            return Ok(Self::of_stranger(version, hello.nonce));
        }
        if hello.layer_limit == 0 {
            return Err(FrameFault::missing("Hello", "layer_limit"));
        }
        Ok(Self {
            version,
            nonce: hello.nonce,
            root: hello.root,
            guest: hello.guest,
            faults: hello.faults,
            markers: hello.markers,
            heap_cap: hello.heap_cap,
            tracking: Tracking::read(hello.tracking, "Hello", "tracking")?,
            verify: Verify::read(hello.verify, "Hello", "verify")?,
            ledger: hello.ledger,
            isolation: Isolation::read(hello.isolation, "Hello", "isolation")?,
            rss_soft_limit: hello.rss_soft_limit,
            rss_hard_limit: hello.rss_hard_limit,
            crash_limit: hello.crash_limit,
            layer_limit: hello.layer_limit,
            timeline: hello.timeline,
        })
    }
}

impl Hello {
    /// All that is known of a parent of another major version: enough to
    /// refuse it by name, in a frame that carries its nonce.
    pub(super) fn of_stranger(version: Version, nonce: u64) -> Self {
        Self {
            version,
            nonce,
            root: Vec::new(),
            guest: String::new(),
            faults: false,
            markers: false,
            heap_cap: 0,
            tracking: Tracking::default(),
            verify: Verify::default(),
            ledger: false,
            isolation: Isolation::default(),
            rss_soft_limit: 0,
            rss_hard_limit: 0,
            crash_limit: None,
            layer_limit: 1,
            timeline: false,
        }
    }
}

impl TryFrom<wire::Withdraw> for Withdraw {
    type Error = FrameFault;

    fn try_from(withdraw: wire::Withdraw) -> Result<Self, FrameFault> {
        match (withdraw.all, withdraw.seqs.as_slice()) {
            (true, []) => Ok(Self::All),
            (true, _) => {
                let problem = "names cases, and `all` is said as well";
                Err(FrameFault::field("Withdraw", "seqs", problem))
            }
            (false, []) => Err(FrameFault::missing("Withdraw", "seqs")),
            (false, numbers) => Ok(Self::Cases(seqs(numbers, "Withdraw")?)),
        }
    }
}

impl TryFrom<wire::Preamble> for Preamble {
    type Error = FrameFault;

    fn try_from(preamble: wire::Preamble) -> Result<Self, FrameFault> {
        let id = PreambleId(preamble.id);
        let parent = preamble.parent.map(PreambleId);
        if id == PreambleId::ENGINE {
            return Err(FrameFault::field("Preamble", "id", "is the bare engine's"));
        }
        if parent == Some(id) {
            return Err(FrameFault::field(
                "Preamble",
                "parent",
                "is the preamble itself",
            ));
        }
        if parent == Some(PreambleId::ENGINE) {
            let problem = "is the bare engine, which is said by leaving it out";
            return Err(FrameFault::field("Preamble", "parent", problem));
        }
        let sources = preamble.sources.into_iter().map(Source::from).collect();
        Ok(Self {
            id,
            parent,
            sources,
        })
    }
}

impl From<wire::Source> for Source {
    fn from(source: wire::Source) -> Self {
        Self {
            name: source.name,
            text: source.text,
        }
    }
}

impl TryFrom<wire::Run> for Run {
    type Error = FrameFault;

    fn try_from(run: wire::Run) -> Result<Self, FrameFault> {
        if run.deadline_ms == 0 {
            return Err(FrameFault::missing("Run", "deadline_ms"));
        }
        Ok(Self {
            seq: seq(run.seq, "Run")?,
            path: run.path,
            variant: Variant::parse(&run.variant).map_err(no_name("variant"))?,
            preamble: PreambleId(run.preamble),
            source: run.source,
            deadline_ms: run.deadline_ms,
            attributes: Attributes::parse(&run.attributes).map_err(no_name("attributes"))?,
        })
    }
}

/// What is wrong with a field of a case that should be a name.
fn no_name(field: &'static str) -> impl FnOnce(NameError) -> FrameFault {
    move |error| match error {
        NameError::Form(text) if text.is_empty() => FrameFault::missing("Run", field),
        NameError::Form(_) => FrameFault::field("Run", field, "is no name"),
        NameError::TooMany => FrameFault::field("Run", field, "is one name too many"),
    }
}
