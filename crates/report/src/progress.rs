//! What people see while a run goes on.
//!
//! A bar on a terminal, a line every few seconds elsewhere; both on stderr. It is
//! a courtesy, never a result: where it can't be shown any more it falls silent,
//! and the run goes on.

use crate::text::{Grouped, Shown};
use crate::{CaseRecord, Counts};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::{self, Write as _};
use std::io::Write;
use std::time::Duration;

/// Between two updates of the bar.
const BAR_EVERY: Duration = Duration::from_millis(100);
/// Between two lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// A case that takes longer is named.
const STUCK_AFTER: Duration = Duration::from_secs(2);
/// Before that nobody can say how long the rest will take.
const ESTIMATE_AFTER: Duration = Duration::from_secs(1);
/// Unexpected results announced as they come; the summary has the rest.
const ANNOUNCED: u32 = 30;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressKind {
    /// A bar at the foot of the terminal.
    Bar,
    /// A line every few seconds.
    Lines,
    /// Not at all.
    Off,
}

/// Shows how far a run has come.
pub struct Progress<'a> {
    display: Display<'a>,
    /// Executions and skips in all.
    total: u64,
    /// When it was last shown, since the run began.
    shown: Duration,
    announced: u32,
    /// The run ends, and so many cases have still to.
    stopping: Option<usize>,
    /// What has been running for long, and for how long.
    stuck: Option<(String, Duration)>,
}

enum Display<'a> {
    Bar(ProgressBar),
    Lines(Box<dyn Write + 'a>),
    Off,
}

impl Progress<'static> {
    /// Progress of `total` executions and skips, on stderr.
    #[must_use]
    pub fn new(kind: ProgressKind, total: u64) -> Self {
        match kind {
            ProgressKind::Bar => Self::with(Display::Bar(bar(total)), total),
            ProgressKind::Lines => Self::lines(std::io::stderr(), total),
            ProgressKind::Off => Self::with(Display::Off, total),
        }
    }
}

impl<'a> Progress<'a> {
    /// Progress as lines written to `out`.
    pub fn lines(out: impl Write + 'a, total: u64) -> Self {
        Self::with(Display::Lines(Box::new(out)), total)
    }

    const fn with(display: Display<'a>, total: u64) -> Self {
        Self {
            display,
            total,
            shown: Duration::ZERO,
            announced: 0,
            stopping: None,
            stuck: None,
        }
    }

    /// The run has been asked to end: `running` cases have begun and go on to
    /// their ends. Said once, and by a bar until they are over.
    pub fn stopping(&mut self, running: usize) {
        if self.stopping == Some(running) {
            return;
        }
        let is_first = self.stopping.replace(running).is_none();
        let text = stopping_text(running);
        match &mut self.display {
            Display::Bar(bar) => bar.set_message(text),
            Display::Lines(_) if is_first => self.line(format_args!("{text}")),
            Display::Lines(_) | Display::Off => {}
        }
    }

    /// What all others may be waiting for: the case that has run longest.
    pub fn longest(&mut self, case: &str, since: Duration) {
        self.stuck = (since >= STUCK_AFTER).then(|| (case.to_owned(), since));
    }

    /// An attempt has its verdict.
    pub fn case(&mut self, record: &CaseRecord<'_>, counts: &Counts, elapsed: Duration) {
        if !record.expected {
            self.announce(record);
        }
        self.tick(counts, elapsed);
    }

    /// Time passes; shows where things stand if that was long ago.
    pub fn tick(&mut self, counts: &Counts, elapsed: Duration) {
        let every = match self.display {
            Display::Bar(_) => BAR_EVERY,
            Display::Lines(_) => LINE_EVERY,
            Display::Off => return,
        };
        if elapsed.saturating_sub(self.shown) >= every {
            self.shown = elapsed;
            self.show(counts, elapsed);
        }
    }

    /// Says something without breaking the bar. Control characters are shown as
    /// escapes: parts of it may come from a test.
    pub fn note(&mut self, text: &str) {
        for line in text.lines().map(|line| Shown(line.as_bytes())) {
            match &mut self.display {
                Display::Bar(bar) => bar.println(line.to_string()),
                Display::Lines(_) => self.line(format_args!("{line}")),
                Display::Off => {}
            }
        }
    }

    /// Says something that people must know, also where progress isn't shown.
    pub fn alarm(&mut self, text: &str) {
        if let Display::Lines(_) = self.display {
            return self.note(text);
        }
        let mut safe = String::new();
        for line in text.lines() {
            safe.push_str(&format!("{}\n", Shown(line.as_bytes())));
        }
        // Whether anybody can read it changes nothing.
        let write = || std::io::stderr().write_all(safe.as_bytes());
        let _ = match &self.display {
            Display::Bar(bar) => bar.suspend(write),
            _ => write(),
        };
    }

