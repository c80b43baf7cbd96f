//! The one thing that reaches into a run from outside: a wish that it end.
//!
//! It is an atomic and nothing else, so that a signal handler may set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much a run is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// As planned.
    No,
    /// Cases that were sent finish; no others start.
    Drain,
    /// Workers are killed.
    Kill,
}

/// Asks a run to end; clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicU8>);

impl StopFlag {
    /// One that asks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks: the first time to drain, from the second time on to kill. Seen
    /// within about 100 ms. May be called from a signal handler.
    pub fn request(&self) {
        let raised = self.0.load(Ordering::Relaxed).saturating_add(1).min(2);
        self.0.fetch_max(raised, Ordering::Relaxed);
    }

    /// What has been asked for.
    #[must_use]
    pub fn level(&self) -> Stop {
        match self.0.load(Ordering::Relaxed) {
            0 => Stop::No,
            1 => Stop::Drain,
            _ => Stop::Kill,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_request_drains_and_later_ones_kill() {
        let flag = StopFlag::new();
        let other = flag.clone();
        assert_eq!(flag.level(), Stop::No);
        other.request();
        assert_eq!(flag.level(), Stop::Drain);
        other.request();
        other.request();
        assert_eq!(flag.level(), Stop::Kill);
    }
}
