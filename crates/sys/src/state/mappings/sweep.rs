//! Two lists of mappings, side by side.

use super::entry::{Entry, Span};

/// Walks two lists at once: each stretch with what was there and what is.
pub(super) struct Sweep<'a> {
    before: &'a [Entry],
    now: &'a [Entry],
    at: usize,
}

impl<'a> Sweep<'a> {
    pub(super) const fn new(before: &'a [Entry], now: &'a [Entry]) -> Self {
        Self { before, now, at: 0 }
    }
}

/// What of the list is at or behind `at`.
fn skip(list: &mut &[Entry], at: usize) -> Option<Entry> {
    while let Some((first, rest)) = list.split_first() {
        if first.span.end > at {
            return Some(*first);
        }
        *list = rest;
    }
    None
}

impl Iterator for Sweep<'_> {
    type Item = (Span, Option<Entry>, Option<Entry>);

    fn next(&mut self) -> Option<Self::Item> {
        let (before, now) = (
            skip(&mut self.before, self.at),
            skip(&mut self.now, self.at),
        );
        let begins = |entry: &Option<Entry>| entry.map(|entry| entry.span.start.max(self.at));
        let start = [begins(&before), begins(&now)]
            .into_iter()
            .flatten()
            .min()?;
        let covers = |entry: Option<Entry>| entry.filter(|entry| entry.span.start <= start);
        let edge = |entry: Option<Entry>| {
            entry.map(|entry| {
                if entry.span.start > start {
                    entry.span.start
                } else {
                    entry.span.end
                }
            })
        };
        let end = [edge(before), edge(now)].into_iter().flatten().min()?;
        self.at = end;
        Some((Span { start, end }, covers(before), covers(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(start: usize, end: usize, protection: libc::c_int) -> Entry {
        Entry {
            span: Span { start, end },
            protection,
            backing: 0,
            is_break: false,
            ring: None,
        }
    }

    #[test]
    fn sweep_tells_what_came_went_and_changed() {
        let before = [entry(10, 20, 3), entry(30, 40, 3)];
        let now = [entry(12, 15, 3), entry(15, 20, 1), entry(25, 35, 3)];
        let told: Vec<_> = Sweep::new(&before, &now)
            .map(|(span, before, now)| {
                (
                    span.start,
                    span.end,
                    before.map(|e| e.protection),
                    now.map(|e| e.protection),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (10, 12, Some(3), None),
                (12, 15, Some(3), Some(3)),
                (15, 20, Some(3), Some(1)),
                (25, 30, None, Some(3)),
                (30, 35, Some(3), Some(3)),
                (35, 40, Some(3), None),
            ]
        );
    }
}
