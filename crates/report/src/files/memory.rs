//! `memory.json`: how much the guest's memory grew in each case.
//!
//! A case is put back afterwards, so what it left can't hurt the next one; but
//! an engine that has no checkpoint would have kept it, and would have grown by
//! as much. So growth tells of leaks, and of tests that are large by themselves.

use crate::{CaseRecord, MemoryPeaks, Summary};
use rewind_protocol::{Finished, Variant};
use serde::Serialize;
use std::collections::HashMap;

/// Growth beyond this makes a suspect, in bytes.
const SUSPECT: u64 = 1 << 20;
/// Growth beyond this is large, in bytes.
const LARGE: u64 = 10 << 20;
/// Cases shown with all that is known of them.
const TOP: usize = 20;
/// Cases listed; of more only the counts are kept.
const LISTED: usize = 100_000;

/// What grew so far.
#[derive(Default)]
pub(super) struct Memory {
    /// Cases above [`SUSPECT`], by path and variant.
    grown: HashMap<(Box<str>, Variant), Growth>,
    not_listed: u64,
}

#[derive(Clone, Copy)]
struct Growth {
    bytes: u64,
    dirty_pages: u32,
    worker: u32,
}

#[derive(Serialize)]
struct Grown<'a> {
    path: &'a str,
    variant: &'static str,
    growth_bytes: u64,
    dirty_pages: u32,
    worker: u32,
}

/// The file.
#[derive(Serialize)]
pub(super) struct File<'a> {
    suspect_above_bytes: u64,
    large_above_bytes: u64,
    /// Cases above the first bound, those above the second among them.
    suspects: usize,
    large: usize,
    not_listed: u64,
    /// Resident memory at its highest.
    peak_bytes: MemoryPeaks,
    /// What grew most, largest first.
    top: Vec<Grown<'a>>,
    large_cases: Vec<String>,
    suspect_cases: Vec<String>,
}

impl Memory {
    pub(super) fn record(&mut self, record: &CaseRecord<'_>, finished: &Finished) {
        let bytes = finished.memory.heap_peak;
        if bytes <= SUSPECT {
            return;
        }
        if self.grown.len() >= LISTED {
            self.not_listed += 1;
            return;
        }
        let growth = Growth {
            bytes,
            dirty_pages: finished.memory.dirty_pages,
            worker: record.worker,
        };
        let known = self.grown.entry((record.path.into(), record.variant));
        let known = known.or_insert(growth);
        if known.bytes < bytes {
            *known = growth;
        }
    }

    pub(super) fn file(&self, summary: &Summary) -> File<'_> {
        let mut all: Vec<_> = self.grown.iter().collect();
        all.sort_unstable_by(|(a, ours), (b, theirs)| {
            theirs.bytes.cmp(&ours.bytes).then_with(|| a.cmp(b))
        });
        let large = all.partition_point(|(_, growth)| growth.bytes > LARGE);
        let (larger, smaller) = all.split_at(large);
        let names = |list: &[(&(Box<str>, Variant), &Growth)]| {
            let mut names: Vec<String> = list
                .iter()
                .map(|((path, variant), _)| format!("{path} {variant}"))
                .collect();
            names.sort_unstable();
            names
        };
        File {
            suspect_above_bytes: SUSPECT,
            large_above_bytes: LARGE,
            suspects: all.len(),
            large,
            not_listed: self.not_listed,
            peak_bytes: summary.peak_bytes,
            top: all.iter().take(TOP).map(|it| grown(it)).collect(),
            large_cases: names(larger),
            suspect_cases: names(smaller),
        }
    }
}

fn grown<'a>((case, growth): &(&'a (Box<str>, Variant), &Growth)) -> Grown<'a> {
    Grown {
        path: &case.0,
        variant: case.1.name(),
        growth_bytes: growth.bytes,
        dirty_pages: growth.dirty_pages,
        worker: growth.worker,
    }
}

#[cfg(test)]
mod tests {
    use super::super::phases::tests::{finished, passed};
    use super::*;
    use serde_json::{Value, json};

    fn file(growths: &[(&str, u64)]) -> Value {
        let mut memory = Memory::default();
        for (path, bytes) in growths {
            let mut finished = finished(1);
            finished.memory.heap_peak = *bytes;
            memory.record(&passed(path, &finished), &finished);
        }
        serde_json::to_value(memory.file(&Summary::default())).expect("an object")
    }

    #[test]
    fn growth_is_a_suspect_above_one_mib_and_large_above_ten() {
        let found = file(&[
            ("small", SUSPECT),
            ("suspect", SUSPECT + 1),
            ("still", LARGE),
            ("large", LARGE + 1),
        ]);
        assert_eq!(
            (&found["suspects"], &found["large"]),
            (&json!(3), &json!(1))
        );
        assert_eq!(found["large_cases"], json!(["large sloppy"]));
        assert_eq!(
            found["suspect_cases"],
            json!(["still sloppy", "suspect sloppy"])
        );
    }

    #[test]
    fn top_has_the_twenty_that_grew_most_each_once() {
        let names: Vec<String> = (0..30).map(|at| format!("{at}")).collect();
        let mut growths: Vec<(&str, u64)> = (2..)
            .zip(&names)
            .map(|(at, name)| (name.as_str(), at << 20))
            .collect();
        growths.push(("29", 2 << 20));
        let found = file(&growths);
        let top = found["top"].as_array().expect("a list");
        assert_eq!(top.len(), TOP);
        assert_eq!(
            (&top[0]["path"], &top[0]["growth_bytes"]),
            (&json!("29"), &json!(31 << 20))
        );
        assert_eq!(top[19]["path"], "10");
        assert_eq!(found["suspects"], 30);
    }
}
