//! Pages that nearly every child writes to, or the worker before it: they are
//! pinned, so that a fork copies them at once.
//!
//! ```text
//!   cases of an age   0 … 15               16 … 1023
//!                     children report      their hot pages are pinned
//! ```
//!
//! A pinned page is a child's own whether it is written or not, so only children
//! that were forked without pins can report. Pages change with the layers of the
//! preambles; an age is short enough to follow them.

use super::slot::PAGES;
use rewind_sys::process::own_pages::{exclusive, writable};
use rewind_sys::process::{PINNED_MAX, Pinned};
use rewind_sys::{PAGE_SIZE, PageRun};
use std::collections::HashMap;

/// Children of an age that report.
const SAMPLES: u32 = 16;
/// Reports that make a page hot. Copying a page in the fork costs less than half
/// of what the fault at its first write does.
const HOT_FROM: u32 = 7;
/// Children of an age.
const AGE: u32 = 1024;

/// What is known of the pages that children write to.
pub(super) struct Hot {
    /// Children forked in this age.
    forked: u32,
    /// Reports that came.
    samples: u32,
    /// In how many of them a page was.
    counts: HashMap<usize, u32>,
    pinned: Option<Pinned>,
    /// The kernel doesn't pin pages for us.
    refused: bool,
}

impl Hot {
    pub(super) fn new() -> Self {
        Self {
            forked: 0,
            samples: 0,
            counts: HashMap::new(),
            pinned: None,
            refused: false,
        }
    }

    /// A child is about to be forked; it has to report which pages it wrote to.
    pub(super) fn wants_a_report(&mut self) -> bool {
        if self.refused {
            return false;
        }
        if self.forked == AGE {
            *self = Self::new();
        }
        self.forked += 1;
        self.forked <= SAMPLES
    }

    /// A child reported these, or nothing because it wasn't asked to.
    pub(super) fn note(&mut self, pages: Vec<usize>) {
        if pages.is_empty() || self.pinned.is_some() || self.refused {
            return;
        }
        for page in pages {
            *self.counts.entry(page).or_default() += 1;
        }
        self.samples += 1;
        if self.samples == SAMPLES {
            let writable = writable().unwrap_or_default();
            let runs = joined(hot_pages(&self.counts), &writable);
            self.pinned = Pinned::pin(&runs).ok();
            self.refused = self.pinned.is_none();
            self.counts = HashMap::new();
        }
    }

    /// The pins are the worker's; a child has nothing to do with them.
    pub(super) fn give_up(&mut self) {
        self.pinned = None;
    }
}

/// Pages that this child alone has, because somebody wrote to them after the fork.
/// Empty where the kernel doesn't tell.
pub(super) fn written() -> Vec<usize> {
    let mut found = Vec::with_capacity(PAGES);
    let told = writable().and_then(|runs| exclusive(&runs, PAGES, &mut found));
    if told.is_err() {
        found.clear();
    }
    found
}

fn hot_pages(counts: &HashMap<usize, u32>) -> Vec<usize> {
    let hot = counts.iter().filter(|(_, count)| **count >= HOT_FROM);
    let mut pages: Vec<usize> = hot.map(|(page, _)| *page).collect();
    pages.sort_unstable();
    pages
}

/// Runs of the ascending `pages` within `writable`, which a child can't extend.
fn joined(pages: Vec<usize>, writable: &[PageRun]) -> Vec<PageRun> {
    let mut runs: Vec<PageRun> = Vec::new();
    for page in pages {
        let Some(end) = page.checked_add(PAGE_SIZE) else {
            continue;
        };
        let home = writable.iter().find(|it| it.start <= page && end <= it.end);
        let Some(home) = home.filter(|_| page % PAGE_SIZE == 0) else {
            continue;
        };
        match runs.last_mut() {
            Some(last) if last.end == page && page > home.start => last.end = end,
            _ => runs.push(PageRun::new(page, end)),
        }
    }
    runs.truncate(PINNED_MAX);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: usize = 1 << 30;

    fn page(number: usize) -> usize {
        BASE + number * PAGE_SIZE
    }

    #[test]
    fn hot_pages_are_joined_within_their_mappings() {
        let writable = [
            PageRun::new(page(0), page(4)),
            PageRun::new(page(4), page(8)),
        ];
        let pages = [0, 1, 3, 4, 5, 7, 8].map(page).to_vec();
        let runs = joined(pages, &writable);
        let expected =
            [(0, 2), (3, 4), (4, 6), (7, 8)].map(|(a, b)| PageRun::new(page(a), page(b)));
        assert_eq!(runs, expected);
        let strange = vec![BASE + 1, usize::MAX - 1];
        assert!(joined(strange, &writable).is_empty());
    }

    #[test]
    fn page_is_hot_from_seven_reports_of_sixteen_on() {
        let counts = HashMap::from([(page(1), 6), (page(2), 7), (page(0), 16)]);
        assert_eq!(hot_pages(&counts), [page(0), page(2)]);
    }

    #[test]
    fn first_children_of_an_age_report_and_the_others_do_not() {
        let mut hot = Hot::new();
        for _ in 0..2 {
            let wanted = (0..AGE).filter(|_| hot.wants_a_report()).count();
            assert_eq!(u32::try_from(wanted).unwrap(), SAMPLES);
        }
        hot.refused = true;
        assert!((0..AGE).all(|_| !hot.wants_a_report()));
    }

    #[test]
    fn pages_written_by_this_process_are_told() {
        assert!(written().len() > 3);
    }
}
