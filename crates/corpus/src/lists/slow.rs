//! The slow list: tests that may take longer. They are run like any other; only
//! their deadline is relaxed, so a crash or a failure of one is as bad as ever.

use super::entries::Entries;
use super::line::Line;
use super::{ListEntry, ListProblem};
use crate::CorpusError;
use rewind_protocol::Variant;
use std::path::Path;
use std::time::Duration;

/// Deadline of a line that says none.
const USUAL: Duration = Duration::from_secs(60);
/// Least and most seconds of a deadline.
const BOUNDS: std::ops::RangeInclusive<f64> = 1.0..=600.0;

/// Tests with a relaxed deadline.
#[derive(Clone, Debug, Default)]
pub struct SlowList(Entries<Option<Duration>>);

impl SlowList {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read or a line makes no sense; names file and line.
    pub fn load(file: &Path) -> Result<Self, CorpusError> {
        Entries::load(file, deadline).map(Self)
    }

    /// Reads `text`; `file` is named in errors.
    ///
    /// # Errors
    /// If a line makes no sense; names file and line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, CorpusError> {
        Entries::parse(text, file, deadline).map(Self)
    }

    /// Deadline of a case, in ms, if it is listed: the one that its line says, or
    /// 60 s, unless all others have more (`usual_ms`).
    #[must_use]
    pub fn deadline_ms(&self, path: &str, variant: Variant, usual_ms: u32) -> Option<u32> {
        let entry = self.0.lookup(path, variant)?;
        let ms = |deadline: Duration| u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX);
        Some(entry.says.map_or(ms(USUAL).max(usual_ms), ms))
    }

    /// All lines, in the order of the file; with the deadline, where one is said.
    #[must_use]
    pub fn entries(&self) -> &[ListEntry<Option<Duration>>] {
        self.0.all()
    }

    /// Lines that name none of `paths`.
    pub fn unused<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Vec<&ListEntry<Option<Duration>>> {
        self.0.unused(paths)
    }
}

fn deadline(line: &Line<'_>) -> Result<Option<Duration>, ListProblem> {
    let Some(said) = line.said else {
        return Ok(None);
    };
    let wrong = || ListProblem::Deadline(said.to_owned());
    let digits = said.strip_suffix('s').unwrap_or(said).trim_end();
    let seconds: f64 = digits.parse().map_err(|_no_number| wrong())?;
    let within = Some(seconds).filter(|it| BOUNDS.contains(it));
    within
        .map(|seconds| Some(Duration::from_secs_f64(seconds)))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SlowList, String> {
        SlowList::parse(text, Path::new("slow.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn listed_cases_have_the_deadline_said_or_a_minute() {
        let list = parse("# tables\ntest/re/**  -- 120 s\ntest/re/a.js strict -- 1.5\ntest/b.js\n")
            .unwrap();
        let found = |path, variant| list.deadline_ms(path, variant, 10_000);
        assert_eq!(
            found("test/re/x/y.js", Variant::named(&"raw")),
            Some(120_000)
        );
        assert_eq!(
            found("test/re/a.js", Variant::named(&"strict")),
            Some(1_500)
        );
        assert_eq!(
            found("test/re/a.js", Variant::named(&"sloppy")),
            Some(120_000)
        );
        assert_eq!(found("test/b.js", Variant::named(&"sloppy")), Some(60_000));
        assert_eq!(found("test/c.js", Variant::named(&"sloppy")), None);
    }

    #[test]
    fn usual_deadline_is_never_shortened_by_saying_none() {
        let list = parse("test/b.js\ntest/c.js -- 5 s\n").unwrap();
        let found = |path| list.deadline_ms(path, Variant::named(&"raw"), 100_000);
        assert_eq!(found("test/b.js"), Some(100_000));
        assert_eq!(found("test/c.js"), Some(5_000), "this one was said");
    }

    #[test]
    fn wrong_line_names_file_line_and_mend() {
        for said in ["0", "601", "soon", "90 ms", "nan", "-5", "1e9 s"] {
            let error = parse(&format!("# one\n\ntest/a.js -- {said}\n")).unwrap_err();
            let wanted = format!("read slow.txt:3: `{said}` is no deadline: write seconds");
            assert!(error.starts_with(&wanted), "{error}");
        }
        let error = parse("test/a{\n").unwrap_err();
        assert!(
            error.contains("slow.txt:1: `test/a{` is no glob"),
            "{error}"
        );
        let error = parse("test/a.js\ntest/a.js raw -- 5\n").unwrap_err();
        assert!(
            error.contains("slow.txt:2: `test/a.js` (raw) is already listed on line 1"),
            "{error}"
        );
    }

    #[test]
    fn unused_lines_are_those_that_name_no_path() {
        let list = parse("test/a.js\ntest/gone.js\ntest/x/**\ntest/y/*.js\n").unwrap();
        let unused = list.unused(["test/a.js", "test/y/b.js"]);
        let lines: Vec<u32> = unused.iter().map(|it| it.line).collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn file_with_a_byte_order_mark_and_windows_line_ends_is_read() {
        let list = parse("\u{feff}test/a.js -- 5 s\r\ntest/b.js\r\n").unwrap();
        assert_eq!(
            list.deadline_ms("test/a.js", Variant::named(&"raw"), 1),
            Some(5_000)
        );
        assert_eq!(
            list.deadline_ms("test/b.js", Variant::named(&"raw"), 1),
            Some(60_000)
        );
    }
}
