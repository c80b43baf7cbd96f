//! The report in the Test Anything Protocol, version 14.
//!
//! A point for each attempt and each skip; the plan comes last, as the number
//! of points is known only then. A failure that is expected is a `TODO`; a pass
//! that is not expected is `not ok`. A retry is a point of its own, with its
//! number, and the point of the attempt before it stays as it was.

use crate::text::Shown;
use crate::{
    BisectRecord, CaseRecord, Figures, ReportError, RunHeader, ShadowRecord, Sink, Summary, Verdict,
};
use std::io::{self, Write};

const WHAT: &str = "TAP report";

/// Writes the TAP report.
pub struct Tap<W> {
    out: W,
    /// Points written.
    points: u64,
}

impl<W: Write> Tap<W> {
    /// A report to `out`, which should be buffered.
    pub const fn new(out: W) -> Self {
        Self { out, points: 0 }
    }

    /// Gives back what the report was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn point(&mut self, record: &CaseRecord<'_>) -> io::Result<()> {
        self.points += 1;
        let passed = matches!(record.verdict, Verdict::Pass | Verdict::Skip);
        let ok = if passed && record.expected {
            "ok"
        } else {
            "not ok"
        };
        write!(self.out, "{ok} {} - ", self.points)?;
        escaped(&mut self.out, record.path)?;
        write!(self.out, " {}", record.variant)?;
        if record.previous.is_some() {
            write!(self.out, " (attempt {})", record.attempt)?;
        }
        self.directive(record)?;
        writeln!(self.out)?;
        if record.expected {
            Ok(())
        } else {
            self.diagnostic(record)
        }
    }

    fn directive(&mut self, record: &CaseRecord<'_>) -> io::Result<()> {
        let word = match (record.verdict, record.expected) {
            (Verdict::Skip, _) => "SKIP",
            (Verdict::Pass, _) | (_, false) => return Ok(()),
            (_, true) => "TODO",
        };
        write!(self.out, " # {word} {}", Shown(record.why.as_bytes()))
    }

    /// A block of YAML; its text is JSON, which YAML includes.
    fn diagnostic(&mut self, record: &CaseRecord<'_>) -> io::Result<()> {
        let why = serde_json::Value::from(record.why);
        writeln!(self.out, "  ---\n  verdict: {}", record.word())?;
        writeln!(self.out, "  why: {why}\n  ...")
    }
}

/// A description: `#` and `\` have a meaning there.
fn escaped(out: &mut impl Write, text: &str) -> io::Result<()> {
    for piece in text.split_inclusive(['#', '\\']) {
        let plain = piece.trim_end_matches(['#', '\\']);
        write!(out, "{}", Shown(plain.as_bytes()))?;
        if let Some(special) = piece
            .get(plain.len()..)
            .filter(|special| !special.is_empty())
        {
            write!(out, "\\{special}")?;
        }
    }
    Ok(())
}

impl<W: Write> Sink for Tap<W> {
    fn begin(&mut self, run: &RunHeader) -> Result<(), ReportError> {
        writeln!(
            self.out,
            "TAP version 14\n# rewind {} on {}",
            run.version, run.suite
        )
        .map_err(ReportError::write(WHAT))
    }

    fn case(&mut self, record: &CaseRecord<'_>) -> Result<(), ReportError> {
        self.point(record).map_err(ReportError::write(WHAT))
    }

    /// A comment: a point for it would be one that no plan has.
    fn shadow(&mut self, record: &ShadowRecord) -> Result<(), ReportError> {
        let word = record.finding.name().to_uppercase();
        let (path, variant) = (Shown(record.path.as_bytes()), record.variant);
        let why = record.why();
        let why = Shown(why.as_bytes());
        writeln!(self.out, "# {word} {path} {variant}: {why}").map_err(ReportError::write(WHAT))
    }

