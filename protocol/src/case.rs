//! What the parent asks for: preambles and cases.

use crate::{Attributes, Variant};
use bytes::Bytes;

/// Number of a case within one worker's life, counted by the parent from 0.
///
/// Every `Seq` that is sent is answered exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The highest number there is: the ledger keeps two bits of a word for the state.
    pub const MAX: Self = Self(u64::MAX >> 2);
}

/// Name of a preamble within one worker's life; equal preambles share a layer.
///
/// Ids 0 to [`PreambleId::ENGINE`]` - 1` are the parent's to give out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreambleId(pub u32);

impl PreambleId {
    /// The engine alone, with no source evaluated.
    pub const ENGINE: Self = Self(u32::MAX);
}

/// A named text that a guest evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the engine is told the file is called.
    pub name: String,
    /// The text, byte for byte as in the file.
    pub text: Bytes,
}

/// The sources evaluated before a case; becomes one checkpoint layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// Name that later [`Run`]s refer to.
    pub id: PreambleId,
    /// Preamble that must have been evaluated first; `None` stands for the bare engine.
    pub parent: Option<PreambleId>,
    /// Evaluated in order.
    pub sources: Vec<Source>,
}

/// One case to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number that the answer carries.
    pub seq: Seq,
    /// Path relative to the corpus root, with slashes; names the case, and other
    /// files that it asks for are looked for from there.
    pub path: String,
    /// How the source is treated.
    pub variant: Variant,
    /// Layer that it runs on.
    pub preamble: PreambleId,
    /// The text, as in the file.
    pub source: Bytes,
    /// Wall-clock time the case may take, in ms; at least 1.
    pub deadline_ms: u32,
    /// What the guest is to know of it besides.
    pub attributes: Attributes,
}
