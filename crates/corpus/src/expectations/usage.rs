//! Which entries a run had use for.

use super::{Expectation, ExpectationId, Expectations};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    #[default]
    NoCase,
    NotMet,
    Met,
}

/// What became of each entry in a run.
#[derive(Clone, Debug)]
pub struct Usage(Vec<State>);

/// An entry that ought to be looked at, as it said nothing true in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale<'a> {
    /// It covers no case that was run.
    NoCase(&'a Expectation),
    /// It covers some, and none ended as it says.
    NotMet(&'a Expectation),
}

impl Usage {
    /// Nothing was used yet.
    #[must_use]
    pub fn new(expectations: &Expectations) -> Self {
        Self(vec![State::default(); expectations.entries().len()])
    }

    /// A case covered by entry `id` has ended; `met`: as the entry says.
    pub fn note(&mut self, id: ExpectationId, met: bool) {
        if let Some(state) = self.0.get_mut(id.0 as usize) {
            *state = (*state).max(if met { State::Met } else { State::NotMet });
        }
    }

    /// Entries that were of no use, in the order of the file. After a run of
    /// part of the corpus, [`Stale::NoCase`] means nothing and is to be ignored.
    pub fn stale<'a>(&'a self, expectations: &'a Expectations) -> impl Iterator<Item = Stale<'a>> {
        expectations
            .entries()
            .iter()
            .zip(&self.0)
            .filter_map(|(entry, state)| match state {
                State::NoCase => Some(Stale::NoCase(entry)),
                State::NotMet => Some(Stale::NotMet(entry)),
                State::Met => None,
            })
    }
}
