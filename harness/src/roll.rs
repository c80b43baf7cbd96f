//! Which cases were answered: the last guard against an answer that is counted twice.

use crate::totals::RunTotals;
use rewind_plan::CaseId;

/// Attempts settled so far, for each case.
#[derive(Debug)]
pub(crate) struct Roll {
    /// By case; `None` for one that this run does not run.
    settled: Vec<Option<u8>>,
    open: usize,
}

impl Roll {
    /// A roll of a plan of `cases` cases, of which none is to be run.
    pub(crate) fn new(cases: usize) -> Self {
        Self {
            settled: vec![None; cases],
            open: 0,
        }
    }

    /// Adds a case; `false` if it is there already or the plan has none such.
    pub(crate) fn enter(&mut self, case: CaseId) -> bool {
        match self.settled.get_mut(case.0 as usize) {
            Some(entry @ None) => {
                *entry = Some(0);
                self.open += 1;
                true
            }
            _ => false,
        }
    }

    /// Adds a case that nobody knew of before; `false` if its number is in use. That
    /// of a case that was settled may be given out again.
    pub(crate) fn admit(&mut self, case: CaseId) -> bool {
        let index = case.0 as usize;
        if self.settled.len() <= index {
            self.settled.resize(index + 1, None);
        }
        if let Some(entry) = self.settled.get_mut(index) {
            *entry = entry.filter(|&settled| settled == 0);
        }
        self.enter(case)
    }

    /// Every case of which no attempt is settled.
    pub(crate) fn open_cases(&self) -> Vec<CaseId> {
        let entries = (0..).map(CaseId).zip(&self.settled);
        let open = entries.filter(|(_, entry)| **entry == Some(0));
        open.map(|(case, _)| case).collect()
    }

    /// Notes that this attempt of the case is settled; `false` if it isn't its turn.
    #[must_use]
    pub(crate) fn settle(&mut self, case: CaseId, attempt: u8) -> bool {
        match self.settled.get_mut(case.0 as usize) {
            Some(Some(settled)) if settled.checked_add(1) == Some(attempt) => {
                *settled = attempt;
                self.open -= usize::from(attempt == 1);
                true
            }
            _ => false,
        }
    }

    /// Notes that the case will not be run; `false` if it was settled, or isn't to be run.
    #[must_use]
    pub(crate) fn withdraw(&mut self, case: CaseId) -> bool {
        match self.settled.get_mut(case.0 as usize) {
            Some(Some(settled @ 0)) => {
                // No attempt comes after it.
                *settled = u8::MAX;
                self.open -= 1;
                true
            }
            _ => false,
        }
    }

    /// The case is to be run, and no attempt of it is settled.
    pub(crate) fn is_open(&self, case: CaseId) -> bool {
        self.settled.get(case.0 as usize) == Some(&Some(0))
    }

    /// Cases with no settled attempt.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Totals in which everything is still to be done.
    pub(crate) fn totals(&self) -> RunTotals {
        RunTotals {
            cases: self.open,
            ..RunTotals::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_is_settled_once_and_in_turn() {
        let mut roll = Roll::new(3);
        assert!(roll.enter(CaseId(0)) && roll.enter(CaseId(2)));
        assert!(!roll.enter(CaseId(2)) && !roll.enter(CaseId(3)));
        assert_eq!((roll.open(), roll.totals().cases), (2, 2));
        assert!(!roll.settle(CaseId(0), 2));
        assert!(roll.settle(CaseId(0), 1));
        assert!(!roll.settle(CaseId(0), 1));
        assert!(roll.settle(CaseId(0), 2));
        assert!(!roll.settle(CaseId(1), 1) && !roll.settle(CaseId(9), 1));
        assert_eq!(roll.open(), 1);
    }

    #[test]
    fn roll_grows_and_number_of_a_settled_case_is_given_out_again() {
        let mut roll = Roll::new(0);
        assert!(roll.admit(CaseId(2)) && !roll.admit(CaseId(2)));
        assert!(roll.settle(CaseId(2), 1) && roll.admit(CaseId(2)));
        assert!(roll.withdraw(CaseId(2)) && roll.admit(CaseId(2)));
        assert!(roll.admit(CaseId(0)));
        assert_eq!(roll.open_cases(), [CaseId(0), CaseId(2)]);
        assert_eq!(roll.open(), 2);
        assert!(roll.settle(CaseId(2), 1) && !roll.settle(CaseId(1), 1));
        assert_eq!(roll.open_cases(), [CaseId(0)]);
    }

    #[test]
    fn withdrawn_case_is_never_settled_and_a_settled_one_never_withdrawn() {
        let mut roll = Roll::new(3);
        assert!(roll.enter(CaseId(0)) && roll.enter(CaseId(1)));
        assert!(roll.settle(CaseId(0), 1) && !roll.withdraw(CaseId(0)));
        assert!(roll.is_open(CaseId(1)) && roll.withdraw(CaseId(1)));
        assert!(!roll.withdraw(CaseId(1)) && !roll.is_open(CaseId(1)));
        assert!(!roll.withdraw(CaseId(2)) && !roll.withdraw(CaseId(3)));
        for attempt in [0, 1, 2, u8::MAX] {
            assert!(!roll.settle(CaseId(1), attempt));
        }
        assert_eq!(roll.open(), 0);
    }
}
