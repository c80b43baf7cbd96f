//! The exit codes that other tools rely on.

use std::process;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// All as expected.
    Success = 0,
    /// A test ended unexpectedly.
    Failures = 1,
    /// Bad usage or configuration: nothing was run.
    Usage = 2,
    /// Our machinery failed: results lost, no worker could start, a report
    /// could not be written.
    Machinery = 3,
    /// No test matched.
    NoTests = 4,
    /// A policy was broken: isolation breach, partial or flaky test refused, baseline refused.
    Policy = 5,
    /// Interrupted; what was finished is written.
    Interrupted = 130,
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// What a run came to, as far as the exit code depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Somebody interrupted it.
    pub(crate) interrupted: bool,
    /// Results that got lost.
    pub(crate) missing: u64,
    /// Our machinery failed otherwise: the run broke off, or something that was
    /// asked for could not be written.
    pub(crate) broken: bool,
    /// Restores that were found not to be exact.
    pub(crate) breaches: u64,
    /// A baseline was to be updated, and that was refused.
    pub(crate) baseline_refused: bool,
    /// Results that no expectation allows.
    pub(crate) unexpected: u64,
    /// Cases that were as expected only alone, where that is refused.
    pub(crate) flaky_refused: u64,
}

impl Standing {
    /// The exit code: what makes the other figures worth less goes first.
    pub(crate) const fn exit_code(&self) -> ExitCode {
        if self.interrupted {
            ExitCode::Interrupted
        } else if self.missing > 0 || self.broken {
            ExitCode::Machinery
        } else if self.breaches > 0 || self.baseline_refused {
            ExitCode::Policy
        } else if self.unexpected > 0 {
            ExitCode::Failures
        } else if self.flaky_refused > 0 {
            ExitCode::Policy
        } else {
            ExitCode::Success
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let codes = [
            ExitCode::Success,
            ExitCode::Failures,
            ExitCode::Usage,
            ExitCode::Machinery,
            ExitCode::NoTests,
            ExitCode::Policy,
            ExitCode::Interrupted,
        ];
        assert_eq!(codes.map(|code| code as u8), [0, 1, 2, 3, 4, 5, 130]);
    }

    #[test]
    fn standing_returns_the_gravest_code() {
        let all = Standing {
            interrupted: true,
            missing: 1,
            broken: true,
            breaches: 1,
            baseline_refused: true,
            unexpected: 1,
            flaky_refused: 1,
        };
        let mut standing = all;
        assert_eq!(standing.exit_code(), ExitCode::Interrupted);
        standing.interrupted = false;
        assert_eq!(standing.exit_code(), ExitCode::Machinery);
        standing.missing = 0;
        assert_eq!(standing.exit_code(), ExitCode::Machinery);
        standing.broken = false;
        assert_eq!(standing.exit_code(), ExitCode::Policy);
        standing.breaches = 0;
        assert_eq!(standing.exit_code(), ExitCode::Policy);
        standing.baseline_refused = false;
        assert_eq!(standing.exit_code(), ExitCode::Failures);
        standing.unexpected = 0;
        assert_eq!(standing.exit_code(), ExitCode::Policy);
        standing.flaky_refused = 0;
        assert_eq!(standing.exit_code(), ExitCode::Success);
    }
}
