//! What people expect of single tests other than a pass: an `[[expect]]` table
//! each, with a reason in prose, and if they like an owner and an expiry.
//!
//! Where several entries cover a case, one that names its path exactly goes
//! before one with a glob, and among globs the first in the file counts. One
//! that has expired counts as if it weren't there: it excuses nothing, skips
//! nothing and gives no deadline (see [`Expectations::on`]).

mod parse;
mod signal;
mod usage;

pub use signal::Signal;
pub use usage::{Stale, Usage};

use crate::{CorpusError, Date, toml_file};
use globset::GlobSet;
use rewind_protocol::Variant;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

/// Index of an entry in its [`Expectations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpectationId(pub u32);

/// What a test is expected to end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedOutcome {
    /// It passes; for entries that only change its deadline.
    Pass,
    /// A native fault.
    Crash {
        /// Only this signal will do.
        signal: Option<Signal>,
    },
    /// Its deadline.
    Timeout,
    /// A call of `exit` or the like.
    Exit {
        /// Only this status will do.
        code: Option<i32>,
    },
    /// The guest heap's cap.
    OutOfMemory,
    /// A failure of any kind.
    Fail,
    /// It isn't run at all.
    Skip,
}

impl ExpectedOutcome {
    /// The word used in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Crash { .. } => "crash",
            Self::Timeout => "timeout",
            Self::Exit { .. } => "exit",
            Self::OutOfMemory => "out-of-memory",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

impl fmt::Display for ExpectedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Crash {
                signal: Some(signal),
            } => write!(f, " ({signal})"),
            Self::Exit { code: Some(code) } => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Path relative to the root, or a glob of paths (`*` stays within a folder, `**` doesn't).
    pub path: String,
    /// Variants it is for; empty stands for all.
    pub variants: Vec<Variant>,
    /// What is expected.
    pub outcome: ExpectedOutcome,
    /// Deadline instead of the run's, in ms; at least 1.
    pub deadline_ms: Option<u32>,
    /// Why, in prose; never blank.
    pub reason: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Last day on which it holds.
    pub expires: Option<Date>,
    /// Line of the file that it begins on.
    pub line: u32,
}

impl Expectation {
    /// Whether it is for that variant.
    #[must_use]
    pub fn covers(&self, variant: Variant) -> bool {
        self.variants.is_empty() || self.variants.contains(&variant)
    }

    /// Whether its last day was over when `today` began.
    #[must_use]
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

/// The entries of a file.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    entries: Vec<Expectation>,
    /// Entries by exact path.
    exact: HashMap<String, Vec<ExpectationId>>,
    globs: GlobSet,
    /// Entry of each glob in `globs`.
    glob_entries: Vec<ExpectationId>,
    /// Entries that had expired when this day began are never found.
    today: Option<Date>,
}

impl Expectations {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or an entry makes no sense; names file and line.
    pub fn load(file: &Path) -> Result<Self, CorpusError> {
        Self::parse(&toml_file::read(file)?, file)
    }

    /// Reads `text`; `file` is named in errors.
    ///
    /// # Errors
    /// If an entry makes no sense; names file and line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, CorpusError> {
        parse::parse(text, file)
    }

    /// The same entries on that day: those that have expired cover no case.
    #[must_use]
    pub fn on(self, today: Date) -> Self {
        Self {
            today: Some(today),
            ..self
        }
    }

    /// The entry for a case, if there is one.
    #[must_use]
    pub fn lookup(&self, path: &str, variant: Variant) -> Option<&Expectation> {
        self.get(self.lookup_id(path, variant)?)
    }

    /// As [`Expectations::lookup`]; the index serves [`Usage`].
    #[must_use]
    pub fn lookup_id(&self, path: &str, variant: Variant) -> Option<ExpectationId> {
        if self.entries.is_empty() {
            return None;
        }
        let covers = |id: &ExpectationId| {
            self.get(*id).is_some_and(|entry| {
                entry.covers(variant) && !self.today.is_some_and(|day| entry.has_expired(day))
            })
        };
        let exact = self
            .exact
            .get(path)
            .and_then(|ids| ids.iter().copied().find(covers));
        exact.or_else(|| {
            let matching = self.globs.matches(path).into_iter();
            matching
                .filter_map(|at| self.glob_entries.get(at).copied())
                .find(covers)
        })
    }

    /// The entry with that index.
    #[must_use]
    pub fn get(&self, id: ExpectationId) -> Option<&Expectation> {
        self.entries.get(id.0 as usize)
    }

