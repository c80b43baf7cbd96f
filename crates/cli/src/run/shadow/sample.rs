//! Which cases are run a second time, and how they ended the first.

use crate::run::attempt::is_unreadable;
use rewind_harness::WorkerId;
use rewind_plan::{Case, CaseId, Plan};
use rewind_protocol::Outcome;
use rewind_report::CaseEnd;
use rewind_verdict::Verdict;
use std::collections::HashMap;
use twox_hash::XxHash3_64;

/// How a case ended among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InBatch {
    pub(super) end: CaseEnd,
    pub(super) worker: WorkerId,
}

/// The cases that are run a second time. An empty sample costs a run nothing.
#[derive(Debug, Default)]
pub(in crate::run) struct Sample {
    /// `None` until the case is answered.
    cases: HashMap<CaseId, Option<InBatch>>,
}

impl Sample {
    /// Draws a share of `rate` (0 to 1) of the plan's cases, rounded up. The same
    /// seed draws the same cases, whatever their order in the plan.
    pub(in crate::run) fn draw(plan: &Plan, seed: u64, rate: f64) -> Self {
        let mut drawn: Vec<_> = plan
            .iter()
            .map(|(id, case)| (lot(case, seed), id))
            .collect();
        let count = share(drawn.len(), rate);
        if count < drawn.len() {
            drawn.select_nth_unstable(count);
            drawn.truncate(count);
        }
        Self {
            cases: drawn.into_iter().map(|(_, id)| (id, None)).collect(),
        }
    }

    /// A case has ended; only the first time counts, for retries run alone.
    pub(in crate::run) fn heard(
        &mut self,
        id: CaseId,
        worker: WorkerId,
        verdict: Verdict,
        outcome: &Outcome,
    ) {
        if self.cases.is_empty() || verdict == Verdict::Lost || is_unreadable(outcome) {
            return;
        }
        if let Some(slot @ None) = self.cases.get_mut(&id) {
            let end = CaseEnd::new(verdict, outcome);
            *slot = Some(InBatch { end, worker });
        }
    }

    /// Cases that were drawn.
    pub(super) fn len(&self) -> usize {
        self.cases.len()
    }

    /// Those that have ended, by number.
    pub(super) fn ended(&self) -> Vec<(CaseId, &InBatch)> {
        let ended = self.cases.iter();
        let mut ended: Vec<_> = ended
            .filter_map(|(id, slot)| Some((*id, slot.as_ref()?)))
            .collect();
        ended.sort_by_key(|(id, _)| *id);
        ended
    }
}

/// A number as if drawn at random, that depends on what the case is and the seed.
fn lot(case: &Case, seed: u64) -> u64 {
    let path = XxHash3_64::oneshot_with_seed(seed, case.path.as_bytes());
    let round = path.wrapping_add(u64::from(case.round));
    XxHash3_64::oneshot_with_seed(round, case.variant.name().as_bytes())
}

/// `rate` of `count`, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product lies between 0 and a number of cases, which is below 2^32"
)]
fn share(count: usize, rate: f64) -> usize {
    ((count as f64 * rate).ceil() as usize).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rewind_protocol::{Attributes, Variant};

    fn plan(numbers: impl IntoIterator<Item = u32>) -> Plan {
        let case = |number: u32| Case {
            path: format!("test/{number}.js").into(),
            variant: Variant::named(&"strict"),
            preamble: None,
            attributes: Attributes::NONE,
            deadline_ms: 1,
            weight_us: 1,
            bytes: 0,
            test: 0,
            round: 0,
            expectation: None,
        };
        Plan {
            cases: numbers.into_iter().map(case).collect(),
            ..Plan::default()
        }
    }

    fn paths(plan: &Plan, seed: u64, rate: f64) -> Vec<String> {
        let sample = Sample::draw(plan, seed, rate);
        let mut paths: Vec<_> = sample
            .cases
            .keys()
            .map(|id| plan.case(*id).expect("a case").path.to_string())
            .collect();
        paths.sort();
        paths
    }

    #[test]
    fn sample_is_as_large_as_asked_for_and_depends_on_the_seed_alone() {
        let (forward, backward) = (plan(0..1000), plan((0..1000).rev()));
        for (rate, size) in [(0.0, 0), (0.0001, 1), (0.05, 50), (0.5, 500), (1.0, 1000)] {
            let drawn = paths(&forward, 7, rate);
            assert_eq!(drawn.len(), size, "{rate}");
            assert_eq!(drawn, paths(&backward, 7, rate), "{rate}");
        }
        let (one, other) = (paths(&forward, 1, 0.05), paths(&forward, 2, 0.05));
        let common = one.iter().filter(|path| other.contains(path)).count();
        assert!(common < 20, "{common} of 50 are in both");
        assert!(paths(&plan([]), 1, 1.0).is_empty());
    }

    #[test]
    fn only_the_first_end_of_a_case_that_was_drawn_counts() {
        let plan = plan(0..2);
        let mut sample = Sample::draw(&plan, 0, 1.0);
        sample.cases.remove(&CaseId(1));
        let worker = |slot| WorkerId { slot, life: 0 };
        for (id, verdict) in [
            (1, Verdict::Fail),
            (0, Verdict::Lost),
            (0, Verdict::Fail),
            (0, Verdict::Pass),
        ] {
            sample.heard(CaseId(id), worker(id), verdict, &Outcome::Completed);
        }
        let in_batch = InBatch {
            end: CaseEnd::new(Verdict::Fail, &Outcome::Completed),
            worker: worker(0),
        };
        assert_eq!(sample.ended(), [(CaseId(0), &in_batch)]);
    }
}
