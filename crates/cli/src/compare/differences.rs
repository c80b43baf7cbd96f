//! Two sets of results, held against each other.

use crate::report_file::CaseLine;
use rewind_protocol::Variant;
use rewind_verdict::{Class, FailureKind, Verdict};
use std::collections::BTreeMap;

/// So many times as long, and so much longer in µs, counts as slower.
const SLOWER: (u64, u64) = (2, 50_000);
/// So many times as large, and so much larger in bytes, counts as larger.
const LARGER: (u64, u64) = (2, 1 << 20);

/// How a case ended, all its lines taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// `None` for a pass or a skip. Of several rounds, a failure counts.
    pub(super) class: Option<Class>,
    /// It was not run.
    pub(super) skipped: bool,
    /// It passed on a retry alone.
    flaky: bool,
    /// As that, where nobody asked for a retry.
    partial: bool,
    /// Longest time, in µs.
    us: u64,
    /// Highest use of the guest's heap, in bytes.
    heap: u64,
}

/// What sort of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Fails, and didn't.
    New,
    /// Fails otherwise than it did.
    Changed,
    /// Passes, and didn't.
    Fixed,
    /// Isn't there any more.
    Stale,
    /// Passes on a retry alone.
    Flaky,
    /// Isn't run any more.
    Skipped,
    /// Takes at least twice as long, and 50 ms more.
    Slower,
    /// Takes at least twice the memory, and 1 MiB more.
    Larger,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::New,
        Self::Changed,
        Self::Fixed,
        Self::Stale,
        Self::Flaky,
        Self::Skipped,
        Self::Slower,
        Self::Larger,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Fixed => "fixed",
            Self::Stale => "stale",
            Self::Flaky => "flaky",
            Self::Skipped => "skipped",
            Self::Slower => "slower",
            Self::Larger => "larger",
        }
    }
}

/// One difference of one case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference<'a> {
    pub(super) kind: Kind,
    pub(super) path: &'a str,
    pub(super) variant: Variant,
    pub(super) was: String,
    pub(super) now: String,
}

/// All differences, by kind, path and variant.
#[derive(Debug, Default)]
pub(super) struct Differences<'a> {
    pub(super) all: Vec<Difference<'a>>,
    /// Cases in both.
    pub(super) both: usize,
    /// Cases only in the later.
    pub(super) added: usize,
}

type Ends<'a> = BTreeMap<(&'a str, Variant), End>;

impl<'a> Differences<'a> {
    pub(super) fn new(before: &'a [CaseLine], after: &'a [CaseLine]) -> Self {
        let (before, after) = (ends(before), ends(after));
        let mut found = Self::default();
        for (&(path, variant), now) in &after {
            let was = before.get(&(path, variant));
            found.both += usize::from(was.is_some());
            found.added += usize::from(was.is_none());
            found.hold(path, variant, was, now);
        }
        for (&(path, variant), was) in &before {
            if !after.contains_key(&(path, variant)) {
                found.add(Kind::Stale, path, variant, was.word(), "gone".to_owned());
            }
        }
        found
            .all
            .sort_by(|a, b| (a.kind, a.path, a.variant).cmp(&(b.kind, b.path, b.variant)));
        found
    }

    /// Cases that ended otherwise, or are in one of both only.
    pub(super) fn other_ends(&self) -> usize {
        let ends = self.all.iter().filter(|it| {
            // What is flaky in both is told, and the same.
            !matches!(it.kind, Kind::Slower | Kind::Larger) && it.was != it.now
        });
        // A new failure of an added case counts twice, which makes it no less than one.
        ends.count() + self.added
    }

    /// Cases that are worse.
    pub(super) fn regressions(&self) -> usize {
        self.count(Kind::New) + self.count(Kind::Changed)
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.of(kind).count()
    }

    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Difference<'a>> {
        self.all.iter().filter(move |it| it.kind == kind)
    }

    fn add(&mut self, kind: Kind, path: &'a str, variant: Variant, was: String, now: String) {
        self.all.push(Difference {
            kind,
            path,
            variant,
            was,
            now,
        });
    }

    fn hold(&mut self, path: &'a str, variant: Variant, was: Option<&End>, now: &End) {
        let before = was.map_or_else(|| "not there".to_owned(), |was| was.word());
        let failed = was.and_then(|was| was.class);
        let kind = match (failed, now.class) {
            (None, Some(_)) => Some(Kind::New),
            (Some(was), Some(now)) if was != now => Some(Kind::Changed),
            (Some(_), None) if !now.skipped => Some(Kind::Fixed),
            _ if now.flaky => Some(Kind::Flaky),
            _ if now.skipped && was.is_some_and(|was| !was.skipped) => Some(Kind::Skipped),
            _ => None,
        };
        if let Some(kind) = kind {
            self.add(kind, path, variant, before, now.word());
        }
        let Some(was) = was.filter(|was| !was.skipped && !now.skipped) else {
            return;
        };
        if exceeds(was.us, now.us, SLOWER) {
            let ms = |us: u64| format!("{} ms", us / 1000);
            self.add(Kind::Slower, path, variant, ms(was.us), ms(now.us));
        }
        if exceeds(was.heap, now.heap, LARGER) {
            let kib = |bytes: u64| format!("{} KiB", bytes >> 10);
            self.add(Kind::Larger, path, variant, kib(was.heap), kib(now.heap));
        }
    }
}

