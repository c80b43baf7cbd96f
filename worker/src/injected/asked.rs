//! Which faults a worker is asked to have.

use super::{FrameFaults, MissedPages};
use crate::WorkerError;
use std::ffi::{OsStr, OsString};
use std::ops::Range;

/// How the page of the guest's fault actions is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageLeak {
    /// It is left out of the checkpoint.
    Uncovered,
    /// It is in the checkpoint, and a restore passes it over.
    Missed,
}

/// Faults of the worker that were asked for on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injected {
    /// `--leak-page uncovered|missed`.
    leak: Option<PageLeak>,
    /// `--mangle-frames N`: one write in so many is spoilt.
    frames: Option<u64>,
}

impl Injected {
    /// Takes one argument, and its value from `rest`; `false` if it is none of
    /// these, or none for a parent that speaks lines.
    ///
    /// # Errors
    /// For a value that makes no sense.
    pub(crate) fn take(
        &mut self,
        argument: &OsStr,
        speaks_lines: bool,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<bool, WorkerError> {
        let refuse = || WorkerError::Argument(argument.to_string_lossy().into_owned());
        match argument.to_str() {
            Some("--leak-page") => {
                let leak = match rest.next().as_deref().and_then(OsStr::to_str) {
                    Some("uncovered") => PageLeak::Uncovered,
                    Some("missed") => PageLeak::Missed,
                    _ => return Err(refuse()),
                };
                self.leak = Some(leak);
            }
            Some("--mangle-frames") if !speaks_lines => {
                let number = rest.next();
                let number = number.as_deref().and_then(OsStr::to_str);
                let number = number.and_then(|text| text.parse().ok());
                self.frames = Some(number.ok_or_else(refuse)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The checkpoint covers the guest's fault pages.
    pub(crate) fn covers_fault_pages(self) -> bool {
        self.leak != Some(PageLeak::Uncovered)
    }

    /// What restores pass over of the guest's fault pages.
    pub(crate) fn missed(self, pages: Option<Range<usize>>) -> MissedPages {
        MissedPages::new(pages.filter(|_| self.leak == Some(PageLeak::Missed)))
    }

    /// What becomes of the worker's writes; `seed` differs from worker to worker.
    pub(crate) fn frame_faults(self, seed: u64) -> FrameFaults {
        FrameFaults::new(self.frames, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(words: &[&str], speaks_lines: bool) -> Result<Option<Injected>, WorkerError> {
        let mut injected = Injected::default();
        let mut words = words.iter().map(OsString::from);
        let first = words.next().unwrap();
        let is_taken = injected.take(&first, speaks_lines, &mut words)?;
        Ok(is_taken.then_some(injected))
    }

    #[test]
    fn faults_are_taken_with_a_value_that_makes_sense() {
        let frames = taken(&["--mangle-frames", "9"], false).unwrap().unwrap();
        assert_eq!(frames.frames, Some(9));
        assert!(taken(&["--mangle-frames"], false).is_err());
        let leak = taken(&["--leak-page", "missed"], true).unwrap().unwrap();
        assert!(leak.covers_fault_pages());
        let leak = taken(&["--leak-page", "uncovered"], false)
            .unwrap()
            .unwrap();
        assert!(!leak.covers_fault_pages());
        assert!(taken(&["--leak-page"], false).is_err());
        assert!(taken(&["--leak-page", "x"], false).is_err());
        assert_eq!(taken(&["--mangle-frames", "9"], true).unwrap(), None);
        assert_eq!(taken(&["--what"], false).unwrap(), None);
    }
}
