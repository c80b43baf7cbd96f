//! What the parent asks for: preambles and cases.

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
    /// The engine alone, with no source evaluated: what `raw` cases run on.
    pub const ENGINE: Self = Self(u32::MAX);
}

/// One execution of a test: how its source is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Global code as it stands.
    Sloppy,
    /// Global code with `"use strict";` and a newline put before the first character.
    Strict,
    /// Module code.
    Module,
    /// Global code as it stands, with no harness before it.
    Raw,
}

impl Variant {
    /// Lower-case name, as in reports and in case ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sloppy => "sloppy",
            Self::Strict => "strict",
            Self::Module => "module",
            Self::Raw => "raw",
        }
    }
}

impl core::fmt::Display for Variant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// A named text that a guest evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the engine is told the file is called (for harness files `harness/assert.js`).
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
    /// Evaluated in order, as global code.
    pub sources: Vec<Source>,
}

/// Switches of one case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CaseFlags {
    /// The case signals completion by printing (test262's `async`).
    pub is_async: bool,
    /// `Atomics.wait` in the main agent throws (test262's `CanBlockIsFalse`).
    pub cannot_block: bool,
}

/// One case to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number that the answer carries.
    pub seq: Seq,
    /// Path relative to the corpus root, with slashes; names the case and is
    /// the base of its module specifiers.
    pub path: String,
    /// How the source is treated.
    pub variant: Variant,
    /// Layer that it runs on.
    pub preamble: PreambleId,
    /// The text, without any prefix for strict mode: the guest adds it.
    pub source: Bytes,
    /// Wall-clock time the case may take, in ms; at least 1.
    pub deadline_ms: u32,
    /// Switches.
    pub flags: CaseFlags,
}
