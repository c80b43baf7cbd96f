//! What run-test262 prints, with `verbose=yes` and `-T -1`.
//!
//! ```text
//! stdout  ROOT/test/a.js:12: Test262Error: …     a failing test (none for a few, see below)
//!         ROOT/test/b.js:1: unknown feature: x   a skipped test
//! stderr  ROOT/test/a.js (3 ms)                  every test when it has ended, skipped ones too
//!         Result: 1/2 errors, 1 skipped          at the very end
//! ```
//!
//! A test that throws `undefined`, or something that can't be made a string,
//! fails without a line; the totals still count it.

use std::collections::HashMap;
use std::path::Path;

/// The figures of the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Executions that failed.
    pub failed: usize,
    /// Executions.
    pub executed: usize,
    /// Tests that were not executed.
    pub skipped: usize,
}

impl Totals {
    /// Reads `Result: 1/2 errors, 3 excluded, 4 skipped`, the middle parts being optional.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut parts = line.strip_prefix("Result: ")?.split(", ");
        let (failed, rest) = parts.next()?.split_once('/')?;
        let executed = rest.split(' ').next()?;
        let skipped = parts
            .find_map(|part| part.strip_suffix(" skipped"))
            .unwrap_or("0");
        Some(Self {
            failed: failed.parse().ok()?,
            executed: executed.parse().ok()?,
            skipped: skipped.trim().parse().ok()?,
        })
    }
}

/// The test that a line of standard error says has ended.
pub(crate) fn ended<'a>(line: &'a str, root: &Path) -> Option<&'a str> {
    // A test's own text may stand before it, without an end of line.
    let start = line.find(root.to_str()?)?;
    let (name, time) = line.get(start..)?.rsplit_once(" (")?;
    time.strip_suffix(" ms)")?.parse::<i64>().ok()?;
    relative(name, root)
}

/// Failing tests of standard output with the first line of what each says.
pub(crate) fn failures(
    stdout: &str,
    root: &Path,
    is_listed: impl Fn(&str) -> bool,
) -> HashMap<String, String> {
    let mut found = HashMap::new();
    for line in stdout.lines() {
        let Some((name, message)) = failure(line, root) else {
            continue;
        };
        if is_listed(name) && !message.starts_with("unknown feature: ") {
            found
                .entry(name.to_owned())
                .or_insert_with(|| message.to_owned());
        }
    }
    found
}

fn failure<'a>(line: &'a str, root: &Path) -> Option<(&'a str, &'a str)> {
    let end = line.find(".js:")? + ".js".len();
    let name = relative(line.get(..end)?, root)?;
    let (number, message) = line.get(end + 1..)?.split_once(": ")?;
    number.parse::<u64>().ok()?;
    Some((
        name,
        message.strip_prefix("strict mode: ").unwrap_or(message),
    ))
}

fn relative<'a>(name: &'a str, root: &Path) -> Option<&'a str> {
    Path::new(name).strip_prefix(root).ok()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_with_and_without_optional_parts() {
        let parsed = |line| Totals::parse(line).map(|t| (t.failed, t.executed, t.skipped));
        assert_eq!(
            parsed("Result: 65/36610 errors, 786 skipped"),
            Some((65, 36610, 786))
        );
        assert_eq!(parsed("Result: 1/1 error"), Some((1, 1, 0)));
        assert_eq!(
            parsed("Result: 0/7 errors, 2 excluded, 3 skipped, 7 new"),
            Some((0, 7, 3))
        );
        assert_eq!(parsed("Result: x/7 errors"), None);
        assert_eq!(parsed("error"), None);
    }

    #[test]
    fn ended_takes_the_name_below_the_root() {
        let root = Path::new("/c/test262");
        assert_eq!(
            ended("/c/test262/test/a.js (3 ms)", root),
            Some("test/a.js")
        );
        assert_eq!(
            ended("oops/c/test262/test/a.js (0 ms)", root),
            Some("test/a.js")
        );
        assert_eq!(ended("/elsewhere/test/a.js (3 ms)", root), None);
        assert_eq!(ended("/c/test262/test/a.js (x ms)", root), None);
        assert_eq!(ended("/c/test262/test/a.js", root), None);
    }

    #[test]
    fn failures_are_listed_tests_with_their_first_line() {
        let root = Path::new("/c");
        let stdout = "/c/test/a.js:12: Test262Error: no\nmore\n/c/test/a.js:13: again\n\
            /c/test/b.js:20: strict mode: expected error\n/c/test/d.js:1: unknown feature: x\n\
            /c/test/other.js:3: forged\n/c/test/c.js:here: x\nwild text\n";
        let found = failures(stdout, root, |name| name != "test/other.js");
        let mut found: Vec<_> = found
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("test/a.js", "Test262Error: no"),
                ("test/b.js", "expected error")
            ]
        );
    }
}
