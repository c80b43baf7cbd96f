//! What can be wrong with a line of a list.

use rewind_protocol::Variant;

/// What can be wrong with a line of a list; each says the mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListProblem {
    /// There is text in front of ` -- ` or nothing at all, but no path.
    #[error("there is no path: write `PATH -- …`")]
    NoPath,
    /// The path can't be that of a test.
    #[error("`{0}` is no path below the corpus root: write it as reports do, `test/…`")]
    Absolute(String),
    /// The glob can't be compiled.
    #[error("`{pattern}` is no glob: {message}")]
    Glob {
        /// The glob.
        pattern: String,
        /// What its parser said.
        message: String,
    },
    /// Two lines name the same path and variant.
    #[error("`{path}` ({variant}) is already listed on line {first}: keep one of the two")]
    Twice {
        /// The path.
        path: String,
        /// A variant that both cover.
        variant: Variant,
        /// Line of the first.
        first: u32,
    },
    /// A test is to be skipped and nobody says why.
    #[error("`{path}` is skipped for no reason: write `{path} -- ` and why, in a few words")]
    NoReason {
        /// The path.
        path: String,
    },
    /// A single word stands where a reason has to be.
    #[error("`{0}` is no reason: say in a few words why the test isn't run")]
    NotProse(String),
    /// A deadline that can't be read, or out of bounds.
    #[error("`{0}` is no deadline: write seconds from 1 to 600, as in `90 s`")]
    Deadline(String),
}