    /// Takes the bar away.
    pub fn finish(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
        self.display = Display::Off;
    }

    fn announce(&mut self, record: &CaseRecord<'_>) {
        if self.announced == ANNOUNCED {
            self.note("         further unexpected results are not announced");
        }
        self.announced = self.announced.saturating_add(1);
        if self.announced <= ANNOUNCED {
            let (verdict, path) = (record.word(), Shown(record.path.as_bytes()));
            self.note(&format!("{verdict:>7}  {path} {}", record.variant));
        }
    }

    fn show(&mut self, counts: &Counts, elapsed: Duration) {
        let state = State {
            counts,
            total: self.total,
            elapsed,
            stuck: self.stuck.as_ref(),
        };
        match &self.display {
            Display::Bar(bar) => {
                bar.set_position(counts.cases());
                if self.stopping.is_none() {
                    bar.set_message(state.remark());
                }
            }
            Display::Lines(_) => {
                let text = state.to_string();
                self.line(format_args!("{text}"));
            }
            Display::Off => {}
        }
    }

    /// Writes a line in one piece: stderr isn't buffered, and what others write
    /// there mustn't come between.
    fn line(&mut self, text: fmt::Arguments<'_>) {
        if let Display::Lines(out) = &mut self.display
            && out.write_all(format!("{text}\n").as_bytes()).is_err()
        {
            self.display = Display::Off;
        }
    }
}

/// What people are told while a run ends.
fn stopping_text(running: usize) -> String {
    format!("stopping: {running} running; again to kill")
}

fn bar(total: u64) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let style =
        ProgressStyle::with_template("{elapsed_precise} [{bar:20}] {human_pos}/{human_len} {msg}");
    let bar = ProgressBar::with_draw_target(Some(total), target);
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        // The template is ours; should the library not take it, its own will do.
        Err(_) => bar,
    }
}

/// One line on where things stand.
struct State<'a> {
    counts: &'a Counts,
    total: u64,
    elapsed: Duration,
    stuck: Option<&'a (String, Duration)>,
}

impl State<'_> {
    /// What stands behind the bar.
    fn remark(&self) -> String {
        let mut text = format!("{} a second, ", self.rate());
        if self.stuck.is_none()
            && let Some(left) = self.left()
        {
            let _ = write!(text, "{left} s left, ");
        }
        let _ = write!(text, "{} unexpected", Grouped(self.counts.unexpected));
        self.push_stuck(&mut text);
        text
    }

    fn rate(&self) -> Rate {
        Rate(crate::summary::rate(
            self.counts.attempts,
            self.elapsed.as_secs_f64(),
        ))
    }

    /// Seconds until the rest is done, if it takes as long as what was done.
    fn left(&self) -> Option<u64> {
        let done = self.counts.cases();
        let rest = self.total.checked_sub(done).filter(|rest| *rest > 0)?;
        if self.elapsed < ESTIMATE_AFTER || done == 0 {
            return None;
        }
        let each = self.elapsed.as_secs_f64() / done as f64;
        Duration::try_from_secs_f64(each * rest as f64)
            .ok()
            .map(|left| left.as_secs() + 1)
    }

    fn push_stuck(&self, text: &mut String) {
        if let Some((case, since)) = self.stuck {
            let case = Shown(case.as_bytes());
            let _ = write!(text, "; {case} for {} s", since.as_secs());
        }
    }
}

/// A rate, with a decimal only where it says something.
struct Rate(f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.0 > 0.0 && self.0 < 10.0);
        write!(f, "{:.decimals$}", self.0)
    }
}

