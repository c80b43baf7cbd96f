//! What is said of a case that no worker got: its test can't be read, or what it
//! needs isn't there. That is an error of the test, like a failure, and no result
//! that was lost.

use rewind_protocol::{Finished, Outcome, Seq};

/// Kind of the error.
const UNREADABLE: &str = "unreadable";

/// Stands in for the answer to a case that could not be sent, for that reason.
pub(super) fn never_sent(reason: String) -> Finished {
    let outcome = Outcome::HostError {
        kind: UNREADABLE.to_owned(),
        message: reason,
    };
    Finished::stand_in(Seq(0), outcome)
}

/// Whether the outcome is of a case that was never sent.
pub(super) fn is_unreadable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::HostError { kind, .. } if kind == UNREADABLE)
}
