//! What a search is about: a victim, and what ran before it in its process. It is
//! taken from the record of a run that is over, or from a run that is about to end.

use crate::run::Settings;
use crate::select::Selected;
use rewind_harness::RunConfig;
use rewind_plan::{Case, CaseId};
use rewind_protocol::Variant;
use std::collections::HashMap;
use std::fmt::Write as _;
use twox_hash::XxHash3_64;

/// Everything that is known before the first try.
pub(in crate::run) struct Scene<'a> {
    pub(in crate::run) settings: Settings,
    pub(in crate::run) selected: &'a Selected,
    pub(in crate::run) victim: Member,
    /// Those before it since its process started, in their order.
    pub(in crate::run) predecessors: Vec<Member>,
    /// How the victim ended among them, for people.
    pub(in crate::run) recorded: String,
}

/// One of the cases that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) struct Member {
    pub(in crate::run) id: CaseId,
    /// Which time it was, from 1, where path and variant ran several times.
    pub(in crate::run) time: Option<u32>,
}

impl Scene<'_> {
    /// The victim, as it is found in the record.
    pub(in crate::run) fn victim_name(&self) -> String {
        self.name_of(self.victim)
    }

    /// A predecessor, as it is found in the record.
    pub(in crate::run) fn name(&self, predecessor: u32) -> String {
        let member = self.predecessors.get(predecessor as usize);
        member.map_or_else(String::new, |member| self.name_of(*member))
    }

    /// The case of a predecessor.
    pub(in crate::run) fn case(&self, predecessor: u32) -> Option<&Case> {
        let member = self.predecessors.get(predecessor as usize)?;
        self.selected.plan.case(member.id)
    }

    fn name_of(&self, member: Member) -> String {
        let Some(case) = self.selected.plan.case(member.id) else {
            return String::new();
        };
        match member.time {
            Some(time) => format!("{} {}#{time}", case.path, case.variant),
            None => format!("{} {}", case.path, case.variant),
        }
    }

    /// What a worker of a try is told.
    pub(super) fn config(&self) -> RunConfig {
        let mut config = self.settings.run_config(false);
        config.workers = 1;
        config.stand_ins = 0;
        config.retry_lost = false;
        config.confirm_deaths = false;
        config
    }

    /// A checksum of the cases and of how they are run: where it is the same, a try
    /// is the same, whether the record is written already or not.
    pub(super) fn fingerprint(&self) -> u64 {
        let settings = &self.settings;
        let told = (&settings.setup, &settings.worker.args, &settings.contained);
        let mut text = format!("{told:?}\n");
        for member in self.predecessors.iter().chain([&self.victim]) {
            let deadline = self.selected.plan.case(member.id).map(|it| it.deadline_ms);
            // Writing into a `String` has no way to fail.
            let _ = writeln!(text, "{:?} {deadline:?}", self.name_of(*member));
        }
        XxHash3_64::oneshot(text.as_bytes())
    }
}

/// Counts how often path and variant came, to tell the times apart.
#[derive(Debug, Default)]
pub(in crate::run) struct Times<'a> {
    counts: HashMap<(&'a str, Variant), u32>,
    /// Of each that was counted, which time it was, from 1.
    numbers: Vec<(u32, (&'a str, Variant))>,
}

impl<'a> Times<'a> {
    /// Those of all that ran, in their order.
    pub(in crate::run) fn of(ran: impl IntoIterator<Item = (&'a str, Variant)>) -> Self {
        let mut times = Self::default();
        for key in ran {
            let count = times.counts.entry(key).or_default();
            *count += 1;
            times.numbers.push((*count, key));
        }
        times
    }

    /// Which time it was at this place; `None` if it was the only one.
    pub(in crate::run) fn at(&self, place: usize) -> Option<u32> {
        let (number, key) = self.numbers.get(place)?;
        let several = self.counts.get(key).is_some_and(|count| *count > 1);
        several.then_some(*number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ran_several_times_has_a_number() {
        let (sloppy, strict) = (Variant::named(&"sloppy"), Variant::named(&"strict"));
        let ran = [("a", sloppy), ("a", strict), ("b", sloppy), ("a", sloppy)];
        let times = Times::of(ran);
        let numbers: Vec<_> = (0..5).map(|at| times.at(at)).collect();
        assert_eq!(numbers, [Some(1), None, None, Some(2), None]);
    }
}
