//! The guests of an executable, which hands them in: the worker knows none by name.

use crate::WorkerError;
use rewind_guest::{Guest, GuestOptions};
use std::ops::Range;

/// A guest that can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct GuestEntry {
    /// Name that a parent asks for it by.
    pub name: &'static str,
    /// Makes it, not booted.
    pub create: fn(&GuestOptions) -> Box<dyn Guest>,
    /// Pages of the executable that hold a variable of the guest's which only
    /// cases with faults can write to: they are covered for these alone.
    pub fault_pages: Option<fn() -> Range<usize>>,
}

/// Pages of the executable that hold variables of a guest linked into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestStatics {
    /// Address of the first page.
    pub start: usize,
    /// Address behind the last.
    pub end: usize,
}

/// What an executable gives its workers to run.
#[derive(Clone, Copy, Debug)]
pub struct Guests<'a> {
    /// All there are. The first is that of a parent that can name none, as those
    /// of the line dialect.
    pub entries: &'a [GuestEntry],
    /// Where their variables lie.
    pub statics: &'a [GuestStatics],
}

impl Guests<'_> {
    /// The guest of that name.
    pub(crate) fn named(&self, name: &str) -> Result<&GuestEntry, WorkerError> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| WorkerError::UnknownGuest {
            name: name.to_owned(),
            known: self.names(),
        })
    }

    /// Name of the guest of a parent that names none; empty where there is none.
    pub(crate) fn usual(&self) -> &'static str {
        self.entries.first().map_or("", |entry| entry.name)
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.entries.iter().map(|entry| entry.name).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guest_that_is_not_there_is_refused_with_those_that_are() {
        let create: fn(&GuestOptions) -> Box<dyn Guest> = |_| unreachable!("nothing boots here");
        let entry = |name| GuestEntry {
            name,
            create,
            fault_pages: None,
        };
        let entries = [entry("one"), entry("two")];
        let guests = Guests {
            entries: &entries,
            statics: &[],
        };
        assert_eq!(guests.named("two").unwrap().name, "two");
        assert_eq!(guests.usual(), "one");
        let error = guests.named("three").unwrap_err().chain();
        assert!(
            error.contains("\"three\"") && error.contains("one, two"),
            "{error}"
        );
    }
}
