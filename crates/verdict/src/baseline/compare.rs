//! A run held against a baseline.

use super::{Baseline, BaselineEntry};
use crate::Class;
use rewind_protocol::Variant;
use std::fmt;
use std::sync::Arc;

/// A case that differs from the baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Path relative to the root, with slashes.
    pub path: Arc<str>,
    /// Its variant.
    pub variant: Variant,
    /// How the baseline says it ends; `None` for a pass.
    pub was: Option<Class>,
    /// How it ended now; `None` if it passed or wasn't run.
    pub now: Option<Class>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.variant)?;
        match (self.was, self.now) {
            (Some(was), Some(now)) if was != now => write!(f, " {now} (was {was})"),
            // Of what is as it was, nothing else is told.
            (Some(Class::Crash), Some(_)) => f.write_str(" crash (listed without a reason)"),
            (Some(_), Some(class)) => write!(f, " {class}"),
            (None, Some(class)) | (Some(class), None) => write!(f, " {class}"),
            (None, None) => Ok(()),
        }
    }
}

/// All differences, each list sorted by path and variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// NEW: didn't pass, and the baseline says it does, or ends in another way, or
    /// crashes for no reason.
    pub new: Vec<Difference>,
    /// FIXED: passed, and the baseline says it doesn't.
    pub fixed: Vec<Difference>,
    /// STALE: in the baseline, but there is no such case any more.
    pub stale: Vec<Difference>,
    /// FLAKY: failed, and was as it had to be on a retry. No regression, and no
    /// secret: it is here whatever the baseline says.
    pub flaky: Vec<Difference>,
}

impl Comparison {
    /// Nothing got worse.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.new.is_empty()
    }
}

impl Baseline {
    /// Holds `results` against the baseline: how each case that was run ended,
    /// `None` for a pass, in any order. Where a case is there several times, it
    /// is fixed only if it passed every time.
    ///
    /// `whole`: these are all cases that there are; if not, an entry without a
    /// result says nothing and isn't stale.
    pub fn compare<'a>(
        &self,
        results: impl IntoIterator<Item = (&'a Arc<str>, Variant, Option<Class>)>,
        whole: bool,
    ) -> Comparison {
        let mut comparison = Comparison::default();
        let mut seen = vec![Seen::No; self.entries.len()];
        for (path, variant, now) in results {
            let at = self.position(path, variant).ok();
            let entry = at.and_then(|at| self.entries.get(at));
            let was = entry.map(|entry| entry.class);
            let known = now == was && entry.is_none_or(BaselineEntry::excuses);
            if let Some(seen) = at.and_then(|at| seen.get_mut(at)) {
                *seen = (*seen).max(if now.is_some() {
                    Seen::Failing
                } else {
                    Seen::Passing
                });
            }
            let list = match now {
                Some(Class::Partial) => &mut comparison.flaky,
                Some(_) if !known => &mut comparison.new,
                _ => continue,
            };
            let path = Arc::clone(path);
            list.push(Difference {
                path,
                variant,
                was,
                now,
            });
        }
        for list in [&mut comparison.new, &mut comparison.flaky] {
            list.sort();
            list.dedup();
        }
        for (entry, seen) in self.entries.iter().zip(seen) {
            let path = Arc::clone(&entry.path);
            let gone = Difference {
                path,
                variant: entry.variant,
                was: Some(entry.class),
                now: None,
            };
            match seen {
                Seen::Passing => comparison.fixed.push(gone),
                Seen::No if whole => comparison.stale.push(gone),
                Seen::No | Seen::Failing => {}
            }
        }
        comparison
    }
}

