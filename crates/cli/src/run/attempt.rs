//! What is said of a case that no worker got: its test can't be read, or what it
//! needs isn't there. That is an error of the test, like a failure, and no result
//! that was lost.

use rewind_protocol::{Finished, MemoryUse, Outcome, Phases, Seq};

/// Kind of the error.
const UNREADABLE: &str = "unreadable";

/// Stands in for the answer to a case that could not be sent, for that reason.
pub(super) fn never_sent(reason: String) -> Finished {
    Finished {
        seq: Seq(0),
        outcome: Outcome::HostError {
            kind: UNREADABLE.to_owned(),
            message: reason,
        },
        notices: Vec::new(),
        output: Vec::new().into(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}

/// Whether the outcome is of a case that was never sent.
pub(super) fn is_unreadable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::HostError { kind, .. } if kind == UNREADABLE)
}
