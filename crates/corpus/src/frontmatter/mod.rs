//! What a test says about itself, between `/*---` and `---*/`.
//!
//! The block is YAML, of which tests use a small part; a general YAML parser
//! would cost more than everything else that planning a run does. What is
//! understood here is listed in [`parse`]; keys that don't matter for running a
//! test (its description, its section of the specification) are stepped over.

mod flags;
mod parse;
mod yaml;

pub use flags::{Flag, Flags};
pub use parse::{FrontmatterError, FrontmatterProblem, ParsedFrontmatter, parse_frontmatter};

use crate::names::{List, Names, Symbol};
use crate::variants;
use rewind_protocol::ErrorPhase;
use std::fmt;

/// When a negative test must throw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NegativePhase {
    /// While it is parsed, early errors included.
    Parse,
    /// While its modules are resolved and linked.
    Resolution,
    /// While it runs.
    Runtime,
}

impl NegativePhase {
    /// The word used in frontmatter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Resolution => "resolution",
            Self::Runtime => "runtime",
        }
    }

    /// The phase of an outcome that satisfies it.
    #[must_use]
    pub const fn error_phase(self) -> ErrorPhase {
        match self {
            Self::Parse => variants::PARSE,
            Self::Resolution => variants::RESOLUTION,
            Self::Runtime => ErrorPhase::RUNTIME,
        }
    }

    /// The phase that frontmatter calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Parse, Self::Resolution, Self::Runtime]
            .into_iter()
            .find(|phase| phase.name() == name)
    }
}

impl fmt::Display for NegativePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error that a negative test must end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Negative<'a> {
    /// When it must be thrown.
    pub phase: NegativePhase,
    /// Name of its constructor, compared whole.
    pub type_name: &'a str,
}

/// A test's metadata, with all names interned; meaningful beside its [`Names`] only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frontmatter {
    /// Switches.
    pub flags: Flags,
    /// Phase and constructor name of the error that it must end with.
    pub negative: Option<(NegativePhase, Symbol)>,
    /// Harness files that it needs, beyond those that every test gets, in order.
    pub includes: List,
    /// Features that it uses, in the order of the file.
    pub features: List,
}

impl Frontmatter {
    /// Interns what was parsed; `scratch` is cleared and used for lists.
    pub(crate) fn intern(
        parsed: &ParsedFrontmatter<'_>,
        names: &mut Names,
        scratch: &mut Vec<Symbol>,
    ) -> Self {
        let mut list = |texts: &[&str], names: &mut Names| {
            scratch.clear();
            scratch.extend(texts.iter().map(|text| names.intern(text)));
            names.intern_list(scratch)
        };
        let includes = list(&parsed.includes, names);
        let features = list(&parsed.features, names);
        let negative = parsed
            .negative
            .map(|it| (it.phase, names.intern(it.type_name)));
        Self {
            flags: parsed.flags,
            negative,
            includes,
            features,
        }
    }
}
