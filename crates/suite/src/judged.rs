//! What a suite says of how a test ended.

use crate::FailureKind;
use rewind_protocol::{ErrorPhase, Thrown};

/// What a suite makes of an outcome. References go into the outcome or the
/// suite: text is put together only when somebody shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged<'a> {
    /// It did what it had to.
    Passed,
    /// It threw and wasn't to.
    Uncaught {
        /// What sort of failure that is.
        kind: FailureKind,
        /// When it threw.
        phase: ErrorPhase,
        /// What it threw.
        thrown: &'a Thrown,
    },
    /// It was to throw and didn't.
    NothingThrown(Wanted<'a>),
    /// It was to throw and threw something else, or at another time.
    OtherThrown {
        /// What it had to throw.
        wanted: Wanted<'a>,
        /// When it threw.
        phase: ErrorPhase,
        /// What it threw.
        thrown: &'a Thrown,
    },
    /// A source of its preamble threw: the test itself never began.
    Preamble(&'a Thrown),
    /// It broke a rule of the suite's own.
    Failed {
        /// What sort of failure that is.
        kind: FailureKind,
        /// The rule, as people are told it.
        rule: &'static str,
        /// What follows the rule's text.
        detail: Detail<'a>,
    },
}

/// An error that a test must end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Its kind, as the guest names it.
    pub name: &'a str,
    /// When it must be thrown.
    pub phase: ErrorPhase,
    /// What sort of failure it is to end otherwise.
    pub kind: FailureKind,
}

/// What follows the text of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail<'a> {
    /// Nothing.
    None,
    /// A text.
    Text(&'a str),
    /// How often something happened.
    Times(u32),
    /// A number.
    Number(u64),
    /// What it should have been, and what it was.
    Differs {
        /// What it should have been.
        wanted: i64,
        /// What it was.
        found: i64,
    },
}