    fn bisected(&mut self, record: &BisectRecord) -> Result<(), ReportError> {
        for line in record.told() {
            let line = Shown(line.as_bytes());
            writeln!(self.out, "# {line}").map_err(ReportError::write(WHAT))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.out.flush().map_err(ReportError::write(WHAT))
    }

    fn end(&mut self, summary: &Summary, _figures: &Figures) -> Result<(), ReportError> {
        // Without a plan no reader takes the points for all there are.
        let ended = if summary.completeness.complete {
            writeln!(self.out, "1..{}", self.points)
        } else {
            writeln!(self.out, "Bail out! {}", summary.completeness)
        };
        ended.map_err(ReportError::write(WHAT))?;
        self.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunFacts, StopReason, Stopped};
    use rewind_protocol::Variant;

    fn record(path: &str, verdict: Verdict, expected: bool) -> CaseRecord<'_> {
        CaseRecord {
            path,
            variant: Variant::named(&"sloppy"),
            verdict,
            expected,
            why: if expected && verdict == Verdict::Pass {
                ""
            } else {
                "because: \"x\"\n# y"
            },
            finished: None,
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: crate::About::default(),
        }
    }

    fn report(records: &[CaseRecord<'_>], stopped: Option<StopReason>) -> String {
        let mut tap = Tap::new(Vec::new());
        let run = RunHeader {
            version: "1.2.3".into(),
            suite: "test262".into(),
            ..RunHeader::default()
        };
        tap.begin(&run).expect("begin");
        for record in records {
            tap.case(record).expect("case");
        }
        let facts = RunFacts {
            planned: 3,
            stopped: stopped.map(Stopped::by),
            ..RunFacts::default()
        };
        let mut figures = Figures::new();
        (0..3).for_each(|_| figures.record(&record("a.js", Verdict::Pass, true)));
        tap.end(&Summary::new(&figures, &facts), &figures)
            .expect("end");
        String::from_utf8(tap.into_inner()).expect("UTF-8")
    }

    #[test]
    fn every_kind_of_point_is_written_as_the_protocol_wants_it() {
        let retry = CaseRecord {
            attempt: 2,
            previous: Some(Verdict::Fail),
            ..record("fails.js", Verdict::Pass, true)
        };
        let records = [
            record("passes.js", Verdict::Pass, true),
            record("fails.js", Verdict::Fail, false),
            record("fails-as-known.js", Verdict::Crash, true),
            record("passes-suddenly.js", Verdict::Pass, false),
            record("skipped.js", Verdict::Skip, true),
            record("odd#name\\.js", Verdict::Pass, true),
            retry,
        ];
        insta::assert_snapshot!(report(&records, None), @r#"
        TAP version 14
        # rewind 1.2.3 on test262
        ok 1 - passes.js sloppy
        not ok 2 - fails.js sloppy
          ---
          verdict: fail
          why: "because: \"x\"\n# y"
          ...
        not ok 3 - fails-as-known.js sloppy # TODO because: "x"\n# y
        not ok 4 - passes-suddenly.js sloppy
          ---
          verdict: pass
          why: "because: \"x\"\n# y"
          ...
        ok 5 - skipped.js sloppy # SKIP because: "x"\n# y
        ok 6 - odd\#name\\.js sloppy
        ok 7 - fails.js sloppy (attempt 2)
        1..7
        "#);
    }

    #[test]
    fn interrupted_run_bails_out_and_has_no_plan() {
        let interrupted = Some(StopReason::Interrupted);
        let text = report(&[record("a.js", Verdict::Pass, true)], interrupted);
        assert!(
            text.ends_with("ok 1 - a.js sloppy\nBail out! interrupted\n"),
            "{text}"
        );
    }

    #[test]
    fn run_with_cases_missing_bails_out_and_says_how_many() {
        let mut tap = Tap::new(Vec::new());
        let facts = RunFacts {
            planned: 1352,
            stopped: Some(Stopped::by(StopReason::NoWorker)),
            ..RunFacts::default()
        };
        let figures = Figures::new();
        tap.end(&Summary::new(&figures, &facts), &figures)
            .expect("end");
        let text = String::from_utf8(tap.into_inner()).expect("UTF-8");
        assert_eq!(
            text,
            "Bail out! no worker could be kept alive; 1,352 of 1,352 cases were not run\n"
        );
    }
}
