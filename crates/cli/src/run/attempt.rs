//! What is said of a case that no worker answered.

use rewind_protocol::{AsyncSignal, Finished, MemoryUse, Outcome, Phases, Seq};

/// Stands in for the answer to a case that no worker got.
pub(super) fn never_sent(error: String) -> Finished {
    Finished {
        seq: Seq(0),
        outcome: Outcome::Lost { reason: error },
        async_signal: AsyncSignal::default(),
        output: Vec::new().into(),
        output_dropped: 0,
        recovery: None,
        place: None,
        markers: Vec::new(),
        phases: Phases::default(),
        memory: MemoryUse::default(),
    }
}
