//! What a worker of the line dialect is started with.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// Deadline of each case if none is said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Least and most seconds of a deadline.
const SECONDS: std::ops::RangeInclusive<f64> = 0.001..=86_400.0;

/// Arguments of `rewind worker --dialect lambda-v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineArgs {
    /// Wall-clock time that a case may take (`--timeout=SECS`).
    pub deadline: Duration,
    /// Markers are lines of the output (`--diagnose`).
    pub diagnose: bool,
    /// Cases may raise native faults (`--faults`).
    pub faults: bool,
}

impl Default for LineArgs {
    fn default() -> Self {
        Self {
            deadline: TIMEOUT,
            diagnose: false,
            faults: false,
        }
    }
}

impl LineArgs {
    /// Takes one argument, and from `rest` its value where that is a word of its
    /// own; `false` if it is none of the dialect's, or its value makes no sense.
    pub(crate) fn take(
        &mut self,
        argument: &OsStr,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> bool {
        let Some(argument) = argument.to_str() else {
            return false;
        };
        match argument {
            "--diagnose" => self.diagnose = true,
            "--faults" => self.faults = true,
            // What a worker runs never changes under it, so there is nothing to leave out.
            "--no-hot-reload" => {}
            "--timeout" => return self.set_timeout(rest.next().as_deref().and_then(OsStr::to_str)),
            _ => return self.set_timeout(argument.strip_prefix("--timeout=")),
        }
        true
    }

    fn set_timeout(&mut self, text: Option<&str>) -> bool {
        let seconds: Option<f64> = text.and_then(|text| text.parse().ok());
        let seconds = seconds.filter(|seconds| SECONDS.contains(seconds));
        if let Some(seconds) = seconds {
            self.deadline = Duration::from_secs_f64(seconds);
        }
        seconds.is_some()
    }
}
