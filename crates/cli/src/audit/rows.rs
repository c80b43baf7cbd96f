//! The kinds of things that a test can leave behind: for each a test that
//! leaves it, and one that looks for it.

use super::beyond::BEYOND;
use super::process::{Left, PROCESS};
use super::script::SCRIPT;

/// One kind.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it is called in the table.
    pub(super) kind: &'static str,
    /// Source of the test that leaves something.
    pub(super) pollute: String,
    /// Source of the test that tells what it finds.
    pub(super) observe: String,
    /// Source of a test that removes what outlives a process; may be empty.
    pub(super) clean: String,
}

/// The rows of a guest that reaches the process; `word` is this run's own.
pub(super) fn of_process(word: u32) -> Vec<Row> {
    let (name, key) = (
        format!("rewind-audit-{word}-"),
        i64::from(word % 100_000) * 10 + 1_000_000,
    );
    let fill = |source: &str| {
        source
            .replace('@', &name)
            .replace('#', &(key / 10).to_string())
    };
    let row = |(kind, pollute, observe, clean): &Left| Row {
        kind,
        pollute: fill(pollute),
        observe: fill(observe),
        clean: fill(clean),
    };
    PROCESS.iter().chain(BEYOND).map(row).collect()
}

/// The rows of a guest that reaches memory alone.
pub(super) fn of_script() -> Vec<Row> {
    let row = |(kind, pollute, observe): &(&'static str, &str, &str)| Row {
        kind,
        pollute: (*pollute).to_owned(),
        observe: (*observe).to_owned(),
        clean: String::new(),
    };
    SCRIPT.iter().map(row).collect()
}

/// The kinds that such a guest can't reach.
pub(super) fn beyond_scripts() -> impl Iterator<Item = &'static str> {
    PROCESS.iter().chain(BEYOND).skip(1).map(|(kind, ..)| *kind)
}

/// A row that nothing restores and nothing detects: a file outside of the
/// worker's own folders. It shows that the audit can fail.
pub(super) fn planted(file: &str) -> Row {
    Row {
        kind: "planted",
        pollute: format!("make-file {file}"),
        observe: format!("open {file}"),
        clean: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kinds_are_named_once() {
        for rows in [of_process(7), of_script()] {
            let names: BTreeSet<_> = rows.iter().map(|row| row.kind).collect();
            assert_eq!(names.len(), rows.len());
        }
    }

    #[test]
    fn words_of_a_run_are_filled_in() {
        let rows = of_process(7);
        assert!(rows.iter().all(|row| !row.pollute.contains(['@', '#'])));
        let queue = rows.iter().find(|row| row.kind == "message queue").unwrap();
        assert_eq!(
            queue.pollute.strip_prefix("msgget "),
            queue.clean.strip_prefix("remove-keys ")
        );
    }
}