impl End {
    fn word(&self) -> String {
        match self.class {
            Some(class) => class.name().to_owned(),
            None if self.skipped => "skip".to_owned(),
            None if self.partial => "partial".to_owned(),
            None if self.flaky => "pass on a retry".to_owned(),
            None => "pass".to_owned(),
        }
    }

    fn take(&mut self, case: &CaseLine) {
        if case.partial == Some(FailureKind::Crash) {
            // A crash is one, whatever the case does alone.
        } else if case.attempt > 1 {
            self.flaky = case.class.is_none();
            self.partial = case.partial.is_some();
            self.class = case.class;
        } else {
            self.class = self.class.max(case.class);
            self.skipped = case.verdict == Verdict::Skip;
        }
        self.us = self.us.max(case.us);
        self.heap = self.heap.max(case.heap_peak);
    }
}

fn exceeds(was: u64, now: u64, (times, more): (u64, u64)) -> bool {
    now >= was.saturating_mul(times) && now >= was.saturating_add(more)
}

fn ends(cases: &[CaseLine]) -> Ends<'_> {
    let mut ends = Ends::new();
    for case in cases {
        let end = ends.entry((&case.path, case.variant)).or_default();
        end.take(case);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn line(path: &str, class: Option<Class>, attempt: u32) -> CaseLine {
        CaseLine {
            text: String::new(),
            path: Arc::from(path),
            variant: Variant::named(&"raw"),
            verdict: if class.is_some() {
                Verdict::Fail
            } else {
                Verdict::Pass
            },
            expected: class.is_none(),
            partial: None,
            class,
            attempt,
            us: 100,
            heap_peak: 1000,
            worker: 0,
            worker_life: 0,
        }
    }

    fn skip(path: &str) -> CaseLine {
        CaseLine {
            verdict: Verdict::Skip,
            ..line(path, None, 0)
        }
    }

    fn shown(before: &[CaseLine], after: &[CaseLine]) -> Vec<String> {
        let found = Differences::new(before, after);
        let text =
            |it: &Difference<'_>| format!("{} {} {}->{}", it.kind.name(), it.path, it.was, it.now);
        found.all.iter().map(text).collect()
    }

    #[test]
    fn same_results_differ_in_nothing() {
        let all = [
            line("a", None, 1),
            line("b", Some(Class::Fail), 1),
            skip("c"),
        ];
        assert!(shown(&all, &all).is_empty());
    }

    #[test]
    fn each_kind_is_found_and_two_of_them_are_regressions() {
        let before = [
            line("changed", Some(Class::Fail), 1),
            line("fixed", Some(Class::Crash), 1),
            line("flaky", None, 1),
            line("gone", None, 1),
            line("larger", None, 1),
            line("new", None, 1),
            line("skipped", None, 1),
            line("slower", None, 1),
        ];
        let after = [
            line("added", Some(Class::Fail), 1),
            line("changed", Some(Class::Timeout), 1),
            line("fixed", None, 1),
            line("flaky", Some(Class::Fail), 1),
            line("flaky", None, 2),
            CaseLine {
                heap_peak: (1 << 20) + 1000,
                ..line("larger", None, 1)
            },
            line("new", Some(Class::Fail), 1),
            skip("skipped"),
            CaseLine {
                us: 50_100,
                ..line("slower", None, 1)
            },
        ];
        assert_eq!(
            shown(&before, &after),
            [
                "new added not there->fail",
                "new new pass->fail",
                "changed changed fail->timeout",
                "fixed fixed crash->pass",
                "stale gone pass->gone",
                "flaky flaky pass->pass on a retry",
                "skipped skipped pass->skip",
                "slower slower 0 ms->50 ms",
                "larger larger 0 KiB->1024 KiB",
            ]
        );
        let found = Differences::new(&before, &after);
        assert_eq!((found.regressions(), found.both, found.added), (3, 7, 1));
        assert_eq!(found.other_ends(), 7 + 1);
    }

    #[test]
    fn partial_case_is_flaky_and_one_that_crashed_is_a_crash() {
        let alone = |path, kind| CaseLine {
            expected: false,
            partial: Some(kind),
            ..line(path, None, 2)
        };
        let after = [
            line("crashed", Some(Class::Crash), 1),
            alone("crashed", FailureKind::Crash),
            line("failed", Some(Class::Fail), 1),
            alone("failed", FailureKind::Assert),
        ];
        let before = [line("crashed", None, 1), line("failed", None, 1)];
        assert_eq!(
            shown(&before, &after),
            ["new crashed pass->crash", "flaky failed pass->partial"]
        );
        let found = Differences::new(&before, &after);
        assert_eq!(found.other_ends(), 2);
        // It is told of results that are the same, and makes no difference.
        assert_eq!(shown(&after, &after), ["flaky failed partial->partial"]);
        assert_eq!(Differences::new(&after, &after).other_ends(), 0);
    }

    #[test]
    fn little_more_time_or_memory_is_no_difference() {
        let now = CaseLine {
            us: 50_099,
            heap_peak: 1 << 20,
            ..line("a", None, 1)
        };
        assert!(shown(&[line("a", None, 1)], &[now]).is_empty());
    }

    #[test]
    fn case_of_several_rounds_fails_if_one_does() {
        let rounds = [line("a", Some(Class::Fail), 1), line("a", None, 1)];
        assert_eq!(shown(&[line("a", None, 1)], &rounds), ["new a pass->fail"]);
    }
}