    /// All entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Expectation] {
        &self.entries
    }

    /// Entries that name none of `paths`, in the order of the file.
    #[must_use]
    pub fn unused<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Vec<&Expectation> {
        let mut used = vec![self.entries.is_empty(); self.entries.len()];
        let mut mark = |id: &ExpectationId| {
            if let Some(used) = used.get_mut(id.0 as usize) {
                *used = true;
            }
        };
        for path in paths {
            self.exact
                .get(path)
                .into_iter()
                .flatten()
                .for_each(&mut mark);
            let globs = self.globs.matches(path).into_iter();
            globs
                .filter_map(|at| self.glob_entries.get(at))
                .for_each(&mut mark);
        }
        let entries = self.entries.iter().zip(used);
        entries
            .filter(|(_, used)| !used)
            .map(|(it, _)| it)
            .collect()
    }

    /// Entries that had expired when `today` began.
    pub fn expired(&self, today: Date) -> impl Iterator<Item = &Expectation> {
        self.entries
            .iter()
            .filter(move |entry| entry.has_expired(today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Expectations, String> {
        Expectations::parse(text, Path::new("e.toml")).map_err(|error| error.to_string())
    }

    fn entry(lines: &str) -> String {
        format!("[[expect]]\nreason = \"because\"\n{lines}\n")
    }

    #[test]
    fn unused_entries_are_those_that_name_no_path() {
        let lines = ["a.js", "b.js", "c/*.js", "d/**"];
        let text: String = lines
            .iter()
            .map(|path| entry(&format!("path = \"test/{path}\"\noutcome = \"fail\"")))
            .collect();
        let all = parse(&text).unwrap();
        let unused = |paths: &[&str]| -> Vec<_> {
            let unused = all.unused(paths.iter().copied());
            unused.iter().map(|it| it.path.clone()).collect()
        };
        assert_eq!(
            unused(&["test/a.js", "test/c/x.js"]),
            ["test/b.js", "test/d/**"]
        );
        assert_eq!(
            unused(&["test/b.js", "test/c/d/x.js", "test/d/e/f.js"]),
            ["test/a.js", "test/c/*.js"]
        );
    }

    #[test]
    fn parse_full_entry_returns_all_of_it() {
        let text = "# why\n\n[[expect]]\npath = \"test/faults/x.js\"\nvariants = [\"sloppy\", \"raw\"]\n\
            outcome = \"crash\"\nsignal = \"SIGSEGV\"\ndeadline_ms = 300\nreason = \"faults\"\n\
            owner = \"runtime\"\nexpires = \"2027-01-01\"\n";
        let parsed = parse(text).unwrap();
        let wanted = Expectation {
            path: "test/faults/x.js".to_owned(),
            variants: vec![Variant::named(&"sloppy"), Variant::named(&"raw")],
            outcome: ExpectedOutcome::Crash {
                signal: Some(Signal(11)),
            },
            deadline_ms: Some(300),
            reason: "faults".to_owned(),
            owner: Some("runtime".to_owned()),
            expires: Date::new(2027, 1, 1),
            line: 3,
        };
        assert_eq!(parsed.entries(), [wanted]);
    }

    #[test]
    fn parse_every_outcome_by_its_name() {
        let outcomes = [
            ExpectedOutcome::Pass,
            ExpectedOutcome::Crash { signal: None },
            ExpectedOutcome::Timeout,
            ExpectedOutcome::Exit { code: None },
            ExpectedOutcome::OutOfMemory,
            ExpectedOutcome::Fail,
            ExpectedOutcome::Skip,
        ];
        for outcome in outcomes {
            let text = entry(&format!("path = \"x\"\noutcome = \"{}\"", outcome.name()));
            assert_eq!(parse(&text).unwrap().entries()[0].outcome, outcome);
        }
        let text = entry("path = \"x\"\noutcome = \"exit\"\ncode = 3");
        assert_eq!(
            parse(&text).unwrap().entries()[0].outcome,
            ExpectedOutcome::Exit { code: Some(3) }
        );
    }

    #[test]
    fn parse_wrong_entry_names_file_line_and_mend() {
        let cases = [
            (
                "path = \"x\"\noutcome = \"boom\"",
                "e.toml:8: unknown variant `boom`",
            ),
            (
                "path = \"x\"\noutcome = \"fail\"\nsingal = \"x\"",
                "e.toml:9: unknown field `singal`",
            ),
            ("outcome = \"fail\"", "e.toml:5: missing field `path`"),
            (
                "path = \"x\"\noutcome = \"crash\"\nsignal = \"SEGV\"",
                "e.toml:5: `SEGV` is no signal: use one of",
            ),
            (
                "path = \"x\"\noutcome = \"fail\"\nsignal = \"SIGBUS\"",
                "e.toml:5: `signal` goes with outcome = \"crash\"",
            ),
            (
                "path = \"x\"\noutcome = \"crash\"\ncode = 1",
                "e.toml:5: `code` goes with outcome = \"exit\"",
            ),
            (
                "path = \"x\"\noutcome = \"fail\"\ndeadline_ms = 0",
                "e.toml:5: deadline_ms is 0",
            ),
            (
                "path = \"x\"\noutcome = \"fail\"\nexpires = \"soon\"",
                "e.toml:5: `soon` is no date",
            ),
            (
                "path = \"x\"\noutcome = \"fail\"\nvariants = []",
                "e.toml:5: `variants` is empty",
            ),
            (
                "path = \"x{\"\noutcome = \"fail\"",
                "e.toml:5: `x{` is no glob",
            ),
            (
                "path = \"first\"\noutcome = \"fail\"\nvariants = [\"raw\"]",
                "e.toml:5: `first` (raw) is already listed on line 1",
            ),
        ];
        let first = entry("path = \"first\"\noutcome = \"fail\"")
            .trim_end()
            .to_owned();
        for (lines, message) in cases {
            let error = parse(&format!("{first}\n{}", entry(lines))).unwrap_err();
            assert!(error.contains(message), "{error:?} lacks {message:?}");
        }
        let blank = "[[expect]]\npath = \"x\"\noutcome = \"fail\"\nreason = \" \"";
        assert!(
            parse(blank)
                .unwrap_err()
                .contains("e.toml:1: the reason is empty")
        );
        assert!(parse("[[expect]\n").unwrap_err().contains("e.toml:1"));
    }

    #[test]
    fn lookup_exact_path_goes_before_globs_and_the_first_glob_counts() {
        let text = [
            entry("path = \"test/**/a*.js\"\noutcome = \"crash\""),
            entry("path = \"test/a1.js\"\noutcome = \"fail\"\nvariants = [\"strict\"]"),
            entry("path = \"test/*.js\"\noutcome = \"timeout\""),
        ];
        let parsed = parse(&text.concat()).unwrap();
        let found = |path, variant| {
            parsed
                .lookup(path, variant)
                .map(|entry| entry.outcome.name())
        };
        assert_eq!(found("test/a1.js", Variant::named(&"strict")), Some("fail"));
        assert_eq!(
            found("test/a1.js", Variant::named(&"sloppy")),
            Some("crash")
        );
        assert_eq!(
            found("test/deep/er/a2.js", Variant::named(&"raw")),
            Some("crash")
        );
        assert_eq!(
            found("test/b.js", Variant::named(&"sloppy")),
            Some("timeout")
        );
        assert_eq!(found("test/deep/b.js", Variant::named(&"sloppy")), None);
        assert_eq!(found("test/b.json", Variant::named(&"sloppy")), None);
    }

    #[test]
    fn same_path_for_other_variants_is_another_entry() {
        let one = entry("path = \"x\"\noutcome = \"fail\"\nvariants = [\"strict\"]");
        let other = entry("path = \"x\"\noutcome = \"crash\"\nvariants = [\"sloppy\"]");
        let parsed = parse(&[one, other].concat()).unwrap();
        let found = |variant| {
            parsed
                .lookup("x", variant)
                .map(|entry| entry.outcome.name())
        };
        assert_eq!(found(Variant::named(&"strict")), Some("fail"));
        assert_eq!(found(Variant::named(&"sloppy")), Some("crash"));
        assert_eq!(found(Variant::named(&"module")), None);
    }

    #[test]
    fn usage_tells_entries_without_case_from_those_never_met() {
        let names = ["unused", "never", "sometimes", "always"];
        let text = names.map(|name| entry(&format!("path = \"{name}\"\noutcome = \"fail\"")));
        let parsed = parse(&text.concat()).unwrap();
        let mut usage = Usage::new(&parsed);
        for (path, met) in [
            ("never", false),
            ("sometimes", true),
            ("sometimes", false),
            ("always", true),
        ] {
            usage.note(parsed.lookup_id(path, Variant::named(&"raw")).unwrap(), met);
        }
        let [unused, never, ..] = parsed.entries() else {
            panic!("four entries")
        };
        let stale: Vec<_> = usage.stale(&parsed).collect();
        assert_eq!(stale, [Stale::NoCase(unused), Stale::NotMet(never)]);
    }

    #[test]
    fn expired_entries_are_those_whose_last_day_is_over() {
        let parsed = parse(&entry(
            "path = \"x\"\noutcome = \"fail\"\nexpires = \"2027-01-01\"",
        ))
        .unwrap();
        let expired = |day: &str| parsed.expired(day.parse().unwrap()).count();
        assert_eq!((expired("2027-01-01"), expired("2027-01-02")), (0, 1));
    }

    #[test]
    fn expired_entry_covers_no_case_and_leaves_it_to_the_next() {
        let text = [
            entry("path = \"test/a.js\"\noutcome = \"fail\"\nexpires = \"2027-01-01\""),
            entry("path = \"test/*.js\"\noutcome = \"crash\""),
        ];
        let found = |day: &str| {
            let parsed = parse(&text.concat()).unwrap().on(day.parse().unwrap());
            let entry = parsed.lookup("test/a.js", Variant::named(&"raw"));
            entry.map(|entry| entry.outcome.name())
        };
        assert_eq!(found("2027-01-01"), Some("fail"), "its last day");
        assert_eq!(found("2027-01-02"), Some("crash"));
    }

    #[test]
    fn load_without_file_names_it() {
        let error = Expectations::load(Path::new("no/such.toml")).unwrap_err();
        assert_eq!(error.to_string(), "read no/such.toml");
    }
}
