//! The last line of all, where a run didn't do what it was asked for.

use super::Palette;
use crate::Summary;
use crate::text::Many;
use std::fmt::Write as _;

/// What people read last: that cases are missing, why, and what finishes them;
/// or that reports are. Empty if all is there. `kept`: the results are in a
/// folder (`--results`).
#[must_use]
pub fn render_ending(summary: &Summary, kept: bool, palette: &Palette) -> String {
    let mut out = String::new();
    let run = &summary.completeness;
    let lost = Many(summary.reports_lost, "report");
    let bad = palette.bad;
    // Writing into a `String` has no way to fail.
    let _ = if let Some(word) = run.word() {
        let finish = if kept {
            "the same command with --resume finishes it"
        } else {
            "with --results DIR, --resume finishes such a run"
        };
        writeln!(out, "{bad}{word:>7}{bad:#}  {run}; {finish}")
    } else if summary.reports_lost > 0 {
        let word = "BROKEN";
        let finish = if kept {
            "; the same command with --resume writes what is missing"
        } else {
            ""
        };
        writeln!(
            out,
            "{bad}{word:>7}{bad:#}  every case was run, but {lost} could not be written: \
             see the errors above{finish}"
        )
    } else {
        Ok(())
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Completeness, StopReason, Stopped};

    fn ending(run: Completeness, reports_lost: u64, kept: bool) -> String {
        let summary = Summary {
            completeness: run,
            reports_lost,
            ..Summary::default()
        };
        render_ending(&summary, kept, &Palette::plain())
    }

    fn part(reason: StopReason) -> Completeness {
        Completeness::new(1352, 489, Some(Stopped::by(reason)))
    }

    #[test]
    fn nothing_is_said_of_a_whole_run() {
        assert_eq!(ending(Completeness::new(3, 3, None), 0, true), "");
    }

    #[test]
    fn missing_cases_are_counted_and_the_way_to_finish_them_is_named() {
        assert_eq!(
            ending(part(StopReason::Interrupted), 0, true),
            "STOPPED  interrupted; 863 of 1,352 cases were not run; \
             the same command with --resume finishes it\n"
        );
        assert_eq!(
            ending(part(StopReason::NoWorker), 2, false),
            " BROKEN  no worker could be kept alive; 863 of 1,352 cases were not run; \
             with --results DIR, --resume finishes such a run\n"
        );
    }

    #[test]
    fn lost_report_of_a_whole_run_is_told() {
        let told = " BROKEN  every case was run, but 1 report could not be written: \
                    see the errors above";
        let whole = Completeness::new(3, 3, None);
        assert_eq!(ending(whole.clone(), 1, false), format!("{told}\n"));
        assert_eq!(
            ending(whole, 1, true),
            format!("{told}; the same command with --resume writes what is missing\n")
        );
    }
}
