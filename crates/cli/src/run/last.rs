//! What is remembered of each case while a run goes on, and what an attempt
//! makes of it.

use rewind_protocol::Finished;
use rewind_report::Verdict;
use rewind_verdict::{Class, FailureKind};

/// What is remembered of a case.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    /// Verdict of its last attempt; `None` if it has none.
    pub(super) verdict: Option<Verdict>,
    /// Its class, where that isn't a pass and no list says so.
    pub(super) class: Option<Class>,
    /// It was as expected.
    pub(super) expected: bool,
    /// How it failed when it first did.
    pub(super) kind: Option<FailureKind>,
    /// It was as expected alone and failed before, among others: `verdict` is
    /// how it ended there.
    pub(super) partial: bool,
    /// Attempts made.
    pub(super) attempts: u32,
    /// All phases of its last attempt, in µs.
    pub(super) us: u32,
}

impl Last {
    /// How the case ended, as a baseline sees it; `None` for a pass, and where
    /// the lists of expectations answer for it.
    pub(super) fn end(self) -> Option<Class> {
        match self.partial {
            // A crash is one, whatever the case does alone.
            true if self.verdict == Some(Verdict::Crash) => Some(Class::Crash),
            true => Some(Class::Partial),
            false if self.expected && self.attempts > 1 => Some(Class::Partial),
            false => self.class,
        }
    }

    /// It failed among others, in this way, and was as expected alone.
    pub(super) fn partial_kind(self) -> Option<FailureKind> {
        let alone = self.partial || self.expected && self.attempts > 1;
        self.kind.filter(|_| alone)
    }

    /// It failed, nothing excuses that, and it doesn't pass alone: worth another attempt.
    pub(super) fn is_open(self) -> bool {
        self.verdict.is_some() && !self.expected && !self.partial
    }

    /// Notes an attempt; gives how it failed before, if this one makes it partial.
    pub(super) fn note(&mut self, attempt: &Attempt) -> Option<FailureKind> {
        let before = *self;
        let crashed = before.verdict == Some(Verdict::Crash);
        let partial = attempt.expected && before.is_open() && (attempt.confirms || crashed);
        self.attempts = attempt.number;
        self.us = attempt.us;
        self.kind = before.kind.or(attempt.kind);
        if partial {
            self.partial = true;
            return self.kind;
        }
        self.verdict = Some(attempt.verdict);
        self.class = attempt.class;
        self.expected = attempt.expected;
        None
    }
}

/// An attempt, as far as it is remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) verdict: Verdict,
    pub(super) class: Option<Class>,
    pub(super) kind: Option<FailureKind>,
    pub(super) expected: bool,
    /// It was made to see whether a regression fails alone as well.
    pub(super) confirms: bool,
    /// From 1.
    pub(super) number: u32,
    pub(super) us: u32,
}

/// All phases, in µs.
pub(super) fn micros(finished: &Finished) -> u32 {
    u32::try_from(finished.phases.total().as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(verdict: Verdict, number: u32, confirms: bool) -> Attempt {
        let expected = verdict == Verdict::Pass;
        let (class, kind) = match verdict {
            Verdict::Crash => (Class::Crash, FailureKind::Crash),
            _ => (Class::Fail, FailureKind::Assert),
        };
        Attempt {
            verdict,
            class: Some(class).filter(|_| !expected),
            kind: Some(kind).filter(|_| !expected),
            expected,
            confirms,
            number,
            us: 1,
        }
    }

    /// What two attempts make of a case: its end, whether it is open, and what
    /// the partial list says of it.
    fn ends(
        first: Verdict,
        second: Verdict,
        confirms: bool,
    ) -> (Option<Class>, bool, Option<FailureKind>) {
        let mut last = Last::default();
        assert_eq!(last.note(&attempt(first, 1, false)), None);
        let partial = last.note(&attempt(second, 2, confirms));
        assert_eq!(partial.is_some(), last.partial);
        (last.end(), last.is_open(), last.partial_kind())
    }

    #[test]
    fn pass_alone_is_a_flake_on_a_retry_and_partial_in_the_confirmation() {
        let kind = Some(FailureKind::Assert);
        for confirms in [false, true] {
            let (end, open, partial) = ends(Verdict::Fail, Verdict::Pass, confirms);
            assert_eq!((end, open, partial), (Some(Class::Partial), false, kind));
        }
        let mut last = Last::default();
        last.note(&attempt(Verdict::Fail, 1, false));
        last.note(&attempt(Verdict::Pass, 2, true));
        assert_eq!((last.verdict, last.expected), (Some(Verdict::Fail), false));
    }

    #[test]
    fn crash_stays_one_whatever_the_case_does_alone() {
        for confirms in [false, true] {
            let (end, open, partial) = ends(Verdict::Crash, Verdict::Pass, confirms);
            assert_eq!((end, open), (Some(Class::Crash), false));
            assert_eq!(partial, Some(FailureKind::Crash));
        }
    }

    #[test]
    fn failure_alone_is_the_one_that_counts() {
        let (end, open, partial) = ends(Verdict::Fail, Verdict::Crash, true);
        assert_eq!((end, open, partial), (Some(Class::Crash), true, None));
    }
}
