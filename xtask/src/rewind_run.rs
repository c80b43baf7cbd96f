//! The ndjson report of `rewind run`, as the contract of its schema 1 has it.
//!
//! Read leniently: unknown members are allowed, for the schema only grows.

use crate::error::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// One line of the report.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Line {
    /// The first: configuration.
    Run(Head),
    /// One attempt at a case.
    Case(Case),
    /// The last: totals.
    Summary(Summary),
    /// Something added since.
    #[serde(other)]
    Other,
}

/// First line.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    /// Version of the format.
    pub schema: u64,
    /// Workers at a time.
    #[serde(default)]
    pub workers: u64,
    /// Executions planned, skips not counted.
    pub cases: Option<u64>,
    /// Cases found and not run.
    pub skips: Option<u64>,
    /// How often each case is run.
    #[serde(default = "one")]
    pub repeat: u64,
}

/// One attempt at a case.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    /// Path relative to the root, with slashes.
    pub path: String,
    /// `sloppy`, `strict`, `module`, `raw`.
    pub variant: String,
    /// `pass`, `fail`, `skip`, `crash`, `timeout`, `lost`.
    pub verdict: String,
    /// What happened, as the report has it.
    #[serde(default)]
    pub outcome: Value,
    /// For people.
    #[serde(default)]
    pub why: String,
    /// Time at the worker, in µs; none for a skip.
    #[serde(default)]
    pub us: u64,
    /// From 1; 0 for a skip.
    #[serde(default = "one")]
    pub attempt: u64,
    /// It was as expected alone and failed among others: the attempt before counts.
    #[serde(default)]
    pub partial: Option<String>,
}

fn one() -> u64 {
    1
}

impl Case {
    /// Phase in which the case threw.
    pub(crate) fn phase(&self) -> Option<&str> {
        self.outcome.get("phase")?.as_str()
    }

    /// Constructor name of what the case threw.
    pub(crate) fn thrown(&self) -> Option<&str> {
        self.outcome.get("name")?.as_str()
    }

    /// For people: the reason or the outcome, shortened to one line.
    pub(crate) fn told(&self) -> String {
        let text = if self.why.is_empty() {
            self.outcome.to_string()
        } else {
            self.why.clone()
        };
        let line = text.lines().next().unwrap_or_default();
        line.chars().take(160).collect()
    }
}

/// Last line. A verdict that never occurred may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    /// Cases answered, each counted once.
    pub cases: u64,
    /// Of these, by verdict.
    pub pass: u64,
    /// See `pass`.
    pub fail: u64,
    /// See `pass`.
    pub skip: u64,
    /// See `pass`.
    pub crash: u64,
    /// See `pass`.
    pub timeout: u64,
    /// See `pass`.
    pub lost: u64,
    /// Seconds that the run took.
    pub wall_s: f64,
    /// Seconds spent in each phase, all workers together.
    pub phases_s: std::collections::BTreeMap<String, f64>,
}

/// Reads every line of the file; an error names the line.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
    let text = std::fs::read_to_string(path).map_err(Error::file("read", path))?;
    parse(path, &text)
}

/// As [`read`], on text.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Vec<Line>> {
    let numbered = text.lines().enumerate();
    let lines = numbered.map(|(index, line)| {
        serde_json::from_str(line).map_err(|why| Error::Content {
            path: path.to_path_buf(),
            line: index + 1,
            problem: format!("no line of an ndjson report: {why}"),
        })
    });
    lines.collect()
}
