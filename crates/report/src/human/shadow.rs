//! What second runs found, for people.

use super::{Detail, Palette};
use crate::text::{Grouped, Shown};
use crate::{Finding, ShadowCounts, ShadowRecord};
use std::fmt::{self, Write};

/// Column at which what is said of a case begins.
const INDENT: &str = "         ";

/// The text about second runs. `about` gives what is known of what changed a case,
/// line by line, or the command that looks for it.
#[must_use]
pub fn render_shadow(
    counts: &ShadowCounts,
    found: &[ShadowRecord],
    detail: &Detail,
    palette: &Palette,
    about: &dyn Fn(&ShadowRecord) -> Vec<String>,
) -> String {
    let mut out = String::new();
    // Writing into a `String` has no way to fail.
    let _ = write_all(&mut out, counts, found, detail, palette, about);
    out
}

fn write_all(
    out: &mut String,
    counts: &ShadowCounts,
    found: &[ShadowRecord],
    detail: &Detail,
    palette: &Palette,
    about: &dyn Fn(&ShadowRecord) -> Vec<String>,
) -> fmt::Result {
    for record in found.iter().take(detail.failures) {
        write_record(out, record, palette)?;
        if record.finding == Finding::Breach {
            for line in about(record) {
                writeln!(out, "{INDENT}{line}")?;
            }
        }
    }
    let hidden = found.len().saturating_sub(detail.failures);
    if hidden > 0 {
        let faint = palette.faint;
        writeln!(out, "{faint}{INDENT}and {hidden} more{faint:#}")?;
    }
    let (style, word) = if counts.breaches > 0 {
        (palette.bad, "BREACH")
    } else {
        (palette.strong, "shadow")
    };
    let ShadowCounts {
        sampled,
        compared,
        breaches,
        flaky,
        lost,
    } = *counts;
    write!(
        out,
        "{style}{word:>7}{style:#}  {} of {} sampled cases compared with a run of their own: \
         {} ended otherwise in the batch, {} are flaky",
        Grouped(compared),
        Grouped(sampled),
        Grouped(breaches),
        Grouped(flaky)
    )?;
    if lost > 0 {
        write!(out, ", {} lost", Grouped(lost))?;
    }
    writeln!(out)
}

fn write_record(out: &mut String, record: &ShadowRecord, palette: &Palette) -> fmt::Result {
    let (style, word) = match record.finding {
        Finding::Breach => (palette.bad, "BREACH"),
        Finding::Flaky => (palette.odd, "FLAKY"),
    };
    let (strong, path) = (palette.strong, Shown(record.path.as_bytes()));
    writeln!(
        out,
        "{style}{word:>7}{style:#}  {strong}{path}{strong:#} {}",
        record.variant
    )?;
    let why = record.why();
    let (worker, life) = (record.worker, record.worker_life);
    writeln!(out, "{INDENT}{}", Shown(why.as_bytes()))?;
    writeln!(out, "{INDENT}it ran on worker {worker}.{life}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CaseEnd, Verdict};
    use rewind_protocol::{Outcome, Variant};

    fn record(finding: Finding) -> ShadowRecord {
        let end = |verdict| CaseEnd::new(verdict, &Outcome::Completed);
        ShadowRecord {
            path: "test/a\u{1b}.js".to_owned(),
            variant: Variant::named(&"strict"),
            finding,
            batch: end(Verdict::Fail),
            alone: end(Verdict::Pass),
            again: CaseEnd::new(Verdict::Crash, &Outcome::OutOfMemory),
            worker: 1,
            worker_life: 2,
        }
    }

    #[test]
    fn findings_are_shown_with_each_end() {
        let counts = ShadowCounts {
            sampled: 1200,
            compared: 1199,
            breaches: 1,
            flaky: 1,
            lost: 1,
        };
        let found = [record(Finding::Breach), record(Finding::Flaky)];
        let about = |_: &ShadowRecord| vec!["polluter: a".to_owned(), "rewind replay".to_owned()];
        let text = render_shadow(
            &counts,
            &found,
            &Detail::default(),
            &Palette::plain(),
            &about,
        );
        insta::assert_snapshot!(text, @r"
         BREACH  test/a\u{1b}.js strict
                 in the batch: fail, completed; alone, twice: pass, completed
                 it ran on worker 1.2
                 polluter: a
                 rewind replay
          FLAKY  test/a\u{1b}.js strict
                 in the batch: fail, completed; alone: pass, completed, then crash, out-of-memory
                 it ran on worker 1.2
         BREACH  1,199 of 1,200 sampled cases compared with a run of their own: 1 ended otherwise in the batch, 1 are flaky, 1 lost
        ");
    }

    #[test]
    fn nothing_found_is_one_line() {
        let counts = ShadowCounts {
            sampled: 3,
            compared: 3,
            ..ShadowCounts::default()
        };
        let text = render_shadow(&counts, &[], &Detail::default(), &Palette::plain(), &|_| {
            Vec::new()
        });
        insta::assert_snapshot!(text, @" shadow  3 of 3 sampled cases compared with a run of their own: 0 ended otherwise in the batch, 0 are flaky");
    }
}