/// What became of an entry; a later one outweighs an earlier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    No,
    Passing,
    Failing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineHeader;

    const RAW: Variant = Variant::named(&"raw");

    fn baseline(entries: &[(&str, Class)]) -> Baseline {
        let mut baseline = Baseline::new(BaselineHeader::default());
        let entries: Vec<_> = entries
            .iter()
            .map(|&(path, class)| (Arc::from(path), class))
            .collect();
        baseline.update(
            entries
                .iter()
                .map(|(path, class)| (path, RAW, Some(*class))),
        );
        baseline
    }

    fn compare(
        baseline: &Baseline,
        results: &[(&str, Option<Class>)],
        whole: bool,
    ) -> [Vec<String>; 3] {
        let results: Vec<_> = results
            .iter()
            .map(|&(path, now)| (Arc::from(path), RAW, now))
            .collect();
        let results = results
            .iter()
            .map(|(path, variant, now)| (path, *variant, *now));
        let comparison = baseline.compare(results, whole);
        assert_eq!(comparison.is_clean(), comparison.new.is_empty());
        let shown = |list: &[Difference]| list.iter().map(ToString::to_string).collect();
        [
            shown(&comparison.new),
            shown(&comparison.fixed),
            shown(&comparison.stale),
        ]
    }

    #[test]
    fn what_is_as_it_was_is_no_difference() {
        let baseline = baseline(&[("a", Class::Fail)]);
        let results = [("a", Some(Class::Fail)), ("b", None)];
        assert_eq!(
            compare(&baseline, &results, true),
            [vec![], vec![], vec![]] as [Vec<String>; 3]
        );
    }

    #[test]
    fn failure_that_is_not_listed_or_of_another_class_is_new() {
        let baseline = baseline(&[("a", Class::Fail)]);
        let results = [
            ("c", Some(Class::Lost)),
            ("b", Some(Class::Crash)),
            ("a", Some(Class::Crash)),
        ];
        let [new, fixed, stale] = compare(&baseline, &results, true);
        assert_eq!(new, ["a raw crash (was fail)", "b raw crash", "c raw lost"]);
        assert!(fixed.is_empty() && stale.is_empty());
    }

    #[test]
    fn listed_case_that_passes_is_fixed_if_it_passes_every_time() {
        let baseline = baseline(&[("a", Class::Fail), ("b", Class::Timeout)]);
        let results = [
            ("a", None),
            ("b", None),
            ("b", Some(Class::Timeout)),
            ("a", None),
        ];
        let [new, fixed, stale] = compare(&baseline, &results, true);
        assert_eq!(fixed, ["a raw fail"]);
        assert!(new.is_empty() && stale.is_empty());
    }

    #[test]
    fn listed_case_that_is_gone_is_stale_in_a_whole_run_alone() {
        let baseline = baseline(&[("a", Class::Fail), ("b", Class::Exit)]);
        let results = [("b", Some(Class::Exit))];
        assert_eq!(compare(&baseline, &results, true)[2], ["a raw fail"]);
        assert!(compare(&baseline, &results, false)[2].is_empty());
    }

    #[test]
    fn same_path_in_another_variant_is_another_case() {
        let baseline = baseline(&[("a", Class::Fail)]);
        let path = Arc::from("a");
        let comparison = baseline.compare(
            [(&path, Variant::named(&"strict"), Some(Class::Fail))],
            false,
        );
        assert_eq!(comparison.new.len(), 1);
    }

    #[test]
    fn crash_is_excused_by_an_entry_with_its_reason_above_it_alone() {
        let text = "rewind-baseline 1\nmode: both\n\n# a bug of the vendor, see the tracker\n\
                    a raw crash\nb raw crash\n# on all of them\n\nc raw crash\n#\nd raw crash\n";
        let baseline = Baseline::parse(text, std::path::Path::new("b")).unwrap();
        let results = ["a", "b", "c", "d"].map(|path| (path, Some(Class::Crash)));
        let [new, ..] = compare(&baseline, &results, true);
        assert_eq!(
            new,
            ["b", "c", "d"].map(|path| format!("{path} raw crash (listed without a reason)"))
        );
        let excused = |path| baseline.excuses(path, RAW, Class::Crash);
        assert_eq!(
            ["a", "b", "c", "d"].map(excused),
            [true, false, false, false]
        );
        assert!(!baseline.excuses("a", RAW, Class::Timeout));
    }

    #[test]
    fn flake_is_told_and_is_neither_new_nor_fixed() {
        let baseline = baseline(&[("a", Class::Partial), ("b", Class::Fail)]);
        let path = |name: &str| Arc::<str>::from(name);
        let (a, b, c) = (path("a"), path("b"), path("c"));
        let flaky = [&a, &b, &c].map(|path| (path, RAW, Some(Class::Partial)));
        let found = baseline.compare(flaky, true);
        let shown: Vec<_> = found.flaky.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["a raw partial", "b raw partial (was fail)", "c raw partial"]
        );
        assert!(found.is_clean() && found.fixed.is_empty() && found.stale.is_empty());
    }

    #[test]
    fn partial_entry_that_passes_is_fixed_and_one_that_fails_throughout_is_new() {
        let baseline = baseline(&[("a", Class::Partial), ("b", Class::Partial)]);
        let results = [("a", None), ("b", Some(Class::Fail))];
        let [new, fixed, _] = compare(&baseline, &results, true);
        assert_eq!(fixed, ["a raw partial"]);
        assert_eq!(new, ["b raw fail (was partial)"]);
    }
}