impl fmt::Display for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cases, seconds) = (self.counts.cases(), self.elapsed.as_secs_f64());
        let percent = cases
            .saturating_mul(100)
            .checked_div(self.total)
            .unwrap_or(100);
        write!(
            f,
            "{seconds:>6.0} s  {} of {}",
            Grouped(cases),
            Grouped(self.total)
        )?;
        write!(f, " ({percent} %), {} a second, ", self.rate())?;
        write!(f, "{} unexpected", Grouped(self.counts.unexpected))?;
        let mut stuck = String::new();
        self.push_stuck(&mut stuck);
        f.write_str(&stuck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Figures, Verdict};
    use rewind_protocol::Variant;
    use std::io;

    fn record(expected: bool) -> CaseRecord<'static> {
        CaseRecord {
            path: "test/a.js",
            variant: Variant::named(&"module"),
            verdict: if expected {
                Verdict::Pass
            } else {
                Verdict::Crash
            },
            expected,
            why: "",
            finished: None,
            worker: 0,
            worker_life: 0,
            attempt: 1,
            previous: None,
            partial: None,
            about: crate::About::default(),
        }
    }

    fn run(records: &[(bool, u64)]) -> String {
        let mut out = Vec::new();
        let mut figures = Figures::new();
        let mut progress = Progress::lines(&mut out, 2000);
        for (expected, ms) in records {
            let record = record(*expected);
            figures.record(&record);
            progress.case(&record, figures.counts(), Duration::from_millis(*ms));
        }
        progress.finish();
        drop(progress);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_line_appears_only_after_five_seconds() {
        assert_eq!(run(&[(true, 10), (true, 4999)]), "");
        insta::assert_snapshot!(run(&[(true, 10), (true, 5000), (true, 5001), (true, 12_000)]), @r#"
         5 s  2 of 2,000 (0 %), 0 a second, 0 unexpected
        12 s  4 of 2,000 (0 %), 0 a second, 0 unexpected
        "#);
    }

    fn state(cases: u64, total: u64, ms: u64, stuck: Option<&(String, Duration)>) -> String {
        let counts = Counts {
            pass: cases,
            attempts: cases,
            ..Counts::default()
        };
        let state = State {
            counts: &counts,
            total,
            elapsed: Duration::from_millis(ms),
            stuck,
        };
        state.remark()
    }

    #[test]
    fn bar_tells_a_plain_rate_and_what_is_left() {
        assert_eq!(state(300, 611, 900, None), "333 a second, 0 unexpected");
        assert_eq!(
            state(300, 600, 1500, None),
            "200 a second, 2 s left, 0 unexpected"
        );
        assert_eq!(
            state(3, 9, 2000, None),
            "1.5 a second, 5 s left, 0 unexpected"
        );
        assert_eq!(state(9, 9, 2000, None), "4.5 a second, 0 unexpected");
    }

    #[test]
    fn case_that_hangs_is_shown_instead_of_an_estimate() {
        let hangs = ("test/a\n.js strict".to_owned(), Duration::from_secs(7));
        assert_eq!(
            state(8, 9, 8000, Some(&hangs)),
            "1.0 a second, 0 unexpected; test/a\\n.js strict for 7 s"
        );
        let mut out = Vec::new();
        let mut progress = Progress::lines(&mut out, 9);
        let counts = Counts::default();
        progress.longest("test/b.js sloppy", Duration::from_secs(1));
        progress.tick(&counts, Duration::from_secs(5));
        progress.longest("test/b.js sloppy", Duration::from_secs(6));
        progress.tick(&counts, Duration::from_secs(10));
        progress.finish();
        drop(progress);
        let text = String::from_utf8(out).expect("UTF-8");
        insta::assert_snapshot!(text, @r#"
         5 s  0 of 9 (0 %), 0 a second, 0 unexpected
        10 s  0 of 9 (0 %), 0 a second, 0 unexpected; test/b.js sloppy for 6 s
        "#);
    }

    #[test]
    fn unexpected_results_are_announced_at_once_up_to_a_limit() {
        let text = run(&vec![(false, 1); 40]);
        assert_eq!(text.lines().count(), 31);
        assert!(text.starts_with("  crash  test/a.js module\n"), "{text}");
        assert!(
            text.ends_with("further unexpected results are not announced\n"),
            "{text}"
        );
    }

    #[test]
    fn end_that_was_asked_for_is_said_once_with_what_still_runs() {
        let mut out = Vec::new();
        let mut progress = Progress::lines(&mut out, 10);
        for running in [2, 2, 1, 0] {
            progress.stopping(running);
        }
        progress.finish();
        progress.stopping(3);
        drop(progress);
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "stopping: 2 running; again to kill\n");
    }

    #[test]
    fn line_is_written_in_one_piece() {
        struct Pieces(Vec<String>);
        impl Write for &mut Pieces {
            fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
                self.0.push(String::from_utf8(piece.to_vec()).unwrap());
                Ok(piece.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut pieces = Pieces(Vec::new());
        Progress::lines(&mut pieces, 1).note("one\x07 line\ntwo");
        assert_eq!(pieces.0, ["one\\u{7} line\n", "two\n"]);
    }

    #[test]
    fn broken_stderr_silences_progress_and_nothing_else() {
        struct Broken(u32);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                assert_eq!(self.0, 1, "written to after it broke");
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut progress = Progress::lines(Broken(0), 1);
        progress.note("one");
        progress.note("two");
    }
}
