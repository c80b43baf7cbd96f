//! Workers that ended and no case is to blame: each way is told once.
//!
//! Where none can be started, every slot says the same several times, and then the
//! run ends with an error that says it once more. So such a death waits until it
//! is known whether the run goes on.
//!
//! ```text
//! died ─► waiting ─┬─ a case is answered ─► told, the first of each way
//!                  └─ the run breaks off ─► told, but for what the error says
//! ```

use rewind_harness::{Death, LastWorker, WorkerId};
use std::collections::HashSet;

/// Deaths without a case that is to blame.
#[derive(Debug, Default)]
pub(super) struct Deaths {
    /// Not told yet; no way twice.
    waiting: Vec<(WorkerId, How)>,
    told: HashSet<How>,
}

/// How a worker ended, and the end of what it said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct How {
    death: String,
    said: String,
}

impl How {
    fn new(death: String, said: &str) -> Self {
        let said = said.trim_end().to_owned();
        Self { death, said }
    }
}

impl Deaths {
    /// A worker died, and no case is to blame.
    pub(super) fn hear(&mut self, worker: WorkerId, death: &Death, said: &str) {
        let how = How::new(death.to_string(), said);
        let known = self.told.contains(&how) || self.waiting.iter().any(|(_, it)| *it == how);
        if !known {
            self.waiting.push((worker, how));
        }
    }

    /// Something is to be told once it is known that the run goes on.
    pub(super) const fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What is to be told now, as the run goes on.
    pub(super) fn tell(&mut self) -> Vec<String> {
        let told = self.waiting.drain(..).map(|(worker, how)| {
            let text = format!("worker {worker}: {}\n{}", how.death, how.said);
            self.told.insert(how);
            text
        });
        told.collect()
    }

    /// What is to be told as the run breaks off, with an error that names `last`.
    pub(super) fn tell_beside(&mut self, last: &LastWorker) -> Vec<String> {
        let error = How::new(last.how.clone(), &last.stderr_tail);
        self.waiting.retain(|(_, how)| *how != error);
        self.tell()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(why: &str) -> Death {
        Death::Start(why.to_owned())
    }

    fn worker(slot: u32, life: u32) -> WorkerId {
        WorkerId { slot, life }
    }

    #[test]
    fn same_death_of_several_workers_is_told_once() {
        let mut deaths = Deaths::default();
        for life in 0..3 {
            deaths.hear(worker(0, life), &start("not there"), "");
            deaths.hear(worker(1, life), &Death::Stalled, "said\n");
        }
        assert!(deaths.are_waiting());
        assert_eq!(
            deaths.tell(),
            [
                "worker 0.0: did not start: not there\n",
                "worker 1.0: made no progress and was killed\nsaid"
            ]
        );
        deaths.hear(worker(0, 3), &start("not there"), "");
        assert!(!deaths.are_waiting());
    }

    #[test]
    fn what_the_error_says_is_not_told_before_it() {
        let mut deaths = Deaths::default();
        deaths.hear(worker(0, 0), &start("not there"), "");
        deaths.hear(worker(1, 0), &start("no memory"), "reserve 1 byte\n");
        let last = LastWorker {
            worker: worker(1, 2),
            how: "did not start: no memory".to_owned(),
            stderr_tail: "reserve 1 byte\n".to_owned(),
        };
        assert_eq!(
            deaths.tell_beside(&last),
            ["worker 0.0: did not start: not there\n"]
        );
    }
}
